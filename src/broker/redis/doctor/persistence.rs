//! What is left of the bus after a crash of the server.

use super::finding::{fault, note, ok, some, warning};
use super::info::Info;
use super::seen::Seen;
use crate::bus::Finding;

const CHECK: &str = "persistence";

/// `save`: when the server takes snapshots; empty for never.
pub(super) fn judge(info: &Info, save: &Seen<String>) -> Finding {
    let Some(log) = info.number("aof_enabled") else {
        return note(CHECK, "INFO names no persistence", None);
    };
    let changes = info.number("rdb_changes_since_last_save").unwrap_or(0);
    let failed = |name| info.text(name).is_some_and(|status| status != "ok");
    if info.number("loading") == Some(1) {
        return warning(
            CHECK,
            "the server is loading its data: what is seen is not all yet",
            "wait, then look again",
        );
    }
    if log == 1 && failed("aof_last_write_status") {
        return fault(
            CHECK,
            "the server cannot write its log (appendonly), and refuses writes",
            "look at the server's disk and at its log",
        );
    }
    if log == 1 {
        return ok(CHECK, "every write is logged (appendonly yes)");
    }
    if failed("rdb_last_bgsave_status") {
        return fault(
            CHECK,
            format!(
                "the last snapshot failed: {} since the last good one are in memory only",
                some(changes, "change")
            ),
            "look at the server's disk and memory, and at its log",
        );
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
            let finding = judge(&Info::read(info), &save.map(ToOwned::to_owned));
            assert_eq!(finding.level, level, "{info}");
            assert!(finding.found.contains(shown), "{info}: {}", finding.found);
        }
    }
}
