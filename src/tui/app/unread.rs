//! Streams that may not be read, in the words of everything that reads the past: one wording, and one number for each.

use crate::bus::Denied;
use crate::text::{display_safe, plural};

/// Says which of them are missing, and where; `None` where all may be read. Safe to show.
pub(in crate::tui) fn unread(denied: &[Denied], place: &str) -> Option<String> {
    let (first, others) = denied.split_first()?;
    let stream = display_safe(first.stream.as_str());
    Some(match others.len() as u64 {
        0 => format!("the user may not read {stream}: nothing of it is {place}"),
        n => {
            let more = plural(n, "more stream", "more streams");
            format!("the user may not read {stream} and {more}: nothing of them is {place}")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bus::BusError;
    use crate::event::StreamKey;

    #[test]
    fn one_is_named_and_the_others_are_counted() {
        let denied = |name: &str| Denied {
            stream: StreamKey::new(name).unwrap(),
            why: BusError::Unsupported("NOPERM".to_owned()),
        };
        let all: Vec<_> = ["event::A", "event::B", "event::C"].map(denied).into();
        assert_eq!(unread(&all[..0], "here"), None);
        assert_eq!(
            unread(&all[..1], "here").unwrap(),
            "the user may not read event::A: nothing of it is here"
        );
        assert_eq!(
            unread(&all[..2], "here").unwrap(),
            "the user may not read event::A and 1 more stream: nothing of them is here"
        );
        assert_eq!(
            unread(&all, "there").unwrap(),
            "the user may not read event::A and 2 more streams: nothing of them is there"
        );
    }
}
