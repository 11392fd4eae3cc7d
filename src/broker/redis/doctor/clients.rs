//! Whether there is room for more connections.

use super::finding::{fault, note, ok, percent, some, warning};
use super::info::Info;
use crate::bus::Finding;
use crate::text::count;

const CHECK: &str = "clients";
/// So many percent of all connections are near the limit.
const NEAR: u64 = 90;

pub(super) fn judge(info: &Info) -> Finding {
    let Some(connected) = info.number("connected_clients") else {
        return note(CHECK, "INFO names no connected clients", None);
    };
    let rejected = info.number("rejected_connections").unwrap_or(0);
    let Some(limit) = info.number("maxclients") else {
        return ok(CHECK, some(connected, "client"));
    };
    let found = format!("{} of at most {}", some(connected, "client"), count(limit));
    let mend = "look with CLIENT LIST for programs that connect and never leave, or raise maxclients";
    if percent(connected, limit) >= NEAR {
        let found = format!("{found}: further ones are refused soon");
        return if connected >= limit { fault(CHECK, found, mend) } else { warning(CHECK, found, mend) };
    }
    if rejected > 0 {
        let found =
            format!("{found}; since its start the server has refused {}", some(rejected, "connection"));
        return note(CHECK, found, Some(mend));
    }
    ok(CHECK, found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bus::Level;

    #[test]
    fn room_for_clients() {
        for (connected, limit, rejected, level) in [
            (1, 10_000, 0, Level::Ok),
            (8_999, 10_000, 0, Level::Ok),
            (9_000, 10_000, 0, Level::Warning),
            (10_000, 10_000, 0, Level::Fault),
            (10, 10_000, 3, Level::Note),
        ] {
            let info =
                format!("connected_clients:{connected}\nmaxclients:{limit}\nrejected_connections:{rejected}");
            assert_eq!(judge(&Info::read(&info)).level, level, "{info}");
        }
        assert_eq!(
            judge(&Info::read("connected_clients:5")).level,
            Level::Ok,
            "an older server names no limit"
        );
        assert_eq!(judge(&Info::read("")).level, Level::Note);
    }
}
