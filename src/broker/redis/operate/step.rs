//! Sending steps, and reading what their scripts answer.

use redis::{RedisError, Value};

use super::RedisOperator;
use crate::broker::redis::codec;
use crate::broker::redis::error::classify;
use crate::broker::redis::insist::{Insistence, Unanswered};
use crate::broker::redis::script::{Call, send_all};
use crate::bus::{ActionError, BusError, Writes, WritesRefused};
use crate::text::display_safe;

/// How many steps go into one pipeline.
const PIPELINE: usize = 200;

/// What is to be done about one event.
pub(super) enum Step<T, A> {
    /// This call, and what its answer is read with.
    Send(Call, T),
    /// Nothing: the answer is known.
    Known(Result<A, ActionError>),
}

/// What it proves of the server that a step was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    /// It adds something: any write would be taken.
    Adds,
    /// It needs no memory, and is done also where there is none.
    Frees,
}

impl<T, A> Step<T, A> {
    /// The call, or the reason why there is none.
    pub(super) fn of(ready: Result<(Call, T), ActionError>) -> Self {
        match ready {
            Ok((call, what)) => Self::Send(call, what),
            Err(why) => Self::Known(Err(why)),
        }
    }
}

impl RedisOperator {
    /// Makes `steps`, and answers for each, in their order. A pipeline without an answer is sent again, which the steps
    /// allow. Fails as a whole only where certainly nothing was done.
    pub(super) async fn carry_out<T, A>(
        &self,
        steps: Vec<Step<T, A>>,
        doing: &str,
        proof: Proof,
        read: impl Fn(T, Answer) -> Result<A, ActionError>,
    ) -> Result<Vec<Result<A, ActionError>>, BusError> {
        let mut calls = Vec::new();
        let mut places = Vec::with_capacity(steps.len());
        for step in steps {
            places.push(match step {
                Step::Send(call, what) => {
                    calls.push(call);
                    Ok(what)
                }
                Step::Known(answer) => Err(answer),
            });
        }
        let mut results = self.send(&calls, doing).await?.into_iter();
        let lost = || ActionError::Unknown("the answer was lost".to_owned());
        let mut taken = None;
        let mut answer = |what| {
            let value = results.next().unwrap_or_else(|| Err(lost()))?;
            read(what, Answer::of(value, self.commands.target())?)
        };
        let answers = places
            .into_iter()
            .map(|place| match place {
                Err(known) => known,
                Ok(what) => {
                    let answer = answer(what);
                    taken = took(&answer).or(taken);
                    answer
                }
            })
            .collect();
        if taken == Some(true) {
            proof.tell(self.commands.writes());
        }
        Ok(answers)
    }

    /// Sends `calls` in pipelines, one behind the other.
    pub(super) async fn send(
        &self,
        calls: &[Call],
        doing: &str,
    ) -> Result<Vec<Result<Value, ActionError>>, BusError> {
        let what = format!("{doing} at {}", self.commands.target());
        let mut answers = Vec::with_capacity(calls.len());
        for chunk in calls.chunks(PIPELINE) {
            let mut insistence = Insistence::new(&self.commands, true);
            let sent = loop {
                if let Some(sent) = insistence.hold(send_all(&self.commands, chunk)).await {
                    break sent;
                }
            };
            match sent {
                Ok(results) => {
                    let in_doubt = insistence.in_doubt();
                    let refused = |error| doubted(refused(&error, &what), in_doubt);
                    answers.extend(results.into_iter().map(|result| result.map_err(refused)));
                }
                Err(Unanswered { why, in_doubt: false }) if answers.is_empty() => return Err(why),
                Err(Unanswered { why, .. }) => {
                    // The rest is not even tried: it would wait as long, and be as unknown.
                    let unknown = ActionError::Unknown(why.what().to_owned());
                    answers.resize_with(calls.len(), || Err(unknown.clone()));
                    return Ok(answers);
                }
            }
        }
        Ok(answers)
    }
}

impl Proof {
    /// Tells that a step was done.
    fn tell(self, writes: &Writes) {
        match self {
            Self::Adds => writes.taken(),
            Self::Frees => writes.looks_well(|why| why != WritesRefused::Memory),
        }
    }
}

/// Whether the server took the write of a step; `None` where there was none, or nobody knows.
fn took<A>(answer: &Result<A, ActionError>) -> Option<bool> {
    match answer {
        Ok(_) => Some(true),
        Err(ActionError::NotNow(_)) => Some(false),
        Err(_) => None,
    }
}

/// What it means for one event that the server refused its step.
pub(super) fn refused(error: &RedisError, what: &str) -> ActionError {
    match classify(error, what) {
        // What has no code is no answer of the server.
        BusError::Unavailable { what } if error.code().is_none() => ActionError::Unknown(what),
        BusError::Unavailable { what } => ActionError::NotNow(what),
        BusError::Refused { what, next } if cannot_write(error) => {
            ActionError::NotNow(format!("{what}; {next}"))
        }
        BusError::Refused { what, next } => ActionError::Refused(format!("{what}; {next}")),
        BusError::Fatal { what, next } => ActionError::Denied(format!("{what}; {next}")),
        BusError::Unsupported(what) => ActionError::Refused(what),
    }
}

/// What a refusal means where an attempt before it was left without an answer: that one may have been carried out, and a
/// server that loads its data, say, tells nothing of it. Doing it again finds out.
fn doubted(refusal: ActionError, in_doubt: bool) -> ActionError {
    match refusal {
        ActionError::NotNow(why) | ActionError::Refused(why) | ActionError::Denied(why) if in_doubt => {
            ActionError::Unknown(why)
        }
        refusal => refusal,
    }
}

/// The same of an error that a script has caught. Its text holds no payload; its first word is the code.
pub(super) fn refused_within(error: &str) -> ActionError {
    let code = error.split_whitespace().next().unwrap_or_default();
    let what = format!("the server refused to write it ({})", display_safe(code));
    if is_passing(code) { ActionError::NotNow(what) } else { ActionError::Refused(what) }
}

/// Whether the server would refuse any other write as well, and may take them again by itself.
fn cannot_write(error: &RedisError) -> bool {
    error.code().is_some_and(is_passing)
}

fn is_passing(code: &str) -> bool {
    matches!(code, "OOM" | "READONLY" | "MISCONF" | "NOREPLICAS")
}

/// What a script answered: a word, and what belongs to it.
pub(super) struct Answer {
    pub(super) word: String,
    parts: Vec<Value>,
    target: String,
}

impl Answer {
    fn of(value: Value, target: &str) -> Result<Self, ActionError> {
        let mut parts = codec::list(value).map_err(|_| strange(target))?;
        if parts.is_empty() {
            return Err(strange(target));
        }
        let word = codec::text(&parts.remove(0)).ok_or_else(|| strange(target))?.to_owned();
        Ok(Self { word, parts, target: target.to_owned() })
    }

    /// The `at`-th part behind the word, as text; what is not UTF-8 of it is replaced.
    pub(super) fn text(&self, at: usize) -> Result<String, ActionError> {
        match self.parts.get(at) {
            Some(Value::BulkString(bytes)) => Ok(String::from_utf8_lossy(bytes).into_owned()),
            _ => Err(self.strange()),
        }
    }

    /// The `at`-th part behind the word, as a number.
    pub(super) fn number(&self, at: usize) -> Result<u64, ActionError> {
        self.parts.get(at).and_then(codec::number).ok_or_else(|| self.strange())
    }

    /// An answer that no script of ours gives.
    pub(super) fn strange(&self) -> ActionError {
        strange(&self.target)
    }

    /// What the words mean that several scripts answer with.
    pub(super) fn refusal(&self) -> ActionError {
        let unsuitable = |why: &str| ActionError::Unsuitable(why.to_owned());
        match self.word.as_str() {
            "gone" => ActionError::Gone,
            "moved on" => ActionError::MovedOn,
            "trimmed" => ActionError::Trimmed,
            "wide" => unsuitable("it has more fields than one command can write"),
            "bodiless" => {
                unsuitable("its body is gone from the schedule, or cannot be read: nothing is left of it")
            }
            _ => self.strange(),
        }
    }
}

fn strange(target: &str) -> ActionError {
    ActionError::Unknown(format!("{target} gave an answer that is not understood"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_script_was_refused_may_pass_or_not() {
        let not_now = refused_within("OOM command not allowed when used memory > 'maxmemory'.");
        assert!(matches!(&not_now, ActionError::NotNow(why) if why.contains("(OOM)")), "{not_now}");
        for other in ["ERR too many \u{1b}[2J", "", "NOPERM no permissions"] {
            let refused = refused_within(other);
            assert!(matches!(refused, ActionError::Refused(_)) && !refused.is_passing(), "{refused}");
        }
    }
}
