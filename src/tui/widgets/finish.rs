//! The last look at a frame, cell by cell: what holds for the whole screen is seen to in one place, so that no view
//! can forget it.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Position;
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthChar;

use crate::text::{is_display_safe, width};
use crate::tui::theme::{Meaning, Symbols, Theme};

/// What stands in a cell in place of something that no view may draw.
const FORGOTTEN: &str = "?";

/// Replaces what a terminal would obey, if a view forgot to make it safe; halves of wide characters (another drawing covers
/// the other half, or the screen ends) by blanks; lays characters that make one cluster of several cells each in its own;
/// on a terminal that speaks ASCII only, replaces every other character by the sign of the same meaning or `?`. Cells that
/// nobody gave a colour get the theme's own.
pub(crate) fn finish(frame: &mut Frame<'_>, theme: &Theme) {
    ground(frame, theme);
    let area = frame.area();
    let buffer = frame.buffer_mut();
    for position in area.positions() {
        let Some(cell) = buffer.cell(position) else { continue };
        let symbol = cell.symbol();
        if matches!(symbol.as_bytes(), [b' '..=b'~']) {
            continue;
        }
        let replacement = if !is_display_safe(symbol) {
            Some(FORGOTTEN.to_owned())
        } else if theme.is_ascii() {
            Some(Symbols::to_ascii(symbol).to_owned())
        } else if width(symbol) > 1 {
            let other_half = buffer.cell(Position { x: position.x + 1, ..position });
            let is_whole =
                position.x + 1 < area.right() && other_half.is_some_and(|half| half.symbol() == " ");
            if is_whole { whole(buffer, position) } else { Some(" ".to_owned()) }
        } else {
            None
        };
        if let (Some(replacement), Some(cell)) = (replacement, buffer.cell_mut(position)) {
            cell.set_symbol(&replacement);
        }
    }
}

/// What is to stand at `position` in place of a whole cluster of two cells and more; nothing where it may stay as it is.
fn whole(buffer: &mut Buffer, position: Position) -> Option<String> {
    let replacement = apart(buffer, position);
    let is_wide = |symbol: &str| width(symbol) > 1;
    let stays_wide = replacement.as_deref().is_none_or(is_wide);
    // What it covers is never written, but must differ from a blank: so that one is written there when the cluster goes.
    // Ratatui leaves that to the terminal, and not all of them clear the half that is left.
    if let Some(half) = buffer.cell_mut(Position { x: position.x + 1, ..position })
        && stays_wide
        && half.symbol() == " "
    {
        half.modifier |= Modifier::HIDDEN;
    }
    replacement
}

/// Lays the theme's own colours under everything, where it has any.
fn ground(frame: &mut Frame<'_>, theme: &Theme) {
    let screen = theme.style(Meaning::Screen);
    if screen.fg.is_none() && screen.bg.is_none() {
        return;
    }
    for cell in &mut frame.buffer_mut().content {
        if cell.fg == Color::Reset {
            cell.fg = screen.fg.unwrap_or_default();
        }
        if cell.bg == Color::Reset {
            cell.bg = screen.bg.unwrap_or_default();
        }
    }
}

/// What is to stand at `position` in place of a cluster of several characters that each take cells of their own, such
/// as a Thai consonant with its vowel: most terminals draw each in cells of its own, and would keep the last ones on
/// the screen when the cluster is overwritten as if it were one. The cells behind it get the other characters. Where
/// they would take more cells than the cluster (a skin colour), the first alone stays.
fn apart(buffer: &mut Buffer, position: Position) -> Option<String> {
    let symbol = buffer.cell(position)?.symbol().to_owned();
    let cells_of = |c: char| c.width().unwrap_or(0);
    let mut parts: Vec<(usize, String)> = Vec::new();
    let mut at = 0;
    for c in symbol.chars() {
        match parts.last_mut() {
            Some((_, part)) if cells_of(c) == 0 => part.push(c),
            _ => parts.push((at, c.to_string())),
        }
        at += cells_of(c);
    }
    let fits = at == width(&symbol);
    if parts.len() < 2 {
        return None;
    }
    let style = buffer.cell(position)?.style();
    let (_, first) = parts.remove(0);
    for (at, part) in parts.into_iter().filter(|_| fits) {
        let place = Position { x: position.x.saturating_add(u16::try_from(at).ok()?), ..position };
        if let Some(cell) = buffer.cell_mut(place) {
            cell.set_symbol(&part).set_style(style);
        }
    }
    Some(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::Look;
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    fn cells(text: &str) -> Vec<String> {
        let (theme, _) = Theme::load(&Look::default());
        let mut terminal = Terminal::new(TestBackend::new(6, 1)).unwrap();
        terminal
            .draw(|frame| {
                frame.buffer_mut().set_stringn(0, 0, text, 6, Style::new());
                finish(frame, &theme);
            })
            .unwrap();
        terminal.backend().buffer().content.iter().map(|cell| cell.symbol().to_owned()).collect()
    }

    #[test]
    fn what_a_view_forgot_to_make_safe_is_not_written() {
        for forgotten in ["\x1b", "a\x1b[2J", "\u{9b}", "\u{202e}", "e\u{200d}", "\u{301}", "\u{e000}"] {
            let (theme, _) = Theme::load(&Look::default());
            let mut terminal = Terminal::new(TestBackend::new(1, 1)).unwrap();
            let drawn = terminal.draw(|frame| {
                frame.buffer_mut().content[0].set_symbol(forgotten);
                finish(frame, &theme);
            });
            assert_eq!(drawn.unwrap().buffer.content[0].symbol(), "?", "{forgotten:?}");
        }
    }

    #[test]
    fn each_character_that_takes_cells_has_its_own() {
        assert_eq!(cells("กำx"), ["ก", "ำ", "x", " ", " ", " "]);
        assert_eq!(cells("क्षिx"), ["क्", "ष", "ि", "x", " ", " "]);
        assert_eq!(cells("日e\u{301}x"), ["日", " ", "e\u{301}", "x", " ", " "]);
        assert_eq!(cells("👩🏽x")[..3], ["👩", " ", "x"]);
        assert_eq!(cells("abcde日"), ["a", "b", "c", "d", "e", " "]);
    }

    #[test]
    fn what_a_wide_character_covered_is_written_when_it_goes() {
        let frame = |text: &str| {
            let mut buffer = Buffer::empty(Rect::new(0, 0, 4, 1));
            let (theme, _) = Theme::load(&Look::default());
            let mut terminal = Terminal::new(TestBackend::new(4, 1)).unwrap();
            let drawn = terminal
                .draw(|frame| {
                    frame.buffer_mut().set_stringn(0, 0, text, 4, Style::new());
                    finish(frame, &theme);
                })
                .unwrap();
            buffer.merge(drawn.buffer);
            buffer
        };
        let cells =
            |from: &str, to: &str| frame(from).diff(&frame(to)).iter().map(|(x, ..)| *x).collect::<Vec<_>>();
        assert_eq!(cells("a✅b", "a  b"), [1, 2], "both halves");
        assert_eq!(cells("a✅b", "a✅c"), [3]);
        assert_eq!(cells("a  b", "a✅b"), [1]);
    }
}
