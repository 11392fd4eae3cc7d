//! Reading failed events, and counting them: when, and what became of it.

use chrono::{DateTime, TimeDelta, Utc};

use super::rest::rest;
use crate::bus::{BusError, Counted, FailedAt, FailedPage};
use crate::monitor::FailedTally;

/// How long after an answer it is read again, while it is looked at.
const FRESH: TimeDelta = TimeDelta::seconds(2);
/// How long after an answer it is counted again, while nobody looks.
const COUNTED: TimeDelta = TimeDelta::seconds(10);
/// One that took long is made again after this time at the latest.
const COUNTED_AT_LEAST: TimeDelta = TimeDelta::minutes(1);
/// A reading that took long is done again after this time, or so many times what it took, at the latest: it never takes more
/// than a small part of the time.
const FRESH_AT_LEAST: TimeDelta = TimeDelta::seconds(20);
const REST_AT_LEAST: i32 = 5;

/// Reading and counting: one question at a time.
#[derive(Debug, Default)]
pub struct Reading {
    /// The number of the last question: what an earlier one still answers is not taken.
    pub id: u64,
    /// The question that is on its way, and since when.
    on_its_way: Option<(Purpose, DateTime<Utc>)>,
    /// When the last one was answered to its end, and how long that took.
    pub(super) answered: Option<(Purpose, DateTime<Utc>, TimeDelta)>,
    /// When the list was last read to its end.
    pub as_of: Option<DateTime<Utc>>,
    /// Why the last question was not answered.
    pub error: Option<BusError>,
    tally: FailedTally,
    /// What was removed since the question on its way was sent: its answer may be of before.
    pub(super) removed: Vec<FailedAt>,
    /// How many there are, as far as they were counted.
    pub(super) counted: Option<Counted>,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The list.
    List,
    /// How many there are.
    Count,
}

impl Reading {
    /// Nothing is known; what is still answered of before is not taken.
    pub(super) fn anew(&self) -> Self {
        Self { id: self.id + 1, ..Self::default() }
    }

    /// Whether it is time to ask, for the list or for how many there are.
    pub fn is_due(&self, purpose: Purpose, now: DateTime<Utc>) -> bool {
        if let Some((asked, _)) = self.on_its_way {
            // A person who opens the view does not wait for the end of a count.
            return purpose == Purpose::List && asked == Purpose::Count;
        }
        let Some((last, at, took)) = self.answered else { return true };
        match (purpose, last) {
            (Purpose::List, Purpose::Count) => true,
            (Purpose::List, Purpose::List) => {
                now - at >= rest(took, (FRESH, FRESH_AT_LEAST)).max(took * REST_AT_LEAST)
            }
            (Purpose::Count, Purpose::Count) => now - at >= rest(took, (COUNTED, COUNTED_AT_LEAST)),
            (Purpose::Count, Purpose::List) => now - at >= COUNTED,
        }
    }

    /// Whether the list is being read.
    pub fn is_reading(&self) -> bool {
        self.on_its_way.is_some_and(|(purpose, _)| purpose == Purpose::List)
    }

    /// A question is sent: its number.
    pub fn begin(&mut self, purpose: Purpose, now: DateTime<Utc>) -> u64 {
        self.id += 1;
        self.on_its_way = Some((purpose, now));
        self.tally = FailedTally::default();
        self.removed.clear();
        self.id
    }

    /// What the question that is on its way is for; `None` where `id` is not its number.
    pub fn purpose(&self, id: u64) -> Option<Purpose> {
        self.on_its_way.filter(|_| id == self.id).map(|(purpose, _)| purpose)
    }

    /// Counts a page.
    pub fn count(&mut self, page: &FailedPage) {
        self.tally.take(page);
    }

    /// The question was answered to its end, or not.
    pub fn end(&mut self, answer: Result<(), BusError>, is_locked: bool, now: DateTime<Utc>) {
        let Some((purpose, since)) = self.on_its_way.take() else { return };
        // A time-out says nothing of how long a reading takes: who looks does not wait for minutes after it.
        let most = if answer.is_ok() { TimeDelta::MAX } else { FRESH_AT_LEAST / REST_AT_LEAST };
        self.answered = Some((purpose, now, (now - since).min(most)));
        match answer {
            Ok(()) => {
                self.error = None;
                match purpose {
                    Purpose::List => self.as_of = Some(now),
                    Purpose::Count => self.counted = Some(self.tally.failed(is_locked)),
                }
            }
            Err(why) => self.error = Some(why),
        }
    }

    /// So many of those that were counted are no more.
    pub(super) fn take_away(&mut self, gone: u64) {
        self.counted = self.counted.map(|counted| match counted {
            Counted::Exactly(n) => Counted::Exactly(n.saturating_sub(gone)),
            Counted::AtLeast(n) => Counted::AtLeast(n.saturating_sub(gone)),
        });
    }

    /// Asks as soon as possible: an answer of before says nothing any more.
    pub fn hurry(&mut self) {
        self.answered = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_long_is_done_seldom_but_after_a_time() {
        let at = DateTime::UNIX_EPOCH;
        let waits = |purpose, took_ms| {
            let answered = Some((purpose, at, TimeDelta::milliseconds(took_ms)));
            let reading = Reading { answered, ..Reading::default() };
            (0..120).find(|s| reading.is_due(purpose, at + TimeDelta::seconds(*s)))
        };
        assert_eq!([0, 100, 300, 5_000].map(|ms| waits(Purpose::Count, ms)), [10, 10, 30, 60].map(Some));
        assert_eq!([0, 20, 50, 5_000].map(|ms| waits(Purpose::List, ms)), [2, 2, 5, 25].map(Some));
    }

    #[test]
    fn a_question_that_failed_after_long_is_asked_again_soon() {
        let at = DateTime::UNIX_EPOCH;
        let mut reading = Reading::default();
        reading.begin(Purpose::List, at);
        let now = at + TimeDelta::minutes(1);
        reading.end(Err(BusError::Unavailable { what: "gone".to_owned() }), false, now);
        let waits = (0..500).find(|s| reading.is_due(Purpose::List, now + TimeDelta::seconds(*s)));
        assert_eq!(waits, Some(20));
    }
}
