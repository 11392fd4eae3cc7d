//! Putting exported dead letters back, and what became of them since.

use std::collections::HashMap;

use async_trait::async_trait;

use super::{ActionError, FailedAt};
use crate::bus::BusError;
use crate::event::{EntryId, Field, StreamKey};

/// An exported dead letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// The type's stream, beside which it lay.
    pub stream: StreamKey,
    /// Its position when it was exported, where that is known: a retry or a discard from then on is held against it.
    pub lay: Option<EntryId>,
    /// Its fields, as they lay.
    pub fields: Vec<Field>,
}

impl Exported {
    /// What lay at `at`.
    pub fn from(at: &FailedAt, fields: Vec<Field>) -> Self {
        Self { stream: at.stream().clone(), lay: Some(at.id()), fields }
    }
}

/// A dead letter that lies where an import wanted it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// Where.
    pub at: FailedAt,
    /// Whether it lay there before: then nothing was added. Also where the answer to having added it was lost, and it was
    /// found when that was asked for again.
    pub was_there: bool,
}

/// One import: what lies there already is looked through once for all of its letters, and gone on with while it runs. Of
/// each letter it keeps where it was published, its handler and where it was found, about 200 bytes, and nothing of what
/// else lies there.
#[async_trait]
pub trait Importer: Send {
    /// Puts back the next letters, some two hundred, and answers for each, in their order; nothing when all are done.
    /// Where it fails as a whole nothing was done about them, and the next call begins with them again.
    async fn next(&mut self) -> Result<Vec<Result<Imported, ActionError>>, BusError>;
}

/// What is known of the letters of an import, by the stream that they lie beside.
#[derive(Debug, Default)]
pub(crate) struct Fates(HashMap<StreamKey, OfStream>);

/// What is known beside one stream, and up to which positions it was looked through.
#[derive(Debug, Default)]
pub(crate) struct OfStream {
    /// Among the dead letters.
    pub(crate) letters: EntryId,
    /// Among the records of retries.
    pub(crate) retried: EntryId,
    /// Among what was discarded.
    pub(crate) discarded: EntryId,
    /// By what tells a dead letter from others: its handler (empty where there is none), and where it was published.
    fates: HashMap<Box<str>, HashMap<EntryId, Fate>>,
}

/// What is known of one letter.
#[derive(Debug, Default)]
struct Fate {
    lies: Option<EntryId>,
    left: Option<(EntryId, Departed)>,
}

/// How a letter left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Departed {
    Retried,
    Discarded,
}

impl Fates {
    /// Of this letter too it is to be known.
    pub(crate) fn ask(&mut self, stream: &StreamKey, source: EntryId, handler: &str) {
        let fates = &mut self.beside(stream).fates;
        match fates.get_mut(handler) {
            Some(of_handler) => of_handler.entry(source).or_default(),
            None => fates.entry(handler.into()).or_default().entry(source).or_default(),
        };
    }

    /// What is known beside `stream`.
    pub(crate) fn beside(&mut self, stream: &StreamKey) -> &mut OfStream {
        self.0.entry(stream.clone()).or_default()
    }
}

impl OfStream {
    fn of(&mut self, source: EntryId, handler: &str) -> Option<&mut Fate> {
        self.fates.get_mut(handler)?.get_mut(&source)
    }

    /// A letter lies at `id`.
    pub(crate) fn lies(&mut self, source: EntryId, handler: &str, id: EntryId) {
        if let Some(fate) = self.of(source, handler) {
            fate.lies = Some(id);
        }
    }

    /// A letter left, as it is told at `id`.
    pub(crate) fn left(&mut self, source: EntryId, handler: &str, id: EntryId, how: Departed) {
        if let Some(fate) = self.of(source, handler) {
            fate.left = fate.left.max(Some((id, how)));
        }
    }

    /// Where `letter` lies already; nothing where it may be added. Not so what left since it was exported, unless that is
    /// wanted `again`.
    pub(crate) fn judge(
        &self,
        letter: &Exported,
        source: EntryId,
        handler: &str,
        again: bool,
    ) -> Result<Option<FailedAt>, ActionError> {
        let fate = self.fates.get(handler).and_then(|of_handler| of_handler.get(&source));
        let Some(fate) = fate else { return Ok(None) };
        let stream = letter.stream.clone();
        if let Some(id) = fate.lies {
            return Ok(Some(FailedAt::DeadLetter { stream, id }));
        }
        let since = |(id, _): &(EntryId, Departed)| !again && letter.lay.is_none_or(|lay| *id >= lay);
        let Some((id, how)) = fate.left.filter(since) else { return Ok(None) };
        Err(ActionError::Unsuitable(match how {
            Departed::Retried => format!(
                "it was retried by hand since it was exported ({}): --again puts it back all the same, and it may run twice",
                FailedAt::Retried { stream, id }
            ),
            Departed::Discarded => format!(
                "it was discarded since it was exported: 'failed restore {}' puts that back; --again adds this one all the same",
                FailedAt::Discarded { stream, id }
            ),
        }))
    }
}
