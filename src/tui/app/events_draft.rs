//! An export of events before it is begun: which of them, of what is here or of all that lies on the bus.

use super::{App, Clock, ExportDraft, Field, Moment};
use crate::event::EntryId;

/// Which events are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Range {
    /// What is marked, else what is under the cursor.
    Selected,
    /// All that the list holds and that match.
    Loaded,
    /// All that match on the bus, from where a person is back to a time.
    Since,
    /// All that match on the bus.
    All,
}

/// What is asked about an export of events.
#[derive(Debug, Clone)]
pub struct EventsDraft {
    /// What is here.
    pub held: ExportDraft<u64>,
    /// Which are written.
    pub range: Range,
    /// Back to when, as it is typed.
    pub since: Field,
    /// The last entry of the range that ends where a person is, and of all; `None` where the bus cannot be read.
    pub ends: Option<Ends>,
}

/// Where a range ends: what came later is not in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ends {
    /// Where a person is.
    pub here: EntryId,
    /// The newest entry that came.
    pub newest: EntryId,
}

impl EventsDraft {
    /// What can be chosen.
    pub fn ranges(&self) -> Vec<Range> {
        let held = &self.held;
        let loaded = !held.shown.is_empty() && (held.chosen.is_empty() || held.has_choice());
        [
            (!held.chosen.is_empty(), Range::Selected),
            (loaded, Range::Loaded),
            (self.ends.is_some(), Range::Since),
            (self.ends.is_some(), Range::All),
        ]
        .into_iter()
        .filter_map(|(is_there, range)| is_there.then_some(range))
        .collect()
    }

    /// Another range.
    pub fn choose(&mut self, range: Range) {
        self.range = range;
        self.held.takes_shown = range == Range::Loaded;
    }

    /// Whether it is about what lies on the bus: how many that are is not known before.
    pub fn reads_bus(&self) -> bool {
        matches!(self.range, Range::Since | Range::All)
    }

    /// The first place and the last of what is read on the bus.
    pub fn span(&self, clock: &Clock) -> Result<(EntryId, EntryId), String> {
        let Some(Ends { here, newest }) = self.ends else { return Err("the bus cannot be read".to_owned()) };
        if self.range != Range::Since {
            return Ok((EntryId::ZERO, newest));
        }
        let since = Moment::read(self.since.text(), clock)?.place().unwrap_or(EntryId::MAX);
        if since > here {
            return Err("that is later than the event here: name a time before it".to_owned());
        }
        Ok((since, here))
    }
}

impl App {
    /// Where ranges on the bus end now.
    pub(in crate::tui) fn ends(&self) -> Option<Ends> {
        if self.why_no_past().is_some() {
            return None;
        }
        let ring = self.monitor.ring();
        let newest = ring.rows(ring.first_seq()..ring.end_seq()).map(|row| row.id()).max();
        let newest = newest.unwrap_or(EntryId::MAX);
        let row = self.shown_entry().or_else(|| self.entry(self.events.seq_in(self.events.top_row())?));
        // Without a cursor, and following, here is now.
        let here = if self.events.is_following() { None } else { row.map(|row| row.id()) };
        Some(Ends { here: here.unwrap_or(newest), newest })
    }
}
