//! What becomes of the connection and of entries that are missing: short lines beside the events.

use chrono::{DateTime, TimeDelta, Utc};

use crate::bus::{BusSignal, DiscoveryReport, FailureFeed, Gap, Link};
use crate::cli::desk::Desk;
use crate::cli::nothing::NO_STREAMS;
use crate::event::StreamKey;
use crate::text::{count, plural, span};

/// What was kept out is told at most so often.
const WITHHELD_EVERY: TimeDelta = TimeDelta::seconds(10);

/// Turns signals into notes, and counts what was kept out.
#[derive(Default)]
pub(super) struct NoteTaker {
    down: bool,
    other_tenants: u64,
    unattributed: u64,
    untold: bool,
    told_at: Option<DateTime<Utc>>,
    /// Streams may be there, and were not looked for since it was connected.
    unlooked: bool,
    /// Streams that may not be read, as told last.
    refused: Vec<StreamKey>,
}

impl NoteTaker {
    /// The note about `signal`, if it is worth one. What it holds of the bus is not safe to show yet.
    pub(super) fn take(&mut self, signal: &BusSignal, desk: &Desk<'_>) -> Option<String> {
        match signal {
            BusSignal::Link(link) => self.link(link, desk),
            BusSignal::Gap(gap) => Some(tell_gap(gap)),
            BusSignal::DataLost(streams) => {
                Some(format!("data lost: the server lost {}; read again from the beginning", names(streams)))
            }
            BusSignal::Restarted => Some("the server restarted, and kept its data".to_owned()),
            BusSignal::Withheld { other_tenants, unattributed } => {
                self.other_tenants += other_tenants;
                self.unattributed += unattributed;
                self.untold = true;
                let soon = self.told_at.is_some_and(|told| desk.now() - told < WITHHELD_EVERY);
                if soon { None } else { self.withheld(desk.now()) }
            }
            BusSignal::Discovered(report) => self.discovered(report),
            // Only a filter that asks for failed attempts makes the watch ask for them.
            BusSignal::FailureFeed(FailureFeed::NotRecorded) => Some(
                "this bus records no failed attempts: what the filter asks of them is true of no event; \
                 `tidings handlers` shows what is known"
                    .to_owned(),
            ),
            BusSignal::FailureFeed(FailureFeed::Unreadable(why)) => {
                Some(format!("failed attempts cannot be read, and the filter cannot know them: {why}"))
            }
            BusSignal::Failures(batch) if batch.unreadable + batch.trimmed > 0 => Some(format!(
                "failed attempts that the filter cannot know: {} unreadable, {} trimmed before they were read",
                count(batch.unreadable),
                count(batch.trimmed)
            )),
            BusSignal::Entries(_)
            | BusSignal::CaughtUp
            | BusSignal::Writes(_)
            | BusSignal::FailureFeed(FailureFeed::Read)
            | BusSignal::Failures(_) => None,
        }
    }

    fn discovered(&mut self, report: &DiscoveryReport) -> Option<String> {
        // Only the first look says that it may be the wrong bus: later on its last stream may have gone.
        let is_first = std::mem::take(&mut self.unlooked);
        if report.refused == self.refused {
            return (is_first && report.streams == 0).then(|| NO_STREAMS.to_owned());
        }
        self.refused.clone_from(&report.refused);
        Some(if report.refused.is_empty() {
            "every stream may be read now".to_owned()
        } else {
            format!(
                "not shown: the user may not read {} (NOPERM); grant it with ACL SETUSER",
                names(&report.refused)
            )
        })
    }

    /// What is left to tell at the end.
    pub(super) fn last(&mut self) -> Option<String> {
        self.withheld(DateTime::UNIX_EPOCH)
    }

    fn withheld(&mut self, now: DateTime<Utc>) -> Option<String> {
        let untold = std::mem::take(&mut self.untold);
        self.told_at = Some(now);
        untold.then(|| {
            format!(
                "withheld by --tenant so far: other tenants {}, unattributed {}",
                count(self.other_tenants),
                count(self.unattributed)
            )
        })
    }

    fn link(&mut self, link: &Link, desk: &Desk<'_>) -> Option<String> {
        match link {
            Link::Connecting { .. } => None,
            Link::Live(facts) => {
                self.unlooked = facts.replayable;
                let again = if std::mem::take(&mut self.down) { " again" } else { "" };
                let kind = if facts.replayable { "" } else { "; live only: nothing can be read again" };
                Some(format!("connected{again} to {} ({}){kind}", facts.target, facts.version))
            }
            Link::Down { why, retry_at, attempt, .. } => {
                self.down = true;
                Some(format!("not connected: {why}; try {} {}", attempt + 1, within(*retry_at, desk)))
            }
            Link::Fatal { why, next, retry_at } => {
                self.down = true;
                Some(format!("not connected: {why}\n  {next}\n  next try {}", within(*retry_at, desk)))
            }
        }
    }
}

fn within(at: DateTime<Utc>, desk: &Desk<'_>) -> String {
    format!("in {}", span((at - desk.now()).to_std().unwrap_or_default()))
}

/// The first few of `streams`, and how many more.
fn names(streams: &[StreamKey]) -> String {
    let names: Vec<_> = streams.iter().take(3).map(ToString::to_string).collect();
    let more = match streams.len().saturating_sub(names.len()) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{}{more}", names.join(", "))
}

fn tell_gap(gap: &Gap) -> String {
    let lost =
        gap.lost.map_or_else(|| "entries are".to_owned(), |lost| plural(lost, "entry is", "entries are"));
    format!("gap: {lost} missing in {} between {} and {}: {}", gap.stream, gap.after, gap.before, gap.why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bus::ServerFacts;
    use crate::cli::test_desk::TestDesk;

    #[test]
    fn a_bus_that_loses_its_last_stream_later_on_is_not_called_the_wrong_one() {
        let facts = ServerFacts {
            version: "7.0.15".to_owned(),
            target: "a".to_owned(),
            clock_skew_ms: 0,
            replayable: true,
        };
        let looked =
            |streams| BusSignal::Discovered(DiscoveryReport { streams, ..DiscoveryReport::default() });
        let told = |found: &[usize]| {
            let (mut test, mut notes) = (TestDesk::text(), NoteTaker::default());
            test.run(|desk| {
                notes.take(&BusSignal::Link(Link::Live(facts.clone())), desk);
                found.iter().map(|streams| notes.take(&looked(*streams), desk)).collect::<Vec<_>>()
            })
        };
        assert_eq!(told(&[0, 0]), [Some(NO_STREAMS.to_owned()), None]);
        assert_eq!(told(&[3, 0]), [None, None]);
    }
}
