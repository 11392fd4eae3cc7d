//! What operators leave behind: records of retries, the journal, kept plans.

use tidings::bus::{Deed, FailedAt, FailedSource, Followed, Runs};
use tidings::event::{EntryId, FailedState};

use crate::redis_server::PrivateRedis;
use crate::sessions::{Admin, native, session};
use crate::{ACME, event, find, letter, stream};

/// The record at `id` of a retry of the event published at `n-0`.
fn record(id: &str, n: u64, to: &str, plan: &str) -> String {
    format!(
        "XADD event::A:retried {id} deadLetterId 9-{n} stream event::A source {n}-0 to {to} plan {plan} who jo@web-1 \
         at 2026-11-23T19:45:00Z handler sla eventId 57f7e9a7-7e13-452d-81b7-{n:012x} tenant {ACME} type A attempts 3 \
         error boom runs failed edited 1"
    )
}

#[tokio::test]
async fn retried_ones_say_what_became_of_them_and_a_dead_letter_knows_its_retries() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    let retry: String = admin
        .get(&format!("XADD event::A:retry:sla * event {} retryOf 2-0 plan p", event(2, "A", ACME)))
        .await;
    let outcome = |n: u64, outcome: &str| {
        format!(
            "XADD event::A:outcomes * handler sla eventId x retryOf {n}-0 plan p attempt 1 outcome {outcome}"
        )
    };
    for words in [
        record("101-0", 1, &format!("[[\"event::A:retry:sla\",\"{retry}\"]]"), "p"),
        record("102-0", 2, &format!("[[\"event::A:retry:sla\",\"{retry}\"]]"), "p"),
        record("103-0", 3, "[[\"event::A:retry:sla\",\"103-0\"]]", "p"),
        record("104-0", 4, "{broken", "p"),
        record("105-0", 5, "[[\"elsewhere\",\"5-0\"]]", "p"),
        "XADD event::A:retried 106-0 odd fields".to_owned(),
        outcome(1, "retry"),
        outcome(1, "dead"),
        outcome(7, "done"),
    ] {
        admin.run(&words).await;
    }
    letter(&mut admin, "A", 1, "sla", ACME).await;
    let session = session(&native(&server.url()));
    let found = find(&session, [FailedSource::Retried]).await;
    let outcomes: Vec<_> =
        found.events.iter().map(|event| (event.at.id().ms, event.outcome.unwrap())).collect();
    assert_eq!(
        outcomes,
        [
            (106, Followed::Lost),
            (105, Followed::Lost),
            (104, Followed::Lost),
            (103, Followed::Lost),
            (102, Followed::Pending),
            (101, Followed::DeadAgain),
        ]
    );
    let one = found.events.last().unwrap();
    assert_eq!(
        (one.state, one.handler.as_deref(), one.attempts),
        (FailedState::Retried, Some("sla"), Some(3))
    );
    assert_eq!((one.plan.as_deref(), one.error.as_deref()), (Some("p"), Some("boom")));
    assert_eq!((one.tenant.as_ref().unwrap().as_str(), one.source), (ACME, Some(EntryId::new(1, 0))));
    assert_eq!(found.first.totals.unwrap()[&FailedSource::Retried].number(), 6);

    let dead = find(&session, [FailedSource::DeadLetters]).await.events;
    let whole = session.failed.whole(&dead[0].at).await.unwrap().unwrap();
    let [retried] = &whole.lineage.retried[..] else { panic!("{:?}", whole.lineage) };
    assert_eq!((retried.who.as_str(), retried.plan.as_str(), retried.edited), ("jo@web-1", "p", true));
    assert_eq!((retried.to.len(), retried.outcome), (1, Followed::DeadAgain));
    let at = FailedAt::Retried { stream: stream("event::A"), id: EntryId::new(102, 0) };
    let whole = session.failed.whole(&at).await.unwrap().unwrap();
    assert_eq!(whole.event.outcome, Some(Followed::Pending));
}

#[tokio::test]
async fn the_journal_is_read_newest_first_and_what_is_no_line_of_it_is_left_out() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    let session = session(&native(&server.url()));
    assert_eq!(session.failed.journal(10).await.unwrap(), []);
    for n in 1..=40 {
        let deed = ["plan-started", "discarded", "strange"][n % 3];
        admin
            .run(&format!(
                "XADD event::$journal {n}-0 who jo@web-1 at 2026-11-23T19:45:00Z deed {deed} plan p count {n} reason why"
            ))
            .await;
    }
    let lines = session.failed.journal(3).await.unwrap();
    assert_eq!(lines.iter().map(|line| line.count).collect::<Vec<_>>(), [40, 39, 37]);
    assert_eq!((lines[0].deed, lines[1].deed), (Deed::Discarded, Deed::PlanStarted));
    assert_eq!((lines[0].who.as_str(), lines[0].reason.as_deref()), ("jo@web-1", Some("why")));
    assert_eq!((lines[0].plan.as_deref(), &lines[0].note), (Some("p"), &None));
    assert_eq!(session.failed.journal(1_000).await.unwrap().len(), 27);
}

#[tokio::test]
async fn a_kept_plan_is_whole_or_is_not_there() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    let session = session(&native(&server.url()));
    assert_eq!(session.failed.plan("plan-1").await.unwrap(), None);
    let names: Vec<_> = (0..25_000).map(|n| format!("dead:1795459752545-{n}:event::A")).collect();
    for chunk in names.chunks(1_000) {
        let json = serde_json::to_string(chunk).unwrap();
        admin.send(&[b"RPUSH", b"event::$plan:plan-1", json.as_bytes()]).await;
    }
    assert_eq!(session.failed.plan("plan-1").await.unwrap(), None, "its head comes last");
    let head = |items| {
        format!(
            r#"{{"id":"plan-1","who":"jo@web-1","at":"2026-11-23T19:45:00.000Z","reason":null,"runs":"as-new","pace":"50/s","items":{items}}}"#
        )
    };
    admin.send(&[b"LPUSH", b"event::$plan:plan-1", head(25_000).as_bytes()]).await;
    let plan = session.failed.plan("plan-1").await.unwrap().unwrap();
    assert_eq!((plan.runs, plan.pace.as_str(), plan.who.as_str()), (Runs::AsNew, "50/s", "jo@web-1"));
    assert_eq!(plan.items.iter().map(ToString::to_string).collect::<Vec<_>>(), names);
    admin.send(&[b"LSET", b"event::$plan:plan-1", b"0", head(25_001).as_bytes()]).await;
    assert_eq!(session.failed.plan("plan-1").await.unwrap(), None, "something is missing");
    admin.run("LSET event::$plan:plan-1 0 {broken").await;
    assert_eq!(session.failed.plan("plan-1").await.unwrap(), None);
}
