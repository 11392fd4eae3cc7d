//! Putting exported dead letters back.

use async_trait::async_trait;
use redis::Value;

use super::known::{look, name_of};
use super::look::event_of;
use super::step::refused_within;
use super::{RedisOperator, Ways};
use crate::broker::redis::codec;
use crate::broker::redis::profile::Layout;
use crate::broker::redis::script::{Call, IMPORT};
use crate::bus::{ActionError, BusError, Exported, FailedAt, Fates, Imported, Importer};
use crate::event::{EntryId, Field, HandlerName, StreamKey};

const DOING: &str = "importing dead letters";
/// More fields than any dead letter of ours has, and as many as a script can write.
const MOST_FIELDS: usize = 3_850;
/// So many are put back before it is told.
const CHUNK: usize = 200;
/// So many bytes go into one call, about.
const CHUNK_BYTES: usize = 4 * 1024 * 1024;
/// So often it is tried to catch up with others who add letters, before that is given up.
const LOOKS: usize = 10;
/// What putting aside adds.
const ASIDE: [&[u8]; 4] = [b"discardedBy", b"discardedAt", b"discardReason", b"discardedFrom"];

/// See [`Importer`].
pub(super) struct RedisImporter<'a> {
    operator: &'a RedisOperator,
    letters: Vec<Exported>,
    done: usize,
    again: bool,
    fates: Fates,
}

/// A letter that may be put there, and its place among those that are done together.
struct Vetted<'a> {
    at: usize,
    letter: &'a Exported,
    fields: &'a [Field],
    source: EntryId,
    handler: &'a str,
}

type Answer = Result<Imported, ActionError>;

impl<'a> RedisImporter<'a> {
    /// Reads nothing yet.
    pub(super) fn new(operator: &'a RedisOperator, letters: Vec<Exported>, again: bool) -> Self {
        let mut fates = Fates::default();
        for letter in &letters {
            if let Some((source, handler)) = name_of(&letter.fields) {
                fates.ask(&letter.stream, source, handler);
            }
        }
        Self { operator, letters, done: 0, again, fates }
    }
}

#[async_trait]
impl Importer for RedisImporter<'_> {
    async fn next(&mut self) -> Result<Vec<Answer>, BusError> {
        let letters = &self.letters[self.done..self.letters.len().min(self.done + CHUNK)];
        let mut answers = vec![None; letters.len()];
        let mut left = Vec::with_capacity(letters.len());
        for (at, letter) in letters.iter().enumerate() {
            match vet(self.operator, at, letter) {
                Ok(vetted) => left.push(vetted),
                Err(why) => answers[at] = Some(Err(why)),
            }
        }
        left.sort_by(|one, other| one.letter.stream.cmp(&other.letter.stream));
        let mut why = ActionError::Refused(
            "others add dead letters faster than they can be looked through: import it again".to_owned(),
        );
        for looks in 0..LOOKS {
            if left.is_empty() {
                break;
            }
            let step = step(self.operator, &mut self.fates, &left, self.again, &mut answers).await;
            match step {
                Ok(()) => left.retain(|letter| answers[letter.at].is_none()),
                Err(error) if looks == 0 => return Err(error),
                Err(error) => {
                    why = ActionError::Unknown(error.what().to_owned());
                    break;
                }
            }
        }
        self.done += letters.len();
        Ok(answers.into_iter().map(|answer| answer.unwrap_or_else(|| Err(why.clone()))).collect())
    }
}

/// Looks through what lies there, and adds what does not; answers where that is known afterwards. Fails only where nothing
/// was done.
async fn step(
    operator: &RedisOperator,
    fates: &mut Fates,
    letters: &[Vetted<'_>],
    again: bool,
    answers: &mut [Option<Answer>],
) -> Result<(), BusError> {
    let (mut calls, mut places) = (Vec::new(), Vec::new());
    for letters in letters.chunk_by(|one, next| one.letter.stream == next.letter.stream) {
        let stream = &letters[0].letter.stream;
        let known = fates.beside(stream);
        let looked = look(operator, stream, known, again).await?;
        let mut absent = Vec::with_capacity(letters.len());
        for letter in letters {
            let lies = looked
                .clone()
                .and_then(|()| known.judge(letter.letter, letter.source, letter.handler, again));
            match lies.transpose() {
                None => absent.push(letter),
                Some(lies) => answers[letter.at] = Some(lies.map(|at| Imported { at, was_there: true })),
            }
        }
        for chunk in chunks(absent) {
            calls.push(call(stream, known.letters, &chunk));
            places.push((stream, chunk));
        }
    }
    for ((stream, chunk), sent) in places.into_iter().zip(operator.send(&calls, DOING).await?) {
        let mut parts = match sent {
            Ok(value) => codec::list(value).unwrap_or_default().into_iter(),
            Err(why) => {
                for letter in chunk {
                    answers[letter.at] = Some(Err(why.clone()));
                }
                continue;
            }
        };
        // Nobody else has added any: what this call added is the newest, and needs no looking through.
        let alone = parts.next().and_then(|newer| codec::number(&newer)) == Some(0);
        for (letter, part) in chunk.into_iter().zip(parts) {
            let answer = imported(stream, part);
            if alone && let Ok(Imported { at, was_there: false }) = &answer {
                let known = fates.beside(stream);
                known.lies(letter.source, letter.handler, at.id());
                known.letters = known.letters.max(at.id());
            }
            if matches!(answer, Ok(Imported { was_there: false, .. })) {
                operator.commands.writes().taken();
            }
            answers[letter.at] = Some(answer);
        }
    }
    Ok(())
}

/// The call that adds letters beside a stream of which those up to `after` were looked through.
fn call(stream: &StreamKey, after: EntryId, letters: &[&Vetted<'_>]) -> Call {
    let mut call = Call::new(&IMPORT, [Layout::dead_letters(stream)]);
    call.arg(after.to_string());
    for letter in letters {
        call.arg(2 * letter.fields.len());
        for (name, value) in letter.fields {
            call.arg(name.as_slice()).arg(value.as_slice());
        }
    }
    call
}

/// What would add one letter, whatever lies there.
pub(super) fn single(operator: &RedisOperator, letter: &Exported) -> Result<Call, ActionError> {
    Ok(call(&letter.stream, EntryId::ZERO, &[&vet(operator, 0, letter)?]))
}

/// What the script answers for one.
fn imported(stream: &StreamKey, answer: Value) -> Answer {
    let parts = codec::list(answer).unwrap_or_default();
    let mut texts = parts.iter().map(|part| codec::text(part).unwrap_or_default());
    let (word, text) = (texts.next().unwrap_or_default(), texts.next().unwrap_or("nothing"));
    let Some(id) = text.parse().ok().filter(|_| word != "refused") else {
        return Err(refused_within(text));
    };
    Ok(Imported { at: FailedAt::DeadLetter { stream: stream.clone(), id }, was_there: word != "added" })
}

/// In groups that one call takes.
fn chunks<'v, 'l>(letters: Vec<&'v Vetted<'l>>) -> Vec<Vec<&'v Vetted<'l>>> {
    let mut chunks: Vec<Vec<_>> = Vec::new();
    let mut bytes = 0;
    for letter in letters {
        let size = letter.fields.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>();
        bytes += size;
        match chunks.last_mut() {
            Some(chunk) if bytes <= CHUNK_BYTES => chunk.push(letter),
            _ => {
                bytes = size;
                chunks.push(vec![letter]);
            }
        }
    }
    chunks
}

/// The letter as it is put there, or why it is not.
fn vet<'a>(operator: &RedisOperator, at: usize, letter: &'a Exported) -> Result<Vetted<'a>, ActionError> {
    let Exported { stream, fields, .. } = letter;
    operator.type_of(stream)?;
    operator.admits(Some(fields))?;
    // One that had been discarded when it was exported is a dead letter from now on.
    let aside = fields.iter().rev().take_while(|(name, _)| ASIDE.contains(&name.as_slice())).count();
    let fields = &fields[..fields.len() - aside];
    let invalid = |why: String| Err(ActionError::Invalid(why));
    if fields.is_empty() {
        return invalid("it has no fields".to_owned());
    }
    if fields.len() > MOST_FIELDS {
        return invalid(format!("it has {} fields; {MOST_FIELDS} is the limit", fields.len()));
    }
    let size = event_of(fields).map_or(0, str::len);
    if size > operator.max_event_bytes {
        return invalid(format!("its event has {size} bytes; {} is the limit", operator.max_event_bytes));
    }
    let source = fields.iter().rev().find(|(name, _)| name == b"sourceStream");
    if source.is_some_and(|(_, key)| key != stream.as_str().as_bytes()) {
        return invalid(format!("it says that it was published to another stream than {stream}"));
    }
    // What tells it from others. Without a handler nobody could be given it, but on a bus that has none.
    let Some((source, handler)) = name_of(fields) else {
        return invalid("it does not say where it was published (sourceMessageId)".to_owned());
    };
    if matches!(operator.ways, Ways::Native { .. }) && HandlerName::new(handler).is_err() {
        return invalid("it names no handler that it could be given to (handler)".to_owned());
    }
    Ok(Vetted { at, letter, fields, source, handler })
}
