//! Retries that wait in a schedule, or are due.

use tidings::bus::{ActionError, DiscardOrder, FailedAt, RetryOrder, Runs};
use tidings::event::{EntryId, HandlerName, NewEvent};

use crate::letters::{
    STREAM, TENANT, because, dead, event, event_id, field, key, length, locked, lying, operator, own,
    retry_one,
};
use crate::redis_server::PrivateRedis;
use crate::sessions::{Admin, native};

const SCHEDULE: &str = "event::TICKET_CREATED:schedule";
const BODIES: &str = "event::TICKET_CREATED:scheduled";
const RETRIES: &str = "event::TICKET_CREATED:retry:mail";
const HISTORY: &str = r#"[{"at":"2026-11-23T19:42:38Z","ms":1,"kind":"error","error":["first"]},{"at":"2026-11-23T19:43:38Z","ms":1,"kind":"error","error":["last","why"]}]"#;

/// Puts one into the schedule as the finish script does; it is due in a far future.
async fn wait(admin: &mut Admin, n: u64) -> FailedAt {
    wait_for(admin, n, "3").await
}

/// The same for another attempt.
async fn wait_for(admin: &mut Admin, n: u64, attempt: &str) -> FailedAt {
    let text = event(n);
    let source = format!("{}-0", n + 1);
    let body = [
        "event", &text, "attempt", attempt, "crashes", "1", "retryOf", &source, "plan", "", "history",
        HISTORY, "force", "1", "trace", "t-7", "plan", "its own",
    ];
    let script = "redis.call('HSET', KEYS[2], ARGV[1], cmsgpack.pack({unpack(ARGV, 2)})) \
                  return redis.call('ZADD', KEYS[1], 9999999999999, ARGV[1])";
    let member = format!("mail|{source}");
    let mut words = vec!["EVAL", script, "2", SCHEDULE, BODIES, &member];
    words.extend(body);
    admin.send(&words.iter().map(|word| word.as_bytes()).collect::<Vec<_>>()).await;
    FailedAt::Waiting {
        stream: key(STREAM),
        handler: HandlerName::new("mail").unwrap(),
        source: EntryId::new(n + 1, 0),
    }
}

async fn left(admin: &mut Admin) -> (u64, u64) {
    (admin.get(&format!("ZCARD {SCHEDULE}")).await, admin.get(&format!("HLEN {BODIES}")).await)
}

#[tokio::test]
async fn what_waits_is_due_at_once_with_the_plan_and_nothing_else_changed() {
    let server = PrivateRedis::start();
    let (mut admin, operator) = (Admin::at(&server.url()).await, operator(&native(&server.url())));
    let (at, other) = (wait(&mut admin, 0).await, wait(&mut admin, 1).await);
    let retried = retry_one(&operator, RetryOrder::new(at.clone(), Runs::Failed), "p").await.unwrap();
    assert_eq!(left(&mut admin).await, (1, 1), "the other waits on: {other}");
    let (id, body) = lying(&mut admin, RETRIES).await.remove(0);
    let text = event(0);
    let expected = [
        ("event", text.as_str()),
        ("attempt", "3"),
        ("crashes", "1"),
        ("retryOf", "1-0"),
        ("plan", "p"),
        ("history", HISTORY),
        ("force", "1"),
        ("trace", "t-7"),
        ("plan", "its own"),
    ];
    assert_eq!(body, own(&expected));
    assert_eq!((retried.to[0].stream.as_str(), retried.to[0].id.to_string()), (RETRIES, id));
    assert_eq!(retried.event.unwrap().to_string(), event_id(0));
    assert_eq!((retried.source, &retried.from), (Some(EntryId::new(1, 0)), &at));
    let (_, record) = lying(&mut admin, &format!("{STREAM}:retried")).await.remove(0);
    let said = ["deadLetterId", "source", "plan", "handler", "attempts", "error", "tenant"]
        .map(|name| field(&record, name).unwrap());
    assert_eq!(said, ["", "1-0", "p", "mail", "2", "last: why", TENANT]);
    let again = retry_one(&operator, RetryOrder::new(at.clone(), Runs::Failed), "p").await.unwrap();
    assert_eq!((again.repeated, again.to), (true, retried.to));
    assert_eq!(
        retry_one(&operator, RetryOrder::new(at.clone(), Runs::Failed), "q").await,
        Err(ActionError::Gone)
    );
    let edited = RetryOrder {
        edited: NewEvent::from_text(event(1)).ok(),
        ..RetryOrder::new(other.clone(), Runs::Failed)
    };
    for order in [edited, RetryOrder::new(other.clone(), Runs::All), RetryOrder::new(other, Runs::AsNew)] {
        assert!(matches!(retry_one(&operator, order, "p").await, Err(ActionError::Unsuitable(_))));
    }
    assert_eq!(left(&mut admin).await, (1, 1));
}

#[tokio::test]
async fn what_was_tried_since_it_was_chosen_is_gone_and_what_waits_then_waits_on() {
    let server = PrivateRedis::start();
    let (mut admin, operator) = (Admin::at(&server.url()).await, operator(&native(&server.url())));
    let at = wait(&mut admin, 0).await;
    let chosen = |attempts| RetryOrder { attempts, ..RetryOrder::new(at.clone(), Runs::Failed) };
    // It waits for its third attempt.
    for attempts in [1, 3, 0] {
        assert_eq!(retry_one(&operator, chosen(Some(attempts)), "p").await, Err(ActionError::Gone));
    }
    assert_eq!((left(&mut admin).await, length(&mut admin, RETRIES).await), ((1, 1), 0));
    let retried = retry_one(&operator, chosen(Some(2)), "p").await.unwrap();
    assert!(!retried.repeated);
    // It failed again, and waits. The plan that retried it finds what it did; it does not do it again.
    wait_for(&mut admin, 0, "4").await;
    let again = retry_one(&operator, chosen(Some(2)), "p").await.unwrap();
    assert_eq!((again.repeated, &again.to), (true, &retried.to));
    assert_eq!(retry_one(&operator, chosen(Some(2)), "q").await, Err(ActionError::Gone));
    assert_eq!(left(&mut admin).await, (1, 1));
    assert!(!retry_one(&operator, chosen(None), "q").await.unwrap().repeated);
    assert_eq!((left(&mut admin).await, length(&mut admin, RETRIES).await), ((0, 0), 2));
}

#[tokio::test]
async fn what_waits_can_be_put_aside_and_comes_back_as_a_dead_letter_that_can_be_retried() {
    let server = PrivateRedis::start();
    let (mut admin, operator) = (Admin::at(&server.url()).await, operator(&native(&server.url())));
    let at = wait(&mut admin, 0).await;
    let aside = operator
        .discard(&DiscardOrder::all(std::slice::from_ref(&at)), &because("jo", "p"))
        .await
        .unwrap()
        .remove(0)
        .unwrap();
    assert_eq!(left(&mut admin).await, (0, 0));
    assert_eq!(
        operator.discard(&DiscardOrder::all(&[at]), &because("jo", "p")).await.unwrap(),
        [Ok(aside.clone())],
        "a double press"
    );
    let (_, lies) = lying(&mut admin, &format!("{STREAM}:discarded")).await.remove(0);
    let now = field(&lies, "discardedAt").unwrap();
    let text = event(0);
    let expected = [
        ("event", text.as_str()),
        ("trace", "t-7"),
        ("plan", "its own"),
        ("sourceStream", STREAM),
        ("sourceMessageId", "1-0"),
        ("handler", "mail"),
        ("error", r#"["last","why"]"#),
        ("attempts", "2"),
        ("history", HISTORY),
        ("firstFailedAt", "2026-11-23T19:42:38Z"),
        ("deadLetteredAt", now),
        ("reason", "discarded"),
        ("discardedBy", "jo"),
        ("discardedAt", now),
        ("discardReason", "mended"),
        ("discardedFrom", "mail|1-0"),
    ];
    assert_eq!(lies, own(&expected));
    let back = operator.restore(&[aside]).await.unwrap().remove(0).unwrap();
    let retried = retry_one(&operator, RetryOrder::new(back, Runs::Failed), "q").await.unwrap();
    assert_eq!(retried.to[0].stream.as_str(), RETRIES);
    assert_eq!(field(&lying(&mut admin, RETRIES).await[0].1, "event"), Some(text.as_str()));
}

#[tokio::test]
async fn what_was_tried_since_it_was_chosen_has_moved_on_and_is_not_put_aside() {
    let server = PrivateRedis::start();
    let (mut admin, operator) = (Admin::at(&server.url()).await, operator(&native(&server.url())));
    let at = wait(&mut admin, 0).await;
    let discard = async |attempts| {
        let order = DiscardOrder { at: at.clone(), attempts };
        operator.discard(&[order], &because("jo", "p")).await.unwrap().remove(0)
    };
    // It waits for its third attempt.
    for attempts in [1, 3, 0] {
        assert_eq!(discard(Some(attempts)).await, Err(ActionError::MovedOn));
    }
    assert_eq!(
        (left(&mut admin).await, length(&mut admin, &format!("{STREAM}:discarded")).await),
        ((1, 1), 0)
    );
    // It came due, failed and waits anew, between the look and the discard.
    wait_for(&mut admin, 0, "4").await;
    assert_eq!(discard(Some(2)).await, Err(ActionError::MovedOn));
    assert_eq!(left(&mut admin).await, (1, 1));
    let aside = discard(Some(3)).await.unwrap();
    assert_eq!(left(&mut admin).await, (0, 0));
    assert_eq!(discard(Some(3)).await, Ok(aside), "a double press");
    // What was not looked at before is taken as it is.
    wait_for(&mut admin, 1, "7").await;
    let at = FailedAt::Waiting {
        stream: key(STREAM),
        handler: "mail".parse().unwrap(),
        source: EntryId::new(2, 0),
    };
    operator.discard(&[DiscardOrder::new(at)], &because("jo", "p")).await.unwrap().remove(0).unwrap();
    assert_eq!(left(&mut admin).await, (0, 0));
}

#[tokio::test]
async fn a_body_that_is_gone_is_said_and_left_to_the_workers() {
    let server = PrivateRedis::start();
    let (mut admin, operator) = (Admin::at(&server.url()).await, operator(&native(&server.url())));
    let (gone, odd) = (wait(&mut admin, 0).await, wait(&mut admin, 1).await);
    admin.run(&format!("HDEL {BODIES} mail|1-0")).await;
    admin.run(&format!("HSET {BODIES} mail|2-0 x")).await;
    for at in [gone, odd] {
        for answer in [
            retry_one(&operator, RetryOrder::new(at.clone(), Runs::Failed), "p").await.map(|_| ()),
            operator
                .discard(&DiscardOrder::all(&[at]), &because("jo", "p"))
                .await
                .unwrap()
                .remove(0)
                .map(|_| ()),
        ] {
            assert!(
                matches!(&answer, Err(ActionError::Unsuitable(why)) if why.contains("body")),
                "{answer:?}"
            );
        }
    }
    assert_eq!(left(&mut admin).await.0, 2);
}

#[tokio::test]
async fn in_a_locked_run_what_waits_without_a_readable_event_is_nobodys() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    let mut places = Vec::new();
    for n in 0..4 {
        places.push(wait(&mut admin, n).await);
    }
    admin.run(&format!("HDEL {BODIES} mail|1-0")).await;
    admin.run(&format!("HSET {BODIES} mail|2-0 x")).await;
    for (n, packed) in [(3, "{'attempt','3','event',7}"), (4, "{'attempt','3'}")] {
        let script = format!("redis.call('HSET',KEYS[1],'mail|{n}-0',cmsgpack.pack({packed}))");
        admin.run(&format!("EVAL {script} 1 {BODIES}")).await;
    }
    let locked = locked(&native(&server.url()), TENANT);
    for at in &places {
        let order = RetryOrder::new(at.clone(), Runs::Failed);
        assert_eq!(retry_one(&locked, order, "p").await, Err(ActionError::Unattributed), "{at}");
        let discarded =
            locked.discard(&DiscardOrder::all(std::slice::from_ref(at)), &because("jo", "p")).await.unwrap();
        assert_eq!(discarded, [Err(ActionError::Unattributed)], "{at}");
    }
    assert_eq!(left(&mut admin).await, (4, 3));
    admin.run(&format!("ZREM {SCHEDULE} mail|1-0")).await;
    let order = RetryOrder::new(places[0].clone(), Runs::Failed);
    assert_eq!(retry_one(&locked, order, "p").await, Err(ActionError::Gone), "it does not wait any more");
}

#[tokio::test]
async fn a_lock_sees_whose_a_waiting_retry_is() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    let at = wait(&mut admin, 0).await;
    let globex = locked(&native(&server.url()), "globex");
    let answer = retry_one(&globex, RetryOrder::new(at.clone(), Runs::Failed), "p").await;
    assert!(matches!(answer, Err(ActionError::Tenant(_))), "{answer:?}");
    let answers = globex
        .discard(&DiscardOrder::all(&[dead(STREAM, EntryId::new(1, 1)), at.clone()]), &because("jo", "p"))
        .await
        .unwrap();
    assert_eq!(answers[0], Err(ActionError::Gone));
    assert!(matches!(answers[1], Err(ActionError::Tenant(_))));
    assert_eq!(globex.preview(&RetryOrder::new(at.clone(), Runs::Failed), &because("jo", "p")).len(), 2);
    let acme = locked(&native(&server.url()), TENANT);
    acme.discard(&DiscardOrder::all(&[at]), &because("jo", "p")).await.unwrap().remove(0).unwrap();
}

#[tokio::test]
async fn what_is_due_needs_nothing_and_is_answered_as_it_lies() {
    let server = PrivateRedis::start();
    let (mut admin, operator) = (Admin::at(&server.url()).await, operator(&native(&server.url())));
    let at = wait(&mut admin, 0).await;
    let hastened = retry_one(&operator, RetryOrder::new(at, Runs::Failed), "p").await.unwrap();
    let due = FailedAt::Due { stream: key(RETRIES), id: hastened.to[0].id };
    let answer = retry_one(&operator, RetryOrder::new(due.clone(), Runs::Failed), "q").await.unwrap();
    assert_eq!(
        (&answer.to, &answer.source, &answer.event),
        (&hastened.to, &hastened.source, &hastened.event)
    );
    assert_eq!((answer.from, answer.stream.as_str()), (due.clone(), STREAM));
    assert_eq!(length(&mut admin, RETRIES).await, 1);
    admin.run(&format!("XDEL {RETRIES} {}", hastened.to[0].id)).await;
    assert_eq!(retry_one(&operator, RetryOrder::new(due, Runs::Failed), "q").await, Err(ActionError::Gone));
    let odd = FailedAt::Due { stream: key(STREAM), id: EntryId::new(1, 0) };
    assert!(matches!(
        retry_one(&operator, RetryOrder::new(odd, Runs::Failed), "q").await,
        Err(ActionError::Unsuitable(_))
    ));
}
