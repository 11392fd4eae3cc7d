//! What the server told, or that it would not.

use redis::{ServerError, Value};

use super::finding::note;
use crate::broker::redis::asker::{Asker, Reply};
use crate::broker::redis::dry_run::rule;
use crate::bus::{BusError, Finding, Unseen};
use crate::text::display_safe;

/// A fact, or why it is not known.
pub(in crate::broker::redis) type Seen<T> = Result<T, Refusal>;

/// The server refused a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::broker::redis) struct Refusal {
    /// The command: `CONFIG GET`.
    command: &'static str,
    code: String,
}

impl Refusal {
    pub(super) fn new(command: &'static str, code: &str) -> Self {
        Self { command, code: code.to_owned() }
    }

    /// That something cannot be seen, and which right is lacking.
    pub(super) fn finding(&self, check: &'static str) -> Finding {
        let Unseen { why, next, .. } = self.unseen(check);
        Finding { is_unseen: true, ..note(check, why, next.as_deref()) }
    }

    /// The same, as what a check lacks.
    pub(in crate::broker::redis) fn unseen(&self, check: &'static str) -> Unseen {
        let Self { command, code } = self;
        let code = display_safe(code);
        if code == "NOPERM" {
            let rule = rule(command);
            Unseen {
                check,
                why: format!("cannot be seen: the user may not run {command} (NOPERM)"),
                next: Some(format!("grant {rule} to see it")),
            }
        } else {
            let why = format!("cannot be seen: this server refuses {command} ({code})");
            Unseen { check, why, next: None }
        }
    }
}

/// Tells a refusal of `command` from a server that is not able to answer at all.
pub(in crate::broker::redis) fn seen(
    asker: &Asker,
    reply: Reply,
    command: &'static str,
    doing: &str,
) -> Result<Seen<Value>, BusError> {
    match reply {
        Ok(value) => Ok(Ok(value)),
        Err(error) => refusal(asker, error, command, doing).map(Err),
    }
}

fn refusal(
    asker: &Asker,
    error: ServerError,
    command: &'static str,
    doing: &str,
) -> Result<Refusal, BusError> {
    let refusal = Refusal::new(command, error.code());
    match asker.refused(error, doing) {
        error @ BusError::Unavailable { .. } => Err(error),
        _ => Ok(refusal),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_lacking_right_can_be_granted() {
        let denied = Refusal::new("CONFIG GET", "NOPERM").finding("persistence");
        assert_eq!(denied.mend.as_deref(), Some("grant +config|get to see it"));
        let renamed = Refusal::new("CONFIG GET", "ERR").finding("persistence");
        assert_eq!(renamed.mend, None);
        assert!(renamed.found.contains("CONFIG GET (ERR)"), "{}", renamed.found);
    }
}
