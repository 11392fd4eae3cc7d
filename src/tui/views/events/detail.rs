//! The event under the cursor, in full: what is known of it, then its JSON.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::super::cursor::mark_cursor;
use super::super::json_rows::json_row;
use super::facts;
use crate::monitor::Row;
use crate::text::{count, cut_middle, plural, width};
use crate::tui::app::{App, Extent, Pane, Part};
use crate::tui::pretty::LaidOut;
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::{Words, row, rule};

/// The detail of one event, laid out for a width.
struct Laid<'a> {
    entry: Row<'a>,
    out: LaidOut,
    facts: usize,
}

/// What is under the detail's cursor.
#[derive(Debug, Clone)]
pub struct Under {
    /// The line of the event's JSON, or of its fields.
    pub line: usize,
    /// How it is laid out.
    pub laid: LaidOut,
    /// How many lines stand above it.
    pub facts: usize,
}

impl<'a> Laid<'a> {
    /// `None` when no event is under the cursor, or it has left memory.
    fn of(area: Rect, app: &'a App) -> Option<Self> {
        let entry = app.shown_entry()?;
        let cells = usize::from(area.width);
        let wrap = app.events.detail.wrap.then_some(cells);
        let masks = app.redacting.of_entry(entry.seq());
        let look = (wrap, app.events.detail.raw, masks);
        let out = app.events.laid_out.tree(&entry, look, &app.events.folds);
        let facts = facts::count((&entry, out.hidden), cells, app);
        Some(Self { entry, out, facts })
    }

    fn text(&self) -> &str {
        self.out.text(self.entry.text().unwrap_or_default())
    }

    /// Lines in all: facts, JSON, and one that says what was left out.
    fn lines(&self) -> usize {
        self.facts + self.out.tree.rows() + usize::from(self.out.sheet.left_out() > 0)
    }
}

/// The line under the detail's cursor; `None` where that is on a fact.
pub(super) fn under(area: Rect, app: &App) -> Option<Under> {
    let Laid { out: laid, facts, .. } = Laid::of(area, app)?;
    let row = app.events.detail.cursor.checked_sub(facts)?;
    let line = (row < laid.tree.rows()).then(|| laid.tree.line_in(&laid.wrapped, row))?;
    Some(Under { line, laid, facts })
}

/// The row of a line of the event's JSON.
pub(super) fn row_of(area: Rect, app: &App, line: usize) -> Option<usize> {
    let Laid { out: laid, facts, .. } = Laid::of(area, app)?;
    Some(facts + laid.tree.row_of(&laid.wrapped, line))
}

/// How much of the detail there is, and how much of it fits into `area`. Its first line is its heading.
pub(super) fn extent(area: Rect, app: &App) -> Extent {
    let page = usize::from(area.height).saturating_sub(1);
    let width = usize::from(area.width);
    let Some(laid) = Laid::of(area, app) else {
        return Extent { lines: 0, page, columns: 0, width };
    };
    let columns = if app.events.detail.wrap { width } else { laid.out.sheet.columns() };
    Extent { lines: laid.lines(), page, columns, width }
}

/// Draws the detail.
pub(super) fn draw(frame: &mut Frame<'_>, (area, below): (Rect, bool), app: &App, theme: &Theme) {
    let body = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    let Some(laid) = Laid::of(area, app) else {
        let dropped = count(app.monitor.counts().dropped);
        let why = format!("This event has left memory, as the oldest {dropped} did.");
        Words::new(theme).put(why, Meaning::Dim).draw(frame, body);
        return;
    };
    let (page, top) = (usize::from(body.height), app.events.detail.top);
    heading(frame, (area, below), (&laid, app), theme);
    app.areas.add(body, Part::Rows(Pane::Detail, top));
    let facts = facts::lines((&laid.entry, laid.out.hidden), usize::from(area.width), app, theme);
    let shown = facts.into_iter().skip(top).take(page);
    let mut at = 0;
    for words in shown {
        words.draw(frame, row(body, at));
        at += 1;
    }
    let skip = top.saturating_sub(laid.facts);
    let LaidOut { sheet, wrapped, tree, .. } = &laid.out;
    for shown in tree.page((sheet, wrapped), laid.text(), skip, page.saturating_sub(at)) {
        let left = if app.events.detail.wrap { 0 } else { app.events.detail.left };
        let room = (left, usize::from(body.width));
        json_row(&shown.pieces, room, &app.filter.live.good, theme).draw(frame, row(body, at));
        at += 1;
    }
    if sheet.left_out() > 0 && at < page && top + at + 1 >= laid.lines() {
        let more =
            plural(sheet.left_out() as u64, "more byte is not shown here", "more bytes are not shown here");
        Words::new(theme).put(more, Meaning::Waiting).draw(frame, row(body, at));
    }
    let cursor = app.events.detail.cursor.checked_sub(top).filter(|cursor| *cursor < page);
    if let Some(cursor) = cursor
        && app.events.reads_detail()
    {
        mark_cursor(frame, row(body, cursor), (app, true), theme);
    }
}

/// The type, and how much lies above and below what is on the screen.
fn heading(
    frame: &mut Frame<'_>,
    (area, below): (Rect, bool),
    (laid, app): (&Laid<'_>, &App),
    theme: &Theme,
) {
    let focused = app.events.reads_detail();
    if below {
        rule(frame, row(area, 0), Meaning::Rule, theme);
    }
    let symbols = theme.symbols();
    let page = usize::from(area.height).saturating_sub(1);
    let top = app.events.detail.top;
    let under = laid.lines().saturating_sub(top + page);
    let sign =
        |sign: &str, n: usize| if n > 0 { format!("  {sign} {}", count(n as u64)) } else { String::new() };
    let place = format!("{}{}", sign(symbols.up, top), sign(symbols.more, under));
    let room = usize::from(area.width).saturating_sub(width(&place) + 3);
    let name = laid.entry.event_type().map_or_else(|| "(no type)".to_owned(), ToString::to_string);
    let name = cut_middle(&name, room).into_owned();
    let edge = usize::from(below);
    let line = Words::new(theme).put(name, Meaning::title(focused)).gap(edge);
    line.draw(frame, area);
    Words::new(theme).put(place, Meaning::Dim).draw_right(frame, area);
}
