//! What a server says that was sent to it, and which of that writes.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    reason = "test support: each test uses a part, and a fault must say where"
)]

use std::collections::BTreeMap;

use redis::aio::MultiplexedConnection;

/// What a user needs who watches and looks over, and no more: as `doctor` advises.
const RECIPE: &str = "reset on >secret ~* &* +@read +@connection +@pubsub -@dangerous -publish -spublish -keys +time \
     +info +role +slowlog|get +latency|latest +client|setname +client|list +config|get +memory|usage +acl|whoami \
     +acl|dryrun";

/// Calls, rejected calls and failed calls of each command so far.
pub type Statistics = BTreeMap<String, (u64, u64, u64)>;

/// Makes the user `observer` of the recipe; answers `url` as he writes it.
pub async fn observer(admin: &mut MultiplexedConnection, url: &str) -> String {
    let mut user = redis::cmd("ACL");
    user.arg("SETUSER").arg("observer").arg(RECIPE.split_whitespace().collect::<Vec<_>>());
    let () = user.query_async(admin).await.unwrap();
    url.replace("redis://", "redis://observer:secret@")
}

/// Forgets what was sent so far.
pub async fn reset(admin: &mut MultiplexedConnection) {
    let () = redis::cmd("CONFIG").arg("RESETSTAT").query_async(admin).await.unwrap();
}

/// What was sent so far.
pub async fn statistics(admin: &mut MultiplexedConnection) -> Statistics {
    let text: String = redis::cmd("INFO").arg("commandstats").query_async(admin).await.unwrap();
    let count = |line: &str, name: &str| {
        let at = line.split(['=', ',']).position(|part| part == name).unwrap();
        line.split(['=', ',']).nth(at + 1).unwrap().trim().parse().unwrap()
    };
    text.lines()
        .filter_map(|line| line.strip_prefix("cmdstat_")?.split_once(':'))
        .map(|(name, line)| {
            let counts = (count(line, "calls"), count(line, "rejected_calls"), count(line, "failed_calls"));
            (name.to_owned(), counts)
        })
        .collect()
}

/// These tell others to write, or send to everybody, though the server does not call them writes itself.
const WRITE_TOO: [&str; 7] = ["eval", "evalsha", "fcall", "function", "script", "publish", "spublish"];

/// Whether a command writes, as the server itself says, or as a script may. `command` is as statistics name it:
/// `xgroup|create`.
pub async fn writes(admin: &mut MultiplexedConnection, command: &str) -> bool {
    let docs: redis::Value = redis::cmd("COMMAND").arg("INFO").arg(command).query_async(admin).await.unwrap();
    let redis::Value::Array(commands) = docs else { panic!("{docs:?}") };
    let Some(redis::Value::Array(parts)) = commands.into_iter().next() else {
        panic!("no command {command}")
    };
    let name = command.split('|').next().unwrap();
    WRITE_TOO.contains(&name) || format!("{:?}", parts[2]).contains("\"write\"")
}
