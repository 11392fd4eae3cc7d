//! Whether the server is new enough.

use super::finding::{fault, note, ok};
use super::info::Info;
use crate::bus::Finding;
use crate::text::display_safe;

const CHECK: &str = "version";
/// `XAUTOCLAIM`, exclusive ranges.
const NEEDED: (u64, u64) = (6, 2);
/// Lags, `ACL DRYRUN`, counts of what was ever added.
const RECOMMENDED: (u64, u64) = (7, 0);

pub(super) fn judge(info: &Info) -> Finding {
    let Some(version) = info.text("redis_version") else {
        return note(CHECK, "INFO names no version", None);
    };
    // Servers of the same protocol name a version of Redis that they are like.
    let shown = match (info.text("server_name"), info.text("valkey_version")) {
        (Some(name), Some(own)) => format!("{name} {own} (like Redis {version})"),
        _ => format!("Redis {version}"),
    };
    let shown = display_safe(&shown);
    let mut parts = version.split('.').map(str::parse::<u64>);
    let (Some(Ok(major)), Some(Ok(minor))) = (parts.next(), parts.next()) else {
        return note(CHECK, format!("{shown}: this is no version that we know"), None);
    };
    if (major, minor) < NEEDED {
        fault(CHECK, format!("{shown}: 6.2 is needed"), "update the server; 7.0 or newer is recommended")
    } else if (major, minor) < RECOMMENDED {
        note(
            CHECK,
            format!(
                "{shown} works; before 7.0 lags are counted entry by entry, what was trimmed is not counted, and \
                 rights cannot be looked up"
            ),
            Some("7.0 or newer is recommended"),
        )
    } else {
        ok(CHECK, shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bus::Level;

    #[test]
    fn versions() {
        for (info, level, shown) in [
            ("redis_version:5.0.14", Level::Fault, "Redis 5.0.14: 6.2 is needed"),
            ("redis_version:6.0.16", Level::Fault, "6.2 is needed"),
            ("redis_version:6.2.14", Level::Note, "before 7.0"),
            ("redis_version:7.0.15", Level::Ok, "Redis 7.0.15"),
            ("redis_version:10.0.0", Level::Ok, "Redis 10.0.0"),
            (
                "redis_version:7.2.4\nserver_name:valkey\nvalkey_version:8.0.1",
                Level::Ok,
                "valkey 8.0.1 (like Redis 7.2.4)",
            ),
            ("redis_version:unstable", Level::Note, "no version that we know"),
            ("redis_version:\x1b[2J", Level::Note, "\\x1b[2J"),
            ("", Level::Note, "names no version"),
        ] {
            let finding = judge(&Info::read(info));
            assert_eq!(finding.level, level, "{info}");
            assert!(finding.found.contains(shown), "{info}: {}", finding.found);
        }
    }
}
