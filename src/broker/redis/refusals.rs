//! Commands that this user may not run. One refusal tells for all of a look: where a group has no right to tell of its
//! consumers, no other has, and thousands of the same question would fill the server's own log of refusals.

use std::collections::{BTreeMap, BTreeSet};

use redis::ServerError;

use super::asker::Reply;
use super::question::Question;

/// What was refused over one connection.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    /// In this look, by the command's name.
    known: BTreeMap<String, ServerError>,
    /// In the looks before: each is tried once more, since the right may have been granted meanwhile.
    doubted: BTreeSet<String>,
}

impl Refusals {
    /// Another look begins.
    pub(super) fn look_anew(&mut self) {
        self.doubted.extend(std::mem::take(&mut self.known).into_keys());
    }

    /// The refusal that a question would meet.
    pub(super) fn of(&self, question: &Question) -> Option<ServerError> {
        // Nothing was ever refused to most users.
        if self.known.is_empty() { None } else { self.known.get(&question.name()).cloned() }
    }

    /// Those of `questions`, by their places, that are to be tried before others like them are asked.
    pub(super) fn tried_first(&mut self, questions: &[Question]) -> Vec<usize> {
        if self.doubted.is_empty() {
            return Vec::new();
        }
        // Tried once: what is refused again is known from then on.
        (0..questions.len()).filter(|at| self.doubted.remove(&questions[*at].name())).collect()
    }

    /// Takes note of a reply.
    pub(super) fn note(&mut self, question: &Question, reply: &Reply) {
        if let Err(error) = reply
            && is_of_command(error)
        {
            self.known.insert(question.name(), error.clone());
        }
    }
}

/// Whether the whole command is refused, and not one key or channel of it.
fn is_of_command(error: &ServerError) -> bool {
    error.code() == "NOPERM" && error.details().is_some_and(|text| text.contains("permissions to run the"))
}
