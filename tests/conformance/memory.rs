//! The embedded broker under test.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tidings::broker::memory::{Arrival, MemoryBroker, Place};
use tidings::bus::{Bus, Claim, Consumer, Intake, NextStep, Session, TenantLock};
use tidings::event::{EntryId, Field};
use tidings::schema::Registry;

use crate::events::open;
use crate::harness::{Dead, Fails, Handles, Harness, Told};

pub(crate) struct MemoryHarness {
    pub(crate) broker: MemoryBroker,
    /// By how many milliseconds its clock is ahead.
    ahead: Arc<AtomicI64>,
}

impl Harness for MemoryHarness {
    const COUNTS_TRIMMED: bool = true;

    async fn start() -> Self {
        let intake = Intake::new(Arc::new(Registry::default()), TenantLock::default());
        let ahead = Arc::<AtomicI64>::default();
        let hands = Arc::clone(&ahead);
        let clock = move || Utc::now() + TimeDelta::milliseconds(hands.load(Ordering::SeqCst));
        Self { broker: MemoryBroker::new(intake, Arc::new(clock)), ahead }
    }

    async fn stop(self) {}

    fn session(&self, intake: Intake) -> Session {
        self.broker.through(intake).session("memory")
    }

    async fn append(&self, place: &Place, ms: Option<u64>, entries: Vec<Vec<Field>>) -> Vec<EntryId> {
        let arrivals = entries.into_iter().map(|fields| Arrival { place: place.clone(), fields }).collect();
        let at = ms.map_or_else(Utc::now, |ms| DateTime::from_timestamp_millis(ms.cast_signed()).unwrap());
        self.broker.append_at(at, arrivals)
    }

    async fn go_down(&self) {
        self.broker.faults().down("told to");
    }

    async fn come_back(&self) {
        self.broker.faults().up();
    }

    async fn lose_data(&self) {
        self.broker.faults().lose_data();
    }

    async fn trim(&self, place: &Place, keep: usize) {
        self.broker.faults().trim(place.stream(), keep);
    }
}

impl Handles for MemoryHarness {
    fn bus(&self) -> Bus {
        Bus::on(Arc::new(self.broker.through(open())), open())
    }

    fn consumer(&self) -> Arc<dyn Consumer> {
        Arc::new(self.broker.through(open()))
    }

    async fn dead_letters(&self) -> Vec<Dead> {
        let letters = self.broker.dead_letters().into_iter().map(|letter| Dead {
            handler: letter.handler.to_string(),
            source: letter.source,
            fields: letter.fields.to_vec(),
            attempts: letter.attempts,
            reason: letter.reason.unwrap(),
            error: letter.error,
            history: letter.history,
        });
        letters.collect()
    }

    async fn failures(&self) -> Vec<Told> {
        let told = self.broker.failures().into_iter().map(|failed| Told {
            handler: failed.handler.to_string(),
            event: failed.event.unwrap().to_string(),
            event_type: failed.event_type.unwrap().to_string(),
            tenant: failed.tenant.unwrap().as_str().to_owned(),
            attempt: failed.attempt,
            error: failed.error,
            next: if matches!(failed.next, NextStep::Retry(_)) { "retry" } else { "dead" }.to_owned(),
        });
        told.collect()
    }
}

impl Fails for MemoryHarness {
    /// The clock moves on: everything ages.
    async fn neglect(&self, _: &Claim, _: &str, _: &str, idle: Duration) {
        self.ahead.fetch_add(i64::try_from(idle.as_millis()).unwrap(), Ordering::SeqCst);
    }

    fn read_only(&self, why: &str) -> Session {
        self.session(open()).read_only(why)
    }
}
