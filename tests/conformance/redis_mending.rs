//! Streams, groups and registrations that somebody else removes, forbids or fills up on a Redis.

use tidings::bus::{HandlerError, StartAt};

use crate::events::{ACME, event, ticket, ticket_of};
use crate::handling::{Log, eventually};
use crate::harness::{Handles as _, Harness as _};
use crate::redis::NativeRedis;

#[tokio::test]
async fn a_stream_that_cannot_be_joined_holds_up_no_retry_and_is_told() {
    let harness = NativeRedis::start().await;
    let (bus, log) = (harness.bus(), Log::default());
    let failing = log.handler("robust", |_, context| async move {
        if context.attempt() == 1 { Err(HandlerError::retry("no")) } else { Ok(()) }
    });
    bus.publish(&ticket(ACME)).await.unwrap();
    let worker = bus.subscribe(failing.start(StartAt::Beginning));
    log.until(2).await;
    bus.publish(&event("TICKET_CLOSED", &ticket_of(ACME))).await.unwrap();
    let only = ["resetkeys", "~event::TICKET_CREATED*", "~event::$*"];
    harness.command(&[&["ACL", "SETUSER", "default"], &only[..]].concat()).await;
    worker.discover().await.unwrap();
    bus.publish(&ticket(ACME)).await.unwrap();
    log.until(4).await;
    let trouble = eventually("it is told", || async { worker.trouble() }).await;
    assert!(trouble.contains("event::TICKET_CLOSED") && trouble.contains("NOPERM"), "{trouble}");
    harness.command(&["ACL", "SETUSER", "default", "~*"]).await;
    log.until(6).await;
    eventually("so is its end", || async { worker.trouble().is_none().then_some(()) }).await;
    worker.stop().await.unwrap();
}

#[tokio::test]
async fn a_handler_is_registered_again_after_a_loss_of_data() {
    let harness = NativeRedis::start().await;
    let (bus, log) = (harness.bus(), Log::default());
    let registered = || async {
        let ms = harness.command(&["HGET", "event::$handlers", "robust"]).await;
        redis::from_redis_value::<Option<u64>>(ms).unwrap()
    };
    bus.publish(&ticket(ACME)).await.unwrap();
    let worker = bus.subscribe(log.noting("robust").start(StartAt::Beginning));
    log.until(1).await;
    let before = registered().await;
    harness.lose_data().await;
    bus.publish(&ticket(ACME)).await.unwrap();
    log.until(2).await;
    // Else it would begin with what comes after its next start, in streams that come meanwhile.
    let after = eventually("it is registered", registered).await;
    assert_eq!(Some(after), before);
    worker.stop().await.unwrap();
}
