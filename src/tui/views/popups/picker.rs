//! A list to choose from by typing.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::{below, cover, middle, most_lines, narrowing};
use crate::text::{count, width};
use crate::tui::app::{App, Picker};
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::{Words, frame_around, mark_row, mark_sign, row};

/// Lines that are no choices: the frame and the field.
pub(super) const AROUND: usize = 3;
/// Cells of a count.
const COUNT: usize = 10;

/// How many choices fit on the screen.
pub(super) fn page(area: Rect, choices: usize) -> usize {
    usize::from(most_lines(area)).saturating_sub(AROUND).min(choices.max(1))
}

/// Draws the list, and answers where its lines lie. Its size follows all choices, not those that fit what is typed: so it
/// does not jump.
pub(super) fn draw<T: Clone>(
    frame: &mut Frame<'_>,
    area: Rect,
    (picker, title, app): (&Picker<T>, &str, &App),
    theme: &Theme,
) -> Rect {
    let longest = |texts: &mut dyn Iterator<Item = &String>| {
        texts.take(1_000).map(|text| width(text)).max().unwrap_or(0)
    };
    let names = longest(&mut picker.choices.iter().map(|choice| &choice.name)).clamp(12, 40);
    let notes = longest(&mut picker.choices.iter().map(|choice| &choice.note)).min(60);
    // Where nothing is counted, what is told has the room.
    let counts = if picker.choices.iter().any(|choice| choice.count.is_some()) { COUNT } else { 0 };
    // What is typed may be a choice of its own.
    let page = page(area, picker.choices.len() + usize::from(picker.own.is_some()));
    let wanted = 2 + names + if notes > 0 { 2 + notes } else { 0 } + 2 + counts + 2;
    let place = middle(area, wanted, page + AROUND);
    let of = format!("{} of {}", count(picker.fitting.len() as u64), count(picker.choices.len() as u64));
    let inside = frame_around(frame, place, (title, &of), theme);
    let inside = Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside };
    cover(app, inside);
    narrowing(frame, row(inside, 0), (&picker.field, app), theme);
    if picker.is_empty() {
        Words::new(theme).put("nothing fits what is typed", Meaning::Dim).draw(frame, row(inside, 1));
    }
    let room = usize::from(inside.width).saturating_sub(if counts > 0 { counts + 2 } else { 0 });
    let names = names.min(room);
    let notes = room.saturating_sub(names + 2).min(notes);
    for (at, choice) in picker.rows().enumerate().skip(picker.list.top).take(page) {
        let place = row(inside, 1 + at - picker.list.top);
        let number = choice.count.map(count).unwrap_or_default();
        let mut words = Words::new(theme).left(&choice.name, names, Meaning::Text);
        if notes > 0 {
            // Of an address, both ends tell something.
            words = words.gap(2).middle(&choice.note, notes, Meaning::Dim);
        }
        let left = room.saturating_sub(words.cells());
        words.gap(left + 2).right(&number, counts, Meaning::Dim).draw(frame, place);
        if picker.list.cursor == Some(at) {
            mark_row(frame, place, Meaning::Selection, theme);
            mark_sign(frame, place, true, theme);
        }
    }
    below(inside, page)
}
