//! The tables of types and of tenants.

use chrono::{DateTime, Utc};
use ratatui::Frame;
use ratatui::layout::Rect;

use super::super::cursor::mark_cursor;
use super::number;
use crate::monitor::{RateRow, SPARK_BUCKETS};
use crate::text::{count, cut_middle, pad_end, rate, short_count, width};
use crate::tui::app::{App, FlowPane, Pane, Part, TableState};
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::{Words, row, spark, spark_cells};

/// Cells of a rate.
const RATE: usize = 6;
/// Cells of the number of invalid events, and of those at which a handler failed, and of their headings.
const BAD: usize = 7;
/// Cells of the one number of both where there is little room: names need it more.
const BAD_OF_BOTH: usize = 5;
/// From so many cells on both have a column; below, they are one number.
const BOTH: usize = 48;
/// A name is not cut below so many cells; wider than the second number only where there is plenty of room.
const NAME: (usize, usize) = (16, 40);

/// Over a small chart and the numbers behind it: of when they are.
const SINCE: [&str; 3] = ["last 5 min:", "5 min:", "5 min"];
/// Where nothing came in these minutes the numbers are of all that is retained.
const QUIET: [&str; 3] = ["last came", "last", ""];

/// Cells of a small chart, if there is one.
const LEAST_SPARK: usize = 6;
/// And where there is plenty of room: two for each of its times.
const WIDE_SPARK: usize = 2 * SPARK_BUCKETS;
/// So many rows are looked at for the longest name.
const FIRST: usize = 100;

/// The widths of a table's columns; 0 where one is left out.
struct Columns {
    name: usize,
    rate: usize,
    spark: usize,
    total: usize,
    /// Events at which a handler failed; 0 where that is not known.
    errors: usize,
    invalid: usize,
}

impl Columns {
    /// The columns in `room` cells, where the longest name takes `longest`, and there is something to draw in a small
    /// chart.
    fn of(room: usize, (longest, is_drawn): (usize, bool), has_errors: bool) -> Self {
        if room < 36 {
            let invalid = 4;
            let name = room.saturating_sub(RATE + 1 + invalid);
            return Self { name, rate: RATE, spark: 0, total: 0, errors: 0, invalid };
        }
        let (total, gaps) = if room >= 60 { (9, 4) } else { (0, 3) };
        let errors = if has_errors && room >= BOTH { BAD + 1 } else { 0 };
        let invalid = if has_errors && errors == 0 { BAD_OF_BOTH } else { BAD };
        let free = room - RATE - invalid - gaps - total - errors;
        // Names are whole where a small chart fits beside them.
        let wanted = longest.clamp(NAME.0, free.saturating_sub(LEAST_SPARK).max(NAME.0));
        let spark = if is_drawn && free >= wanted + WIDE_SPARK {
            WIDE_SPARK
        } else {
            spark_cells(SPARK_BUCKETS, free.saturating_sub(wanted).min((room / 3).max(LEAST_SPARK)))
        };
        let name = (free - spark).min(NAME.1);
        // What is left over moves the numbers apart, not away from their names.
        Self { name, rate: RATE, spark, total, errors, invalid }
    }
}

/// A table.
struct Table<'a, T> {
    title: &'a str,
    rows: &'a [RateRow<T>],
    state: TableState,
    pane: FlowPane,
    focused: bool,
    /// How many more there are that nothing came of.
    quiet: usize,
    name: Meaning,
}

/// How many rows fit into `area` below the headings, and above the last line where that says what is not shown.
pub(super) fn page(area: Rect, rows: usize, quiet: usize) -> usize {
    let lines = usize::from(area.height).saturating_sub(1);
    if rows > lines || quiet > 0 { lines.saturating_sub(1) } else { lines }
}

/// Tenants that are known, and of which nothing came in the last minutes.
pub(super) fn quiet_tenants(app: &App) -> usize {
    match app.scope.tenant {
        Some(_) => 0,
        // Who is counted with the others is not quiet, and nobody can say who is.
        None if app.flow.flow.tenants.iter().any(RateRow::is_others) => 0,
        None => app.monitor.tenant_count().saturating_sub(app.flow.flow.tenants.len()),
    }
}

/// Draws the table of types.
pub(super) fn types(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let table = Table {
        title: "TYPE",
        rows: &app.flow.flow.types,
        state: app.flow.types,
        pane: FlowPane::Types,
        focused: app.flow.focus == FlowPane::Types,
        quiet: 0,
        name: Meaning::EventType,
    };
    draw(frame, area, (&table, app), theme);
}

/// Draws the table of tenants.
pub(super) fn tenants(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let table = Table {
        title: "TENANT",
        rows: &app.flow.flow.tenants,
        state: app.flow.tenants,
        pane: FlowPane::Tenants,
        focused: app.flow.focus == FlowPane::Tenants,
        quiet: quiet_tenants(app),
        name: Meaning::Tenant,
    };
    draw(frame, area, (&table, app), theme);
}

fn draw<T>(frame: &mut Frame<'_>, area: Rect, (table, app): (&Table<'_, T>, &App), theme: &Theme) {
    let longest = table.rows.iter().take(FIRST).map(|row| width(&row.name)).max().unwrap_or(0);
    // Where all are quiet there is nothing to draw: since when takes no such room.
    let is_drawn = table.rows.iter().any(|row| !row.is_quiet());
    let columns = Columns::of(usize::from(area.width), (longest, is_drawn), app.monitor.failures().is_read());
    heading(table, &columns, app, theme).draw(frame, area);
    let page = page(area, table.rows.len(), table.quiet);
    let lines = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    app.areas.add(lines, Part::Rows(Pane::Flow(table.pane), table.state.top));
    if table.rows.is_empty() {
        let nothing = Words::new(theme).put("none yet", Meaning::Dim);
        nothing.draw(frame, row(area, 1));
    }
    for (at, rates) in table.rows.iter().enumerate().skip(table.state.top).take(page) {
        let place = row(area, 1 + at - table.state.top);
        line(rates, (&columns, table.name, app), theme).draw(frame, place);
        if table.state.cursor == Some(at) {
            mark_cursor(frame, place, (app, table.focused), theme);
        }
    }
    let shown = page.min(table.rows.len());
    // Quiet rows stand last: below the page they are counted as such.
    let below = table.rows.get(table.state.top + shown..).unwrap_or_default();
    let quiet = below.iter().filter(|row| row.is_quiet()).count();
    let counted = (table.state.top, shown, table.rows.len() - quiet);
    if let Some(rest) = rest(counted, table.quiet + quiet, theme) {
        rest.draw(frame, row(area, 1 + shown.max(usize::from(table.rows.is_empty()))));
    }
}

fn heading<'t, T>(table: &Table<'_, T>, columns: &Columns, app: &App, theme: &'t Theme) -> Words<'t> {
    let meaning = Meaning::title(table.focused);
    let mut words = Words::new(theme).left(table.title, columns.name, meaning);
    words = words.right("/s", columns.rate, meaning);
    if columns.spark > 0 {
        // What stands behind it is of these minutes, too.
        let titles = if app.flow.flow.matrix.of_kept { QUIET } else { SINCE };
        let title = titles.into_iter().find(|title| title.len() <= columns.spark).unwrap_or_default();
        words = words.gap(2).left(title, columns.spark, meaning);
    }
    if columns.total > 0 {
        words = words.right(
            if app.flow.flow.matrix.of_kept { "retained" } else { "events" },
            columns.total,
            meaning,
        );
    }
    if columns.errors > 0 {
        words = words.right("errors", columns.errors, meaning);
    }
    // One number of both is neither word.
    let is_both = columns.errors == 0 && app.monitor.failures().is_read();
    let invalid = if columns.invalid < BAD || is_both { theme.symbols().warning } else { "invalid" };
    words.gap(if columns.total > 0 { 2 } else { 1 }).right(invalid, columns.invalid, meaning)
}

fn line<'t, T>(
    rates: &RateRow<T>,
    (columns, name, app): (&Columns, Meaning, &App),
    theme: &'t Theme,
) -> Words<'t> {
    let number = number(app);
    let name_cells = pad_end(&cut_middle(&rates.name, columns.name), columns.name);
    let words = Words::new(theme).put(name_cells, if rates.is_quiet() { Meaning::Dim } else { name });
    let rate_meaning = if rates.per_second == 0.0 { Meaning::Dim } else { number };
    let mut words = words.right(&rate(rates.per_second), columns.rate, rate_meaning);
    if columns.spark > 0 {
        words = match rates.last {
            // Of what is quiet, since when says more than an empty chart.
            Some(last) if rates.is_quiet() => {
                words.gap(2).left(&since(last, rates.kept, columns.spark, app), columns.spark, Meaning::Dim)
            }
            _ => {
                let meaning = if number == Meaning::Stale { number } else { Meaning::Spark };
                words.gap(2).put(spark(&rates.spark, columns.spark, theme), meaning)
            }
        };
    }
    if columns.total > 0 {
        let events = match (app.flow.flow.matrix.of_kept, rates.total) {
            (true, _) => count(rates.kept),
            (false, 0) => theme.symbols().none.to_owned(),
            (false, total) => count(total),
        };
        words = words.right(&events, columns.total, Meaning::Dim);
    }
    let number_of = |words: Words<'t>, bad: u64, cells: usize| match bad {
        0 => words.right(theme.symbols().none, cells, Meaning::Dim),
        bad => {
            let exact = count(bad);
            words.right(&if width(&exact) > cells { short_count(bad) } else { exact }, cells, Meaning::Failed)
        }
    };
    let mut invalid = rates.invalid;
    if columns.errors > 0 {
        words = number_of(words, rates.failed, columns.errors);
    } else {
        invalid += rates.failed;
    }
    number_of(words.gap(if columns.total > 0 { 2 } else { 1 }), invalid, columns.invalid)
}

/// `3 h ago, 47 kept`; less of it where that does not fit.
fn since(last: DateTime<Utc>, kept: u64, cells: usize, app: &App) -> String {
    let ago = app.clock.ago(last);
    let short = ago.trim_end_matches(" ago").to_owned();
    // Where nothing came at all it stands in a column of its own.
    let has_column = app.flow.flow.matrix.of_kept;
    let with_number = (!has_column).then(|| format!("{ago}, {} kept", count(kept)));
    with_number.into_iter().chain([ago]).find(|said| width(said) <= cells).unwrap_or(short)
}

/// What is not shown: rows above and below, and how many more are quiet.
pub(super) fn rest(
    (top, shown, len): (usize, usize, usize),
    quiet: usize,
    theme: &Theme,
) -> Option<Words<'_>> {
    let hidden = len.saturating_sub(shown);
    let more = match (hidden, top) {
        (0, _) => None,
        (hidden, 0) => Some(format!("+{} more", count(hidden as u64))),
        (hidden, top) => {
            let (up, down) = (theme.symbols().up, theme.symbols().more);
            let below = hidden.saturating_sub(top);
            Some(format!("{up} {} {down} {} more", count(top as u64), count(below as u64)))
        }
    };
    let quiet = (quiet > 0).then(|| format!("+{} quiet", count(quiet as u64)));
    let parts: Vec<_> = more.into_iter().chain(quiet).collect();
    (!parts.is_empty()).then(|| Words::new(theme).put(parts.join("  "), Meaning::Dim))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_twenty_letters_are_whole_beside_a_small_chart_on_eighty_columns() {
        let types = Columns::of(40, (20, true), true);
        assert_eq!((types.name, types.spark), (20, LEAST_SPARK));
        let tenants = Columns::of(36, (16, true), true);
        assert_eq!((tenants.name, tenants.spark), (16, LEAST_SPARK));
        for room in 20..=260 {
            let columns = Columns::of(room, (39, true), true);
            let gaps = if columns.spark > 0 { 2 } else { 0 } + if columns.total > 0 { 2 } else { 1 };
            let parts =
                [columns.name, columns.rate, columns.spark, columns.total, columns.errors, columns.invalid];
            assert!(parts.iter().sum::<usize>() + gaps <= room.max(28), "{room}");
        }
    }
}
