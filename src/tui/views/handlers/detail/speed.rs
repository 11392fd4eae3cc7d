//! What it is in a line, and how long its attempts take.

use super::{Parts, Subject};
use crate::bus::{HandlerReport, LATENCY_MS, Latency};
use crate::text::{pad_start, plural};
use crate::tui::theme::{Meaning, Theme};
use crate::tui::views::handlers::table::{millis, types};
use crate::tui::widgets::spark;

/// Cells of one bucket of the histogram, with the one between.
const BUCKET: usize = 5;
const BUCKETS: usize = LATENCY_MS.len() + 1;
const LABELS: [&str; BUCKETS] = [
    "1 ms", "2", "5", "10", "20", "50", "100", "200", "500", "1 s", "2 s", "5 s", "10 s", "20 s", "1 m",
    "5 m", "more",
];

pub(super) fn height(subject: &Subject<'_>) -> usize {
    if is_drawn_large(subject) { 4 } else { 2 }
}

/// Where there is room, and something to draw.
fn is_drawn_large(subject: &Subject<'_>) -> bool {
    subject.app.handlers.whole && subject.room >= BUCKET * BUCKETS && subject.report.latency().count() > 0
}

pub(super) fn lines(subject: &Subject<'_>, theme: &Theme) -> Vec<Parts> {
    let latency = subject.report.latency();
    let mut lines = vec![about(subject, theme), speed(subject, &latency, theme)];
    if is_drawn_large(subject) {
        let bars: String = spark(&latency.0, BUCKETS, theme)
            .chars()
            .map(|bar| bar.to_string().repeat(BUCKET - 1) + " ")
            .collect();
        let labels: String =
            LABELS.iter().flat_map(|label| [pad_start(label, BUCKET - 1), " ".to_owned()]).collect();
        lines.push(vec![(bars, Meaning::Spark)]);
        lines.push(vec![(labels, Meaning::Dim)]);
    }
    lines
}

fn about(Subject { report, app, .. }: &Subject<'_>, theme: &Theme) -> Parts {
    let dot = format!(" {} ", theme.symbols().dot);
    let mut parts = vec![report.state().word().to_owned()];
    if let Some(at) = report.registered {
        parts.push(format!("registered {}", app.clock.ago(at)));
    }
    parts.push(plural(report.streams.len() as u64, "stream", "streams"));
    parts.push(types(report));
    vec![(parts.join(&dot), Meaning::Dim)]
}

/// `2 consumers on 2 hosts · p50 20 ms ▁▃█▅ p99 200 ms of 1,284 attempts · retrying 4 (next in 3 s)`
fn speed(subject: &Subject<'_>, latency: &Latency, theme: &Theme) -> Parts {
    let report = subject.report;
    let dot = || (format!(" {} ", theme.symbols().dot), Meaning::Dim);
    let mut parts = vec![(format!("consumers {}", report.who()), Meaning::Text), dot()];
    match (millis(latency.quantile_ms(0.5)), millis(latency.quantile_ms(0.99))) {
        (Some(p50), Some(p99)) => {
            parts.push((format!("p50 {p50} "), Meaning::Text));
            if !is_drawn_large(subject) {
                // Without its scale the empty ends say nothing.
                parts.push((spark(&latency.0, BUCKETS, theme).trim().to_owned(), Meaning::Spark));
            }
            let of = plural(latency.count(), "attempt", "attempts");
            parts.push((format!(" p99 {p99} of {of}"), Meaning::Text));
        }
        _ => parts.push((why_no_latency(report).to_owned(), Meaning::Dim)),
    }
    let retrying = report.retrying();
    if retrying.number() > 0 || !retrying.is_exact() {
        let next =
            report.next_retry.map_or_else(String::new, |at| match subject.app.clock.seconds_until(at) {
                0 => " (next is due)".to_owned(),
                seconds => format!(" (next in {seconds} s)"),
            });
        parts.push(dot());
        parts.push((format!("retrying {}{next}", retrying.show()), Meaning::Waiting));
    }
    parts
}

fn why_no_latency(report: &HandlerReport) -> &'static str {
    if report.heartbeats().next().is_some() {
        "no attempt was made yet by those who work now"
    } else {
        "no signs of life: this is what Redis knows of its consumers"
    }
}
