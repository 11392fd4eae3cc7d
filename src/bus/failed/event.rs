//! A failed event: what a list shows of it, and all that is known of it.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::{FailedAt, Followed};
use crate::bus::{Claim, Failure};
use crate::event::{
    Channel, EntryId, EventId, EventType, FailedState, Field, HandlerName, StreamKey, TenantId, TenantLabels,
};
use crate::filter::{FailureSeen, Standing, Subject};

/// A failed event, as a list has it. All texts are hostile. Cheap to clone.
#[derive(Debug, Clone, PartialEq)]
pub struct FailedEvent {
    /// Where it lies: its name.
    pub at: FailedAt,
    /// What is to be thought of it.
    pub state: FailedState,
    /// Whose failure it is: a handler's name, or that of a group that only Redis knows. `None` where nothing says so.
    pub handler: Option<Arc<str>>,
    /// The stream it was published to.
    pub stream: StreamKey,
    /// Its position there, where that is recorded.
    pub source: Option<EntryId>,
    /// The type: the event's own, else the one its stream is named for.
    pub event_type: EventType,
    /// Its channel, where the profile has them.
    pub channel: Option<Channel>,
    /// Its tenant, where that can be read.
    pub tenant: Option<TenantId>,
    /// Its id, where it has one.
    pub event: Option<EventId>,
    /// How often it was tried, or given to somebody where attempts are not counted.
    pub attempts: Option<u64>,
    /// How often it may be tried, where that is known.
    pub max_attempts: Option<u64>,
    /// Why it is a dead letter, in one word (`exhausted`, `permanent`, ..); `None` where that is not recorded.
    pub reason: Option<Arc<str>>,
    /// What happened, and what caused that, joined by `: `; its beginning, where that is long. `None` where errors are
    /// not recorded.
    pub error: Option<Arc<str>>,
    /// When it first failed.
    pub first_failed_at: Option<DateTime<Utc>>,
    /// When it failed last, or came to where it lies.
    pub last_failed_at: Option<DateTime<Utc>>,
    /// When it is tried again.
    pub next_at: Option<DateTime<Utc>>,
    /// For how long nobody has said anything of it, of what is pending.
    pub idle: Option<Duration>,
    /// The retry plan that it belongs to, or belonged to.
    pub plan: Option<Arc<str>>,
    /// What became of it, of one that was retried by hand.
    pub outcome: Option<Followed>,
    /// The event's JSON as it was published; `None` where it has none, or where it was not kept.
    pub text: Option<Arc<str>>,
}

impl FailedEvent {
    /// As a filter sees it. Its JSON is read for that.
    pub fn subject<R>(&self, labels: &TenantLabels, ask: impl FnOnce(&Subject<'_>) -> R) -> R {
        self.subject_with(self.payload(), labels, ask)
    }

    /// As a filter sees it, where it is known already what of its JSON is the payload.
    pub fn subject_with<R>(
        &self,
        payload: Option<&str>,
        labels: &TenantLabels,
        ask: impl FnOnce(&Subject<'_>) -> R,
    ) -> R {
        let handler = self.handler.as_deref().and_then(|name| HandlerName::new(name).ok());
        let seen: Vec<FailureSeen> = handler
            .map(|handler| FailureSeen {
                handler,
                error: self.error.clone().unwrap_or_else(|| "".into()),
                attempt: u32::try_from(self.attempts.unwrap_or(0)).unwrap_or(u32::MAX),
                is_dead: matches!(self.state, FailedState::Dead | FailedState::Invalid),
            })
            .into_iter()
            .collect();
        let tenant = self.tenant.as_ref().map(TenantId::as_str);
        ask(&Subject {
            stream: self.stream.as_str(),
            entry_id: self.source.unwrap_or_else(|| self.at.id()),
            channel: self.channel.as_ref().map(Channel::as_str),
            event_type: Some(self.event_type.as_str()),
            tenant,
            label: tenant.and_then(|tenant| labels.label(tenant)),
            event_id: self.event,
            at: self.failed_at().unwrap_or_default(),
            text: self.text.as_deref(),
            escaped: true,
            payload,
            standing: if self.state == FailedState::Invalid {
                Standing::Invalid
            } else {
                Standing::Unchecked
            },
            failures: &seen,
            state: Some(self.state),
        })
    }

    /// Its payload, where its JSON is kept and has one. The JSON is read for that, all of it.
    pub fn payload(&self) -> Option<&str> {
        let [payload] = crate::event::pick(self.text.as_deref()?, &["payload"]).ok()?;
        payload
    }

    /// When it failed last, as far as anything says so: what its age is counted from.
    pub fn failed_at(&self) -> Option<DateTime<Utc>> {
        self.last_failed_at.or(self.first_failed_at).or_else(|| self.at.id().time())
    }

    /// About how many bytes it holds: what memory bounds count.
    pub fn size(&self) -> usize {
        let texts = [&self.handler, &self.reason, &self.error, &self.plan, &self.text];
        size_of::<Self>() + texts.into_iter().flatten().map(|text| text.len()).sum::<usize>()
    }
}

/// All that is known of a failed event.
#[derive(Debug, Clone, PartialEq)]
pub struct FailedWhole {
    /// As the list has it, with its text.
    pub event: FailedEvent,
    /// Every field as it lies: name and value.
    pub fields: Vec<Field>,
    /// What happened, and what caused that, and so on; none where errors are not recorded.
    pub error: Vec<String>,
    /// How its attempts failed, oldest first.
    pub history: Vec<Failure>,
    /// Where it came from, and what it was retried as.
    pub lineage: Lineage,
}

/// The way of an event through retries by hand, in both directions.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Lineage {
    /// Where it was first published, where that is still there.
    pub published: Option<Claim>,
    /// Retries by hand of the same event that are recorded, oldest first.
    pub retried: Vec<RetriedAs>,
}

/// A retry by hand.
#[derive(Debug, Clone, PartialEq)]
pub struct RetriedAs {
    /// When.
    pub at: DateTime<Utc>,
    /// Who did it.
    pub who: String,
    /// The plan.
    pub plan: String,
    /// What was appended.
    pub to: Vec<Claim>,
    /// Whether the event was edited.
    pub edited: bool,
    /// What became of it.
    pub outcome: Followed,
}
