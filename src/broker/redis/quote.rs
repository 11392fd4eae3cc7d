//! Commands as `redis-cli` would take them: what a person may read, copy and run.

use std::fmt::Write as _;

use redis::{Arg, Cmd};

/// One line for `command`. Arguments that need it are in double quotes; hostile bytes become `\xHH`.
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

    #[test]
    fn lines_are_what_redis_cli_reads() {
        let mut command = redis::cmd("XADD");
        command.arg("event::A").arg("*").arg("event").arg("{\"a\": \"\x1b[2J ü\\\"}");
        assert_eq!(command_line(&command), r#"XADD event::A * event "{\"a\": \"\x1b[2J \xc3\xbc\\\"}""#);
        assert_eq!(command_line(redis::cmd("SET").arg("a b").arg("")), r#"SET "a b" """#);
    }
}
