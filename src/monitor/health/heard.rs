//! What is judged by what was heard while the bus was watched: events and failed attempts of the last minutes.

use std::collections::{BTreeMap, HashMap, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};

use super::lint::{Judged, Lint, Place};
use super::words::{examples, shell, since};
use crate::bus::Level;
use crate::event::{EventId, EventType, HandlerName};
use crate::monitor::rates::WINDOW_SECONDS;
use crate::monitor::symbols::Symbol;
use crate::monitor::{FailureLog, Monitor};
use crate::text::{count, display_safe, plural};

/// So many events that break their schema, of one type within the window, are worth a warning: fewer are a note.
const FAULTS: u64 = 5;
/// So many types are named one by one.
const TYPES: usize = 50;
/// One event that a handler fails at so often
const ATTEMPTS: u32 = 10;
/// within this time is in a loop: the usual policy waits longer and longer, and makes about seven.
const MINUTE: TimeDelta = TimeDelta::seconds(60);
/// At this many a fault: it takes the handler's time.
const FAULT_ATTEMPTS: u32 = 60;
/// So long what was withheld is counted back.
const WINDOW: TimeDelta = TimeDelta::seconds(300);

/// Numbers of before, as far as they are needed.
#[derive(Debug, Clone, Default)]
pub(super) struct Heard {
    /// Entries that a lock kept out because their tenant cannot be read, in all, at the times that were looked at.
    withheld: VecDeque<(DateTime<Utc>, u64)>,
    /// Events that broke their schema in the window, by type, when it was looked before.
    faults: BTreeMap<EventType, u64>,
}

/// Events of one type in the window.
#[derive(Debug, Clone, Copy, Default)]
struct OfType {
    events: u64,
    invalid: u64,
    /// Of these, in the last minute.
    lately: u64,
}

impl Heard {
    /// Whether events break their schema, by type.
    pub(super) fn schema(&mut self, monitor: &Monitor, now: DateTime<Utc>) -> Judged {
        let mut types: BTreeMap<EventType, OfType> = BTreeMap::new();
        let mut checked = 0;
        for (age, key, tally) in monitor.rates().tallies(now).filter(|(age, ..)| *age < WINDOW_SECONDS) {
            checked += u64::from(tally.events);
            let Some(event_type) = monitor.ring().types.value(key.event_type) else { continue };
            if !types.contains_key(event_type) {
                types.insert(event_type.clone(), OfType::default());
            }
            let Some(sum) = types.get_mut(event_type) else { continue };
            sum.events += u64::from(tally.events);
            sum.invalid += u64::from(tally.invalid);
            if age < 60 {
                sum.lately += u64::from(tally.invalid);
            }
        }
        types.retain(|_, sum| sum.invalid > 0);
        let mut worst: Vec<_> = types.iter().collect();
        worst.sort_by_key(|(_, sum)| std::cmp::Reverse(sum.invalid));
        let lints = worst.into_iter().take(TYPES).map(|(event_type, sum)| {
            let before = self.faults.get(event_type).copied().unwrap_or(0);
            broken(event_type, *sum, before)
        });
        let lints = lints.collect();
        self.faults = types.into_iter().map(|(event_type, sum)| (event_type, sum.invalid)).collect();
        let passed = format!("none of the last {} broke its schema", plural(checked, "event", "events"));
        Judged::new(lints, passed)
    }

    /// Whether entries come whose tenant cannot be read.
    pub(super) fn unattributed(&mut self, monitor: &Monitor, now: DateTime<Utc>) -> Judged {
        let withheld = monitor.counts().unattributed + monitor.failures().counts().unattributed;
        self.withheld.push_back((now, withheld));
        while self.withheld.len() > 2 && self.withheld.get(1).is_some_and(|(at, _)| now - *at >= WINDOW) {
            self.withheld.pop_front();
        }
        let earlier = self.withheld.front().map_or(0, |(_, n)| *n);
        // What was withheld at the first look was heard since the watch began.
        let kept_out = if self.withheld.len() == 1 { withheld } else { withheld - earlier.min(withheld) };
        let (mut without, mut all) = (0, 0);
        for (_, key, tally) in monitor.rates().tallies(now).filter(|(age, ..)| *age < WINDOW_SECONDS) {
            all += u64::from(tally.events);
            if key.tenant == Symbol::NONE {
                without += u64::from(tally.events);
            }
        }
        let passed = format!("each of the last {} names its tenant", plural(all, "event", "events"));
        let lint = |level, what, evidence, next: &str| Lint {
            check: "unattributed",
            level,
            place: Place::default(),
            what,
            evidence: vec![evidence, "threshold: a single one".to_owned()],
            next: vec![next.to_owned()],
        };
        let mut lints = Vec::new();
        if kept_out > 0 {
            lints.push(lint(
                Level::Warning,
                format!(
                    "{} no tenant that can be read, and this run is locked to tenants: they are not shown",
                    plural(kept_out, "entry has", "entries have")
                ),
                format!("{} since the watch began, {} of them lately", count(withheld), count(kept_out)),
                "look at them in a run that is locked to no tenant: the filter 'not tenant:*'",
            ));
        } else if without > 0 {
            lints.push(lint(
                Level::Note,
                format!("{} no tenant that can be read", plural(without, "entry has", "entries have")),
                format!("{} of {} in the last 5 m", count(without), count(all)),
                "Enter shows them; whoever publishes them leaves out payload.tenantId",
            ));
        }
        Judged::new(lints, passed)
    }
}

fn broken(event_type: &EventType, sum: OfType, before: u64) -> Lint {
    let trend = match sum.invalid.cmp(&before) {
        std::cmp::Ordering::Greater => "more than when it was looked before",
        std::cmp::Ordering::Equal => "as many as when it was looked before",
        std::cmp::Ordering::Less => "fewer than when it was looked before",
    };
    let share = (sum.invalid * 100).checked_div(sum.events).unwrap_or(0);
    Lint {
        check: "schema",
        level: if sum.invalid >= FAULTS { Level::Warning } else { Level::Note },
        place: Place { event_type: Some(event_type.clone()), ..Place::default() },
        what: format!(
            "{} of {event_type} {} schema in the last 5 m",
            plural(sum.invalid, "event", "events"),
            if sum.invalid == 1 { "breaks its" } else { "break their" }
        ),
        evidence: vec![
            format!(
                "{} of {} in the last 5 m ({share} %), {} in the last minute",
                count(sum.invalid),
                plural(sum.events, "event", "events"),
                count(sum.lately)
            ),
            format!("{trend} ({})", count(before)),
            format!("threshold: a warning from {FAULTS} in 5 m on"),
        ],
        next: vec![
            format!("Enter shows them: type:{event_type} is:invalid"),
            format!("tidings types show {event_type}: what its schema asks for"),
        ],
    }
}

/// Events that a handler fails at again and again, one after the other.
pub(super) fn loops(log: &FailureLog, now: DateTime<Utc>) -> Judged {
    let passed = format!("no event was tried {ATTEMPTS} times within a minute");
    let mut tried: HashMap<(&HandlerName, EventId), u32> = HashMap::new();
    for occurrence in log.all().rev().take_while(|occurrence| now - occurrence.record.at < MINUTE) {
        let attempt = &occurrence.record.attempt;
        if let Some(event) = attempt.event {
            *tried.entry((&attempt.handler, event)).or_default() += 1;
        }
    }
    let mut hot: BTreeMap<&HandlerName, Vec<(u32, EventId)>> = BTreeMap::new();
    for ((handler, event), times) in tried.into_iter().filter(|(_, times)| *times >= ATTEMPTS) {
        hot.entry(handler).or_default().push((times, event));
    }
    let lints = hot.into_iter().filter_map(|(handler, mut events)| {
        events.sort_by(|a, b| b.cmp(a));
        let (most, worst) = *events.first()?;
        let error = log.of_event(Some(worst)).last().map(|seen| display_safe(&seen.error).into_owned());
        let named: Vec<_> = events.iter().map(|(times, event)| format!("{event}: {times} times")).collect();
        let mut evidence = vec![format!("failed attempts in the last minute: {}", examples(&named, 5))];
        evidence.extend(error.map(|error| format!("the last one says: {error}")));
        evidence.push(format!(
            "threshold: {ATTEMPTS} attempts at one event in {}; a fault from {FAULT_ATTEMPTS} on",
            since(MINUTE)
        ));
        Some(Lint {
            check: "retry-loop",
            level: if most >= FAULT_ATTEMPTS { Level::Fault } else { Level::Warning },
            place: Place::handler(handler.as_str()),
            what: format!(
                "{handler} is in a hot retry loop: {} up to {most} times in the last minute",
                plural(events.len() as u64, "event is tried", "events are tried")
            ),
            evidence,
            next: vec![
                "give its retries more time between them: base and cap in [[handlers]]".to_owned(),
                "E shows its errors; what can never succeed is to fail for good (exec: exit code 65)"
                    .to_owned(),
                format!("tidings failed list --handler {}", shell(handler.as_str())),
            ],
        })
    });
    Judged::new(lints.collect(), passed)
}
