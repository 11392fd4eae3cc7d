//! Believable traffic: a day at a few managed service providers, on the embedded broker, for trying Tidings without
//! a Redis. The same seed and clock give the same day.
//!
//! [`Day`] plans what happens and when, without a clock; [`start`] puts some minutes of history on a bus, plays the
//! day on it, and runs handlers that work, fail and try again.

mod cast;
mod crew;
mod day;
mod desk;
mod flaw;
mod mishap;
mod mood;
mod random;
mod ticket;
mod traffic;
mod words;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::broker::memory::{Clock, MemoryBroker};
use crate::bus::{Intake, Session};
use crate::event::TenantLabels;

pub use cast::labels;
pub use day::{Day, Kind, Planned, What};

/// What the demo is like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Events a second on the average; bursts and quiet spells lie above and below. From 0.01 to 1,000,000.
    pub rate: f64,
    /// Which day it is: the same seed plays the same one.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { rate: 12.0, seed: 0 }
    }
}

/// A demo that runs.
pub struct Demo {
    /// The bus as an open context.
    pub session: Session,
    /// The names of its tenants.
    pub labels: TenantLabels,
    /// The bus itself, which can be made to fail.
    pub broker: MemoryBroker,
    /// Plays the day; ends when it is told to stop.
    pub traffic: JoinHandle<()>,
    /// Runs the handlers; ends when it is told to stop and each of them has left.
    pub crew: JoinHandle<()>,
}

/// Starts a demo: a bus with some minutes of history, traffic on it and handlers of it until `stop`. Needs a tokio
/// runtime.
///
/// A tenant lock of `intake` holds for who watches and publishes; the day and the handlers go on for all tenants.
pub fn start(settings: Settings, intake: Intake, clock: Clock, stop: CancellationToken) -> Demo {
    let labels = labels();
    let locked_to = intake.lock().tenants().map(|tenant| labels.show(tenant.as_str())).collect();
    let broker = MemoryBroker::new(intake.clone(), clock.clone());
    let mut session = broker.session("demo");
    session.info.locked_to = locked_to;
    let (backlog, traffic) = traffic::Traffic::with_backlog(settings, clock());
    for (at, arrival) in backlog {
        broker.append_at(at, vec![arrival]);
    }
    let traffic = tokio::spawn(traffic.play(broker.clone(), clock, stop.clone()));
    let crew = tokio::spawn(crew::work(broker.clone(), intake, settings.seed, stop));
    Demo { session, labels, broker, traffic, crew }
}

/// Waits until all handlers of the demo behind `session` work: they join a moment after it was started.
pub async fn are_at_work(session: &Session) {
    crew::are_at_work(session.inspector.as_ref()).await;
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Arc;
    use std::time::Duration;

    use chrono::Utc;
    use tokio::sync::mpsc;

    use super::*;
    use crate::bus::{
        Because, BusSignal, FailedQuery, FailedSource, Link, Origin, RetryOrder, Runs, Start, TenantLock,
        Watch,
    };
    use crate::event::Entry;
    use crate::schema::{Catalogue, Registry};

    async fn next_entries(signals: &mut mpsc::Receiver<BusSignal>) -> (Origin, Vec<Entry>) {
        loop {
            match signals.recv().await.expect("the demo goes on") {
                BusSignal::Entries(batch) => return (batch.origin, batch.entries),
                BusSignal::Link(Link::Down { why, .. }) => panic!("{why}"),
                _ => {}
            }
        }
    }

    #[tokio::test]
    async fn all_handlers_are_at_work_when_they_are_waited_for() {
        let intake = Intake::new(Arc::new(Registry::builtin(Catalogue::Native)), TenantLock::default());
        let stop = CancellationToken::new();
        let demo = start(Settings::default(), intake, Arc::new(Utc::now), stop.clone());
        are_at_work(&demo.session).await;
        let handlers = demo.session.inspector.handlers().await.unwrap().found;
        let at_work = handlers
            .iter()
            .filter(|handler| handler.consumers.iter().any(|consumer| consumer.heartbeat.is_some()))
            .count();
        assert_eq!((handlers.len(), at_work), (6, 6));
        stop.cancel();
        demo.crew.await.unwrap();
    }

    #[tokio::test]
    async fn a_demo_has_a_past_goes_on_and_stops() {
        let lock = TenantLock::to(labels().find("acme msp"));
        let intake = Intake::new(Arc::new(Registry::builtin(Catalogue::Native)), lock);
        let stop = CancellationToken::new();
        let settings = Settings { rate: 2_000.0, seed: 0 };
        let demo = start(settings, intake, Arc::new(Utc::now), stop.clone());
        assert_eq!(
            (demo.session.info.name.as_str(), &demo.session.info.locked_to[..]),
            ("demo", &["Acme MSP".to_owned()][..])
        );
        let (out, mut signals) = mpsc::channel(4);
        let watch = Watch::following(Start::Last(400));
        let observer = demo.session.observer.clone();
        let observing = tokio::spawn({
            let stop = stop.clone();
            async move { observer.observe(watch, out, stop).await }
        });
        let (origin, history) = next_entries(&mut signals).await;
        assert_eq!(origin, Origin::History);
        assert!(history.is_sorted_by_key(|entry| entry.id));
        let (origin, live) = loop {
            let next = next_entries(&mut signals).await;
            if next.0 == Origin::Live {
                break next;
            }
        };
        assert_eq!(origin, Origin::Live);
        for entry in history.iter().chain(&live) {
            let tenant = entry.tenant.as_ref().map(crate::event::TenantId::as_str);
            assert_eq!(demo.labels.label(tenant.unwrap()), Some("Acme MSP"), "others never enter");
        }
        // Handlers work for all tenants, and the library sees them fail.
        loop {
            next_entries(&mut signals).await;
            let failures = demo.broker.failures();
            let failing: BTreeSet<_> = failures.iter().map(|failure| failure.handler.as_str()).collect();
            let tenants: BTreeSet<_> =
                failures.iter().filter_map(|failure| failure.tenant.as_ref()).collect();
            if failing.is_superset(&["sla", "ticket-email"].into()) && tenants.len() > 1 {
                break;
            }
        }
        stop.cancel();
        demo.traffic.await.unwrap();
        demo.crew.await.unwrap();
        assert_eq!(observing.await.unwrap(), Ok(()));
    }

    #[tokio::test]
    async fn its_dead_letters_are_listed_and_can_be_retried() {
        let intake = Intake::new(Arc::new(Registry::builtin(Catalogue::Native)), TenantLock::default());
        let stop = CancellationToken::new();
        let demo = start(Settings { rate: 2_000.0, seed: 0 }, intake, Arc::new(Utc::now), stop.clone());
        let query = FailedQuery { at_most: Some(1), ..FailedQuery::of([FailedSource::DeadLetters]) };
        let letter = async {
            loop {
                let (out, mut pages) = mpsc::channel(8);
                demo.session.failed.read(&query, out).await.unwrap();
                if let Some(letter) = pages.recv().await.and_then(|page| page.events.into_iter().next()) {
                    return letter;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let letter = tokio::time::timeout(Duration::from_mins(1), letter).await.expect("something fails");
        let order = RetryOrder::new(letter.at, Runs::Failed);
        let operator = demo.session.operator.clone().unwrap();
        let answers = operator.retry(&[order], &Because::default()).await.unwrap();
        assert!(matches!(&answers[..], [Ok(retried)] if retried.event == letter.event), "{answers:?}");
        stop.cancel();
        demo.traffic.await.unwrap();
        demo.crew.await.unwrap();
    }
}
