//! Marks in the list of events.

use super::movement::Movement;
use super::{events, rewind};
use crate::text::{count, plural};
use crate::tui::app::App;

/// Marks the event under the cursor, or takes its mark away, and goes to the next row.
pub(super) fn turn(app: &mut App) {
    if let Some(seq) = app.events.cursor {
        app.events.marks.turn(seq);
        // Beyond the last row that came lies the past, where these marks are not: a mark is no way there.
        let has_next = app.events.cursor_row().is_some_and(|row| row + 1 < app.events.len());
        if has_next || app.is_rewound() {
            events::go(app, Movement::Rows(1));
        }
    }
}

/// Begins a range of marks, or ends it.
pub(super) fn range(app: &mut App) {
    if let Some(marked) = end_range(app) {
        return app.tell(format!("{} marked", count(marked as u64)));
    }
    app.events.marks.set_range(app.events.cursor);
    app.tell("move to the other end, then v marks the range; Esc gives it up");
}

/// Marks what lies in a range that was begun, as it is drawn: what is done next is done to all of it. Answers how many
/// those are; `None` without a range.
pub(super) fn end_range(app: &mut App) -> Option<usize> {
    let range = app.events.range()?;
    let marked = *range.end() + 1 - *range.start();
    let seqs: Vec<_> = app.events.lens.rows().skip(*range.start()).take(marked).collect();
    app.events.marks.add(seqs);
    app.events.marks.set_range(None);
    Some(marked)
}

/// Gives a range up, else takes all marks away. Whether there was anything.
pub(super) fn back(app: &mut App) -> bool {
    let marks = &mut app.events.marks;
    if marks.range_from().is_some() {
        marks.set_range(None);
        return true;
    }
    marks.clear()
}

/// Forgets marks of events that left memory, and says so.
pub(super) fn settle(app: &mut App) {
    let gone = rewind::settle_marks(app);
    if gone > 0 {
        let events = plural(gone as u64, "marked event has", "marked events have");
        app.tell(if app.is_rewound() {
            format!("{events} left memory, which holds a few thousand of the past: export, then read on")
        } else {
            format!("{events} left memory, which is bounded: [retention] in the config")
        });
    }
}
