//! What there is to know of frozen events before they are retried.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::bus::FailedEvent;
use crate::event::FailedState;

/// How many events have something in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// What it is: hostile text. Empty: nothing says what it is.
    pub name: String,
    /// How many.
    pub count: u64,
}

/// What frozen events are made of; the largest share first. Not cut: whoever shows it says what it leaves out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    /// How many.
    pub count: u64,
    /// By tenant id.
    pub tenants: Vec<Share>,
    /// By event type.
    pub types: Vec<Share>,
    /// By handler.
    pub handlers: Vec<Share>,
    /// By what happened.
    pub errors: Vec<Share>,
    /// By state.
    pub states: Vec<(FailedState, u64)>,
    /// How long ago the last one and the first one failed.
    pub ages: Option<(Duration, Duration)>,
}

impl Summary {
    /// Of `events`, at the time `now`.
    pub fn of<'a>(events: impl IntoIterator<Item = &'a FailedEvent>, now: DateTime<Utc>) -> Self {
        let events: Vec<&FailedEvent> = events.into_iter().collect();
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        let age = |event: &&FailedEvent| Some((now - event.failed_at()?).to_std().unwrap_or_default());
        let ages = events.iter().filter_map(age);
        let mut states = counts(events.iter().map(|event| event.state));
        states.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        Self {
            count: events.len() as u64,
            tenants: shares(events.iter().map(|event| text(event.tenant.as_ref().map(AsRef::as_ref)))),
            types: shares(events.iter().map(|event| event.event_type.as_str().to_owned())),
            handlers: shares(events.iter().map(|event| text(event.handler.as_deref()))),
            errors: shares(events.iter().map(|event| text(event.error.as_deref()))),
            states,
            ages: ages.clone().min().zip(ages.max()),
        }
    }
}

fn counts<K: Eq + Hash>(keys: impl Iterator<Item = K>) -> Vec<(K, u64)> {
    let mut counts = HashMap::new();
    for key in keys {
        *counts.entry(key).or_insert(0) += 1;
    }
    counts.into_iter().collect()
}

/// How often each of `names` comes; the largest share first.
pub fn shares(names: impl Iterator<Item = String>) -> Vec<Share> {
    let mut shares: Vec<Share> =
        counts(names).into_iter().map(|(name, count)| Share { name, count }).collect();
    shares.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.name.cmp(&b.name)));
    shares
}
