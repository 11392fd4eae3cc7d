//! Events, one to a row: the list of the Events view and the strip of the Flow view look the same.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::cursor::mark_cursor;
use super::days::Days;
use super::empty;
use super::event_columns::{GAP, TIME, Widths};
use super::rewind_line;
use super::tenants::tenant_in;
use crate::event::EventId;
use crate::filter::{FailureSeen, Standing};
use crate::monitor::{Order, Row};
use crate::text::{self, count, cut_end, display_safe, width};
use crate::tui::app::{App, Column, FlowPane, Pane, Part, View};
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::{Words, folded, mark_row, row, span};

/// Events that arrive faster than so many a second would make the whole list glow.
const GLOWING_RATE: f64 = 4.0;

/// Draws the headings of the columns; at their right, what is not on the screen.
pub(super) fn heading(
    frame: &mut Frame<'_>,
    area: Rect,
    (app, focused, days): (&App, bool, Days),
    theme: &Theme,
) {
    let widths = Widths::of(usize::from(area.width), app);
    let meaning = Meaning::title(focused);
    let mut words = Words::new(theme).gap(widths.mark);
    let mut ends = 0;
    for (column, cells) in widths.shown() {
        let is_sorted = matches!(
            (column, app.events.lens.order()),
            (Column::Time, Order::Time) | (Column::Type, Order::Type) | (Column::Tenant, Order::Tenant)
        );
        let sign = if is_sorted { format!(" {}", theme.symbols().open) } else { String::new() };
        let title = match column {
            Column::Time => days.heading(column.title(), (cells, &sign), app),
            _ => format!("{}{sign}", column.title()),
        };
        let before = words.cells();
        if app.view == View::Events {
            app.areas.add(span(area, before, before + cells), Part::Heading(column));
        }
        words = match column {
            Column::Size | Column::Age => words.right(&title, cells, meaning),
            _ => words.left(&title, cells, meaning),
        };
        ends = match column {
            Column::Size | Column::Age => before + cells,
            _ => before + width(&title).min(cells),
        };
        words = words.gap(GAP);
    }
    words.draw(frame, area);
    let new = app.events.lens.new_since() as u64;
    let above = app.events.top_row() as u64;
    let up = theme.symbols().up;
    let (note, short) = match (new, above) {
        (0, 0) => return,
        (0, above) => (format!("{up} {} above", count(above)), format!("{up} {}", count(above))),
        (new, 0) => (format!("{up} {} new", count(new)), format!("{up} {}", count(new))),
        (new, above) => {
            (format!("{up} {} new, {} above", count(new), count(above)), format!("{up} {} new", count(new)))
        }
    };
    // No heading is covered: the line of the truth says it as well.
    let room = usize::from(area.width).saturating_sub(ends);
    if let Some(note) = [note, short].into_iter().find(|note| width(note) + GAP <= room) {
        Words::new(theme).gap(GAP).put(note, Meaning::Waiting).draw_right(frame, area);
    }
}

/// Draws the events that fit into `area`, newest first; where there are none, why.
pub(super) fn rows(
    frame: &mut Frame<'_>,
    area: Rect,
    (app, focused, days): (&App, bool, Days),
    theme: &Theme,
) {
    if app.events.is_empty() {
        let (why, advised) = empty::list(app);
        let cells = usize::from(area.width);
        let why = folded(&why, cells).into_iter().map(|line| (line, Meaning::Waiting));
        let advised = folded(&advised.join(", "), cells).into_iter().map(|line| (line, Meaning::Dim));
        for (at, (line, meaning)) in why.chain(advised).enumerate() {
            Words::new(theme).put(line, meaning).draw(frame, row(area, at));
        }
        return;
    }
    let widths = Widths::of(usize::from(area.width), app);
    let stale = app.monitor.link().is_stale();
    let (range, top) = (app.events.range(), app.events.top_row());
    let pane = if app.view == View::Flow { Pane::Flow(FlowPane::Strip) } else { Pane::Events };
    app.areas.add(area, Part::Rows(pane, top));
    let mut drawn = 0;
    for (at, seq) in app.events.on_screen(usize::from(area.height)).enumerate() {
        let place = row(area, at);
        app.areas.add(place, Part::Event(pane, seq));
        let Some(entry) = app.entry(seq) else {
            // It left memory while it was on the screen.
            Words::new(theme).put(theme.symbols().unknown, Meaning::Dim).draw(frame, place);
            drawn = at + 1;
            continue;
        };
        let in_range = range.as_ref().is_some_and(|range| range.contains(&(top + at)));
        let is_marked = in_range || app.events.marks.has(seq);
        let is_hit = app.events.lens.is_hit(seq);
        let words = event(&entry, is_marked, (&widths, days), app, theme);
        if is_hit { words } else { words.in_one(Meaning::Dim) }.draw(frame, place);
        if app.events.cursor == Some(seq) {
            mark_cursor(frame, place, (app, focused), theme);
        } else if !stale && is_fresh(&entry, app) {
            mark_row(frame, place, Meaning::Fresh, theme);
        }
        drawn = at + 1;
    }
    if drawn < usize::from(area.height)
        && let Some(below) = rewind_line::below(app)
    {
        let below = cut_end(&below, usize::from(area.width)).into_owned();
        Words::new(theme).put(below, Meaning::Dim).draw(frame, row(area, drawn));
    }
}

/// Whether it arrived a moment ago, on a bus where that is something to see.
fn is_fresh(entry: &Row<'_>, app: &App) -> bool {
    let age = app.clock.now - entry.time();
    app.flow.flow.now_rate < GLOWING_RATE && age.num_milliseconds() < 1_000
}

fn event<'t>(
    entry: &Row<'_>,
    is_marked: bool,
    (widths, days): (&Widths, Days),
    app: &App,
    theme: &'t Theme,
) -> Words<'t> {
    let mut words = Words::new(theme);
    if widths.mark > 0 {
        // Of matches among others, a sign: not everywhere can colours tell.
        let is_hit = app.events.lens.has_context() && app.events.lens.is_hit(entry.seq());
        let mark = match (is_marked, is_hit) {
            (true, _) => theme.symbols().live,
            (false, true) => theme.symbols().closed,
            (false, false) => " ",
        };
        words = words.left(mark, widths.mark, Meaning::Accent);
    }
    for (at, (column, cells)) in widths.shown().enumerate() {
        words = if at > 0 { words.gap(GAP) } else { words };
        words = words.then(cell(entry, (column, cells), (widths, days, app), theme));
    }
    words
}

/// One column of an event, in exactly `cells` cells.
fn cell<'t>(
    entry: &Row<'_>,
    (column, cells): (Column, usize),
    (widths, days, app): (&Widths, Days, &App),
    theme: &'t Theme,
) -> Words<'t> {
    let unknown = theme.symbols().unknown;
    let words = Words::new(theme);
    let time_meaning = if app.monitor.link().is_stale() { Meaning::Stale } else { Meaning::Time };
    match column {
        Column::Time => words.left(&days.time(entry.time(), cells < TIME, app), cells, time_meaning),
        Column::Type => {
            let event_type = entry.event_type().map_or_else(|| unknown.to_owned(), ToString::to_string);
            let unchecked = entry.standing() == Standing::Unchecked;
            words.middle(&event_type, cells, if unchecked { Meaning::Unchecked } else { Meaning::EventType })
        }
        Column::Tenant => {
            let tenant = entry.tenant().map(|tenant| tenant_in(cells, tenant, app));
            words.left(tenant.as_deref().unwrap_or(unknown), cells, Meaning::Tenant)
        }
        Column::About if widths.has(Column::Handlers) => about(entry, cells, app, theme),
        // Before what it is about, which handlers failed at it.
        Column::About => {
            let failed = failed(entry, (cells / 2, cells), app, theme);
            let room = cells.saturating_sub(failed.cells());
            failed.then(about(entry, room, app, theme))
        }
        Column::Handlers => {
            let failed = failed(entry, (cells + 2, cells), app, theme);
            let left = cells.saturating_sub(failed.cells());
            failed.gap(left)
        }
        Column::Channel => {
            words.left(&entry.channel().map(ToString::to_string).unwrap_or_default(), cells, Meaning::Dim)
        }
        Column::Id => words.left(&short_id(entry.event_id(), unknown), cells, Meaning::Dim),
        Column::Entry => words.left(&entry.id().to_string(), cells, Meaning::Dim),
        Column::Size => {
            let size = entry.text().map_or_else(|| unknown.to_owned(), |text| count(text.len() as u64));
            words.right(&size, cells, Meaning::Dim)
        }
        Column::Age => {
            let age = (app.clock.now - entry.time()).to_std().unwrap_or_default();
            words.right(&text::age(age), cells, time_meaning)
        }
    }
}

/// An id by its first digits.
pub(super) fn short_id(id: Option<EventId>, unknown: &str) -> String {
    id.map_or_else(|| unknown.to_owned(), |id| id.to_string().chars().take(8).collect())
}

/// The handlers that failed at an event, each with the sign of what came of it: a dead letter, or a retry. Names in
/// `named` cells, what follows by its sign; in at most `cells` cells.
fn failed<'t>(entry: &Row<'_>, (named, cells): (usize, usize), app: &App, theme: &'t Theme) -> Words<'t> {
    let failures = app.monitor.failures().of_event(entry.event_id());
    let mut words = Words::new(theme);
    for failure in FailureSeen::last_of_each(failures) {
        let (sign, meaning) = if failure.is_dead {
            (theme.symbols().failed, Meaning::Dead)
        } else {
            (theme.symbols().waiting, Meaning::Waiting)
        };
        let text = format!("{sign} {}  ", failure.handler);
        if words.cells() + width(&text) > named {
            // There is no room for its name: that it failed is said all the same.
            return if words.cells() + 3 <= cells { words.put(format!("{sign}  "), meaning) } else { words };
        }
        words = words.put(text, meaning);
    }
    words
}

/// What an event is about, in exactly `cells` cells; of an invalid one, what is wrong with it.
fn about<'t>(entry: &Row<'_>, cells: usize, app: &App, theme: &'t Theme) -> Words<'t> {
    let symbols = theme.symbols();
    let masks = app.redacting.of_entry(entry.seq());
    let words = if let Some(fault) = entry.fault() {
        let fault = masks.fault(fault, entry.text().is_some());
        let sign = format!("{} invalid", symbols.warning);
        let words = Words::new(theme).put(cut_end(&sign, cells).into_owned(), Meaning::Failed);
        let room = cells.saturating_sub(words.cells() + 2);
        words.gap(2.min(cells)).put(cut_end(&fault.summary(), room).into_owned(), Meaning::Text)
    } else {
        let dot = format!(" {} ", symbols.dot);
        let rules = &app.setup.events.about;
        let said =
            entry.payload().map(|payload| rules.news_without(masks, (entry.event_type(), payload), &dot));
        let said = display_safe(said.as_deref().unwrap_or_default());
        Words::new(theme).put(cut_end(&said, cells).into_owned(), Meaning::Text)
    };
    let left = cells.saturating_sub(words.cells());
    words.gap(left)
}
