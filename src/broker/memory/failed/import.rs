//! Putting exported dead letters back: some at a time, each lot in one go under the lock.

use async_trait::async_trait;

use super::kept::Kept;
use super::{fields, lying};
use crate::broker::memory::MemoryBroker;
use crate::broker::memory::Place;
use crate::broker::memory::bus::millis;
use crate::broker::memory::dead::DeadLetter;
use crate::bus::{
    ActionError, BusError, Departed, Exported, Fates, Imported, Importer, OfStream, TenantLock,
};
use crate::event::{Field, StreamKey};

/// So many are put back at a time.
const CHUNK: usize = 200;

/// See [`Importer`].
pub(super) struct MemoryImporter<'a> {
    broker: &'a MemoryBroker,
    /// Each as it was given, and as it would lie.
    letters: Vec<(Exported, Result<DeadLetter, ActionError>)>,
    done: usize,
    again: bool,
    fates: Fates,
}

impl<'a> MemoryImporter<'a> {
    pub(super) fn new(broker: &'a MemoryBroker, letters: Vec<Exported>, again: bool) -> Self {
        let lock = broker.intake.lock();
        let judge = |mut letter: Exported| {
            let judged = importable(&letter.stream, std::mem::take(&mut letter.fields), lock);
            (letter, judged)
        };
        let letters: Vec<_> = letters.into_iter().map(judge).collect();
        let mut fates = Fates::default();
        for (_, letter) in &letters {
            if let Ok(letter) = letter {
                fates.ask(&letter.source.stream, letter.source.id, letter.handler.as_str());
            }
        }
        Self { broker, letters, done: 0, again, fates }
    }
}

#[async_trait]
impl Importer for MemoryImporter<'_> {
    async fn next(&mut self) -> Result<Vec<Result<Imported, ActionError>>, BusError> {
        let letters = &self.letters[self.done..self.letters.len().min(self.done + CHUNK)];
        let (fates, again) = (&mut self.fates, self.again);
        let bus = &self.broker.bus;
        let now_ms = millis((bus.clock)());
        let mut state = bus.state();
        let imported = letters.iter().map(|(exported, letter)| {
            state.act(now_ms, |state, now_ms| {
                let letter = letter.clone()?;
                import(&mut state.failed, fates, (exported, letter), again, now_ms)
            })
        });
        let answers = imported.collect::<Result<Vec<_>, BusError>>();
        drop(state);
        bus.change(|_| ());
        self.done += answers.as_ref().map_or(0, Vec::len);
        answers
    }
}

/// Puts one letter down, unless its like lies there already.
fn import(
    kept: &mut Kept,
    fates: &mut Fates,
    (exported, letter): (&Exported, DeadLetter),
    again: bool,
    now_ms: u64,
) -> Result<Imported, ActionError> {
    let known = fates.beside(&exported.stream);
    look(kept, &exported.stream, known);
    let (source, handler) = (letter.source.id, letter.handler.clone());
    Ok(match known.judge(exported, source, handler.as_str(), again)? {
        Some(at) => Imported { at, was_there: true },
        None => Imported { at: kept.bury(now_ms, letter), was_there: false },
    })
}

/// Looks through what came beside `stream` since the last time.
fn look(kept: &Kept, stream: &StreamKey, known: &mut OfStream) {
    for (id, letter) in kept.letters.behind(stream, known.letters) {
        known.letters = id;
        known.lies(letter.source.id, letter.handler.as_str(), id);
    }
    for (id, record) in kept.retried.behind(stream, known.retried) {
        known.retried = id;
        known.left(record.source.id, record.handler.as_str(), id, Departed::Retried);
    }
    for (id, item) in kept.discarded.behind(stream, known.discarded) {
        known.discarded = id;
        known.left(item.letter.source.id, item.letter.handler.as_str(), id, Departed::Discarded);
    }
}

/// The letter as it would lie, if it may.
pub(super) fn importable(
    stream: &StreamKey,
    fields: Vec<Field>,
    lock: &TenantLock,
) -> Result<DeadLetter, ActionError> {
    if Place::of(stream).is_none() {
        return Err(ActionError::Invalid(format!(
            "{stream} is named for no type: no dead letter can lie beside it"
        )));
    }
    let letter = fields::to_letter(stream, fields).map_err(ActionError::Invalid)?;
    lying::admit(lock, fields::tenant(&letter.fields).as_ref())?;
    Ok(letter)
}
