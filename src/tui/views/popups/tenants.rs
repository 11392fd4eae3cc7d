//! The list of tenants: what each does, now.
//!
//! ```text
//! ┌─ Tenant ─────────────────────────────────────────────────────────────────┐
//! │ acme▏                                             /s   errors     events │
//! │ Acme MSP           189c996e-43d3-4c53-9f4…       412       12      4,102 │
//! │ Acme Labs          5ac21b9e-6f0d-41c2-8a7…       0.2        ·         12 │
//! └─────────────────────────────────────────────────────────────── 2 of 9 ───┘
//! ```

use ratatui::Frame;
use ratatui::layout::Rect;

use super::picker::{AROUND, page};
use super::{below, cover, middle, narrowing};
use crate::event::TenantId;
use crate::text::{count, cut_end, display_safe, rate, width};
use crate::tui::app::{App, Choice, Picker};
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::{Words, folded, frame_around, mark_row, mark_sign, row};

/// Cells of a rate, of a number of errors and of events, each with its gap.
const RATE: usize = 8;
const ERRORS: usize = 9;
const EVENTS: usize = 11;
/// Cells of a name, and of an id.
const NAME: (usize, usize) = (12, 32);
const ID: usize = 36;

/// Draws the list, and answers where its lines lie.
pub(super) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    (picker, app): (&Picker<Option<TenantId>>, &App),
    theme: &Theme,
) -> Rect {
    let longest = picker.choices.iter().take(1_000).map(|choice| width(&choice.name)).max().unwrap_or(0);
    let names = longest.clamp(NAME.0, NAME.1);
    let errors = if app.monitor.failures().is_read() { ERRORS } else { 0 };
    let page = page(area, picker.choices.len() + 1);
    let place = middle(area, 4 + names + 2 + ID + RATE + errors + EVENTS, page + AROUND);
    let of = format!("{} of {}", count(picker.fitting.len() as u64), count(picker.choices.len() as u64));
    let title = match app.context.locked_to.as_slice() {
        [] => "Tenant".to_owned(),
        [first] => format!("Tenant: this run is locked to {}", display_safe(first)),
        [first, rest @ ..] => {
            format!("Tenant: this run is locked to {} +{}", display_safe(first), rest.len())
        }
    };
    let inside = frame_around(frame, place, (&title, &of), theme);
    let inside = Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside };
    let room = usize::from(inside.width);
    let numbers = RATE + errors + EVENTS;
    let names = names.min(room.saturating_sub(numbers));
    let ids = room.saturating_sub(names + 2 + numbers).min(ID);
    let typed = Rect { width: inside.width.saturating_sub(u16::try_from(numbers).unwrap_or(0)), ..inside };
    cover(app, inside);
    narrowing(frame, row(typed, 0), (&picker.field, app), theme);
    let mut heading = Words::new(theme).right("/s", RATE, Meaning::Title);
    if errors > 0 {
        heading = heading.right("errors", errors, Meaning::Title);
    }
    heading.right("events", EVENTS, Meaning::Title).draw_right(frame, row(inside, 0));
    if picker.is_empty() {
        for (at, line) in folded(&nothing(picker, app), room).into_iter().enumerate() {
            Words::new(theme).put(line, Meaning::Waiting).draw(frame, row(inside, 1 + at));
        }
    }
    for (at, choice) in picker.rows().enumerate().skip(picker.list.top).take(page) {
        let place = row(inside, 1 + at - picker.list.top);
        line(choice, (names, ids, errors), app, theme).draw(frame, place);
        if picker.list.cursor == Some(at) {
            mark_row(frame, place, Meaning::Selection, theme);
            mark_sign(frame, place, true, theme);
        }
    }
    below(inside, page)
}

fn line<'t>(
    choice: &Choice<Option<TenantId>>,
    (names, ids, errors): (usize, usize, usize),
    app: &App,
    theme: &'t Theme,
) -> Words<'t> {
    let name = if choice.value.is_some() { Meaning::Tenant } else { Meaning::Text };
    let id = if choice.note == choice.name { "" } else { &choice.note };
    let words = Words::new(theme).left(&choice.name, names, name).gap(2);
    let words = words.left(&cut_end(id, ids), ids, Meaning::Dim);
    let known = choice.value.as_ref().and_then(|tenant| app.flow.by_tenant.get(tenant));
    let (per_second, failed) = known.copied().unwrap_or_default();
    let none = theme.symbols().none;
    let now = match (choice.value.is_some(), per_second > 0.0) {
        (false, _) => "",
        (true, false) => none,
        (true, true) => &rate(per_second),
    };
    let mut words = words.right(now, RATE, Meaning::Text);
    if errors > 0 {
        words = match (choice.value.is_some(), failed) {
            (false, _) => words.gap(errors),
            (true, 0) => words.right(none, errors, Meaning::Dim),
            (true, failed) => words.right(&count(failed), errors, Meaning::Failed),
        };
    }
    words.right(&choice.count.map(count).unwrap_or_default(), EVENTS, Meaning::Dim)
}

/// Why nothing can be chosen.
fn nothing(picker: &Picker<Option<TenantId>>, app: &App) -> String {
    let typed = display_safe(picker.field.text().trim()).into_owned();
    if app.context.locked_to.is_empty() {
        format!("no tenant is called '{typed}', and it cannot be an id")
    } else {
        format!("'{typed}' is none of the tenants that this run is locked to: nothing of others ever comes")
    }
}
