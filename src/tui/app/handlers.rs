//! What the Handlers view shows, and where a person is in it.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::TableState;
use crate::bus::{BusError, HandlerReport, HandlerStats};

/// How long after an answer it is asked again, while it is looked at.
const FRESH: TimeDelta = TimeDelta::seconds(5);

/// The state of the Handlers view: reports are asked for while it is looked at, one at a time.
#[derive(Debug, Clone, Default)]
pub struct HandlersState {
    /// Each handler, by name.
    pub reports: Vec<HandlerReport>,
    /// Attempts a second that did their work, and that failed, by handler; since the report before.
    pub rates: BTreeMap<String, (f64, f64)>,
    /// When they were reported.
    pub as_of: Option<DateTime<Utc>>,
    /// When the last question was answered, with reports or an error.
    answered: Option<DateTime<Utc>>,
    /// Why the last question was not answered.
    pub error: Option<BusError>,
    /// A question is on its way.
    pub asking: bool,
    /// The table.
    pub table: TableState,
    /// Whether the handler under the cursor takes the whole body.
    pub whole: bool,
    /// The first line of it on the screen.
    pub top: usize,
}

impl HandlersState {
    /// Whether it is time to ask.
    pub fn is_due(&self, now: DateTime<Utc>) -> bool {
        !self.asking && self.answered.is_none_or(|answered| now - answered >= FRESH)
    }

    /// The handler under the cursor.
    pub fn chosen(&self) -> Option<&HandlerReport> {
        self.reports.get(self.table.cursor?)
    }

    /// Takes an answer. The cursor stays on its handler.
    pub fn renew(&mut self, answer: Result<Vec<HandlerReport>, BusError>, now: DateTime<Utc>) {
        self.asking = false;
        self.answered = Some(now);
        match answer {
            Err(why) => self.error = Some(why),
            Ok(reports) => {
                self.rates = match self.as_of {
                    Some(before) if self.error.is_none() => rates(&self.reports, &reports, now - before),
                    _ => BTreeMap::new(),
                };
                let chosen = self.chosen().map(|report| report.name.clone());
                self.reports = reports;
                self.table.cursor = chosen.and_then(|name| {
                    self.reports.iter().position(|report| report.name == name).or(self.table.cursor)
                });
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
    use crate::bus::{ConsumerReport, Heartbeat, Lag, Latency};
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
        };
        let consumer = ConsumerReport {
            name: format!("{name}-1"),
            pending: 0,
            idle: Duration::ZERO,
            heartbeat: Some(heartbeat),
        };
        HandlerReport {
            name: name.to_owned(),
            types: vec![],
            streams: 1,
            registered: None,
            lag: Lag::Exactly(0),
            pending: 0,
            waiting: vec![],
            scheduled: None,
            dead_letters: 0,
            consumers: vec![consumer],
        }
    }

    #[test]
    fn rates_are_what_came_since_the_report_before() {
        let mut state = HandlersState::default();
        let then = DateTime::UNIX_EPOCH;
        state.renew(Ok(vec![report("a", 100)]), then);
        assert!(state.rates.is_empty() && !state.is_due(then + TimeDelta::seconds(4)));
        state.renew(Ok(vec![report("a", 150), report("b", 20)]), then + TimeDelta::seconds(5));
        assert_eq!(state.rates["a"], (10.0, 5.0));
        assert_eq!(state.rates["b"], (4.0, 2.0), "it began with nothing");
    }

    #[test]
    fn the_cursor_stays_on_its_handler_and_an_error_keeps_what_was_known() {
        let mut state = HandlersState::default();
        state.renew(Ok(vec![report("a", 1), report("c", 1)]), DateTime::UNIX_EPOCH);
        state.table.cursor = Some(1);
        state.renew(Ok(vec![report("a", 1), report("b", 1), report("c", 1)]), DateTime::UNIX_EPOCH);
        assert_eq!(state.chosen().unwrap().name, "c");
        state.renew(Err(BusError::Unavailable { what: "gone".to_owned() }), DateTime::UNIX_EPOCH);
        assert_eq!((state.reports.len(), state.error.is_some()), (3, true));
        assert!(
            !state.is_due(DateTime::UNIX_EPOCH + TimeDelta::seconds(4)),
            "an error is not asked for at once"
        );
    }
}
