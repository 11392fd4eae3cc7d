//! Events, one to a row: the list of the Events view and the strip of the Flow view look the same.

use chrono::{DateTime, Utc};
use ratatui::Frame;
use ratatui::layout::Rect;

use super::cursor::mark_cursor;
use super::empty;
use crate::bus::ChannelScope;
use crate::event::{About, Channel};
use crate::filter::{FailureSeen, Standing};
use crate::monitor::Row;
use crate::text::{count, cut_end, width};
use crate::tui::app::App;
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::{Words, folded, mark_row, row};

/// Cells of a time to the millisecond.
const TIME: usize = 12;
/// A type is not cut below so many cells.
const LEAST_TYPE: usize = 16;
/// Cells of a terminal from which on types are shown whole.
const WIDE: u16 = 140;
/// Between two columns.
const GAP: usize = 2;
/// Below so many cells for what an event is about, other columns give way.
const LEAST_ABOUT: usize = 24;
/// Events that arrive faster than so many a second would make the whole list glow.
const GLOWING_RATE: f64 = 4.0;

/// The widths of the columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Columns {
    time: usize,
    event_type: usize,
    tenant: usize,
    about: usize,
    channel: usize,
}

impl Columns {
    /// The columns in `width` cells. They follow the types and tenants of the last minutes, not the rows on the screen:
    /// so they do not jump when the list moves.
    pub(super) fn of(room: usize, app: &App) -> Self {
        let flow = &app.flow.flow;
        let longest = |names: &mut dyn Iterator<Item = &str>| names.take(100).map(width).max().unwrap_or(0);
        let types = longest(&mut flow.types.iter().map(|row| row.name.as_str()));
        let tenants = longest(&mut flow.tenants.iter().map(|row| row.name.as_str()));
        let most_type = if app.size.width >= WIDE { 48 } else { 20 };
        let channels =
            if app.scope.channel == ChannelScope::All { app.monitor.channels() } else { Vec::new() };
        let channels = longest(&mut channels.iter().map(Channel::as_str));
        let mut columns = Self {
            time: TIME,
            event_type: types.clamp(LEAST_TYPE, most_type),
            tenant: tenants.clamp(8, if app.size.width >= WIDE { 24 } else { 16 }),
            about: 0,
            channel: if channels > 0 { channels.clamp(7, 24) } else { 0 },
        };
        // What gives way, in this order, so that something can be said of the event. Beside the detail, which names
        // the type whole, also the longest types do.
        let give_way: [fn(&mut Self); 7] = [
            |columns| columns.channel = 0,
            |columns| columns.tenant = columns.tenant.min(12),
            |columns| columns.event_type = columns.event_type.min(20),
            |columns| columns.event_type = columns.event_type.min(LEAST_TYPE),
            |columns| columns.tenant = columns.tenant.min(8),
            |columns| columns.time = 8,
            |columns| columns.tenant = 0,
        ];
        for (at, step) in give_way.into_iter().enumerate() {
            // The last ones cost more than a few words are worth.
            let enough = if at < 3 { LEAST_ABOUT } else { LEAST_ABOUT / 2 };
            if room.saturating_sub(columns.taken()) >= enough {
                break;
            }
            step(&mut columns);
        }
        columns.about = room.saturating_sub(columns.taken());
        columns
    }

    /// Cells of everything but what the event is about, with the gaps.
    fn taken(&self) -> usize {
        [self.time, self.event_type, self.tenant, self.channel].iter().map(|cells| with_gap(*cells)).sum()
    }
}

fn with_gap(cells: usize) -> usize {
    if cells == 0 { 0 } else { cells + GAP }
}

/// Draws the headings of the columns; at their right, what is not on the screen.
pub(super) fn heading(frame: &mut Frame<'_>, area: Rect, (app, focused): (&App, bool), theme: &Theme) {
    let columns = Columns::of(usize::from(area.width), app);
    let meaning = Meaning::title(focused);
    let mut words = Words::new(theme);
    for (title, cells) in [
        (format!("TIME {}", theme.symbols().open), columns.time),
        ("TYPE".to_owned(), columns.event_type),
        ("TENANT".to_owned(), columns.tenant),
        ("ABOUT".to_owned(), columns.about),
        ("CHANNEL".to_owned(), columns.channel),
    ] {
        if cells > 0 {
            words = words.left(&title, cells, meaning).gap(GAP);
        }
    }
    words.draw(frame, area);
    let new = app.events.lens.new_since() as u64;
    let above = app.events.top_row() as u64;
    let up = theme.symbols().up;
    let note = match (new, above) {
        (0, 0) => return,
        (0, above) => format!("  {up} {} above", count(above)),
        (new, 0) => format!("  {up} {} new", count(new)),
        (new, above) => format!("  {up} {} new, {} above", count(new), count(above)),
    };
    Words::new(theme).put(note, Meaning::Waiting).draw_right(frame, area);
}

/// Draws the events that fit into `area`, newest first; where there are none, why.
pub(super) fn rows(frame: &mut Frame<'_>, area: Rect, (app, focused): (&App, bool), theme: &Theme) {
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
    let columns = Columns::of(usize::from(area.width), app);
    let stale = app.monitor.link().is_stale();
    for (at, seq) in app.events.on_screen(usize::from(area.height)).enumerate() {
        let place = row(area, at);
        let Some(entry) = app.monitor.ring().get(seq) else {
            // It left memory while it was on the screen.
            Words::new(theme).put(theme.symbols().unknown, Meaning::Dim).draw(frame, place);
            continue;
        };
        event(&entry, &columns, app, theme).draw(frame, place);
        if app.events.cursor == Some(seq) {
            mark_cursor(frame, place, (app, focused), theme);
        } else if !stale && is_fresh(&entry, app) {
            mark_row(frame, place, Meaning::Fresh, theme);
        }
    }
}

/// Whether it arrived a moment ago, on a bus where that is something to see.
fn is_fresh(entry: &Row<'_>, app: &App) -> bool {
    let age = app.clock.now - entry.time();
    app.flow.flow.now_rate < GLOWING_RATE && age.num_milliseconds() < 1_000
}

fn event<'t>(entry: &Row<'_>, columns: &Columns, app: &App, theme: &'t Theme) -> Words<'t> {
    let symbols = theme.symbols();
    let time = time(entry.time(), columns.time < TIME, app);
    let time_meaning = if app.monitor.link().is_stale() { Meaning::Stale } else { Meaning::Time };
    let event_type = entry.event_type().map_or_else(|| symbols.unknown.to_owned(), ToString::to_string);
    let type_meaning =
        if entry.standing() == Standing::Unchecked { Meaning::Unchecked } else { Meaning::EventType };
    let mut words = Words::new(theme)
        .left(&time, columns.time, time_meaning)
        .gap(GAP)
        .middle(&event_type, columns.event_type, type_meaning)
        .gap(GAP);
    if columns.tenant > 0 {
        let tenant = entry.tenant().map(|tenant| app.monitor.labels().show(tenant.as_str()));
        let tenant = tenant.as_deref().unwrap_or(symbols.unknown);
        words = words.left(tenant, columns.tenant, Meaning::Tenant).gap(GAP);
    }
    words = words.then(what(entry, columns.about, app, theme));
    if columns.channel > 0 {
        let channel = entry.channel().map(ToString::to_string).unwrap_or_default();
        words = words.gap(GAP).left(&channel, columns.channel, Meaning::Dim);
    }
    words
}

/// When, to the millisecond; of another day, to the minute.
fn time(at: DateTime<Utc>, short: bool, app: &App) -> String {
    let (at_here, now_here) = (app.clock.zone.place(at), app.clock.zone.place(app.clock.now));
    match (at_here.date_naive() == now_here.date_naive(), short) {
        (true, true) => app.clock.time(at),
        (true, false) => app.clock.time_ms(at),
        (false, true) => at_here.format("%d %b").to_string(),
        (false, false) => at_here.format("%d %b %H:%M").to_string(),
    }
}

/// The handlers that failed at an event, each with the sign of what came of it: a dead letter, or a retry.
fn failed<'t>(entry: &Row<'_>, cells: usize, app: &App, theme: &'t Theme) -> Words<'t> {
    let failures = app.monitor.failures().of_event(entry.event_id());
    let mut words = Words::new(theme);
    for failure in FailureSeen::last_of_each(failures) {
        let (sign, meaning) = if failure.is_dead {
            (theme.symbols().failed, Meaning::Dead)
        } else {
            (theme.symbols().waiting, Meaning::Waiting)
        };
        let text = format!("{sign} {}  ", failure.handler);
        if words.cells() + width(&text) > cells / 2 {
            // There is no room for its name: that it failed is said all the same.
            return if words.cells() + 3 <= cells { words.put(format!("{sign}  "), meaning) } else { words };
        }
        words = words.put(text, meaning);
    }
    words
}

/// What an event is about, in exactly `cells` cells; of an invalid one, what is wrong with it; before that, which
/// handlers failed at it.
fn what<'t>(entry: &Row<'_>, cells: usize, app: &App, theme: &'t Theme) -> Words<'t> {
    let failed = failed(entry, cells, app, theme);
    let room = cells.saturating_sub(failed.cells());
    failed.then(about(entry, room, theme))
}

fn about<'t>(entry: &Row<'_>, cells: usize, theme: &'t Theme) -> Words<'t> {
    let symbols = theme.symbols();
    let words = if let Some(fault) = entry.fault() {
        let sign = format!("{} invalid", symbols.warning);
        let words = Words::new(theme).put(cut_end(&sign, cells).into_owned(), Meaning::Failed);
        let room = cells.saturating_sub(words.cells() + 2);
        words.gap(2.min(cells)).put(cut_end(&fault.summary(), room).into_owned(), Meaning::Text)
    } else {
        let dot = format!(" {} ", symbols.dot);
        let said = entry.payload().map(|payload| About::read(payload).news(&dot)).unwrap_or_default();
        Words::new(theme).put(cut_end(&said, cells).into_owned(), Meaning::Text)
    };
    let left = cells.saturating_sub(words.cells());
    words.gap(left)
}
