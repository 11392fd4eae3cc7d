//! What was done before: an event that is gone may be gone because we did it, and the answer was lost, or because the plan
//! was interrupted. What the steps wrote where they did it says so. It is looked up for many at a time: looking into a
//! thousand entries costs the server some milliseconds.

use std::collections::{BTreeMap, HashMap};

use redis::Value;

use super::{RedisOperator, records};
use crate::broker::redis::codec;
use crate::broker::redis::profile::Layout;
use crate::broker::redis::script::{Call, MOVED, RECORDED};
use crate::bus::{ActionError, FailedAt, Retried};
use crate::event::{EntryId, StreamKey, TenantId};

const DOING: &str = "looking up what was done before";
/// How many are looked up at a time.
const CHUNK: usize = 200;

impl RedisOperator {
    /// Of retries that found nothing, those that `plan` has recorded as its own.
    pub(super) async fn recorded(
        &self,
        plan: &str,
        events: &[&FailedAt],
        answers: &mut [Result<Retried, ActionError>],
    ) {
        let call = |stream: &StreamKey| {
            let mut call = Call::new(&RECORDED, [self.layout.retried(stream)]);
            call.arg(plan);
            call
        };
        let read = |from: &FailedAt, parts: &[String]| {
            let [event, source, to, tenant] = parts else { return Err(ActionError::Gone) };
            // What is gone could not be looked at before.
            self.admits_tenant(TenantId::new(tenant).ok())?;
            let to = records::claims(to).ok_or(ActionError::Gone)?;
            Ok(records::retried(from, event, source, to, plan, true))
        };
        self.look_up(events, answers, call, read).await;
    }

    /// Of discards by `who` that found nothing, those that lie among the discarded events already.
    pub(super) async fn discarded(
        &self,
        who: &str,
        events: &[&FailedAt],
        answers: &mut [Result<FailedAt, ActionError>],
    ) {
        let call = |stream: &StreamKey| moved(self.layout.discarded(stream), "discardedFrom", who);
        let read = |at: &FailedAt, parts: &[String]| {
            Ok(FailedAt::Discarded { stream: at.stream().clone(), id: id(parts)? })
        };
        self.look_up(events, answers, call, read).await;
    }

    /// Of discarded events that were not there, those that lie among the dead letters already.
    pub(super) async fn restored(&self, events: &[&FailedAt], answers: &mut [Result<FailedAt, ActionError>]) {
        let call = |stream: &StreamKey| moved(Layout::dead_letters(stream), "restoredFrom", "");
        let read = |at: &FailedAt, parts: &[String]| {
            Ok(FailedAt::DeadLetter { stream: at.stream().clone(), id: id(parts)? })
        };
        self.look_up(events, answers, call, read).await;
    }

    async fn look_up<A>(
        &self,
        events: &[&FailedAt],
        answers: &mut [Result<A, ActionError>],
        call: impl Fn(&StreamKey) -> Call,
        read: impl Fn(&FailedAt, &[String]) -> Result<A, ActionError>,
    ) {
        let mut gone: BTreeMap<&StreamKey, Vec<usize>> = BTreeMap::new();
        for (at, answer) in answers.iter().enumerate() {
            if matches!(answer, Err(ActionError::Gone)) && name(events[at]).is_some() {
                gone.entry(events[at].stream()).or_default().push(at);
            }
        }
        let (mut calls, mut asked) = (Vec::new(), Vec::new());
        for (stream, places) in &gone {
            for chunk in places.chunks(CHUNK) {
                let mut call = call(stream);
                call.arg(chunk.iter().filter_map(|at| name(events[*at])).collect::<Vec<_>>());
                calls.push(call);
                asked.push(chunk);
            }
        }
        let sent = match self.send(&calls, DOING).await {
            Ok(sent) => sent,
            Err(why) => asked.iter().map(|_| Err(ActionError::Unknown(why.what().to_owned()))).collect(),
        };
        for (chunk, sent) in asked.into_iter().zip(sent) {
            let found = sent.map(found);
            for at in chunk {
                answers[*at] = match &found {
                    // It is gone, and whether we did that is not known.
                    Err(why) => Err(why.clone()),
                    Ok(found) => match name(events[*at]).and_then(|name| found.get(&name)) {
                        Some(parts) => read(events[*at], parts),
                        None => Err(ActionError::Gone),
                    },
                };
            }
        }
    }
}

/// What records call it by; `None` for what cannot have been moved by us.
fn name(at: &FailedAt) -> Option<String> {
    match at {
        FailedAt::DeadLetter { id, .. } | FailedAt::Discarded { id, .. } => Some(id.to_string()),
        FailedAt::Waiting { handler, source, .. } => Some(format!("{}|{source}", handler.as_str())),
        FailedAt::Pending { .. }
        | FailedAt::Due { .. }
        | FailedAt::Retried { .. }
        | FailedAt::Invalid { .. } => None,
    }
}

fn moved(key: String, from: &str, who: &str) -> Call {
    let mut call = Call::new(&MOVED, [key]);
    call.arg(from).arg(who);
    call
}

fn id(parts: &[String]) -> Result<EntryId, ActionError> {
    parts.first().and_then(|id| id.parse().ok()).ok_or(ActionError::Gone)
}

/// What was found, by name. What is no text of ours is left out.
fn found(value: Value) -> HashMap<String, Vec<String>> {
    let text = |part: Value| codec::bytes(part).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let one = |value: Value| {
        let mut parts = codec::list(value).ok()?.into_iter().map(text).collect::<Option<Vec<_>>>()?;
        (!parts.is_empty()).then(|| (parts.remove(0), parts))
    };
    codec::list(value).unwrap_or_default().into_iter().filter_map(one).collect()
}
