//! The payload of a failed event in an editor.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::{cover, middle, most_lines};
use crate::text::{cut_end, display_safe, plural, width};
use crate::tui::app::{App, Pane, Part};
use crate::tui::theme::{Meaning, Theme};
use crate::tui::views::caret::caret_line;
use crate::tui::widgets::{Words, frame_around, row};

/// So many faults are named.
const FAULTS: usize = 3;

/// Draws it.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let Some(draft) = &app.draft else { return };
    let title = format!("Edit the payload of {}", draft.event.event_type);
    let place = middle(area, usize::from(area.width), usize::from(most_lines(area)));
    let lines = draft.area.lines();
    let (line, column) = (draft.area.cursor().0, draft.area.cursor().1);
    let note = format!("line {} of {}", line + 1, lines.len());
    let inside = frame_around(frame, place, (&title, &note), theme);
    let inside = Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside };
    cover(app, inside);
    let faults = draft.faults.len().min(FAULTS);
    let page = usize::from(inside.height).saturating_sub(faults.max(1) + 1).max(1);
    let top = draft.scrolled.top(line, page, lines.len());
    let cells = usize::from(inside.width);
    let shown = Rect { height: u16::try_from(page).unwrap_or(u16::MAX).min(inside.height), ..inside };
    app.areas.add(shown, Part::Rows(Pane::Edit, top));
    for (at, text) in lines.iter().enumerate().skip(top).take(page) {
        let place = row(inside, at - top);
        if at == line {
            let caret = text.char_indices().nth(column).map_or(text.len(), |(at, _)| at);
            let (from, words) = caret_line(text, (at, caret), (cells, &draft.scrolled), theme);
            app.areas.add(place, Part::Caret(Pane::Edit, from));
            words.draw(frame, place);
        } else {
            let text = cut_end(&display_safe(text), cells).into_owned();
            Words::new(theme).put(text, Meaning::Field).draw(frame, place);
        }
    }
    let below = usize::from(inside.height).saturating_sub(faults.max(1));
    if draft.faults.is_empty() {
        let (text, meaning) = match (draft.is_changed(), app.schemas.0.is_some()) {
            (false, _) => ("nothing is changed yet", Meaning::Dim),
            (true, true) => ("fits its schema, or its type has none", Meaning::Ok),
            (true, false) => ("no schemas are at hand: it is judged when it is sent", Meaning::Waiting),
        };
        Words::new(theme).put(text, meaning).draw(frame, row(inside, below));
    }
    for (at, fault) in draft.faults.iter().take(FAULTS).enumerate() {
        let more = draft.faults.len() - faults;
        let more = if at + 1 == faults && more > 0 {
            format!("   +{}", plural(more as u64, "fault", "faults"))
        } else {
            String::new()
        };
        let text = cut_end(fault, cells.saturating_sub(width(&more) + 2)).into_owned();
        let text = format!("{} {text}{more}", theme.symbols().failed);
        Words::new(theme).put(text, Meaning::Failed).draw(frame, row(inside, below + at));
    }
}
