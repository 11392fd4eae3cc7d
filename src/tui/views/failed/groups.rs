//! Groups of failed events, one a row.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::super::cursor::mark_cursor;
use super::super::tenants::tenant_in;
use super::widths::{Gives, SIGN, Widths};
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
const AGE: usize = 4;
const OLDEST: usize = 5;
/// Between two columns.
const GAP: usize = 2;
/// Below so many cells tenants stand in the detail.
const NARROW: usize = 70;
/// So many groups are looked at for the longest count and state.
const FIRST: usize = 200;

/// Draws the table.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let symbols = theme.symbols();
    let room = usize::from(area.width);
    // What the groups differ in, their errors, gets what others do not need.
    let top = app.failed.open_table().top;
    let seen = || (top..top + FIRST).map_while(|at| app.failed.group_in(at));
    let longest = |cells: &dyn Fn(&FailedGroup) -> usize, least: usize, most: usize| {
        seen().map(cells).max().unwrap_or(0).clamp(least, most)
    };
    let name =
        |group: &FailedGroup| group.key.handler.as_deref().map_or(0, |name| width(&display_safe(name)));
    let label = |group: &FailedGroup| width(&tenant(group.key.tenant.as_ref(), app, "-"));
    let numbers = seen().map(|group| count(group.rows.len() as u64).len() + 1).max().unwrap_or(0).max(COUNT);
    let mut wanted = vec![
        (Gives::State, longest(&|group| width(&worst(group).1) + 2, 7, STATE)),
        (Gives::Oldest, OLDEST),
        (Gives::Handler, longest(&name, 7, 20)),
        (Gives::Type, longest(&|group| width(group.key.event_type.as_str()), 4, 39)),
    ];
    if app.scope.tenant.is_none() {
        wanted.push((Gives::Tenant, longest(&label, 6, 16)));
    }
    let told: &[Gives] = if app.failed.only_handler().is_some() { &[Gives::Handler] } else { &[] };
    // Groups are of one tenant each: without it two of them may look alike.
    let is_of_tenants = room >= NARROW;
    let widths = Widths::of((room, MARK + numbers + GAP + AGE + GAP), wanted, told, is_of_tenants);
    let [state, oldest, handler, types, tenants] =
        [Gives::State, Gives::Oldest, Gives::Handler, Gives::Type, Gives::Tenant]
            .map(|column| widths.cells(column));
    let error = widths.error;
    let has_signs = state <= SIGN;
    let title = Meaning::Title;
    let before = MARK + numbers + GAP + state + GAP;
    app.areas.add(span(area, MARK, MARK + numbers), Part::FailedHeading(FailedSort::Count));
    app.areas.add(span(area, before, before + AGE), Part::FailedHeading(FailedSort::Newest));
    let mut heading = Words::new(theme)
        .gap(MARK)
        .right("COUNT", numbers, title)
        .gap(GAP)
        .left(if has_signs { "" } else { "STATE" }, state, title)
        .gap(GAP)
        .right("LAST", AGE, title)
        .gap(GAP);
    if oldest > 0 {
        heading = heading.right("FIRST", OLDEST, title).gap(GAP);
    }
    for (name, cells) in [("HANDLER", handler), ("TYPE", types), ("TENANT", tenants)] {
        heading = if cells > 0 { heading.left(name, cells, title).gap(GAP) } else { heading };
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
            .gap(GAP)
            .put(sign, meaning);
        if !has_signs {
            words = words.gap(1).left(&told, state - 2, meaning);
        }
        words =
            words.gap(GAP).right(&ago(Some(group.newest), app, symbols.unknown), AGE, Meaning::Time).gap(GAP);
        if oldest > 0 {
            words =
                words.right(&ago(Some(group.oldest), app, symbols.unknown), OLDEST, Meaning::Time).gap(GAP);
        }
        if handler > 0 {
            let name = key.handler.as_deref().map_or_else(|| symbols.unknown.into(), display_safe);
            words = words.left(&name, handler, Meaning::Text).gap(GAP);
        }
        words = words.middle(key.event_type.as_str(), types, Meaning::EventType).gap(GAP);
        if tenants > 0 {
            let tenant = key.tenant.as_ref().map(|tenant| tenant_in(tenants, tenant, app));
            words =
                words.left(tenant.as_deref().unwrap_or(symbols.unknown), tenants, Meaning::Tenant).gap(GAP);
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
