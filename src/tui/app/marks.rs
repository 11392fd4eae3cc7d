//! Events that are marked, for what is done to several of them.

use std::collections::BTreeSet;

/// Marked entries, by their numbers, and a range that is being marked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marks {
    /// Those that are marked.
    seqs: BTreeSet<u64>,
    /// Where a range begins, and what lies between there and the cursor.
    range: Option<(u64, BTreeSet<u64>)>,
}

impl Marks {
    /// Whether an entry is marked, or lies in the range.
    pub fn has(&self, seq: u64) -> bool {
        self.seqs.contains(&seq) || self.range.as_ref().is_some_and(|(_, within)| within.contains(&seq))
    }

    /// Whether anything is marked, or a range is begun.
    pub fn is_some(&self) -> bool {
        !self.seqs.is_empty() || self.range.is_some()
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
    pub fn seqs(&self) -> Vec<u64> {
        self.seqs.iter().copied().collect()
    }

    /// Marks one, or takes its mark away.
    pub fn turn(&mut self, seq: u64) {
        if !self.seqs.remove(&seq) {
            self.seqs.insert(seq);
        }
    }

    /// Where the range begins, if one does.
    pub fn range_from(&self) -> Option<u64> {
        self.range.as_ref().map(|(from, _)| *from)
    }

    /// Begins a range.
    pub fn begin(&mut self, seq: u64) {
        self.range = Some((seq, BTreeSet::from([seq])));
    }

    /// What lies between the beginning of the range and the cursor now.
    pub fn stretch(&mut self, within: impl Iterator<Item = u64>) {
        if let Some((_, known)) = &mut self.range {
            *known = within.collect();
        }
    }

    /// Marks what lies in the range. How many those are; `None` without a range.
    pub fn end(&mut self) -> Option<usize> {
        let (_, within) = self.range.take()?;
        let count = within.len();
        self.seqs.extend(within);
        Some(count)
    }

    /// Gives the range up. Whether there was one.
    pub fn give_up(&mut self) -> bool {
        self.range.take().is_some()
    }

    /// Takes all marks away. Whether there were any.
    pub fn clear(&mut self) -> bool {
        let had = !self.seqs.is_empty();
        self.seqs.clear();
        had
    }

    /// Forgets what left memory. How many marks that were.
    pub fn drop_below(&mut self, first: u64) -> usize {
        let kept = self.seqs.split_off(&first);
        let gone = std::mem::replace(&mut self.seqs, kept).len();
        if let Some((_, within)) = &mut self.range {
            *within = within.split_off(&first);
        }
        gone
    }
}
