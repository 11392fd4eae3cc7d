//! Failed events, one a row.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::super::cursor::mark_cursor;
use super::super::tenants::tenant_in;
use super::widths::{Gives, SIGN, Widths};
use super::{ago, attempts, is_overdue, next, rows_of, sign, state_cells, state_words, tenant};
use crate::bus::FailedEvent;
use crate::monitor::{FailedRow, FailedSort};
use crate::text::{cut_safe, display_safe, width};
use crate::tui::app::{App, Part};
use crate::tui::theme::{Meaning, Symbols, Theme};
use crate::tui::widgets::{Words, span};

/// Cells of the mark, and of an age.
const MARK: usize = 2;
const AGE: usize = 4;
/// Between two columns.
const GAP: usize = 2;
/// So many rows are looked at for the longest name.
const FIRST: usize = 200;
/// From so many cells on, what comes next has a column of its own: before, a state says it.
const WIDEST: usize = 170;
/// Fewer say nothing of an event, or of its error.
const LEAST: usize = 12;
/// An error takes no more than so many: what comes next would stand far from it.
const ERROR: usize = 110;

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
        let handler =
            |event: &FailedEvent| event.handler.as_deref().map_or(0, |name| width(&display_safe(name)));
        let label = |event: &FailedEvent| width(&tenant(event.tenant.as_ref(), app, "-"));
        let next = if room >= WIDEST && seen().any(|event| next(event, app).is_some()) { 13 } else { 0 };
        // The sign and a blank before the word. As times go by the column does not change.
        let state = |event: &FailedEvent| 2 + state_cells(event, next > 0, app);
        let mut wanted = vec![
            (Gives::State, longest(&state, 6, 12)),
            (Gives::Handler, longest(&handler, 7, 20)),
            (Gives::Type, longest(&|event| width(event.event_type.as_str()), 4, 39)),
            (Gives::Tried, 5),
        ];
        if app.scope.tenant.is_none() {
            // One that is chosen is the same in each row, and stands in the first line of the screen.
            wanted.push((Gives::Tenant, longest(&label, 6, 16)));
        }
        let told: &[Gives] = match (&app.failed.group, app.failed.only_handler()) {
            (Some(_), _) => &[Gives::Type, Gives::Handler],
            (None, Some(_)) => &[Gives::Handler],
            (None, None) => &[],
        };
        let taken = MARK + AGE + GAP + if next > 0 { next + GAP } else { 0 };
        let widths = Widths::of((room, taken), wanted, told, false);
        Self {
            state: widths.cells(Gives::State),
            handler: widths.cells(Gives::Handler),
            event_type: widths.cells(Gives::Type),
            tenant: widths.cells(Gives::Tenant),
            attempts: widths.cells(Gives::Tried),
            error: if next > 0 { widths.error.min(ERROR) } else { widths.error },
            next,
        }
    }

    /// Whether a state is its sign alone.
    fn has_signs(&self) -> bool {
        self.state <= SIGN
    }
}

/// Draws the table.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let columns = Columns::of(usize::from(area.width), app);
    let title = Meaning::Title;
    let before = MARK + columns.state + GAP;
    app.areas.add(span(area, before, before + AGE), Part::FailedHeading(FailedSort::Newest));
    let mut heading = Words::new(theme)
        .gap(MARK)
        .left(if columns.has_signs() { "" } else { "STATE" }, columns.state, title)
        .gap(GAP)
        .right("AGE", AGE, title)
        .gap(GAP);
    for (name, cells) in
        [("HANDLER", columns.handler), ("TYPE", columns.event_type), ("TENANT", columns.tenant)]
    {
        heading = if cells > 0 { heading.left(name, cells, title).gap(GAP) } else { heading };
    }
    if columns.attempts > 0 {
        heading = heading.right("TRIED", columns.attempts, title).gap(GAP);
    }
    heading = heading.left("ERROR", columns.error, title);
    if columns.next > 0 {
        heading = heading.gap(GAP).left("NEXT", columns.next, title);
    }
    heading.draw(frame, area);
    let range = app.failed.range();
    for (at, place) in rows_of(area, app) {
        let Some(row) = app.failed.row_in(at) else { continue };
        let is_marked = app.failed.marks.contains(&row.event.at)
            || range.as_ref().is_some_and(|range| range.contains(&at));
        line(row, is_marked, &columns, app, theme).draw(frame, place);
        if app.failed.open_table().cursor == Some(at) {
            mark_cursor(frame, place, (app, true), theme);
        }
    }
}

fn line<'t>(row: &FailedRow, is_marked: bool, columns: &Columns, app: &App, theme: &'t Theme) -> Words<'t> {
    let symbols = theme.symbols();
    let event = &*row.event;
    let (sign, meaning) = sign(event.state, event.outcome, theme);
    let mark = if is_marked { symbols.live } else { " " };
    let stale = app.monitor.link().is_stale();
    let text = if stale { Meaning::Stale } else { Meaning::Text };
    let mut words = Words::new(theme).left(mark, MARK, Meaning::Accent).put(sign, meaning);
    if !columns.has_signs() {
        let word = state_words(event, columns.next > 0, app);
        words = words.gap(1).left(&word, columns.state.saturating_sub(2), meaning);
    }
    words = words.gap(GAP).right(&ago(event.failed_at(), app, symbols.unknown), AGE, Meaning::Time).gap(GAP);
    if columns.handler > 0 {
        let handler = event.handler.as_deref().map_or_else(|| symbols.unknown.into(), display_safe);
        words = words.left(&handler, columns.handler, text).gap(GAP);
    }
    if columns.event_type > 0 {
        words = words.middle(event.event_type.as_str(), columns.event_type, Meaning::EventType).gap(GAP);
    }
    if columns.tenant > 0 {
        let tenant = event.tenant.as_ref().map(|tenant| tenant_in(columns.tenant, tenant, app));
        words = words
            .left(tenant.as_deref().unwrap_or(symbols.unknown), columns.tenant, Meaning::Tenant)
            .gap(GAP);
    }
    if columns.attempts > 0 {
        let tried = attempts(event, symbols.unknown).replace(" of ", "/");
        words = words.right(&tried, columns.attempts, text).gap(GAP);
    }
    let masks = app.redacting.of_failed(&event.at);
    let said = event.error.as_deref().map(|error| masks.said(event.text.as_deref(), error));
    let coming = next(event, app);
    let mut room = columns.error;
    if columns.has_signs()
        && let Some((told, meaning)) = before_error(event, (said.is_some(), room), app)
    {
        let told = cut_safe(&told, room);
        room = room.saturating_sub(width(&told) + GAP);
        words = words.put(told, meaning).gap(if room > 0 { GAP } else { 0 });
    }
    words = match &said {
        Some(error) => words.left(&cut_safe(error, room), room, text),
        None => words.left(&cut_safe(&not_recorded(row, room, app, symbols), room), room, Meaning::Dim),
    };
    match coming {
        Some((coming, meaning)) if columns.next > 0 => words.gap(GAP).left(&coming, columns.next, meaning),
        _ => words,
    }
}

/// What comes next, where a state is a sign: where there is no error in so many cells; and before one since when nobody takes
/// it, where that leaves room for the error.
fn before_error(
    event: &FailedEvent,
    (has_error, cells): (bool, usize),
    app: &App,
) -> Option<(String, Meaning)> {
    let (coming, meaning) = next(event, app)?;
    if !has_error {
        return Some((coming, meaning));
    }
    let due = is_overdue(event, app).then(|| state_words(event, false, app))?;
    (width(&due) + GAP + LEAST <= cells).then_some((due, meaning))
}

/// In place of an error that nobody recorded: what the event is about, so that it can be told from the one above it.
fn not_recorded(row: &FailedRow, cells: usize, app: &App, symbols: &Symbols) -> String {
    const NOTHING: &str = "(not recorded)";
    let dot = format!(" {} ", symbols.dot);
    let event = &row.event;
    let payload = row.payload().filter(|_| cells >= LEAST);
    let masks = app.redacting.of_failed(&event.at);
    let rules = &app.setup.events.about;
    let about = payload.map(|payload| rules.news_without(masks, (Some(&event.event_type), payload), &dot));
    match about.filter(|about| !about.is_empty()) {
        Some(about) if cells > 2 * NOTHING.len() => format!("{NOTHING}  {about}"),
        // As everywhere where something is not known.
        Some(about) => format!("{}  {about}", symbols.unknown),
        None => NOTHING.to_owned(),
    }
}
