//! What the Handlers view shows, and where a person is in it.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::TableState;
use super::rest::rest;
use crate::bus::{BusError, HandlerDetail, HandlerReport, HandlerStats, Looked};
use crate::event::TenantId;

/// How long after an answer it is asked again, while it is looked at.
const FRESH: TimeDelta = TimeDelta::seconds(5);
/// One that took long is done again after this time at the latest.
const AT_THE_LATEST: TimeDelta = TimeDelta::seconds(60);

/// The state of the Handlers view: reports are asked for while it is looked at, one at a time.
#[derive(Debug, Clone, Default)]
pub struct HandlersState {
    /// Each handler, by name.
    pub reports: Vec<HandlerReport>,
    /// Attempts a second that did their work, and that failed, by handler; since the report before.
    pub rates: BTreeMap<String, (f64, f64)>,
    /// When they were reported.
    pub as_of: Option<DateTime<Utc>>,
    /// When the last question was answered, with reports or an error, and how long reports took.
    answered: Option<(DateTime<Utc>, TimeDelta)>,
    /// Why the last question was not answered.
    pub error: Option<BusError>,
    /// What could not be looked at, for people.
    pub note: Option<String>,
    /// The handler that was looked at closely last.
    closely: Option<Closely>,
    /// A question is on its way, since when.
    asking: Option<DateTime<Utc>>,
    /// The handler that the cursor is to go to, once it is known.
    wanted: Option<String>,
    /// The table.
    pub table: TableState,
    /// Whether the handler under the cursor takes the whole body.
    pub whole: bool,
    /// The first line of it on the screen.
    pub top: usize,
}

/// One handler, looked at closely: asked for while its detail is on the screen, one question at a time.
#[derive(Debug, Clone, Default)]
pub struct Closely {
    /// Its name.
    pub name: String,
    /// What was answered last.
    pub detail: Option<HandlerDetail>,
    /// Why the last question was not answered.
    pub error: Option<BusError>,
    asking: bool,
    answered: Option<DateTime<Utc>>,
}

impl HandlersState {
    /// What is known closely of the handler under the cursor.
    pub fn closely(&self) -> Option<&Closely> {
        let chosen = self.chosen()?;
        self.closely.as_ref().filter(|closely| closely.name == chosen.name)
    }

    /// Why nothing is known closely of the handler under the cursor; `None` when something is.
    pub fn why_not_closely(&self) -> Option<&str> {
        match self.closely() {
            Some(Closely { detail: Some(_), .. }) => None,
            Some(Closely { error: Some(error), .. }) => Some(error.what()),
            Some(Closely { asking: true, .. }) => Some("asked, and not answered yet"),
            // Held still, or without a connection.
            _ => Some("not asked yet"),
        }
    }

    /// Whether something of `tenant` is to be shown, where the screen is narrowed to `scope`.
    pub fn in_scope(&self, tenant: Option<&TenantId>, scope: Option<&TenantId>) -> bool {
        scope.is_none() || tenant == scope
    }

    /// The handler to ask about closely now: that under the cursor, when it is another than before, or it is time again.
    pub fn to_ask_closely(&mut self, now: DateTime<Utc>) -> Option<HandlerReport> {
        let chosen = self.table.cursor.and_then(|row| self.reports.get(row))?;
        let closely = self.closely.get_or_insert_with(Closely::default);
        if closely.asking {
            return None;
        }
        if closely.name != chosen.name {
            *closely = Closely { name: chosen.name.clone(), ..Closely::default() };
        }
        if closely.answered.is_some_and(|answered| now - answered < FRESH) {
            return None;
        }
        closely.asking = true;
        Some(chosen.clone())
    }

    /// Puts the cursor on the handler `name`, once it is known.
    pub fn find(&mut self, name: String) {
        self.whole = false;
        self.wanted = Some(name);
        self.go_to_wanted();
    }

    fn go_to_wanted(&mut self) {
        let Some(at) = self.reports.iter().position(|report| Some(&report.name) == self.wanted.as_ref())
        else {
            return;
        };
        self.table.cursor = Some(at);
        self.wanted = None;
    }

    /// Takes an answer on the handler `name`.
    pub fn renew_closely(&mut self, name: &str, answer: Result<HandlerDetail, BusError>, now: DateTime<Utc>) {
        let Some(closely) = self.closely.as_mut().filter(|closely| closely.name == name) else { return };
        closely.asking = false;
        closely.answered = Some(now);
        match answer {
            Ok(detail) => (closely.detail, closely.error) = (Some(detail), None),
            Err(why) => closely.error = Some(why),
        }
    }

    /// Whether it is time to ask.
    pub fn is_due(&self, now: DateTime<Utc>) -> bool {
        let is_old = |(at, took)| now - at >= rest(took, (FRESH, AT_THE_LATEST));
        !self.is_asking() && self.answered.is_none_or(is_old)
    }

    /// Whether a question is on its way.
    pub fn is_asking(&self) -> bool {
        self.asking.is_some()
    }

    /// A question is sent.
    pub fn begin(&mut self, now: DateTime<Utc>) {
        self.asking = Some(now);
    }

    /// The handler under the cursor.
    pub fn chosen(&self) -> Option<&HandlerReport> {
        self.reports.get(self.table.cursor?)
    }

    /// Whether rates are known with the next report: workers count their attempts, and what came since can be told from
    /// two counts only. What they did since they were started, over all that time, would be no rate of now.
    pub fn waits_for_rates(&self) -> bool {
        self.rates.is_empty() && self.reports.iter().any(|report| report.heartbeats().next().is_some())
    }

    /// Takes an answer. The cursor stays on its handler.
    pub fn renew(&mut self, answer: Result<Looked<HandlerReport>, BusError>, now: DateTime<Utc>) {
        let took = self.asking.take().map_or_else(TimeDelta::zero, |since| now - since);
        // A time-out says nothing of how long a look takes, and who looks wants to see that it is over.
        let took = if answer.is_ok() { took } else { TimeDelta::zero() };
        self.answered = Some((now, took));
        match answer {
            Err(why) => self.error = Some(why),
            Ok(looked) => {
                self.note = looked.note();
                let reports = looked.found;
                self.rates = match self.as_of {
                    Some(before) if self.error.is_none() => rates(&self.reports, &reports, now - before),
                    _ => BTreeMap::new(),
                };
                self.table.follow(&self.reports, &reports, |a, b| a.name == b.name);
                self.reports = reports;
                self.go_to_wanted();
                self.error = None;
                self.as_of = Some(now);
            }
        }
    }
}

/// How many attempts a second each handler's living workers made between two reports.
fn rates(
    before: &[HandlerReport],
    after: &[HandlerReport],
    passed: TimeDelta,
) -> BTreeMap<String, (f64, f64)> {
    let seconds = passed.as_seconds_f64();
    if seconds <= 0.0 {
        return BTreeMap::new();
    }
    let earlier: BTreeMap<_, _> = before.iter().flat_map(beats).collect();
    after
        .iter()
        .filter(|report| beats(report).next().is_some())
        .map(|report| {
            let (mut done, mut failed) = (0, 0);
            for (consumer, stats) in beats(report) {
                // One that has started since began with nothing.
                let known = earlier.get(consumer).copied().unwrap_or_default();
                done += stats.done.saturating_sub(known.done);
                failed += stats.failed.saturating_sub(known.failed);
            }
            (report.name.clone(), (done as f64 / seconds, failed as f64 / seconds))
        })
        .collect()
}

fn beats(report: &HandlerReport) -> impl Iterator<Item = (&str, HandlerStats)> {
    let beat = |consumer: &'_ crate::bus::ConsumerReport| consumer.heartbeat.as_ref().map(|beat| beat.stats);
    report.consumers.iter().filter_map(move |consumer| Some((consumer.name.as_str(), beat(consumer)?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bus::{ConsumerReport, Counted, Heartbeat, Lag, Latency};
    use std::time::Duration;

    fn report(name: &str, done: u64) -> HandlerReport {
        let heartbeat = Heartbeat {
            consumer: "c".to_owned(),
            handler: name.to_owned(),
            types: vec![],
            host: "h".to_owned(),
            pid: 1,
            started: DateTime::UNIX_EPOCH,
            stats: HandlerStats { done, failed: done / 2, ..HandlerStats::default() },
            latency: Latency::default(),
            lease_ms: None,
        };
        let consumer = ConsumerReport {
            name: format!("{name}-1"),
            pending: 0,
            idle: Duration::ZERO,
            heartbeat: Some(heartbeat),
            last_seen: None,
        };
        HandlerReport {
            name: name.to_owned(),
            types: vec![],
            streams: vec![],
            registered: None,
            lag: Lag::Exactly(0),
            pending: 0,
            waiting: vec![],
            scheduled: None,
            next_retry: None,
            dead_letters: Counted::Exactly(0),
            last_error: None,
            lease: crate::bus::PendingEntry::LEASE,
            consumers: vec![consumer],
        }
    }

    #[test]
    fn rates_are_what_came_since_the_report_before() {
        let mut state = HandlersState::default();
        let then = DateTime::UNIX_EPOCH;
        state.renew(Ok(Looked::whole(vec![report("a", 100)])), then);
        assert!(state.rates.is_empty() && !state.is_due(then + TimeDelta::seconds(4)));
        assert!(state.waits_for_rates());
        state.renew(Ok(Looked::whole(vec![report("a", 150), report("b", 20)])), then + TimeDelta::seconds(5));
        assert_eq!(state.rates["a"], (10.0, 5.0));
        assert!(!state.waits_for_rates());
        assert_eq!(state.rates["b"], (4.0, 2.0), "it began with nothing");
    }

    #[test]
    fn the_cursor_stays_on_its_handler_and_an_error_keeps_what_was_known() {
        let mut state = HandlersState::default();
        state.renew(Ok(Looked::whole(vec![report("a", 1), report("c", 1)])), DateTime::UNIX_EPOCH);
        state.table.cursor = Some(1);
        state.renew(
            Ok(Looked::whole(vec![report("a", 1), report("b", 1), report("c", 1)])),
            DateTime::UNIX_EPOCH,
        );
        assert_eq!(state.chosen().unwrap().name, "c");
        state.renew(Err(BusError::Unavailable { what: "gone".to_owned() }), DateTime::UNIX_EPOCH);
        assert_eq!((state.reports.len(), state.error.is_some()), (3, true));
        assert!(
            !state.is_due(DateTime::UNIX_EPOCH + TimeDelta::seconds(4)),
            "an error is not asked for at once"
        );
    }

    #[test]
    fn a_look_that_takes_long_is_taken_seldom_but_once_a_minute() {
        let at = DateTime::UNIX_EPOCH;
        let waits = |took_ms| {
            let mut state = HandlersState::default();
            state.begin(at - TimeDelta::milliseconds(took_ms));
            assert!(!state.is_due(at), "it is on its way");
            state.renew(Ok(Looked::whole(Vec::new())), at);
            (0..120).find(|s| state.is_due(at + TimeDelta::seconds(*s)))
        };
        assert_eq!([0, 50, 200, 5_000].map(waits), [5, 5, 20, 60].map(Some));
    }
}
