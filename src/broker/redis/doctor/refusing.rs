//! Whether the server takes writes, as far as `INFO` tells.

use super::info::Info;
use crate::bus::{Writes, WritesRefused};

/// Tells what `INFO` says of it. `writes`: whether the session may publish; to who only watches, a replica is as good.
pub(super) fn tell(info: &Info, writes: bool, to: &Writes) {
    match judge(info, writes) {
        Some(why) => to.refused(why),
        None => to.looks_well(|why| sees(info, why)),
    }
}

/// Why it refuses every write.
fn judge(info: &Info, writes: bool) -> Option<WritesRefused> {
    let is_replica = info.text("role") == Some("slave") && info.number("slave_read_only") != Some(0);
    if is_out_of_memory(info) {
        Some(WritesRefused::Memory)
    } else if is_replica && writes {
        Some(WritesRefused::ReadOnly)
    } else if failed(info, "aof_last_write_status") && info.number("aof_enabled") == Some(1)
        || failed(info, "rdb_last_bgsave_status") && info.text("errorstat_MISCONF").is_some()
    {
        // Whether a failed snapshot stops writes is a setting: it was refused before, so it does.
        Some(WritesRefused::Unsaved)
    } else {
        None
    }
}

/// As the server reckons: what its replicas and its log have waiting does not count.
fn is_out_of_memory(info: &Info) -> bool {
    let limit = info.number("maxmemory").unwrap_or(0);
    let used = info.number("used_memory").unwrap_or(0);
    let counts = used.saturating_sub(info.number("mem_not_counted_for_evict").unwrap_or(0));
    limit > 0 && counts > limit && info.text("maxmemory_policy").is_none_or(|policy| policy == "noeviction")
}

fn failed(info: &Info, name: &str) -> bool {
    info.text(name).is_some_and(|status| status != "ok")
}

/// Whether `INFO` would show it.
fn sees(info: &Info, why: WritesRefused) -> bool {
    match why {
        WritesRefused::Memory => info.number("maxmemory").is_some(),
        WritesRefused::ReadOnly => info.text("role") == Some("master"),
        WritesRefused::Unsaved => {
            info.text("rdb_last_bgsave_status") == Some("ok") && !failed(info, "aof_last_write_status")
        }
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
            ("aof_enabled:0\nrdb_last_bgsave_status:err", true, None),
            ("rdb_last_bgsave_status:err\nerrorstat_MISCONF:count=3", true, Some(Unsaved)),
            ("", true, None),
        ] {
            assert_eq!(judge(&Info::read(info), writes), why, "{info}");
        }
    }

    #[test]
    fn a_look_takes_back_only_what_it_sees() {
        const WELL: &str = "role:master\nmaxmemory:0\nrdb_last_bgsave_status:ok\naof_enabled:0";
        for (info, why, stays) in [
            (WELL, Memory, false),
            (WELL, ReadOnly, false),
            (WELL, Unsaved, false),
            (WELL, Replicas, true),
            ("", Memory, true),
            ("role:slave\nslave_read_only:0", ReadOnly, true),
            ("rdb_last_bgsave_status:err", Unsaved, true),
        ] {
            let writes = Writes::default();
            writes.refused(why);
            tell(&Info::read(info), true, &writes);
            assert_eq!(writes.now().is_some(), stays, "{why:?} {info}");
        }
    }
}
