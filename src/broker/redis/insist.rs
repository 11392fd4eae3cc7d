//! Sending again what got no answer, where that does no harm: so that 'unknown' becomes known where the server comes back
//! within the command time-out.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};

use super::commands::{CallError, Commands};
use crate::bus::BusError;

/// How often an unanswered send is sent again by itself, and how long each waits before.
const RESENDS: [Duration; 2] = [Duration::from_millis(200), Duration::from_secs(1)];

/// There was no answer in the end.
#[derive(Debug)]
pub(super) struct Unanswered {
    /// Why.
    pub(super) why: BusError,
    /// Whether the server may have carried it out.
    pub(super) in_doubt: bool,
}

/// Attempts at one thing, the first of which may have been carried out.
pub(super) struct Insistence<'a> {
    commands: &'a Commands,
    pauses: &'static [Duration],
    end: Instant,
    doubt: Option<BusError>,
}

impl<'a> Insistence<'a> {
    /// Begins now. Only where sending it `again` does no harm there is more than one attempt.
    pub(super) fn new(commands: &'a Commands, again: bool) -> Self {
        let pauses: &[Duration] = if again { &RESENDS } else { &[] };
        Self { commands, pauses, end: Instant::now() + commands.patience(), doubt: None }
    }

    /// Whether an attempt was left without an answer: the server may have carried it out, whatever it says to a later one.
    pub(super) fn in_doubt(&self) -> bool {
        self.doubt.is_some()
    }

    /// Makes an attempt. `None`: it is to be made again.
    pub(super) async fn hold<T>(
        &mut self,
        attempt: impl Future<Output = Result<T, CallError>>,
    ) -> Option<Result<T, Unanswered>> {
        let attempted = match &self.doubt {
            None => attempt.await,
            Some(why) => match timeout_at(self.end, attempt).await {
                Ok(attempted) => attempted,
                Err(_) => Err(CallError::Unknown(why.clone())),
            },
        };
        let error = match attempted {
            Ok(answer) => return Some(Ok(answer)),
            Err(error) => error,
        };
        if let CallError::Unknown(why) = &error {
            self.doubt.get_or_insert_with(|| why.clone());
        }
        let in_doubt = self.in_doubt();
        if let Some((pause, later)) = self.pauses.split_first()
            && in_doubt
            && Instant::now() + *pause < self.end
        {
            self.pauses = later;
            sleep(*pause).await;
            return None;
        }
        Some(Err(Unanswered { why: error.into_bus(self.commands.target()), in_doubt }))
    }
}
