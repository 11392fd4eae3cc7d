//! Where a person is in the Failed view, put by while a way from elsewhere leads into it.

use std::collections::HashSet;

use super::{FailedDetail, FailedState, OpenFailed, Under};
use crate::bus::FailedAt;
use crate::tui::app::{JournalPage, Surroundings, TableState};

/// What was open and marked there: what is done next must be about what the way led to, and about nothing else.
#[derive(Debug, Clone)]
pub struct FailedPlace {
    table: TableState,
    group: Option<OpenFailed>,
    detail: Option<FailedDetail>,
    journal: Option<Box<JournalPage>>,
    marks: HashSet<FailedAt>,
    range_from: Option<FailedAt>,
    is_entered: bool,
    under: Option<Under>,
}

impl FailedState {
    /// Closes what is open and takes the marks away; answers what that was.
    pub fn leave_place(&mut self) -> FailedPlace {
        FailedPlace {
            table: std::mem::take(&mut self.table),
            group: self.group.take(),
            detail: self.detail.take(),
            journal: self.journal.take(),
            marks: std::mem::take(&mut self.marks),
            range_from: self.range_from.take(),
            is_entered: std::mem::take(&mut self.is_entered),
            under: self.under.take(),
        }
    }

    /// Opens and marks again what was open and marked then.
    pub fn return_to(&mut self, place: FailedPlace) {
        let FailedPlace { table, group, detail, journal, marks, range_from, is_entered, under } = place;
        // An answer that came meanwhile is lost: what waited for it is not opened again, or asks anew.
        self.detail = detail.filter(|detail| detail.whole.is_some());
        if let Some(FailedDetail { around: around @ Surroundings::Asked(_), .. }) = &mut self.detail {
            *around = Surroundings::default();
        }
        (self.table, self.group, self.journal) = (table, group, journal);
        (self.marks, self.range_from, self.is_entered, self.under) = (marks, range_from, is_entered, under);
    }
}
