//! The command connection: made when it is needed, replaced when it fails, every call under an outer time-out.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{Pipeline, RedisError, RedisResult, Value};
use tokio::time::{Instant, timeout};

use super::connection::{Dialer, Role};
use super::error::classify;
use crate::bus::{BusError, Writes, WritesRefused};

/// One command connection to a server. All its users share it.
pub(super) struct Commands {
    dialer: Dialer,
    held: Mutex<Held>,
    /// Held while dialing, so that many callers make one connection. When the last try that failed came to its end, and why.
    dialing: tokio::sync::Mutex<Option<(Instant, BusError)>>,
    writes: Writes,
}

/// The connection, and which one it is: whoever gives up an earlier one leaves a later one alone.
#[derive(Default)]
struct Held {
    connection: Option<MultiplexedConnection>,
    number: u64,
}

/// A connection, and its number.
type Numbered = (MultiplexedConnection, u64);

/// Why a call failed, and whether the server may have carried it out.
#[derive(Debug)]
pub(super) enum CallError {
    /// Nothing was sent.
    NotSent(BusError),
    /// It was sent, and no answer came: nobody knows.
    Unknown(BusError),
    /// The server answered with an error.
    Answered(RedisError),
}

impl CallError {
    /// As an error for people.
    pub(super) fn into_bus(self, what: &str) -> BusError {
        match self {
            Self::NotSent(error) | Self::Unknown(error) => error,
            Self::Answered(error) => classify(&error, what),
        }
    }
}

impl Commands {
    /// No connection is made yet.
    pub(super) fn new(dialer: Dialer) -> Self {
        Self {
            dialer,
            held: Mutex::default(),
            dialing: tokio::sync::Mutex::default(),
            writes: Writes::default(),
        }
    }

    /// Whether writes are taken, as far as its answers told.
    pub(super) fn writes(&self) -> &Writes {
        &self.writes
    }

    /// Where it connects to, without any password.
    pub(super) fn target(&self) -> &str {
        self.dialer.target()
    }

    /// How long a call may take.
    pub(super) fn patience(&self) -> Duration {
        self.dialer.command_timeout()
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn present(&self) -> Option<Numbered> {
        let held = self.held();
        held.connection.clone().map(|connection| (connection, held.number))
    }

    async fn connection(&self) -> Result<Numbered, BusError> {
        if let Some(present) = self.present() {
            return Ok(present);
        }
        let asked = Instant::now();
        let mut failed = self.dialing.lock().await;
        // Who waited shares what came of the try before: a connection,
        if let Some(present) = self.present() {
            return Ok(present);
        }
        // or none: tries of a hundred handlers, one after the other, would take a hundred time-outs.
        if let Some((ended, why)) = &*failed
            && *ended > asked
        {
            return Err(why.clone());
        }
        match self.dialer.dial(Role::Command).await {
            Ok(connection) => {
                let mut held = self.held();
                held.number += 1;
                Ok((held.connection.insert(connection).clone(), held.number))
            }
            Err(why) => {
                *failed = Some((Instant::now(), why.clone()));
                Err(why)
            }
        }
    }

    /// Makes a connection if none is held.
    pub(super) async fn reach(&self) -> Result<(), BusError> {
        self.connection().await.map(|_| ())
    }

    /// Lets go of a connection, unless another one took its place already.
    fn forget(&self, number: u64) {
        let mut held = self.held();
        if held.number == number {
            held.connection = None;
        }
    }

    /// Sends a pipeline and answers with each command's own result.
    pub(super) async fn pipeline(
        &self,
        pipeline: &mut Pipeline,
    ) -> Result<Vec<RedisResult<Value>>, CallError> {
        let (mut connection, number) = self.connection().await.map_err(CallError::NotSent)?;
        pipeline.ignore_errors();
        let call = timeout(self.patience(), pipeline.query_async(&mut connection)).await;
        let results: Vec<RedisResult<Value>> = self.judge(call, number)?;
        let codes = results.iter().filter_map(|result| result.as_ref().err()?.code());
        if let Some(why) = codes.filter_map(WritesRefused::of_code).next_back() {
            self.writes.refused(why);
            // It was the primary before, or is none any more: whoever has its name by now is found by connecting anew.
            if why == WritesRefused::ReadOnly {
                self.forget(number);
            }
        }
        Ok(results)
    }

    /// Sends a pipeline, nothing for an empty one: each command's own result, as the server gave it. `doing` says what for:
    /// `counting entries`.
    pub(super) async fn results(
        &self,
        pipeline: &mut Pipeline,
        doing: &str,
    ) -> Result<Vec<RedisResult<Value>>, BusError> {
        if pipeline.is_empty() {
            return Ok(Vec::new());
        }
        self.pipeline(pipeline).await.map_err(|error| error.into_bus(&self.context(doing)))
    }

    /// As [`Commands::results`], with the errors for people.
    pub(super) async fn ask_each(
        &self,
        pipeline: &mut Pipeline,
        doing: &str,
    ) -> Result<Vec<Result<Value, BusError>>, BusError> {
        Ok(self.read(self.results(pipeline, doing).await?, doing))
    }

    /// `results` with the errors for people.
    pub(super) fn read(&self, results: Vec<RedisResult<Value>>, doing: &str) -> Vec<Result<Value, BusError>> {
        results.into_iter().map(|result| result.map_err(|error| self.refused(&error, doing))).collect()
    }

    /// As [`Commands::ask_each`], where one refusal is the end of it.
    pub(super) async fn ask(&self, pipeline: &mut Pipeline, doing: &str) -> Result<Vec<Value>, BusError> {
        self.ask_each(pipeline, doing).await?.into_iter().collect()
    }

    /// What it means that the server refused a command.
    pub(super) fn refused(&self, error: &RedisError, doing: &str) -> BusError {
        classify(error, &self.context(doing))
    }

    /// What was being done, and where, for errors.
    pub(super) fn context(&self, doing: &str) -> String {
        format!("{doing} at {}", self.target())
    }

    fn judge<T>(
        &self,
        call: Result<RedisResult<T>, tokio::time::error::Elapsed>,
        number: u64,
    ) -> Result<T, CallError> {
        let error = match call {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) if error.code().is_some() => return Err(CallError::Answered(error)),
            Ok(Err(error)) => classify(&error, self.target()),
            Err(_) => BusError::Unavailable { what: format!("{}: no answer in time", self.target()) },
        };
        // Without an answer the connection is of no more use: the next call makes a new one.
        self.forget(number);
        Err(CallError::Unknown(error))
    }
}
