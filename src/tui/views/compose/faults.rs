//! Whether the payload fits its schema: one line, or one for each of the first faults.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::event::Report;
use crate::text::{cut_safe, plural};
use crate::tui::app::App;
use crate::tui::app::compose::Basis;
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::{Words, inset, row};

/// So many faults are named.
const NAMED: usize = 3;

/// Lines of it.
pub(super) fn height(app: &App) -> u16 {
    u16::try_from(app.compose.faults().len().clamp(1, NAMED)).unwrap_or(1)
}

/// Draws it.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let area = inset(area);
    let faults = app.compose.faults();
    if faults.is_empty() {
        let (sign, text, meaning) = match app.compose.basis() {
            Basis::NoType => {
                (theme.symbols().none, "choose a type: its fields come from its schema", Meaning::Dim)
            }
            Basis::Schema => (theme.symbols().ok, "fits its schema", Meaning::Ok),
            Basis::Example | Basis::Nothing => (
                theme.symbols().unknown,
                "its type has no schema: any JSON object is taken",
                Meaning::Unchecked,
            ),
        };
        let words = Words::new(theme).put(sign, meaning).gap(1).put(text, meaning);
        // What the field under the cursor means, where its schema says so.
        let about = app.compose.row().and_then(|row| row.field.description.as_deref()).unwrap_or_default();
        let room = usize::from(area.width).saturating_sub(words.cells() + 3);
        let about = cut_safe(about, room);
        Words::new(theme).put(about, Meaning::Dim).draw_right(frame, row(area, 0));
        return words.draw(frame, row(area, 0));
    }
    let lines = usize::from(area.height);
    // Around the one that was gone to.
    let first = app.compose.fault_at().unwrap_or(0).min(faults.len().saturating_sub(lines));
    for (at, fault) in faults.iter().enumerate().skip(first).take(lines) {
        let is_here = app.compose.fault_at() == Some(at);
        let meaning = if is_here { Meaning::Failed } else { Meaning::Text };
        let left = faults.len() - first - lines.min(faults.len());
        let more = if at - first + 1 == lines && left > 0 {
            format!("   +{}", plural(left as u64, "fault", "faults"))
        } else {
            String::new()
        };
        let room = usize::from(area.width).saturating_sub(2 + more.len());
        let text = told(fault, room);
        Words::new(theme)
            .put(theme.symbols().failed, Meaning::Failed)
            .gap(1)
            .put(text, meaning)
            .put(more, Meaning::Dim)
            .draw(frame, row(area, at - first));
    }
}

/// A fault in one line of so many cells: where, what was expected, what was found.
fn told(fault: &Report, room: usize) -> String {
    cut_safe(&format!("{}: expected {}, found {}", fault.path, fault.expected, fault.found), room)
}
