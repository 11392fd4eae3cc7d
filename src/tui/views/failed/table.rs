//! Failed events, one a row.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::super::cursor::mark_cursor;
use super::{ago, attempts, next, rows_of, sign, tenant};
use crate::bus::FailedEvent;
use crate::text::{display_safe, width};
use crate::tui::app::App;
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::Words;

/// Cells of the mark, of the state with its sign, and of an age.
const MARK: usize = 2;
const STATE: usize = 12;
const AGE: usize = 4;
/// So many rows are looked at for the longest name.
const FIRST: usize = 200;

/// The widths of the columns; 0 where one is left out.
struct Columns {
    handler: usize,
    event_type: usize,
    tenant: usize,
    attempts: usize,
    error: usize,
    next: usize,
}

impl Columns {
    fn of(room: usize, app: &App) -> Self {
        let top = app.failed.open_table().top;
        let seen = || (top..top + FIRST).map_while(|at| app.failed.event_in(at));
        let longest = |cells: fn(&FailedEvent) -> usize, least: usize, most: usize| {
            seen().map(|event| cells(event)).max().unwrap_or(0).clamp(least, most)
        };
        let handler =
            longest(|event| event.handler.as_deref().map_or(0, |name| width(&display_safe(name))), 7, 20);
        let types = longest(|event| width(event.event_type.as_str()), 4, if room < 138 { 24 } else { 39 });
        let has_next = seen().any(|event| next(event, app).is_some());
        let wide = room >= 100;
        let mut columns = Self {
            handler: handler.min(if wide { 20 } else { 12 }),
            event_type: types.min(if wide { 39 } else { 16 }),
            tenant: if wide { 16 } else { 0 },
            attempts: if wide { 8 } else { 5 },
            error: 0,
            next: if wide && has_next { 13 } else { 0 },
        };
        let with_gap = |cells: usize| if cells > 0 { cells + 2 } else { 0 };
        let others = [columns.handler, columns.event_type, columns.tenant, columns.next];
        let taken: usize = others.map(with_gap).iter().sum();
        columns.error = room.saturating_sub(MARK + STATE + AGE + 2 + columns.attempts + 2 + taken);
        columns
    }
}

/// Draws the table.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let columns = Columns::of(usize::from(area.width), app);
    let title = Meaning::Title;
    let mut heading = Words::new(theme)
        .gap(MARK)
        .left("STATE", STATE, title)
        .right("AGE", AGE, title)
        .gap(2)
        .left("HANDLER", columns.handler, title)
        .gap(2)
        .left("TYPE", columns.event_type, title)
        .gap(2);
    if columns.tenant > 0 {
        heading = heading.left("TENANT", columns.tenant, title).gap(2);
    }
    heading = heading.right(if columns.tenant > 0 { "ATTEMPTS" } else { "TRIED" }, columns.attempts, title);
    heading = heading.gap(2).left("ERROR", columns.error, title);
    if columns.next > 0 {
        heading = heading.gap(2).left("NEXT", columns.next, title);
    }
    heading.draw(frame, area);
    let range = app.failed.range();
    for (at, place) in rows_of(area, app) {
        let Some(event) = app.failed.event_in(at) else { continue };
        let is_marked =
            app.failed.marks.contains(&event.at) || range.as_ref().is_some_and(|range| range.contains(&at));
        line(event, is_marked, &columns, app, theme).draw(frame, place);
        if app.failed.open_table().cursor == Some(at) {
            mark_cursor(frame, place, (app, true), theme);
        }
    }
}

fn line<'t>(
    event: &FailedEvent,
    is_marked: bool,
    columns: &Columns,
    app: &App,
    theme: &'t Theme,
) -> Words<'t> {
    let symbols = theme.symbols();
    let (sign, meaning) = sign(event.state, event.outcome, theme);
    let mark = if is_marked { symbols.live } else { " " };
    let handler = event.handler.as_deref().map_or_else(|| symbols.unknown.into(), display_safe);
    let stale = app.monitor.link().is_stale();
    let text = if stale { Meaning::Stale } else { Meaning::Text };
    let mut words = Words::new(theme)
        .left(mark, MARK, Meaning::Accent)
        .put(sign, meaning)
        .gap(1)
        .left(event.state.word(), STATE - 2, meaning)
        .right(&ago(event.failed_at(), app, symbols.unknown), AGE, Meaning::Time)
        .gap(2)
        .left(&handler, columns.handler, text)
        .gap(2)
        .middle(event.event_type.as_str(), columns.event_type, Meaning::EventType)
        .gap(2);
    if columns.tenant > 0 {
        let tenant = tenant(event.tenant.as_ref(), app, symbols.unknown);
        words = words.left(&tenant, columns.tenant, Meaning::Tenant).gap(2);
    }
    let mut tried = attempts(event, symbols.unknown);
    if columns.tenant == 0 {
        tried = tried.replace(" of ", "/");
    }
    words = words.right(&tried, columns.attempts, text).gap(2);
    let coming = next(event, app);
    let (mut error, error_meaning) = match &event.error {
        Some(error) => (display_safe(error).into_owned(), text),
        None => ("(not recorded)".to_owned(), Meaning::Dim),
    };
    if columns.next == 0
        && let Some((coming, _)) = &coming
    {
        error = format!("{coming}  {error}");
    }
    words = words.left(&error, columns.error, error_meaning);
    match coming {
        Some((coming, meaning)) if columns.next > 0 => words.gap(2).left(&coming, columns.next, meaning),
        _ => words,
    }
}
