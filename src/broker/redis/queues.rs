//! What of several streams was fetched and is not in its turn yet, bounded by bytes: however many streams are merged, and however
//! large their entries are.
//!
//! To merge streams is to know the next id of each, not its entry. Where more is held than fits, the entries whose turn comes last
//! are let go of, but for their ids; they are fetched again when it is their turn. Where all fits nothing is read twice.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};

use super::codec::RawEntry;
use crate::event::EntryId;

/// So many bytes of entries are held at most, beside those of one answer; and one entry, whatever its size.
pub(super) const HELD: usize = 32 << 20;

/// What waits of each stream, by its place; in the order in which it is read.
#[derive(Debug, Default)]
pub(super) struct Queues {
    all: Vec<VecDeque<RawEntry>>,
    bytes: usize,
}

/// The first entries of a stream that were let go of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LetGo {
    /// The place of the stream.
    pub(super) at: usize,
    /// The first of them in its order.
    pub(super) first: EntryId,
    /// The last of them.
    pub(super) last: EntryId,
    /// How many.
    pub(super) count: usize,
}

/// What comes next of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) id: EntryId,
    /// Whether the entry is there, and not only its id.
    pub(super) is_held: bool,
}

impl Queues {
    /// Makes room for so many streams.
    pub(super) fn resize(&mut self, streams: usize) {
        self.all.resize_with(streams, VecDeque::new);
    }

    /// How many entries of a stream wait, those included that were let go of.
    pub(super) fn len(&self, at: usize) -> usize {
        self.all.get(at).map_or(0, VecDeque::len)
    }

    /// Whether nothing waits at all.
    pub(super) fn are_empty(&self) -> bool {
        self.all.iter().all(VecDeque::is_empty)
    }

    /// How many bytes are held.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// What comes next of a stream.
    pub(super) fn head(&self, at: usize) -> Option<Head> {
        let entry = self.all.get(at)?.front()?;
        Some(Head { id: entry.id, is_held: entry.fields.is_some() })
    }

    /// Adds what was fetched of a stream. Entries without fields are deleted, and only remembered: they are left out.
    pub(super) fn extend(&mut self, at: usize, fetched: Vec<RawEntry>) {
        let Some(queue) = self.all.get_mut(at) else { return };
        for entry in fetched.into_iter().filter(|entry| entry.fields.is_some()) {
            self.bytes += entry.size();
            queue.push_back(entry);
        }
    }

    /// Takes what comes next of a stream, if it is held.
    pub(super) fn pop(&mut self, at: usize) -> Option<RawEntry> {
        let queue = self.all.get_mut(at)?;
        queue.front().filter(|entry| entry.fields.is_some())?;
        let entry = queue.pop_front()?;
        self.bytes -= entry.size();
        Some(entry)
    }

    /// Lets go of those whose turn comes last, as far as too much is held: `rank` is the smaller the sooner an entry's turn comes.
    pub(super) fn let_go<R: Ord>(&mut self, most: usize, rank: impl Fn(EntryId, usize) -> R) {
        if self.bytes <= most {
            return;
        }
        let places =
            self.all.iter().enumerate().flat_map(|(at, queue)| (0..queue.len()).map(move |n| (at, n)));
        let mut held: Vec<_> = places
            .filter_map(|(at, n)| {
                let entry = self.all[at].get(n).filter(|entry| entry.fields.is_some())?;
                Some((rank(entry.id, at), at, n))
            })
            .collect();
        held.sort_unstable();
        // More than has to be: else each entry that comes would make all be looked at again.
        while self.bytes > most / 2 && held.len() > 1 {
            let Some((_, at, n)) = held.pop() else { break };
            let Some(entry) = self.all[at].get_mut(n) else { break };
            self.bytes -= entry.size();
            entry.fields = None;
        }
    }

    /// The streams to fetch again from: the one at `at`, whose turn it is, and with it those that come soon after it by `heads`
    /// and were let go of as well, up to `most`.
    pub(super) fn let_go_next<R: Ord>(
        &self,
        at: usize,
        heads: &mut BinaryHeap<Reverse<(R, usize)>>,
        most: usize,
    ) -> Vec<usize> {
        let mut next = vec![at];
        while next.len() < most
            && let Some(Reverse((_, at))) = heads.pop()
        {
            next.extend(self.head(at).filter(|head| !head.is_held).map(|_| at));
        }
        next
    }

    /// The first entries of a stream, where they were let go of, `most` at most.
    pub(super) fn to_fetch(&self, at: usize, most: usize) -> Option<LetGo> {
        let gone = self.all.get(at)?.iter().take_while(|entry| entry.fields.is_none());
        let ids: Vec<EntryId> = gone.take(most.max(1)).map(|entry| entry.id).collect();
        Some(LetGo { at, first: *ids.first()?, last: *ids.last()?, count: ids.len() })
    }

    /// Takes them again, as they were fetched: any that is not among them is there no more. Answers how many those are. Others
    /// that came with them, as of a stream that was made anew, are passed over.
    pub(super) fn take_again(&mut self, wanted: LetGo, fetched: Vec<RawEntry>) -> u64 {
        let Some(queue) = self.all.get_mut(wanted.at) else { return 0 };
        // A full answer says nothing of what lies behind its last entry.
        let end = fetched.last().map(|last| last.id).filter(|_| fetched.len() >= wanted.count);
        let is_oldest_first = wanted.first <= wanted.last;
        let is_behind =
            |id: EntryId| end.is_some_and(|end| if is_oldest_first { id > end } else { id < end });
        let fetched = fetched.into_iter().filter(|entry| entry.fields.is_some());
        let mut fetched: BTreeMap<EntryId, RawEntry> = fetched.map(|entry| (entry.id, entry)).collect();
        let mut again: VecDeque<RawEntry> = VecDeque::new();
        let mut lost = 0;
        for _ in 0..wanted.count {
            let Some(gone) = queue.pop_front_if(|gone| !is_behind(gone.id)) else { break };
            match fetched.remove(&gone.id) {
                Some(entry) => {
                    self.bytes += entry.size();
                    again.push_back(entry);
                }
                None => lost += 1,
            }
        }
        again.append(queue);
        *queue = again;
        lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(ms: u64, bytes: usize) -> RawEntry {
        RawEntry { id: EntryId::new(ms, 0), fields: Some(vec![(Vec::new(), vec![b'x'; bytes])]) }
    }

    fn rank(id: EntryId, at: usize) -> (EntryId, usize) {
        (id, at)
    }

    /// Takes all in order, as a merge does; answers the ids and the most bytes that were held.
    fn drain(queues: &mut Queues, streams: &[Vec<u64>], bytes: usize, most: usize) -> (Vec<u64>, usize) {
        let (mut taken, mut peak) = (Vec::new(), queues.bytes());
        loop {
            let heads = (0..streams.len()).filter_map(|at| Some((queues.head(at)?, at)));
            let Some((_, at)) = heads.min_by_key(|(head, at)| (head.id, *at)) else { return (taken, peak) };
            if let Some(entry) = queues.pop(at) {
                taken.push(entry.id.ms);
                continue;
            }
            let gone = queues.to_fetch(at, 1).unwrap();
            let again = streams[at].iter().filter(|ms| (gone.first.ms..=gone.last.ms).contains(*ms));
            assert_eq!(queues.take_again(gone, again.map(|ms| entry(*ms, bytes)).collect()), 0);
            queues.let_go(most, rank);
            peak = peak.max(queues.bytes());
        }
    }

    #[test]
    fn however_many_streams_there_are_what_is_held_is_bounded_and_all_comes_in_order() {
        const BYTES: usize = 1_000;
        let streams: Vec<Vec<u64>> = (0..300).map(|at| vec![1_000 - at, 2_000 + at]).collect();
        let mut queues = Queues::default();
        queues.resize(streams.len());
        for (at, ids) in streams.iter().enumerate() {
            queues.extend(at, ids.iter().map(|ms| entry(*ms, BYTES)).collect());
            queues.let_go(20 * BYTES, rank);
            assert!(queues.bytes() <= 20 * BYTES, "{}", queues.bytes());
        }
        assert_eq!((0..300).map(|at| queues.len(at)).sum::<usize>(), 600, "each is known by its id");
        let (taken, peak) = drain(&mut queues, &streams, BYTES, 20 * BYTES);
        let mut all = streams.concat();
        all.sort_unstable();
        assert_eq!(taken, all);
        assert!(peak <= 21 * BYTES, "{peak}");
        assert!(queues.are_empty() && queues.bytes() == 0);
    }

    #[test]
    fn what_fits_is_held_and_one_entry_is_whatever_its_size() {
        let mut queues = Queues::default();
        queues.resize(2);
        queues.extend(0, vec![entry(5, 100), entry(7, 100)]);
        queues.let_go(200, rank);
        assert_eq!(queues.bytes(), 200);
        queues.extend(1, vec![entry(4, 9_000)]);
        queues.let_go(200, rank);
        assert_eq!(queues.bytes(), 9_000, "what is next in its turn stays");
        assert_eq!(queues.head(0), Some(Head { id: EntryId::new(5, 0), is_held: false }));
        assert!(queues.pop(0).is_none() && queues.pop(1).is_some());
    }

    #[test]
    fn what_was_trimmed_while_it_was_let_go_of_is_counted() {
        let mut queues = Queues::default();
        queues.resize(1);
        queues.extend(0, (1..=4).map(|ms| entry(ms, 10)).collect());
        queues.let_go(10, rank);
        queues.pop(0).unwrap();
        let gone = queues.to_fetch(0, 9).unwrap();
        assert_eq!((gone.first.ms, gone.last.ms, gone.count), (2, 4, 3));
        assert_eq!(queues.take_again(gone, vec![entry(4, 10)]), 2);
        assert_eq!((queues.pop(0).unwrap().id.ms, queues.len(0)), (4, 0));
    }

    #[test]
    fn what_came_unasked_makes_nothing_count_as_lost() {
        for (ids, others, last) in [([1, 2, 4, 6, 8], [2, 3, 4, 5], 7), ([9, 8, 6, 4, 2], [8, 7, 6, 5], 3)] {
            let mut queues = Queues::default();
            queues.resize(1);
            queues.extend(0, ids.into_iter().map(|ms| entry(ms, 10)).collect());
            queues.let_go(0, |id, _| id.ms.abs_diff(ids[0]));
            queues.pop(0).unwrap();
            let wanted = queues.to_fetch(0, 9).unwrap();
            assert_eq!(wanted.count, 4);
            let answer = others.into_iter().map(|ms| entry(ms, 10)).collect();
            assert_eq!(queues.take_again(wanted, answer), 0, "what lies behind it was not in the answer");
            let held = [queues.pop(0).unwrap().id.ms, queues.pop(0).unwrap().id.ms];
            assert_eq!(held, [ids[1], ids[2]]);
            let wanted = queues.to_fetch(0, 9).unwrap();
            assert_eq!(wanted.count, 2, "it is asked for again");
            // One was wanted more than came: so this was all that there is.
            assert_eq!(queues.take_again(wanted, vec![entry(last, 10)]), 2);
            assert!(queues.are_empty() && queues.bytes() == 0);
        }
    }
}
