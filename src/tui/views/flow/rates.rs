//! The chart of all events, and its numbers.

use chrono::{DateTime, Utc};
use ratatui::Frame;
use ratatui::layout::Rect;

use super::number;
use crate::text::{count, pad_start, rate};
use crate::tui::app::{App, Zone};
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::{Chart, Words, chart, row};

/// Cells for one number, so that none of them moves when another one grows.
const CELLS: usize = 7;
/// Lines from which on the last one says when that was.
const TIMES_FROM: u16 = 6;
/// Cells of a time, with the line that it stands at.
const TIME: usize = 6;

/// Draws the chart with its title.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let flow = &app.flow.flow;
    let stale = app.monitor.link().is_stale();
    let title = Words::new(theme).put("events/s, 5 min", Meaning::Title);
    let title = match app.monitor.link().stale_since() {
        Some(at) => title.put(format!("  as of {}", app.clock.time(at)), Meaning::Stale),
        None => title,
    };
    // The strip below it is filtered, and the numbers are not: nobody must take one for the other.
    let title =
        if app.filter.is_on() { title.put("  of all events, not filtered", Meaning::Waiting) } else { title };
    let numbers = [("now", rate(flow.now_rate)), ("peak", count(flow.peak)), ("avg", rate(flow.average))];
    let words = numbers.iter().fold(Words::new(theme), |words, (label, value)| {
        let meaning = if *label == "now" && !stale { Meaning::Accent } else { number(app) };
        words.gap(2).put(*label, Meaning::Dim).put(pad_start(value, CELLS), meaning)
    });
    let room = usize::from(area.width).saturating_sub(words.cells() + 1);
    title.draw(frame, Rect { width: u16::try_from(room).unwrap_or(area.width), ..area });
    words.draw_right(frame, area);
    // The running second is not whole yet: it would always be a dip.
    let whole = flow.chart.get(..flow.chart.len().saturating_sub(1)).unwrap_or_default();
    let below = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    if flow.peak == 0 {
        quiet(frame, row(below, usize::from(below.height) / 2), app, theme);
        return;
    }
    let has_times = area.height >= TIMES_FROM;
    let bars = Rect { height: below.height - u16::from(has_times), ..below };
    let looks = if stale { (Meaning::Stale, Meaning::Stale) } else { (Meaning::Chart, Meaning::ChartHigh) };
    chart(frame, bars, &Chart { values: whole, looks }, theme);
    if let (true, Some(as_of)) = (has_times, app.flow.as_of) {
        times(frame, row(below, usize::from(bars.height)), (as_of, whole.len(), app.clock.zone), theme);
    }
}

/// Below the chart, where each minute begins: `│14:02`. Each of its `seconds` has as many cells as it has there; the last
/// one was whole at `as_of`.
fn times(
    frame: &mut Frame<'_>,
    area: Rect,
    (as_of, seconds, zone): (DateTime<Utc>, usize, Zone),
    theme: &Theme,
) {
    let (width, divide) = (usize::from(area.width), theme.symbols().divide);
    let first = as_of.timestamp() - i64::try_from(seconds).unwrap_or(0);
    let mut words = Words::new(theme);
    for (second, at) in (0..seconds).zip(first..).filter(|(_, at)| at.rem_euclid(60) == 0) {
        let column = second * width / seconds;
        // One that would touch the one before it, or would be cut, is left out.
        let apart = usize::from(words.cells() > 0);
        let Some(at) = DateTime::from_timestamp(at, 0) else { continue };
        if column < words.cells() + apart || column + TIME > width {
            continue;
        }
        let minute = zone.place(at).format("%H:%M").to_string();
        let gap = column - words.cells();
        words = words.gap(gap).put(divide, Meaning::Rule).put(minute, Meaning::Time);
    }
    words.draw(frame, area);
}

/// In place of an empty chart: since when it is empty.
fn quiet(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let last = app.flow.flow.types.iter().filter_map(|row| row.last).max();
    let what = match last {
        Some(last) => format!("nothing in the last 5 minutes; the newest event came {}", app.clock.ago(last)),
        None => "nothing in the last 5 minutes".to_owned(),
    };
    Words::new(theme).put(what, Meaning::Dim).draw(frame, area);
}
