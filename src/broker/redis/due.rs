//! What waits in the schedules, as far as it is looked at.

use chrono::{DateTime, Utc};
use redis::Value;

use super::codec::{self, Malformed};
use crate::event::EntryId;

/// So many of each schedule are looked at, soonest first.
pub(super) const LOOKED_AT: usize = 1_000;

/// One that waits.
#[derive(Debug, PartialEq)]
pub(super) struct Due {
    /// Whose it is: hostile.
    pub(super) handler: Vec<u8>,
    /// Where it was published.
    pub(super) source: EntryId,
    /// When it is due.
    pub(super) at: DateTime<Utc>,
}

/// A part of a schedule.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// What waits.
    pub(super) due: Vec<Due>,
    /// How many members were listed.
    pub(super) listed: usize,
    /// How many of them no worker of ours writes: they are left out.
    pub(super) unreadable: u64,
    /// The last score, and how many of the members have that one.
    pub(super) last: Option<(String, usize)>,
}

/// The reply of `ZRANGE .. WITHSCORES`. Members that no worker of ours writes are left out.
pub(super) fn read(reply: Value) -> Result<Vec<Due>, Malformed> {
    page(reply).map(|page| page.due)
}

/// As [`read`], with what is needed to go on behind it.
pub(super) fn page(reply: Value) -> Result<Page, Malformed> {
    let parts = codec::list(reply)?;
    let nested = parts.first().is_some_and(|part| matches!(part, Value::Array(_)));
    let pairs: Vec<(Value, Value)> = if nested {
        let pair =
            |part| codec::exactly(part, "a member and its score").map(|[member, score]| (member, score));
        parts.into_iter().map(pair).collect::<Result<_, _>>()?
    } else {
        codec::pairs(Value::Array(parts))?
    };
    let mut page = Page { listed: pairs.len(), ..Page::default() };
    for (member, score) in pairs {
        match (&mut page.last, score_text(&score)) {
            (Some((last, same)), Some(score)) if *last == score => *same += 1,
            (last, Some(score)) => *last = Some((score, 1)),
            (_, None) => {}
        }
        let member = codec::bytes(member)?;
        match one(&member, &score) {
            Some(due) => page.due.push(due),
            None => page.unreadable += 1,
        }
    }
    Ok(page)
}

fn one(member: &[u8], score: &Value) -> Option<Due> {
    let bar = member.iter().rposition(|byte| *byte == b'|')?;
    let source = std::str::from_utf8(&member[bar + 1..]).ok()?.parse().ok()?;
    Some(Due { handler: member[..bar].to_vec(), source, at: time(score)? })
}

/// A score as a command takes it.
fn score_text(score: &Value) -> Option<String> {
    match score {
        Value::Double(score) => Some(score.to_string()),
        score => codec::text(score).map(str::to_owned),
    }
}

/// A score is milliseconds since 1970, written as a number or as its text.
pub(super) fn time(score: &Value) -> Option<DateTime<Utc>> {
    let ms = match score {
        Value::Double(ms) => *ms,
        score => codec::text(score)?.parse().ok()?,
    };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a cast of a float stops at the bounds of an integer"
    )]
    DateTime::from_timestamp_millis(ms as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bulk(text: &str) -> Value {
        Value::BulkString(text.as_bytes().to_vec())
    }

    #[test]
    fn both_protocols_are_read_and_strangers_left_out() {
        let flat = Value::Array(vec![bulk("sla|7-1"), bulk("1795459752545"), bulk("odd"), bulk("1")]);
        let pair = |member: &str, score| Value::Array(vec![bulk(member), Value::Double(score)]);
        let nested = Value::Array(vec![pair("sla|7-1", 1_795_459_752_545.0), pair("sla|x", 1.0)]);
        let expected = Due {
            handler: b"sla".to_vec(),
            source: EntryId::new(7, 1),
            at: DateTime::from_timestamp_millis(1_795_459_752_545).unwrap(),
        };
        assert_eq!(read(flat).unwrap(), [expected]);
        assert_eq!(read(nested).unwrap().len(), 1);
        assert_eq!(read(Value::Array(Vec::new())).unwrap(), []);
        let same = Value::Array(vec![pair("sla|7-1", 5.0), pair("sla|7-2", 6.0), pair("odd", 6.0)]);
        let page = page(same).unwrap();
        assert_eq!((page.listed, page.due.len(), page.unreadable), (3, 2, 1));
        assert_eq!(page.last, Some(("6".to_owned(), 2)), "where to go on, and how many to pass over there");
        let far = Value::Array(vec![bulk("sla|7-1"), bulk("inf")]);
        assert_eq!(read(far).unwrap(), [], "no calendar has it");
    }
}
