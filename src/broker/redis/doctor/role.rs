//! What kind of server it is: a primary, a replica, a node of a cluster.

use super::finding::{fault, note, ok, some, warning};
use super::info::Info;
use crate::bus::Finding;
use crate::text::display_safe;

const CHECK: &str = "role";

/// `writes`: whether the session may publish.
pub(super) fn judge(info: &Info, writes: bool) -> Finding {
    if info.number("cluster_enabled") == Some(1) {
        return fault(
            CHECK,
            "the server is a node of a cluster: it has a part of the streams only",
            "cluster mode is not supported yet: name a server that is not clustered",
        );
    }
    match info.text("role") {
        Some("master") => {
            let replicas = info.number("connected_slaves").unwrap_or(0);
            ok(CHECK, format!("a primary with {}", some(replicas, "replica")))
        }
        Some("slave") => judge_replica(info, writes),
        Some("sentinel") => fault(
            CHECK,
            "this is a Sentinel: it watches servers, and holds no events",
            "name the server itself with --url; SENTINEL GET-MASTER-ADDR-BY-NAME tells where it is",
        ),
        Some(other) => note(CHECK, format!("the server's role is '{}'", display_safe(other)), None),
        None => note(CHECK, "INFO names no role", None),
    }
}

fn judge_replica(info: &Info, writes: bool) -> Finding {
    let host = info.text("master_host").unwrap_or("?");
    let primary = format!("{}:{}", display_safe(host), info.number("master_port").unwrap_or(0));
    if info.text("master_link_status") != Some("up") {
        let since = match info.number("master_link_down_since_seconds") {
            Some(seconds) => format!(" for {}", some(seconds, "second")),
            None => String::new(),
        };
        fault(
            CHECK,
            format!("a replica of {primary}, cut off from it{since}: what is seen here is old"),
            "look at the primary, and at the way to it; or name another server with --url",
        )
    } else if writes {
        warning(
            CHECK,
            format!("a read-only replica of {primary}: watching works, publishing is refused"),
            "to publish, name the primary with --url",
        )
    } else {
        ok(CHECK, format!("a replica of {primary}, in touch with it"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bus::Level;

    #[test]
    fn roles() {
        const REPLICA: &str = "role:slave\nmaster_host:db1\nmaster_port:6379\n";
        for (info, writes, level, shown) in [
            ("role:master\nconnected_slaves:2", true, Level::Ok, "2 replicas"),
            (&format!("{REPLICA}master_link_status:up"), true, Level::Warning, "replica of db1:6379"),
            (&format!("{REPLICA}master_link_status:up"), false, Level::Ok, "replica of db1:6379"),
            (
                &format!("{REPLICA}master_link_status:down\nmaster_link_down_since_seconds:90"),
                false,
                Level::Fault,
                "for 90 seconds",
            ),
            ("role:master\ncluster_enabled:1", true, Level::Fault, "cluster"),
            ("role:sentinel", true, Level::Fault, "Sentinel"),
            ("role:\x1b[2J", true, Level::Note, "\\x1b[2J"),
            ("", true, Level::Note, "no role"),
        ] {
            let finding = judge(&Info::read(info), writes);
            assert_eq!(finding.level, level, "{info}");
            assert!(finding.found.contains(shown), "{info}: {}", finding.found);
        }
    }
}
