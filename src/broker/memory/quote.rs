//! Commands as `redis-cli` would take them.

use std::fmt::Write as _;

use crate::event::Field;

/// `XADD KEY * NAME VALUE ..`
pub(super) fn add(key: &str, fields: &[Field]) -> String {
    let mut line = format!("XADD {} *", quoted(key.as_bytes()));
    for (name, value) in fields {
        let is_plain = !name.is_empty() && name.iter().all(u8::is_ascii_alphanumeric);
        line.push(' ');
        line.push_str(&if is_plain { String::from_utf8_lossy(name).into_owned() } else { quoted(name) });
        line.push(' ');
        line.push_str(&quoted(value));
    }
    line
}

/// As `redis-cli` reads it back: text in single quotes, where only the quote itself needs an escape; what is no text in
/// double quotes.
pub(super) fn quoted(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        // Before the closing quote a backslash would take that for its own.
        Ok(text) if !text.contains(char::is_control) && !text.ends_with('\\') => {
            format!("'{}'", text.replace('\'', "\\'"))
        }
        _ => {
            let mut out = String::from("\"");
            for byte in bytes {
                // Writing to a String cannot fail.
                let _ = match byte {
                    b'"' | b'\\' => write!(out, "\\{}", char::from(*byte)),
                    0x20..0x7f => write!(out, "{}", char::from(*byte)),
                    _ => write!(out, "\\x{byte:02x}"),
                };
            }
            out.push('"');
            out
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_field_holds_is_quoted() {
        let fields = vec![
            (b"event".to_vec(), br#"{"a":"it's"}"#.to_vec()),
            (b"a b".to_vec(), b"\xff\"\\\n".to_vec()),
            (b"end".to_vec(), b"\\".to_vec()),
        ];
        let line = add("event::A", &fields);
        assert_eq!(line, r#"XADD 'event::A' * event '{"a":"it\'s"}' 'a b' "\xff\"\\\x0a" end "\\""#);
    }
}
