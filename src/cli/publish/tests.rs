//! Tests.

use std::sync::Arc;

use chrono::Utc;

use super::*;
use crate::broker::memory::MemoryBroker;
use crate::bus::{Intake, TenantLock};
use crate::cli::output::Out;
use crate::cli::test_desk::TestDesk;
use crate::schema::{Catalogue, Registry};

fn broker() -> MemoryBroker {
    let intake = Intake::new(Arc::new(Registry::builtin(Catalogue::Native)), TenantLock::default());
    MemoryBroker::new(intake, Arc::new(Utc::now))
}

fn plan(event_type: &str, count: u64, payload: &str) -> Plan {
    let event_type = EventType::new(event_type).unwrap();
    let payload = payload.to_owned();
    Plan {
        what: What::Alike { event_type, id: None, payload },
        left: count,
        channel: None,
        workflow_copy: false,
    }
}

/// Sends so many events of a type; answers how that ended.
async fn send(broker: &MemoryBroker, event_type: &str, count: u64, test: &mut TestDesk) -> Exit {
    let mut plan = plan(event_type, count, r#"{"tenantId":"acme"}"#);
    test.run_async(async |desk| plan.send(broker, desk).await).await.unwrap()
}

#[tokio::test]
async fn each_event_has_an_id_of_its_own() {
    let mut test = TestDesk::json();
    assert_eq!(send(&broker(), "ANY", 250, &mut test).await, Exit::Ok);
    let mut ids: Vec<_> = test
        .out()
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["eventId"].to_string())
        .collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 250);
}

#[tokio::test]
async fn an_unknown_outcome_names_the_id_to_try_again_with() {
    let broker = broker();
    broker.faults().lose_answers(1);
    let mut test = TestDesk::text();
    assert_eq!(send(&broker, "ANY", 2, &mut test).await, Exit::Unknown);
    assert!(
        test.notes().contains("Run this again with --id ") && test.notes().contains(" and without --count: "),
        "{}",
        test.notes()
    );
    assert_eq!(test.out().lines().count(), 1, "the other one is known");
}

#[tokio::test]
async fn after_a_failure_no_further_batch_is_sent() {
    let broker = broker();
    broker.faults().lose_answers(1);
    let mut test = TestDesk::text();
    assert_eq!(send(&broker, "ANY", 250, &mut test).await, Exit::Unknown);
    assert!(test.notes().contains("150 more events were not sent"), "{}", test.notes());
    assert_eq!(test.out().lines().count(), 99);
}

#[tokio::test]
async fn what_is_refused_says_which_fields_are_wrong() {
    let mut test = TestDesk::text();
    assert_eq!(send(&broker(), "TICKET_CREATED", 1, &mut test).await, Exit::Failed);
    assert!(test.notes().contains("/payload/ticketId: expected"), "{}", test.notes());
    assert!(test.notes().contains("`tidings types show TICKET_CREATED`"), "{}", test.notes());
    assert_eq!(test.out(), "");
}

#[tokio::test]
async fn a_dry_run_prints_commands_and_sends_nothing() {
    let broker = broker();
    let mut test = TestDesk::text();
    let mut plan = plan("ANY", 3, r#"{"tenantId":"acme\u001b"}"#);
    assert_eq!(test.run(|desk| plan.preview(&broker, desk)).unwrap(), Exit::Ok);
    assert_eq!(test.out().lines().filter(|line| line.starts_with("XADD ")).count(), 3);
    assert!(!test.out().contains('\x1b'));
    let streams = crate::bus::Inspector::streams(&broker).await.unwrap();
    assert_eq!(streams.found, []);
}

#[test]
fn what_is_set_keeps_the_payload_as_it_was_written() {
    let mut registry = Registry::default();
    let source = r#"{"properties":{"lines":{"items":{"properties":{"qty":{"type":"integer"}}}}}}"#;
    let event_type = EventType::new("ORDER_PLACED").unwrap();
    registry.add(event_type.clone(), source).unwrap();
    let text = |set: &[&str]| {
        let payload = "{\n  \"n\": 1.50,\n  \"lines\": [{\"qty\": 1}]\n}".to_owned();
        let set = set.iter().map(|it| (*it).to_owned()).collect();
        let args = PayloadArgs { payload: Some(payload), payload_file: None, set };
        args.text("{}", &event_type, &registry, &mut std::io::empty())
    };
    assert_eq!(
        text(&["lines.0.qty=2", "who.name=Ada"]).unwrap(),
        "{\n  \"n\": 1.50,\n  \"lines\": [{\"qty\": 2}],\n  \"who\": {\n    \"name\": \"Ada\"\n  }\n}"
    );
    for (set, phrase) in [
        ("lines.0.qty=x", "wants a whole number there, not 'x'"),
        ("lines.5.qty=2", "'lines' is a list of 1: it has no item '5'"),
        ("n.a=2", "'n' is not an object: nothing can be set in it"),
    ] {
        let error = text(&[set]).unwrap_err();
        assert!(format!("{error:?}").contains(phrase), "{error:?}");
    }
}

/// Standard output on a disk that is full.
struct Full;

impl std::io::Write for Full {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::StorageFull.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn an_unknown_outcome_is_the_exit_code_also_where_nothing_can_be_written() {
    for (lost, code) in [(0, Exit::Failed), (1, Exit::Unknown)] {
        let broker = broker();
        broker.faults().lose_answers(lost);
        let (mut test, mut full) = (TestDesk::text(), Full);
        let mut desk = test.desk();
        desk.out = Out::new(&mut full);
        let mut plan = plan("ANY", 3, r#"{"tenantId":"acme"}"#);
        let Err(Stop::Error(error)) = plan.send(&broker, &mut desk).await else { panic!("it is written") };
        assert_eq!(error.exit, code, "{error:?}");
    }
}

#[tokio::test]
async fn large_events_are_sent_in_batches_that_can_be_answered_in_time() {
    let broker = broker();
    broker.faults().lose_answers(1);
    let mut test = TestDesk::text();
    let payload = format!(r#"{{"tenantId":"acme","text":"{}"}}"#, "x".repeat(1_000_000));
    let mut plan = plan("ANY", 12, &payload);
    assert_eq!(test.run_async(async |desk| plan.send(&broker, desk).await).await, Ok(Exit::Unknown));
    assert!(test.notes().contains("7 more events were not sent"), "{}", test.notes());
}
