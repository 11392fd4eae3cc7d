//! Texts about an event that quote it: errors of handlers, faults that its schema found.

use std::borrow::Cow;

use super::{Masks, REDACTED};

/// Of a larger event only the beginning is compared: rows of a list must not read megabytes.
const LOOKED_AT: usize = 64 * 1024;
/// Shorter texts and numbers are words of any message, and are left.
const SHORTEST: usize = 3;
const SHORTEST_NUMBER: usize = 4;
/// A longer value is known by its beginning, since messages cut what they quote.
const BEGINNING: usize = 16;

impl Masks {
    /// `said` about an event, without the values of it that are masked, where it quotes them. In other words a message
    /// may still tell them.
    ///
    /// ```
    /// use tidings::event::Masks;
    /// let masks = Masks::new(&["email".to_owned()]).unwrap();
    /// let event = r#"{"payload":{"email":"ada@example.com"}}"#;
    /// assert_eq!(masks.said(Some(event), "no mailbox ada@example.com"), "no mailbox [redacted]");
    /// ```
    pub fn said<'s>(&self, event: Option<&str>, said: &'s str) -> Cow<'s, str> {
        let Some(event) = event.filter(|_| !self.is_none()) else { return Cow::Borrowed(said) };
        let mut out = Cow::Borrowed(said);
        for value in self.hidden(&event[..event.floor_char_boundary(LOOKED_AT)]) {
            for leaf in leaves(value) {
                if let Some(without) = without(&out, &leaf) {
                    out = Cow::Owned(without);
                }
            }
        }
        out
    }
}

/// The texts and numbers in a JSON value, as they are written and as they are read.
fn leaves(json: &str) -> Vec<Cow<'_, str>> {
    let (bytes, mut at, mut found) = (json.as_bytes(), 0, Vec::new());
    while let Some(byte) = bytes.get(at) {
        let start = at;
        if *byte != b'"' {
            let is_number = |byte: &&u8| byte.is_ascii_alphanumeric() || b"+-.".contains(*byte);
            let len = bytes[at..].iter().take_while(is_number).count();
            if len >= SHORTEST_NUMBER {
                found.extend(json.get(at..at + len).map(Cow::Borrowed));
            }
            at += len.max(1);
            continue;
        }
        at += 1;
        while let Some(step) = memchr::memchr2(b'"', b'\\', bytes.get(at..).unwrap_or_default()) {
            at += step;
            if bytes.get(at) == Some(&b'"') {
                break;
            }
            at += 2;
        }
        let raw = json.get(start + 1..at.min(json.len())).unwrap_or_default();
        at += 1;
        let rest = bytes.get(at..).unwrap_or_default();
        let is_name = rest.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b':');
        if is_name || raw.chars().count() < SHORTEST {
            continue;
        }
        found.push(Cow::Borrowed(raw));
        if raw.contains('\\') {
            found.extend(serde_json::from_str(&format!("\"{raw}\"")).ok().map(Cow::Owned));
        }
    }
    found
}

/// `said` with a sign wherever it says `leaf`, or begins to; `None` where it does not.
fn without(said: &str, leaf: &str) -> Option<String> {
    let known = &leaf[..leaf.floor_char_boundary(BEGINNING)];
    let mut at = said.find(known)?;
    let (mut out, mut from) = (String::new(), 0);
    loop {
        let same = said[at..].bytes().zip(leaf.bytes()).take_while(|(a, b)| a == b).count();
        out.push_str(said.get(from..at).unwrap_or_default());
        out.push_str(REDACTED);
        from = at + said[at..].floor_char_boundary(same);
        match said.get(from..).and_then(|rest| rest.find(known)) {
            Some(next) => at = from + next,
            None => break,
        }
    }
    out.push_str(said.get(from..).unwrap_or_default());
    Some(out)
}
