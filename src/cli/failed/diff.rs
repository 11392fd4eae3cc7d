//! What was changed, as lines to look at.

use crate::cli::paint::Paint;
use crate::text::{Change, diff, display_safe};

/// Lines around a change.
const AROUND: usize = 3;

/// The lines that differ, with a few around them; safe to show. None where nothing differs.
pub(super) fn changes(before: &str, after: &str, paint: Paint) -> Vec<String> {
    let all = diff(before, after);
    let changed: Vec<_> = (0..all.len()).filter(|at| !matches!(all[*at], Change::Same(_))).collect();
    let near = |at: usize| {
        let next = changed.partition_point(|changed| *changed < at.saturating_sub(AROUND));
        changed.get(next).is_some_and(|changed| *changed <= at + AROUND)
    };
    let mut lines = Vec::new();
    let mut left_out = false;
    for (at, change) in all.iter().enumerate() {
        if !near(at) {
            left_out = true;
            continue;
        }
        if std::mem::take(&mut left_out) && !lines.is_empty() {
            lines.push(paint.sign("  …", "  ..").to_owned());
        }
        let (sign, text) = match change {
            Change::Same(text) => (' ', text),
            Change::Out(text) => ('-', text),
            Change::In(text) => ('+', text),
        };
        lines.push(format!("{sign} {}", display_safe(text)));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASCII: Paint = Paint { colour: false, ascii: true };

    #[test]
    fn only_what_differs_is_shown_with_what_is_around_it() {
        let before: Vec<_> = (0..20).map(|n| format!("  \"{n}\": 1")).collect();
        let mut after = before.clone();
        after[2] = "  \"2\": \"\x1b[2J\"".to_owned();
        after[15] = "  \"15\": 2".to_owned();
        insta::assert_snapshot!(changes(&before.join("\n"), &after.join("\n"), ASCII).join("\n"));
    }

    #[test]
    fn what_is_the_same_has_no_difference() {
        assert!(changes("{\n}", "{\n}", ASCII).is_empty());
    }
}
