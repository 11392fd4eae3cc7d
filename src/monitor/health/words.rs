//! Words for times and numbers in findings.

use std::time::Duration;

use chrono::TimeDelta;

use crate::text::{age, count};

/// `4 m`; `0 s` for what is no time at all.
pub(super) fn span(duration: Duration) -> String {
    if duration < Duration::from_secs(1) { "0 s".to_owned() } else { age(duration) }
}

/// The same of a difference, without its sign.
pub(super) fn difference(delta: TimeDelta) -> String {
    let time = Duration::from_millis(delta.num_milliseconds().unsigned_abs());
    // Of what is estimated at each look no more is said than that is worth.
    if time < Duration::from_mins(1) { crate::text::span(time) } else { span(time) }
}

/// How long ago `delta` was; what lies ahead is no time at all.
pub(super) fn since(delta: TimeDelta) -> String {
    span(delta.to_std().unwrap_or_default())
}

/// `a; b; c; and 12 more`
pub(super) fn examples(items: &[String], named: usize) -> String {
    let mut shown: Vec<String> = items.iter().take(named).cloned().collect();
    if items.len() > named {
        shown.push(format!("and {} more", count((items.len() - named) as u64)));
    }
    shown.join("; ")
}

/// `5 unread, 2 pending`: what is not 0 of it.
pub(super) fn waits(numbers: &[(u64, &str)]) -> String {
    let shown = numbers.iter().filter(|(n, _)| *n > 0);
    shown.map(|(n, word)| format!("{} {word}", count(*n))).collect::<Vec<_>>().join(", ")
}

/// A name as a shell takes it, safe to show.
pub(super) fn shell(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._:-".contains(c);
    let shown = crate::text::display_safe(name);
    if !name.is_empty() && name.chars().all(plain) {
        shown.into_owned()
    } else {
        format!("'{}'", shown.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_one_unit() {
        for (ms, shown) in [(0, "0 s"), (999, "0 s"), (8_000, "8 s"), (125_000, "2 m")] {
            assert_eq!(span(Duration::from_millis(ms)), shown);
        }
        for (ms, shown) in [(2_500, "2.5 s"), (-2_500, "2.5 s"), (-240_000, "4 m")] {
            assert_eq!(difference(TimeDelta::milliseconds(ms)), shown);
        }
        assert_eq!(since(TimeDelta::seconds(-3)), "0 s", "never negative");
    }

    #[test]
    fn names_are_quoted_where_a_shell_would_take_them_apart() {
        for (name, shown) in
            [("sla", "sla"), ("a b", "'a b'"), ("a'b", r"'a'\''b'"), ("\x1b[2J", "'\\x1b[2J'"), ("", "''")]
        {
            assert_eq!(shell(name), shown);
        }
    }

    #[test]
    fn lists_are_cut() {
        let items: Vec<_> = (1..=5).map(|n| n.to_string()).collect();
        assert_eq!(
            (examples(&items, 3), examples(&items, 5)),
            ("1; 2; 3; and 2 more".into(), "1; 2; 3; 4; 5".into())
        );
        assert_eq!(waits(&[(0, "unread"), (1_200, "pending")]), "1,200 pending");
    }
}
