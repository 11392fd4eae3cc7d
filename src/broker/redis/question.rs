//! The commands that looking a bus over may send. A [`Question`] cannot be made in any other way, and the connection
//! for looking takes nothing else: what holds it has no way to write.

use redis::Cmd;

use crate::event::{EntryId, StreamKey};

/// A command that only reads.
#[derive(Clone)]
pub(super) struct Question(Cmd);

impl Question {
    /// The command as it is sent.
    pub(super) fn command(&self) -> &Cmd {
        &self.0
    }

    /// `PING`: does it answer?
    pub(super) fn ping() -> Self {
        Self(redis::cmd("PING"))
    }

    /// `INFO`: its default sections.
    pub(super) fn info() -> Self {
        Self(redis::cmd("INFO"))
    }

    /// `TIME`: the server's clock.
    pub(super) fn time() -> Self {
        Self(redis::cmd("TIME"))
    }

    /// `DBSIZE`: how many keys the database has.
    pub(super) fn db_size() -> Self {
        Self(redis::cmd("DBSIZE"))
    }

    /// `CONFIG GET`: one setting of the server.
    pub(super) fn config_get(name: &str) -> Self {
        Self::of(redis::cmd("CONFIG").arg("GET").arg(name))
    }

    /// `ACL WHOAMI`: the user that we are.
    pub(super) fn who_am_i() -> Self {
        Self::of(redis::cmd("ACL").arg("WHOAMI"))
    }

    /// `ACL DRYRUN`: whether `user` may run a command. The server only looks it up, and runs nothing.
    pub(super) fn dry_run(user: &[u8], command: &[&str]) -> Self {
        Self::of(redis::cmd("ACL").arg("DRYRUN").arg(user).arg(command))
    }

    /// `XINFO STREAM`: the facts of a stream. Never `FULL`, which walks over everything pending.
    pub(super) fn stream(key: &StreamKey) -> Self {
        Self::of(redis::cmd("XINFO").arg("STREAM").arg(key.as_str()))
    }

    /// `XINFO GROUPS`: its consumer groups.
    pub(super) fn groups(key: &StreamKey) -> Self {
        Self::of(redis::cmd("XINFO").arg("GROUPS").arg(key.as_str()))
    }

    /// `XINFO CONSUMERS`: the consumers of a group.
    pub(super) fn consumers(key: &StreamKey, group: &[u8]) -> Self {
        Self::of(redis::cmd("XINFO").arg("CONSUMERS").arg(key.as_str()).arg(group))
    }

    /// `XPENDING` in its short form: how many are pending, and the lowest and highest of their ids.
    pub(super) fn pending(key: &StreamKey, group: &[u8]) -> Self {
        Self::of(redis::cmd("XPENDING").arg(key.as_str()).arg(group))
    }

    /// `XPENDING` in its long form: the first `count` pending entries, with consumer, idle time and deliveries.
    pub(super) fn pending_page(key: &StreamKey, group: &[u8], count: usize) -> Self {
        Self::of(redis::cmd("XPENDING").arg(key.as_str()).arg(group).arg("-").arg("+").arg(count))
    }

    /// `ZRANGE`: the `count` soonest of what waits in a schedule, and when they are due.
    pub(super) fn soonest(key: &str, count: usize) -> Self {
        Self::of(redis::cmd("ZRANGE").arg(key).arg(0).arg(count.saturating_sub(1)).arg("WITHSCORES"))
    }

    /// `ZCARD`: how many wait in a schedule; 0 when it is not there.
    pub(super) fn waiting(key: &str) -> Self {
        Self::of(redis::cmd("ZCARD").arg(key))
    }

    /// `HGETALL`: a small hash of ours.
    pub(super) fn all_of(key: &str) -> Self {
        Self::of(redis::cmd("HGETALL").arg(key))
    }

    /// `ZMSCORE`: when each of `consumers` was last seen.
    pub(super) fn last_seen(key: &str, consumers: &[String]) -> Self {
        Self::of(redis::cmd("ZMSCORE").arg(key).arg(consumers))
    }

    /// `GET`: a value of ours.
    pub(super) fn value_of(key: &str) -> Self {
        Self::of(redis::cmd("GET").arg(key))
    }

    /// `XLEN`: how many entries a stream has; 0 when it is not there.
    pub(super) fn length(key: &str) -> Self {
        Self::of(redis::cmd("XLEN").arg(key))
    }

    /// `XRANGE`: at most `count` entries behind `after`.
    pub(super) fn entries_after(key: &StreamKey, after: EntryId, count: usize) -> Self {
        Self::range_after(key.as_str(), after, count)
    }

    /// As [`Question::entries_after`], of a stream that is no type's.
    pub(super) fn range_after(key: &str, after: EntryId, count: usize) -> Self {
        let mut command = redis::cmd("XRANGE");
        command.arg(key).arg(format!("({after}")).arg("+").arg("COUNT").arg(count);
        Self(command)
    }

    /// `XREVRANGE`: at most `count` entries up to `last`, newest first.
    pub(super) fn range_before(key: &str, last: EntryId, count: usize) -> Self {
        Self::of(redis::cmd("XREVRANGE").arg(key).arg(last.to_string()).arg("-").arg("COUNT").arg(count))
    }

    /// `PUBSUB NUMPAT`: how many patterns are listened to, over all connections.
    pub(super) fn patterns() -> Self {
        Self::of(redis::cmd("PUBSUB").arg("NUMPAT"))
    }

    fn of(command: &Cmd) -> Self {
        Self(command.clone())
    }
}
