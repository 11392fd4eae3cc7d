//! Handlers that fall further behind from look to look.

use std::collections::{BTreeMap, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};

use super::lint::{Judged, Lint, Place};
use super::look::Look;
use super::words::{shell, since};
use crate::bus::{Lag, Level};
use crate::text::{count, display_safe};

/// So many looks are remembered of each handler,
const KEPT: usize = 12;
/// for so long,
const WINDOW: TimeDelta = TimeDelta::minutes(10);
/// of so many handlers.
const HANDLERS: usize = 1_000;
/// So many looks show a trend, if they are that far apart in all,
const LOOKS: usize = 3;
const SPAN: TimeDelta = TimeDelta::seconds(4);
/// and the last lag is so much above the first.
const RISE: u64 = 20;

/// What handlers had not been given yet, look by look.
#[derive(Debug, Clone, Default)]
pub(super) struct Trends(BTreeMap<String, VecDeque<(DateTime<Utc>, u64)>>);

impl Trends {
    /// Remembers a look.
    pub(super) fn note(&mut self, look: &Look<'_>) {
        self.0.retain(|name, _| look.handler(name).is_some());
        for report in &look.facts.handlers {
            if !self.0.contains_key(&report.name) && self.0.len() >= HANDLERS {
                continue;
            }
            let (Lag::Exactly(lag) | Lag::MoreThan(lag)) = report.lag;
            let seen = self.0.entry(report.name.clone()).or_default();
            if seen.len() == KEPT {
                seen.pop_front();
            }
            seen.push_back((look.now, lag));
            while seen.front().is_some_and(|(at, _)| look.now - *at > WINDOW) {
                seen.pop_front();
            }
        }
    }

    /// Whether enough was seen to tell of any handler.
    pub(super) fn can_tell(&self) -> bool {
        self.0.is_empty() || self.0.values().any(is_long_enough)
    }

    /// What rises.
    pub(super) fn judge(&self, look: &Look<'_>) -> Judged {
        let lints = self.0.iter().filter_map(|(name, seen)| rising(look, name, seen)).collect();
        Judged::new(lints, format!("no handler fell further behind in {LOOKS} looks one after the other"))
    }
}

fn is_long_enough(seen: &VecDeque<(DateTime<Utc>, u64)>) -> bool {
    let (first, last) = (seen.front(), seen.back());
    seen.len() >= LOOKS && first.zip(last).is_some_and(|((first, _), (last, _))| *last - *first >= SPAN)
}

fn rising(look: &Look<'_>, name: &str, seen: &VecDeque<(DateTime<Utc>, u64)>) -> Option<Lint> {
    if !is_long_enough(seen) {
        return None;
    }
    // The last looks, back to where it last fell.
    let falls = seen.iter().zip(seen.iter().skip(1)).rposition(|((_, before), (_, after))| after < before);
    let rise: Vec<_> = seen.iter().skip(falls.map_or(0, |at| at + 1)).copied().collect();
    let (first, last) = (rise.first()?, rise.last()?);
    let (passed, by) = (last.0 - first.0, last.1.saturating_sub(first.1));
    if rise.len() < LOOKS || passed < SPAN || by < RISE || by < first.1 / 10 {
        return None;
    }
    let shown = display_safe(name);
    let at_first = format!("{} before", since(passed));
    let mut evidence = vec![
        format!(
            "unread, look by look: {}",
            rise.iter().map(|(_, lag)| count(*lag)).collect::<Vec<_>>().join(", ")
        ),
        format!("{} now, {} {at_first}", count(last.1), count(first.1)),
        format!("threshold: {RISE} more, and a tenth more, over {LOOKS} looks or more without a fall"),
    ];
    if let Some(limit) = look.facts.limit {
        evidence.push(format!("publishers trim streams to about {} entries, read or not", count(limit)));
    }
    Some(Lint {
        check: "lag",
        level: Level::Warning,
        place: Place::handler(name),
        what: format!("{shown} falls behind: {} unread, {} more than {at_first}", count(last.1), count(by)),
        evidence,
        next: vec![
            "run more workers of it, or look what makes it slow: 3 Handlers shows how long its attempts take"
                .to_owned(),
            format!("tidings handlers show {}", shell(name)),
        ],
    })
}
