//! Events that are marked, for what is done to several of them.

use std::collections::BTreeSet;

/// Marked entries, by their numbers, and where a range of them begins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marks {
    seqs: BTreeSet<u64>,
    range_from: Option<u64>,
}

impl Marks {
    /// Whether an entry is marked.
    pub fn has(&self, seq: u64) -> bool {
        self.seqs.contains(&seq)
    }

    /// Whether anything is marked, or a range is begun.
    pub fn is_some(&self) -> bool {
        !self.seqs.is_empty() || self.range_from.is_some()
    }

    /// How many are marked.
    pub fn len(&self) -> usize {
        self.seqs.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.seqs.is_empty()
    }

    /// Those that are marked, in the order of arrival.
    pub fn seqs(&self) -> impl Iterator<Item = u64> {
        self.seqs.iter().copied()
    }

    /// Marks one, or takes its mark away.
    pub fn turn(&mut self, seq: u64) {
        if !self.seqs.remove(&seq) {
            self.seqs.insert(seq);
        }
    }

    /// Marks these.
    pub fn add(&mut self, seqs: impl IntoIterator<Item = u64>) {
        self.seqs.extend(seqs);
    }

    /// Where a range begins, if one does.
    pub fn range_from(&self) -> Option<u64> {
        self.range_from
    }

    /// Begins a range, or gives it up.
    pub fn set_range(&mut self, from: Option<u64>) {
        self.range_from = from;
    }

    /// Gives them other numbers; those for which there is none keep theirs.
    pub fn renumber(&mut self, number: impl Fn(u64) -> Option<u64>) {
        let renumbered = |seq: u64| number(seq).unwrap_or(seq);
        self.seqs = self.seqs.iter().copied().map(renumbered).collect();
        self.range_from = self.range_from.map(renumbered);
    }

    /// Takes all marks away. Whether there were any.
    pub fn clear(&mut self) -> bool {
        let had = !self.seqs.is_empty();
        self.seqs.clear();
        had
    }

    /// The last of them, in the order of arrival.
    pub fn last(&self) -> Option<u64> {
        self.seqs.last().copied()
    }

    /// Forgets those from this number on. How many marks that were.
    pub fn drop_from(&mut self, end: u64) -> usize {
        self.range_from = self.range_from.filter(|from| *from < end);
        self.seqs.split_off(&end).len()
    }

    /// Forgets what left memory. How many marks that were.
    pub fn drop_below(&mut self, first: u64) -> usize {
        if self.range_from.is_some_and(|from| from < first) {
            self.range_from = None;
        }
        if self.seqs.first().is_none_or(|oldest| *oldest >= first) {
            return 0;
        }
        let kept = self.seqs.split_off(&first);
        std::mem::replace(&mut self.seqs, kept).len()
    }
}
