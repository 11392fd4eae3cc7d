//! One handler: its consumers, and the entries that wait longest.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::errors;
use super::table::{LEASE, latency, millis};
use crate::bus::{HandlerReport, LATENCY_MS, PendingState};
use crate::text::{age, count, display_safe, pad_end, width};
use crate::tui::app::{App, Extent};
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::{Words, row, spark};

/// Parts of a line, and what they mean.
type Parts = Vec<(String, Meaning)>;

/// How much there is, and how much of it fits into `area`.
pub(super) fn extent(area: Rect, app: &App) -> Extent {
    let errors = |report: &HandlerReport| errors::line_count(&report.name, app);
    let lines = app.handlers.chosen().map_or(0, |report| line_count(report) + errors(report));
    let page = usize::from(area.height).saturating_sub(1);
    Extent { lines, page, columns: usize::from(area.width), width: usize::from(area.width) }
}

/// Two lines about it, and two tables with a heading each.
fn line_count(report: &HandlerReport) -> usize {
    2 + 2 + report.consumers.len() + 2 + report.waiting.len().max(1)
}

/// Draws the handler under the cursor.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let Some(report) = app.handlers.chosen() else { return };
    let symbols = theme.symbols();
    let title = display_safe(&report.name).into_owned();
    let fill = usize::from(area.width).saturating_sub(width(&title) + 4);
    let heading = Words::new(theme)
        .put(symbols.rule, Meaning::Rule)
        .gap(1)
        .put(title, Meaning::title(app.handlers.whole))
        .gap(1)
        .put(symbols.rule.repeat(fill), Meaning::Rule);
    heading.draw(frame, area);
    let page = usize::from(area.height).saturating_sub(1);
    for (at, parts) in lines(report, app, theme).into_iter().skip(app.handlers.top).take(page).enumerate() {
        let words =
            parts.into_iter().fold(Words::new(theme), |words, (text, meaning)| words.put(text, meaning));
        words.draw(frame, row(area, 1 + at));
    }
}

fn lines(report: &HandlerReport, app: &App, theme: &Theme) -> Vec<Parts> {
    let mut lines = vec![about(report, app, theme), speed(report, theme), Vec::new()];
    lines.extend(errors::lines(&report.name, app, theme));
    let names = report.consumers.iter().map(|consumer| width(&display_safe(&consumer.name)));
    let room = names.max().unwrap_or(0).clamp(8, 40);
    lines.push(vec![(heading_of_consumers(room), Meaning::Title)]);
    lines.extend(report.consumers.iter().map(|consumer| {
        let beat = consumer.heartbeat.as_ref();
        let (host, pid) = beat.map_or(("-".to_owned(), String::new()), |beat| {
            (display_safe(&beat.host).into_owned(), beat.pid.to_string())
        });
        let stats = beat.map(|beat| beat.stats).unwrap_or_default();
        let line = format!(
            "{} {:>8} {:>8} {:>10} {:>9} {:>9}  {host} {pid}",
            pad_end(&display_safe(&consumer.name), room),
            count(consumer.pending),
            age(consumer.idle),
            count(stats.done),
            count(stats.failed),
            count(stats.running),
        );
        vec![(line, if beat.is_some() { Meaning::Text } else { Meaning::Dim })]
    }));
    lines.push(Vec::new());
    let more = report.pending.saturating_sub(report.waiting.len() as u64);
    let title = if more > 0 {
        format!("LONGEST WAITING  (+{} more pending)", count(more))
    } else {
        "WAITING".to_owned()
    };
    lines.push(vec![(title, Meaning::Title)]);
    if report.waiting.is_empty() {
        lines.push(vec![("nothing is pending".to_owned(), Meaning::Dim)]);
    }
    lines.extend(report.waiting.iter().map(|entry| {
        let (word, meaning) = match entry.state(LEASE) {
            PendingState::Running => ("running", Meaning::Text),
            PendingState::Retrying => ("retrying", Meaning::Waiting),
            PendingState::Stuck => ("stuck", Meaning::Failed),
        };
        let rest = format!(
            "idle {:>5}  {:>3} {}  {}  {}  {}",
            age(entry.idle),
            count(entry.deliveries),
            if entry.deliveries == 1 { "delivery  " } else { "deliveries" },
            entry.id,
            entry.stream,
            display_safe(&entry.consumer)
        );
        vec![(format!("{word:<10}"), meaning), (rest, Meaning::Text)]
    }));
    lines
}

fn heading_of_consumers(room: usize) -> String {
    format!(
        "{} {:>8} {:>8} {:>10} {:>9} {:>9}  HOST",
        pad_end("CONSUMER", room),
        "PENDING",
        "IDLE",
        "DONE",
        "FAILED",
        "RUNNING"
    )
}

fn about(report: &HandlerReport, app: &App, theme: &Theme) -> Parts {
    let dot = format!(" {} ", theme.symbols().dot);
    let types: Vec<_> = report.types.iter().take(6).map(ToString::to_string).collect();
    let more = match report.types.len().saturating_sub(types.len()) {
        0 => String::new(),
        more => format!(" +{more}"),
    };
    let streams = match report.streams {
        1 => "1 stream".to_owned(),
        n => format!("{} streams", count(n as u64)),
    };
    let registered =
        report.registered.map_or_else(String::new, |at| format!("{dot}registered {}", app.clock.ago(at)));
    vec![(format!("{streams}{dot}{}{more}{registered}", types.join(" ")), Meaning::Dim)]
}

/// The latency histogram of those who live.
fn speed(report: &HandlerReport, theme: &Theme) -> Parts {
    let latency = latency(report);
    let (Some(p50), Some(p99)) = (millis(latency.quantile_ms(0.5)), millis(latency.quantile_ms(0.99))) else {
        let alive = report.consumers.iter().any(|consumer| consumer.heartbeat.is_some());
        let why = if alive {
            "no attempt was made yet by those who work now"
        } else {
            "no worker gives signs of life: this is what Redis knows of its consumers"
        };
        return vec![(why.to_owned(), Meaning::Dim)];
    };
    let chart = spark(&latency.0, LATENCY_MS.len() + 1, theme);
    vec![
        (format!("{} attempts  p50 {p50}  p99 {p99}  1 ms ", count(latency.count())), Meaning::Dim),
        (chart, Meaning::Spark),
        (" >5 m".to_owned(), Meaning::Dim),
    ]
}
