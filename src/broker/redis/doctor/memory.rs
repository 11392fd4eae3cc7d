//! Memory: how much is used, and what the server does when it runs out. A server that evicts may take away a stream
//! whole, without a trace.

use super::finding::{fault, note, ok, percent, size, some, warning};
use super::info::Info;
use super::refusing::{counted, is_out_of_memory};
use crate::bus::Finding;
use crate::text::display_safe;

const USE: &str = "memory";
const POLICY: &str = "memory-policy";
/// So many percent of maxmemory are near the limit.
const NEAR: u64 = 90;

pub(super) fn judge_use(info: &Info) -> Finding {
    let Some(used) = counted(info) else {
        return note(USE, "INFO names no used memory", None);
    };
    let limit = info.number("maxmemory").unwrap_or(0);
    if limit == 0 {
        return ok(USE, format!("{} used; no limit is set (maxmemory 0)", size(used)));
    }
    let oom = info.text("errorstat_OOM").and_then(|stat| stat.strip_prefix("count=")?.parse::<u64>().ok());
    let oom = oom.filter(|times| *times > 0).map_or_else(String::new, |times| {
        format!("; it has refused {} for lack of memory (OOM) since its start", some(times, "command"))
    });
    let found = format!("{} of {} used ({} %){oom}", size(used), size(limit), percent(used, limit));
    let mend = "raise maxmemory, or make room: trim streams, purge dead letters";
    if percent(used, limit) < NEAR && !oom.is_empty() {
        note(USE, found, Some(mend))
    } else if percent(used, limit) < NEAR {
        ok(USE, found)
    } else if is_out_of_memory(info) {
        fault(USE, format!("{found}: every write is refused (OOM)"), mend)
    } else {
        warning(USE, format!("{found}: nearly full"), mend)
    }
}

pub(super) fn judge_policy(info: &Info) -> Finding {
    let Some(policy) = info.text("maxmemory_policy") else {
        return note(POLICY, "INFO names no eviction policy", None);
    };
    let shown = display_safe(policy);
    let limited = info.number("maxmemory").is_none_or(|limit| limit > 0);
    let evicted = match info.number("evicted_keys") {
        Some(keys) if keys > 0 => format!("; it has evicted {} since its start", some(keys, "key")),
        _ => String::new(),
    };
    let mend = "CONFIG SET maxmemory-policy noeviction, and in redis.conf";
    if policy == "noeviction" {
        ok(POLICY, "noeviction: nothing is thrown away to make room")
    } else if policy.starts_with("volatile") {
        let found = format!(
            "{shown}: streams are safe, but keys that expire are not{evicted}; they keep events from being \
             published or handled twice"
        );
        if limited { warning(POLICY, found, mend) } else { note(POLICY, found, Some(mend)) }
    } else if limited {
        let found = format!("{shown}: when memory runs out, the server deletes whole streams{evicted}");
        fault(POLICY, found, mend)
    } else {
        let found = format!("{shown}: as soon as maxmemory is set, the server may delete whole streams");
        warning(POLICY, found, mend)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bus::Level;

    #[test]
    fn memory_in_use() {
        for (used, limit, policy, level) in [
            (5, 0, "noeviction", Level::Ok),
            (89, 100, "noeviction", Level::Ok),
            (90, 100, "noeviction", Level::Warning),
            (100, 100, "noeviction", Level::Warning),
            (101, 100, "noeviction", Level::Fault),
            (101, 100, "allkeys-lru", Level::Warning),
        ] {
            let info = format!("used_memory:{used}\nmaxmemory:{limit}\nmaxmemory_policy:{policy}");
            assert_eq!(judge_use(&Info::read(&info)).level, level, "{info}");
        }
        let mut info = "used_memory:101\nmaxmemory:100\nmem_not_counted_for_evict:1".to_owned();
        assert_eq!(judge_use(&Info::read(&info)).level, Level::Warning, "it takes writes still");
        info.push('2');
        assert_eq!(judge_use(&Info::read(&info)).level, Level::Ok);
        assert_eq!(judge_use(&Info::read("")).level, Level::Note);
    }

    #[test]
    fn policies() {
        for (policy, limit, evicted, level) in [
            ("noeviction", 100, 0, Level::Ok),
            ("noeviction", 0, 0, Level::Ok),
            ("allkeys-lru", 100, 0, Level::Fault),
            ("allkeys-lfu", 100, 12, Level::Fault),
            ("allkeys-random", 0, 0, Level::Warning),
            ("volatile-ttl", 100, 0, Level::Warning),
            ("volatile-lru", 0, 0, Level::Note),
            ("something-new", 100, 0, Level::Fault),
        ] {
            let info = format!("maxmemory_policy:{policy}\nmaxmemory:{limit}\nevicted_keys:{evicted}");
            let finding = judge_policy(&Info::read(&info));
            assert_eq!(finding.level, level, "{info}");
            assert_eq!(finding.found.contains("12 keys"), evicted > 0, "{}", finding.found);
            assert_eq!(finding.mend.is_some(), level > Level::Ok);
        }
        assert_eq!(judge_policy(&Info::read("")).level, Level::Note);
    }
}
