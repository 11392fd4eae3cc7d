//! What one plan has retried, by the records of it: read forward from when it was frozen, however many of others lie among
//! them.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::Scope;
use super::pages::Pages;
use super::records::{self, Record};
use crate::broker::redis::asker::Asker;
use crate::broker::redis::codec::{self, RawEntry};
use crate::broker::redis::operate::RECORDS_OF_RETRIES;
use crate::broker::redis::profile::Layout;
use crate::broker::redis::question::Question;
use crate::broker::redis::told::text;
use crate::bus::{BusError, FailedAt, Retried, RetriedBy};
use crate::event::{EntryId, Field, HandlerName, StreamKey};

const DOING: &str = "reading what a plan has retried";
/// Positions are the server's time, and a plan is frozen by the clock of whoever made it: so far may they be apart.
const CLOCKS: TimeDelta = TimeDelta::hours(1);

/// See [`crate::bus::FailedQueue::retried_by`].
pub(super) async fn read(
    asker: &mut Asker,
    scope: &Scope,
    plan: &str,
    since: DateTime<Utc>,
    streams: &BTreeSet<StreamKey>,
) -> Result<RetriedBy, BusError> {
    let since = since.checked_sub_signed(CLOCKS).unwrap_or_default().timestamp_millis();
    let after = EntryId::new(u64::try_from(since).unwrap_or_default(), 0);
    let mut by = RetriedBy::default();
    for stream in streams {
        let mut pages = Pages::on(scope.layout.retried(stream), after);
        let mut seen = 0;
        while let Some(page) = pages.next(asker, DOING).await? {
            seen += page.len();
            by.retried.extend(page.iter().filter_map(|entry| retried(scope, plan, stream, entry)));
        }
        // Trimmed are the oldest, when there are too many: one from before says that none since is missing.
        if seen >= RECORDS_OF_RETRIES as usize && !is_older(asker, &scope.layout, stream, after).await? {
            by.trimmed.insert(stream.clone());
        }
    }
    Ok(by)
}

/// Whether a record lies at `after` or before.
async fn is_older(
    asker: &mut Asker,
    layout: &Layout,
    stream: &StreamKey,
    after: EntryId,
) -> Result<bool, BusError> {
    let reply = asker.ask(&Question::oldest(&layout.retried(stream)), DOING).await?;
    let Some(reply) = asker.answered(reply, DOING)? else { return Ok(false) };
    let oldest = codec::entries(reply).map_err(|fault| asker.unreadable(fault, DOING))?;
    Ok(oldest.first().is_some_and(|oldest| oldest.id <= after))
}

/// What one record says, where it is of this plan.
fn retried(scope: &Scope, plan: &str, stream: &StreamKey, entry: &RawEntry) -> Option<Retried> {
    let fields = entry.fields.as_deref()?;
    if text(fields, "plan") != Some(plan) {
        return None;
    }
    let record = records::record(entry.id, fields);
    let admits = |record: &Record| record.tenant.as_ref().is_some_and(|tenant| scope.lock.admits(tenant));
    if scope.lock.is_locked() && !admits(&record) {
        return None;
    }
    Some(Retried {
        from: from(stream, fields, &record)?,
        stream: stream.clone(),
        source: record.source.filter(|source| *source != EntryId::ZERO),
        event: record.event,
        to: record.to,
        plan: plan.to_owned(),
        repeated: true,
    })
}

/// Where it lay: among the dead letters, or it waited.
fn from(stream: &StreamKey, fields: &[Field], record: &Record) -> Option<FailedAt> {
    match text(fields, "deadLetterId").filter(|id| !id.is_empty()) {
        Some(id) => Some(FailedAt::DeadLetter { stream: stream.clone(), id: id.parse().ok()? }),
        None => Some(FailedAt::Waiting {
            stream: stream.clone(),
            handler: HandlerName::new(record.handler.as_deref()?).ok()?,
            source: record.source?,
        }),
    }
}
