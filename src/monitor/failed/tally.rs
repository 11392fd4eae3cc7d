//! How many failed events there are, by a reading that is bounded.

use crate::bus::{Counted, FailedPage, FailedQuery, FailedSource};

use super::source_of;

/// Counts failed events out of the first pages of a reading: the sources whose entries must be looked at to be judged
/// are small and come first; of dead letters the broker says how many there are.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FailedTally {
    /// Dead letters on the bus, as the broker counted them.
    lying: Option<Counted>,
    /// Entries that were looked at.
    looked: u64,
    /// Of these, dead letters.
    dead: u64,
    /// Of the others, those that a person may have to act on.
    others: u64,
    is_partial: bool,
}

impl FailedTally {
    /// So many entries are looked at.
    pub const AT_MOST: usize = 300;

    /// What to ask for.
    pub fn query() -> FailedQuery {
        FailedQuery { at_most: Some(Self::AT_MOST), ..FailedQuery::of(FailedSource::FAILED) }
    }

    /// Takes a page.
    pub fn take(&mut self, page: &FailedPage) {
        if let Some(totals) = &page.totals {
            self.lying = totals.get(&FailedSource::DeadLetters).copied();
        }
        self.is_partial |= page.unseen.is_some() || !page.denied.is_empty();
        for event in &page.events {
            self.looked += 1;
            if source_of(&event.at) == FailedSource::DeadLetters {
                self.dead += 1;
            } else {
                self.others += u64::from(event.state.is_failed());
            }
        }
    }

    /// How many there are. Of a run that is locked to tenants only what was sent counts: how many others have is
    /// nobody's business there.
    pub fn failed(&self, is_locked: bool) -> Counted {
        let most = Self::AT_MOST as u64;
        let (dead, is_whole) = match self.lying {
            // The others come first: where dead letters were sent, all of those were.
            Some(lying) if !is_locked => {
                (lying.number().max(self.dead), lying.is_exact() && (self.dead > 0 || self.looked < most))
            }
            _ => (self.dead, self.looked < most),
        };
        let n = dead + self.others;
        if is_whole && !self.is_partial { Counted::Exactly(n) } else { Counted::AtLeast(n) }
    }
}
