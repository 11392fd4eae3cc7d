//! Dead letters of Alga PSA's bus, as its own event bus wrote them.

use std::collections::BTreeMap;

use tidings::bus::{ActionError, Exported, RetryOrder, Runs};
use tidings::event::{EntryId, NewEvent};

use crate::letters::{
    add, because, dead, event, event_id, field, key, length, lying, operator, orders, own, retry_one,
};
use crate::redis_server::{PrivateRedis, load_fixture};
use crate::sessions::{Admin, alga};

const STREAM: &str = "alga-psa:event-stream:global:TICKET_CREATED";
const GROUP: &str = "event-processors";

/// The fields of a dead letter, as Alga writes them.
fn letter(n: u64) -> Vec<(String, String)> {
    own(&[
        ("event", &event(n)),
        ("channel", "global"),
        ("force", "1"),
        ("sourceStream", STREAM),
        ("sourceMessageId", &format!("{}-0", n + 1)),
        ("deliveries", "11"),
        ("deadLetteredAt", "2026-11-23T19:42:38.555Z"),
    ])
}

#[tokio::test]
async fn every_dead_letter_of_the_captured_bus_goes_back_to_its_stream_with_its_own_fields() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    for runs in [Runs::Failed, Runs::All] {
        admin.run("FLUSHALL").await;
        load_fixture(&server.url()).await;
        let operator = operator(&alga(&server.url()));
        let keys: Vec<String> = admin.get("KEYS alga-psa:event-stream:*:dead-letter").await;
        let mut count = 0;
        for letters in keys {
            let stream = letters.strip_suffix(":dead-letter").unwrap().to_owned();
            for (id, fields) in lying(&mut admin, &letters).await {
                let (before, left) = (lying(&mut admin, &stream).await, length(&mut admin, &letters).await);
                let order = RetryOrder::new(dead(&stream, id.parse().unwrap()), runs);
                let retried = retry_one(&operator, order, "p").await.unwrap();
                let after = lying(&mut admin, &stream).await;
                assert_eq!(after[..before.len()], before, "nothing else changes");
                let [(entry, copy)] = &after[before.len()..] else { panic!("one is appended") };
                let mut expected = own(&[
                    ("event", field(&fields, "event").unwrap()),
                    ("channel", field(&fields, "channel").unwrap()),
                ]);
                if runs == Runs::All {
                    expected.extend(own(&[("force", "1")]));
                }
                assert_eq!(*copy, expected);
                assert_eq!(retried.to[0].id.to_string(), *entry);
                assert!(before.iter().all(|(known, _)| known != entry), "a new entry id");
                let json: serde_json::Value = serde_json::from_str(&copy[0].1).unwrap();
                assert_eq!(retried.event.unwrap().to_string(), json["id"], "the same event id");
                assert_eq!(retried.source.unwrap().to_string(), field(&fields, "sourceMessageId").unwrap());
                assert_eq!(length(&mut admin, &letters).await, left - 1, "it is off the dead letters");
                let (_, record) =
                    lying(&mut admin, &format!("tidings:retried:{stream}")).await.pop().unwrap();
                let said = ["tenant", "attempts", "runs"].map(|name| field(&record, name).unwrap());
                assert_eq!(said, [json["payload"]["tenantId"].as_str().unwrap(), "4", runs.word()]);
                count += 1;
            }
        }
        println!("{count} dead letters retried with {}", runs.word());
        assert_eq!(count, 21);
    }
}

#[tokio::test]
async fn edited_or_as_new_only_the_text_differs_and_force_is_not_kept() {
    let server = PrivateRedis::start();
    let (mut admin, operator) = (Admin::at(&server.url()).await, operator(&alga(&server.url())));
    for (runs, edited) in [(Runs::Failed, true), (Runs::AsNew, false), (Runs::AsNew, true)] {
        let at = dead(STREAM, add(&mut admin, &format!("{STREAM}:dead-letter"), &letter(0)).await);
        let text = if edited { event(0).replace("1.500", "2.50") } else { event(0) };
        let order = RetryOrder {
            edited: edited.then(|| NewEvent::from_text(text.clone()).unwrap()),
            ..RetryOrder::new(at, runs)
        };
        let retried = retry_one(&operator, order, "p").await.unwrap();
        let id = retried.event.unwrap().to_string();
        assert_eq!(id != event_id(0), runs == Runs::AsNew);
        let (_, copy) = lying(&mut admin, STREAM).await.pop().unwrap();
        assert_eq!(copy, own(&[("event", &text.replace(&event_id(0), &id)), ("channel", "global")]));
    }
}

#[tokio::test]
async fn what_says_that_it_belongs_elsewhere_is_left_alone() {
    let server = PrivateRedis::start();
    let (mut admin, operator) = (Admin::at(&server.url()).await, operator(&alga(&server.url())));
    let mut fields = letter(0);
    "important".clone_into(&mut fields[3].1);
    let at = dead(STREAM, add(&mut admin, &format!("{STREAM}:dead-letter"), &fields).await);
    let answer = retry_one(&operator, RetryOrder::new(at, Runs::Failed), "p").await;
    assert!(matches!(answer, Err(ActionError::Unsuitable(_))), "{answer:?}");
    let keys: Vec<String> = admin.get("KEYS *").await;
    assert_eq!(keys, [format!("{STREAM}:dead-letter")]);
    let empty = dead(STREAM, add(&mut admin, &format!("{STREAM}:dead-letter"), &fields[3..4]).await);
    admin.run(&format!("XTRIM {STREAM}:dead-letter MAXLEN = 0")).await;
    assert_eq!(retry_one(&operator, RetryOrder::new(empty, Runs::Failed), "p").await, Err(ActionError::Gone));
}

/// As Alga does after each of its own publishes, at its worst: to the entry.
async fn trim(admin: &mut Admin) {
    admin.run(&format!("XTRIM {STREAM} MAXLEN = 1000")).await;
}

/// A consumer of the group reads so many, and finishes them; how often each event came.
async fn handle(admin: &mut Admin, count: usize, handled: &mut BTreeMap<String, u64>) {
    type Read = Vec<(String, Vec<(String, Vec<String>)>)>;
    let read: Read =
        admin.get(&format!("XREADGROUP GROUP {GROUP} consumer-1 COUNT {count} STREAMS {STREAM} >")).await;
    for (id, fields) in &read[0].1 {
        let json: serde_json::Value = serde_json::from_str(&fields[1]).unwrap();
        *handled.entry(json["id"].as_str().unwrap().to_owned()).or_default() += 1;
        admin.run(&format!("XACK {STREAM} {GROUP} {id}")).await;
    }
}

#[tokio::test]
async fn three_thousand_retries_into_a_stopped_group_lose_nothing_unread() {
    const COUNT: u64 = 3_000;
    let server = PrivateRedis::start();
    let (mut admin, operator) = (Admin::at(&server.url()).await, operator(&alga(&server.url())));
    admin.run(&format!("XGROUP CREATE {STREAM} {GROUP} 0 MKSTREAM")).await;
    let mut left = Vec::new();
    for n in 0..COUNT {
        left.push(dead(STREAM, add(&mut admin, &format!("{STREAM}:dead-letter"), &letter(n)).await));
    }
    let mut handled: BTreeMap<String, u64> = BTreeMap::new();
    let mut rounds = 0;
    while !left.is_empty() {
        let answers = operator.retry(&orders(&left, Runs::Failed), &because("jo", "p")).await.unwrap();
        let full: Vec<_> = left
            .iter()
            .zip(&answers)
            .filter(|(_, answer)| answer.is_err())
            .map(|(at, _)| at.clone())
            .collect();
        for answer in &answers {
            assert!(
                answer.as_ref().err().is_none_or(|error| *error == ActionError::Full(key(STREAM))),
                "{answer:?}"
            );
        }
        if rounds == 0 {
            println!("the stopped group has {} of them unread, {} wait", left.len() - full.len(), full.len());
            assert_eq!(left.len() - full.len(), 901, "up to a hundred below where Alga trims");
            // Nothing moves while nobody reads.
            let again = operator.retry(&orders(&full[..5], Runs::Failed), &because("jo", "p")).await.unwrap();
            assert!(again.iter().all(Result::is_err));
        }
        trim(&mut admin).await;
        // The group wakes up for a while.
        handle(&mut admin, 400, &mut handled).await;
        left = full;
        rounds += 1;
        assert!(rounds < 100, "it goes on");
    }
    trim(&mut admin).await;
    handle(&mut admin, 10_000, &mut handled).await;
    println!("{} events reached the group in {rounds} rounds, each once", handled.len());
    assert_eq!(handled.len() as u64, COUNT);
    assert!(handled.values().all(|count| *count == 1));
    assert_eq!(length(&mut admin, &format!("{STREAM}:dead-letter")).await, 0);
}

#[tokio::test]
async fn a_full_stream_without_a_reader_takes_nothing() {
    let server = PrivateRedis::start();
    let mut settings = alga(&server.url());
    settings.alga_psa.max_stream_length = 100;
    let (mut admin, operator) = (Admin::at(&server.url()).await, operator(&settings));
    let at = dead(STREAM, add(&mut admin, &format!("{STREAM}:dead-letter"), &letter(0)).await);
    add(&mut admin, STREAM, &letter(1)[..2]).await;
    for pending in [false, true] {
        if pending {
            admin.run(&format!("XGROUP CREATE {STREAM} {GROUP} 0")).await;
            admin.run(&format!("XREADGROUP GROUP {GROUP} consumer-1 STREAMS {STREAM} >")).await;
        }
        let answer = retry_one(&operator, RetryOrder::new(at.clone(), Runs::Failed), "p").await;
        assert_eq!(answer, Err(ActionError::Full(key(STREAM))), "pending: {pending}");
    }
    assert_eq!(
        (length(&mut admin, STREAM).await, length(&mut admin, &format!("{STREAM}:dead-letter")).await),
        (1, 1)
    );
    let entry: EntryId = lying(&mut admin, STREAM).await[0].0.parse().unwrap();
    admin.run(&format!("XACK {STREAM} {GROUP} {entry}")).await;
    retry_one(&operator, RetryOrder::new(at, Runs::Failed), "p").await.unwrap();
}

#[tokio::test]
async fn an_import_knows_what_lies_there_and_what_was_retried_though_no_letter_names_a_handler() {
    let server = PrivateRedis::start();
    let (mut admin, operator) = (Admin::at(&server.url()).await, operator(&alga(&server.url())));
    let letters = format!("{STREAM}:dead-letter");
    let mut file = Vec::new();
    for n in 0..3 {
        let at = dead(STREAM, add(&mut admin, &letters, &letter(n)).await);
        let bytes = |(name, value): (String, String)| (name.into_bytes(), value.into_bytes());
        file.push(Exported::from(&at, letter(n).into_iter().map(bytes).collect()));
        match n {
            0 => {}
            1 => drop(retry_one(&operator, RetryOrder::new(at, Runs::Failed), "p").await.unwrap()),
            _ => drop(operator.purge(&[at]).await.unwrap().remove(0)),
        }
    }
    let answers = operator.importer(file.clone(), false).next().await.unwrap();
    assert!(answers[0].as_ref().is_ok_and(|imported| imported.was_there), "{answers:?}");
    assert!(
        matches!(&answers[1], Err(ActionError::Unsuitable(why)) if why.contains("--again")),
        "{answers:?}"
    );
    assert!(answers[2].as_ref().is_ok_and(|imported| !imported.was_there), "{answers:?}");
    let answers = operator.importer(file, true).next().await.unwrap();
    assert!(answers[1].as_ref().is_ok_and(|imported| !imported.was_there), "{answers:?}");
    assert_eq!(length(&mut admin, &letters).await, 3);
}
