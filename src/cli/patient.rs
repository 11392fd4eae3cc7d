//! Waiting for a first connection.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::args::Patience;
use super::desk::Desk;
use super::exit::Stop;
use crate::bus::{BusError, first_contact_by};

/// How long to wait before it is tried again.
pub(super) const PAUSE: Duration = Duration::from_millis(250);

/// Asks until there is an answer, an error that waiting cannot mend, or the patience is at its end. That bounds all that it
/// takes to connect, and nothing that is asked once there is a connection. `None` when Ctrl-C came first.
pub(super) async fn patiently<T, F>(
    patience: Patience,
    desk: &Desk<'_>,
    ask: impl Fn() -> F,
) -> Result<Option<T>, Stop>
where
    F: Future<Output = Result<T, BusError>>,
{
    let end = Instant::now() + patience.connect_timeout;
    let asking = async {
        loop {
            match first_contact_by(end, ask()).await {
                Err(BusError::Unavailable { .. }) if Instant::now() + PAUSE < end => sleep(PAUSE).await,
                answer => return answer,
            }
        }
    };
    tokio::select! {
        answer = asking => Ok(Some(answer?)),
        () = desk.stop.cancelled() => Ok(None),
    }
}
