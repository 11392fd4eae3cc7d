//! The payload as JSON, in an editor.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::text::display_safe;
use crate::tui::app::{App, Pane, Part};
use crate::tui::pretty::{Kind, tokens};
use crate::tui::theme::{Meaning, Theme};
use crate::tui::views::caret::caret_line;
use crate::tui::views::json_rows;
use crate::tui::widgets::{Words, mark_row, row};

/// More of a line than this is never looked at for a screen.
const LOOKED_AT: usize = 16 * 1024;

/// Draws the lines around the caret.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let compose = &app.compose;
    let focused = compose.edits_json() && app.popup.is_none();
    let lines = compose.area.lines();
    let (line, column) = (compose.area.cursor().0, compose.area.cursor().1);
    let page = usize::from(area.height);
    let top = compose.scrolled.top(line, page, lines.len());
    if !focused {
        compose.scrolled.unscroll();
    }
    let text = Rect { x: area.x + 2, width: area.width.saturating_sub(2), ..area };
    let cells = usize::from(text.width);
    app.areas.add(text, Part::Rows(Pane::Json, top));
    for (at, json) in lines.iter().enumerate().skip(top).take(page) {
        let place = row(text, at - top);
        if compose.fault_lines().contains(&at) {
            Words::new(theme).put(theme.symbols().failed, Meaning::Failed).draw(frame, row(area, at - top));
        }
        if at == line && focused {
            let (from, words) =
                caret_line(json, (at, compose.caret_in(json, column)), (cells, &compose.scrolled), theme);
            app.areas.add(place, Part::Caret(Pane::Json, from));
            words.draw(frame, place);
        } else {
            coloured(json, cells, theme).draw(frame, place);
            if at == line {
                mark_row(frame, place, Meaning::SelectionIdle, theme);
            }
        }
    }
}

fn meaning(kind: Kind) -> Meaning {
    match kind {
        // It is being typed: this is where it breaks off.
        Kind::Odd => Meaning::Failed,
        kind => json_rows::meaning(kind),
    }
}

/// The beginning of a line, in colours.
fn coloured<'t>(line: &str, cells: usize, theme: &'t Theme) -> Words<'t> {
    let line = &line[..line.floor_char_boundary(LOOKED_AT)];
    let mut words = Words::new(theme);
    let mut at = 0;
    for (kind, token) in tokens(line) {
        words = words.put(display_safe(&line[at..token.start]).into_owned(), Meaning::Text);
        words = words.put(display_safe(&line[token.clone()]).into_owned(), meaning(kind));
        at = token.end;
        if words.cells() > cells {
            return words;
        }
    }
    words.put(display_safe(&line[at..]).into_owned(), Meaning::Text)
}
