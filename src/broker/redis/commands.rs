//! The command connection: made when it is needed, replaced when it fails, every call under an outer time-out.

use redis::aio::MultiplexedConnection;
use redis::{Pipeline, RedisError, RedisResult, Value};
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::connection::{Dialer, Role};
use super::error::classify;
use crate::bus::BusError;

/// One command connection to a server. All its users share it.
pub(super) struct Commands {
    dialer: Dialer,
    held: Mutex<Option<MultiplexedConnection>>,
}

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
        Self { dialer, held: Mutex::new(None) }
    }

    /// Where it connects to, without any password.
    pub(super) fn target(&self) -> &str {
        self.dialer.target()
    }

    async fn connection(&self) -> Result<MultiplexedConnection, BusError> {
        // Held while dialing, so that many callers make one connection.
        let mut held = self.held.lock().await;
        if let Some(connection) = &*held {
            return Ok(connection.clone());
        }
        let connection = self.dialer.dial(Role::Command).await?;
        Ok(held.insert(connection).clone())
    }

    async fn forget(&self) {
        *self.held.lock().await = None;
    }

    /// Sends a pipeline and answers with each command's own result.
    pub(super) async fn pipeline(
        &self,
        pipeline: &mut Pipeline,
    ) -> Result<Vec<RedisResult<Value>>, CallError> {
        let mut connection = self.connection().await.map_err(CallError::NotSent)?;
        pipeline.ignore_errors();
        let patience = self.dialer.command_timeout();
        let call = timeout(patience, pipeline.query_async(&mut connection)).await;
        self.judge(call).await
    }

    async fn judge<T>(
        &self,
        call: Result<RedisResult<T>, tokio::time::error::Elapsed>,
    ) -> Result<T, CallError> {
        let error = match call {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) if error.code().is_some() => return Err(CallError::Answered(error)),
            Ok(Err(error)) => classify(&error, self.target()),
            Err(_) => BusError::Unavailable { what: format!("{}: no answer in time", self.target()) },
        };
        // Without an answer the connection is of no more use: the next call makes a new one.
        self.forget().await;
        Err(CallError::Unknown(error))
    }
}
