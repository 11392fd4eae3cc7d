//! The one line of what a program wrote that says why it failed.

/// At most so many bytes of it: the whole stands in the cause.
const MOST: usize = 300;
/// A line with one of these names an error.
const NAMES_ONE: [&str; 7] = ["error", "exception", "panicked", "fatal", "failed", "refused", "denied"];

/// The line of `written` that says why: a stack trace names its error above itself (Node.js, Java) or below itself (Python),
/// and everybody else says it last. Indented lines belong to the one above them; one that ends with a colon goes on.
pub(super) fn telling(written: &str) -> Option<String> {
    let lines: Vec<&str> = written.lines().filter(|line| !line.trim().is_empty()).collect();
    let is_own = |line: &&str| !line.starts_with(char::is_whitespace) && !is_frame(line);
    let names_one = |line: &&str| {
        let line = line.to_lowercase();
        NAMES_ONE.iter().any(|name| line.contains(name))
    };
    // By its place: the same line may stand there twice, with another one behind it.
    let at = lines
        .iter()
        .rposition(|line| is_own(line) && names_one(line))
        .or_else(|| lines.iter().rposition(is_own))
        .or_else(|| lines.len().checked_sub(1))?;
    let line = lines.get(at)?.trim();
    let line = match lines.get(at + 1).filter(|next| !is_frame(next) && !is_call(next)) {
        Some(next) if line.ends_with(':') => format!("{line} {}", next.trim()),
        _ => line.to_owned(),
    };
    let end = line.floor_char_boundary(MOST);
    Some(if end < line.len() { format!("{}…", &line[..end]) } else { line })
}

/// A call of a stack trace.
fn is_call(line: &str) -> bool {
    line.starts_with(char::is_whitespace) && line.trim_start().starts_with("at ")
}

/// Where something happened, or what comes after it; never what happened.
fn is_frame(line: &&str) -> bool {
    line.starts_with("Node.js v")
        || line.starts_with("Traceback ")
        || line.starts_with("note: run with `RUST_BACKTRACE")
        || line.starts_with("stack backtrace:")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_that_says_why_is_found_in_what_programs_write() {
        let python = "Traceback (most recent call last):\n  File \"sla.py\", line 12, in run\n    x()\nKeyError: 'slaId'\n";
        let node = "/srv/sla.js:3\n  throw new TypeError('no slaId');\n  ^\n\nTypeError: no slaId\n    at run (/srv/sla.js:3:9)\n\nNode.js v20.11.0\n";
        let rust = "thread 'main' panicked at src/main.rs:4:5:\nno slaId\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n";
        let java = "java.lang.IllegalStateException: no slaId\n\tat Sla.run(Sla.java:12)\n\tat Sla.main(Sla.java:3)\n";
        for (written, line) in [
            (python, "KeyError: 'slaId'"),
            (node, "TypeError: no slaId"),
            (rust, "thread 'main' panicked at src/main.rs:4:5: no slaId"),
            (java, "java.lang.IllegalStateException: no slaId"),
            ("550 no such mailbox\n", "550 no such mailbox"),
            ("connecting\nSMTP 451 greylisted\n\n", "SMTP 451 greylisted"),
            ("curl: (7) connection refused\nbye\n", "curl: (7) connection refused"),
            ("connect failed:\nA\nconnect failed:\ntimed out\n", "connect failed: timed out"),
            ("Error: cannot load:\n    at run (a.js:3:9)\n", "Error: cannot load:"),
            ("Error:\n    no such user\n", "Error: no such user"),
            ("  indented alone  ", "indented alone"),
        ] {
            assert_eq!(telling(written).as_deref(), Some(line), "{written}");
        }
        assert_eq!(telling(" \n\t\n"), None);
        let long = telling(&"ö".repeat(1_000)).unwrap();
        assert!(long.len() < MOST + 4 && long.ends_with('…'), "{long}");
    }
}
