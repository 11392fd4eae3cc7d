//! What is wrong with a filter, where, and what to write instead.

use std::ops::Range;

use crate::text::{cut_end, display_safe, width};

/// Terminal cells of the filter shown before, at and after the mistake; the rest is cut.
const BEFORE: usize = 60;
const AT: usize = 60;
const AFTER: usize = 30;

/// Why a text is not a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterError {
    /// The bytes of the text that are wrong: within the text, at character boundaries, empty where something is
    /// missing.
    pub at: Range<usize>,
    /// What is wrong, safe to show: `expected a number, found 'abc'`.
    pub what: String,
    /// What to write instead, as a sentence.
    pub hint: Option<String>,
}

impl FilterError {
    pub(super) fn new(at: Range<usize>, what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { at, what: what.into(), hint: Some(hint.into()) }
    }

    /// The text with a caret under the mistake, what is wrong, and what to write instead: two or three lines, safe to
    /// show. Of a long text only the part around the mistake is shown.
    ///
    /// ```
    /// let text = "type:TICKET_* payload.amount>lots";
    /// let error = tidings::filter::Filter::parse(text).unwrap_err();
    /// assert_eq!(
    ///     error.caret(text),
    ///     "type:TICKET_* payload.amount>lots\n\
    ///      \u{20}                            ^^^^ expected a number, found 'lots'\n\
    ///      Write a number, such as payload.amount>1000. To compare text use = or :."
    /// );
    /// ```
    pub fn caret(&self, text: &str) -> String {
        let start = text.floor_char_boundary(self.at.start.min(text.len()));
        let end = text.floor_char_boundary(self.at.end.clamp(start, text.len()));
        let before = cut_start(&display_safe(&text[..start]), BEFORE);
        let at = cut_end(&display_safe(&text[start..end]), AT).into_owned();
        let after = cut_end(&display_safe(&text[end..]), AFTER).into_owned();
        let (indent, carets) = (width(&before), "^".repeat(width(&at).max(1)));
        let mut out = format!("{before}{at}{after}\n{:indent$}{carets} {}", "", self.what);
        if let Some(hint) = &self.hint {
            out.push('\n');
            out.push_str(hint);
        }
        out
    }
}

impl std::fmt::Display for FilterError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for FilterError {}

/// A part of a filter as an error shows it: safe, and not too long.
pub(super) fn shown(part: &str) -> String {
    cut_end(&display_safe(part), 40).into_owned()
}

/// The same in 'single quotes'.
pub(super) fn quoted(part: &str) -> String {
    format!("'{}'", shown(part))
}

/// The end of `safe` in at most `cells` cells.
fn cut_start(safe: &str, cells: usize) -> String {
    if width(safe) <= cells {
        return safe.to_owned();
    }
    let mut used = 1;
    let mut from = safe.len();
    for (at, c) in safe.char_indices().rev() {
        used += width(c.encode_utf8(&mut [0; 4]));
        if used > cells {
            break;
        }
        from = at;
    }
    format!("…{}", &safe[from..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caret(text: &str, at: Range<usize>) -> String {
        FilterError { at, what: "wrong".into(), hint: None }.caret(text)
    }

    #[test]
    fn the_caret_stands_under_the_right_cells() {
        for (text, at, shown) in [
            ("a bad", 2..5, "a bad\n  ^^^ wrong"),
            ("日本 bad", 7..10, "日本 bad\n     ^^^ wrong"),
            ("a 日本", 2..8, "a 日本\n  ^^^^ wrong"),
            ("\tbad", 1..4, "\\tbad\n  ^^^ wrong"),
            ("\x1b[2J\u{202e}x", 7..8, "\\x1b[2J\\u{202e}x\n               ^ wrong"),
            ("end", 3..3, "end\n   ^ wrong"),
            ("", 0..0, "\n^ wrong"),
            ("another, shorter text", 40..50, "another, shorter text\n                     ^ wrong"),
            ("日", 1..2, "日\n^ wrong"),
        ] {
            assert_eq!(caret(text, at), shown);
        }
    }

    #[test]
    fn of_a_long_text_the_part_around_the_mistake_is_shown() {
        let text = format!("{}BAD{}", "日".repeat(5_000), "x".repeat(5_000));
        let shown = caret(&text, 15_000..15_003);
        let lines: Vec<_> = shown.lines().collect();
        assert!(lines[0].starts_with("…日") && lines[0].contains("日BADxx") && lines[0].ends_with("x…"));
        assert!(width(lines[0]) <= BEFORE + AT + AFTER);
        assert_eq!(lines[1].find('^'), Some(width(lines[0].split("BAD").next().unwrap())));
    }
}
