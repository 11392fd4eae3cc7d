//! The groups that failed attempts belong to: by handler, type and normalised message. There are so many at most; the
//! rest is counted together.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::normal::normalise;
use crate::bus::FailedAttempt;
use crate::event::{EventType, HandlerName};

/// So many groups are told apart.
pub(super) const GROUPS: usize = 1_000;

/// Stands for a group as long as the watch lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GroupId(u64);

impl GroupId {
    /// What is counted together because there are too many groups.
    pub const OTHERS: Self = Self(0);
}

/// What makes a group.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct GroupKey {
    pub(super) handler: HandlerName,
    pub(super) event_type: Option<EventType>,
    pub(super) message: String,
}

/// What is known of a group for as long as it is told apart.
#[derive(Debug, Clone)]
pub(super) struct Group {
    /// `None` for the one of all others.
    pub(super) key: Option<GroupKey>,
    /// How many of it are kept in the log.
    kept: u64,
    /// How many of it have left the log.
    pub(super) dropped: u64,
    /// When its first one happened.
    pub(super) first: DateTime<Utc>,
    /// The number of that one.
    pub(super) first_seq: u64,
    /// When its newest one happened.
    pub(super) last: DateTime<Utc>,
}

impl Group {
    /// Whether it is of this handler; the one of all others is of none.
    pub(super) fn is_of(&self, handler: Option<&str>) -> bool {
        let mine = self.key.as_ref().map(|key| key.handler.as_str());
        handler.is_none_or(|handler| mine == Some(handler))
    }
}

/// All groups.
#[derive(Debug, Default)]
pub(super) struct Table {
    by_key: HashMap<GroupKey, GroupId>,
    pub(super) groups: HashMap<GroupId, Group>,
    last: u64,
}

impl Table {
    /// Counts a failed attempt, and answers its group.
    pub(super) fn count(
        &mut self,
        attempt: &FailedAttempt,
        error: &str,
        at: DateTime<Utc>,
        seq: u64,
    ) -> GroupId {
        let key = GroupKey {
            handler: attempt.handler.clone(),
            event_type: attempt.event_type.clone(),
            message: normalise(error),
        };
        let id = match self.by_key.get(&key).copied() {
            Some(id) => id,
            None if self.by_key.len() < GROUPS || self.make_room() => {
                self.last += 1;
                self.by_key.insert(key.clone(), GroupId(self.last));
                GroupId(self.last)
            }
            None => GroupId::OTHERS,
        };
        let group = self.groups.entry(id).or_insert_with(|| Group {
            key: (id != GroupId::OTHERS).then_some(key),
            kept: 0,
            dropped: 0,
            first: at,
            first_seq: seq,
            last: at,
        });
        group.kept += 1;
        group.first = group.first.min(at);
        group.last = group.last.max(at);
        id
    }

    /// Lets go of a group of which nothing is kept any more: its number goes to the others.
    fn make_room(&mut self) -> bool {
        let gone = self.groups.iter().filter(|(id, group)| group.kept == 0 && **id != GroupId::OTHERS);
        let Some(id) = gone.map(|(id, _)| *id).min() else { return false };
        let Some(group) = self.groups.remove(&id) else { return false };
        if let Some(key) = &group.key {
            self.by_key.remove(key);
        }
        let others =
            self.groups.entry(GroupId::OTHERS).or_insert(Group { key: None, dropped: 0, ..group.clone() });
        others.dropped += group.dropped;
        others.first = others.first.min(group.first);
        others.last = others.last.max(group.last);
        true
    }

    /// One of this group has left the log.
    pub(super) fn drop_one(&mut self, id: GroupId) {
        if let Some(group) = self.groups.get_mut(&id) {
            group.kept = group.kept.saturating_sub(1);
            group.dropped += 1;
        }
    }
}
