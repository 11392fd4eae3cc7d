//! Numbers of entries in an order that stays right while entries come and go: one shelf for each name, and on a shelf the
//! order of arrival. What comes is put on at one end of a shelf, what is dropped is taken from the other; nothing is ever
//! sorted. To find a row costs a walk over the shelves: as many as there are types, or tenants.

use std::collections::{BTreeMap, VecDeque};

/// The entries that are listed.
#[derive(Debug, Default)]
pub(super) struct Shelves {
    /// Those with a name, in the order of names; entries in the order of arrival.
    named: BTreeMap<String, VecDeque<u64>>,
    /// Those without: they come last.
    rest: VecDeque<u64>,
}

impl Shelves {
    /// The shelves from the first row on.
    fn all(&self) -> impl DoubleEndedIterator<Item = &VecDeque<u64>> {
        self.named.values().chain(std::iter::once(&self.rest))
    }

    fn shelf(&mut self, name: Option<String>) -> &mut VecDeque<u64> {
        match name {
            Some(name) => self.named.entry(name).or_default(),
            None => &mut self.rest,
        }
    }

    /// Takes in an entry that is newer than all of its shelf.
    pub(super) fn push_newest(&mut self, name: Option<String>, seq: u64) {
        self.shelf(name).push_back(seq);
    }

    /// Takes in an entry that is older than all of its shelf.
    pub(super) fn push_oldest(&mut self, name: Option<String>, seq: u64) {
        self.shelf(name).push_front(seq);
    }

    /// Forgets what is older than `first`, and what comes from `end` on.
    pub(super) fn clip(&mut self, first: u64, end: u64) {
        clip(&mut self.rest, first, end);
        self.named.retain(|_, shelf| {
            clip(shelf, first, end);
            !shelf.is_empty()
        });
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.all().map(VecDeque::len).sum()
    }

    /// How many there are of those before `end`.
    pub(super) fn len_below(&self, end: u64) -> usize {
        self.all().map(|shelf| before(shelf, end)).sum()
    }

    /// All of those before `end`, from the first row on: for a walk over many, which [`Shelves::in_row`] would make slow.
    pub(super) fn rows(&self, end: u64) -> impl DoubleEndedIterator<Item = u64> {
        self.all().flat_map(move |shelf| shelf.range(..before(shelf, end)).rev().copied())
    }

    /// The entry in row `row`, of those before `end`.
    pub(super) fn in_row(&self, mut row: usize, end: u64) -> Option<u64> {
        for shelf in self.all() {
            let len = before(shelf, end);
            if row < len {
                return shelf.get(len - 1 - row).copied();
            }
            row -= len;
        }
        None
    }

    /// The row of entry `seq`, of those before `end`.
    pub(super) fn row_of(&self, seq: u64, end: u64) -> Option<usize> {
        let mut above = 0;
        for shelf in self.all() {
            let len = before(shelf, end);
            let at = before(shelf, seq);
            if seq < end && shelf.get(at) == Some(&seq) {
                return Some(above + len - 1 - at);
            }
            above += len;
        }
        None
    }

    /// The row of the newest entry before `seq`, of those before `end`: for an entry that is not listed. Without one, how
    /// many rows there are.
    pub(super) fn near(&self, seq: u64, end: u64) -> usize {
        let newest = |shelf: &VecDeque<u64>| shelf.get(before(shelf, seq.min(end)).checked_sub(1)?).copied();
        let found = self.all().filter_map(newest).max();
        found.and_then(|seq| self.row_of(seq, end)).unwrap_or_else(|| self.len_below(end))
    }
}

/// Takes numbers before `first` and from `end` on from the ends of a list in order.
pub(super) fn clip(list: &mut VecDeque<u64>, first: u64, end: u64) {
    while list.front().is_some_and(|seq| *seq < first) {
        list.pop_front();
    }
    while list.back().is_some_and(|seq| *seq >= end) {
        list.pop_back();
    }
}

/// How many of a shelf are before `end`.
fn before(shelf: &VecDeque<u64>, end: u64) -> usize {
    match shelf.back() {
        Some(last) if *last < end => shelf.len(),
        _ => shelf.partition_point(|seq| *seq < end),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// As if everything were sorted anew each time.
        #[test]
        fn rows_are_those_of_a_sorted_list(
            names in prop::collection::vec(prop::option::of("[abc]"), 0..40), first in 0_u64..50, end in 0_u64..50, middle in 0_usize..40,
        ) {
            let middle = middle.min(names.len());
            let mut shelves = Shelves::default();
            // Some came before the pass began, and are looked at backwards.
            for at in (0..middle).rev() {
                shelves.push_oldest(names[at].clone(), at as u64);
            }
            for (at, name) in names.iter().enumerate().skip(middle) {
                shelves.push_newest(name.clone(), at as u64);
            }
            shelves.clip(first, u64::MAX);
            let mut sorted: Vec<(bool, Option<String>, std::cmp::Reverse<u64>)> = names
                .iter()
                .enumerate()
                .map(|(at, name)| (name.is_none(), name.clone(), std::cmp::Reverse(at as u64)))
                .filter(|(.., seq)| seq.0 >= first && seq.0 < end)
                .collect();
            sorted.sort();
            prop_assert_eq!(shelves.len_below(end), sorted.len());
            let rows: Vec<_> = shelves.rows(end).collect();
            prop_assert_eq!(&rows, &sorted.iter().map(|(.., seq)| seq.0).collect::<Vec<_>>());
            let up: Vec<_> = shelves.rows(end).rev().collect();
            prop_assert!(up.iter().eq(rows.iter().rev()));
            for (row, (.., seq)) in sorted.iter().enumerate() {
                prop_assert_eq!(shelves.in_row(row, end), Some(seq.0));
                prop_assert_eq!(shelves.row_of(seq.0, end), Some(row));
                prop_assert_eq!(shelves.near(seq.0 + 1, end), row);
            }
            prop_assert_eq!(shelves.in_row(sorted.len(), end), None);
            prop_assert_eq!(shelves.row_of(end, end), None);
        }
    }
}
