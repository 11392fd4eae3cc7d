//! What is in flight: given to a consumer, and not finished.

use super::{Parts, Subject};
use crate::bus::PendingState;
use crate::text::{age, count, display_safe};
use crate::tui::theme::{Meaning, Theme};

/// So many are shown: those that were quiet for longest. What lies below must not be out of reach.
const SHOWN: usize = 12;
/// From this width on, whose entry it is and its position have room.
const WIDE: usize = 110;

pub(super) fn height(subject: &Subject<'_>) -> usize {
    1 + subject.report.waiting.len().clamp(1, SHOWN)
}

pub(super) fn lines(Subject { report, app, room }: &Subject<'_>, _: &Theme) -> Vec<Parts> {
    let more = report.pending.saturating_sub(report.waiting.len().min(SHOWN) as u64);
    let title = if more > 0 {
        format!("IN FLIGHT, longest idle first  (+{} more pending)", count(more))
    } else {
        "IN FLIGHT".to_owned()
    };
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
        // The position of an entry says when it came.
        let came = entry.id.time().and_then(|at| (app.clock.now - at).to_std().ok()).unwrap_or_default();
        let rest = format!(
            "age {:>5}  idle {:>5}  {:>3} {}  {}",
            age(came),
            age(entry.idle),
            count(entry.deliveries),
            if entry.deliveries == 1 { "delivery  " } else { "deliveries" },
            entry.stream,
        );
        let rest = if *room >= WIDE {
            format!("{rest}  {}  {}", entry.id, display_safe(&entry.consumer))
        } else {
            rest
        };
        vec![(format!("{word:<10}"), meaning), (rest, Meaning::Text)]
    }));
    lines
}
