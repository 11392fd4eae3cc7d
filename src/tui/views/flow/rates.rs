//! The chart of all events, and its numbers.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::number;
use crate::text::{count, pad_start, rate};
use crate::tui::app::App;
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::{Chart, Words, chart, row};

/// Cells for one number, so that none of them moves when another one grows.
const CELLS: usize = 7;

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
    let meaning = if stale { Meaning::Stale } else { Meaning::Chart };
    chart(frame, below, &Chart { values: whole, meaning }, theme);
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
