//! A handler of tickets, to copy: it gets every ticket that is created or closed, and would send a mail about it.
//!
//! ```sh
//! cargo run --example ticket_handler                                      # on an embedded broker
//! REDIS_URL=redis://127.0.0.1:6379/0 cargo run --example ticket_handler   # on a Redis, below the prefix 'example:'
//! ```
//!
//! It publishes three tickets of its own, and ends when they are done with. A real worker goes on until it is told to
//! stop (SIGTERM, Ctrl-C), and then calls [`Worker::stop`](tidings::bus::Worker::stop): what runs may end, and the rest
//! is given to other workers at once.

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use secrecy::SecretString;
use tidings::broker::memory::MemoryBroker;
use tidings::broker::redis;
use tidings::bus::{
    Bus, Disposition, HandlerContext, HandlerError, Intake, RetryPolicy, StartAt, Subscription, TenantLock,
    typed,
};
use tidings::event::{EventType, HandlerName, NewEvent, Ticket};
use tidings::schema::{Catalogue, Registry};
use uuid::Uuid;

/// What the handler does with a ticket. It may run more than once for the same one: after a failure, or when the process
/// ended before its success was recorded. The idempotency key stays the same then.
async fn send_mail(ticket: Ticket, context: HandlerContext) -> Result<(), HandlerError> {
    if ticket.user_id.is_nil() {
        // It can never succeed: to the dead letters at once, where a person finds it.
        return Err(HandlerError::permanent("nobody to write to"));
    }
    if ticket.ticket_id.is_nil() && context.attempt() == 1 {
        // It may succeed later. So may whatever `?` passes on.
        return Err(HandlerError::retry("the mail server is busy"));
    }
    println!("mail about ticket {}, once for {}", ticket.ticket_id, context.idempotency_key());
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let bus = connect()?;

    // One consumer group on the bus: all workers of this name share its events, on as many machines as you like.
    let subscription = Subscription::new(
        HandlerName::new("ticket-mail")?,
        ["TICKET_CREATED", "TICKET_CLOSED"],
        typed(send_mail),
    )
    // A new handler begins with what comes from now on, unless it asks for what is there.
    .start(StartAt::Beginning)
    .timeout(Duration::from_secs(10))
    .concurrency(4)
    .policy(RetryPolicy {
        attempts: NonZeroU32::MIN.saturating_add(4),
        base: Duration::from_millis(100),
        ..RetryPolicy::default()
    })
    .on_attempt(|attempt| match attempt.disposition {
        Disposition::Ack => println!("done in {:?}", attempt.took),
        Disposition::RetryAfter(pause) => println!("again in {pause:?}: {}", attempt.error.join(": ")),
        Disposition::DeadLetter(_) => println!("dead letter: {}", attempt.error.join(": ")),
    });
    let worker = bus.subscribe(subscription);

    let created = EventType::new("TICKET_CREATED")?;
    for (ticket_id, user_id) in
        [(Uuid::new_v4(), Uuid::new_v4()), (Uuid::nil(), Uuid::new_v4()), (Uuid::new_v4(), Uuid::nil())]
    {
        let ticket = Ticket { tenant_id: Uuid::new_v4(), ticket_id, user_id, changes: None };
        // Checked against the schema of its type first. Publishing the same event again would make no double.
        bus.publish(&NewEvent::of(&created, Utc::now(), &ticket)?).await?;
    }

    while worker.stats().taken < 3 || worker.left().await?.is_none_or(|left| !left.is_nothing()) {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let stats = worker.stop().await?;
    println!("{} done, {} tried again, {} dead", stats.done, stats.retried, stats.dead);
    Ok(())
}

/// The bus on `REDIS_URL`, or an embedded one.
fn connect() -> Result<Bus, Box<dyn Error>> {
    // What events look like: the built-in types. A program adds its own with `Registry::add`.
    let intake = Intake::new(Arc::new(Registry::builtin(Catalogue::Native)), TenantLock::default());
    let Ok(url) = std::env::var("REDIS_URL") else {
        let broker = MemoryBroker::new(intake.clone(), Arc::new(Utc::now));
        return Ok(Bus::on(Arc::new(broker), intake));
    };
    let mut settings = redis::Settings { url: SecretString::from(url), ..redis::Settings::default() };
    // Away from whatever else is there. Leave it out for your own bus.
    "example:".clone_into(&mut settings.native.prefix);
    let session = redis::open("example", &settings, intake.clone(), false, None)?;
    Ok(Bus::of(&session, intake)?)
}
