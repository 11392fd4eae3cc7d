//! Whether the server takes writes, as far as `INFO` tells.

use super::info::Info;
use crate::bus::{Writes, WritesRefused};

/// Tells what `INFO` says of it. `writes`: whether the session may publish; to who only watches, a replica is as good.
/// `stops`: whether a failed snapshot stops writes, where that is known.
pub(super) fn tell(info: &Info, writes: bool, stops: Option<bool>, to: &Writes) {
    match judge(info, writes, stops) {
        Some(why) => to.refused(why),
        None => to.looks_well(|why| sees(info, stops, why)),
    }
}

/// Why it refuses every write.
fn judge(info: &Info, writes: bool, stops: Option<bool>) -> Option<WritesRefused> {
    let is_replica = info.text("role") == Some("slave") && info.number("slave_read_only") != Some(0);
    if is_out_of_memory(info) {
        Some(WritesRefused::Memory)
    } else if is_replica && writes {
        Some(WritesRefused::ReadOnly)
    } else if is_unsaved(info, stops) == Some(true) {
        Some(WritesRefused::Unsaved)
    } else {
        None
    }
}

/// Whether it refuses every write for lack of memory. With eviction that cannot be seen: whether room can be made is
/// known when it is wanted.
pub(super) fn is_out_of_memory(info: &Info) -> bool {
    is_over_limit(info) == Some(true)
        && info.text("maxmemory_policy").is_none_or(|policy| policy == "noeviction")
}

/// Whether more memory is used than may be; `None` where that cannot be told.
fn is_over_limit(info: &Info) -> Option<bool> {
    let limit = info.number("maxmemory")?;
    Some(limit > 0 && counted(info)? > limit)
}

/// The memory that counts against the limit, as the server reckons: what its replicas and its log have waiting does not.
pub(super) fn counted(info: &Info) -> Option<u64> {
    let used = info.number("used_memory")?;
    Some(used.saturating_sub(info.number("mem_not_counted_for_evict").unwrap_or(0)))
}

/// Whether it refuses every write because it cannot save; `None` where that cannot be told. A failed snapshot does that
/// by two settings (`stops`), also where each write is logged.
pub(super) fn is_unsaved(info: &Info, stops: Option<bool>) -> Option<bool> {
    if is_log_failed(info) {
        return Some(true);
    }
    if is_snapshot_failed(info)? { stops } else { Some(false) }
}

/// Whether the server logs each write, and cannot.
pub(super) fn is_log_failed(info: &Info) -> bool {
    info.number("aof_enabled") == Some(1)
        && info.text("aof_last_write_status").is_some_and(|status| status != "ok")
}

/// Whether the last snapshot failed.
pub(super) fn is_snapshot_failed(info: &Info) -> Option<bool> {
    info.text("rdb_last_bgsave_status").map(|status| status != "ok")
}

/// Whether a look shows that this does not hold.
fn sees(info: &Info, stops: Option<bool>, why: WritesRefused) -> bool {
    match why {
        WritesRefused::Memory => is_over_limit(info) == Some(false),
        WritesRefused::ReadOnly => info.text("role") == Some("master"),
        WritesRefused::Unsaved => is_unsaved(info, stops) == Some(false),
        // How many replicas are too few is a setting.
        WritesRefused::Replicas => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use WritesRefused::{Memory, ReadOnly, Replicas, Unsaved};

    #[test]
    fn info_tells_why_writes_are_refused() {
        for (info, writes, why) in [
            ("maxmemory:0\nused_memory:9", true, None),
            ("maxmemory:10\nused_memory:10\nmaxmemory_policy:noeviction", true, None),
            ("maxmemory:10\nused_memory:11\nmaxmemory_policy:noeviction", true, Some(Memory)),
            (
                "maxmemory:10\nused_memory:11\nmem_not_counted_for_evict:2\nmaxmemory_policy:noeviction",
                true,
                None,
            ),
            ("maxmemory:10\nused_memory:11\nmaxmemory_policy:allkeys-lru", true, None),
            ("role:slave\nslave_read_only:1", true, Some(ReadOnly)),
            ("role:slave\nslave_read_only:1", false, None),
            ("role:slave\nslave_read_only:0", true, None),
            ("aof_enabled:1\naof_last_write_status:err", true, Some(Unsaved)),
            ("aof_enabled:0\naof_last_write_status:err", true, None),
            ("", true, None),
        ] {
            assert_eq!(judge(&Info::read(info), writes, Some(true)), why, "{info}");
        }
    }

    #[test]
    fn a_failed_snapshot_stops_writes_where_the_settings_say_so() {
        // That it was refused once says nothing of now.
        for info in [
            "rdb_last_bgsave_status:err\nerrorstat_MISCONF:count=3",
            "rdb_last_bgsave_status:err\naof_enabled:1\naof_last_write_status:ok",
        ] {
            for (stops, why) in [(Some(true), Some(Unsaved)), (Some(false), None), (None, None)] {
                assert_eq!(judge(&Info::read(info), true, stops), why, "{stops:?} {info}");
            }
        }
    }

    #[test]
    fn a_look_takes_back_only_what_it_sees() {
        const WELL: &str = "role:master\nmaxmemory:0\nrdb_last_bgsave_status:ok\naof_enabled:0";
        const UNSAVED: &str = "rdb_last_bgsave_status:err";
        for (info, why, stays) in [
            (WELL, Memory, false),
            ("maxmemory:10\nused_memory:10\nmaxmemory_policy:noeviction", Memory, false),
            ("maxmemory:10\nused_memory:11\nmaxmemory_policy:volatile-lru", Memory, true),
            ("maxmemory:10\nused_memory:11\nmem_not_counted_for_evict:1", Memory, false),
            ("maxmemory:10\nmaxmemory_policy:noeviction", Memory, true),
            (WELL, ReadOnly, false),
            (WELL, Unsaved, false),
            (WELL, Replicas, true),
            ("", Memory, true),
            ("role:slave\nslave_read_only:0", ReadOnly, true),
            (UNSAVED, Unsaved, true),
        ] {
            let writes = Writes::default();
            writes.refused(why);
            tell(&Info::read(info), true, None, &writes);
            assert_eq!(writes.now().is_some(), stays, "{why:?} {info}");
        }
        let writes = Writes::default();
        for (stops, stays) in [(Some(true), true), (None, true), (Some(false), false), (None, false)] {
            tell(&Info::read(UNSAVED), true, stops, &writes);
            assert_eq!(writes.now().is_some(), stays, "{stops:?}");
        }
    }
}
