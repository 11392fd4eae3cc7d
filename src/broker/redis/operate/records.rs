//! What acting on failed events leaves behind, as it is written. The scripts of retrying and putting aside write theirs in
//! the same step in which they act (`lua/lineage.lua` and `lua/discard.lua`):
//!
//! * beside a type's stream, *retried*: `deadLetterId` (empty for a retry that waited), `stream`, `source`, `to` (JSON list
//!   of `[stream, entry id]`), `plan`, `who`, `at` (RFC 3339), `handler`, `eventId` (of what was sent: with `as-new` the new
//!   one), `tenant`, `type`, `attempts`, `error` (its texts in one, at most 500 bytes), `runs`, `edited` (`1` or empty);
//! * *discarded*: the dead letter's fields, then `discardedBy`, `discardedAt`, `discardReason`, `discardedFrom` (the dead
//!   letter's id; of a retry that waited, its member of the schedule);
//! * a dead letter that was put back says `restoredFrom`, behind all its other fields.
//!
//! What is written here: the journal, a stream of `who`, `at`, `deed`, `plan`, `count`, `reason`, `note`; and kept plans, a
//! list whose first element is the head, `{"id","who","at","reason","runs","pace","items":COUNT}`, written last, and whose
//! others are JSON lists of at most a thousand names each, in their order; in place of the name of what waited its list
//! `[name, attempts]`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::stamp;
use crate::bus::{Because, Claim, Deed, FailedAt, KeptPlan, Retried};
use crate::event::{EntryId, StreamKey};

/// About how many records of retries are kept of each type.
pub(in crate::broker::redis) const RETRIED: u32 = 10_000;
/// About how many lines of the journal are kept.
pub(super) const JOURNAL: u32 = 10_000;
/// How long a plan is kept, in seconds: a week.
pub(super) const PLAN_SECONDS: u32 = 7 * 86_400;
/// How many names lie in one element of a kept plan.
const PLAN_CHUNK: usize = 1_000;

/// A line of the journal: names and values in turn.
pub(super) fn journal(
    deed: Deed,
    because: &Because,
    count: u64,
    note: Option<&str>,
    at: DateTime<Utc>,
) -> Vec<(&'static str, String)> {
    vec![
        ("who", because.who.clone()),
        ("at", stamp(at)),
        ("deed", deed.word().to_owned()),
        ("plan", because.plan.clone().unwrap_or_default()),
        ("count", count.to_string()),
        ("reason", because.reason.clone().unwrap_or_default()),
        ("note", note.unwrap_or_default().to_owned()),
    ]
}

/// The head of a kept plan. One whose head is not there, or names more items than lie behind it, is not whole.
#[derive(Serialize)]
struct Head<'a> {
    id: &'a str,
    who: &'a str,
    at: String,
    reason: Option<&'a str>,
    runs: &'a str,
    pace: &'a str,
    items: usize,
}

/// What is retried, as a kept plan has it: its name; of what waited, also how often it had been tried.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
pub(in crate::broker::redis) enum KeptItem {
    Name(String),
    Tried(String, u64),
}

impl KeptItem {
    fn of(plan: &KeptPlan, at: &FailedAt) -> Self {
        let name = at.to_string();
        plan.attempts.get(at).map_or(Self::Name(name.clone()), |attempts| Self::Tried(name, *attempts))
    }
}

/// The head of `plan` as it is written.
pub(super) fn head(plan: &KeptPlan) -> String {
    let head = Head {
        id: &plan.id,
        who: &plan.who,
        at: stamp(plan.at),
        reason: plan.reason.as_deref(),
        runs: plan.runs.word(),
        pace: &plan.pace,
        items: plan.items.len(),
    };
    // Texts and a number: nothing that could fail.
    serde_json::to_string(&head).unwrap_or_default()
}

/// What lies behind the head.
pub(super) fn chunks(plan: &KeptPlan) -> impl Iterator<Item = String> {
    plan.items.chunks(PLAN_CHUNK).map(|chunk| {
        let items: Vec<KeptItem> = chunk.iter().map(|at| KeptItem::of(plan, at)).collect();
        serde_json::to_string(&items).unwrap_or_default()
    })
}

/// What a retry was appended as; `None` for what is no such list.
pub(super) fn claims(json: &str) -> Option<Vec<Claim>> {
    let claims: Vec<(String, String)> = serde_json::from_str(json).ok()?;
    let claim = |(stream, id): (String, String)| {
        Some(Claim { stream: StreamKey::new(&stream).ok()?, id: id.parse().ok()? })
    };
    claims.into_iter().map(claim).collect()
}

/// A retry, as the scripts tell of it.
pub(super) fn retried(
    from: &FailedAt,
    event: &str,
    source: &str,
    to: Vec<Claim>,
    plan: &str,
    repeated: bool,
) -> Retried {
    Retried {
        from: from.clone(),
        stream: from.stream().clone(),
        source: source.parse().ok().filter(|source| *source != EntryId::ZERO),
        event: event.parse().ok(),
        to,
        plan: plan.to_owned(),
        repeated,
    }
}

/// A name for what belongs to no plan, unlike that of any other.
pub(super) fn plan_name() -> String {
    format!("plan-{}", &uuid::Uuid::new_v4().simple().to_string()[..8])
}
