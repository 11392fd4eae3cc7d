//! A later try that is refused says nothing of the first, whose answer was lost.

use std::sync::Arc;

use redis::Value;
use tidings::broker::redis::Settings;
use tidings::bus::{
    ActionError, Because, FailedAt, Form, PublishError, Published, Publisher, RetryOrder, Runs,
};
use tidings::event::{EventId, EventType, NewEvent, StreamKey};
use tokio::task::JoinHandle;

use crate::proxy::Proxy;
use crate::redis_server::PrivateRedis;
use crate::sessions::{Admin, alga, native, publish, session, until};

/// What a server that is there says in place of carrying something out.
const REFUSALS: [&str; 7] = [
    "LOADING Redis is loading the dataset in memory",
    "BUSY Redis is busy running a script.",
    "READONLY You can't write against a read only replica.",
    "MISCONF Redis is configured to save RDB snapshots",
    "OOM command not allowed when used memory > 'maxmemory'.",
    "MASTERDOWN Link with MASTER is down",
    "CLUSTERDOWN The cluster is down",
];

fn event() -> NewEvent {
    let event_type = EventType::new("ONE").unwrap();
    NewEvent::compose(EventId::random(), &event_type, chrono::Utc::now(), r#"{"tenantId":"acme"}"#).unwrap()
}

/// The profiles, each with its stream.
fn profiles(url: &str) -> [(Settings, &'static str); 2] {
    let patient = |settings| Settings { command_timeout_ms: 20_000, ..settings };
    [(patient(native(url)), "event::ONE"), (patient(alga(url)), "alga-psa:event-stream:global:ONE")]
}

type Sending = JoinHandle<Result<Published, PublishError>>;

/// Sends it on a way that loses the answers, and waits until it lies there.
async fn send(publisher: &Arc<dyn Publisher>, admin: &mut Admin, stream: &str, event: &NewEvent) -> Sending {
    let length: u64 = admin.get(&format!("XLEN {stream}")).await;
    let (publisher, event) = (Arc::clone(publisher), event.clone());
    let sending = tokio::spawn(async move { publish(&publisher, &event, Form::Once).await });
    until("it arrives", async || admin.get::<u64>(&format!("XLEN {stream}")).await > length).await;
    sending
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_lies_there_is_not_called_not_sent_because_sending_it_again_is_refused() {
    let server = PrivateRedis::start();
    let proxy = Proxy::to(server.port());
    let mut admin = Admin::at(&server.url()).await;
    for (settings, stream) in profiles(&proxy.url()) {
        let publisher = session(&settings).publisher.unwrap();
        for refusal in REFUSALS {
            let code = refusal.split(' ').next().unwrap();
            // The way is open, and the server knows the script.
            publish(&publisher, &event(), Form::Once).await.unwrap();
            proxy.lose_answers(true);
            let event = event();
            let sending = send(&publisher, &mut admin, stream, &event).await;
            proxy.refuse_writes(Some(refusal));
            proxy.answer_anew();
            let answer = sending.await.unwrap();
            assert!(matches!(&answer, Err(PublishError::Unknown(why)) if why.contains(code)), "{answer:?}");
            // Without a doubt the same refusal is what it says.
            let other = self::event();
            let answer = publish(&publisher, &other, Form::Once).await;
            assert!(matches!(&answer, Err(PublishError::NotSent(why)) if why.contains(code)), "{answer:?}");
            proxy.refuse_writes(None);
            assert!(publish(&publisher, &event, Form::Once).await.unwrap().repeated, "{code}");
            assert!(!publish(&publisher, &other, Form::Once).await.unwrap().repeated, "{code}");
        }
    }
}

/// Killed behind the write, and slow to come back.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_loads_its_data_makes_nobody_lie() {
    let mut server = PrivateRedis::start_durable();
    let proxy = Proxy::to(server.port());
    let mut admin = Admin::at(&server.url()).await;
    let fill = b"for n = 1, 20000 do redis.call('SET', KEYS[1] .. n, n) end";
    admin.send(&[b"EVAL", fill, b"1", b"filler:"]).await;
    for (settings, stream) in profiles(&proxy.url()) {
        let publisher = session(&settings).publisher.unwrap();
        publish(&publisher, &event(), Form::Once).await.unwrap();
        proxy.lose_answers(true);
        let event = event();
        let sending = send(&publisher, &mut admin, stream, &event).await;
        server.kill9();
        server.restart_slowly();
        proxy.answer_anew();
        let answer = sending.await.unwrap();
        assert!(matches!(&answer, Err(PublishError::Unknown(why)) if why.contains("LOADING")), "{answer:?}");
        let other = self::event();
        let refused = publish(&publisher, &other, Form::Once).await;
        assert!(
            matches!(&refused, Err(PublishError::NotSent(why)) if why.contains("LOADING")),
            "{refused:?}"
        );
        server.kill9();
        server.restart();
        admin = Admin::at(&server.url()).await;
        assert!(publish(&publisher, &event, Form::Once).await.unwrap().repeated);
        assert!(!publish(&publisher, &other, Form::Once).await.unwrap().repeated);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_that_was_made_is_not_called_undone_because_making_it_again_is_refused() {
    let server = PrivateRedis::start();
    let proxy = Proxy::to(server.port());
    let mut admin = Admin::at(&server.url()).await;
    let settings = Settings { command_timeout_ms: 20_000, ..native(&proxy.url()) };
    let operator = session(&settings).operator.unwrap();
    let because = Because { who: "jo@web-1".to_owned(), plan: Some("plan-1".to_owned()), reason: None };
    let mut letter = async || {
        let letter = "event {} sourceStream event::ONE sourceMessageId 1-1 handler sla";
        let id: String = admin.get(&format!("XADD event::ONE:dead-letter * {letter}")).await;
        let at =
            FailedAt::DeadLetter { stream: StreamKey::new("event::ONE").unwrap(), id: id.parse().unwrap() };
        vec![RetryOrder::new(at, Runs::Failed)]
    };
    let mut other = Admin::at(&server.url()).await;
    // The way is open, and the server knows the script.
    operator.retry(&letter().await, &because).await.unwrap().remove(0).unwrap();
    for (done, refusal) in (2..).zip(REFUSALS) {
        let orders = letter().await;
        proxy.lose_answers(true);
        let retrying = tokio::spawn({
            let (operator, orders, because) = (Arc::clone(&operator), orders.clone(), because.clone());
            async move { operator.retry(&orders, &because).await.unwrap().remove(0) }
        });
        until("it is made", async || other.get::<u64>("XLEN event::ONE:retry:sla").await == done).await;
        proxy.refuse_writes(Some(refusal));
        proxy.answer_anew();
        let answer = retrying.await.unwrap();
        assert!(matches!(answer, Err(ActionError::Unknown(_))), "{answer:?}");
        proxy.refuse_writes(None);
        let again = operator.retry(&orders, &because).await.unwrap().remove(0).unwrap();
        assert!(again.repeated, "the records of the plan say that it was made");
        assert_eq!(other.run("XLEN event::ONE:retry:sla").await, Value::Int(i64::try_from(done).unwrap()));
    }
}

/// `SCRIPT FLUSH` in the midst of a pipeline, and the way is cut before the rest is sent in full.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_forgotten_script_keeps_from_being_sent_does_not_make_the_rest_unsent() {
    let server = PrivateRedis::start();
    let proxy = Proxy::to(server.port());
    let publisher = session(&alga(&proxy.url())).publisher.unwrap();
    publisher.reach().await.unwrap();
    proxy.answer_last("*2\r\n$3\r\n7-1\r\n:0\r\n-NOSCRIPT No matching script.\r\n");
    let answers = publisher.publish(&[event(), event()], Form::Batch).await;
    assert!(matches!(&answers[0], Ok(taken) if taken.entry.to_string() == "7-1"), "{answers:?}");
    assert!(answers[1].is_err(), "{answers:?}");
    // In the form `once` the rest is sent again by itself, and only the rest.
    proxy.answer_last("*2\r\n$3\r\n7-1\r\n:0\r\n-NOSCRIPT No matching script.\r\n");
    let answers = publisher.publish(&[event(), event()], Form::Once).await;
    assert!(matches!(&answers[0], Ok(taken) if taken.entry.to_string() == "7-1"), "{answers:?}");
    assert!(matches!(&answers[1], Ok(taken) if !taken.repeated), "{answers:?}");
    let mut admin = Admin::at(&server.url()).await;
    assert_eq!(admin.run("XLEN alga-psa:event-stream:global:ONE").await, Value::Int(1));
}

#[tokio::test]
async fn a_stream_that_is_not_trimmed_is_never_full() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    let stream = "alga-psa:event-stream:global:ONE";
    admin.run(&format!("XGROUP CREATE {stream} event-processors 0 MKSTREAM")).await;
    let mut settings = alga(&server.url());
    settings.alga_psa.max_stream_length = 0;
    let publisher = session(&settings).publisher.unwrap();
    for form in [Form::Batch, Form::Once] {
        for _ in 0..3 {
            publish(&publisher, &event(), form).await.unwrap();
        }
    }
    assert_eq!(admin.run(&format!("XLEN {stream}")).await, Value::Int(6));
}
