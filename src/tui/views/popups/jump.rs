//! The field for a time to go to.
//!
//! ```text
//! ┌─ Go to a time ─────────────────────────────────────────────────────────┐
//! │ -2h▏                                                                   │
//! │ 2026-11-29 12:02:31.000 +01:00, 2 h ago                                │
//! │                                                                        │
//! │ 14:02             that time of day, when it was last                   │
//! │ -2h               so long ago: -90s, -15m, -3d, -1h30m                 │
//! └──────────────────────────────────────────────────────────── +01:00 ───┘
//! ```

use ratatui::Frame;
use ratatui::layout::Rect;

use super::{cover, middle};
use crate::text::cut_end;
use crate::tui::app::{App, FORMS, Field, Moment};
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::{TextField, Words, field, folded, frame_around, row};

/// Columns of it all, and of an example.
const WIDE: usize = 84;
const EXAMPLE: usize = 17;
/// Lines for what was understood, or what is wrong with it.
const ANSWER: usize = 2;

/// Draws it. Its size is always the same.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, (typed, app): (&Field, &App), theme: &Theme) {
    let place = middle(area, WIDE, 2 + 1 + ANSWER + FORMS.len());
    let zone = format!("times of {}", app.clock.zone.place(app.clock.now).format("%:z"));
    let inside = frame_around(frame, place, ("Go to a time", &zone), theme);
    let inside = Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside };
    cover(app, inside);
    field(
        frame,
        row(inside, 0),
        &TextField { field: typed, placeholder: "14:02, -2h, yesterday 14:02", noted: (&app.areas, None) },
        theme,
    );
    let (answer, meaning) = match Moment::read(typed.text(), &app.clock) {
        Ok(moment) => (moment.shown(&app.clock), Meaning::Ok),
        Err(_) if typed.text().trim().is_empty() => (String::new(), Meaning::Dim),
        Err(why) => (why, Meaning::Failed),
    };
    let cells = usize::from(inside.width);
    for (at, line) in folded(&answer, cells).into_iter().take(ANSWER).enumerate() {
        Words::new(theme).put(line, meaning).draw(frame, row(inside, 1 + at));
    }
    let room = cells.saturating_sub(EXAMPLE + 2);
    for (at, (example, says)) in FORMS.iter().enumerate() {
        let words = Words::new(theme).left(example, EXAMPLE, Meaning::Key).gap(2);
        words
            .put(cut_end(says, room).into_owned(), Meaning::KeyHelp)
            .draw(frame, row(inside, 1 + ANSWER + at));
    }
}
