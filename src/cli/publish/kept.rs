//! Remembers what became of each event that was published.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use super::overheard::Ear;
use crate::broker::memory::Clock;
use crate::bus::{PublishError, Published, Store};
use crate::cli::connect::Contexts;
use crate::cli::desk::Desk;
use crate::cli::store::store;
use crate::compose::{Redaction, Sent};
use crate::event::NewEvent;
use crate::text::plural;

/// Keeps what became of events in the history of a context. That this fails is no reason to stop.
pub(super) struct Remembering {
    store: Arc<dyn Store>,
    context: String,
    clock: Clock,
    /// Whether the config wants a history.
    is_enabled: bool,
    /// Whether only that is remembered of which nobody knows if it was published.
    is_of_doubts: bool,
    /// How many were not remembered, as they were published like those before them.
    passed_over: AtomicU64,
    left: AtomicU64,
    /// Why nothing is remembered any more.
    trouble: Mutex<Option<String>>,
}

/// So many published events of one run are remembered: copies must not push everything else out of a history.
const REMEMBERED: u64 = 100;

impl Remembering {
    fn new(store: Arc<dyn Store>, context: &str, clock: Clock) -> Self {
        Self {
            store,
            context: context.to_owned(),
            clock,
            is_enabled: true,
            is_of_doubts: false,
            passed_over: AtomicU64::new(0),
            left: AtomicU64::new(REMEMBERED),
            trouble: Mutex::default(),
        }
    }

    /// In the history of the context of this run.
    pub(super) fn here(contexts: &Contexts, desk: &Desk<'_>) -> Self {
        let effective = contexts.effective();
        let here = Self::new(store(effective), &effective.context, Arc::clone(&desk.clock));
        Self { is_enabled: effective.config.history.enabled, ..here }
    }

    /// The same, of lines of a file, which remembers them itself: only that of which nobody knows if it was published.
    pub(super) fn doubts(contexts: &Contexts, desk: &Desk<'_>) -> Self {
        Self { is_of_doubts: true, ..Self::here(contexts, desk) }
    }

    /// Tells why not everything was remembered, if so.
    pub(super) fn tell(&self, desk: &mut Desk<'_>) {
        if let Some(why) = self.trouble() {
            desk.notes.say(&format!("not remembered in the history: {why}"));
        }
        match self.passed_over.load(Ordering::Relaxed) {
            0 => {}
            more => desk.notes.say(&format!(
                "only the first {REMEMBERED} that were published go into the history: {} not in it",
                plural(more, "more is", "more are")
            )),
        }
    }

    /// Whether one more that was published is remembered.
    fn has_room(&self) -> bool {
        let one_less = |left: u64| left.checked_sub(1);
        let has_room = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).is_ok();
        self.passed_over.fetch_add(u64::from(!has_room), Ordering::Relaxed);
        has_room
    }

    /// Why not everything was remembered, if so.
    fn trouble(&self) -> Option<String> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Ear for Remembering {
    async fn hear(&self, events: &[NewEvent], answers: &[Result<Published, PublishError>]) {
        // A disk that makes one batch wait makes each of them wait.
        if !self.is_enabled || self.trouble().is_some() {
            return;
        }
        let at = (self.clock)();
        // What the config redacts is the store's business.
        let redaction = Redaction::default();
        let lines: Vec<_> = events
            .iter()
            .zip(answers)
            .filter(|(_, answer)| match answer {
                Err(PublishError::Unknown(_)) => true,
                _ if self.is_of_doubts => false,
                answer => answer.is_err() || self.has_room(),
            })
            .map(|(event, answer)| Sent::of(event, answer, at).to_line(&redaction))
            .collect();
        if lines.is_empty() {
            return;
        }
        if let Err(error) = self.store.keep_sent(&self.context, &lines).await {
            *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::Utc;

    use super::super::overheard::Overheard;
    use super::*;
    use crate::broker::memory::MemoryBroker;
    use crate::bus::{Form, Intake, MemoryStore, Publisher as _, TenantLock};
    use crate::cli::test_desk::TestDesk;
    use crate::compose::Outcome;
    use crate::event::{EventId, EventType};
    use crate::schema::{Catalogue, Registry};

    fn event(event_type: &str) -> NewEvent {
        let event_type = EventType::new(event_type).unwrap();
        let payload = r#"{"tenantId":"acme","password":"hunter2"}"#;
        NewEvent::compose(EventId::random(), &event_type, Utc::now(), payload).unwrap()
    }

    fn remembering(broker: &MemoryBroker, store: &Arc<MemoryStore>) -> Arc<Overheard<Remembering>> {
        let ear = Remembering::new(Arc::clone(store) as _, "prod", Arc::new(Utc::now));
        Overheard::by(ear, Arc::new(broker.clone()))
    }

    fn broker() -> MemoryBroker {
        let intake = Intake::new(Arc::new(Registry::builtin(Catalogue::Native)), TenantLock::default());
        MemoryBroker::new(intake, Arc::new(Utc::now))
    }

    #[tokio::test]
    async fn each_outcome_is_remembered_without_secrets() {
        let (broker, store) = (broker(), Arc::new(MemoryStore::default()));
        let remembering = remembering(&broker, &store);
        let events = [event("ANY"), event("TICKET_CREATED")];
        remembering.publish(&events, Form::Once).await;
        remembering.publish(&events[..1], Form::Once).await;
        broker.faults().lose_answers(1);
        remembering.publish(&[event("ANY")], Form::Once).await;
        let lines = store.sent("prod", 9).await.unwrap();
        assert!(!lines.concat().contains("hunter2"), "{lines:?}");
        let sent: Vec<_> = lines.iter().rev().map(|line| Sent::read(line).unwrap()).collect();
        let words: Vec<_> = sent.iter().map(|sent| sent.outcome.word()).collect();
        assert_eq!(words, ["published", "not-sent", "repeated", "unknown"]);
        assert_eq!((sent[0].event, sent[0].entry), (events[0].id(), sent[2].entry));
        let Outcome::NotSent(why) = &sent[1].outcome else { panic!() };
        assert!(why.contains("/payload/ticketId: expected"), "{why}");
        assert_eq!(remembering.ear.trouble(), None);
    }

    #[tokio::test]
    async fn copies_leave_room_in_the_history_and_what_went_wrong_is_always_in_it() {
        let (broker, store) = (broker(), Arc::new(MemoryStore::default()));
        let remembering = remembering(&broker, &store);
        for _ in 0..3 {
            let events: Vec<_> = (0..60).map(|_| event("ANY")).collect();
            remembering.publish(&events, Form::Once).await;
        }
        broker.faults().lose_answers(1);
        remembering.publish(&[event("ANY")], Form::Once).await;
        let lines = store.sent("prod", 999).await.unwrap();
        assert_eq!(lines.len(), 101);
        assert_eq!(Sent::read(&lines[0]).unwrap().outcome.word(), "unknown");
        let mut test = TestDesk::text();
        test.run(|desk| remembering.ear.tell(desk));
        assert_eq!(
            test.notes(),
            "only the first 100 that were published go into the history: 80 more are not in it\n"
        );
    }

    #[tokio::test]
    async fn what_cannot_be_remembered_is_published_all_the_same() {
        let (broker, store) = (broker(), Arc::new(MemoryStore::default()));
        let remembering = remembering(&broker, &store);
        store.fail(Some("the disk is full"));
        assert!(remembering.publish(&[event("ANY")], Form::Once).await[0].is_ok());
        store.fail(None);
        assert!(remembering.publish(&[event("ANY")], Form::Once).await[0].is_ok());
        assert_eq!(remembering.ear.trouble().as_deref(), Some("the disk is full"));
        assert_eq!(store.sent("prod", 9).await.unwrap(), [""; 0], "it does not try again each time");
    }
}
