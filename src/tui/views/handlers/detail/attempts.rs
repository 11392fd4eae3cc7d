//! What is in flight: given to a consumer, and not finished.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::{Parts, Subject};
use crate::bus::{HandlerReport, PendingEntry, PendingState};
use crate::text::{age, count, cut_middle, display_safe, idle, plural, width};
use crate::tui::theme::{Meaning, Theme};

/// So many are shown: those that were quiet for longest. What lies below must not be out of reach.
const SHOWN: usize = 12;
/// From this width on, whose entry it is and its position have room.
const WIDE: usize = 110;

pub(super) fn height(subject: &Subject<'_>) -> usize {
    1 + subject.report.waiting.len().clamp(1, SHOWN)
}

pub(super) fn lines(Subject { report, app, room }: &Subject<'_>, _: &Theme) -> Vec<Parts> {
    let title = title(report, app.clock.now);
    let mut lines = vec![vec![(title, Meaning::Title)]];
    if report.waiting.is_empty() {
        lines.push(vec![("nothing is pending".to_owned(), Meaning::Dim)]);
    }
    lines.extend(report.waiting.iter().take(SHOWN).map(|entry| {
        let (word, meaning) = match entry.state() {
            PendingState::Running => ("running", Meaning::Text),
            PendingState::Retrying => ("retrying", Meaning::Waiting),
            PendingState::Stuck => ("stuck", Meaning::Failed),
        };
        let came = came(entry, app.clock.now);
        let rest = format!(
            "age {:>5}  {:<10}  {:>3} {}  ",
            age(came),
            idle(entry.idle),
            count(entry.deliveries),
            if entry.deliveries == 1 { "delivery  " } else { "deliveries" },
        );
        let rest = if *room >= WIDE {
            format!("{rest}{}  {}  {}", entry.stream, entry.id, display_safe(&entry.consumer))
        } else {
            // The end of a key says more than its middle.
            let left = room.saturating_sub(10 + width(&rest));
            format!("{rest}{}", cut_middle(entry.stream.as_str(), left))
        };
        vec![(format!("{word:<10}"), meaning), (rest, Meaning::Text)]
    }));
    lines
}

/// `IN FLIGHT, longest idle first  (12 of 1,204, the oldest 16 h, up to 11 deliveries)`
fn title(report: &HandlerReport, now: DateTime<Utc>) -> String {
    let ages = report.waiting.iter().map(|entry| came(entry, now));
    let most = report.waiting.iter().map(|entry| entry.deliveries).max();
    let Some((oldest, most)) = ages.max().zip(most) else { return "IN FLIGHT".to_owned() };
    let shown = report.waiting.len().min(SHOWN) as u64;
    let of = if report.pending > shown { format!("{} of ", count(shown)) } else { String::new() };
    format!(
        "IN FLIGHT, longest idle first  ({of}{}, the oldest {}, up to {})",
        count(report.pending),
        age(oldest),
        plural(most, "delivery", "deliveries")
    )
}

/// How long ago it came: its position says so.
fn came(entry: &PendingEntry, now: DateTime<Utc>) -> Duration {
    entry.id.time().and_then(|at| (now - at).to_std().ok()).unwrap_or_default()
}
