//! Decodes replies of stream commands: RESP2 arrays and RESP3 maps, nil entries, repeated fields, bytes that are not
//! UTF-8. It moves the bytes of a reply and copies none of them.
//!
//! The client's own typed replies are not used: they fail a whole batch over one odd byte, they put payloads into the
//! text of their errors, and they cost a fifth of the reading speed.

use chrono::{DateTime, Utc};
use redis::Value;

use crate::event::{EntryId, Field};

/// A reply does not have the form that Redis gives it. Says where, never what was found: that may be a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the answer does not have the form that Redis gives it: {0}")]
pub(super) struct Malformed(&'static str);

impl Malformed {
    /// Answers and questions do not pair up.
    pub(super) const COUNT: Self = Self("one answer for each command was expected");
}

/// An entry of a stream as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RawEntry {
    /// Its position.
    pub(super) id: EntryId,
    /// Its fields in order, repeated names too; `None` for an entry that is deleted and only remembered.
    pub(super) fields: Option<Vec<Field>>,
}

impl RawEntry {
    /// Bytes of bus text in it.
    pub(super) fn size(&self) -> usize {
        self.fields.iter().flatten().map(|(name, value)| name.len() + value.len()).sum()
    }
}

/// About how many bytes of text a reply has.
pub(super) fn weight(reply: &Value) -> usize {
    let (mut open, mut bytes) = (vec![reply], 0);
    while let Some(value) = open.pop() {
        match value {
            Value::BulkString(text) => bytes += text.len(),
            Value::Array(parts) => open.extend(parts),
            Value::Map(pairs) => open.extend(pairs.iter().flat_map(|(name, value)| [name, value])),
            _ => {}
        }
    }
    bytes
}

/// What one stream gave: its key, and its entries in order.
pub(super) type StreamReply = (Vec<u8>, Vec<RawEntry>);

/// The reply of `XREAD`: nil when nothing came in time, else the streams that have something.
pub(super) fn streams(reply: Value) -> Result<Vec<StreamReply>, Malformed> {
    match bare(reply) {
        Value::Nil => Ok(Vec::new()),
        Value::Map(pairs) => pairs.into_iter().map(|(key, list)| Ok((bytes(key)?, entries(list)?))).collect(),
        Value::Array(streams) => streams
            .into_iter()
            .map(|stream| {
                let [key, list] = exactly(bare(stream), "a stream is its key and its entries")?;
                Ok((bytes(key)?, entries(list)?))
            })
            .collect(),
        _ => Err(Malformed("a list of streams was expected")),
    }
}

/// The reply of `XRANGE` and `XREVRANGE`: a list of entries.
pub(super) fn entries(reply: Value) -> Result<Vec<RawEntry>, Malformed> {
    match bare(reply) {
        Value::Nil => Ok(Vec::new()),
        // Redis before 7.0 answers nil in place of an entry that was deleted under way.
        Value::Array(list) => {
            list.into_iter().filter(|value| *value != Value::Nil).map(|value| entry(bare(value))).collect()
        }
        _ => Err(Malformed("a list of entries was expected")),
    }
}

/// One entry: its id, and its fields or nil.
pub(super) fn entry(value: Value) -> Result<RawEntry, Malformed> {
    let [id, fields] = exactly(value, "an entry is its id and its fields")?;
    let id = entry_id(&id)?;
    let fields = match bare(fields) {
        Value::Nil => None,
        Value::Map(pairs) => Some(
            pairs
                .into_iter()
                .map(|(name, value)| Ok((bytes(name)?, bytes(value)?)))
                .collect::<Result<_, _>>()?,
        ),
        Value::Array(flat) => Some(fields_of(flat)?),
        _ => return Err(Malformed("the fields of an entry are a list")),
    };
    Ok(RawEntry { id, fields })
}

/// Names and values of a reply that is a map, or the flat list that RESP2 writes for one.
pub(super) fn pairs(value: Value) -> Result<Vec<(Value, Value)>, Malformed> {
    match bare(value) {
        Value::Map(pairs) => Ok(pairs),
        Value::Array(flat) => {
            let mut flat = flat.into_iter();
            let mut pairs = Vec::with_capacity(flat.len() / 2);
            while let Some(name) = flat.next() {
                pairs.push((name, flat.next().ok_or(Malformed("a name without a value"))?));
            }
            Ok(pairs)
        }
        _ => Err(Malformed("names and values were expected")),
    }
}

/// The reply of `TIME`: what the server's clock says.
pub(super) fn clock(reply: Value) -> Option<DateTime<Utc>> {
    let [seconds, micros] = exactly(bare(reply), "seconds and microseconds").ok()?;
    let micros = u32::try_from(number(&micros)?).ok()?;
    DateTime::from_timestamp(i64::try_from(number(&seconds)?).ok()?, micros.checked_mul(1_000)?)
}

/// As [`clock`], in the milliseconds that entry ids count.
pub(super) fn clock_ms(reply: Value) -> Option<u64> {
    u64::try_from(clock(reply)?.timestamp_millis()).ok()
}

/// The value of the first pair with this name.
pub(super) fn find<'a>(pairs: &'a [(Value, Value)], wanted: &str) -> Option<&'a Value> {
    pairs.iter().find(|(name, _)| text(name) == Some(wanted)).map(|(_, value)| value)
}

/// A consumer, and how much is pending with it.
pub(super) type PendingWith = (Vec<u8>, u64);

/// The reply of `XPENDING` without a range: how much is pending in all, and with whom.
pub(super) fn pending_summary(reply: Value) -> Result<(u64, Vec<PendingWith>), Malformed> {
    let [pending, _, _, consumers] = exactly(reply, "a summary of what is pending has four parts")?;
    let consumers = match bare(consumers) {
        // Nothing is pending.
        Value::Nil => Vec::new(),
        consumers => list(consumers)?,
    };
    let read = |consumer| {
        let [name, count] = exactly(consumer, "a consumer and how much is pending with it")?;
        Ok((bytes(name)?, number(&count).unwrap_or(0)))
    };
    Ok((number(&pending).unwrap_or(0), consumers.into_iter().map(read).collect::<Result<_, _>>()?))
}

/// The parts of a list.
pub(super) fn list(value: Value) -> Result<Vec<Value>, Malformed> {
    match bare(value) {
        Value::Array(parts) | Value::Set(parts) => Ok(parts),
        _ => Err(Malformed("a list was expected")),
    }
}

/// The bytes of a text, moved.
pub(super) fn bytes(value: Value) -> Result<Vec<u8>, Malformed> {
    match bare(value) {
        Value::BulkString(bytes) => Ok(bytes),
        Value::SimpleString(text) | Value::VerbatimString { text, .. } => Ok(text.into_bytes()),
        Value::Okay => Ok(b"OK".to_vec()),
        Value::Int(number) => Ok(number.to_string().into_bytes()),
        _ => Err(Malformed("a text was expected")),
    }
}

/// A number, also one that is written as a text.
pub(super) fn number(value: &Value) -> Option<u64> {
    match value {
        Value::Int(number) => u64::try_from(*number).ok(),
        value => text(value)?.parse().ok(),
    }
}

/// A text that is UTF-8.
pub(super) fn text(value: &Value) -> Option<&str> {
    match value {
        Value::BulkString(bytes) => std::str::from_utf8(bytes).ok(),
        Value::SimpleString(text) | Value::VerbatimString { text, .. } => Some(text),
        Value::Attribute { data, .. } => self::text(data),
        _ => None,
    }
}

/// An entry's id.
pub(super) fn entry_id(value: &Value) -> Result<EntryId, Malformed> {
    text(value).and_then(|id| id.parse().ok()).ok_or(Malformed("an entry id was expected"))
}

fn fields_of(flat: Vec<Value>) -> Result<Vec<Field>, Malformed> {
    let mut fields = Vec::with_capacity(flat.len() / 2);
    let mut flat = flat.into_iter();
    while let Some(name) = flat.next() {
        let value = flat.next().ok_or(Malformed("a field without a value"))?;
        fields.push((bytes(name)?, bytes(value)?));
    }
    Ok(fields)
}

/// The parts of a list that has so many.
pub(super) fn exactly<const N: usize>(value: Value, what: &'static str) -> Result<[Value; N], Malformed> {
    match bare(value) {
        Value::Array(parts) => parts.try_into().map_err(|_| Malformed(what)),
        _ => Err(Malformed(what)),
    }
}

/// The value without the attributes that RESP3 may hang on it.
fn bare(value: Value) -> Value {
    match value {
        Value::Attribute { data, .. } => bare(*data),
        value => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bulk(text: &[u8]) -> Value {
        Value::BulkString(text.to_vec())
    }

    fn array(values: impl IntoIterator<Item = Value>) -> Value {
        Value::Array(values.into_iter().collect())
    }

    fn one_entry() -> Value {
        array([bulk(b"7-1"), array([bulk(b"event"), bulk(b"{}"), bulk(b"event"), bulk(b"\xff\0")])])
    }

    fn one_decoded() -> RawEntry {
        let fields = vec![(b"event".to_vec(), b"{}".to_vec()), (b"event".to_vec(), b"\xff\0".to_vec())];
        RawEntry { id: EntryId::new(7, 1), fields: Some(fields) }
    }

    #[test]
    fn both_protocols_say_the_same() {
        let resp2 = array([array([bulk(b"\xfekey"), array([one_entry()])])]);
        let resp3 = Value::Map(vec![(bulk(b"\xfekey"), array([one_entry()]))]);
        let adorned = Value::Attribute {
            data: Box::new(resp3.clone()),
            attributes: vec![(bulk(b"ttl"), Value::Int(3))],
        };
        let expected = vec![(b"\xfekey".to_vec(), vec![one_decoded()])];
        for reply in [resp2, resp3, adorned] {
            assert_eq!(streams(reply).unwrap(), expected);
        }
        assert_eq!(streams(Value::Nil).unwrap(), vec![], "nothing came in time");
    }

    #[test]
    fn fields_may_be_a_map_and_texts_may_be_simple() {
        let fields = Value::Map(vec![(Value::SimpleString("event".into()), Value::Int(3))]);
        let decoded = entry(array([Value::SimpleString("7-1".into()), fields])).unwrap();
        assert_eq!(decoded.fields.unwrap(), vec![(b"event".to_vec(), b"3".to_vec())]);
    }

    #[test]
    fn deleted_entries_are_no_fault() {
        let reply = array([Value::Nil, array([bulk(b"7-1"), Value::Nil]), one_entry()]);
        let decoded = entries(reply).unwrap();
        assert_eq!(decoded, [RawEntry { id: EntryId::new(7, 1), fields: None }, one_decoded()]);
        assert_eq!(decoded.iter().map(RawEntry::size).collect::<Vec<_>>(), [0, 14]);
    }

    #[test]
    fn an_entry_may_have_no_fields_left() {
        assert_eq!(entry(array([bulk(b"7-1"), array([])])).unwrap().fields, Some(vec![]));
    }

    #[test]
    fn what_redis_never_sends_is_refused_without_its_text() {
        let secret = || bulk(b"secret payload");
        for reply in [
            secret(),
            array([secret()]),
            array([array([secret()])]),
            array([array([bulk(b"key"), array([array([secret(), array([])])])])]),
            array([array([bulk(b"key"), array([array([bulk(b"7-1"), array([secret()])])])])]),
            array([array([
                bulk(b"key"),
                array([array([bulk(b"7-1"), array([secret(), Value::Boolean(true)])])]),
            ])]),
        ] {
            let error = streams(reply.clone()).unwrap_err().to_string();
            assert!(!error.contains("secret"), "{reply:?}: {error}");
        }
    }

    #[test]
    fn a_summary_of_what_is_pending_may_name_nobody() {
        let none = array([Value::Int(0), Value::Nil, Value::Nil, Value::Nil]);
        assert_eq!(pending_summary(none).unwrap(), (0, vec![]));
        let with = array([array([bulk(b"web-\xff"), bulk(b"2")]), array([bulk(b"web-2"), bulk(b"1")])]);
        let some = array([Value::Int(3), bulk(b"7-1"), bulk(b"7-3"), with]);
        let expected = vec![(b"web-\xff".to_vec(), 2), (b"web-2".to_vec(), 1)];
        assert_eq!(pending_summary(some).unwrap(), (3, expected));
        assert!(pending_summary(array([Value::Int(3), bulk(b"7-1")])).is_err());
    }

    #[test]
    fn pairs_come_from_maps_and_flat_lists() {
        let flat = array([bulk(b"length"), Value::Int(3)]);
        let map = Value::Map(vec![(bulk(b"length"), Value::Int(3))]);
        assert_eq!(pairs(flat).unwrap(), pairs(map).unwrap());
        assert!(pairs(array([bulk(b"length")])).is_err());
        assert_eq!(
            (number(&Value::Int(3)), number(&bulk(b"3")), number(&Value::Int(-1))),
            (Some(3), Some(3), None)
        );
    }
}
