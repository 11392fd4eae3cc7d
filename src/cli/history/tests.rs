//! Tests.

use super::*;
use crate::bus::MemoryStore;
use crate::cli::test_desk::TestDesk;
use crate::event::TenantId;

fn sent(event_type: &str, tenant: &str, outcome: Outcome) -> Sent {
    Sent {
        at: "2026-11-23T12:02:31Z".parse().unwrap(),
        event: EventId::random(),
        event_type: event_type.parse().unwrap(),
        tenant: tenant.parse().unwrap(),
        channel: None,
        stream: Some("event::A".parse().unwrap()),
        entry: "7-1".parse().ok(),
        outcome,
        unchecked: true,
        cut: false,
        payload: r#"{"tenantId":"acme","token":"s3cret","a":"\u202e"}"#.to_owned(),
        redacted: Vec::new(),
    }
}

async fn history(sent: &[Sent]) -> MemoryStore {
    let store = MemoryStore::default();
    let lines: Vec<_> = sent.iter().map(|sent| sent.to_line(&Redaction::default())).collect();
    store.keep_sent("prod", &lines).await.unwrap();
    store
}

fn which(limit: usize, types: &[&str], outcome: &[Word]) -> Which {
    Which { limit, types: types.iter().map(|it| it.parse().unwrap()).collect(), outcome: outcome.to_vec() }
}

#[tokio::test]
async fn what_fits_is_listed_the_newest_last() {
    let all = [
        sent("A", "acme", Outcome::Published),
        sent("B", "acme", Outcome::Unknown("cut".to_owned())),
        sent("A", "other", Outcome::NotSent("down".to_owned())),
        sent("A", "acme", Outcome::Repeated),
    ];
    let store = history(&all).await;
    store.keep_sent("prod", &["broken\x1b".to_owned()]).await.unwrap();
    for (which, lock, expected) in [
        (which(9, &[], &[]), None, &[0, 1, 2, 3][..]),
        (which(2, &[], &[]), None, &[2, 3]),
        (which(9, &["A"], &[]), None, &[0, 2, 3]),
        (which(9, &["B"], &[Word::Unknown]), None, &[1]),
        (which(9, &[], &[Word::NotSent, Word::Repeated]), None, &[2, 3]),
        (which(9, &[], &[Word::Published]), Some("other"), &[]),
        (which(9, &[], &[]), Some("other"), &[2]),
    ] {
        let lock = TenantLock::to(lock.into_iter().map(|it| TenantId::new(it).unwrap()));
        let mut test = TestDesk::json();
        let listed = async |desk: &mut Desk<'_>| {
            let all = read(&store, "prod", &lock, desk).await.unwrap();
            list(&which, &all, "prod", &TenantLabels::default(), desk).unwrap();
        };
        test.run_async(listed).await;
        let ids: Vec<String> = test
            .out()
            .lines()
            .map(|line| {
                serde_json::from_str::<serde_json::Value>(line).unwrap()["eventId"]
                    .as_str()
                    .unwrap()
                    .to_owned()
            })
            .collect();
        let wanted: Vec<_> = expected.iter().map(|nth| all[*nth].event.to_string()).collect();
        assert_eq!(ids, wanted, "{which:?}");
        assert!(
            test.notes().starts_with("1 line of the history cannot be read, and is left out\n"),
            "{}",
            test.notes()
        );
    }
}

#[tokio::test]
async fn one_event_is_shown_with_all_that_is_known_and_without_secrets() {
    let mut all = [
        sent("A", "ac\x1bme", Outcome::Unknown("cut\x1b".to_owned())),
        sent("A", "ac\x1bme", Outcome::Repeated),
    ];
    all[1].event = all[0].event;
    let store = history(&all).await;
    let mut test = TestDesk::text();
    let shown = async |desk: &mut Desk<'_>| {
        let known = read(&store, "prod", &TenantLock::default(), desk).await.unwrap();
        show(all[0].event, &known, "prod", &TenantLabels::default(), desk).unwrap();
        let unknown = show(EventId::random(), &known, "prod", &TenantLabels::default(), desk);
        assert!(matches!(unknown, Err(Stop::Error(it)) if it.what.contains("does not know event")));
    };
    test.run_async(shown).await;
    let out = test.out();
    assert!(!out.contains('\x1b') && !out.contains("s3cret") && !out.contains('\u{202e}'), "{out}");
    let rows: Vec<_> = out.lines().map(str::trim_end).collect();
    assert!(rows[1].contains("unknown") && rows[2].contains("repeated"), "{out}");
    assert_eq!(
        rows[3..],
        [
            "stream: event::A",
            "sent although it does not fit the schema of its type",
            "left out: /token",
            "payload:",
            "{",
            "  \"tenantId\": \"acme\",",
            "  \"token\": \"[redacted]\",",
            "  \"a\": \"\\u202e\"",
            "}"
        ]
    );
}

#[test]
fn what_is_masked_is_not_shown_of_what_was_sent() {
    let mut all = [sent("A", "acme", Outcome::Published)];
    mask(&mut all, &Masks::NONE);
    assert!(all[0].payload.contains("s3cret"));
    mask(&mut all, &Masks::new(&["payload.token".to_owned()]).unwrap());
    assert_eq!(all[0].payload, r#"{"tenantId":"acme","token":"[redacted]","a":"\u202e"}"#);
}
