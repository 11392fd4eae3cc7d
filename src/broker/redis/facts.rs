//! What a server and its streams say of themselves.

use chrono::{DateTime, Utc};
use redis::{Pipeline, Value};

use super::codec::{self, Malformed};
use super::pace::Pace;
use super::wire::Wire;
use crate::bus::{BusError, ServerFacts};
use crate::event::{EntryId, StreamKey};

/// How many streams are looked at in one pipeline at first, and at most: what the ones before said is no bound of what the next
/// say, so that one is never more than twice as large as the one before it.
const FIRST: usize = 4;
const MOST: usize = 25;

/// Who answers, and what time it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Server {
    /// For people.
    pub(super) facts: ServerFacts,
    /// Changes with every start of the server; `None` where the user may not ask.
    pub(super) run_id: Option<String>,
    /// Its clock, in milliseconds since 1970; 0 where the user may not ask, as our own may go wrong by any time.
    pub(super) now_ms: u64,
}

/// Asks the server who it is. A user without the right to `INFO` or `TIME` may watch all the same.
pub(super) async fn server(wire: &mut Wire, target: &str, replayable: bool) -> Result<Server, BusError> {
    const DOING: &str = "asking for version and time";
    let mut questions = Pipeline::new();
    questions.cmd("INFO").arg("server");
    questions.cmd("TIME");
    let before = Utc::now();
    let answers = wire.ask_all(&questions, DOING).await?;
    // The server looked at its clock between the two.
    let here = before + (Utc::now() - before) / 2;
    let mut answers = answers.into_iter();
    let info = granted(wire, answers.next(), DOING)?;
    let time = granted(wire, answers.next(), DOING)?;
    let info = info.as_ref().and_then(codec::text).unwrap_or_default().to_owned();
    let clock = time.and_then(clock);
    let there = clock.unwrap_or(here);
    Ok(Server {
        facts: ServerFacts {
            version: field(&info, "redis_version").unwrap_or("unknown version").to_owned(),
            target: target.to_owned(),
            clock_skew_ms: (there - here).num_milliseconds(),
            replayable,
        },
        run_id: field(&info, "run_id").map(str::to_owned),
        now_ms: clock.and_then(|clock| u64::try_from(clock.timestamp_millis()).ok()).unwrap_or(0),
    })
}

/// An answer; `None` where the user may not ask.
fn granted(wire: &Wire, answer: Option<Value>, doing: &str) -> Result<Option<Value>, BusError> {
    match answer {
        Some(Value::ServerError(error)) if error.code() == "NOPERM" => Ok(None),
        Some(Value::ServerError(error)) => Err(wire.refused(error, doing)),
        answer => Ok(answer),
    }
}

/// A line `name:value` of `INFO`.
fn field<'a>(info: &'a str, name: &str) -> Option<&'a str> {
    info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
}

fn clock(time: Value) -> Option<DateTime<Utc>> {
    let [seconds, micros] = codec::exactly(time, "TIME answers two numbers").ok()?;
    let micros = u32::try_from(codec::number(&micros)?).ok()?;
    DateTime::from_timestamp(i64::try_from(codec::number(&seconds)?).ok()?, micros.checked_mul(1_000)?)
}

/// What `XINFO STREAM` says of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct StreamFacts {
    /// How many entries it holds.
    pub(super) length: u64,
    /// The last id it gave out, whether that entry is there still or not.
    pub(super) last_generated: EntryId,
    /// Its oldest entry.
    pub(super) first: Option<EntryId>,
    /// How many entries it ever got; servers before 7.0 do not say.
    pub(super) added: Option<u64>,
    /// The greatest id that XDEL removed; servers before 7.0 do not say.
    pub(super) max_deleted: Option<EntryId>,
}

impl StreamFacts {
    /// Reads the reply of `XINFO STREAM`.
    pub(super) fn read(reply: Value) -> Result<Self, Malformed> {
        let mut facts = Self::default();
        for (name, value) in codec::pairs(reply)? {
            match codec::text(&name) {
                Some("length") => facts.length = codec::number(&value).unwrap_or(0),
                Some("last-generated-id") => facts.last_generated = codec::entry_id(&value)?,
                Some("entries-added") => facts.added = codec::number(&value),
                Some("max-deleted-entry-id") => facts.max_deleted = Some(codec::entry_id(&value)?),
                Some("first-entry") if value != Value::Nil => facts.first = Some(codec::entry(value)?.id),
                _ => {}
            }
        }
        Ok(facts)
    }

    /// How many entries were removed before the oldest one that is there: the place of that one among all that the
    /// stream ever got. `None` where the server cannot tell.
    pub(super) fn removed_in_front(&self) -> Option<u64> {
        let removed = self.added?.checked_sub(self.length)?;
        // An entry removed from the middle would be counted as one that lay in front.
        let in_the_middle = self.first.is_some_and(|first| self.max_deleted.is_some_and(|id| id > first));
        (!in_the_middle).then_some(removed)
    }
}

/// Whether an answer to `XINFO STREAM` says that there is no stream: the key is gone, or something else now.
fn says_gone(error: &redis::ServerError) -> bool {
    error.code() == "WRONGTYPE" || error.details().is_some_and(|text| text.contains("no such key"))
}

/// What looking at a stream found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Look {
    /// It is there.
    There(StreamFacts),
    /// The key is gone, or something else now.
    Gone,
    /// The user may not read this key: the others can be read all the same.
    Refused(BusError),
}

/// What each of `keys` says of itself.
pub(super) async fn streams(
    wire: &mut Wire,
    keys: impl IntoIterator<Item = &StreamKey>,
) -> Result<Vec<Look>, BusError> {
    const DOING: &str = "looking at streams";
    let keys: Vec<_> = keys.into_iter().collect();
    let mut looks = Vec::with_capacity(keys.len());
    // An answer holds two entries of its stream, which may be large.
    let mut pace = Pace::default();
    let (mut rest, mut most) = (&keys[..], FIRST);
    while !rest.is_empty() {
        let (chunk, left) = rest.split_at(pace.count(1).min(most).min(rest.len()));
        rest = left;
        most = (most * 2).min(MOST);
        let mut questions = Pipeline::with_capacity(chunk.len());
        for key in chunk {
            questions.cmd("XINFO").arg("STREAM").arg(key.as_str());
        }
        let answers = wire.ask_all(&questions, DOING).await?;
        pace.learn(answers.len(), answers.iter().map(codec::weight).sum());
        for answer in answers {
            looks.push(stream(wire, answer, DOING)?);
        }
    }
    Ok(looks)
}

/// One answer to `XINFO STREAM`.
pub(super) fn stream(wire: &Wire, answer: Value, doing: &str) -> Result<Look, BusError> {
    match answer {
        Value::ServerError(error) if says_gone(&error) => Ok(Look::Gone),
        Value::ServerError(error) if error.code() == "NOPERM" => {
            Ok(Look::Refused(wire.refused(error, doing)))
        }
        Value::ServerError(error) => Err(wire.refused(error, doing)),
        answer => StreamFacts::read(answer).map(Look::There).map_err(|fault| wire.unreadable(fault, doing)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bulk(text: &str) -> Value {
        Value::BulkString(text.as_bytes().to_vec())
    }

    fn reply(with_7_0: bool, first: Value) -> Value {
        let mut pairs = vec![
            ("length", Value::Int(3)),
            ("last-generated-id", bulk("9-0")),
            ("groups", Value::Int(1)),
            ("first-entry", first),
            ("last-entry", Value::Nil),
        ];
        if with_7_0 {
            pairs.push(("entries-added", Value::Int(10)));
            pairs.push(("max-deleted-entry-id", bulk("0-0")));
        }
        Value::Array(pairs.into_iter().flat_map(|(name, value)| [bulk(name), value]).collect())
    }

    #[test]
    fn facts_are_read_from_both_generations() {
        let first = Value::Array(vec![bulk("5-0"), Value::Array(vec![bulk("event"), bulk("{}")])]);
        let new = StreamFacts::read(reply(true, first.clone())).unwrap();
        assert_eq!(
            new,
            StreamFacts {
                length: 3,
                last_generated: EntryId::new(9, 0),
                first: Some(EntryId::new(5, 0)),
                added: Some(10),
                max_deleted: Some(EntryId::ZERO),
            }
        );
        assert_eq!(new.removed_in_front(), Some(7));
        let old = StreamFacts::read(reply(false, first)).unwrap();
        assert_eq!((old.added, old.removed_in_front()), (None, None));
        assert_eq!(StreamFacts::read(reply(true, Value::Nil)).unwrap().first, None);
    }

    #[test]
    fn an_entry_deleted_from_the_middle_makes_the_count_unknown() {
        let facts = StreamFacts {
            length: 3,
            first: Some(EntryId::new(5, 0)),
            added: Some(10),
            max_deleted: Some(EntryId::new(6, 0)),
            ..StreamFacts::default()
        };
        assert_eq!(facts.removed_in_front(), None);
    }

    #[test]
    fn lines_of_info_are_found() {
        let info = "# Server\r\nredis_version:7.0.15\r\nrun_id:abc\r\n";
        assert_eq!((field(info, "redis_version"), field(info, "run_id")), (Some("7.0.15"), Some("abc")));
        assert_eq!(field(info, "redis"), None);
    }
}
