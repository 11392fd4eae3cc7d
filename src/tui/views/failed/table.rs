//! Failed events, one a row.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::super::cursor::mark_cursor;
use super::{ago, attempts, next, rows_of, sign, tenant};
use crate::bus::FailedEvent;
use crate::monitor::FailedSort;
use crate::text::{cut_safe, display_safe, width};
use crate::tui::app::{App, Part};
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::{Words, span};

/// Cells of the mark, and of an age.
const MARK: usize = 2;
const AGE: usize = 4;
/// So many rows are looked at for the longest name.
const FIRST: usize = 200;
/// From so many cells on all columns are shown; from so many on, what comes next has one of its own: before, it stands
/// before the error, which needs the room.
const WIDE: usize = 100;
const WIDEST: usize = 170;
/// An error takes no more than so many: what comes next would stand far from it.
const ERROR: usize = 110;
/// Below so many cells a state is its sign alone, and tenants stand in the detail: the error is what is looked for.
const NARROW: usize = 70;

/// The widths of the columns; 0 where one is left out.
struct Columns {
    state: usize,
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
        let longest = |cells: &dyn Fn(&FailedEvent) -> usize, least: usize, most: usize| {
            seen().map(|event| cells(event)).max().unwrap_or(0).clamp(least, most)
        };
        let is_wide = room >= WIDE;
        let handler =
            |event: &FailedEvent| event.handler.as_deref().map_or(0, |name| width(&display_safe(name)));
        let label = |event: &FailedEvent| width(&tenant(event.tenant.as_ref(), app, "-"));
        let has_next = room >= WIDEST && seen().any(|event| next(event, app).is_some());
        let most_of_types = match room {
            138.. => 39,
            WIDE..138 => 24,
            _ => 16,
        };
        let mut columns = Self {
            // The sign and a blank before the word, two blanks behind it.
            state: if room < NARROW { 2 } else { longest(&|event| event.state.word().len() + 4, 8, 12) },
            handler: longest(&handler, 7, if is_wide { 20 } else { 12 }),
            event_type: longest(&|event| width(event.event_type.as_str()), 4, most_of_types),
            tenant: longest(&label, 6, if is_wide { 16 } else { 10 }),
            attempts: if is_wide { 5 } else { 0 },
            error: 0,
            next: if has_next { 13 } else { 0 },
        };
        if app.scope.tenant.is_some() || room < NARROW {
            // One that is chosen is the same in each row, and stands in the first line of the screen.
            columns.tenant = 0;
        }
        let before = MARK + columns.state + AGE + 2;
        let taken = before + with_gap(columns.handler) + with_gap(columns.event_type);
        columns.tenant = columns.tenant.min(room.saturating_sub(taken));
        let others = [columns.tenant, columns.attempts, columns.next];
        columns.error = room.saturating_sub(taken + others.map(with_gap).iter().sum::<usize>());
        if has_next {
            columns.error = columns.error.min(ERROR);
        }
        columns
    }
}

fn with_gap(cells: usize) -> usize {
    if cells > 0 { cells + 2 } else { 0 }
}

/// Draws the table.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let columns = Columns::of(usize::from(area.width), app);
    let title = Meaning::Title;
    let before = MARK + columns.state;
    app.areas.add(span(area, before, before + AGE), Part::FailedHeading(FailedSort::Newest));
    let mut heading = Words::new(theme)
        .gap(MARK)
        .left(if columns.state > 2 { "STATE" } else { "" }, columns.state, title)
        .right("AGE", AGE, title)
        .gap(2)
        .left("HANDLER", columns.handler, title)
        .gap(2)
        .left("TYPE", columns.event_type, title)
        .gap(2);
    if columns.tenant > 0 {
        heading = heading.left("TENANT", columns.tenant, title).gap(2);
    }
    if columns.attempts > 0 {
        heading = heading.right("TRIED", columns.attempts, title).gap(2);
    }
    heading = heading.left("ERROR", columns.error, title);
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
        .left(event.state.word(), columns.state.saturating_sub(2), meaning)
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
    if columns.attempts > 0 {
        let tried = attempts(event, symbols.unknown).replace(" of ", "/");
        words = words.right(&tried, columns.attempts, text).gap(2);
    }
    let coming = next(event, app);
    let masks = app.redacting.of_failed(&event.at);
    let said = event.error.as_deref().map(|error| masks.said(event.text.as_deref(), error));
    let unknown = said.is_none().then(|| not_recorded(event, columns.error, app, symbols.dot));
    let (error, error_meaning) = match (&said, &unknown) {
        (Some(error), _) => (&**error, text),
        (None, unknown) => (unknown.as_deref().unwrap_or_default(), Meaning::Dim),
    };
    match coming {
        Some((coming, meaning)) if columns.next == 0 => {
            let coming = cut_safe(&coming, columns.error);
            let room = columns.error.saturating_sub(width(&coming) + 2);
            words
                .put(coming, meaning)
                .gap(if room > 0 { 2 } else { 0 })
                .put(cut_safe(error, room), error_meaning)
        }
        coming => {
            words = words.left(&cut_safe(error, columns.error), columns.error, error_meaning);
            match coming {
                Some((coming, meaning)) => words.gap(2).left(&coming, columns.next, meaning),
                None => words,
            }
        }
    }
}

/// In place of an error that nobody recorded: what the event is about, so that it can be told from the one above it.
fn not_recorded(event: &FailedEvent, cells: usize, app: &App, dot: &str) -> String {
    const NOTHING: &str = "(not recorded)";
    let dot = format!(" {dot} ");
    let payload = event.payload().filter(|_| cells > 2 * NOTHING.len());
    let masks = app.redacting.of_failed(&event.at);
    let rules = &app.setup.events.about;
    let about = payload.map(|payload| rules.news_without(masks, (Some(&event.event_type), payload), &dot));
    match about.filter(|about| !about.is_empty()) {
        Some(about) => format!("{NOTHING}  {about}"),
        None => NOTHING.to_owned(),
    }
}
