//! The table of handlers.

use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::bus::{HandlerReport, Lag, Latency, PendingState};
use crate::text::{count, display_safe, rate, width};
use crate::tui::app::App;
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::{Words, mark_row, mark_sign, row};

/// An entry may be taken over by another consumer after so long, on Alga's bus and by default on ours.
pub(super) const LEASE: Duration = Duration::from_secs(30);

/// A column of numbers: its heading, its cells, and from which width on it is shown.
struct Number(&'static str, usize, usize);

const NUMBERS: [Number; 11] = [
    Number("LAG", 8, 0),
    Number("PENDING", 9, 0),
    Number("RUNNING", 9, 96),
    Number("RETRYING", 10, 96),
    Number("STUCK", 7, 0),
    Number("SCHEDULED", 11, 110),
    Number("DEAD", 7, 0),
    Number("OK/S", 8, 96),
    Number("ERR/S", 7, 96),
    Number("P50", 9, 124),
    Number("P99", 9, 124),
];

/// What stands in a cell, and what it means.
type Cell = (String, Meaning);

/// Draws the table.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let room = usize::from(area.width);
    let shown: Vec<&Number> = NUMBERS.iter().filter(|number| room >= number.2).collect();
    let numbers: usize = shown.iter().map(|number| number.1).sum();
    let longest = app.handlers.reports.iter().map(|report| width(&display_safe(&report.name))).max();
    let name = longest.unwrap_or(0).clamp(12, 32).min(room.saturating_sub(numbers + 2).max(8));
    let focused = !app.handlers.whole;
    let meaning = Meaning::title(focused);
    let mut heading = Words::new(theme).left("HANDLER", name + 2, meaning);
    for number in &shown {
        heading = heading.right(number.0, number.1, meaning);
    }
    let rest = room.saturating_sub(name + 2 + numbers + 2);
    if rest >= 12 {
        heading = heading.gap(2).left("CONSUMERS", rest, meaning);
    }
    heading.draw(frame, area);
    let page = usize::from(area.height).saturating_sub(1);
    for (at, report) in app.handlers.reports.iter().enumerate().skip(app.handlers.table.top).take(page) {
        let place = row(area, 1 + at - app.handlers.table.top);
        let (sign, sign_meaning) = sign(report, theme);
        let mut line = Words::new(theme).put(sign, sign_meaning).gap(1);
        line = line.left(&display_safe(&report.name), name, Meaning::Text);
        for (number, (text, meaning)) in NUMBERS.iter().zip(cells(report, app, theme)) {
            if room >= number.2 {
                line = line.right(&text, number.1, meaning);
            }
        }
        if rest >= 12 {
            line = line.gap(2).left(&who(report), rest, Meaning::Dim);
        }
        line.draw(frame, place);
        if app.handlers.table.cursor == Some(at) {
            mark_row(frame, place, Meaning::selection(focused), theme);
            mark_sign(frame, place, focused, theme);
        }
    }
}

/// Whether somebody works for it, as far as can be told.
fn sign(report: &HandlerReport, theme: &Theme) -> (&'static str, Meaning) {
    let symbols = theme.symbols();
    let [_, _, stuck] = states(report);
    let alive =
        report.consumers.iter().any(|consumer| consumer.heartbeat.is_some() || consumer.idle < LEASE * 4);
    match (alive, stuck, report.lag) {
        (false, 0, Lag::Exactly(0)) => (symbols.none, Meaning::Dim),
        (false, ..) => (symbols.failed, Meaning::Failed),
        (true, 0, _) => (symbols.live, Meaning::Ok),
        (true, ..) => (symbols.waiting, Meaning::Waiting),
    }
}

/// How many of the pending entries that were looked at are running, retrying and stuck.
pub(super) fn states(report: &HandlerReport) -> [u64; 3] {
    let mut states = [0; 3];
    for entry in &report.waiting {
        states[match entry.state(LEASE) {
            PendingState::Running => 0,
            PendingState::Retrying => 1,
            PendingState::Stuck => 2,
        }] += 1;
    }
    states
}

pub(super) fn latency(report: &HandlerReport) -> Latency {
    let beats = report.consumers.iter().filter_map(|consumer| consumer.heartbeat.as_ref());
    beats.fold(Latency::default(), |sum, beat| sum.plus(&beat.latency))
}

/// `20 ms`, `2 s`; more than is counted is `>5 m`.
pub(super) fn millis(ms: Option<u64>) -> Option<String> {
    Some(match ms? {
        u64::MAX => ">5 m".to_owned(),
        ms if ms < 1_000 => format!("{ms} ms"),
        ms if ms < 60_000 => format!("{} s", ms / 1_000),
        ms => format!("{} m", ms / 60_000),
    })
}

fn cells(report: &HandlerReport, app: &App, theme: &Theme) -> [Cell; NUMBERS.len()] {
    let symbols = theme.symbols();
    let none = || (symbols.none.to_owned(), Meaning::Dim);
    let unknown = || (symbols.unknown.to_owned(), Meaning::Dim);
    let number = |n: u64, meaning| if n == 0 { none() } else { (count(n), meaning) };
    let lag = match report.lag {
        Lag::Exactly(lag) => number(lag, Meaning::Waiting),
        Lag::MoreThan(lag) => (format!("{}+", count(lag)), Meaning::Waiting),
    };
    let [running, retrying, stuck] = states(report);
    let speed = |per_second: Option<f64>, meaning| match per_second {
        None => unknown(),
        Some(per_second) if per_second <= 0.0 => none(),
        Some(per_second) => (rate(per_second), meaning),
    };
    let rates = app.handlers.rates.get(&report.name);
    let latency = latency(report);
    let quantile =
        |part| millis(latency.quantile_ms(part)).map_or_else(unknown, |text| (text, Meaning::Text));
    [
        lag,
        number(report.pending, Meaning::Text),
        number(running, Meaning::Text),
        number(retrying, Meaning::Waiting),
        number(stuck, Meaning::Failed),
        report.scheduled.map_or_else(unknown, |n| number(n, Meaning::Waiting)),
        number(report.dead_letters, Meaning::Dead),
        speed(rates.map(|rates| rates.0), Meaning::Ok),
        speed(rates.map(|rates| rates.1), Meaning::Failed),
        quantile(0.5),
        quantile(0.99),
    ]
}

/// `2 on 2 hosts`, or how long consumers that give no sign of life were quiet.
fn who(report: &HandlerReport) -> String {
    let beats = report.consumers.iter().filter_map(|consumer| consumer.heartbeat.as_ref());
    let mut hosts: Vec<_> = beats.map(|beat| beat.host.as_str()).collect();
    let alive = hosts.len();
    hosts.sort_unstable();
    hosts.dedup();
    let quietest = report.consumers.iter().map(|consumer| consumer.idle).min();
    match (alive, quietest) {
        (0, None) => "none".to_owned(),
        (0, Some(idle)) => format!("{}, quiet for {}", report.consumers.len(), crate::text::age(idle)),
        (_, _) if hosts.len() == 1 => format!("{alive} on {}", display_safe(hosts[0])),
        (_, _) => format!("{alive} on {} hosts", hosts.len()),
    }
}
