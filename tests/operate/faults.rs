//! A server that refuses, or does not answer.

use std::sync::Arc;

use tidings::broker::redis::Settings;
use tidings::bus::{
    ActionError, BusError, Deed, DiscardOrder, FailedAt, Operator, RetryOrder, Runs, WritesRefused,
};
use tidings::event::{EntryId, HandlerName};

use crate::letters::{
    STREAM, add, because, dead, fill, key, length, letter, lying, operator, orders, retry_one,
};
use crate::proxy::Proxy;
use crate::redis_server::PrivateRedis;
use crate::sessions::{Admin, alga, native, session, until};

const LETTERS: &str = "event::TICKET_CREATED:dead-letter";
const RETRIES: &str = "event::TICKET_CREATED:retry:mail";
const ALGA: &str = "alga-psa:event-stream:global:TICKET_CREATED";

/// Everything that lies in every stream, and the other keys.
async fn all(admin: &mut Admin) -> Vec<(String, usize)> {
    let mut keys: Vec<String> = admin.get("KEYS *").await;
    keys.sort();
    let mut all = Vec::new();
    for key in keys {
        let kind: String = admin.get(&format!("TYPE {key}")).await;
        let count = if kind == "stream" { lying(admin, &key).await.len() } else { 0 };
        all.push((key, count));
    }
    all
}

/// A dead letter, a discarded one, one that waits; and one on the bus of Alga.
async fn arrange(admin: &mut Admin) -> [FailedAt; 4] {
    let letter_at = fill(admin, 1, "mail").await.remove(0);
    let aside = add(admin, &format!("{STREAM}:discarded"), &letter(1, "mail", 1)).await;
    let script = "redis.call('HSET', KEYS[2], ARGV[1], cmsgpack.pack({'event', '{}'})) \
                  return redis.call('ZADD', KEYS[1], 9999999999999, ARGV[1])";
    let (schedule, bodies) = (format!("{STREAM}:schedule"), format!("{STREAM}:scheduled"));
    let words = ["EVAL", script, "2", &schedule, &bodies, "mail|1-0"];
    admin.send(&words.map(str::as_bytes)).await;
    let waiting = FailedAt::Waiting {
        stream: key(STREAM),
        handler: HandlerName::new("mail").unwrap(),
        source: EntryId::new(1, 0),
    };
    let mut of_alga = letter(0, "mail", 1);
    ALGA.clone_into(&mut of_alga.iter_mut().find(|(name, _)| name == "sourceStream").unwrap().1);
    let of_alga = dead(ALGA, add(admin, &format!("{ALGA}:dead-letter"), &of_alga).await);
    [letter_at, FailedAt::Discarded { stream: key(STREAM), id: aside }, waiting, of_alga]
}

/// What every action that adds something answers.
async fn try_all(
    native: &Arc<dyn Operator>,
    alga: &Arc<dyn Operator>,
    places: &[FailedAt; 4],
) -> Vec<ActionError> {
    let [letter_at, aside, waiting, of_alga] = places.clone();
    let because = because("jo", "p");
    let mut errors = Vec::new();
    for (operator, at) in [(native, &letter_at), (native, &waiting), (alga, &of_alga)] {
        for runs in [Runs::Failed, Runs::AsNew] {
            if !matches!(at, FailedAt::Waiting { .. }) || runs == Runs::Failed {
                let order = RetryOrder::new(at.clone(), runs);
                errors.push(operator.retry(&[order], &because).await.unwrap().remove(0).unwrap_err());
            }
        }
        let at = std::slice::from_ref(at);
        errors.push(operator.discard(&DiscardOrder::all(at), &because).await.unwrap().remove(0).unwrap_err());
    }
    errors.push(native.restore(&[aside]).await.unwrap().remove(0).unwrap_err());
    errors
}

#[tokio::test]
async fn without_memory_nothing_is_done_and_that_is_said() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    let (native, alga) = (operator(&native(&server.url())), operator(&alga(&server.url())));
    let places = arrange(&mut admin).await;
    let before = all(&mut admin).await;
    admin.run("CONFIG SET maxmemory 1").await;
    let fields = letter(9, "mail", 1)
        .into_iter()
        .map(|(name, value)| (name.into_bytes(), value.into_bytes()))
        .collect();
    let mut errors = try_all(&native, &alga, &places).await;
    errors.push(
        crate::importing::import(&*native, &[(key(STREAM), fields)]).await.unwrap().remove(0).unwrap_err(),
    );
    for error in &errors {
        assert!(
            matches!(error, ActionError::NotNow(why) if why.contains("OOM") && why.contains("maxmemory"))
                || matches!(error, ActionError::Refused(why) if why.contains("written (OOM)")),
            "{error}"
        );
    }
    assert!(matches!(
        native.record(Deed::Discarded, &because("jo", "p"), 1, None).await,
        Err(BusError::Refused { .. })
    ));
    assert_eq!(all(&mut admin).await, before);
    // Making room works.
    assert_eq!(native.purge(&places[1..2]).await.unwrap(), [Ok(())]);
    admin.run("CONFIG SET maxmemory 0").await;
    retry_one(&native, RetryOrder::new(places[0].clone(), Runs::Failed), "p").await.unwrap();
}

#[tokio::test]
async fn a_step_that_is_done_shows_that_writes_are_taken_as_far_as_it_needs_what_was_lacking() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    let session = session(&native(&server.url()));
    let operator = session.operator.clone().unwrap();
    let places = fill(&mut admin, 6, "mail").await;
    let retry = async |at: &FailedAt| {
        retry_one(&operator, RetryOrder::new(at.clone(), Runs::Failed), "p").await.map(|_| ())
    };
    let known = || session.writes.now();
    admin.run("CONFIG SET maxmemory 1").await;
    retry(&places[0]).await.unwrap_err();
    assert_eq!(known(), Some(WritesRefused::Memory));
    assert_eq!(operator.purge(&places[1..2]).await.unwrap(), [Ok(())]);
    assert_eq!(known(), Some(WritesRefused::Memory), "removing needs no memory");
    admin.run("CONFIG SET maxmemory 0").await;
    retry(&places[1]).await.unwrap_err();
    assert_eq!(known(), Some(WritesRefused::Memory), "it is gone: nothing was written");
    retry(&places[0]).await.unwrap();
    assert_eq!(known(), None);
    for (at, is_purge) in [(2, true), (4, false)] {
        admin.run("CONFIG SET min-replicas-to-write 1").await;
        retry(&places[at]).await.unwrap_err();
        assert_eq!(known(), Some(WritesRefused::Replicas));
        admin.run("CONFIG SET min-replicas-to-write 0").await;
        if is_purge {
            assert_eq!(operator.purge(&places[at..=at]).await.unwrap(), [Ok(())]);
        } else {
            operator.record(Deed::PlanFinished, &because("jo", "p"), 1, None).await.unwrap();
        }
        assert_eq!(known(), None, "purge: {is_purge}");
    }
}

#[tokio::test]
async fn a_missing_right_is_named_and_nothing_is_done_by_half() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    let places = arrange(&mut admin).await;
    let before = all(&mut admin).await;
    for (missing, named) in
        [("-xdel -zrem", &["xdel", "zrem"][..]), ("-xadd", &["xadd"]), ("-evalsha -eval", &["evalsha"])]
    {
        admin.run(&format!("ACL SETUSER clumsy reset on >secret ~* &* +@all {missing}")).await;
        let url = server.url().replace("redis://", "redis://clumsy:secret@");
        let (native, alga) = (operator(&native(&url)), operator(&alga(&url)));
        for error in try_all(&native, &alga, &places).await {
            let says = named.iter().any(|name| error.to_string().contains(&format!("'{name}'")));
            assert!(matches!(error, ActionError::Denied(_)) && says, "{missing}: {error}");
        }
        assert_eq!(all(&mut admin).await, before, "{missing}");
    }
    // Whether we did it before cannot be looked up: that it is gone is not all that there is to say.
    admin.run("ACL SETUSER clumsy reset on >secret ~* &* +@all -xrevrange").await;
    let operator = operator(&native(&server.url().replace("redis://", "redis://clumsy:secret@")));
    let gone = dead(STREAM, EntryId::new(1, 1));
    let error = retry_one(&operator, RetryOrder::new(gone, Runs::Failed), "p").await.unwrap_err();
    assert!(matches!(&error, ActionError::Denied(why) if why.contains("'xrevrange'")), "{error}");
}

#[tokio::test]
async fn a_replica_and_a_key_that_is_something_else_are_said() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    let (native, alga) = (operator(&native(&server.url())), operator(&alga(&server.url())));
    let places = arrange(&mut admin).await;
    let before = all(&mut admin).await;
    admin.run("REPLICAOF 127.0.0.1 1").await;
    for error in try_all(&native, &alga, &places).await {
        assert!(matches!(&error, ActionError::NotNow(why) if why.contains("READONLY")), "{error}");
    }
    admin.run("REPLICAOF NO ONE").await;
    assert_eq!(all(&mut admin).await, before);

    // The records come last: what was appended before is taken back.
    admin.run(&format!("SET {STREAM}:retried x")).await;
    admin.run(&format!("SET tidings:retried:{ALGA} x")).await;
    for (operator, at) in [(&native, &places[0]), (&native, &places[2]), (&alga, &places[3])] {
        let answer = retry_one(operator, RetryOrder::new(at.clone(), Runs::Failed), "p").await;
        assert!(matches!(&answer, Err(ActionError::Refused(why)) if why.contains("WRONGTYPE")), "{answer:?}");
    }
    assert_eq!((length(&mut admin, RETRIES).await, length(&mut admin, ALGA).await), (0, 0));
    assert_eq!(
        (length(&mut admin, LETTERS).await, admin.get::<u64>(&format!("ZCARD {STREAM}:schedule")).await),
        (1, 1)
    );
    // Of several handlers none is given it when one of them cannot be.
    admin.run(&format!("DEL {STREAM}:retried")).await;
    for handler in ["a", "mail", "z"] {
        admin.run(&format!("XGROUP CREATE {STREAM} {handler} 0 MKSTREAM")).await;
    }
    admin.run(&format!("SET {STREAM}:retry:z x")).await;
    let answer = retry_one(&native, RetryOrder::new(places[0].clone(), Runs::All), "p").await;
    assert!(matches!(&answer, Err(ActionError::Refused(why)) if why.contains("WRONGTYPE")), "{answer:?}");
    assert_eq!(
        (length(&mut admin, RETRIES).await, length(&mut admin, &format!("{STREAM}:retry:a")).await),
        (0, 0)
    );
    for dead_letters in [LETTERS.to_owned(), format!("{ALGA}:dead-letter")] {
        admin.run(&format!("SET {dead_letters} x")).await;
    }
    for (operator, at) in [(&native, &places[0]), (&alga, &places[3])] {
        let answer = retry_one(operator, RetryOrder::new(at.clone(), Runs::Failed), "p").await;
        assert!(matches!(&answer, Err(ActionError::Refused(why)) if why.contains("WRONGTYPE")), "{answer:?}");
    }
}

#[tokio::test]
async fn what_was_done_and_not_answered_is_known_by_asking_again() {
    for action in ["retry", "discard"] {
        let mut server = PrivateRedis::start_durable();
        let proxy = Proxy::to(server.port());
        let operator = operator(&native(&proxy.url()));
        let mut admin = Admin::at(&server.url()).await;
        let target = if action == "retry" { RETRIES.to_owned() } else { format!("{STREAM}:discarded") };
        // So that the server has the script: else it would only answer that it has not.
        let warm = fill(&mut admin, 1, "mail").await;
        act(&operator, action, &warm).await.unwrap().remove(0).unwrap();
        let places = fill(&mut admin, 50, "mail").await;
        proxy.lose_answers(true);
        let acting = tokio::spawn({
            let (operator, places) = (Arc::clone(&operator), places.clone());
            async move { act(&operator, action, &places).await }
        });
        until("the server has done it", async || length(&mut admin, &target).await == 51).await;
        server.kill9();
        until("its answers are lost", async || !proxy.is_open()).await;
        proxy.lose_answers(false);
        server.restart();
        let mut admin = Admin::at(&server.url()).await;
        for answer in acting.await.unwrap().unwrap() {
            match answer {
                Ok(repeated) => assert!(repeated, "the second try found it done"),
                Err(error) => assert!(matches!(error, ActionError::Unknown(_)), "{error}"),
            }
        }
        let again = act(&operator, action, &places).await.unwrap();
        assert!(again.iter().all(|answer| *answer == Ok(true)), "{action}: {again:?}");
        assert_eq!(
            (length(&mut admin, LETTERS).await, length(&mut admin, &target).await),
            (0, 51),
            "{action}"
        );
    }
}

/// Whether each was done before.
async fn act(
    operator: &Arc<dyn Operator>,
    action: &str,
    places: &[FailedAt],
) -> Result<Vec<Result<bool, ActionError>>, BusError> {
    let because = because("jo@web-1", "p");
    Ok(match action {
        "retry" => {
            let answers = operator.retry(&orders(places, Runs::Failed), &because).await?;
            answers.into_iter().map(|answer| answer.map(|retried| retried.repeated)).collect()
        }
        // Where it lies is all that discarding says.
        _ => operator
            .discard(&DiscardOrder::all(places), &because)
            .await?
            .into_iter()
            .map(|answer| answer.map(|_| true))
            .collect(),
    })
}

#[tokio::test]
async fn a_stopped_server_leaves_the_outcome_unknown_and_one_that_is_not_there_was_sent_nothing() {
    let mut server = PrivateRedis::start();
    let operator = operator(&Settings { command_timeout_ms: 300, ..native(&server.url()) });
    let mut admin = Admin::at(&server.url()).await;
    let places = fill(&mut admin, 500, "mail").await;
    retry_one(&operator, RetryOrder::new(places[0].clone(), Runs::Failed), "p").await.unwrap();
    server.stop();
    let answers = operator.retry(&orders(&places[1..], Runs::Failed), &because("jo", "p")).await.unwrap();
    assert!(
        answers.iter().all(|answer| matches!(answer, Err(error) if error.is_passing())),
        "{:?}",
        answers[0]
    );
    server.cont();
    // The first pipeline was on its way all the time, and the server takes what of it has arrived; the others were not sent.
    until("the server takes it", async || length(&mut admin, RETRIES).await > 1).await;
    assert!(length(&mut admin, RETRIES).await <= 201);
    let answers = operator.retry(&orders(&places[1..], Runs::Failed), &because("jo", "p")).await.unwrap();
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!((length(&mut admin, RETRIES).await, length(&mut admin, LETTERS).await), (500, 0));
    server.kill9();
    // A connection that was there may have taken it; without one nothing was sent.
    let answers = operator.retry(&orders(&places[..1], Runs::Failed), &because("jo", "p")).await.unwrap();
    assert!(matches!(answers[0], Err(ActionError::Unknown(_))), "{answers:?}");
    let answer = operator.retry(&orders(&places[..1], Runs::Failed), &because("jo", "p")).await;
    assert!(matches!(answer, Err(BusError::Unavailable { .. })), "{answer:?}");
}

#[tokio::test]
async fn a_script_that_the_server_forgot_is_sent_again() {
    let server = PrivateRedis::start();
    let operator = operator(&native(&server.url()));
    let mut admin = Admin::at(&server.url()).await;
    for n in 0..2 {
        let places = fill(&mut admin, 3, "mail").await;
        admin.run("SCRIPT FLUSH").await;
        let answers = operator.retry(&orders(&places, Runs::Failed), &because("jo", "p")).await.unwrap();
        assert!(answers.iter().all(Result::is_ok), "{n}: {answers:?}");
    }
}
