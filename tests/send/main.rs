//! Sending many, and truthfully: what is said of each event is what lies in Redis, whatever is killed or cut in between.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "all of this is tests; a failing one must say where"
)]

mod alga;
#[cfg(feature = "cli")]
mod file;
mod killed;
#[path = "../support/proxy.rs"]
mod proxy;
#[path = "../support/redis_server.rs"]
mod redis_server;
mod rights;
#[path = "../support/sessions.rs"]
mod sessions;

use std::sync::Arc;

use tidings::bus::{Form, PublishError, Published, Publisher};
use tidings::event::NewEvent;

/// What is published of one event.
async fn publish(
    publisher: &Arc<dyn Publisher>,
    event: &NewEvent,
    form: Form,
) -> Result<Published, PublishError> {
    let mut answers = publisher.publish(std::slice::from_ref(event), form).await;
    assert_eq!(answers.len(), 1);
    answers.remove(0)
}
