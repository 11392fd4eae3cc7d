//! The list of error groups, as a page and as a pane.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::super::cursor::mark_cursor;
use super::super::tenants::tenant_in;
use super::{draw_nothing, missing, nothing};
use crate::monitor::{ErrorGroup, SPARK_BUCKETS};
use crate::text::{count, cut_end, display_safe, plural, width};
use crate::tui::app::{App, ErrorsPage, FlowPane, Pane, Part, TableState};
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::{Words, folded, row, spark, spark_cells};

/// Cells of the mark of a new group, with its gap.
const MARK: usize = 2;
/// Cells of a count, and of how long ago.
const COUNT: usize = 7;
const AGE: usize = 6;
/// Cells of the pane's heading.
const HEADING: u16 = 14;
/// So many rows are looked at for the longest name.
const FIRST: usize = 100;
/// From so many cells on a tenant's name is whole, and the small chart is as long as what it shows. Messages take no
/// more than so many: numbers far from what they count belong to no row.
const ROOMY: usize = 170;
const MESSAGE: usize = 100;

/// The widths of the columns; 0 where one is left out.
struct Columns {
    handler: usize,
    event_type: usize,
    message: usize,
    tenants: usize,
    first: usize,
    spark: usize,
}

impl Columns {
    /// Those in `room` cells. In the pane the message needs the room more than the type does.
    fn of(room: usize, groups: &[ErrorGroup], is_pane: bool) -> Self {
        let longest = |name: fn(&ErrorGroup) -> usize, least: usize, most: usize| {
            groups.iter().take(FIRST).map(name).max().unwrap_or(0).clamp(least, most)
        };
        let handler = longest(|group| group.handler.as_ref().map_or(0, |name| width(name.as_str())), 7, 20);
        let event_type =
            longest(|group| group.event_type.as_ref().map_or(0, |name| width(name.as_str())), 4, 24);
        let mut columns = Self {
            handler: if room < 70 { handler.min(14) } else { handler },
            event_type: if room >= 100 && !is_pane { event_type } else { 0 },
            message: 0,
            tenants: if room >= ROOMY {
                26
            } else if room >= 76 {
                16
            } else {
                0
            },
            // The heading of the pane names none.
            first: if room >= 120 && !is_pane { AGE } else { 0 },
            spark: match room {
                ROOMY.. => SPARK_BUCKETS,
                90..ROOMY => spark_cells(SPARK_BUCKETS, 10),
                _ => 0,
            },
        };
        let with_gap = |cells: usize| if cells > 0 { cells + 2 } else { 0 };
        let taken = MARK + COUNT + AGE + 2 + columns.handler + 2;
        let optional = [columns.event_type, columns.tenants, columns.first, columns.spark];
        let taken = taken + optional.map(with_gap).iter().sum::<usize>();
        columns.message = room.saturating_sub(taken).min(MESSAGE);
        columns
    }
}

/// Draws the page of all groups.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, (page, app): (&ErrorsPage, &App), theme: &Theme) {
    let of = page.handler.as_ref().map(|name| format!("  of {}", display_safe(name))).unwrap_or_default();
    let groups = &page.groups.groups;
    // Where they are not read, none is no number.
    let numbers = if app.monitor.failures().is_read() {
        let attempts = plural(page.groups.total, "failed attempt", "failed attempts");
        format!("  {attempts} in {}", plural(groups.len() as u64, "group", "groups"))
    } else {
        String::new()
    };
    let title = format!("ERRORS{of}{numbers}");
    Words::new(theme).put(title, Meaning::TitleFocused).draw(frame, area);
    Words::new(theme).put(missing(page.groups.forgotten, app), Meaning::Waiting).draw_right(frame, area);
    let list = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    if groups.is_empty() {
        let below = Rect { y: list.y + 1, height: list.height.saturating_sub(1), ..list };
        return draw_nothing(frame, below, (page.handler.as_deref(), app), theme);
    }
    let columns = Columns::of(usize::from(list.width), groups, false);
    heading(&columns, true, theme).draw(frame, list);
    rows(frame, list, (groups, page.table, true, &columns), app, theme);
}

/// How many rows the pane has in `area`.
pub(in crate::tui::views) fn pane_rows(area: Rect, app: &App) -> usize {
    let lines = usize::from(area.height).saturating_sub(1);
    pane_page(lines, app.flow.errors.groups.len())
}

/// How many of `groups` a pane of so many lines shows: the last line counts the others, unless it is the only one.
fn pane_page(lines: usize, groups: usize) -> usize {
    if groups > lines && lines > 1 { lines - 1 } else { lines }
}

/// Draws the pane of the Flow view.
pub(in crate::tui::views) fn pane(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let focused = app.flow.focus == FlowPane::Errors;
    let errors = &app.flow.errors;
    let meaning = Meaning::title(focused);
    if errors.groups.is_empty() {
        let (why, why_meaning) = nothing(None, app);
        let title = Words::new(theme).put("HANDLER ERRORS", meaning);
        let room = usize::from(area.width).saturating_sub(title.cells() + 2);
        if area.height < 2 || width(&why) <= room {
            return title.gap(2).put(cut_end(&why, room).into_owned(), why_meaning).draw(frame, area);
        }
        title.draw(frame, area);
        for (at, line) in folded(&why, usize::from(area.width)).into_iter().enumerate() {
            Words::new(theme).put(line, why_meaning).draw(frame, row(area, 1 + at));
        }
        return;
    }
    let columns = Columns::of(usize::from(area.width), &errors.groups, true);
    let title = Words::new(theme).put("HANDLER ERRORS", meaning).gap(2);
    let missing = missing(errors.forgotten, app);
    title.put(missing, Meaning::Waiting).draw(frame, area);
    let mut right = Words::new(theme);
    if columns.tenants > 0 {
        right = right.left("tenants", columns.tenants, meaning).gap(2);
    }
    right = right.right("seen", AGE, meaning);
    if columns.spark > 0 {
        right = right.gap(2).left("5 min", columns.spark, meaning);
    }
    right.draw_right(frame, area);
    let shown = rows(frame, area, (&errors.groups, app.flow.errors_table, focused, &columns), app, theme);
    let hidden = errors.groups.len() - shown;
    if hidden > 0 {
        let more = format!("+{} more", count(hidden as u64));
        let below = row(area, 1 + shown);
        if below.is_empty() {
            let behind =
                Rect { x: area.x + HEADING, width: area.width.saturating_sub(HEADING), height: 1, ..area };
            Words::new(theme).gap(2).put(more, Meaning::Dim).draw(frame, behind);
        } else {
            Words::new(theme).gap(MARK).put(more, Meaning::Dim).draw(frame, below);
        }
    }
}

/// Draws rows below the first line of `area`, and answers how many.
fn rows(
    frame: &mut Frame<'_>,
    area: Rect,
    (groups, table, focused, columns): (&[ErrorGroup], TableState, bool, &Columns),
    app: &App,
    theme: &Theme,
) -> usize {
    let lines = usize::from(area.height).saturating_sub(1);
    let page = if app.errors.page.is_some() { lines } else { pane_page(lines, groups.len()) };
    let list = if app.errors.page.is_some() { Pane::Errors } else { Pane::Flow(FlowPane::Errors) };
    let height = u16::try_from(page).unwrap_or(u16::MAX).min(area.height.saturating_sub(1));
    app.areas.add(Rect { y: area.y + 1, height, ..area }, Part::Rows(list, table.top));
    let shown = groups.iter().enumerate().skip(table.top).take(page);
    let mut drawn = 0;
    for (at, group) in shown {
        let place = row(area, 1 + drawn);
        line(group, columns, (app, app.errors.page.is_none()), theme).draw(frame, place);
        if table.cursor == Some(at) {
            mark_cursor(frame, place, (app, focused), theme);
        }
        drawn += 1;
    }
    drawn
}

fn heading<'t>(columns: &Columns, focused: bool, theme: &'t Theme) -> Words<'t> {
    let meaning = if focused { Meaning::Title } else { Meaning::Dim };
    let mut words = Words::new(theme).gap(MARK).left("HANDLER", columns.handler, meaning).gap(2);
    if columns.event_type > 0 {
        words = words.left("TYPE", columns.event_type, meaning).gap(2);
    }
    words = words.left("MESSAGE", columns.message, meaning).right("COUNT", COUNT, meaning).gap(2);
    if columns.tenants > 0 {
        words = words.left("TENANTS", columns.tenants, meaning).gap(2);
    }
    if columns.first > 0 {
        words = words.right("FIRST", columns.first, meaning).gap(2);
    }
    words = words.right("LAST", AGE, meaning);
    if columns.spark > 0 { words.gap(2).left("5 min", columns.spark, meaning) } else { words }
}

/// On the page everything is an error: there only what is new is red. In the pane all are, beside what went well.
fn line<'t>(
    group: &ErrorGroup,
    columns: &Columns,
    (app, is_pane): (&App, bool),
    theme: &'t Theme,
) -> Words<'t> {
    let symbols = theme.symbols();
    let stale = app.monitor.link().is_stale();
    let number = if stale { Meaning::Stale } else { Meaning::Text };
    let is_new = app.errors.is_new(group);
    let mark = if is_new { symbols.live } else { " " };
    let message = if is_new || is_pane { Meaning::Failed } else { Meaning::Text };
    let handler = group.handler.as_ref().map_or_else(|| symbols.unknown.to_owned(), ToString::to_string);
    let mut words = Words::new(theme)
        .left(mark, MARK, Meaning::Accent)
        .left(&handler, columns.handler, Meaning::Text)
        .gap(2);
    if columns.event_type > 0 {
        let event_type =
            group.event_type.as_ref().map_or_else(|| symbols.unknown.to_owned(), ToString::to_string);
        words = words.middle(&event_type, columns.event_type, Meaning::EventType).gap(2);
    }
    let times = format!("{}{}", symbols.times, count(group.count));
    words = words.left(&display_safe(group.title()), columns.message, message);
    words = words.right(&times, COUNT, number).gap(2);
    if columns.tenants > 0 {
        words = words.left(&tenants(group, app, columns.tenants), columns.tenants, Meaning::Tenant).gap(2);
    }
    if columns.first > 0 {
        words = words.right(&ago(group.first, app), columns.first, Meaning::Dim).gap(2);
    }
    words = words.right(&ago(group.last, app), AGE, Meaning::Dim);
    if columns.spark == 0 {
        return words;
    }
    words
        .gap(2)
        .put(spark(&group.spark, columns.spark, theme), if stale { Meaning::Stale } else { Meaning::Spark })
}

/// `Acme MSP +2`
pub(super) fn tenants(group: &ErrorGroup, app: &App, cells: usize) -> String {
    match (&group.tenant, group.tenants) {
        // What has left memory has taken its tenants with it.
        (None, _) if group.kept == 0 => "(unknown)".to_owned(),
        (None, _) => "(none)".to_owned(),
        (Some(tenant), 0 | 1) => tenant_in(cells, tenant, app),
        (Some(tenant), more) => {
            let more = format!(" +{}", count(more as u64 - 1));
            format!("{}{more}", tenant_in(cells.saturating_sub(width(&more)), tenant, app))
        }
    }
}

/// `8 s`
fn ago(at: chrono::DateTime<chrono::Utc>, app: &App) -> String {
    app.clock.ago(at).trim_end_matches(" ago").to_owned()
}
