//! The connection for looking a bus over: made when it is needed, kept while it answers, and without a way to write.

use redis::{Pipeline, ServerError, Value};
use tokio::sync::Mutex;

use super::codec::Malformed;
use super::connection::{Dialer, Role};
use super::discovery::{Discovery, Pass};
use super::profile::Layout;
use super::question::Question;
use super::refusals::Refusals;
use super::wire::Wire;
use crate::bus::BusError;

/// What the server said to one question.
pub(super) type Reply = Result<Value, ServerError>;

/// Keeps a connection for looking from one look to the next.
pub(super) struct Askers {
    dialer: Dialer,
    held: Mutex<Option<Asker>>,
}

impl Askers {
    /// No connection is made yet.
    pub(super) fn new(dialer: Dialer) -> Self {
        Self { dialer, held: Mutex::new(None) }
    }

    /// A connection that answers.
    pub(super) async fn take(&self) -> Result<Asker, BusError> {
        if let Some(mut held) = self.held.lock().await.take()
            && held.ask(&Question::ping(), "looking whether the server answers").await.is_ok()
        {
            held.refusals.look_anew();
            return Ok(held);
        }
        let connection = self.dialer.dial(Role::Command).await?;
        let wire = Wire::new(connection, self.dialer.target(), self.dialer.command_timeout());
        Ok(Asker { wire, refusals: Refusals::default() })
    }

    /// Keeps `asker` for the next look. One that failed is not given back, so that the next look dials anew.
    pub(super) async fn give_back(&self, asker: Asker) {
        *self.held.lock().await = Some(asker);
    }
}

/// A connection that takes questions and nothing else.
pub(super) struct Asker {
    wire: Wire,
    /// What need not be asked, as it was refused.
    refusals: Refusals,
}

impl Asker {
    /// Asks one question. `doing` says what for: `counting entries`.
    pub(super) async fn ask(&mut self, question: &Question, doing: &str) -> Result<Reply, BusError> {
        let mut replies = self.ask_all(std::slice::from_ref(question), doing).await?;
        replies.pop().ok_or_else(|| self.unreadable(Malformed::COUNT, doing))
    }

    /// Asks `questions` at once; the replies come in their order. A command that was refused is not sent again in the same
    /// look.
    pub(super) async fn ask_all(
        &mut self,
        questions: &[Question],
        doing: &str,
    ) -> Result<Vec<Reply>, BusError> {
        let mut replies: Vec<Option<Reply>> = vec![None; questions.len()];
        let first = self.refusals.tried_first(questions);
        self.send(questions, first, &mut replies, doing).await?;
        for (reply, question) in replies.iter_mut().zip(questions) {
            if reply.is_none() {
                *reply = self.refusals.of(question).map(Err);
            }
        }
        let rest = (0..questions.len()).filter(|at| replies[*at].is_none()).collect();
        self.send(questions, rest, &mut replies, doing).await?;
        let replies: Option<Vec<_>> = replies.into_iter().collect();
        replies.ok_or_else(|| self.unreadable(Malformed::COUNT, doing))
    }

    /// Sends the questions at `places` in one pipeline, and puts their replies there.
    async fn send(
        &mut self,
        questions: &[Question],
        places: Vec<usize>,
        replies: &mut [Option<Reply>],
        doing: &str,
    ) -> Result<(), BusError> {
        if places.is_empty() {
            return Ok(());
        }
        let mut pipeline = Pipeline::with_capacity(places.len());
        for at in &places {
            pipeline.add_command(questions[*at].command().clone());
        }
        let answers = self.wire.ask_all(&pipeline, doing).await?;
        for (at, answer) in places.into_iter().zip(answers) {
            let reply = match answer {
                Value::ServerError(error) => Err(error),
                value => Ok(value),
            };
            self.refusals.note(&questions[at], &reply);
            replies[at] = Some(reply);
        }
        Ok(())
    }

    /// Asks `questions`, so many at a time; each reply comes with what its question was about.
    pub(super) async fn ask_about<T>(
        &mut self,
        questions: Vec<(T, Question)>,
        at_once: usize,
        doing: &str,
    ) -> Result<Vec<(T, Reply)>, BusError> {
        let mut replies = Vec::with_capacity(questions.len());
        let (subjects, questions): (Vec<T>, Vec<Question>) = questions.into_iter().unzip();
        for chunk in questions.chunks(at_once.max(1)) {
            replies.extend(self.ask_all(chunk, doing).await?);
        }
        Ok(subjects.into_iter().zip(replies).collect())
    }

    /// One whole pass over the keys of the bus, a little at a time.
    pub(super) async fn discover(&mut self, layout: &Layout) -> Result<Pass, BusError> {
        Discovery::new(layout.clone()).whole_pass(&mut self.wire).await
    }

    /// An answer; `None` where there is nothing, or nothing that this user may look at. A server that cannot answer for
    /// now is an error.
    pub(super) fn granted(&self, reply: Reply, doing: &str) -> Result<Option<Value>, BusError> {
        match reply {
            Ok(value) => Ok(Some(value)),
            Err(error) if is_gone(&error) => Ok(None),
            Err(error) => match self.refused(error, doing) {
                unavailable @ BusError::Unavailable { .. } => Err(unavailable),
                BusError::Fatal { .. } | BusError::Refused { .. } | BusError::Unsupported(_) => Ok(None),
            },
        }
    }

    /// An answer; `None` where there is nothing. What is refused is an error.
    pub(super) fn answered(&self, reply: Reply, doing: &str) -> Result<Option<Value>, BusError> {
        match reply {
            Ok(value) => Ok(Some(value)),
            Err(error) if is_gone(&error) => Ok(None),
            Err(error) => Err(self.refused(error, doing)),
        }
    }

    /// What the refusal of a question means.
    pub(super) fn refused(&self, error: ServerError, doing: &str) -> BusError {
        self.wire.refused(error, doing)
    }

    /// A reply that no Redis gives.
    pub(super) fn unreadable(&self, fault: Malformed, doing: &str) -> BusError {
        self.wire.unreadable(fault, doing)
    }
}

/// Whether `error` only says that a stream or group is not there any more, or is something else by now.
pub(super) fn is_gone(error: &ServerError) -> bool {
    match error.code() {
        "WRONGTYPE" | "NOGROUP" => true,
        "ERR" => error.details().is_some_and(|text| text.contains("no such key")),
        _ => false,
    }
}
