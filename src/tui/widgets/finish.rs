//! The last look at a frame, cell by cell: what holds for the whole screen is seen to in one place, so that no view
//! can forget it.

use ratatui::Frame;
use ratatui::layout::Position;

use crate::text::width;
use crate::tui::theme::{Symbols, Theme};

/// Replaces halves of wide characters (another drawing covers the other half, or the screen ends) by blanks; on a
/// terminal that speaks ASCII only, replaces every other character by the sign of the same meaning or `?`.
pub(crate) fn finish(frame: &mut Frame<'_>, theme: &Theme) {
    let area = frame.area();
    let buffer = frame.buffer_mut();
    for position in area.positions() {
        let Some(cell) = buffer.cell(position) else { continue };
        let symbol = cell.symbol();
        if symbol.is_ascii() {
            continue;
        }
        let replacement = if theme.is_ascii() {
            Some(Symbols::to_ascii(symbol))
        } else if width(symbol) > 1 {
            let other_half = buffer.cell(Position { x: position.x + 1, ..position });
            let is_whole =
                position.x + 1 < area.right() && other_half.is_some_and(|half| half.symbol() == " ");
            (!is_whole).then_some(" ")
        } else {
            None
        };
        if let (Some(replacement), Some(cell)) = (replacement, buffer.cell_mut(position)) {
            cell.set_symbol(replacement);
        }
    }
}
