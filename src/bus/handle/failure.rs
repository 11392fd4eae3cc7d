//! How an attempt fails, and what its handler says is to be done about it.

use std::error::Error;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::text::{show_duration, whole_ms};

/// The most texts of an error's chain that are kept.
const MAX_CHAIN: usize = 32;
/// The most bytes that are kept of each.
const MAX_TEXT: usize = 16 * 1024;

/// Why a handler could not do its work, and whether it should be tried again. Any error becomes one that is retried,
/// so that `?` does the careful thing.
///
/// ```
/// use std::time::Duration;
/// use tidings::bus::{HandlerError, Remedy};
///
/// fn send() -> Result<(), HandlerError> {
///     let port: u16 = "x".parse()?;
///     assert!(port > 0);
///     Ok(())
/// }
/// assert_eq!(send().unwrap_err().remedy(), Remedy::Retry);
/// assert_eq!(HandlerError::permanent("no such mailbox").remedy(), Remedy::Never);
/// let busy = HandlerError::retry_after("greylisted", Duration::from_secs(60));
/// assert_eq!(busy.chain(), ["greylisted"]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandlerError {
    kind: FailureKind,
    remedy: Remedy,
    chain: Vec<String>,
}

/// What is to be done about a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// Try again, when the retry policy says so.
    Retry,
    /// Try again, no sooner than after this long.
    RetryAfter(Duration),
    /// It can never succeed.
    Never,
}

impl HandlerError {
    /// It may succeed later.
    pub fn retry(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(Remedy::Retry, error)
    }

    /// It may succeed, but no sooner than after `pause`.
    pub fn retry_after(error: impl Into<Box<dyn Error + Send + Sync>>, pause: Duration) -> Self {
        Self::new(Remedy::RetryAfter(pause), error)
    }

    /// It can never succeed: to the dead letters at once.
    pub fn permanent(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { kind: FailureKind::Permanent, ..Self::new(Remedy::Never, error) }
    }

    /// Its time was over before it had done its work: for handlers that look at the deadline themselves, and have more
    /// to say than that.
    pub fn overtime(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { kind: FailureKind::TimedOut, ..Self::new(Remedy::Retry, error) }
    }

    /// It took longer than the `limit`.
    pub(super) fn timed_out(limit: Duration) -> Self {
        let limit = Duration::from_millis(whole_ms(limit));
        let text = format!("no end within {}", show_duration(limit));
        Self { kind: FailureKind::TimedOut, remedy: Remedy::Retry, chain: vec![text] }
    }

    /// Its code broke off with this message.
    pub(in crate::bus) fn panicked(message: &str) -> Self {
        let text = format!("panicked: {}", cut(message));
        Self { kind: FailureKind::Panicked, remedy: Remedy::Retry, chain: vec![text] }
    }

    fn new(remedy: Remedy, error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { kind: FailureKind::Error, remedy, chain: chain(&*error.into()) }
    }

    /// As it is remembered: an attempt that ended at `at` and took `took`.
    pub fn failure(&self, at: DateTime<Utc>, took: Duration) -> Failure {
        let ms = whole_ms(took);
        Failure { at, ms, kind: self.kind, error: self.chain.clone() }
    }

    /// How the attempt failed.
    pub fn kind(&self) -> FailureKind {
        self.kind
    }

    /// What is to be done about it.
    pub fn remedy(&self) -> Remedy {
        self.remedy
    }

    /// What happened, and what caused that, and so on. At least one text; hostile, like all that comes from outside.
    pub fn chain(&self) -> &[String] {
        &self.chain
    }
}

impl<E: Error + Send + Sync + 'static> From<E> for HandlerError {
    fn from(error: E) -> Self {
        Self::retry(error)
    }
}

fn chain(error: &(dyn Error + 'static)) -> Vec<String> {
    let mut chain = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next
        && chain.len() < MAX_CHAIN
    {
        chain.push(cut(&error.to_string()));
        next = error.source();
    }
    chain
}

/// At most so much of a text as is kept.
pub(super) fn cut(text: &str) -> String {
    text[..text.floor_char_boundary(MAX_TEXT)].to_owned()
}

/// How an attempt failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// The handler said so.
    Error,
    /// The handler said so, and that it can never succeed.
    Permanent,
    /// It took longer than it may.
    TimedOut,
    /// The handler's code broke off.
    Panicked,
    /// The process that ran it ended, or stalled for longer than its lease.
    Crashed,
}

/// A failed attempt, as it is remembered with its event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// When it ended.
    pub at: DateTime<Utc>,
    /// How long it took, in milliseconds.
    pub ms: u64,
    /// How it failed.
    pub kind: FailureKind,
    /// What happened, and what caused that, and so on.
    pub error: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("sending failed")]
    struct Outer(#[source] std::io::Error);

    #[test]
    fn the_whole_chain_is_kept() {
        let error = HandlerError::from(Outer(std::io::Error::other("connection refused")));
        assert_eq!(error.chain(), ["sending failed", "connection refused"]);
        let long = HandlerError::retry("é".repeat(MAX_TEXT));
        assert_eq!(long.chain()[0].len(), MAX_TEXT);
    }

    #[test]
    fn a_failure_is_written_as_the_wire_format_says() {
        let failure = Failure {
            at: DateTime::from_timestamp(1_795_462_958, 0).unwrap(),
            ms: 12,
            kind: FailureKind::TimedOut,
            error: vec!["a".to_owned()],
        };
        let json = serde_json::to_string(&failure).unwrap();
        assert_eq!(json, r#"{"at":"2026-11-23T19:42:38Z","ms":12,"kind":"timed-out","error":["a"]}"#);
        assert_eq!(serde_json::from_str::<Failure>(&json).unwrap(), failure);
    }
}
