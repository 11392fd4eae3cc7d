//! JSON strings as people read them.

use std::borrow::Cow;

use memchr::memchr;

/// `json` with the escapes of its strings undone, so that text is found as it is read: `\u00e9` is `é`, `\/` is `/`.
/// Takes the inside of a string, or any JSON. What is not an escape, such as half a surrogate pair, stays as it is.
pub(super) fn unescape(json: &str) -> Cow<'_, str> {
    let Some(first) = memchr(b'\\', json.as_bytes()) else { return Cow::Borrowed(json) };
    let mut out = String::with_capacity(json.len());
    out.push_str(&json[..first]);
    let mut rest = &json[first..];
    while let Some(at) = memchr(b'\\', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let (c, length) = escape(rest).unwrap_or(('\\', 1));
        out.push(c);
        rest = &rest[length..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The escape at the start of `text`: its character, and how many bytes it takes.
fn escape(text: &str) -> Option<(char, usize)> {
    let c = match text.as_bytes().get(1)? {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => {
            let high = unit(text)?;
            if let Some(c) = char::from_u32(u32::from(high)) {
                return Some((c, 6));
            }
            let low = unit(text.get(6..)?)?;
            let c = char::decode_utf16([high, low]).next()?.ok()?;
            return Some((c, 12));
        }
        _ => return None,
    };
    Some((c, 2))
}

/// The code unit of a `\uXXXX` at the start of `text`.
fn unit(text: &str) -> Option<u16> {
    let hex = text.strip_prefix("\\u")?.get(..4)?;
    hex.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u16::from_str_radix(hex, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escapes_are_undone_once() {
        for (json, read) in [
            ("plain é", "plain é"),
            (r"caf\u00e9 \/ \ud83d\ude00!", "café / 😀!"),
            (r#"say \"hi\"\n\t\\"#, "say \"hi\"\n\t\\"),
            (r"\\u00e9", r"\u00e9"),
            (r"\ud83d alone \ude00 \ud83d\u0041", r"\ud83d alone \ude00 \ud83dA"),
            (r"\u00e", r"\u00e"),
            (r"\u+123 \uéé \x \", r"\u+123 \uéé \x \"),
        ] {
            assert_eq!(unescape(json), read);
        }
    }

    proptest! {
        #[test]
        fn undoes_what_json_writers_do(text in any::<String>()) {
            let json = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(unescape(&json[1..json.len() - 1]), text);
        }

        #[test]
        fn nothing_panics(text in r#"(\\|u|[dD][89a-f]|[0-9a-f]|"|é|n){0,40}"#) {
            unescape(&text);
        }
    }
}
