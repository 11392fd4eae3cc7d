//! The type streams of a bus as they lie: lengths, groups, dead letters. Asked in pipelines of a few streams, so that
//! other clients get their turn in between.

use redis::Value;

use super::asker::{Asker, Reply, is_gone};
use super::codec::{self, Malformed};
use super::discovery::Source;
use super::profile::Layout;
use super::question::Question;
use super::unread;
use crate::bus::{BusError, Denied, GroupReport, Lag, Looked, StreamReport};
use crate::event::{EntryId, StreamKey};

/// How many streams one pipeline asks about. `XINFO STREAM` answers with two whole entries.
const CHUNK: usize = 50;
const DOING: &str = "looking over the streams";

/// What one pass over a bus found.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// The type streams, by key.
    pub(super) streams: Vec<Surveyed>,
    /// Streams that fit no event type.
    pub(super) strangers: Vec<StreamKey>,
    /// Streams that we may not look at, and why not.
    pub(super) denied: Vec<(StreamKey, BusError)>,
}

/// A type stream.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Surveyed {
    /// Where it lies, and what its key says.
    pub(super) source: Source,
    /// How many entries it holds.
    pub(super) length: u64,
    /// How many it was ever given; `None` where the server does not count them (before 7.0).
    pub(super) added: Option<u64>,
    /// Its oldest entry.
    pub(super) first: Option<EntryId>,
    /// Its newest entry.
    pub(super) last: Option<EntryId>,
    /// Its groups.
    pub(super) groups: Vec<SurveyedGroup>,
    /// How many dead letters lie beside it.
    pub(super) dead_letters: u64,
    /// Whether that could be asked.
    pub(super) dead_letters_known: bool,
}

/// A consumer group.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SurveyedGroup {
    /// Its name.
    pub(super) name: Vec<u8>,
    /// Delivered, and not acknowledged.
    pub(super) pending: u64,
    /// How many consumers it has.
    pub(super) consumers: u64,
    /// The last entry that it was given.
    pub(super) last_delivered: EntryId,
    /// How many of the entries ever added it is past; `None` where the server does not know.
    pub(super) read: Option<u64>,
    /// How many entries it was not given yet; `None` where the server does not know.
    pub(super) lag: Option<u64>,
}

impl SurveyedGroup {
    /// Its name as text: hostile.
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.name).into_owned()
    }
}

impl Survey {
    /// Looks at every type stream.
    pub(super) async fn take(asker: &mut Asker, layout: &Layout) -> Result<Self, BusError> {
        let pass = asker.discover(layout).await?;
        let mut survey = Self { strangers: pass.strangers, ..Self::default() };
        let sources: Vec<_> = pass.sources.into_values().collect();
        for chunk in sources.chunks(CHUNK) {
            let questions: Vec<_> = chunk
                .iter()
                .flat_map(|Source { key, .. }| {
                    let dead_letters = Question::length(&Layout::dead_letters(key));
                    [Question::stream(key), Question::groups(key), dead_letters]
                })
                .collect();
            let mut replies = asker.ask_all(&questions, DOING).await?.into_iter();
            for source in chunk {
                let (Some(stream), Some(groups), Some(dead_letters)) =
                    (replies.next(), replies.next(), replies.next())
                else {
                    return Err(asker.unreadable(Malformed::COUNT, DOING));
                };
                // The server refuses one stream for reasons that hold for its dead letters and groups as well, so
                // the first refusal tells.
                let answers = (|| Ok((stream?, groups?, dead_letters)))();
                match answers {
                    Ok((stream, groups, dead_letters)) => {
                        let dead_letters = survey.note_denied(asker, source, dead_letters);
                        let surveyed = read(source, stream, groups, dead_letters.as_ref())
                            .map_err(|fault| asker.unreadable(fault, DOING))?;
                        survey.streams.push(surveyed);
                    }
                    // Between finding it and asking about it, it vanished or became something else.
                    Err(error) if is_gone(&error) => {}
                    Err(error) => match asker.refused(error, DOING) {
                        error @ BusError::Unavailable { .. } => return Err(error),
                        error => survey.denied.push((source.key.clone(), error)),
                    },
                }
            }
        }
        Ok(survey)
    }

    /// The number of dead letters, where that may be asked; else what they lie in is denied.
    fn note_denied(&mut self, asker: &Asker, source: &Source, reply: Reply) -> Option<Value> {
        match reply {
            Ok(length) => Some(length),
            // A key of another type holds no dead letters.
            Err(error) if is_gone(&error) => Some(Value::Int(0)),
            Err(error) => {
                let stream = StreamKey::new(&Layout::dead_letters(&source.key));
                let stream = stream.unwrap_or_else(|_| source.key.clone());
                self.denied.push((stream, asker.refused(error, DOING)));
                None
            }
        }
    }

    /// As it is reported: every lag is known, or known to be more than so many.
    pub(super) async fn report(self, asker: &mut Asker) -> Result<Looked<StreamReport>, BusError> {
        let lags = unread::lags(asker, &self.streams).await?;
        let denied = self.denied()?;
        let found = self.streams.into_iter().zip(lags).map(|(stream, lags)| report(stream, lags)).collect();
        Ok(Looked { found, denied })
    }

    /// What may not be looked at. Where that is all there is, it is an error.
    pub(super) fn denied(&self) -> Result<Vec<Denied>, BusError> {
        match self.denied.first() {
            Some((_, why)) if self.streams.is_empty() => Err(why.clone()),
            _ => Ok(self
                .denied
                .iter()
                .map(|(stream, why)| Denied { stream: stream.clone(), why: why.clone() })
                .collect()),
        }
    }
}

fn report(stream: Surveyed, lags: Vec<Lag>) -> StreamReport {
    let Surveyed { source: Source { key, event_type, channel }, length, first, last, dead_letters, .. } =
        stream;
    let groups = stream.groups.iter().zip(lags).map(|(group, lag)| GroupReport {
        name: group.text(),
        pending: group.pending,
        lag,
        consumers: group.consumers,
    });
    StreamReport {
        stream: key,
        event_type,
        channel,
        length,
        first,
        last,
        groups: groups.collect(),
        dead_letters,
    }
}

fn read(
    source: &Source,
    stream: Value,
    groups: Value,
    dead_letters: Option<&Value>,
) -> Result<Surveyed, Malformed> {
    let mut surveyed = Surveyed {
        source: source.clone(),
        length: 0,
        added: None,
        first: None,
        last: None,
        groups: read_groups(groups)?,
        dead_letters: dead_letters.and_then(codec::number).unwrap_or(0),
        dead_letters_known: dead_letters.is_some(),
    };
    for (name, value) in codec::pairs(stream)? {
        match codec::text(&name) {
            Some("length") => surveyed.length = codec::number(&value).unwrap_or(0),
            Some("entries-added") => surveyed.added = codec::number(&value),
            Some("first-entry") => surveyed.first = entry_id(value)?,
            Some("last-entry") => surveyed.last = entry_id(value)?,
            _ => {}
        }
    }
    Ok(surveyed)
}

/// The reply of `XINFO GROUPS`.
pub(super) fn read_groups(reply: Value) -> Result<Vec<SurveyedGroup>, Malformed> {
    codec::list(reply)?.into_iter().map(read_group).collect()
}

fn read_group(group: Value) -> Result<SurveyedGroup, Malformed> {
    let mut surveyed = SurveyedGroup {
        name: Vec::new(),
        pending: 0,
        consumers: 0,
        last_delivered: EntryId::ZERO,
        read: None,
        lag: None,
    };
    for (name, value) in codec::pairs(group)? {
        match codec::text(&name) {
            Some("name") => surveyed.name = codec::bytes(value)?,
            Some("pending") => surveyed.pending = codec::number(&value).unwrap_or(0),
            Some("consumers") => surveyed.consumers = codec::number(&value).unwrap_or(0),
            Some("last-delivered-id") => surveyed.last_delivered = codec::entry_id(&value)?,
            Some("entries-read") => surveyed.read = codec::number(&value),
            Some("lag") => surveyed.lag = codec::number(&value),
            _ => {}
        }
    }
    Ok(surveyed)
}

/// The id of an entry, or of none.
fn entry_id(entry: Value) -> Result<Option<EntryId>, Malformed> {
    match entry {
        Value::Nil => Ok(None),
        entry => codec::entry(entry).map(|entry| Some(entry.id)),
    }
}
