//! The connection on which a member waits for something to come. A read that blocks cannot be taken back: what it is given
//! would be ours and unknown. But the server can be told from beside to answer at once, as if the time were over.

use std::time::Duration;

use redis::{Cmd, Pipeline, Value};
use tokio::time::sleep;

use crate::broker::redis::codec;
use crate::broker::redis::commands::Commands;
use crate::broker::redis::connection::{Dialer, Role};
use crate::broker::redis::wire::{ANSWER, Wire};
use crate::bus::BusError;

const DOING: &str = "taking events";
/// How long a read may block at most: a server that says nothing is noticed by then, and as long as an answer may take.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// The same where nothing but time ends it: it holds up a worker that stops, and streams that were found since.
const LONGEST_UNTOLD: Duration = Duration::from_secs(2);
/// Between two tries to end a wait: what was told while the read was on its way reached nobody.
const TELL_AGAIN: Duration = Duration::from_millis(20);

/// A connection for reads that block: nothing else may wait behind them.
pub(super) struct Reader {
    wire: Wire,
    /// Its number with the server, where that lets us end its wait.
    number: Option<u64>,
}

impl Reader {
    /// Connects, and learns whether a wait can be ended over `commands`.
    pub(super) async fn dial(dialer: &Dialer, commands: &Commands) -> Result<Self, BusError> {
        let connection = dialer.dial(Role::Reader { block: LONGEST_WAIT }).await?;
        let mut wire = Wire::new(connection, dialer.target(), ANSWER);
        let number = match wire.ask(redis::cmd("CLIENT").arg("ID"), DOING).await {
            Ok(number) => codec::number(&number),
            Err(BusError::Refused { .. }) => None,
            Err(why) => return Err(why),
        };
        // Tried out while it does not wait, when that changes nothing: the user may lack the right, and what lies between us and
        // the server may lead each connection elsewhere.
        let number = match number {
            Some(number) => end_wait(commands, number).await?.then_some(number),
            None => None,
        };
        Ok(Self { wire, number })
    }

    /// Its number with the server, where a wait can be ended.
    pub(super) fn number(&self) -> Option<u64> {
        self.number
    }

    /// For how long a read may block that is asked to wait so long.
    pub(super) fn wait(&self, wanted: Duration) -> Duration {
        wanted.min(if self.number.is_some() { LONGEST_WAIT } else { LONGEST_UNTOLD })
    }

    /// Reads with a command that blocks for `wait`; answers sooner, and mostly nothing, once there is `enough` of that.
    pub(super) async fn read(
        &mut self,
        read: &Cmd,
        wait: Duration,
        enough: impl Future<Output = ()>,
        commands: &Commands,
    ) -> Result<Value, BusError> {
        let reading = self.wire.ask_within(wait + ANSWER, read, DOING);
        let Some(number) = self.number.filter(|_| !wait.is_zero()) else { return reading.await };
        // It is never dropped before it is answered.
        tokio::pin!(reading);
        tokio::select! {
            biased;
            answer = &mut reading => return answer,
            () = enough => {}
        }
        let telling = async {
            loop {
                // Without an answer the next try may have one; the time ends it anyway.
                let _ = end_wait(commands, number).await;
                sleep(TELL_AGAIN).await;
            }
        };
        tokio::select! {
            biased;
            answer = &mut reading => answer,
            never = telling => never,
        }
    }

    /// An answer that no Redis gives.
    pub(super) fn unreadable(&self, fault: codec::Malformed) -> BusError {
        self.wire.unreadable(fault, DOING)
    }
}

/// Lets the connection of ours with this number wait no longer. Whether that could be done: not where the user lacks the
/// right, and where there is none of ours with this number.
pub(super) async fn end_wait(commands: &Commands, number: u64) -> Result<bool, BusError> {
    // Numbers are a server's own, and another one may stand in its place: no stranger's wait is ended.
    let mut whose = redis::pipe();
    whose.cmd("CLIENT").arg("LIST").arg("ID").arg(number);
    let listed = ask(commands, &mut whose).await?.and_then(|listed| codec::bytes(listed).ok());
    let name = format!(" name={} ", Role::Reader { block: LONGEST_WAIT }.name());
    if !listed.is_some_and(|listed| String::from_utf8_lossy(&listed).contains(&name)) {
        return Ok(false);
    }
    let mut end = redis::pipe();
    end.cmd("CLIENT").arg("UNBLOCK").arg(number);
    Ok(ask(commands, &mut end).await?.is_some())
}

/// The answer to one command; `None` where it is refused.
async fn ask(commands: &Commands, pipeline: &mut Pipeline) -> Result<Option<Value>, BusError> {
    let answers = commands.pipeline(pipeline).await.map_err(|error| error.into_bus(DOING))?;
    Ok(answers.into_iter().next().and_then(Result::ok))
}
