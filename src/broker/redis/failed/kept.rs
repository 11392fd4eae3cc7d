//! Kept plans, as `operate::records` writes them: a list whose first element is the head, written last, and whose others
//! are JSON lists of names.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::broker::redis::asker::Asker;
use crate::broker::redis::codec;
use crate::broker::redis::operate::KeptItem;
use crate::broker::redis::profile::Layout;
use crate::broker::redis::question::Question;
use crate::bus::{BusError, FailedAt, KeptPlan, Runs};

const DOING: &str = "reading a kept plan";
/// How many elements of the list are read at a time, of about 100 KB each.
const ELEMENTS: usize = 10;

/// What stands first.
#[derive(Deserialize)]
struct Head {
    id: String,
    who: String,
    at: DateTime<Utc>,
    reason: Option<String>,
    runs: String,
    pace: String,
    /// How many names follow.
    items: usize,
}

/// The plan of this name; `None` when it is not there, or not whole.
pub(super) async fn read(asker: &mut Asker, layout: &Layout, id: &str) -> Result<Option<KeptPlan>, BusError> {
    let key = layout.kept_plan(id);
    let Some(first) = part(asker, &key, 0, 1).await? else { return Ok(None) };
    let head: Option<Head> = first.first().and_then(|text| serde_json::from_str(text).ok());
    let Some((head, runs)) = head.and_then(|head| Runs::of(&head.runs).map(|runs| (head, runs))) else {
        return Ok(None);
    };
    let (mut items, mut attempts): (Vec<FailedAt>, _) = (Vec::new(), BTreeMap::new());
    let mut from = 1;
    while items.len() < head.items {
        let elements = part(asker, &key, from, ELEMENTS).await?.unwrap_or_default();
        if elements.is_empty() {
            // What is not whole must not be gone on with: nobody would know what is missing.
            return Ok(None);
        }
        from += elements.len();
        for element in elements {
            let Ok(named) = serde_json::from_str::<Vec<KeptItem>>(&element) else { return Ok(None) };
            for item in named {
                let (name, tried) = match item {
                    KeptItem::Name(name) => (name, None),
                    KeptItem::Tried(name, attempts) => (name, Some(attempts)),
                };
                let Ok(at) = name.parse::<FailedAt>() else { return Ok(None) };
                attempts.extend(tried.map(|tried| (at.clone(), tried)));
                items.push(at);
            }
        }
    }
    let Head { id, who, at, reason, pace, .. } = head;
    Ok(Some(KeptPlan { id, who, at, reason, runs, pace, items, attempts }))
}

/// Whether there is a plan of this name.
pub(super) async fn is_there(asker: &mut Asker, layout: &Layout, id: &str) -> Result<bool, BusError> {
    Ok(part(asker, &layout.kept_plan(id), 0, 1).await?.is_some_and(|head| !head.is_empty()))
}

/// Elements of a list; `None` where there is no list.
async fn part(
    asker: &mut Asker,
    key: &str,
    from: usize,
    count: usize,
) -> Result<Option<Vec<String>>, BusError> {
    let reply = asker.ask(&Question::list_part(key, from, count), DOING).await?;
    let Some(reply) = asker.answered(reply, DOING)? else { return Ok(None) };
    let elements = codec::list(reply).map_err(|fault| asker.unreadable(fault, DOING))?;
    Ok(Some(elements.iter().map(|element| codec::text(element).unwrap_or_default().to_owned()).collect()))
}
