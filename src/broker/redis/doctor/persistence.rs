//! What is left of the bus after a crash of the server.

use super::finding::{fault, note, ok, some, warning};
use super::info::Info;
use super::refusing::{is_log_failed, is_snapshot_failed, is_unsaved};
use super::seen::Seen;
use crate::bus::Finding;

const CHECK: &str = "persistence";
const LOGGED: &str = "every write is logged (appendonly yes)";

/// `save`: when the server takes snapshots; empty for never. `stops`: whether one that failed stops writes, where that is known.
pub(super) fn judge(info: &Info, save: &Seen<String>, stops: Option<bool>) -> Finding {
    let Some(log) = info.number("aof_enabled") else {
        return note(CHECK, "INFO names no persistence", None);
    };
    let changes = info.number("rdb_changes_since_last_save").unwrap_or(0);
    if info.number("loading") == Some(1) {
        return warning(
            CHECK,
            "the server is loading its data: what is seen is not all yet",
            "wait, then look again",
        );
    }
    if is_log_failed(info) {
        return fault(
            CHECK,
            "the server cannot write its log (appendonly), and refuses writes",
            "look at the server's disk and at its log",
        );
    }
    if is_snapshot_failed(info) == Some(true) {
        return judge_failed(log == 1, changes, is_unsaved(info, stops));
    }
    if log == 1 {
        return ok(CHECK, LOGGED);
    }
    match save.as_deref() {
        Ok("") => warning(
            CHECK,
            "nothing is kept: a restart of the server empties the bus, groups and dead letters included",
            "CONFIG SET appendonly yes, and in redis.conf",
        ),
        Ok(_) => note(
            CHECK,
            format!("snapshots only: a crash now would lose {}", some(changes, "change")),
            Some("CONFIG SET appendonly yes, and in redis.conf, to lose a second at most"),
        ),
        Err(refusal) => {
            let mut finding = refusal.finding(CHECK);
            finding.found =
                format!("no log is written (appendonly no); whether snapshots are taken {}", finding.found);
            finding
        }
    }
}

/// The last snapshot failed. Where each write is logged nothing would be lost by that; but writes may be refused all the same.
fn judge_failed(is_logged: bool, changes: u64, refuses: Option<bool>) -> Finding {
    const MEND: &str = "look at the server's disk and memory, and at its log";
    let also = if refuses == Some(true) { ", and the server refuses writes (MISCONF)" } else { "" };
    if !is_logged {
        let changes = some(changes, "change");
        let found =
            format!("the last snapshot failed{also}: {changes} since the last good one are in memory only");
        return fault(CHECK, found, MEND);
    }
    match refuses {
        Some(true) => fault(CHECK, format!("{LOGGED}, but the last snapshot failed{also}"), MEND),
        Some(false) => note(CHECK, format!("{LOGGED}; the last snapshot failed"), Some(MEND)),
        None => warning(
            CHECK,
            format!(
                "{LOGGED}, but the last snapshot failed: unless stop-writes-on-bgsave-error is no, the server \
                 refuses writes"
            ),
            MEND,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::seen::Refusal;
    use super::*;
    use crate::bus::Level;

    #[test]
    fn what_is_left_after_a_crash() {
        let refused = || Err(Refusal::new("CONFIG GET", "NOPERM"));
        for (info, save, level, shown) in [
            ("aof_enabled:1\naof_last_write_status:ok", Ok(""), Level::Ok, "every write is logged"),
            ("aof_enabled:1\naof_last_write_status:err", Ok(""), Level::Fault, "refuses writes"),
            ("aof_enabled:0", Ok(""), Level::Warning, "nothing is kept"),
            ("aof_enabled:0\nrdb_changes_since_last_save:7", Ok("3600 1"), Level::Note, "lose 7 changes"),
            ("aof_enabled:0\nrdb_last_bgsave_status:err", Ok("3600 1"), Level::Fault, "snapshot failed"),
            ("aof_enabled:0", refused(), Level::Note, "whether snapshots are taken cannot be seen"),
            ("aof_enabled:1\nloading:1", Ok(""), Level::Warning, "loading"),
            ("", Ok(""), Level::Note, "names no persistence"),
        ] {
            let finding = judge(&Info::read(info), &save.map(ToOwned::to_owned), Some(false));
            assert_eq!(finding.level, level, "{info}");
            assert!(finding.found.contains(shown), "{info}: {}", finding.found);
        }
    }

    #[test]
    fn a_failed_snapshot_may_stop_writes_also_where_each_is_logged() {
        for (log, stops, level, refuses) in [
            (1, Some(true), Level::Fault, true),
            (1, Some(false), Level::Note, false),
            (1, None, Level::Warning, true),
            (0, Some(true), Level::Fault, true),
            (0, Some(false), Level::Fault, false),
            (0, None, Level::Fault, false),
        ] {
            let info = format!("aof_enabled:{log}\naof_last_write_status:ok\nrdb_last_bgsave_status:err");
            let finding = judge(&Info::read(&info), &Ok("3600 1".to_owned()), stops);
            assert_eq!(finding.level, level, "{info} {stops:?}");
            assert_eq!(finding.found.contains("refuses writes"), refuses, "{}", finding.found);
        }
    }
}
