//! Remembers what became of each event that was published.

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

/// Keeps what became of events in the history of a context. That this fails is no reason to stop.
pub(super) struct Remembering {
    store: Arc<dyn Store>,
    context: String,
    clock: Clock,
    /// Why nothing is remembered any more.
    trouble: Mutex<Option<String>>,
}

impl Remembering {
    fn new(store: Arc<dyn Store>, context: &str, clock: Clock) -> Self {
        Self { store, context: context.to_owned(), clock, trouble: Mutex::default() }
    }

    /// In the history of the context of this run.
    pub(super) fn here(contexts: &Contexts, desk: &Desk<'_>) -> Self {
        let effective = contexts.effective();
        Self::new(store(effective), &effective.context, Arc::clone(&desk.clock))
    }

    /// Tells why not everything was remembered, if so.
    pub(super) fn tell(&self, desk: &mut Desk<'_>) {
        if let Some(why) = self.trouble() {
            desk.notes.say(&format!("not remembered in the history: {why}"));
        }
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
        if self.trouble().is_some() {
            return;
        }
        let at = (self.clock)();
        // What the config redacts is the store's business.
        let redaction = Redaction::default();
        let lines: Vec<_> = events
            .iter()
            .zip(answers)
            .map(|(event, answer)| Sent::of(event, answer, at).to_line(&redaction))
            .collect();
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
