//! Tests.

use chrono::Utc;
use serde_json::Value;

use super::super::overheard::Overheard;
use super::*;
use crate::broker::memory::MemoryBroker;
use crate::bus::{
    Bus, Form, HandlerContext, HandlerError, Intake, Publisher as _, StartAt, Subscription, TenantLock,
    Worker,
};
use crate::cli::test_desk::TestDesk;
use crate::event::{Event, EventId, EventType, HandlerName};
use crate::schema::Registry;

fn broker() -> (MemoryBroker, Intake) {
    let intake = Intake::new(Arc::new(Registry::default()), TenantLock::default());
    (MemoryBroker::new(intake.clone(), Arc::new(Utc::now)), intake)
}

/// Handles everything as `answer` says.
async fn works(
    (broker, intake): &(MemoryBroker, Intake),
    handler: &str,
    answer: Result<(), HandlerError>,
) -> Worker {
    let bus = Bus::of(&broker.session("test"), intake.clone()).unwrap();
    let handle = move |_: Arc<Event>, _: HandlerContext| {
        let answer = answer.clone();
        async move { answer }
    };
    let subscription = Subscription::new(HandlerName::new(handler).unwrap(), ["*"], handle);
    let worker = bus.subscribe(subscription.start(StartAt::Beginning));
    worker.ready().await;
    worker
}

/// Publishes so many events and follows them.
async fn wait(broker: &MemoryBroker, events: u64, test: &mut TestDesk) -> Exit {
    let noting = Overheard::by(Noting::default(), Arc::new(broker.clone()));
    for _ in 0..events {
        let payload = r#"{"tenantId":"acme"}"#;
        let event_type = EventType::new("ANY").unwrap();
        let event = NewEvent::compose(EventId::random(), &event_type, Utc::now(), payload).unwrap();
        noting.publish(&[event], Form::Once).await.remove(0).unwrap();
    }
    let inspector: Arc<dyn Inspector> = Arc::new(broker.clone());
    let args = WaitArgs { wait: true, wait_timeout: Duration::from_secs(30) };
    let following = async |desk: &mut Desk<'_>| follow(&noting.ear, &inspector, args, Exit::Ok, desk).await;
    test.run_async(following).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn each_handlers_outcome_is_a_line() {
    let bus = broker();
    let mail = works(&bus, "mail", Ok(())).await;
    let mut test = TestDesk::text();
    assert_eq!(wait(&bus.0, 3, &mut test).await, Exit::Ok);
    assert_eq!(
        test.out().lines().filter(|line| line.starts_with("succeeded") && line.ends_with("  mail")).count(),
        3
    );
    let sla = works(&bus, "sla", Err(HandlerError::permanent("no such\u{1b}[31m ticket"))).await;
    let mut test = TestDesk::text();
    assert_eq!(wait(&bus.0, 1, &mut test).await, Exit::Failed, "one gave it up");
    assert!(test.out().contains("  sla  permanent: no such"), "{}", test.out());
    assert!(!test.out().contains('\x1b'));
    let mut test = TestDesk::json();
    assert_eq!(wait(&bus.0, 1, &mut test).await, Exit::Failed);
    let mut lines: Vec<Value> = test.out().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    lines.sort_by_key(|line| line["handler"].as_str().unwrap().to_owned());
    assert_eq!((&lines[0]["state"], &lines[1]["state"]), (&"succeeded".into(), &"dead".into()));
    assert_eq!((&lines[1]["reason"], &lines[1]["attempt"]), (&"permanent".into(), &Value::Null));
    for worker in [mail, sla] {
        worker.stop().await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_not_known_in_time_is_said_with_how_it_stands() {
    let bus = broker();
    let later = HandlerError::retry_after("greylisted", Duration::from_hours(1));
    let worker = works(&bus, "mail", Err(later)).await;
    let mut test = TestDesk::text();
    assert_eq!(wait(&bus.0, 1, &mut test).await, Exit::Unknown);
    assert!(test.out().starts_with("retrying ") && test.out().contains("attempt 2 at "), "{}", test.out());
    assert!(test.out().trim_end().ends_with(": greylisted"), "{}", test.out());
    assert!(test.notes().contains("--wait-timeout waits longer"), "{}", test.notes());
    worker.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_nobody_receives_is_a_failure() {
    let (broker, _) = broker();
    let mut test = TestDesk::json();
    assert_eq!(wait(&broker, 1, &mut test).await, Exit::Failed);
    let line: Value = serde_json::from_str(&test.out()).unwrap();
    assert_eq!((&line["state"], &line["handler"]), (&"nobody".into(), &Value::Null));
    assert!(test.notes().contains("no handler takes this type"), "{}", test.notes());
}

#[tokio::test(start_paused = true)]
async fn a_bus_that_is_gone_meanwhile_leaves_it_unknown() {
    let (broker, _) = broker();
    let noting = Overheard::by(Noting::default(), Arc::new(broker.clone()));
    let event_type = EventType::new("ANY").unwrap();
    let event =
        NewEvent::compose(EventId::random(), &event_type, Utc::now(), r#"{"tenantId":"acme"}"#).unwrap();
    noting.publish(&[event], Form::Once).await.remove(0).unwrap();
    broker.faults().down("gone");
    let inspector: Arc<dyn Inspector> = Arc::new(broker.clone());
    let args = WaitArgs { wait: true, wait_timeout: Duration::from_secs(5) };
    let mut test = TestDesk::text();
    let exit = test
        .run_async(async |desk: &mut Desk<'_>| follow(&noting.ear, &inspector, args, Exit::Ok, desk).await)
        .await
        .unwrap();
    assert_eq!(exit, Exit::Unknown);
    assert!(test.notes().contains("what became of it is not known"), "{}", test.notes());
}

#[tokio::test(start_paused = true)]
async fn ctrl_c_ends_it_with_what_is_known() {
    let bus = broker();
    let later = HandlerError::retry_after("greylisted", Duration::from_hours(1));
    let worker = works(&bus, "mail", Err(later)).await;
    let mut test = TestDesk::text();
    let stop = test.stop.clone();
    let stopping = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        stop.cancel();
    };
    tokio::join!(wait(&bus.0, 1, &mut test), stopping);
    assert!(test.out().starts_with("retrying "), "{}", test.out());
    worker.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn no_more_are_followed_than_is_said() {
    let bus = broker();
    let worker = works(&bus, "mail", Ok(())).await;
    let mut test = TestDesk::text();
    assert_eq!(wait(&bus.0, FOLLOWED as u64 + 2, &mut test).await, Exit::Unknown);
    assert_eq!(test.out().lines().count(), FOLLOWED);
    assert!(test.notes().contains("2 more events were not followed: 1,000 are the most"), "{}", test.notes());
    worker.stop().await.unwrap();
}
