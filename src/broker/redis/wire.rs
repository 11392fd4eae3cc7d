//! A connection on which every call has an end: a stopped server answers nothing, and nobody waits for it for ever.

use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{Cmd, Pipeline, ServerError, Value};
use tokio::time::timeout;

use super::codec::Malformed;
use super::error::classify;
use crate::bus::BusError;

/// How long an answer may take, beyond the time that a read blocks. A server that forks or runs a slow command of
/// another client stays silent for a second or so; one that is silent for three is taken for stopped.
pub(super) const ANSWER: Duration = Duration::from_secs(3);

/// A connection, where it leads, and how long it may stay silent.
pub(super) struct Wire {
    connection: MultiplexedConnection,
    target: String,
    limit: Duration,
}

impl Wire {
    /// Takes a connection to `target`. Each call ends after `limit`.
    pub(super) fn new(connection: MultiplexedConnection, target: &str, limit: Duration) -> Self {
        Self { connection, target: target.to_owned(), limit }
    }

    /// Sends a command and returns its answer. `doing` says what for: `looking for streams`.
    pub(super) async fn ask(&mut self, command: &Cmd, doing: &str) -> Result<Value, BusError> {
        self.ask_within(self.limit, command, doing).await
    }

    /// As [`Wire::ask`], with a limit of its own: for commands that block.
    pub(super) async fn ask_within(
        &mut self,
        limit: Duration,
        command: &Cmd,
        doing: &str,
    ) -> Result<Value, BusError> {
        let answer = timeout(limit, self.connection.send_packed_command(command)).await;
        match answer.map_err(|_| self.silent(limit, doing))? {
            Ok(Value::ServerError(error)) => Err(self.refused(error, doing)),
            Ok(value) => Ok(value),
            Err(error) => Err(classify(&error, &self.context(doing))),
        }
    }

    /// Sends commands at once and returns their answers in order. An answer may be a
    /// [`Value::ServerError`]: see [`Wire::refused`].
    pub(super) async fn ask_all(&mut self, commands: &Pipeline, doing: &str) -> Result<Vec<Value>, BusError> {
        if commands.is_empty() {
            return Ok(Vec::new());
        }
        let answers = self.connection.send_packed_commands(commands, 0, commands.len());
        match timeout(self.limit, answers).await.map_err(|_| self.silent(self.limit, doing))? {
            Ok(answers) if answers.len() == commands.len() => Ok(answers),
            Ok(_) => Err(self.unreadable(Malformed::COUNT, doing)),
            Err(error) => Err(classify(&error, &self.context(doing))),
        }
    }

    /// What the refusal of one command means.
    pub(super) fn refused(&self, error: ServerError, doing: &str) -> BusError {
        classify(&error.into(), &self.context(doing))
    }

    /// An answer that no Redis gives.
    pub(super) fn unreadable(&self, fault: Malformed, doing: &str) -> BusError {
        BusError::Unavailable { what: format!("{}: {fault}", self.context(doing)) }
    }

    fn silent(&self, limit: Duration, doing: &str) -> BusError {
        BusError::Unavailable { what: format!("{}: no answer within {limit:.0?}", self.context(doing)) }
    }

    fn context(&self, doing: &str) -> String {
        format!("{doing} at {}", self.target)
    }
}
