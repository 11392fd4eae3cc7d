//! The handlers of the demo: run by the library as any program would run them, on the demo's own bus.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::mishap::{Course, Trade};
use crate::broker::memory::MemoryBroker;
use crate::bus::{
    Bus, HandlerContext, HandlerError, Inspector, Intake, RetryPolicy, StartAt, Subscription, TenantLock,
    Worker,
};
use crate::event::{Event, HandlerName};

/// A handler as it is employed.
struct Post {
    name: &'static str,
    types: &'static [&'static str],
    trade: Trade,
    concurrency: usize,
    /// The machines that run it, one worker each.
    hosts: &'static [&'static str],
    start: StartAt,
}

const WEB: &[&str] = &["web-1", "web-2"];
const JOBS: &[&str] = &["jobs-1"];

/// Some begin with the history that is there: they catch up while a person looks.
const POSTS: [Post; 6] = [
    Post {
        name: "ticket-email",
        types: &["TICKET_*"],
        trade: Trade::Mail,
        concurrency: 8,
        hosts: WEB,
        start: StartAt::New,
    },
    Post {
        name: "search-index",
        types: &["TICKET_*", "PROJECT_*"],
        trade: Trade::Index,
        concurrency: 4,
        hosts: JOBS,
        start: StartAt::Beginning,
    },
    Post {
        name: "sla",
        types: &["TICKET_UPDATED"],
        trade: Trade::Levels,
        concurrency: 2,
        hosts: JOBS,
        start: StartAt::Beginning,
    },
    Post {
        name: "chat-notify",
        types: &["TICKET_CREATED", "PROJECT_*"],
        trade: Trade::Chat,
        concurrency: 2,
        hosts: WEB,
        start: StartAt::New,
    },
    Post {
        name: "ledger-sync",
        types: &["INVOICE_*", "TIME_ENTRY_APPROVED"],
        trade: Trade::Ledger,
        concurrency: 2,
        hosts: &["ledger-1"],
        start: StartAt::Beginning,
    },
    Post {
        name: "audit-log",
        types: &["*"],
        trade: Trade::Audit,
        concurrency: 4,
        hosts: JOBS,
        start: StartAt::New,
    },
];

/// Less patient than real handlers, so that a whole story is over while a person looks.
fn policy() -> RetryPolicy {
    RetryPolicy {
        attempts: NonZeroU32::new(5).unwrap_or(NonZeroU32::MIN),
        cap: Duration::from_secs(30),
        ..RetryPolicy::default()
    }
}

/// How long an attempt may take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// How long attempts may go on when the demo ends: a person waits for its end.
const GRACE: Duration = Duration::from_millis(200);

/// How long after a look it is looked again whether they work.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// Runs them all on `broker` until `stop`; ends when each has left.
pub(super) async fn work(broker: MemoryBroker, intake: Intake, seed: u64, stop: CancellationToken) {
    let workers: Vec<Worker> = POSTS.iter().flat_map(|post| employ(post, &broker, &intake, seed)).collect();
    stop.cancelled().await;
    let leaving: Vec<_> = workers.into_iter().map(|worker| tokio::spawn(worker.stop())).collect();
    for leaving in leaving {
        // On a bus in memory there is nothing that they could not do, and nobody who would have to know.
        let _ = leaving.await;
    }
}

/// Waits until each handler has somebody who works for it.
pub(super) async fn are_at_work(inspector: &dyn Inspector) {
    loop {
        // On a bus in memory there is nothing that could fail to be looked at.
        let handlers = inspector.handlers().await.map(|looked| looked.found).unwrap_or_default();
        let is_at_work = |post: &Post| {
            // Not only joined: who was not heard of yet is not known to live.
            handlers.iter().any(|report| {
                let heard = report.consumers.iter().filter(|consumer| consumer.heartbeat.is_some());
                report.name == post.name && heard.count() >= post.hosts.len()
            })
        };
        if POSTS.iter().all(is_at_work) {
            return;
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

fn employ(post: &Post, broker: &MemoryBroker, intake: &Intake, seed: u64) -> Vec<Worker> {
    // Every name is a good one, as a test makes sure.
    let Ok(name) = HandlerName::new(post.name) else { return Vec::new() };
    let trade = post.trade;
    let work = move |event: Arc<Event>, context: HandlerContext| async move {
        attempt(trade, seed, &event, &context).await
    };
    let subscription = Subscription::new(name, post.types, work)
        .start(post.start)
        .policy(policy())
        .timeout(TIMEOUT)
        .concurrency(post.concurrency)
        .grace(GRACE);
    // A tenant lock holds for who watches: handlers work for all.
    let intake = Intake::new(Arc::clone(intake.registry()), TenantLock::default());
    let bus = |host| Bus::on(Arc::new(broker.at_host(host)), intake.clone());
    post.hosts.iter().map(|host| bus(host).subscribe(subscription.clone())).collect()
}

/// Takes the time that it takes, and ends as it ends.
async fn attempt(
    trade: Trade,
    seed: u64,
    event: &Event,
    context: &HandlerContext,
) -> Result<(), HandlerError> {
    let Course { takes, ends } = trade.course(seed, event, context.attempt());
    tokio::select! {
        () = context.cancelled().cancelled() => Err(HandlerError::retry("told to stop")),
        () = tokio::time::sleep(takes) => ends.map_err(super::mishap::Mishap::error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_handler_has_a_name_that_can_be_registered() {
        for post in &POSTS {
            assert_eq!(HandlerName::new(post.name).unwrap().as_str(), post.name);
            assert!(!post.hosts.is_empty() && !post.types.is_empty(), "{}", post.name);
        }
    }
}
