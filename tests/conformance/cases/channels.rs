//! Channels, where a broker's profile has them.

use tidings::bus::{BusSignal, ChannelScope, Watch};
use tidings::event::Channel;

use crate::events::{ACME, append, event_ids, open, place_on};
use crate::harness::Harness;
use crate::watching::{history, last, run};

/// A channel's name may hold colons.
const CHANNELS: [&str; 2] = ["emailservice::v7", "global"];

fn only(channel: &str) -> ChannelScope {
    ChannelScope::Only(Channel::new(channel).unwrap())
}

pub(crate) async fn one_channel_is_read_alone(harness: &impl Harness) {
    let mut ids = [vec![], vec![]];
    for at in 0..10 {
        let place = place_on(CHANNELS[at % 2], "TICKET_CREATED");
        ids[at % 2].push(append(harness, &place, None, ACME).await);
    }
    let session = harness.session(open());
    for (channel, ids) in CHANNELS.iter().zip(&ids) {
        let seen = run(&session, Watch { channels: only(channel), ..history() }).await;
        assert_eq!(event_ids(seen.entries()), *ids);
        assert!(seen.entries().iter().all(|entry| entry.channel.as_ref().unwrap().as_str() == *channel));
        assert!(seen.entries().iter().all(|e| e.event_type.as_ref().unwrap().as_str() == "TICKET_CREATED"));
    }
}

pub(crate) async fn last_counts_what_the_channel_holds(harness: &impl Harness) {
    let mut ids = Vec::new();
    for at in 0..30 {
        let place = place_on(CHANNELS[usize::from(at % 5 == 0)], "TICKET_CREATED");
        let id = append(harness, &place, None, ACME).await;
        ids.extend((at % 5 == 0).then_some(id));
    }
    let seen = run(&harness.session(open()), Watch { channels: only("global"), ..last(4) }).await;
    assert_eq!(event_ids(seen.entries()), ids[2..]);
}

pub(crate) async fn are_discovered(harness: &impl Harness) {
    for channel in CHANNELS {
        append(harness, &place_on(channel, "TICKET_CREATED"), None, ACME).await;
        append(harness, &place_on(channel, "TICKET_CLOSED"), None, ACME).await;
    }
    let seen = run(&harness.session(open()), history()).await;
    let mut discovered = seen.seen.iter().filter_map(|signal| match signal {
        BusSignal::Discovered(report) => Some(report),
        _ => None,
    });
    let report = discovered.next_back().expect("what was discovered");
    assert_eq!(report.streams, 4);
    assert_eq!(report.channels.iter().map(Channel::as_str).collect::<Vec<_>>(), CHANNELS);
}
