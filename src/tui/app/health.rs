//! What the Health view shows, and where a person is in it.

use chrono::{DateTime, TimeDelta, Utc};

use super::TableState;
use super::rest::rest;
use crate::bus::{BusError, Examined};
use crate::event::TenantId;
use crate::monitor::health::Known;
use crate::monitor::{Health, Monitor};

/// How long after an answer it is looked again, while the view is open,
const FRESH: TimeDelta = TimeDelta::seconds(10);
/// and while only the tab says how many findings there are.
const IN_TAB: TimeDelta = TimeDelta::seconds(60);
/// A look that took long is done again after this time at the latest.
const AT_THE_LATEST: TimeDelta = TimeDelta::minutes(5);
/// Between two judgements of what was heard.
const HEARD: TimeDelta = TimeDelta::seconds(5);

/// The state of the Health view: looks are asked for one at a time, rarely while it is not open.
#[derive(Debug, Clone, Default)]
pub struct HealthState {
    /// What is known.
    pub health: Health,
    /// The findings that are shown: the worst first.
    pub rows: Vec<Known>,
    /// The table.
    pub table: TableState,
    /// Why the last look was not answered.
    pub error: Option<BusError>,
    /// Since when a question is on its way.
    asking: Option<DateTime<Utc>>,
    /// When the last question was answered, and how long that took.
    answered: Option<(DateTime<Utc>, TimeDelta)>,
    heard: Option<DateTime<Utc>>,
    /// What is known is of another connection.
    is_old: bool,
}

impl HealthState {
    /// Knows nothing yet. `is_locked`: whether the run is locked to tenants.
    pub fn new(is_locked: bool) -> Self {
        Self { health: Health::new(is_locked), ..Self::default() }
    }

    /// Whether it is time to look; `is_open`: whether a person looks at the view.
    pub fn is_due(&self, is_open: bool, now: DateTime<Utc>) -> bool {
        let fresh = if is_open { FRESH } else { IN_TAB };
        let is_over = |(at, took)| now - at >= rest(took, (fresh, AT_THE_LATEST));
        self.asking.is_none() && (self.is_old || self.answered.is_none_or(is_over))
    }

    /// The connection is a new one: the server may have been restarted, or lost everything. It is looked at soon.
    pub fn hurry(&mut self) {
        self.is_old = true;
    }

    /// Whether a look is on its way.
    pub fn is_asking(&self) -> bool {
        self.asking.is_some()
    }

    /// When the last look was answered.
    pub fn looked_at(&self) -> Option<DateTime<Utc>> {
        self.answered.map(|(at, _)| at)
    }

    /// A question is sent.
    pub fn begin(&mut self, now: DateTime<Utc>) {
        self.asking = Some(now);
        self.is_old = false;
    }

    /// Takes an answer. What was known stays where there is none.
    pub fn take(&mut self, answer: Result<Examined, BusError>, now: DateTime<Utc>) {
        let took = self.asking.take().map_or_else(TimeDelta::zero, |since| now - since);
        self.answered = Some((now, took));
        match answer {
            Ok(examined) => {
                self.health.look(examined, now);
                self.error = None;
            }
            Err(why) => self.error = Some(why),
        }
    }

    /// Judges what was heard, when it is time. Whether it was.
    pub fn hear(&mut self, monitor: &Monitor, now: DateTime<Utc>) -> bool {
        if self.heard.is_some_and(|heard| now - heard < HEARD) {
            return false;
        }
        self.heard = Some(now);
        self.health.hear(monitor, now);
        true
    }

    /// Shows what is known now, without what is another tenant's than `scope`'s. The cursor stays on its finding.
    pub fn renew(&mut self, scope: Option<&TenantId>) {
        let is_shown = |known: &&&Known| {
            scope.is_none() || known.lint.place.tenant.is_none() || known.lint.place.tenant.as_ref() == scope
        };
        let rows: Vec<Known> =
            self.health.findings().iter().filter(is_shown).map(|known| (*known).clone()).collect();
        self.table.follow(&self.rows, &rows, |a, b| {
            (a.lint.check, &a.lint.place) == (b.lint.check, &b.lint.place) && a.first == b.first
        });
        self.rows = rows;
    }

    /// The finding under the cursor.
    pub fn chosen(&self) -> Option<&Known> {
        self.rows.get(self.table.cursor?)
    }

    /// The finding under the cursor, as text to copy.
    pub fn text(&self) -> Option<String> {
        let Known { lint, first, last, gone } = self.chosen()?;
        let level = match lint.level {
            crate::bus::Level::Fault => "fault",
            crate::bus::Level::Warning => "warning",
            crate::bus::Level::Note | crate::bus::Level::Ok => "note",
        };
        let gone = gone.map_or_else(String::new, |gone| format!(", gone {}", gone.to_rfc3339()));
        let mut lines = vec![
            format!("{level} {}: {}", lint.check, lint.what),
            format!("where: {}", lint.place.show()),
            format!("first seen {}, last {}{gone}", first.to_rfc3339(), last.to_rfc3339()),
        ];
        lines.extend(lint.evidence.iter().map(|line| format!("evidence: {line}")));
        lines.extend(lint.next.iter().map(|line| format!("next: {line}")));
        Some(lines.join("\n"))
    }
}
