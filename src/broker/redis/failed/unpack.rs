//! The bodies of what waits: fields, packed by the scripts with `cmsgpack` as one list of texts.

use crate::event::Field;

/// The fields of a body; `None` if it is none.
pub(super) fn unpack(body: &[u8]) -> Option<Vec<Field>> {
    let mut rest = body;
    let parts = match byte(&mut rest)? {
        tag @ 0x90..=0x9f => usize::from(tag & 0x0f),
        0xdc => length(&mut rest, 2)?,
        0xdd => length(&mut rest, 4)?,
        _ => return None,
    };
    // Each field is a name and a value.
    let mut fields = Vec::new();
    for _ in 0..parts / 2 {
        fields.push((text(&mut rest)?, text(&mut rest)?));
    }
    (parts % 2 == 0 && rest.is_empty()).then_some(fields)
}

fn byte(rest: &mut &[u8]) -> Option<u8> {
    let (first, behind) = rest.split_first()?;
    *rest = behind;
    Some(*first)
}

/// A length of so many bytes, the highest first.
fn length(rest: &mut &[u8], bytes: usize) -> Option<usize> {
    let (digits, behind) = rest.split_at_checked(bytes)?;
    *rest = behind;
    Some(digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)))
}

fn text(rest: &mut &[u8]) -> Option<Vec<u8>> {
    let length = match byte(rest)? {
        tag @ 0xa0..=0xbf => usize::from(tag & 0x1f),
        0xd9 | 0xc4 => length(rest, 1)?,
        0xda | 0xc5 => length(rest, 2)?,
        0xdb | 0xc6 => length(rest, 4)?,
        _ => return None,
    };
    let (text, behind) = rest.split_at_checked(length)?;
    *rest = behind;
    Some(text.to_vec())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn texts_of_every_length_are_read() {
        for (tag, length) in [
            (vec![0xa1], 1),
            (vec![0xd9, 0x28], 40),
            (vec![0xda, 0x01, 0x2c], 300),
            (vec![0xdb, 0x00, 0x01, 0x11, 0x70], 70_000),
        ] {
            let value = vec![b'x'; length];
            let body = [&[0x92, 0xa5][..], b"event", &tag, &value].concat();
            assert_eq!(unpack(&body), Some(vec![(b"event".to_vec(), value)]), "{length}");
        }
        assert_eq!(unpack(&[0x90]), Some(vec![]));
        assert_eq!(
            unpack(&[&[0xdc, 0, 2, 0xa1, b'a', 0xa1, 0xff][..]].concat()),
            Some(vec![(b"a".to_vec(), vec![0xff])])
        );
    }

    #[test]
    fn what_is_no_list_of_fields_is_none() {
        for body in [
            &b""[..],
            b"x",
            &[0x91, 0xa1, b'a'],
            &[0x92, 0xa1, b'a'],
            &[0x92, 0xa1, b'a', 0x01],
            &[0x90, 0x90],
            &[0xdd, 0xff, 0xff, 0xff, 0xff],
            &[0x92, 0xa1, b'a', 0xdb, 0xff, 0xff, 0xff, 0xff],
        ] {
            assert_eq!(unpack(body), None, "{body:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_do_harm(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = unpack(&body);
        }
    }
}
