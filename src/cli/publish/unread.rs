//! Streams that were published to and that nobody reads: a misspelt channel or type makes one, without a word of the server.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::timeout;

use super::overheard::Ear;
use crate::broker::redis::Profile;
use crate::bus::{Inspector, PublishError, Published, StreamReport};
use crate::cli::connect::Contexts;
use crate::cli::desk::Desk;
use crate::event::{Channel, EventType, NewEvent, StreamKey};
use crate::text::{count, display_safe, nearest};

/// So many streams are asked one by one; for more, one look at all of the bus is cheaper.
const ASKED: usize = 20;
/// So many are told of.
const TOLD: usize = 10;
/// So many names of a bus are listed.
const NAMED: usize = 8;
/// How long a person waits for this: what was asked for is done.
const LOOK: Duration = Duration::from_secs(5);

/// Notes which streams were published to.
#[derive(Debug, Default)]
pub(super) struct Targets(Mutex<BTreeMap<StreamKey, (EventType, Option<Channel>)>>);

#[async_trait]
impl Ear for Targets {
    async fn hear(&self, events: &[NewEvent], answers: &[Result<Published, PublishError>]) {
        let mut targets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (event, answer) in events.iter().zip(answers) {
            if let Ok(published) = answer
                && !targets.contains_key(&published.stream)
            {
                let target = (event.event_type().clone(), event.channel().cloned());
                targets.insert(published.stream.clone(), target);
            }
        }
    }
}

impl Targets {
    /// Warns of those that nobody reads, on a bus whose handlers make their groups before anything is published: on one of
    /// ours they are made with a type's first event. What may not be looked at is no ground for a warning.
    pub(super) async fn warn(&self, inspector: &dyn Inspector, contexts: &Contexts, desk: &mut Desk<'_>) {
        let profile = contexts.effective().chosen().map(|context| context.redis.profile);
        if profile != Some(Profile::AlgaPsa) {
            return;
        }
        let targets = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let stop = desk.stop.clone();
        let looked = tokio::select! {
            looked = timeout(LOOK, look(&targets, inspector)) => looked,
            () = stop.cancelled() => return,
        };
        let Ok(Some(bus)) = looked else {
            tracing::debug!(
                "whether anybody reads what was published could not be looked at in time, or not at all"
            );
            return;
        };
        let unread: Vec<_> =
            targets.keys().filter_map(|key| bus.iter().find(|stream| stream.stream == *key)).collect();
        let unread: Vec<_> = unread.into_iter().filter(|stream| stream.groups.is_empty()).collect();
        for stream in unread.iter().take(TOLD) {
            desk.notes.say(&format!("warning: nobody reads {}: it has no consumer group", stream.stream));
            desk.notes.say(&format!("  {}", advice(stream, &bus)));
        }
        if unread.len() > TOLD {
            let more = count((unread.len() - TOLD) as u64);
            desk.notes
                .say(&format!("warning: nobody reads {more} more of the streams that were published to"));
        }
    }
}

/// Every stream of the bus, if nobody reads one of `targets` or they are many; `None` where that cannot be said.
async fn look(
    targets: &BTreeMap<StreamKey, (EventType, Option<Channel>)>,
    inspector: &dyn Inspector,
) -> Option<Vec<StreamReport>> {
    if targets.len() <= ASKED {
        let mut all_are_read = true;
        for (event_type, channel) in targets.values() {
            let receivers = inspector.receivers(event_type, channel.as_ref()).await.ok()?;
            all_are_read &= !receivers.groups.is_empty();
        }
        if all_are_read {
            return Some(Vec::new());
        }
    }
    inspector.streams().await.ok().map(|looked| looked.found)
}

/// What was probably meant, and what to do.
fn advice(unread: &StreamReport, bus: &[StreamReport]) -> String {
    let read = || bus.iter().filter(|stream| !stream.groups.is_empty());
    let channels: BTreeSet<&str> =
        read().filter_map(|stream| stream.channel.as_ref()).map(Channel::as_str).collect();
    let on_it = read().filter(|stream| stream.channel == unread.channel);
    let types: BTreeSet<&str> = on_it.map(|stream| stream.event_type.as_str()).collect();
    if channels.is_empty() && types.is_empty() {
        return "No stream of this bus has a group: are its consumers running, and is it the right server, database and prefix?"
            .to_owned();
    }
    let event_type = unread.event_type.as_str();
    if let Some(channel) = unread.channel.as_ref().map(Channel::as_str)
        && !channels.contains(channel)
    {
        let lead = meant("--channel", channel, &channels);
        return format!(
            "No stream of the channel '{}' is read{lead}; these are: {}.",
            display_safe(channel),
            listed(&channels)
        );
    }
    let elsewhere: BTreeSet<&str> = read()
        .filter(|stream| stream.event_type == unread.event_type)
        .filter_map(|stream| stream.channel.as_ref())
        .map(Channel::as_str)
        .collect();
    if !elsewhere.is_empty() {
        return format!(
            "{event_type} is read on other channels: publish it with --channel {}.",
            listed(&elsewhere)
        );
    }
    let lead = meant("the type", event_type, &types);
    format!(
        "No consumer takes the type {event_type} anywhere on this bus{lead}; `tidings stats` shows what is read."
    )
}

/// `. Did you mean --channel global?`, as a part of a sentence.
fn meant(what: &str, value: &str, known: &BTreeSet<&str>) -> String {
    let known: Vec<&str> = known.iter().copied().collect();
    nearest(value, &known)
        .map_or_else(String::new, |near| format!(" (did you mean {what} {}?)", display_safe(near)))
}

fn listed(names: &BTreeSet<&str>) -> String {
    let mut shown: Vec<_> = names.iter().take(NAMED).map(|name| display_safe(name).into_owned()).collect();
    if names.len() > NAMED {
        shown.push(format!("and {} more", count((names.len() - NAMED) as u64)));
    }
    shown.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bus::{GroupReport, Lag};

    fn stream(channel: Option<&str>, event_type: &str, is_read: bool) -> StreamReport {
        let group = || GroupReport {
            name: "event-processors".to_owned(),
            pending: 0,
            lag: Lag::Exactly(0),
            consumers: 1,
        };
        StreamReport {
            stream: StreamKey::new(&format!("s:{}:{event_type}", channel.unwrap_or_default())).unwrap(),
            event_type: EventType::new(event_type).unwrap(),
            channel: channel.map(|name| Channel::new(name).unwrap()),
            length: 1,
            first: None,
            last: None,
            groups: is_read.then(group).into_iter().collect(),
            dead_letters: 0,
        }
    }

    #[test]
    fn advice_says_which_part_is_wrong_and_what_was_probably_meant() {
        let bus = [
            stream(Some("global"), "TICKET_CREATED", true),
            stream(Some("internal"), "TICKET_CLOSED", true),
            stream(Some("globl"), "TICKET_CREATED", false),
        ];
        for (unread, told) in [
            (
                stream(Some("globl"), "TICKET_CREATED", false),
                "(did you mean --channel global?); these are: global, internal.",
            ),
            (
                stream(Some("x"), "TICKET_CREATED", false),
                "No stream of the channel 'x' is read; these are: global, internal.",
            ),
            (
                stream(Some("global"), "TICKET_CREATD", false),
                "anywhere on this bus (did you mean the type TICKET_CREATED?)",
            ),
            (
                stream(Some("global"), "TICKET_CLOSED", false),
                "read on other channels: publish it with --channel internal.",
            ),
        ] {
            let advice = advice(&unread, &bus);
            assert!(advice.contains(told), "{advice}");
        }
        let nobody = advice(&bus[2], &bus[2..]);
        assert!(nobody.starts_with("No stream of this bus has a group"), "{nobody}");
        let plain = [stream(None, "TICKET_CREATED", true)];
        let advice = advice(&stream(None, "TICKET_CREATD", false), &plain);
        assert!(advice.contains("did you mean the type TICKET_CREATED?"), "{advice}");
    }
}
