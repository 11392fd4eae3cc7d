//! Dead letters of a native bus.

use std::sync::{Arc, Mutex};

use tidings::bus::{
    ActionError, Bus, DiscardOrder, FailedAt, HandlerContext, RetryOrder, Runs, StartAt, Subscription,
};
use tidings::event::{EntryId, Event, HandlerName, NewEvent};

use crate::letters::{
    STREAM, TENANT, add, because, dead, event, event_id, field, fill, key, length, letter, locked, lying,
    operator, orders, own, retry_one,
};
use crate::redis_server::PrivateRedis;
use crate::sessions::{Admin, intake, native, session, until};

const LETTERS: &str = "event::TICKET_CREATED:dead-letter";
const RETRIED: &str = "event::TICKET_CREATED:retried";

fn retries(handler: &str) -> String {
    format!("{STREAM}:retry:{handler}")
}

#[tokio::test]
async fn a_retry_lies_in_its_handlers_stream_to_the_byte_and_is_recorded() {
    let server = PrivateRedis::start();
    let (mut admin, operator) = (Admin::at(&server.url()).await, operator(&native(&server.url())));
    // The handler has been here: with a group on the type's stream.
    admin.run(&format!("XGROUP CREATE {STREAM} mail 0 MKSTREAM")).await;
    let mut fields = letter(6, "mail", 3);
    // Names of ours beside the event are the event's own.
    fields.splice(
        1..2,
        own(&[("reason", "its own"), ("attempt", "its own"), ("force", "1"), ("moreFields", "1:a,0:,")]),
    );
    let id = add(&mut admin, LETTERS, &fields).await;
    let retried =
        retry_one(&operator, RetryOrder::new(dead(STREAM, id), Runs::Failed), "plan-1").await.unwrap();
    assert_eq!(lying(&mut admin, LETTERS).await, []);
    let mut entries = lying(&mut admin, &retries("mail")).await;
    let (entry, body) = entries.remove(0);
    assert!(entries.is_empty());
    let history = field(&fields, "history").unwrap();
    let event = event(6);
    let expected = [
        ("event", event.as_str()),
        ("attempt", "1"),
        ("crashes", "0"),
        ("retryOf", "7-0"),
        ("plan", "plan-1"),
        ("history", history),
        ("reason", "its own"),
        ("attempt", "its own"),
        ("moreFields", "1:a,0:,"),
    ];
    assert_eq!(body, own(&expected));
    assert_eq!(retried.event.unwrap().to_string(), event_id(6));
    assert_eq!(
        (retried.source, retried.repeated, retried.plan.as_str()),
        (Some(EntryId::new(7, 0)), false, "plan-1")
    );
    assert_eq!(retried.stream, key(STREAM));
    let to: Vec<_> =
        retried.to.iter().map(|claim| (claim.stream.as_str().to_owned(), claim.id.to_string())).collect();
    assert_eq!(to, [(retries("mail"), entry.clone())]);
    let groups: Vec<Vec<redis::Value>> = admin.get(&format!("XINFO GROUPS {}", retries("mail"))).await;
    assert_eq!(groups.len(), 1, "its group is there, and is given it");

    let record = lying(&mut admin, RETRIED).await.remove(0).1;
    let at = field(&record, "at").unwrap().to_owned();
    assert!(chrono::DateTime::parse_from_rfc3339(&at).is_ok(), "{at}");
    let (letter_id, event_id) = (id.to_string(), event_id(6));
    let to = serde_json::from_str::<Vec<(String, String)>>(field(&record, "to").unwrap()).unwrap();
    assert_eq!(to, [(retries("mail"), entry)]);
    let expected = [
        ("deadLetterId", letter_id.as_str()),
        ("stream", STREAM),
        ("source", "7-0"),
        ("to", field(&record, "to").unwrap()),
        ("plan", "plan-1"),
        ("who", "jo@web-1"),
        ("at", at.as_str()),
        ("handler", "mail"),
        ("eventId", event_id.as_str()),
        ("tenant", TENANT),
        ("type", "TICKET_CREATED"),
        ("attempts", "3"),
        ("error", "no \"mail\": why"),
        ("runs", "failed"),
        ("edited", ""),
    ];
    assert_eq!(record, own(&expected));
}

#[tokio::test]
async fn what_lies_there_decides_what_is_done() {
    let server = PrivateRedis::start();
    let (mut admin, operator) = (Admin::at(&server.url()).await, operator(&native(&server.url())));
    let unsuitable = |error: &ActionError| matches!(error, ActionError::Unsuitable(_));
    let swap = |name: &str, value: &str| {
        let mut fields = letter(0, "mail", 1);
        fields.iter_mut().find(|(known, _)| known == name).unwrap().1 = value.to_owned();
        fields
    };
    let tombstone = own(&[
        ("sourceStream", STREAM),
        ("sourceMessageId", "1-0"),
        ("handler", "mail"),
        ("reason", "trimmed"),
    ]);
    for (what, fields, runs, refused) in [
        ("of another stream", swap("sourceStream", "event::TICKET_CLOSED"), Runs::Failed, "another stream"),
        ("of no handler", swap("handler", "x:dead-letter"), Runs::Failed, "no handler"),
        ("for all, where nobody has a group", letter(0, "mail", 1), Runs::All, "no handler"),
        ("a tombstone", tombstone, Runs::Failed, "trimmed"),
        ("as new, without an event", own(&[("handler", "mail")]), Runs::AsNew, "no event in it"),
        (
            "as new, which is no event",
            own(&[("event", "{}"), ("handler", "mail")]),
            Runs::AsNew,
            "cannot be sent as a new event",
        ),
        (
            "as new, of another type",
            swap("event", &event(0).replace("TICKET_CREATED", "TICKET_CLOSED")),
            Runs::AsNew,
            "type",
        ),
        (
            "as new, which fits no schema",
            swap("event", &event(0).replace("ticketId", "ticket")),
            Runs::AsNew,
            "schema",
        ),
    ] {
        let id = add(&mut admin, LETTERS, &fields).await;
        let error = retry_one(&operator, RetryOrder::new(dead(STREAM, id), runs), "p").await.unwrap_err();
        assert!(error.to_string().contains(refused), "{what}: {error}");
        assert_eq!(length(&mut admin, LETTERS).await, 1, "{what}: it stays");
        let keys: Vec<String> = admin.get("KEYS *").await;
        assert_eq!(keys, [LETTERS], "{what}: nothing is written");
        admin.run("FLUSHALL").await;
    }
    for name in
        ["event::TICKET_CREATED:dead-letter", "other", "event::$journal", "event::TICKET_CREATED:retry:mail"]
    {
        let error =
            retry_one(&operator, RetryOrder::new(dead(name, EntryId::new(1, 1)), Runs::Failed), "p").await;
        assert!(unsuitable(&error.unwrap_err()), "{name}");
    }
    let gone =
        retry_one(&operator, RetryOrder::new(dead(STREAM, EntryId::new(1, 1)), Runs::Failed), "p").await;
    assert_eq!(gone.unwrap_err(), ActionError::Gone);
    for at in [
        "pending:1-1:mail:event::TICKET_CREATED",
        "discarded:1-1:event::TICKET_CREATED",
        "retried:1-1:event::TICKET_CREATED",
    ] {
        let order = RetryOrder::new(at.parse().unwrap(), Runs::Failed);
        assert!(unsuitable(&retry_one(&operator, order, "p").await.unwrap_err()), "{at}");
    }
}

#[tokio::test]
async fn an_event_that_cannot_be_read_goes_to_its_handler_as_it_lies() {
    let server = PrivateRedis::start();
    let (mut admin, operator) = (Admin::at(&server.url()).await, operator(&native(&server.url())));
    for (bad, kept) in [("{", "{"), ("[[[", "[[["), ("", "")] {
        let mut fields = letter(0, "mail", 1);
        bad.clone_into(&mut fields[0].1);
        let id = add(&mut admin, LETTERS, &fields).await;
        let retried =
            retry_one(&operator, RetryOrder::new(dead(STREAM, id), Runs::Failed), "p").await.unwrap();
        assert_eq!(retried.event, None);
        let (_, body) = lying(&mut admin, &retries("mail")).await.pop().unwrap();
        assert_eq!(field(&body, "event"), Some(kept));
        let (_, record) = lying(&mut admin, RETRIED).await.pop().unwrap();
        assert_eq!((field(&record, "eventId"), field(&record, "type")), (Some(""), Some("TICKET_CREATED")));
    }
}

#[tokio::test]
async fn of_a_long_history_the_newest_fifty_are_kept_and_it_stays_json() {
    let server = PrivateRedis::start();
    let (mut admin, operator) = (Admin::at(&server.url()).await, operator(&native(&server.url())));
    let item = |n: usize| {
        format!(r#"{{"at":"2026-11-23T19:42:38Z","ms":{n},"kind":"error","error":["],[{{\"\\\"", ","]}}"#)
    };
    for (count, kept) in [(0, 0), (1, 1), (50, 50), (51, 50), (200, 50)] {
        let mut fields = letter(0, "mail", 1);
        let items: Vec<String> = (0..count).map(item).collect();
        let history = fields.iter_mut().find(|(name, _)| name == "history").unwrap();
        history.1 = format!("[{}]", items.join(","));
        let id = add(&mut admin, LETTERS, &fields).await;
        retry_one(&operator, RetryOrder::new(dead(STREAM, id), Runs::Failed), "p").await.unwrap();
        let (_, body) = lying(&mut admin, &retries("mail")).await.pop().unwrap();
        assert_eq!(field(&body, "history").unwrap(), format!("[{}]", items[count - kept..].join(",")));
    }
    for bad in ["", "{", "x", "[", r#"["a"#] {
        let mut fields = letter(0, "mail", 1);
        bad.clone_into(&mut fields.iter_mut().find(|(name, _)| name == "history").unwrap().1);
        let id = add(&mut admin, LETTERS, &fields).await;
        retry_one(&operator, RetryOrder::new(dead(STREAM, id), Runs::Failed), "p").await.unwrap();
        let (_, body) = lying(&mut admin, &retries("mail")).await.pop().unwrap();
        assert_eq!(field(&body, "history"), Some("[]"), "{bad}");
    }
}

#[tokio::test]
async fn all_means_every_handler_with_a_group_and_forces_them() {
    let server = PrivateRedis::start();
    let (mut admin, operator) = (Admin::at(&server.url()).await, operator(&native(&server.url())));
    for group in ["mail", "sla", "Not_A_Handler"] {
        admin.run(&format!("XGROUP CREATE {STREAM} {group} 0 MKSTREAM")).await;
    }
    let places = fill(&mut admin, 1, "mail").await;
    let retried = retry_one(&operator, RetryOrder::new(places[0].clone(), Runs::All), "p").await.unwrap();
    assert_eq!(retried.to.len(), 2);
    for handler in ["mail", "sla"] {
        let (_, body) = lying(&mut admin, &retries(handler)).await.remove(0);
        assert_eq!((field(&body, "force"), field(&body, "attempt")), (Some("1"), Some("1")), "{handler}");
        let own = handler == "mail";
        assert_eq!(
            field(&body, "history") != Some("[]"),
            own,
            "how it failed with one is nothing to another"
        );
    }
    let (_, record) = lying(&mut admin, RETRIED).await.remove(0);
    assert_eq!(field(&record, "runs"), Some("all"));
    assert_eq!(length(&mut admin, STREAM).await, 0, "others see each event once");
}

#[tokio::test]
async fn as_new_gets_another_id_and_nothing_else() {
    let server = PrivateRedis::start();
    let mut settings = native(&server.url());
    settings.native.fanout = true;
    let (mut admin, operator) = (Admin::at(&server.url()).await, operator(&settings));
    let places = fill(&mut admin, 1, "mail").await;
    let retried = retry_one(&operator, RetryOrder::new(places[0].clone(), Runs::AsNew), "p").await.unwrap();
    let new = retried.event.unwrap().to_string();
    assert_ne!(new, event_id(0));
    let (id, fields) = lying(&mut admin, STREAM).await.remove(0);
    assert_eq!(fields, own(&[("event", &event(0).replace(&event_id(0), &new)), ("trace", "t-7")]));
    assert_eq!((retried.to[0].stream.as_str(), retried.to[0].id.to_string()), (STREAM, id));
    let (_, record) = lying(&mut admin, RETRIED).await.remove(0);
    assert_eq!((field(&record, "eventId"), field(&record, "source")), (Some(new.as_str()), Some("1-0")));
    assert_eq!(length(&mut admin, LETTERS).await, 0);
    let stats: String = admin.get("INFO commandstats").await;
    assert!(stats.contains("cmdstat_publish:calls=1,"), "listeners are told of a new event: {stats}");
    // Done before by the same plan: the new id is known from the record.
    let again = retry_one(&operator, RetryOrder::new(places[0].clone(), Runs::AsNew), "p").await.unwrap();
    assert_eq!((again.event, again.repeated), (retried.event, true));
}

#[tokio::test]
async fn an_edited_event_keeps_id_and_type_and_must_fit() {
    let server = PrivateRedis::start();
    let (mut admin, operator) = (Admin::at(&server.url()).await, operator(&native(&server.url())));
    let places = fill(&mut admin, 1, "mail").await;
    let edited = |text: String| NewEvent::from_text(text).unwrap();
    let order = |runs, text: String| RetryOrder {
        edited: Some(edited(text)),
        ..RetryOrder::new(places[0].clone(), runs)
    };
    for (text, refused) in [
        (event(1), "another id"),
        (event(0).replace("TICKET_CREATED", "TICKET_CLOSED"), "another type"),
        (event(0).replace("ticketId", "ticket"), "schema"),
        (event(0).replace("1.500", &format!("\"{}\"", "x".repeat(1024 * 1024))), "bytes"),
    ] {
        let error = retry_one(&operator, order(Runs::Failed, text), "p").await.unwrap_err();
        assert!(matches!(&error, ActionError::Invalid(why) if why.contains(refused)), "{error}");
    }
    assert_eq!(length(&mut admin, LETTERS).await, 1, "the original stays until the edited one is accepted");
    let text = event(0).replace("1.500", "2.50");
    retry_one(&operator, order(Runs::Failed, text.clone()), "p").await.unwrap();
    let (_, body) = lying(&mut admin, &retries("mail")).await.remove(0);
    assert_eq!((field(&body, "event"), field(&body, "retryOf")), (Some(text.as_str()), Some("1-0")));
    let (_, record) = lying(&mut admin, RETRIED).await.remove(0);
    assert_eq!(field(&record, "edited"), Some("1"));
}

#[tokio::test]
async fn the_same_plan_is_told_what_it_did_and_another_that_it_is_gone() {
    let server = PrivateRedis::start();
    let (mut admin, operator) = (Admin::at(&server.url()).await, operator(&native(&server.url())));
    let places = fill(&mut admin, 250, "mail").await;
    let first = operator.retry(&orders(&places, Runs::Failed), &because("jo@web-1", "p")).await.unwrap();
    let again = operator.retry(&orders(&places, Runs::Failed), &because("jo@web-1", "p")).await.unwrap();
    for (first, again) in first.iter().zip(&again) {
        let (first, again) = (first.as_ref().unwrap(), again.as_ref().unwrap());
        assert!(!first.repeated && again.repeated);
        assert_eq!((&first.to, &first.event, &first.source), (&again.to, &again.event, &again.source));
    }
    assert_eq!(length(&mut admin, &retries("mail")).await, 250);
    let other = operator.retry(&orders(&places, Runs::Failed), &because("jo@web-1", "q")).await.unwrap();
    assert!(other.iter().all(|answer| *answer == Err(ActionError::Gone)));
    // Twice in one order is one too often, and does no harm.
    let one = fill(&mut admin, 1, "mail").await.remove(0);
    let twice =
        operator.retry(&orders(&[one.clone(), one], Runs::Failed), &because("jo", "r")).await.unwrap();
    assert_eq!(
        twice.iter().map(|answer| answer.as_ref().unwrap().repeated).collect::<Vec<_>>(),
        [false, true]
    );
}

#[tokio::test]
async fn a_lock_leaves_other_tenants_alone() {
    let server = PrivateRedis::start();
    let settings = native(&server.url());
    let (mut admin, locked) = (Admin::at(&server.url()).await, locked(&settings, "globex"));
    let acme = fill(&mut admin, 1, "mail").await.remove(0);
    let mut globex = letter(1, "mail", 1);
    globex[0].1 = event(1).replace(TENANT, "globex");
    let globex = dead(STREAM, add(&mut admin, LETTERS, &globex).await);
    let nobody = dead(STREAM, add(&mut admin, LETTERS, &own(&[("event", "{}"), ("handler", "mail")])).await);
    let all = [acme.clone(), globex, nobody];
    let tenant =
        |error: &ActionError| matches!(error, ActionError::Tenant(tenant) if tenant.as_str() == TENANT);
    for answers in [
        locked
            .discard(&DiscardOrder::all(&all[..1]), &because("jo", "p"))
            .await
            .unwrap()
            .remove(0)
            .map(|_| ()),
        locked.purge(&all[..1]).await.unwrap().remove(0),
        locked.retry(&orders(&all[..1], Runs::All), &because("jo", "p")).await.unwrap().remove(0).map(|_| ()),
    ] {
        assert!(tenant(&answers.unwrap_err()));
    }
    let answers = locked.retry(&orders(&all, Runs::Failed), &because("jo", "p")).await.unwrap();
    assert!(tenant(answers[0].as_ref().unwrap_err()));
    assert!(answers[1].is_ok());
    assert_eq!(answers[2], Err(ActionError::Unattributed));
    assert_eq!((length(&mut admin, LETTERS).await, length(&mut admin, &retries("mail")).await), (2, 1));
    // What was retried under the same plan by somebody without a lock is not told either.
    operator(&settings).retry(&orders(&all[..1], Runs::Failed), &because("jo", "p")).await.unwrap();
    let answers = locked.retry(&orders(&all[..1], Runs::Failed), &because("jo", "p")).await.unwrap();
    assert!(tenant(answers[0].as_ref().unwrap_err()));
}

#[tokio::test]
async fn a_worker_handles_what_was_retried_and_its_outcome_is_written() {
    let server = PrivateRedis::start();
    let settings = native(&server.url());
    let (mut admin, operator) = (Admin::at(&server.url()).await, operator(&settings));
    let seen = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&seen);
    let work = move |event: Arc<Event>, context: HandlerContext| {
        noted.lock().unwrap().push((event.id().to_string(), context.attempt()));
        async { Ok(()) }
    };
    let subscription =
        Subscription::new(HandlerName::new("mail").unwrap(), ["*"], work).start(StartAt::Beginning);
    // A type is found by its stream.
    admin.run(&format!("XGROUP CREATE {STREAM} other 0 MKSTREAM")).await;
    let worker = Bus::of(&session(&settings), intake(&settings)).unwrap().subscribe(subscription);
    let places = fill(&mut admin, 3, "mail").await;
    let answers =
        operator.retry(&orders(&places, Runs::Failed), &because("jo@web-1", "plan-9")).await.unwrap();
    assert!(answers.iter().all(Result::is_ok));
    let outcomes = format!("{STREAM}:outcomes");
    until("three outcomes", async || length(&mut admin, &outcomes).await == 3).await;
    for (_, outcome) in lying(&mut admin, &outcomes).await {
        let said = ["handler", "plan", "attempt", "outcome"].map(|name| field(&outcome, name).unwrap());
        assert_eq!(said, ["mail", "plan-9", "1", "done"]);
    }
    worker.stop().await.unwrap();
    let mut seen = seen.lock().unwrap().clone();
    seen.sort();
    assert_eq!(seen, [0, 1, 2].map(|n| (event_id(n), 1)));
    assert_eq!(length(&mut admin, &retries("mail")).await, 0);
}

#[tokio::test]
async fn the_preview_is_what_redis_cli_would_take_and_does() {
    let server = PrivateRedis::start();
    let settings = native(&server.url());
    let (mut admin, operator) = (Admin::at(&server.url()).await, operator(&settings));
    let places = fill(&mut admin, 2, "mail").await;
    let lines =
        operator.preview(&RetryOrder::new(places[0].clone(), Runs::Failed), &because("jo@web-1", "p"));
    assert_eq!(lines.len(), 1);
    assert_eq!(length(&mut admin, LETTERS).await, 2, "nothing was sent");
    // The script is known to the server from then on.
    retry_one(&operator, RetryOrder::new(places[1].clone(), Runs::Failed), "p").await.unwrap();
    let words: Vec<String> = lines[0].split(' ').map(|word| word.trim_matches('\'').to_owned()).collect();
    let words: Vec<&[u8]> = words.iter().map(String::as_bytes).collect();
    admin.send(&words).await;
    assert_eq!((length(&mut admin, LETTERS).await, length(&mut admin, &retries("mail")).await), (0, 2));
    let new = operator.preview(&RetryOrder::new(places[0].clone(), Runs::AsNew), &because("jo", "p"));
    assert!(
        new[0].starts_with("XRANGE event::TICKET_CREATED:dead-letter ") && new[1].contains("with a new id"),
        "{new:?}"
    );
    let due = FailedAt::Due { stream: key(&retries("mail")), id: EntryId::new(1, 1) };
    assert_eq!(
        operator.preview(&RetryOrder::new(due, Runs::Failed), &because("jo", "p")),
        ["XRANGE event::TICKET_CREATED:retry:mail 1-1 1-1"]
    );
    let pending = "pending:1-1:mail:event::TICKET_CREATED".parse().unwrap();
    assert!(operator.preview(&RetryOrder::new(pending, Runs::Failed), &because("jo", "p")).is_empty());
}
