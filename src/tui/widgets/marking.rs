//! The row under the cursor.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};

use crate::tui::theme::{Meaning, Theme};

/// Marks everything in `area` with `meaning`: the row under a cursor, one that has just arrived, one that is stale.
pub(crate) fn mark_row(frame: &mut Frame<'_>, area: Rect, meaning: Meaning, theme: &Theme) {
    let style = theme.style(meaning);
    let area = area.intersection(frame.area());
    if style.add_modifier.contains(Modifier::REVERSED) {
        // Reversed text of many colours would be a row of coloured blocks.
        let buffer = frame.buffer_mut();
        for position in area.positions() {
            if let Some(cell) = buffer.cell_mut(position) {
                cell.set_fg(Color::Reset).set_bg(Color::Reset);
            }
        }
    }
    frame.buffer_mut().set_style(area, style);
}

/// Puts the cursor's sign in the column before `area`, for where colours cannot show a cursor.
pub(crate) fn mark_sign(frame: &mut Frame<'_>, area: Rect, focused: bool, theme: &Theme) {
    if area.x == 0 || area.is_empty() {
        return;
    }
    let style = theme.style(if focused { Meaning::Accent } else { Meaning::Dim });
    let place = Rect { x: area.x - 1, width: 1, height: 1, ..area };
    if place.intersection(frame.area()) == place {
        frame.buffer_mut().set_stringn(place.x, place.y, theme.symbols().cursor, 1, style);
    }
}
