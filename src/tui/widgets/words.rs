//! A line of the screen, put together from left to right.

use std::borrow::Cow;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation;

use crate::text::{cut_middle, pad_end, pad_start, width};
use crate::tui::theme::{Meaning, Theme};

/// Texts with their meanings, one behind the other. All of them must be safe to show.
#[derive(Debug, Clone)]
pub(crate) struct Words<'t> {
    theme: &'t Theme,
    spans: Vec<Span<'static>>,
    cells: usize,
}

impl<'t> Words<'t> {
    /// Nothing yet.
    pub(crate) fn new(theme: &'t Theme) -> Self {
        Self { theme, spans: Vec::new(), cells: 0 }
    }

    /// `text` as it is.
    #[must_use]
    pub(crate) fn put(self, text: impl Into<Cow<'static, str>>, meaning: Meaning) -> Self {
        let style = self.theme.style(meaning);
        self.styled(text, style)
    }

    /// `text` in a style that was made from meanings.
    #[must_use]
    pub(crate) fn styled(mut self, text: impl Into<Cow<'static, str>>, style: Style) -> Self {
        let text = text.into();
        self.cells += width(&text);
        self.spans.push(Span::styled(text, style));
        self
    }

    /// So many blank cells.
    #[must_use]
    pub(crate) fn gap(self, cells: usize) -> Self {
        if cells == 0 { self } else { self.styled(" ".repeat(cells), Style::new()) }
    }

    /// `text` in exactly `cells` cells, cut at its end.
    #[must_use]
    pub(crate) fn left(self, text: &str, cells: usize, meaning: Meaning) -> Self {
        self.padded(&pad_end(text, cells), meaning)
    }

    /// `text` in exactly `cells` cells, cut in its middle.
    #[must_use]
    pub(crate) fn middle(self, text: &str, cells: usize, meaning: Meaning) -> Self {
        self.padded(&pad_end(&cut_middle(text, cells), cells), meaning)
    }

    /// `text` at the right of exactly `cells` cells: for numbers.
    #[must_use]
    pub(crate) fn right(self, text: &str, cells: usize, meaning: Meaning) -> Self {
        self.padded(&pad_start(text, cells), meaning)
    }

    /// `text` with the blanks around it, which have no ground of their own: columns would touch where words are marked.
    fn padded(self, text: &str, meaning: Meaning) -> Self {
        let style = self.theme.style(meaning);
        let word = text.trim_matches(' ');
        if style.bg.is_none() {
            return self.styled(text.to_owned(), style);
        }
        if word.is_empty() {
            return self.gap(text.len());
        }
        let before = text.len() - text.trim_start_matches(' ').len();
        let after = text.len() - before - word.len();
        self.gap(before).styled(word.to_owned(), style).gap(after)
    }

    /// Another line behind this one.
    #[must_use]
    pub(crate) fn then(mut self, other: Self) -> Self {
        self.cells += other.cells;
        self.spans.extend(other.spans);
        self
    }

    /// All of it with one meaning, whatever its parts mean.
    #[must_use]
    pub(crate) fn in_one(mut self, meaning: Meaning) -> Self {
        let style = self.theme.style(meaning);
        for span in &mut self.spans {
            span.style = style;
        }
        self
    }

    /// How many cells it takes.
    pub(crate) fn cells(&self) -> usize {
        self.cells
    }

    /// What it says.
    #[cfg(test)]
    pub(crate) fn text(&self) -> String {
        self.spans.iter().map(|span| span.content.as_ref()).collect()
    }

    /// As a line.
    pub(crate) fn line(self) -> Line<'static> {
        Line::from(self.spans)
    }

    /// Draws it in the first row of `area`, as much of it as fits: where words are cut off, an ellipsis says so.
    pub(crate) fn draw(self, frame: &mut Frame<'_>, area: Rect) {
        let area = area.intersection(frame.area());
        if area.is_empty() {
            return;
        }
        let is_cut = self.seen_cells() > usize::from(area.width);
        let ellipsis = self.theme.symbols().ellipsis;
        let buffer = frame.buffer_mut();
        buffer.set_line(area.x, area.y, &self.line(), area.width);
        if is_cut && let Some(last) = buffer.cell_mut((area.right() - 1, area.y)) {
            last.set_symbol(ellipsis);
        }
    }

    /// How many cells it takes without the blanks at its end.
    fn seen_cells(&self) -> usize {
        let mut blanks = 0;
        for span in self.spans.iter().rev() {
            let seen = span.content.trim_end_matches(' ');
            blanks += span.content.len() - seen.len();
            if !seen.is_empty() {
                break;
            }
        }
        self.cells - blanks
    }

    /// Draws it at the right end of the first row of `area`, if all of it fits.
    pub(crate) fn draw_right(self, frame: &mut Frame<'_>, area: Rect) {
        if let Some(left) = usize::from(area.width).checked_sub(self.cells) {
            let left = u16::try_from(left).unwrap_or(area.width);
            self.draw(frame, Rect { x: area.x + left, width: area.width - left, ..area });
        }
    }
}

/// Row `at` of `area`; empty where the area has no such row.
pub(crate) fn row(area: Rect, at: usize) -> Rect {
    match u16::try_from(at) {
        Ok(at) if at < area.height => Rect { y: area.y + at, height: 1, ..area },
        _ => Rect { height: 0, ..area },
    }
}

/// The cells from `from` to `to` of the first row of `area`.
pub(crate) fn span(area: Rect, from: usize, to: usize) -> Rect {
    let cells = |cells: usize| u16::try_from(cells).unwrap_or(u16::MAX).min(area.width);
    let (from, to) = (cells(from), cells(to));
    Rect { x: area.x + from, width: to.saturating_sub(from), height: area.height.min(1), ..area }
}

/// `area` without a column at each side.
pub(crate) fn inset(area: Rect) -> Rect {
    if area.width < 3 { area } else { Rect { x: area.x + 1, width: area.width - 2, ..area } }
}

/// `text` in lines of at most `cells` cells, broken between words where there are any.
pub(crate) fn folded(text: &str, cells: usize) -> Vec<String> {
    let cells = cells.max(2);
    let is_plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    let mut lines = if is_plain { fold_plain(text, cells) } else { fold(text, cells) };
    for line in &mut lines {
        line.truncate(line.trim_end().len());
    }
    lines
}

/// As [`fold`], where every byte is a cell: there may be a megabyte of it, and it is drawn at every key.
fn fold_plain(text: &str, cells: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split_inclusive(' ') {
        let mut rest = word.trim_end();
        let blank = &word[rest.len()..];
        if used > 0 && used + rest.len() > cells {
            lines.push(String::new());
            used = 0;
        }
        while !rest.is_empty() {
            if used >= cells {
                lines.push(String::new());
                used = 0;
            }
            let (fits, more) = rest.split_at(rest.len().min(cells - used));
            used += fits.len();
            rest = more;
            if let Some(line) = lines.last_mut() {
                line.push_str(fits);
            }
        }
        used += blank.len();
        if let Some(line) = lines.last_mut() {
            line.push_str(blank);
        }
    }
    lines
}

fn fold(text: &str, cells: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split_inclusive(' ') {
        let wide = width(word.trim_end());
        if used > 0 && used + wide > cells {
            lines.push(String::new());
            used = 0;
        }
        for cluster in word.graphemes(true) {
            let wide = width(cluster);
            // A blank at the end may hang over: it is not seen.
            if used + wide > cells && cluster != " " {
                lines.push(String::new());
                used = 0;
            }
            used += wide;
            if let Some(line) = lines.last_mut() {
                line.push_str(cluster);
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    use super::*;
    use crate::tui::theme::Look;

    #[test]
    fn what_is_cut_off_says_so_and_blanks_are_no_loss() {
        let drawn = |text: &'static str, ascii| {
            let (theme, _) = Theme::load(&Look { ascii, ..Look::default() });
            let mut terminal = Terminal::new(TestBackend::new(4, 1)).unwrap();
            let frame = |frame: &mut Frame<'_>| {
                Words::new(&theme).put(text, Meaning::Text).gap(3).draw(frame, frame.area());
            };
            let buffer = terminal.draw(frame).unwrap().buffer;
            buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect::<String>()
        };
        for (text, ascii, expected) in [
            ("abcde", false, "abc…"),
            ("abcde", true, "abc~"),
            ("abcd", false, "abcd"),
            ("ab", false, "ab  "),
        ] {
            assert_eq!(drawn(text, ascii), expected, "{text}");
        }
    }

    #[test]
    fn a_ground_lies_below_words_and_not_below_the_blanks_that_make_a_column() {
        let marked = "[styles]\nwaiting = { fg = 'black', bg = 'yellow' }\nrule = { underline = true }";
        let theme = Theme::parse("marked", marked).unwrap();
        let grounds = |words: Words<'_>| -> Vec<_> {
            words.spans.into_iter().map(|span| (span.content.into_owned(), span.style.bg.is_some())).collect()
        };
        let of = |text: &str, has: bool| (text.to_owned(), has);
        let words = Words::new(&theme).left("a b", 5, Meaning::Waiting).right("12", 4, Meaning::Waiting);
        assert_eq!(words.cells(), 9);
        assert_eq!(grounds(words), [of("a b", true), of("  ", false), of("  ", false), of("12", true)]);
        let blank = Words::new(&theme).left("", 3, Meaning::Waiting);
        assert_eq!(grounds(blank), [of("   ", false)]);
        let line = Words::new(&theme).left("a", 3, Meaning::Rule);
        assert_eq!(grounds(line), [of("a  ", false)], "what has no ground is drawn in one");
    }

    #[test]
    fn lines_break_between_words_and_long_words_anywhere() {
        assert_eq!(folded("ab cd ef", 5), ["ab cd", "ef"]);
        assert_eq!(folded("abcdefgh ij", 5), ["abcde", "fgh", "ij"]);
        assert_eq!(folded("日本語", 5), ["日本", "語"]);
        assert_eq!(folded("", 5), [""]);
    }

    #[test]
    fn plain_text_is_folded_as_any_other() {
        for bits in 1_u32..1 << 12 {
            // Every text of up to eleven letters and blanks.
            let bit = |at: u32| if bits >> at & 1 == 0 { 'a' } else { ' ' };
            let text: String = (0..bits.ilog2()).map(bit).collect();
            for cells in 2..6 {
                assert_eq!(fold_plain(&text, cells), fold(&text, cells), "'{text}' in {cells}");
            }
        }
    }
}
