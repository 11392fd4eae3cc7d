//! Commands as `redis-cli` would take them: what a person may read, copy and run.

use std::fmt::Write as _;

use redis::{Arg, Cmd};

use crate::text::display_safe;

/// One line for `command`. Arguments that need it are quoted: in single quotes what is safe to show as it is, so that
/// JSON stays readable; else in double quotes, with `\xHH` for what is hostile or no text.
pub(super) fn command_line(command: &Cmd) -> String {
    let mut line = String::new();
    for argument in command.args_iter() {
        if !line.is_empty() {
            line.push(' ');
        }
        match argument {
            Arg::Simple(bytes) => quote(bytes, &mut line),
            _ => line.push('0'),
        }
    }
    line
}

fn quote(bytes: &[u8], out: &mut String) {
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b"_-:.,/@%+=*{}$".contains(b);
    if !bytes.is_empty() && bytes.iter().all(plain) {
        out.extend(bytes.iter().map(|b| char::from(*b)));
        return;
    }
    if let Ok(text) = std::str::from_utf8(bytes)
        && display_safe(text) == text
        // Before the closing quote it would take that for its own.
        && !text.ends_with('\\')
    {
        out.push('\'');
        out.push_str(&text.replace('\'', "\\'"));
        out.push('\'');
        return;
    }
    out.push('"');
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = match byte {
            b'"' | b'\\' => write!(out, "\\{}", char::from(*byte)),
            b'\n' => write!(out, "\\n"),
            b'\r' => write!(out, "\\r"),
            b'\t' => write!(out, "\\t"),
            0x20..0x7f => write!(out, "{}", char::from(*byte)),
            _ => write!(out, "\\x{byte:02x}"),
        };
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(argument: &[u8]) -> String {
        let mut command = redis::cmd("SET");
        command_line(command.arg(argument))
    }

    #[test]
    fn lines_are_what_redis_cli_reads() {
        for (argument, read) in [
            ("event::A", "SET event::A"),
            ("", "SET ''"),
            ("a b", "SET 'a b'"),
            (r#"{"a": "ü\n"}"#, r#"SET '{"a": "ü\n"}'"#),
            // A backslash is one in single quotes, unless a quote follows.
            (r"it's \' so", r"SET 'it\'s \\' so'"),
            (r"ends with \", r#"SET "ends with \\""#),
            ("two\nlines\t\"", r#"SET "two\nlines\t\"""#),
            ("\x1b[2J ü", r#"SET "\x1b[2J \xc3\xbc""#),
            ("\u{202e}a", r#"SET "\xe2\x80\xaea""#),
        ] {
            assert_eq!(line(argument.as_bytes()), read);
        }
        assert_eq!(line(b"\xff"), r#"SET "\xff""#, "no text at all");
    }
}
