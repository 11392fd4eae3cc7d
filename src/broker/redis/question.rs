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

    /// What rights are granted for: `XLEN`, and of a command that holds others both names, `XINFO GROUPS`.
    pub(super) fn name(&self) -> String {
        let mut words = self.0.args_iter().filter_map(|arg| match arg {
            redis::Arg::Simple(word) => Some(String::from_utf8_lossy(word).into_owned()),
            _ => None,
        });
        let command = words.next().unwrap_or_default();
        match (command.as_str(), words.next()) {
            ("XINFO" | "CONFIG" | "ACL" | "PUBSUB", Some(part)) => format!("{command} {part}"),
            _ => command,
        }
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

    /// As [`Question::pending_page`], of what lies behind `after` and up to `last`.
    pub(super) fn pending_between(
        key: &StreamKey,
        group: &[u8],
        (after, last): (EntryId, EntryId),
        count: usize,
    ) -> Self {
        let mut command = redis::cmd("XPENDING");
        command.arg(key.as_str()).arg(group).arg(format!("({after}")).arg(last.to_string()).arg(count);
        Self(command)
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

    /// `HMGET`: what a hash of ours has of these, nil of one that is not there.
    pub(super) fn values_in(key: &str, names: &[String]) -> Self {
        Self::of(redis::cmd("HMGET").arg(key).arg(names))
    }

    /// `ZMSCORE`: the score of each of `members`, nil of one that is not there.
    pub(super) fn scores(key: &str, members: &[String]) -> Self {
        Self::of(redis::cmd("ZMSCORE").arg(key).arg(members))
    }

    /// `ZRANGEBYSCORE`: `count` of what waits in a schedule from `score` on, without the first `skip`, and when they are
    /// due.
    pub(super) fn waiting_from(key: &str, score: &str, skip: usize, count: usize) -> Self {
        let mut command = redis::cmd("ZRANGEBYSCORE");
        command.arg(key).arg(score).arg("+inf").arg("WITHSCORES").arg("LIMIT").arg(skip).arg(count);
        Self(command)
    }

    /// `HSTRLEN`: how long the body of what waits is; 0 when it is not there.
    pub(super) fn body_length(key: &str, member: &str) -> Self {
        Self::of(redis::cmd("HSTRLEN").arg(key).arg(member))
    }

    /// `HGET`: the body of what waits.
    pub(super) fn body(key: &str, member: &str) -> Self {
        Self::of(redis::cmd("HGET").arg(key).arg(member))
    }

    /// `SCARD`: how many members a set has; 0 when it is not there.
    pub(super) fn set_size(key: &str) -> Self {
        Self::of(redis::cmd("SCARD").arg(key))
    }

    /// `SMISMEMBER`: which of `members` a set has.
    pub(super) fn are_members(key: &str, members: &[String]) -> Self {
        Self::of(redis::cmd("SMISMEMBER").arg(key).arg(members))
    }

    /// `SSCAN`: about `count` members of a set.
    pub(super) fn some_members(key: &str, cursor: &[u8], count: usize) -> Self {
        Self::of(redis::cmd("SSCAN").arg(key).arg(cursor).arg("COUNT").arg(count))
    }

    /// `GET`: a value of ours.
    pub(super) fn value_of(key: &str) -> Self {
        Self::of(redis::cmd("GET").arg(key))
    }

    /// `LRANGE`: `count` elements of a list, from the one at `from` on.
    pub(super) fn list_part(key: &str, from: usize, count: usize) -> Self {
        Self::of(redis::cmd("LRANGE").arg(key).arg(from).arg((from + count).saturating_sub(1)))
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

    /// `XREVRANGE`: at most `count` entries up to `last` and behind `after`, newest first.
    pub(super) fn range_before(key: &str, last: EntryId, after: EntryId, count: usize) -> Self {
        let mut command = redis::cmd("XREVRANGE");
        command.arg(key).arg(last.to_string()).arg(format!("({after}")).arg("COUNT").arg(count);
        Self(command)
    }

    /// `XRANGE`, or `XREVRANGE` where `last` is before `first`: at most `count` entries from the one to the other.
    pub(super) fn range(key: &str, first: EntryId, last: EntryId, count: usize) -> Self {
        let mut command = redis::cmd(if first <= last { "XRANGE" } else { "XREVRANGE" });
        command.arg(key).arg(first.to_string()).arg(last.to_string()).arg("COUNT").arg(count);
        Self(command)
    }

    /// `XRANGE`: the one entry at `id`, if it is there.
    pub(super) fn entry_at(key: &str, id: EntryId) -> Self {
        Self::of(redis::cmd("XRANGE").arg(key).arg(id.to_string()).arg(id.to_string()))
    }

    /// `XRANGE`: the oldest entry.
    pub(super) fn oldest(key: &str) -> Self {
        Self::of(redis::cmd("XRANGE").arg(key).arg("-").arg("+").arg("COUNT").arg(1))
    }

    /// `ZREVRANGE`: the `count` members with the highest scores, the highest first.
    pub(super) fn highest(key: &str, count: usize) -> Self {
        Self::of(redis::cmd("ZREVRANGE").arg(key).arg(0).arg(count.saturating_sub(1)))
    }

    /// `PUBSUB NUMSUB`: how many connections listen to a channel by its name.
    pub(super) fn subscribers(channel: &str) -> Self {
        Self::of(redis::cmd("PUBSUB").arg("NUMSUB").arg(channel))
    }

    /// `PUBSUB NUMPAT`: how many patterns are listened to, over all connections.
    pub(super) fn patterns() -> Self {
        Self::of(redis::cmd("PUBSUB").arg("NUMPAT"))
    }

    fn of(command: &Cmd) -> Self {
        Self(command.clone())
    }
}
