//! What a program's end means.

use std::fmt;
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;
use std::time::Duration;

use super::telling::telling;
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

/// The error of a program. What it said of it comes first: that is why it failed, and the beginning is what a line of
/// a list has room for.
#[derive(Debug, thiserror::Error)]
pub(super) struct Ended {
    program: String,
    how: String,
    #[source]
    said: Option<Said>,
    /// Whether it was ended, by us or by a signal: then that is why, and not what it said before.
    by_force: bool,
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = self.said.as_ref().filter(|_| !self.by_force);
        match said.and_then(|said| telling(&said.text)) {
            Some(why) => write!(f, "{why} ('{}' {})", self.program, self.how),
            None => write!(f, "'{}' {}", self.program, self.how),
        }
    }
}

/// The end of what a program wrote, and where: hostile text.
#[derive(Debug, thiserror::Error)]
#[error("{stream}: {text}")]
pub(super) struct Said {
    pub(super) stream: &'static str,
    pub(super) text: String,
}

impl Ended {
    pub(super) fn new(program: &str, how: String, said: Option<Said>) -> Self {
        Self { program: program.to_owned(), how, said, by_force: false }
    }

    fn by_others(self) -> Self {
        Self { by_force: true, ..self }
    }
}

impl Exit {
    /// Whether the program did its work.
    pub(super) fn is_success(&self) -> bool {
        matches!(self, Self::By(Ok(status)) if status.success())
    }

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
                return Err(HandlerError::overtime(ended(how).by_others()));
            }
            Self::Cancelled => {
                let how = "was ended: the attempt was cancelled".to_owned();
                return Err(HandlerError::retry(ended(how).by_others()));
            }
        };
        match status.code() {
            Some(0) => Ok(()),
            Some(code) if NEVER.contains(&code) => {
                Err(HandlerError::permanent(ended(format!("ended with code {code}, never again"))))
            }
            Some(TRY_AGAIN) => {
                Err(HandlerError::retry(ended(format!("ended with code {TRY_AGAIN}, try again"))))
            }
            Some(code) => Err(HandlerError::retry(ended(format!("ended with code {code}")))),
            None => {
                let signal = status.signal().map_or_else(|| "a signal".to_owned(), |n| format!("signal {n}"));
                Err(HandlerError::retry(ended(format!("was killed by {signal}")).by_others()))
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
            (code(75), Remedy::Retry, FailureKind::Error, "'p' ended with code 75, try again"),
            (code(65), Remedy::Never, FailureKind::Permanent, "'p' ended with code 65, never again"),
            (code(78), Remedy::Never, FailureKind::Permanent, "'p' ended with code 78, never again"),
            (code(1), Remedy::Retry, FailureKind::Error, "'p' ended with code 1"),
            (code(127), Remedy::Retry, FailureKind::Error, "'p' ended with code 127"),
            (by(9), Remedy::Retry, FailureKind::Error, "'p' was killed by signal 9"),
            (Exit::OutOfTime, Remedy::Retry, FailureKind::TimedOut, "'p' was ended: its time of 30s is over"),
        ] {
            let said = Some(Said { stream: "stderr", text: "a line\nno such user".to_owned() });
            let judged = exit.judge(Duration::from_secs(30), |how| Ended::new("p", how, said));
            let error = judged.unwrap_err();
            assert_eq!((error.remedy(), error.kind()), (remedy, kind), "{text}");
            let why = if text.contains(" was ") { text.to_owned() } else { format!("no such user ({text})") };
            assert_eq!(error.chain(), [why.as_str(), "stderr: a line\nno such user"]);
        }
        let silent = code(1).judge(Duration::ZERO, |how| Ended::new("p", how, None)).unwrap_err();
        assert_eq!(silent.chain(), ["'p' ended with code 1"]);
        assert!(code(0).judge(Duration::ZERO, |how| Ended::new("p", how, None)).is_ok());
    }
}
