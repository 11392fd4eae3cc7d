//! The journal, and plans that are kept.

use super::kept::{Kept, RECORDS};
use crate::broker::memory::bus;
use crate::bus::{Because, Deed, JournalEntry, KeptPlan};
use crate::event::EntryId;

/// A plan is kept for a week, in milliseconds.
const PLAN_MS: u64 = 7 * 24 * 60 * 60 * 1_000;

impl Kept {
    /// Writes a line.
    pub(super) fn write(
        &mut self,
        now_ms: u64,
        deed: Deed,
        because: &Because,
        count: u64,
        note: Option<&str>,
    ) {
        self.last_line = EntryId::new(now_ms, 0).max(self.last_line.next());
        self.journal.push_back(JournalEntry {
            id: self.last_line,
            at: bus::at(now_ms).unwrap_or_default(),
            who: because.who.clone(),
            deed,
            plan: because.plan.clone(),
            count,
            reason: because.reason.clone(),
            note: note.map(str::to_owned),
        });
        let over = self.journal.len().saturating_sub(RECORDS);
        self.journal.drain(..over);
    }

    /// The newest lines, newest first.
    pub(super) fn lines(&self, at_most: usize) -> Vec<JournalEntry> {
        self.journal.iter().rev().take(at_most).cloned().collect()
    }

    /// Keeps a plan for a week, in place of one of the same name.
    pub(super) fn keep(&mut self, now_ms: u64, plan: &KeptPlan) {
        self.plans.retain(|_, (until, _)| *until > now_ms);
        self.plans.insert(plan.id.clone(), (now_ms + PLAN_MS, plan.clone()));
    }

    pub(super) fn plan(&self, now_ms: u64, id: &str) -> Option<KeptPlan> {
        self.plans.get(id).filter(|(until, _)| *until > now_ms).map(|(_, plan)| plan.clone())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::bus::Runs;

    #[test]
    fn a_plan_is_kept_for_a_week() {
        let plan = KeptPlan {
            id: "plan-1".to_owned(),
            who: "jo".to_owned(),
            at: bus::at(1_000).unwrap(),
            reason: None,
            runs: Runs::Failed,
            pace: "5/s".to_owned(),
            items: Vec::new(),
            attempts: BTreeMap::new(),
        };
        let mut kept = Kept::default();
        kept.keep(1_000, &plan);
        assert_eq!(kept.plan(1_000 + PLAN_MS - 1, "plan-1").as_ref(), Some(&plan));
        assert_eq!(kept.plan(1_000 + PLAN_MS, "plan-1"), None);
        kept.keep(1_000 + PLAN_MS, &KeptPlan { id: "plan-2".to_owned(), ..plan });
        assert_eq!(kept.plans.len(), 1, "nothing is kept for ever");
    }

    #[test]
    fn the_journal_keeps_its_newest_lines() {
        let mut kept = Kept::default();
        for count in 0..=RECORDS as u64 {
            kept.write(5, Deed::Purged, &Because::default(), count, None);
        }
        let lines = kept.lines(usize::MAX);
        assert_eq!((lines.len(), lines[0].count, lines[RECORDS - 1].count), (RECORDS, RECORDS as u64, 1));
        assert!(lines.is_sorted_by(|newer, older| newer.id > older.id));
    }
}
