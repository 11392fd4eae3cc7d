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
        // Looked for in what was said, and not in what is left of it: values may hold each other, or parts of the sign.
        let mut hidden = Vec::new();
        for value in self.hidden(&event[..event.floor_char_boundary(LOOKED_AT)]) {
            for leaf in leaves(value) {
                mark(said, &leaf, &mut hidden);
            }
        }
        if hidden.is_empty() { Cow::Borrowed(said) } else { Cow::Owned(without(said, &hidden)) }
    }
}

/// The texts and numbers in a JSON value, as they are written and as they are read.
fn leaves(json: &str) -> Vec<Cow<'_, str>> {
    let (bytes, mut at, mut found) = (json.as_bytes(), 0, Vec::new());
    while let Some(byte) = bytes.get(at) {
        let start = at;
        if *byte != b'"' {
            let is_inside = |byte: &&u8| byte.is_ascii_alphanumeric() || b"+-.".contains(*byte);
            let len = bytes[at..].iter().take_while(is_inside).count();
            // true, false and null are words of any message.
            if len >= SHORTEST_NUMBER && (*byte == b'-' || byte.is_ascii_digit()) {
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
            let read = serde_json::from_str(&format!("\"{raw}\"")).ok();
            found.extend(read.filter(|it: &String| it.chars().count() >= SHORTEST).map(Cow::Owned));
        }
    }
    found
}

/// Marks the bytes of `said` that say `leaf`, or begin to.
fn mark(said: &str, leaf: &str, hidden: &mut Vec<bool>) {
    let known = &leaf[..leaf.floor_char_boundary(BEGINNING)];
    let mut from = 0;
    while let Some(at) = said[from..].find(known).map(|at| from + at) {
        let same = said[at..].bytes().zip(leaf.bytes()).take_while(|(a, b)| a == b).count();
        from = at + said[at..].floor_char_boundary(same);
        hidden.resize(said.len(), false);
        hidden[at..from].fill(true);
    }
}

/// `said` with a sign in place of each run of bytes that are not to be seen.
fn without(said: &str, hidden: &[bool]) -> String {
    let (mut out, mut at) = (String::new(), 0);
    for run in hidden.chunk_by(|a, b| a == b) {
        let end = at + run.len();
        let is_hidden = run.first() == Some(&true);
        out.push_str(if is_hidden { REDACTED } else { said.get(at..end).unwrap_or_default() });
        at = end;
    }
    out
}
