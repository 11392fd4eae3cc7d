//! Redis is killed, or the way to it is cut, in the middle of a sending in the form `once`: every event is published, not
//! sent or unknown, and each word is true; sending the same again makes no double.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use redis::{FromRedisValue as _, Value};
use tidings::broker::redis::Settings;
use tidings::bus::{Form, PublishError, Publisher};
use tidings::compose::{Line, Progress, SendPhase, Sender, Sending, Source, Told};
use tidings::event::{EventId, EventType, NewEvent};
use tokio::sync::mpsc;

use crate::proxy::Proxy;
use crate::redis_server::PrivateRedis;
use crate::sessions::{Admin, alga, native, session, until};

/// Types without a schema: each event lies in one of three streams.
const TYPES: [&str; 3] = ["ONE", "TWO", "THREE"];
const EVENTS: u64 = 3_000;
/// So many a second where something is done in the middle: a busy machine must not be at the end by then.
const SLOWLY: Option<f64> = Some(2_000.0);

fn events() -> Vec<NewEvent> {
    (0..EVENTS)
        .map(|number| {
            let event_type = EventType::new(TYPES[usize::try_from(number % 3).unwrap()]).unwrap();
            let payload = format!(r#"{{"tenantId":"acme","n":{number}}}"#);
            NewEvent::compose(EventId::random(), &event_type, chrono::Utc::now(), &payload).unwrap()
        })
        .collect()
}

/// Both profiles; in that of Alga with the copy, and with room.
fn profiles(url: &str) -> [Settings; 2] {
    let mut alga = alga(url);
    (alga.alga_psa.max_stream_length, alga.alga_psa.workflow_copy) = (1_000_000, true);
    [native(url), alga]
}

fn publisher(settings: &Settings) -> Arc<dyn Publisher> {
    session(settings).publisher.unwrap()
}

/// Begins to send all of them, and gathers what is told.
fn send(
    publisher: Arc<dyn Publisher>,
    events: &[NewEvent],
    rate: Option<f64>,
) -> (Sending, tokio::task::JoinHandle<Vec<Told>>) {
    let (out, mut told) = mpsc::channel(1);
    let lines: Vec<_> =
        events.iter().zip(1..).map(|(event, number)| Line { number, event: event.clone() }).collect();
    let sender = Sender::new(publisher).rate(rate).total(Some(EVENTS)).tell(out);
    let sending = sender.start(Source::made(lines.into_iter().map(Ok)));
    let gathering = tokio::spawn(async move {
        let mut all = Vec::new();
        while let Some(batch) = told.recv().await {
            all.extend(batch);
        }
        all
    });
    (sending, gathering)
}

/// Where each event lies, and how often the copy for workflows does.
async fn lying(
    admin: &mut Admin,
    settings: &Settings,
) -> (HashMap<EventId, Vec<String>>, HashMap<String, usize>) {
    let prefix = if settings.alga_psa.workflow_copy { "alga-psa:event-stream:global:" } else { "event::" };
    let (mut found, mut copies) = (HashMap::<_, Vec<_>>::new(), HashMap::new());
    for event_type in TYPES {
        let entries: Vec<(String, Vec<String>)> =
            admin.get(&format!("XRANGE {prefix}{event_type} - +")).await;
        for (entry, fields) in entries {
            found.entry(NewEvent::from_text(fields[1].clone()).unwrap().id()).or_default().push(entry);
        }
    }
    let value = admin.run("XRANGE workflow:events:global - +").await;
    for (_, fields) in Vec::<(String, Vec<String>)>::from_redis_value(value).unwrap() {
        *copies.entry(fields[1].clone()).or_default() += 1;
    }
    (found, copies)
}

/// What was said against what lies there.
async fn is_true(
    admin: &mut Admin,
    settings: &Settings,
    events: &[NewEvent],
    told: &[Told],
    progress: &Progress,
) {
    let (lying, copies) = lying(admin, settings).await;
    let mut said = HashSet::new();
    let (mut there, mut unknown_there) = (0, 0);
    for told in told {
        let Told::Event(line, answer) = told else { panic!("{told:?}") };
        let (id, found) = (line.event.id(), lying.get(&line.event.id()));
        assert!(said.insert(id), "told once");
        match answer {
            Ok(published) => {
                assert_eq!(found, Some(&vec![published.entry.to_string()]), "published, there, once");
                there += 1;
            }
            Err(PublishError::NotSent(why)) => assert_eq!(found, None, "not sent: {why}"),
            Err(PublishError::Unknown(_)) => {
                assert!(found.is_none_or(|entries| entries.len() == 1), "{found:?}");
                unknown_there += u64::from(found.is_some());
                assert!(progress.doubts.iter().any(|doubt| doubt.event == id && doubt.number == line.number));
            }
            Err(other) => panic!("{other}"),
        }
        if settings.alga_psa.workflow_copy {
            let times = copies.get(&id.to_string()).copied().unwrap_or_default();
            assert_eq!(times, found.map_or(0, Vec::len), "the copy lies where the event does");
        }
    }
    for event in events.iter().filter(|event| !said.contains(&event.id())) {
        assert_eq!(lying.get(&event.id()), None, "what was not asked for is not there");
    }
    assert_eq!(progress.there(), there);
    assert_eq!(progress.asked, said.len() as u64);
    assert_eq!(progress.left(), Some(EVENTS - progress.asked));
    println!(
        "{}: {} published, {} not sent, {} unknown ({unknown_there} of them there), {} left",
        settings.profile.name(),
        progress.there(),
        progress.not_sent,
        progress.unknown,
        EVENTS - progress.asked
    );
}

/// The same events again: all are there, each once.
async fn again(admin: &mut Admin, settings: &Settings, events: &[NewEvent]) {
    let (before, _) = lying(admin, settings).await;
    let (sending, told) = send(publisher(settings), events, None);
    let progress = sending.ended().await;
    assert_eq!(progress.phase, SendPhase::Finished);
    assert_eq!((progress.repeated, progress.there()), (before.len() as u64, EVENTS));
    is_true(admin, settings, events, &told.await.unwrap(), &progress).await;
    let (after, _) = lying(admin, settings).await;
    assert_eq!(after.len() as u64, EVENTS);
    for (id, entries) in before {
        assert_eq!(after[&id], entries, "where it lay before");
    }
}

/// Waits until so many are published.
async fn sent(sending: &Sending, events: u64) {
    let mut progress = sending.progress.clone();
    progress.wait_for(|progress| progress.published >= events).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_makes_nobody_lie() {
    for at in [0, 1, 2] {
        let mut server = PrivateRedis::start_durable();
        for settings in profiles(&server.url()) {
            let events = events();
            let (sending, told) = send(publisher(&settings), &events, SLOWLY);
            sent(&sending, 200 + at * 700).await;
            server.kill9();
            let progress = sending.ended().await;
            assert!(matches!(progress.phase, SendPhase::Stopped(_)), "{:?}", progress.phase);
            assert!(progress.asked < EVENTS, "it was killed in the middle");
            server.restart();
            let mut admin = Admin::at(&server.url()).await;
            is_true(&mut admin, &settings, &events, &told.await.unwrap(), &progress).await;
            again(&mut admin, &settings, &events).await;
        }
    }
}

/// Everything arrives, and from some moment on no answer does; then the way is cut, or the server is killed as well.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_lost_on_the_way_is_called_unknown() {
    let mut server = PrivateRedis::start_durable();
    let proxy = Proxy::to(server.port());
    for killed in [false, true] {
        for settings in profiles(&proxy.url()) {
            let settings = Settings { command_timeout_ms: 1_500, ..settings };
            Admin::at(&server.url()).await.run("FLUSHALL").await;
            let events = events();
            let (sending, told) = send(publisher(&settings), &events, SLOWLY);
            sent(&sending, 400).await;
            proxy.lose_answers(true);
            let known = sending.progress.borrow().there();
            if killed {
                server.kill9();
            }
            let progress = sending.ended().await;
            assert!(matches!(progress.phase, SendPhase::Stopped(_)), "{:?}", progress.phase);
            assert!(progress.asked < EVENTS && progress.there() >= known);
            assert!(progress.unknown > 0, "{progress:?}");
            proxy.answer_anew();
            if killed {
                server.restart();
            }
            let mut admin = Admin::at(&server.url()).await;
            // What was on its way when the answers were lost may arrive a little later.
            if !killed {
                let (id, length) = (progress.doubts.last().unwrap().event, progress.asked);
                until("what was sent arrives", async || {
                    let (lying, _) = lying(&mut admin, &settings).await;
                    lying.contains_key(&id) && lying.len() as u64 == length
                })
                .await;
            }
            is_true(&mut admin, &settings, &events, &told.await.unwrap(), &progress).await;
            again(&mut admin, &settings, &events).await;
        }
    }
}

/// The way is cut and open again at once: the same sending finds out what became of what was on its way, and goes on.
#[tokio::test(flavor = "multi_thread")]
async fn what_becomes_known_within_the_time_out_is_not_called_unknown() {
    let server = PrivateRedis::start_durable();
    let proxy = Proxy::to(server.port());
    for settings in profiles(&proxy.url()) {
        let events = events();
        let (sending, told) = send(publisher(&settings), &events, None);
        for cut in 1..=3 {
            sent(&sending, cut * 600).await;
            proxy.cut_clients();
        }
        let progress = sending.ended().await;
        let mut admin = Admin::at(&server.url()).await;
        is_true(&mut admin, &settings, &events, &told.await.unwrap(), &progress).await;
        assert_eq!((&progress.phase, progress.there()), (&SendPhase::Finished, EVENTS));
        again(&mut admin, &settings, &events).await;
    }
}

/// A server that is full refuses, and says so: not sent, and nothing is there of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_memory_takes_nothing_by_half() {
    let server = PrivateRedis::start();
    for settings in profiles(&server.url()) {
        let mut admin = Admin::at(&server.url()).await;
        admin.run("FLUSHALL").await;
        let events = events();
        let used: String = admin.get("INFO memory").await;
        let used = used.lines().find_map(|line| line.strip_prefix("used_memory:")).unwrap();
        let limit = used.trim().parse::<u64>().unwrap() + 500_000;
        admin.run(&format!("CONFIG SET maxmemory {limit}")).await;
        let (sending, told) = send(publisher(&settings), &events, None);
        let progress = sending.ended().await;
        admin.run("CONFIG SET maxmemory 0").await;
        assert!(
            matches!(&progress.phase, SendPhase::Stopped(why) if why.contains("OOM")),
            "{:?}",
            progress.phase
        );
        assert!(progress.not_sent > 0 && progress.unknown == 0, "{progress:?}");
        is_true(&mut admin, &settings, &events, &told.await.unwrap(), &progress).await;
        let answer: Value = admin.run("PING").await;
        assert_eq!(answer, Value::SimpleString("PONG".to_owned()));
        again(&mut admin, &settings, &events).await;
        let form = Form::Once;
        assert!(crate::sessions::publish(&publisher(&settings), &events[0], form).await.unwrap().repeated);
    }
}
