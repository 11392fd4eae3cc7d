//! Entries of Alga's type streams that are no events: its consumers drop them without a word.

use std::collections::BTreeSet;

use tidings::bus::{
    ActionError, Because, DiscardOrder, FailedAt, FailedEvent, FailedQuery, FailedSource, RetryOrder, Runs,
};
use tidings::event::{EntryId, FailedState};

use crate::redis_server::{PrivateRedis, load_fixture};
use crate::sessions::{Admin, alga, session};
use crate::{ACME, event, find, locked, pages, stream};

const STREAM: &str = "alga-psa:event-stream:global:TICKET_UPDATED";
const GROUP: &str = "event-processors";
/// Far behind everything that the captured bus holds.
const BASE: u64 = 4_000_000_000_000;

async fn add(admin: &mut Admin, key: &str, n: u64, fields: &[&[u8]]) {
    let id = format!("{}-0", BASE + n);
    admin.send(&[&[b"XADD", key.as_bytes(), id.as_bytes()][..], fields].concat()).await;
}

fn at(n: u64) -> FailedAt {
    FailedAt::Invalid { stream: stream(STREAM), id: EntryId::new(BASE + n, 0) }
}

/// The numbers of those that lie in the type's stream itself.
fn numbers(events: &[FailedEvent]) -> BTreeSet<u64> {
    let ours = events.iter().filter(|event| matches!(event.at, FailedAt::Invalid { .. }));
    ours.map(|event| event.at.id().ms - BASE).collect()
}

/// The captured bus, and beside its events what is none: 1 to 4 were dropped by Alga's consumers, 5 waits there still, 6
/// became a dead letter. 7 and 8 are events.
async fn arranged() -> (PrivateRedis, Admin) {
    let server = PrivateRedis::start();
    load_fixture(&server.url()).await;
    let mut admin = Admin::at(&server.url()).await;
    let unfit = format!(
        r#"{{"id":"57f7e9a7-7e13-452d-81b7-9892c8fdd92e","eventType":"TICKET_UPDATED","timestamp":"2026-11-23T19:42:38.555Z","payload":{{"tenantId":"{ACME}","ticketId":"TCK-1"}}}}"#
    );
    add(&mut admin, STREAM, 1, &[b"event", b"{broken", b"channel", b"global"]).await;
    add(&mut admin, STREAM, 2, &[b"channel", b"global"]).await;
    add(&mut admin, STREAM, 3, &[b"event", unfit.as_bytes()]).await;
    add(&mut admin, STREAM, 4, &[b"event", b"{\"id\": \"\xff\"}"]).await;
    add(&mut admin, STREAM, 5, &[b"event", b"{pending"]).await;
    add(&mut admin, STREAM, 6, &[b"event", b"{dead"]).await;
    add(
        &mut admin,
        "alga-psa:event-stream:global:NO_SCHEMA",
        7,
        &[b"event", event(7, "NO_SCHEMA", "t").as_bytes()],
    )
    .await;
    add(
        &mut admin,
        "alga-psa:event-stream:emailservice::v7:NO_SCHEMA",
        8,
        &[b"event", event(8, "B", "t").as_bytes()],
    )
    .await;
    admin.run(&format!("XREADGROUP GROUP {GROUP} c STREAMS {STREAM} >")).await;
    for n in [1, 2, 3, 4, 6] {
        admin.run(&format!("XACK {STREAM} {GROUP} {}-0", BASE + n)).await;
    }
    admin.run(&format!("SADD dead_lettered_messages:{STREAM} {}-0", BASE + 6)).await;
    (server, admin)
}

#[tokio::test]
async fn what_alga_drops_without_a_word_is_listed_with_what_is_wrong_with_it() {
    let (server, _admin) = arranged().await;
    let session = session(&alga(&server.url()));
    let found = find(&session, FailedSource::FAILED).await;
    assert_eq!(numbers(&found.events), BTreeSet::from([1, 2, 3, 4]));
    assert_eq!(found.events.len(), 27 + 4 + 1, "dead letters, pending, these, and the one that is pending");
    assert!(found.unseen.is_empty() && found.denied.is_empty());
    let only = find(&session, [FailedSource::Invalid]).await.events;
    let of = |n: u64| only.iter().find(|event| event.at == at(n)).unwrap();
    for (n, reason, said) in [
        (1, "malformed", "JSON"),
        (2, "malformed", "a field 'event'"),
        (3, "invalid", "/payload/userId"),
        (4, "malformed", "UTF-8"),
    ] {
        let event = of(n);
        assert_eq!((event.state, event.handler.as_deref()), (FailedState::Invalid, None));
        assert_eq!(event.reason.as_deref(), Some(reason));
        assert!(event.error.as_ref().unwrap().contains(said), "{event:?}");
        assert_eq!((event.stream.as_str(), event.source), (STREAM, Some(event.at.id())));
        assert_eq!(event.event_type.as_str(), "TICKET_UPDATED");
        assert_eq!(event.channel.as_ref().unwrap().as_str(), "global");
        // Each is read whole by its name, with every field as it lies.
        let whole = session.failed.whole(&event.at.to_string().parse().unwrap()).await.unwrap().unwrap();
        assert_eq!(&whole.event, event);
        assert!(whole.error[0].contains(said) && !whole.fields.is_empty(), "{:?}", whole.error);
    }
    assert_eq!(of(3).tenant.as_ref().unwrap().as_str(), ACME);
    assert!(of(3).event.is_some() && of(1).text.as_deref() == Some("{broken") && of(4).text.is_none());
    let whole = session.failed.whole(&at(3)).await.unwrap().unwrap();
    assert!(whole.error.len() > 1, "everything that is wrong with it: {:?}", whole.error);
    let fine = FailedAt::Invalid {
        stream: stream("alga-psa:event-stream:global:NO_SCHEMA"),
        id: EntryId::new(BASE + 7, 0),
    };
    assert_eq!(session.failed.whole(&fine).await.unwrap(), None, "an event is not invalid");
}

#[tokio::test]
async fn what_was_looked_at_is_remembered_and_what_changed_is_seen() {
    let (server, mut admin) = arranged().await;
    let session = session(&alga(&server.url()));
    assert_eq!(numbers(&find(&session, [FailedSource::Invalid]).await.events), BTreeSet::from([1, 2, 3, 4]));
    add(&mut admin, STREAM, 9, &[b"x", b"y"]).await;
    admin.run(&format!("XDEL {STREAM} {}-0", BASE + 2)).await;
    admin.run(&format!("XACK {STREAM} {GROUP} {}-0", BASE + 5)).await;
    let now = BTreeSet::from([1, 3, 4, 5, 9]);
    assert_eq!(numbers(&find(&session, [FailedSource::Invalid]).await.events), now);
    assert_eq!(numbers(&find(&session, [FailedSource::Invalid]).await.events), now);
    // The newest that was known is gone: what lies there is looked at anew.
    admin.run(&format!("XDEL {STREAM} {}-0", BASE + 9)).await;
    assert_eq!(numbers(&find(&session, [FailedSource::Invalid]).await.events), BTreeSet::from([1, 3, 4, 5]));
    admin.run(&format!("XTRIM {STREAM} MAXLEN 0")).await;
    assert_eq!(find(&session, [FailedSource::Invalid]).await.events, []);
}

#[tokio::test]
async fn a_tenant_lock_lets_only_its_own_through() {
    let (server, _admin) = arranged().await;
    let found = find(&locked(&alga(&server.url()), &[ACME]), [FailedSource::Invalid]).await;
    assert_eq!(numbers(&found.events), BTreeSet::from([3]));
    assert_eq!((found.other_tenants, found.unattributed), (0, 3));
    let session = locked(&alga(&server.url()), &["somebody else"]);
    assert_eq!(session.failed.whole(&at(3)).await.unwrap(), None);
    assert_eq!(session.failed.whole(&at(1)).await.unwrap(), None);
}

#[tokio::test]
async fn nothing_is_done_to_a_stream_that_is_algas_own() {
    let (server, mut admin) = arranged().await;
    let session = session(&alga(&server.url()));
    let operator = session.operator.as_ref().unwrap();
    let because = Because { who: "jo@web-1".to_owned(), ..Because::default() };
    let length: u64 = admin.get(&format!("XLEN {STREAM}")).await;
    let order = RetryOrder::new(at(1), Runs::Failed);
    let retried = operator.retry(std::slice::from_ref(&order), &because).await.unwrap().remove(0);
    let discarded = operator.discard(&DiscardOrder::all(&[at(1)]), &because).await.unwrap().remove(0);
    let purged = operator.purge(&[at(1)]).await.unwrap().remove(0);
    let released = operator.release(&[at(1)], true).await.unwrap().remove(0);
    for why in [retried.unwrap_err(), discarded.unwrap_err(), purged.unwrap_err(), released.unwrap_err()] {
        assert!(matches!(why, ActionError::Unsuitable(_)), "{why}");
    }
    assert!(operator.preview(&order, &because).is_empty());
    assert_eq!(admin.get::<u64>(&format!("XLEN {STREAM}")).await, length);
}

#[tokio::test]
async fn a_look_with_bounds_says_what_it_left_and_the_next_one_goes_on() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    add(&mut admin, STREAM, 0, &[b"x", b"the oldest"]).await;
    let fine = event(1, "NO_SCHEMA", "t");
    admin
        .send(&[
            b"EVAL",
            b"for n = 1, 6000 do redis.call('XADD', KEYS[1], ARGV[1] + n .. '-0', 'event', ARGV[2]) end",
            b"1",
            STREAM.as_bytes(),
            b"4000000000000",
            fine.as_bytes(),
        ])
        .await;
    for n in 1..=2 {
        admin.run(&format!("XADD {STREAM}:dead-letter {n}-0 event {fine} sourceMessageId {n}-0")).await;
    }
    let session = session(&alga(&server.url()));
    let look = async || {
        let query = FailedQuery { at_most: Some(1), ..FailedQuery::of(FailedSource::FAILED) };
        let pages = pages(&session.failed, query).await.unwrap();
        let unseen: Vec<_> = pages.iter().filter_map(|page| page.unseen.clone()).collect();
        (pages.into_iter().flat_map(|page| page.events).collect::<Vec<_>>(), unseen)
    };
    let (events, unseen) = look().await;
    assert!(matches!(events[..], [FailedEvent { at: FailedAt::DeadLetter { .. }, .. }]));
    assert!(unseen.len() == 1 && unseen[0].contains("were not looked at yet"), "{unseen:?}");
    let (events, unseen) = look().await;
    assert_eq!(numbers(&events), BTreeSet::from([0]), "before the dead letters");
    assert!(unseen.is_empty(), "{unseen:?}");
    let everything = find(&session, FailedSource::FAILED).await;
    assert_eq!((everything.events.len(), everything.unseen.is_empty()), (3, true));
    // Without bounds all is looked at, whoever looked before.
    let fresh = crate::sessions::session(&alga(&server.url()));
    assert_eq!(numbers(&find(&fresh, [FailedSource::Invalid]).await.events), BTreeSet::from([0]));
}
