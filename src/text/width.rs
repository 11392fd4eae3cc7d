//! Text in terminal cells. All functions take text that is safe to show and count wide characters as two.

use std::borrow::Cow;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::display_safe;

/// How many terminal cells `text` takes: those of its clusters, one by one, as they are drawn. As a whole it may be less:
/// an Arabic lam and alef count as one there, and are two cells of a terminal.
pub fn width(text: &str) -> usize {
    super::work::looked_at(text.len());
    if text.is_ascii() {
        return text.len();
    }
    text.graphemes(true).map(UnicodeWidthStr::width).sum()
}

/// `text` in at most `cells` cells, cut at its end with an ellipsis.
pub fn cut_end(text: &str, cells: usize) -> Cow<'_, str> {
    if width(text) <= cells {
        return Cow::Borrowed(text);
    }
    if cells == 0 {
        return Cow::Borrowed("");
    }
    let mut out = String::with_capacity(cells + 3);
    let mut used = 0;
    for cluster in text.graphemes(true) {
        let wide = width(cluster);
        if used + wide > cells - 1 {
            break;
        }
        used += wide;
        out.push_str(cluster);
    }
    out.push('…');
    Cow::Owned(out)
}

/// `text` made safe to show, in at most `cells` cells, cut at its end with an ellipsis. Unlike all others here it takes
/// text that is not safe, and looks at no more of it than can be shown: a value of a payload may have megabytes.
///
/// ```
/// assert_eq!(tidings::text::cut_safe("a\x1b[2Jb", 6), "a\\x1b…");
/// ```
pub fn cut_safe(text: &str, cells: usize) -> String {
    let start = &text[..text.floor_char_boundary(MOST_BYTES.max(cells.saturating_mul(4)))];
    let mut safe = display_safe(start).into_owned();
    if start.len() < text.len() {
        // What is left out may have been all that was wide.
        safe.push('…');
    }
    cut_end(&safe, cells).into_owned()
}

/// Of a text that is cut no more is looked at, or as much as so many cells hold: marks take no cells.
const MOST_BYTES: usize = 4 * 1024;

/// `text` in at most `cells` cells, cut in its middle with an ellipsis: the way to shorten event types and names
/// that differ at both ends.
pub fn cut_middle(text: &str, cells: usize) -> Cow<'_, str> {
    if width(text) <= cells {
        return Cow::Borrowed(text);
    }
    if cells < 3 {
        return cut_end(text, cells);
    }
    let (head_cells, tail_cells) = (cells / 2, cells - 1 - cells / 2);
    let mut head = String::new();
    let mut used = 0;
    for cluster in text.graphemes(true) {
        used += width(cluster);
        if used > head_cells {
            break;
        }
        head.push_str(cluster);
    }
    let mut tail: Vec<&str> = Vec::new();
    let mut used = 0;
    for cluster in text.graphemes(true).rev() {
        used += width(cluster);
        if used > tail_cells {
            break;
        }
        tail.push(cluster);
    }
    head.push('…');
    head.extend(tail.into_iter().rev());
    Cow::Owned(head)
}

/// `text` cut at its end or filled with spaces to exactly `cells` cells, at the left.
pub fn pad_end(text: &str, cells: usize) -> String {
    let cut = cut_end(text, cells);
    let fill = cells.saturating_sub(width(&cut));
    format!("{cut}{:fill$}", "")
}

/// `text` cut at its end or filled with spaces to exactly `cells` cells, at the right: for numbers.
pub fn pad_start(text: &str, cells: usize) -> String {
    let cut = cut_end(text, cells);
    let fill = cells.saturating_sub(width(&cut));
    format!("{:fill$}{cut}", "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_at_the_end_and_in_the_middle() {
        assert_eq!(cut_end("TICKET_UPDATED", 8), "TICKET_…");
        assert_eq!(cut_middle("PROJECT_BILLING_SCHEDULE_STATUS_CHANGED", 16), "PROJECT_…CHANGED");
        assert_eq!(cut_end("short", 8), "short");
        assert_eq!(cut_end("abc", 0), "");
        assert_eq!(cut_middle("abcdef", 2), "a…");
    }

    #[test]
    fn of_a_long_text_only_the_beginning_is_looked_at() {
        let long = "日\u{1b}".repeat(1_000_000);
        let (cut, work) = super::super::work::counted(|| cut_safe(&long, 9));
        assert_eq!(cut, "日\\x1b日…");
        assert!(work < 64 * 1024, "{work}");
        let marks = format!("a{}", "\u{301}".repeat(1_000_000));
        assert!(cut_safe(&marks, 40).ends_with('…'));
        assert_eq!(cut_safe("short", 9), "short");
        assert_eq!(cut_safe("", 9), "");
    }

    #[test]
    fn a_width_is_that_of_the_cells_it_is_drawn_in() {
        for (text, cells) in
            [("لا", 2), ("سلام", 4), ("日本", 4), ("e\u{301}", 1), ("กำ", 2), ("", 0), ("ab", 2)]
        {
            assert_eq!(width(text), cells, "{text}");
        }
    }

    #[test]
    fn wide_characters_never_overflow() {
        for cells in 0..9 {
            for text in ["日本語テキスト", "a日b本c", "👩‍👩‍👧‍👦 family", "e\u{301}e\u{301}e\u{301}e\u{301}"]
            {
                assert!(width(&cut_end(text, cells)) <= cells);
                assert!(width(&cut_middle(text, cells)) <= cells);
                assert_eq!(width(&pad_end(text, cells)), cells);
                assert_eq!(width(&pad_start(text, cells)), cells);
            }
        }
    }
}
