//! What a program's end means.

use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;
use std::time::Duration;

use crate::bus::HandlerError;
use crate::text::show_duration;

/// `EX_TEMPFAIL`: try again.
const TRY_AGAIN: i32 = 75;
/// `EX_DATAERR` and `EX_CONFIG`: it can never succeed.
const NEVER: [i32; 2] = [65, 78];

/// How a program ended.
#[derive(Debug)]
pub(super) enum Exit {
    /// By itself, or by a signal of somebody else.
    By(io::Result<ExitStatus>),
    /// Its time was over.
    OutOfTime,
    /// The attempt is of no more use.
    Cancelled,
}

/// The error of a program, with what it said last.
#[derive(Debug, thiserror::Error)]
#[error("'{program}' {how}")]
pub(super) struct Ended {
    program: String,
    how: String,
    #[source]
    said: Option<Said>,
}

/// The end of what a program wrote: hostile text.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Said(pub(super) String);

impl Ended {
    pub(super) fn new(program: &str, how: String, said: Option<Said>) -> Self {
        Self { program: program.to_owned(), how, said }
    }
}

impl Exit {
    /// 0 is done, 65 and 78 are never to be tried again, all else is.
    pub(super) fn judge(
        self,
        limit: Duration,
        ended: impl FnOnce(String) -> Ended,
    ) -> Result<(), HandlerError> {
        let status = match self {
            Self::By(Ok(status)) => status,
            Self::By(Err(error)) => {
                return Err(HandlerError::retry(ended(format!("cannot be waited for: {error}"))));
            }
            Self::OutOfTime => {
                let how = format!("was ended: its time of {} is over", show_duration(limit));
                return Err(HandlerError::overtime(ended(how)));
            }
            Self::Cancelled => {
                return Err(HandlerError::retry(ended("was ended: the attempt was cancelled".to_owned())));
            }
        };
        match status.code() {
            Some(0) => Ok(()),
            Some(code) if NEVER.contains(&code) => {
                Err(HandlerError::permanent(ended(format!("ended with {code} (never again)"))))
            }
            Some(TRY_AGAIN) => Err(HandlerError::retry(ended(format!("ended with {TRY_AGAIN} (try again)")))),
            Some(code) => Err(HandlerError::retry(ended(format!("ended with {code}")))),
            None => {
                let signal = status.signal().map_or_else(|| "a signal".to_owned(), |n| format!("signal {n}"));
                Err(HandlerError::retry(ended(format!("was killed by {signal}"))))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bus::{FailureKind, Remedy};

    #[test]
    fn exit_codes_say_what_is_to_be_done() {
        let by = |raw| Exit::By(Ok(ExitStatus::from_raw(raw)));
        let code = |code: i32| by(code << 8);
        for (exit, remedy, kind, text) in [
            (code(75), Remedy::Retry, FailureKind::Error, "'p' ended with 75 (try again)"),
            (code(65), Remedy::Never, FailureKind::Permanent, "'p' ended with 65 (never again)"),
            (code(78), Remedy::Never, FailureKind::Permanent, "'p' ended with 78 (never again)"),
            (code(1), Remedy::Retry, FailureKind::Error, "'p' ended with 1"),
            (code(127), Remedy::Retry, FailureKind::Error, "'p' ended with 127"),
            (by(9), Remedy::Retry, FailureKind::Error, "'p' was killed by signal 9"),
            (Exit::OutOfTime, Remedy::Retry, FailureKind::TimedOut, "'p' was ended: its time of 30s is over"),
        ] {
            let said = Some(Said("stderr: x".to_owned()));
            let judged = exit.judge(Duration::from_secs(30), |how| Ended::new("p", how, said));
            let error = judged.unwrap_err();
            assert_eq!((error.remedy(), error.kind()), (remedy, kind), "{text}");
            assert_eq!(error.chain(), [text, "stderr: x"]);
        }
        assert!(code(0).judge(Duration::ZERO, |how| Ended::new("p", how, None)).is_ok());
    }
}
