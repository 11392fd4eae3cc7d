//! The roll of consumers: who is in each group, remembered from look to look. A bus of ten thousand streams has tens of
//! thousands of groups, and to ask each of them every time would cost the server more than what is watched.
//!
//! Asked each time are those that nothing is known of, those with something pending, and of each consumer the group in which
//! it was seen last: so what is said of a consumer's silence is as fresh as if all had been asked. Of the others a part
//! is asked, in turn: half of it those that were asked longest ago, half those first in which somebody was at work since. What was not asked is taken to have been quiet since then,
//! or, where its group went on meanwhile, to have been at work.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::waiting::Group;
use crate::broker::redis::survey::SurveyedGroup;
use crate::bus::{ConsumerReport, Lag};
use crate::event::EntryId;

/// So many groups are asked at a time beside those that have to be.
const IN_TURN: usize = 500;

/// A consumer of all groups of a name.
type Consumer<'a> = (&'a [u8], Arc<str>);

/// A group of a stream: the stream's key, and the group's name.
type Key = (String, Vec<u8>);

/// What is remembered of the groups of a bus.
#[derive(Debug, Default)]
pub(super) struct Roll {
    groups: HashMap<Key, Known>,
    /// Names of consumers: workers have one in all their groups.
    names: HashSet<Arc<str>>,
    /// When it was looked last, and how often it was.
    looked: Option<Instant>,
    looks: u64,
}

/// What is remembered of a group.
#[derive(Debug)]
struct Known {
    facts: Facts,
    asked: Instant,
    /// The last look that found it.
    look: u64,
    /// Whether it went on since it was asked.
    went_on: bool,
    consumers: Vec<Seen>,
}

/// What `XINFO GROUPS` tells of a group for nothing, and that changes when a consumer is at work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Facts {
    consumers: u64,
    pending: u64,
    last_delivered: EntryId,
}

/// A consumer, as it was when its group was asked.
#[derive(Debug)]
struct Seen {
    name: Arc<str>,
    pending: u64,
    idle: Duration,
    /// When it is taken to have been at work since.
    worked: Option<Instant>,
}

impl From<&Group> for Facts {
    fn from(group: &Group) -> Self {
        let SurveyedGroup { consumers, pending, last_delivered, .. } = group.facts;
        Self { consumers, pending, last_delivered }
    }
}

fn key(group: &Group) -> Key {
    (group.stream.as_str().to_owned(), group.facts.name.clone())
}

impl Known {
    /// How long a consumer has been quiet by now, as far as is known.
    fn idle(&self, seen: &Seen, now: Instant) -> Duration {
        match seen.worked {
            Some(at) => now.saturating_duration_since(at),
            None => seen.idle + now.saturating_duration_since(self.asked),
        }
    }

    /// Takes note that the group is as `facts` say: where it went on since the look `before`, somebody was at work. Who,
    /// nobody was asked: most likely who was last.
    fn note_facts(&mut self, facts: Facts, before: Instant, now: Instant) {
        if self.facts == facts {
            return;
        }
        self.facts = facts;
        self.went_on = true;
        let idle: Vec<Duration> = self.consumers.iter().map(|seen| self.idle(seen, now)).collect();
        if let Some((_, last)) = idle.into_iter().zip(&mut self.consumers).min_by_key(|(idle, _)| *idle) {
            last.worked = Some(before);
        }
        if facts.pending == 0 {
            self.consumers.iter_mut().for_each(|seen| seen.pending = 0);
        }
    }
}

impl Roll {
    /// Begins a look. Which of `groups` are to be asked, by their places.
    pub(super) fn due(&mut self, groups: &[Group], now: Instant) -> Vec<usize> {
        let before = self.looked.replace(now).unwrap_or(now);
        self.looks += 1;
        let (mut due, mut in_turn) = (Vec::new(), Vec::new());
        // Of each consumer of a group's name, where it was seen last.
        let mut last: HashMap<Consumer<'_>, (Duration, usize)> = HashMap::new();
        for (at, group) in groups.iter().enumerate().filter(|(_, group)| group.facts.consumers > 0) {
            let facts = Facts::from(group);
            let Some(known) = self.groups.get_mut(&key(group)) else {
                due.push(at);
                continue;
            };
            known.look = self.looks;
            if known.facts.consumers != facts.consumers || facts.pending > 0 {
                due.push(at);
                continue;
            }
            known.note_facts(facts, before, now);
            for seen in &known.consumers {
                let idle = known.idle(seen, now);
                let best = last.entry((&group.facts.name, Arc::clone(&seen.name))).or_insert((idle, at));
                *best = (*best).min((idle, at));
            }
            in_turn.push((!known.went_on, group.lag == Lag::Exactly(0), known.asked, at));
        }
        self.groups.retain(|_, known| known.look == self.looks);
        self.names.retain(|name| Arc::strong_count(name) > 1);
        let mut chosen: HashSet<usize> = due.iter().copied().collect();
        due.extend(last.into_values().map(|(_, at)| at).filter(|at| chosen.insert(*at)));
        in_turn.retain(|(.., at)| !chosen.contains(at));
        // Half of them are those that were asked longest ago, whatever else: none waits for ever behind busier ones.
        in_turn.sort_unstable_by_key(|(.., asked, at)| (*asked, *at));
        let rest = in_turn.split_off(in_turn.len().min(IN_TURN / 2));
        due.extend(in_turn.into_iter().map(|(.., at)| at));
        in_turn = rest;
        in_turn.sort_unstable();
        due.extend(in_turn.into_iter().map(|(.., at)| at).take(IN_TURN / 2));
        due
    }

    /// Takes what a group answered.
    pub(super) fn note(&mut self, group: &Group, consumers: Vec<ConsumerReport>, now: Instant) {
        let consumers = consumers.into_iter().map(|consumer| {
            let name = Arc::<str>::from(consumer.name);
            let name = self.names.get(&name).cloned().unwrap_or_else(|| {
                self.names.insert(Arc::clone(&name));
                name
            });
            Seen { name, pending: consumer.pending, idle: consumer.idle, worked: None }
        });
        let consumers = consumers.collect();
        let known = Known { facts: group.into(), asked: now, look: self.looks, went_on: false, consumers };
        self.groups.insert(key(group), known);
    }

    /// Who is in a group, as far as is known.
    pub(super) fn consumers(&self, group: &Group, now: Instant) -> Vec<ConsumerReport> {
        let known = self.groups.get(&key(group)).filter(|_| group.facts.consumers > 0);
        let Some(known) = known else { return Vec::new() };
        let report = |seen: &Seen| ConsumerReport {
            name: seen.name.to_string(),
            pending: seen.pending,
            idle: known.idle(seen, now),
            heartbeat: None,
            last_seen: None,
        };
        known.consumers.iter().map(report).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::StreamKey;

    /// The group `g` of a stream, with one consumer.
    fn group(stream: usize, pending: u64, last_delivered: u64) -> Group {
        Group {
            stream: StreamKey::new(&format!("event::T{stream}")).unwrap(),
            facts: SurveyedGroup {
                name: b"g".to_vec(),
                pending,
                consumers: 1,
                last_delivered: EntryId::new(last_delivered, 0),
                read: None,
                lag: Some(0),
            },
            lag: Lag::Exactly(0),
            pending: Vec::new(),
            consumers: Vec::new(),
        }
    }

    fn quiet(name: &str, seconds: u64) -> ConsumerReport {
        let idle = Duration::from_secs(seconds);
        ConsumerReport { name: name.to_owned(), pending: 0, idle, heartbeat: None, last_seen: None }
    }

    /// All of them were asked: the consumer `name` was quiet for as many seconds as the place of its group, and ten more.
    fn asked(groups: &[Group], name: impl Fn(usize) -> String, now: Instant) -> Roll {
        let mut roll = Roll::default();
        assert_eq!(roll.due(groups, now).len(), groups.len(), "nothing is known of them");
        for (at, group) in groups.iter().enumerate() {
            roll.note(group, vec![quiet(&name(at), 10 + at as u64)], now);
        }
        roll
    }

    #[test]
    fn of_thousands_of_groups_a_few_hundred_are_asked_again_in_turn() {
        let mut groups: Vec<_> = (0..2_000).map(|at| group(at, 0, 5)).collect();
        let start = Instant::now();
        let mut roll = asked(&groups, |_| "web-1".to_owned(), start);
        let mut seen = HashSet::new();
        for look in 1..=4 {
            let now = start + Duration::from_secs(10 * look);
            let due = roll.due(&groups, now);
            assert_eq!(due.len(), IN_TURN + 1);
            assert_eq!(due[0], 0, "where the consumer was seen last");
            for at in due {
                roll.note(&groups[at], vec![quiet("web-1", if at == 0 { 1 } else { 900 })], now);
                seen.insert(at);
            }
        }
        assert_eq!(seen.len(), 2_000, "each had its turn");
        // What is pending is asked whatever was asked before, and what went on comes before what did not.
        groups[7] = group(7, 3, 5);
        groups[1_998] = group(1_998, 0, 6);
        groups[1_999] = group(1_999, 0, 6);
        let due = roll.due(&groups, start + Duration::from_mins(1));
        assert_eq!(due.len(), IN_TURN + 2);
        assert!(due[0] == 7 && due.contains(&1_998) && due.contains(&1_999), "{due:?}");
    }

    #[test]
    fn none_waits_for_ever_behind_those_that_go_on_all_the_time() {
        let start = Instant::now();
        let groups = |look: u64| {
            (0..2_000).map(|at| group(at, 0, if at < 1_000 { look } else { 0 })).collect::<Vec<_>>()
        };
        let mut roll = asked(&groups(0), |_| "web-1".to_owned(), start);
        let mut seen = HashSet::new();
        for look in 1..=10 {
            let now = start + Duration::from_secs(10 * look);
            let groups = groups(look);
            for at in roll.due(&groups, now) {
                roll.note(&groups[at], vec![quiet("web-1", 1)], now);
                seen.insert(at);
            }
        }
        assert_eq!(seen.len(), 2_000);
    }

    #[test]
    fn what_was_not_asked_was_quiet_since_then_or_at_work() {
        let groups: Vec<_> = (0..2).map(|at| group(at, 0, 5)).collect();
        let start = Instant::now();
        let mut roll = asked(&groups, |at| format!("web-{at}"), start);
        let idle = |roll: &Roll, group: &Group, now| roll.consumers(group, now)[0].idle.as_secs();
        let later = start + Duration::from_secs(30);
        let _ = roll.due(&groups, later);
        assert_eq!((idle(&roll, &groups[0], later), idle(&roll, &groups[1], later)), (40, 41));
        let worked = [group(0, 0, 5), group(1, 0, 6)];
        let last = start + Duration::from_mins(20);
        let _ = roll.due(&worked, last);
        let found = [idle(&roll, &worked[0], last), idle(&roll, &worked[1], last)];
        assert_eq!(found, [1_210, 1_170], "at work since the look before");
    }

    #[test]
    fn groups_that_are_gone_are_forgotten_and_whose_consumers_changed_are_asked() {
        let groups: Vec<_> = (0..3).map(|at| group(at, 0, 5)).collect();
        let start = Instant::now();
        let mut roll = asked(&groups, |at| format!("web-{at}"), start);
        let mut other = group(2, 0, 5);
        other.facts.consumers = 2;
        let mut none = group(1, 0, 5);
        none.facts.consumers = 0;
        let now = start + Duration::from_secs(10);
        assert_eq!(roll.due(&[none, other], now), [1], "of the other one nobody is left");
        assert_eq!((roll.groups.len(), roll.names.len()), (1, 1));
    }
}
