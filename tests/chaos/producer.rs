//! Producers: they publish with the library, and remember what Redis answered.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use chrono::Utc;
use tidings::bus::{Form, PublishError, Published, Publisher};
use tidings::event::{EntryId, EventId, EventType, NewEvent};
use uuid::Uuid;

use crate::seed::Chance;
use crate::sessions::{native, session};
use crate::worker::{ATTEMPTS, Poison, Rule};

pub(crate) const TYPES: [&str; 3] = ["TICKET_CREATED", "TICKET_UPDATED", "PROJECT_CREATED"];
const BATCH: usize = 10;
const EVERY: Duration = Duration::from_millis(40);
const PATIENCE: Duration = Duration::from_mins(1);

/// What events ask of their handlers, in percent.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Rates {
    /// The longest attempt of most, in milliseconds.
    pub(crate) ms: u64,
    /// How many take up to a hundred times as long.
    pub(crate) slow: u64,
    pub(crate) failing: u64,
    pub(crate) hopeless: u64,
    pub(crate) permanent: u64,
}

/// A new event, and what it asks of its handlers.
pub(crate) fn compose(chance: &mut Chance, rates: Rates) -> (NewEvent, Rule) {
    let mut rule = Rule { ms: chance.below(rates.ms + 1), ..Rule::default() };
    if chance.percent(rates.slow) {
        rule.ms = chance.below(100 * rates.ms + 1);
    }
    if chance.percent(rates.failing) {
        rule.fails = 1 + u32::try_from(chance.below(u64::from(ATTEMPTS) - 1)).unwrap();
    }
    if chance.percent(rates.hopeless) {
        rule.fails = ATTEMPTS;
    }
    rule.permanent = chance.percent(rates.permanent);
    (with(chance, rule), rule)
}

/// A new event with this rule.
pub(crate) fn with(chance: &mut Chance, rule: Rule) -> NewEvent {
    let event_type = EventType::new(TYPES[chance.index(TYPES.len())]).unwrap();
    let (id, other) = (chance.uuid(), chance.uuid());
    let payload = serde_json::json!({
        "tenantId": "189c996e-43d3-4c53-9f4e-dbe5c1c5e9e6",
        "ticketId": other,
        "projectId": other,
        "userId": other,
        "rule": rule,
    });
    NewEvent::compose(EventId::from(id), &event_type, Utc::now(), &payload.to_string()).unwrap()
}

/// What was sent, and what is known of it.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    /// Every event, and what it asks of its handlers.
    pub(crate) rules: HashMap<Uuid, Rule>,
    /// Where Redis said that it lies.
    pub(crate) accepted: HashMap<Uuid, (String, EntryId)>,
    /// In the form `batch`, without an answer: it may lie there.
    pub(crate) unknown: HashSet<Uuid>,
    /// Not sent: it is certain that it lies nowhere.
    pub(crate) refused: HashSet<Uuid>,
    /// Events in the form `once` whose answer was lost, and which were there when they were sent again.
    pub(crate) repeated: u64,
}

impl Sent {
    pub(crate) fn merge(&mut self, other: Self) {
        self.rules.extend(other.rules);
        self.accepted.extend(other.accepted);
        self.unknown.extend(other.unknown);
        self.refused.extend(other.refused);
        self.repeated += other.repeated;
    }

    fn note(&mut self, published: &Published) {
        self.repeated += u64::from(published.repeated);
        let place = (published.stream.as_str().to_owned(), published.entry);
        self.accepted.insert(published.event.uuid(), place);
    }
}

/// Publishes all the time, now in one form, now in the other.
pub(crate) struct Producer {
    stop: Arc<AtomicBool>,
    accepted: Arc<AtomicU64>,
    thread: JoinHandle<Sent>,
}

impl Producer {
    /// Every `poison`th event is one that ends its process.
    pub(crate) fn start(url: &str, chance: Chance, rates: Rates, poison: Option<u64>) -> Self {
        let (stop, accepted) = (Arc::<AtomicBool>::default(), Arc::<AtomicU64>::default());
        let publisher = session(&native(url)).publisher.unwrap();
        let thread = thread::spawn({
            let (stop, accepted) = (Arc::clone(&stop), Arc::clone(&accepted));
            move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                let mut line = Line { publisher, chance, rates, poison, sent: Sent::default() };
                runtime.block_on(line.run(&stop, &accepted));
                line.sent
            }
        });
        Self { stop, accepted, thread }
    }

    /// How many were accepted.
    pub(crate) fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::SeqCst)
    }

    /// Waits until so many more are accepted.
    pub(crate) fn wait_for_more(&self, more: u64) {
        let (goal, deadline) = (self.accepted() + more, Instant::now() + PATIENCE);
        while self.accepted() < goal {
            assert!(Instant::now() < deadline, "the producer gets no answers");
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Whether it has ended, which it is told to: when everything in the form `once` is certain.
    pub(crate) fn has_ended(&self) -> bool {
        self.stop.store(true, Ordering::SeqCst);
        self.thread.is_finished()
    }

    /// Ends, when everything in the form `once` is certain.
    pub(crate) fn finish(self) -> Sent {
        self.stop.store(true, Ordering::SeqCst);
        self.thread.join().unwrap()
    }
}

struct Line {
    publisher: Arc<dyn Publisher>,
    chance: Chance,
    rates: Rates,
    poison: Option<u64>,
    sent: Sent,
}

impl Line {
    async fn run(&mut self, stop: &AtomicBool, accepted: &AtomicU64) {
        while !stop.load(Ordering::SeqCst) {
            let events: Vec<NewEvent> = (0..BATCH).map(|_| self.event()).collect();
            if self.chance.percent(50) {
                self.batch(&events).await;
            } else {
                self.once(&events).await;
            }
            accepted.store(self.sent.accepted.len() as u64, Ordering::SeqCst);
            tokio::time::sleep(EVERY).await;
        }
    }

    fn event(&mut self) -> NewEvent {
        let (mut event, mut rule) = compose(&mut self.chance, self.rates);
        if self.poison.is_some_and(|nth| (self.sent.rules.len() as u64 + 1).is_multiple_of(nth)) {
            rule.poison = if self.chance.percent(50) { Poison::Before } else { Poison::After };
            event = with(&mut self.chance, rule);
        }
        self.sent.rules.insert(event.id().uuid(), rule);
        event
    }

    async fn batch(&mut self, events: &[NewEvent]) {
        let answers = self.publisher.publish(events, Form::Batch).await;
        for (event, answer) in events.iter().zip(answers) {
            match answer {
                Ok(published) => self.sent.note(&published),
                Err(PublishError::Unknown(_)) => drop(self.sent.unknown.insert(event.id().uuid())),
                Err(PublishError::NotSent(_)) => drop(self.sent.refused.insert(event.id().uuid())),
                Err(other) => panic!("{other}"),
            }
        }
    }

    /// Again and again, until each is accepted: that makes no double.
    async fn once(&mut self, events: &[NewEvent]) {
        let (mut left, deadline) = (events.to_vec(), Instant::now() + PATIENCE);
        while !left.is_empty() {
            assert!(Instant::now() < deadline, "what is sent in the form 'once' is never accepted");
            let answers = self.publisher.publish(&left, Form::Once).await;
            let answered = left.into_iter().zip(answers);
            left = answered
                .filter_map(|(event, answer)| match answer {
                    Ok(published) => {
                        self.sent.note(&published);
                        None
                    }
                    Err(PublishError::Unknown(_) | PublishError::NotSent(_)) => Some(event),
                    Err(other) => panic!("{other}"),
                })
                .collect();
            if !left.is_empty() {
                tokio::time::sleep(EVERY).await;
            }
        }
    }
}
