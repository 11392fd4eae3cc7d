//! How long a person waits for a first connection. Making one has several stages (name look-up, the way there, TLS, signing in),
//! each with a limit of its own; whoever asks for the first time bounds all of them together.

use std::cell::Cell;

use tokio::time::Instant;

tokio::task_local! {
    static UNTIL: Cell<Option<Instant>>;
}

/// Asks a broker. Connections that `asking` makes must stand by `end`; once one does, others may take their usual time.
pub async fn first_contact_by<T>(end: Instant, asking: impl Future<Output = T>) -> T {
    UNTIL.scope(Cell::new(Some(end)), asking).await
}

/// By when a connection must stand that is made now; `None` where nobody set an end.
pub(crate) fn first_contact_until() -> Option<Instant> {
    UNTIL.try_with(Cell::get).ok().flatten()
}

/// A connection stands.
pub(crate) fn first_contact_made() {
    // Where nobody set an end there is nothing to lift.
    let _ = UNTIL.try_with(|until| until.set(None));
}
