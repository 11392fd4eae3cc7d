//! Whether the server's clock and ours agree. Entry ids are the server's time, and ages are counted by it.

use chrono::{DateTime, TimeDelta, Utc};

use super::finding::{ok, warning};
use crate::bus::Finding;
use crate::text::span;

const CHECK: &str = "clock";
/// A difference up to this much does no harm.
const HARMLESS: TimeDelta = TimeDelta::seconds(2);

/// When the question was asked, what the server's clock said, and when the answer was there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clocks {
    pub(super) before: DateTime<Utc>,
    pub(super) server: DateTime<Utc>,
    pub(super) after: DateTime<Utc>,
}

impl Clocks {
    /// How far the server's clock is ahead of ours at least: nothing, where the answer's way explains the difference.
    pub(super) fn ahead(&self) -> TimeDelta {
        let (ahead, behind) = (self.server - self.after, self.before - self.server);
        if ahead > TimeDelta::zero() {
            ahead
        } else if behind > TimeDelta::zero() {
            -behind
        } else {
            TimeDelta::zero()
        }
    }
}

pub(super) fn judge(clocks: &Clocks) -> Finding {
    let Clocks { before, server, after } = *clocks;
    // The server looked at its clock at some moment between asking and answer.
    let (ahead, behind) = (server - after, before - server);
    let shown = |by: TimeDelta| span(by.to_std().unwrap_or_default());
    let (by, word) = if ahead > behind { (ahead, "ahead of") } else { (behind, "behind") };
    if by > HARMLESS {
        warning(
            CHECK,
            format!("the server's clock is {} {word} ours: ages and due times are off by that", shown(by)),
            "set both clocks by NTP",
        )
    } else if by > TimeDelta::zero() {
        ok(CHECK, format!("the server's clock is {} {word} ours", shown(by)))
    } else {
        ok(CHECK, "the server's clock agrees with ours")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bus::Level;

    #[test]
    fn the_way_of_the_answer_is_no_difference() {
        let at = |ms: i64| DateTime::from_timestamp_millis(1_795_435_200_000 + ms).unwrap();
        for (before, server, after, level, shown) in [
            (0, 5, 10, Level::Ok, "agrees"),
            (0, 0, 0, Level::Ok, "agrees"),
            (0, 3_900, 4_000, Level::Ok, "agrees"),
            (0, 510, 10, Level::Ok, "500 ms ahead"),
            (0, -2_000, 10, Level::Ok, "2 s behind"),
            (0, 63_010, 10, Level::Warning, "1 m 3 s ahead"),
            (0, -3_600_000, 10, Level::Warning, "1 h behind"),
        ] {
            let finding = judge(&Clocks { before: at(before), server: at(server), after: at(after) });
            assert_eq!(finding.level, level, "{before} {server} {after}");
            assert!(finding.found.contains(shown), "{}", finding.found);
        }
    }
}
