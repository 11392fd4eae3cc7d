//! How many entries a group was not given yet. The server often knows; where it does not (after an XDEL, a group made
//! at an arbitrary id, before 7.0), the entries are counted, up to a bound.

use super::asker::{Asker, is_gone};
use super::codec;
use super::question::Question;
use super::survey::{Surveyed, SurveyedGroup};
use crate::bus::{BusError, Lag};
use crate::event::{EntryId, StreamKey};

/// So many are counted exactly.
const COUNTED: usize = 1_000;
/// How many groups one pipeline counts for.
const CHUNK: usize = 20;
/// How many entries are asked for before anything is known of their size.
const FIRST_PAGE: usize = 10;
/// Counting transfers the entries: so many bytes are wanted at a time,
const PAGE_BYTES: usize = 256 * 1024;
/// and so many in all.
const MAX_BYTES: usize = 16 * 1024 * 1024;
const DOING: &str = "counting unread entries";

/// The lags of all groups of `streams`, in their order.
pub(super) async fn lags(asker: &mut Asker, streams: &[Surveyed]) -> Result<Vec<Vec<Lag>>, BusError> {
    let mut lags: Vec<Vec<Lag>> = Vec::with_capacity(streams.len());
    let mut counts = Vec::new();
    for (stream_at, stream) in streams.iter().enumerate() {
        let mut of_stream = Vec::with_capacity(stream.groups.len());
        for (group_at, group) in stream.groups.iter().enumerate() {
            let lag = known(stream, group).map(Lag::Exactly);
            if lag.is_none() {
                counts.push(Count::new((stream_at, group_at), &stream.source.key, group.last_delivered));
            }
            of_stream.push(lag.unwrap_or(Lag::MoreThan(0)));
        }
        lags.push(of_stream);
    }
    for chunk in counts.chunks_mut(CHUNK) {
        count(asker, chunk).await?;
    }
    for count in counts {
        let (stream, group) = count.whose;
        lags[stream][group] = count.lag();
    }
    Ok(lags)
}

/// The lag without counting, where the server or the ids tell.
fn known(stream: &Surveyed, group: &SurveyedGroup) -> Option<u64> {
    match (stream.first, stream.last) {
        (None, _) | (_, None) => Some(0),
        // The server also counts what was trimmed before it was read; nobody will be given that any more.
        _ if let Some(lag) = group.lag => Some(lag.min(stream.length)),
        (_, Some(last)) if group.last_delivered >= last => Some(0),
        (Some(first), _) if group.last_delivered < first => Some(stream.length),
        _ => None,
    }
}

/// A count under way.
struct Count<'a> {
    /// The stream and the group that it is for.
    whose: (usize, usize),
    key: &'a StreamKey,
    after: EntryId,
    counted: usize,
    bytes: usize,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// There may be more; so many are asked for next.
    Next(usize),
    /// All were counted.
    Whole,
    /// There is more than was counted, or may be.
    Cut,
}

impl<'a> Count<'a> {
    fn new(whose: (usize, usize), key: &'a StreamKey, after: EntryId) -> Self {
        Self { whose, key, after, counted: 0, bytes: 0, state: State::Next(FIRST_PAGE) }
    }

    /// Takes the entries that came when `asked` were asked for.
    fn note(&mut self, asked: usize, entries: &[codec::RawEntry]) {
        self.counted += entries.len();
        self.bytes += entries.iter().map(codec::RawEntry::size).sum::<usize>();
        let Some(last) = entries.last().filter(|_| entries.len() >= asked) else {
            self.state = State::Whole;
            return;
        };
        self.after = last.id;
        self.state = if self.counted > COUNTED || self.bytes > MAX_BYTES {
            State::Cut
        } else {
            let each = (self.bytes / self.counted).max(1);
            State::Next((PAGE_BYTES / each).clamp(1, COUNTED + 1 - self.counted))
        };
    }

    fn lag(&self) -> Lag {
        match self.state {
            State::Whole => Lag::Exactly(self.counted as u64),
            // A cut count ends with an entry that is there: there are more than those before it.
            State::Cut | State::Next(_) => Lag::MoreThan(self.counted.saturating_sub(1) as u64),
        }
    }
}

async fn count(asker: &mut Asker, counts: &mut [Count<'_>]) -> Result<(), BusError> {
    loop {
        let mut open: Vec<_> = counts
            .iter_mut()
            .filter_map(|count| match count.state {
                State::Next(page) => Some((page, count)),
                State::Whole | State::Cut => None,
            })
            .collect();
        if open.is_empty() {
            return Ok(());
        }
        let questions: Vec<_> =
            open.iter().map(|(page, count)| Question::entries_after(count.key, count.after, *page)).collect();
        for ((page, count), reply) in open.iter_mut().zip(asker.ask_all(&questions, DOING).await?) {
            match reply {
                Ok(entries) => {
                    let entries = codec::entries(entries).map_err(|fault| asker.unreadable(fault, DOING))?;
                    count.note(*page, &entries);
                }
                // It vanished meanwhile: nothing is unread in it.
                Err(error) if is_gone(&error) => count.state = State::Whole,
                Err(error) => return Err(asker.refused(error, DOING)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::broker::redis::discovery::Source;
    use crate::event::EventType;

    fn stream(length: u64, ids: Option<(u64, u64)>) -> Surveyed {
        Surveyed {
            source: Source {
                key: StreamKey::new("event::A").unwrap(),
                event_type: EventType::new("A").unwrap(),
                channel: None,
            },
            length,
            added: None,
            first: ids.map(|ids| EntryId::new(ids.0, 0)),
            last: ids.map(|ids| EntryId::new(ids.1, 0)),
            groups: Vec::new(),
            dead_letters: 0,
            dead_letters_known: true,
        }
    }

    #[test]
    fn what_the_ids_tell_is_not_counted() {
        for (ids, last_delivered, lag, known_to_be) in [
            (None, 5, None, Some(0)),
            (Some((10, 20)), 15, Some(3), Some(3)),
            (Some((10, 20)), 0, Some(900), Some(7)),
            (Some((10, 20)), 20, None, Some(0)),
            (Some((10, 20)), 25, None, Some(0)),
            (Some((10, 20)), 9, None, Some(7)),
            (Some((10, 20)), 10, None, None),
            (Some((10, 20)), 15, None, None),
        ] {
            let group = SurveyedGroup {
                name: b"g".to_vec(),
                pending: 0,
                consumers: 0,
                last_delivered: EntryId::new(last_delivered, 0),
                read: None,
                lag,
            };
            let length = if ids.is_some() { 7 } else { 0 };
            assert_eq!(known(&stream(length, ids), &group), known_to_be, "{ids:?} {last_delivered} {lag:?}");
        }
    }

    /// Counts `there` entries of so many bytes each; answers the lag, and how many questions it took.
    fn counting(there: usize, bytes: usize) -> (Lag, usize) {
        let key = StreamKey::new("event::A").unwrap();
        let mut count = Count::new((0, 0), &key, EntryId::ZERO);
        let (mut left, mut asked) = (there, 0);
        while let State::Next(page) = count.state {
            asked += 1;
            let got = page.min(left);
            left -= got;
            let entry = |at| codec::RawEntry {
                id: EntryId::new(at, 0),
                fields: Some(vec![(Vec::new(), vec![0; bytes])]),
            };
            count.note(page, &(0..got as u64).map(entry).collect::<Vec<_>>());
        }
        (count.lag(), asked)
    }

    #[test]
    fn small_entries_are_counted_to_a_thousand_in_two_steps() {
        for (there, lag) in [
            (0, Lag::Exactly(0)),
            (10, Lag::Exactly(10)),
            (999, Lag::Exactly(999)),
            (1_000, Lag::Exactly(1_000)),
            (1_001, Lag::MoreThan(1_000)),
            (50_000, Lag::MoreThan(1_000)),
        ] {
            let (found, asked) = counting(there, 200);
            assert_eq!(found, lag, "{there}");
            assert!(asked <= 2, "{there}: {asked}");
        }
    }

    #[test]
    fn large_entries_are_not_all_fetched_to_count_them() {
        let (lag, _) = counting(1_000, 1024 * 1024);
        assert_eq!(lag, Lag::MoreThan(16));
        assert_eq!(counting(12, 1024 * 1024).0, Lag::Exactly(12));
    }
}
