//! Groups of failed events, one a row.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::super::cursor::mark_cursor;
use super::{ago, rows_of, sign, tenant};
use crate::event::FailedState;
use crate::monitor::{FailedGroup, FailedSort};
use crate::text::{count, display_safe, width};
use crate::tui::app::{App, Part};
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::{Words, span};

/// Cells of the mark, of a count at least, of the worst state at most, and of an age.
const MARK: usize = 2;
const COUNT: usize = 5;
const STATE: usize = 16;
const AGE: usize = 5;
/// So many groups are looked at for the longest count and state.
const FIRST: usize = 200;

/// Draws the table.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let symbols = theme.symbols();
    let room = usize::from(area.width);
    let wide = room >= 100;
    let (most_handler, types) = if wide { (18, 24) } else { (10, 14) };
    let (most_tenants, oldest) = match room {
        100.. => (16, AGE + 2),
        // Groups are of one tenant each: without it two of them may look alike.
        70..100 => (8, 0),
        _ => (0, 0),
    };
    let tenants = if app.scope.tenant.is_some() { 0 } else { most_tenants };
    // What the groups differ in, their errors, gets what others do not need.
    let top = app.failed.open_table().top;
    let seen = || (top..top + FIRST).map_while(|at| app.failed.group_in(at));
    let state = seen().map(|group| width(&worst(group).1) + 2).max().unwrap_or(0).clamp(7, STATE);
    let name =
        |group: &FailedGroup| group.key.handler.as_deref().map_or(0, |name| width(&display_safe(name)));
    let handler = seen().map(name).max().unwrap_or(0).clamp(7, most_handler);
    let types = seen().map(|group| width(group.key.event_type.as_str())).max().unwrap_or(0).clamp(4, types);
    let numbers = seen().map(|group| count(group.rows.len() as u64).len() + 1).max().unwrap_or(0).max(COUNT);
    let taken = MARK + numbers + 2 + state + 2 + AGE + 2 + oldest + handler + 2 + types + 2;
    let taken = taken + if tenants > 0 { tenants + 2 } else { 0 };
    let error = room.saturating_sub(taken);
    let title = Meaning::Title;
    let before = MARK + numbers + 2 + state + 2;
    app.areas.add(span(area, MARK, MARK + numbers), Part::FailedHeading(FailedSort::Count));
    app.areas.add(span(area, before, before + AGE), Part::FailedHeading(FailedSort::Newest));
    let mut heading = Words::new(theme)
        .gap(MARK)
        .right("COUNT", numbers, title)
        .gap(2)
        .left("STATE", state, title)
        .gap(2)
        .right("LAST", AGE, title);
    if oldest > 0 {
        heading = heading.gap(2).right("FIRST", AGE, title);
    }
    heading = heading.gap(2).left("HANDLER", handler, title).gap(2).left("TYPE", types, title).gap(2);
    if tenants > 0 {
        heading = heading.left("TENANT", tenants, title).gap(2);
    }
    heading.left("ERROR", error, title).draw(frame, area);
    for (at, place) in rows_of(area, app) {
        let Some(group) = app.failed.group_in(at) else { continue };
        let number = group.rows.len() as u64;
        let key = &group.key;
        let (worst, told) = worst(group);
        let (sign, meaning) = sign(worst, None, theme);
        let mut words = Words::new(theme)
            .left(marked(group, app, theme), MARK, Meaning::Accent)
            .right(&format!("{}{}", symbols.times, count(number)), numbers, Meaning::Text)
            .gap(2)
            .put(sign, meaning)
            .gap(1)
            .left(&told, state - 2, meaning)
            .gap(2)
            .right(&ago(Some(group.newest), app, symbols.unknown), AGE, Meaning::Time);
        if oldest > 0 {
            words = words.gap(2).right(&ago(Some(group.oldest), app, symbols.unknown), AGE, Meaning::Time);
        }
        let name = key.handler.as_deref().map_or_else(|| symbols.unknown.into(), display_safe);
        words = words
            .gap(2)
            .left(&name, handler, Meaning::Text)
            .gap(2)
            .middle(key.event_type.as_str(), types, Meaning::EventType)
            .gap(2);
        if tenants > 0 {
            words = words
                .left(&tenant(key.tenant.as_ref(), app, symbols.unknown), tenants, Meaning::Tenant)
                .gap(2);
        }
        let (text, text_meaning) = if key.message.is_empty() {
            ("(not recorded)".into(), Meaning::Dim)
        } else {
            (display_safe(&key.message), Meaning::Text)
        };
        words.left(&text, error, text_meaning).draw(frame, place);
        if app.failed.open_table().cursor == Some(at) {
            mark_cursor(frame, place, (app, true), theme);
        }
    }
}

/// The worst state of its events, and how many are in it, where not all are: `dead 3`.
fn worst(group: &FailedGroup) -> (FailedState, String) {
    let (worst, of) = group.worst();
    let told = if of == group.rows.len() as u64 {
        worst.word().to_owned()
    } else {
        format!("{} {}", worst.word(), count(of))
    };
    (worst, told)
}

/// Whether all of it is marked, or some.
fn marked(group: &FailedGroup, app: &App, theme: &Theme) -> &'static str {
    if app.failed.marks.is_empty() {
        return " ";
    }
    let rows = app.failed.sift.rows();
    let is_marked =
        |row: &u32| rows.get(*row as usize).is_some_and(|row| app.failed.marks.contains(&row.event.at));
    let n = group.rows.iter().filter(|row| is_marked(row)).count();
    match n {
        0 => " ",
        n if n == group.rows.len() => theme.symbols().live,
        _ => theme.symbols().waiting,
    }
}
