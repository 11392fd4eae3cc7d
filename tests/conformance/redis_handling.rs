//! What only a Redis can do to handlers: keys that are something else, and a server without memory.

use std::sync::Arc;
use std::time::Duration;

use tidings::bus::{
    Finish, FinishAs, Finished, HandlerError, Joining, Membership, Reason, StartAt, Suspects, TypeSelection,
};

use crate::events::{ACME, append_many, event, place, ticket, ticket_of};
use crate::handling::{Log, eventually};
use crate::harness::{Handles as _, Harness as _};
use crate::redis::NativeRedis;

/// The script of trimming, as it is put together.
const TRIM: &str = concat!(
    include_str!("../../src/broker/redis/lua/ids.lua"),
    include_str!("../../src/broker/redis/lua/trim.lua")
);

#[tokio::test]
async fn a_key_that_is_something_else_holds_up_no_other_stream() {
    let harness = NativeRedis::start().await;
    let bus = harness.bus();
    let log = Log::default();
    let closed = || event("TICKET_CLOSED", &ticket_of(ACME));
    bus.publish_all(&[ticket(ACME), closed()]).await;
    let worker = bus.subscribe(log.noting("robust").start(StartAt::Beginning));
    log.until(2).await;
    harness.command(&["DEL", "event::TICKET_CLOSED"]).await;
    harness.command(&["SET", "event::TICKET_CLOSED", "x"]).await;
    append_many(&harness, &place("TICKET_CREATED"), 20).await;
    log.until(22).await;
    harness.command(&["DEL", "event::TICKET_CLOSED"]).await;
    bus.publish(&closed()).await.unwrap();
    log.until(23).await;
    worker.stop().await.unwrap();
}

#[tokio::test]
async fn a_retry_that_is_refused_holds_up_no_other_event() {
    let harness = NativeRedis::start().await;
    let bus = harness.bus();
    let log = Log::default();
    // Retries of this type cannot be written.
    harness.command(&["SET", "event::TICKET_CLOSED:schedule", "x"]).await;
    let failing = log.handler("robust", |event, context| async move {
        let fails = event.event_type().as_str() == "TICKET_CLOSED" && context.attempt() == 1;
        if fails { Err(HandlerError::retry("no")) } else { Ok(()) }
    });
    bus.publish(&event("TICKET_CLOSED", &ticket_of(ACME))).await.unwrap();
    let worker = bus.subscribe(failing.start(StartAt::Beginning));
    log.until(1).await;
    let pending = || async {
        let handlers = harness.session(crate::events::open()).inspector.handlers().await.unwrap().found;
        handlers.iter().map(|report| report.pending).sum::<u64>()
    };
    append_many(&harness, &place("TICKET_CREATED"), 50).await;
    log.until(51).await;
    eventually("all others are recorded", || async { (pending().await == 1).then_some(()) }).await;
    harness.command(&["DEL", "event::TICKET_CLOSED:schedule"]).await;
    log.until(52).await;
    eventually("nothing is pending", || async { (pending().await == 0).then_some(()) }).await;
    assert_eq!(worker.stop().await.unwrap().retried, 1);
}

#[tokio::test]
async fn a_retry_stream_that_is_something_else_holds_up_no_other_retry() {
    let harness = NativeRedis::start().await;
    let bus = harness.bus();
    let (bad, good) = (Log::default(), Log::default());
    let once = |log: &Log, name: &str| {
        let handler = log.handler(name, |_, context| async move {
            if context.attempt() == 1 { Err(HandlerError::retry("no")) } else { Ok(()) }
        });
        handler.start(StartAt::Beginning)
    };
    bus.publish(&ticket(ACME)).await.unwrap();
    let workers = [bus.subscribe(once(&bad, "bad")), bus.subscribe(once(&good, "good"))];
    good.until(2).await;
    bad.until(2).await;
    harness.command(&["DEL", "event::TICKET_CREATED:retry:bad"]).await;
    harness.command(&["SET", "event::TICKET_CREATED:retry:bad", "x"]).await;
    // As if it had failed before.
    let body = "return redis.call('HSET', KEYS[1], ARGV[1], cmsgpack.pack({'event', '{}'}))";
    harness.command(&["EVAL", body, "1", "event::TICKET_CREATED:scheduled", "bad|1-1"]).await;
    harness.command(&["ZADD", "event::TICKET_CREATED:schedule", "1", "bad|1-1"]).await;
    append_many(&harness, &place("TICKET_CREATED"), 5).await;
    good.until(12).await;
    for worker in workers {
        worker.stop().await.unwrap();
    }
}

#[tokio::test]
async fn retries_that_are_refused_hold_up_no_other_however_many_come_first() {
    const REFUSED: usize = 350;
    let harness = NativeRedis::start().await;
    let log = Log::default();
    harness.command(&["SET", "event::TICKET_CREATED:retry:bad", "x"]).await;
    let put = "for n = 1, ARGV[1] do local member = 'bad|1-' .. n \
               redis.call('HSET', KEYS[1], member, cmsgpack.pack({'event', '{}'})) \
               redis.call('ZADD', KEYS[2], n, member) end";
    let (bodies, schedule) = ("event::TICKET_CREATED:scheduled", "event::TICKET_CREATED:schedule");
    harness.command(&["EVAL", put, "2", bodies, schedule, &REFUSED.to_string()]).await;
    let once = log.handler("good", |_, context| async move {
        if context.attempt() == 1 { Err(HandlerError::retry("no")) } else { Ok(()) }
    });
    append_many(&harness, &place("TICKET_CREATED"), 3).await;
    let worker = harness.bus().subscribe(once.start(StartAt::Beginning));
    log.until(6).await;
    worker.stop().await.unwrap();
    let left: usize = redis::from_redis_value(harness.command(&["ZCARD", schedule]).await).unwrap();
    assert_eq!(left, REFUSED, "they stay");
}

#[tokio::test]
async fn a_retry_without_a_body_is_counted_and_holds_up_no_other() {
    let harness = NativeRedis::start().await;
    let log = Log::default();
    append_many(&harness, &place("TICKET_CREATED"), 1).await;
    for member in ["robust|1-1", "robust|1-2", "other|1-1"] {
        harness.command(&["ZADD", "event::TICKET_CREATED:schedule", "1", member]).await;
    }
    let worker = harness.bus().subscribe(log.noting("robust").start(StartAt::Beginning));
    eventually("two of this handler", || async { (worker.stats().lost == 2).then_some(()) }).await;
    worker.stop().await.unwrap();
    let left: usize =
        redis::from_redis_value(harness.command(&["EXISTS", "event::TICKET_CREATED:schedule"]).await)
            .unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn a_new_handler_is_given_the_first_entry_of_its_millisecond() {
    let harness = NativeRedis::start().await;
    let log = Log::default();
    let registered = chrono::Utc::now().timestamp_millis() + 60_000;
    harness.command(&["HSET", "event::$handlers", "exact", &registered.to_string()]).await;
    for id in [registered - 1, registered] {
        let event = ticket(ACME);
        harness.command(&["XADD", "event::TICKET_CREATED", &format!("{id}-0"), "event", event.text()]).await;
    }
    let worker = harness.bus().subscribe(log.noting("exact"));
    log.until(1).await;
    assert_eq!(worker.stop().await.unwrap().taken, 1);
}

#[tokio::test]
async fn what_was_done_is_remembered_with_its_acknowledgement_and_not_for_ever() {
    const MARKS: &str = "event::TICKET_CREATED:done:robust";
    let harness = NativeRedis::start().await;
    let log = Log::default();
    let number = |value| redis::from_redis_value::<i64>(value).unwrap();
    append_many(&harness, &place("TICKET_CREATED"), 3).await;
    let window = std::time::Duration::from_mins(1);
    let robust = || log.noting("robust").start(StartAt::Beginning).dedup(window);
    let worker = harness.bus().subscribe(robust());
    let done = |count| {
        let harness = &harness;
        eventually("all are recorded", move || async move {
            let report = harness.session(crate::events::open()).inspector.handlers().await.unwrap();
            let report = report.found.first()?;
            let left = report.pending + u64::from(report.lag != tidings::bus::Lag::Exactly(0));
            (left == 0 && number(harness.command(&["ZCARD", MARKS]).await) == count).then_some(())
        })
    };
    done(3).await;
    let left_ms = number(harness.command(&["PTTL", MARKS]).await);
    assert!((1..=60_000).contains(&left_ms), "{left_ms}");
    // A mark older than the window counts for nothing, and goes with the next that is made.
    harness.command(&["ZADD", MARKS, "1", "57f7e9a7-7e13-452d-81b7-9892c8fdd92e"]).await;
    append_many(&harness, &place("TICKET_CREATED"), 1).await;
    done(4).await;
    worker.stop().await.unwrap();
}

#[tokio::test]
async fn a_server_without_memory_acknowledges_what_was_done_and_cannot_remember_it() {
    let harness = NativeRedis::start().await;
    append_many(&harness, &place("TICKET_CREATED"), 1).await;
    let consumer = harness.session(crate::events::open()).consumer.unwrap();
    let joining = tidings::bus::Joining {
        handler: crate::handling::name("robust"),
        types: tidings::bus::TypeSelection::new(["*"]),
        start: StartAt::Beginning,
        lease: std::time::Duration::from_secs(30),
        dedup: Some(std::time::Duration::from_mins(1)),
    };
    let member = consumer.join(joining).await.unwrap();
    let taken = crate::cases::claim::take(&member, 1).await;
    let event = Some(tidings::event::EventId::random());
    let done = Finish { event, ..crate::cases::claim::finish(&taken[0], FinishAs::Done) };
    harness.command(&["CONFIG", "SET", "maxmemory", "1"]).await;
    assert_eq!(member.finish(&[done]).await.unwrap(), [Finished::Recorded], "else it would run again");
    harness.command(&["CONFIG", "SET", "maxmemory", "0"]).await;
    let pending = harness.command(&["XPENDING", "event::TICKET_CREATED", "robust"]).await;
    let pending: Vec<redis::Value> = redis::from_redis_value(pending).unwrap();
    let marks: u64 =
        redis::from_redis_value(harness.command(&["EXISTS", "event::TICKET_CREATED:done:robust"]).await)
            .unwrap();
    assert_eq!((&pending[0], marks), (&redis::Value::Int(0), 0));
}

#[tokio::test]
async fn large_events_are_taken_a_few_at_a_time() {
    let harness = NativeRedis::start().await;
    let consumer = harness.session(crate::events::open()).consumer.unwrap();
    let filler = "x".repeat(1 << 20);
    for _ in 0..30 {
        harness.command(&["XADD", "event::TICKET_CREATED", "*", "event", &filler]).await;
    }
    let joining = tidings::bus::Joining {
        handler: crate::handling::name("large"),
        types: tidings::bus::TypeSelection::new(["*"]),
        start: StartAt::Beginning,
        lease: std::time::Duration::from_secs(30),
        dedup: None,
    };
    let member = consumer.join(joining).await.unwrap();
    let mut sizes = Vec::new();
    while sizes.iter().sum::<usize>() < 30 {
        sizes.push(member.take(1_000, std::time::Duration::from_secs(1)).await.unwrap().len());
    }
    assert!(sizes[0] <= 10 && sizes[1..].iter().all(|size| *size <= 4), "{sizes:?}");
}

#[tokio::test]
async fn where_others_left_nothing_one_script_looks_at_all_streams_and_none_claims() {
    let harness = NativeRedis::start().await;
    for event_type in ["TICKET_CREATED", "TICKET_CLOSED", "TICKET_UPDATED"] {
        append_many(&harness, &place(event_type), 2).await;
    }
    let member = join(&harness, Duration::from_secs(30)).await;
    // What is ours is not left.
    crate::cases::claim::take(&member, 3).await;
    let look = async || {
        let suspects = Suspects { crashes: 2, at_most: 1 };
        assert_eq!(member.reclaim(10, suspects).await.unwrap().deliveries.len(), 0);
    };
    // The server learns the script.
    look().await;
    let before = (calls(&harness, "evalsha").await, calls(&harness, "xpending").await);
    look().await;
    let after = (calls(&harness, "evalsha").await, calls(&harness, "xpending").await);
    assert_eq!((after.0 - before.0, after.1 - before.1), (1, 6), "three types, and the retries of each");
}

/// How often the server was asked to do so.
async fn calls(harness: &NativeRedis, command: &str) -> u64 {
    let facts = harness.command(&["INFO", "commandstats"]).await;
    let facts: String = redis::from_redis_value(facts).unwrap();
    let calls = facts.lines().find_map(|line| line.strip_prefix(&format!("cmdstat_{command}:calls=")));
    calls.map_or(0, |calls| calls.split_once(',').unwrap().0.parse().unwrap())
}

#[tokio::test]
async fn an_entry_of_very_many_fields_holds_up_no_other() {
    let harness = NativeRedis::start().await;
    let log = Log::default();
    let mut entry = crate::events::json(ticket(ACME).text());
    entry.extend((0..6_000).map(|at| (format!("f{at}").into_bytes(), b"\xff".to_vec())));
    harness.append(&place("TICKET_CREATED"), None, vec![entry]).await;
    append_many(&harness, &place("TICKET_CREATED"), 5).await;
    let failing = log.handler("robust", |_, context| async move {
        if context.attempt() == 1 {
            Err(HandlerError::retry("no"))
        } else {
            Err(HandlerError::permanent("no"))
        }
    });
    let worker = harness.bus().subscribe(failing.start(StartAt::Beginning));
    let letters = eventually("six dead letters", || async {
        Some(harness.dead_letters().await).filter(|letters| letters.len() == 6)
    })
    .await;
    worker.stop().await.unwrap();
    let longest = letters.iter().max_by_key(|letter| letter.fields.len()).unwrap();
    let (_, more) = longest.fields.last().unwrap();
    assert!(more.ends_with(b"5:f5999,1:\xff,"), "nothing is cut off");
}

#[tokio::test]
async fn retries_without_an_origin_are_not_taken_for_one() {
    let harness = NativeRedis::start().await;
    let log = Log::default();
    harness.bus().publish(&event("TICKET_CLOSED", &ticket_of(ACME))).await.unwrap();
    let failing = log.handler("robust", |_, context| async move {
        if context.attempt() == 2 { Err(HandlerError::retry("no")) } else { Ok(()) }
    });
    let worker = harness.bus().subscribe(failing.start(StartAt::Beginning));
    log.until(1).await;
    for _ in 0..3 {
        let again = event("TICKET_CLOSED", &ticket_of(ACME));
        harness.command(&["XADD", "event::TICKET_CLOSED:retry:robust", "*", "event", again.text()]).await;
    }
    log.until(7).await;
    worker.stop().await.unwrap();
}

#[tokio::test]
async fn trimming_takes_nothing_that_a_group_has_not_been_given_or_not_finished() {
    let harness = NativeRedis::start().await;
    let stream = place("TICKET_CREATED");
    for ms in 1..=900 {
        harness.append(&stream, Some(ms), vec![crate::events::json("{}")]).await;
    }
    let key = "event::TICKET_CREATED";
    harness.command(&["XGROUP", "CREATE", key, "slow", "700-0"]).await;
    harness.command(&["XGROUP", "CREATE", key, "stuck", "448-0"]).await;
    let read = |group| ["XREADGROUP", "GROUP", group, "c", "COUNT", "200", "STREAMS", key, ">"];
    harness.command(&read("stuck")).await;
    let trimmed = || async {
        harness.command(&["EVAL", TRIM, "1", key, "0", ""]).await;
        let first = harness.command(&["XRANGE", key, "-", "+", "COUNT", "1"]).await;
        let first: Vec<(String, Vec<String>)> = redis::from_redis_value(first).unwrap();
        first[0].0.split_once('-').unwrap().0.parse::<u64>().unwrap()
    };
    // The server trims whole nodes of a hundred entries.
    let first = trimmed().await;
    assert!((350..=449).contains(&first), "{first}: the oldest pending one is 449");
    for ms in 449..=648 {
        harness.command(&["XACK", key, "stuck", &format!("{ms}-0")]).await;
    }
    let first = trimmed().await;
    assert!((549..=648).contains(&first), "{first}: 648 was given last");
    harness.command(&read("stuck")).await;
    harness.command(&["XGROUP", "DESTROY", key, "stuck"]).await;
    let first = trimmed().await;
    assert!((601..=701).contains(&first), "{first}: 701 was not given to the slow one");
}

#[tokio::test]
async fn of_a_stream_that_is_done_with_no_group_is_looked_at_until_it_changes() {
    const WEEK: &str = "604800000";
    const ACK: &str = "for _, entry in ipairs(redis.call('XRANGE', KEYS[1], '-', '+')) do
        redis.call('XACK', KEYS[1], 'slow', entry[1]) end";
    let harness = NativeRedis::start().await;
    append_many(&harness, &place("TICKET_CREATED"), 3).await;
    let key = "event::TICKET_CREATED";
    let state = async |known: &str| {
        let answer = harness.command(&["EVAL", TRIM, "1", key, WEEK, known]).await;
        redis::from_redis_value::<(u64, Vec<(String, u64)>, String)>(answer).unwrap().2
    };
    let looks = async || calls(&harness, "xinfo|groups").await;
    harness.command(&["XGROUP", "CREATE", key, "slow", "0"]).await;
    let changes: [&[&str]; 5] = [
        &["XADD", key, "*", "event", "{}"],
        &["TIME"],
        &["XTRIM", key, "MAXLEN", "2"],
        &["XGROUP", "CREATE", key, "other", "9999999999999-7"],
        &["XGROUP", "CREATE", key, "another", "$"],
    ];
    for (at, change) in changes.into_iter().enumerate() {
        if at < 2 {
            assert_eq!(state("").await, "", "something is unread");
        }
        harness.command(&["XREADGROUP", "GROUP", "slow", "c", "STREAMS", key, ">"]).await;
        if at < 2 {
            assert_eq!(state("").await, "", "something is pending");
        }
        harness.command(&["EVAL", ACK, "1", key]).await;
        let done = state("").await;
        assert_ne!(done, "");
        let before = looks().await;
        assert_eq!(state(&done).await, done);
        assert_eq!(looks().await, before, "nothing changed");
        harness.command(change).await;
        state(&done).await;
        assert_eq!(looks().await, before + u64::from(change != ["TIME"]), "{change:?}");
    }
}

async fn join(harness: &NativeRedis, lease: Duration) -> Arc<dyn Membership> {
    let joining = Joining {
        handler: crate::handling::name("robust"),
        types: TypeSelection::new(["*"]),
        start: StartAt::Beginning,
        lease,
        dedup: None,
    };
    harness.consumer().join(joining).await.unwrap()
}

#[tokio::test]
async fn what_became_of_events_is_recorded_though_their_stream_is_something_else_by_now() {
    let harness = NativeRedis::start().await;
    append_many(&harness, &place("TICKET_CREATED"), 2).await;
    let member = join(&harness, Duration::from_secs(30)).await;
    let taken = crate::cases::claim::take(&member, 2).await;
    harness.command(&["DEL", "event::TICKET_CREATED"]).await;
    harness.command(&["SET", "event::TICKET_CREATED", "x"]).await;
    let dead = FinishAs::Dead {
        fields: Arc::new(taken[1].raw.fields.clone()),
        reason: Reason::Permanent,
        error: vec!["no".to_owned()],
        history: Vec::new(),
    };
    let finishes = [
        crate::cases::claim::finish(&taken[0], FinishAs::Done),
        crate::cases::claim::finish(&taken[1], dead),
    ];
    // Else they would be held for ever, and with them the room for others.
    assert_eq!(member.finish(&finishes).await.unwrap(), [Finished::Vanished; 2]);
    assert_eq!(harness.dead_letters().await.len(), 1);
}

#[tokio::test]
async fn without_the_right_to_look_at_what_is_pending_nothing_counts_as_recorded() {
    let harness = NativeRedis::start().await;
    append_many(&harness, &place("TICKET_CREATED"), 1).await;
    let member = join(&harness, Duration::from_secs(30)).await;
    let taken = crate::cases::claim::take(&member, 1).await;
    let done = [crate::cases::claim::finish(&taken[0], FinishAs::Done)];
    harness.command(&["ACL", "SETUSER", "default", "-xpending"]).await;
    let refused = member.finish(&done).await;
    assert!(refused.as_ref().map_or(true, |answers| *answers == [Finished::Refused]), "{refused:?}");
    harness.command(&["ACL", "SETUSER", "default", "+xpending"]).await;
    assert_eq!(member.finish(&done).await.unwrap(), [Finished::Recorded]);
}

#[tokio::test]
async fn a_stream_that_cannot_be_trimmed_holds_up_no_other() {
    let harness = NativeRedis::start().await;
    for event_type in ["TICKET_CLOSED", "TICKET_CREATED"] {
        append_many(&harness, &place(event_type), 1).await;
    }
    let member = join(&harness, Duration::from_secs(30)).await;
    // The server counts what is unread of groups that were given something.
    crate::cases::claim::take(&member, 2).await;
    append_many(&harness, &place("TICKET_CREATED"), 5).await;
    harness.command(&["DEL", "event::TICKET_CLOSED"]).await;
    harness.command(&["SET", "event::TICKET_CLOSED", "x"]).await;
    harness.trim(&place("TICKET_CREATED"), 0).await;
    assert_eq!(member.keep_up().await.unwrap(), 5, "what somebody trimmed of the other is told");
}

#[tokio::test]
async fn consumers_that_are_gone_are_taken_out_of_the_groups_when_nothing_is_pending_with_them() {
    let harness = NativeRedis::start().await;
    append_many(&harness, &place("TICKET_CREATED"), 3).await;
    let lease = Duration::from_millis(10);
    let (idle, owing, alive) =
        (join(&harness, lease).await, join(&harness, lease).await, join(&harness, lease).await);
    for member in [&idle, &alive] {
        let taken = crate::cases::claim::take(member, 1).await;
        member.finish(&[crate::cases::claim::finish(&taken[0], FinishAs::Done)]).await.unwrap();
    }
    crate::cases::claim::take(&owing, 1).await;
    let beat = format!("event::$worker:{}", alive.consumer());
    harness.command(&["SET", &beat, "{}"]).await;
    let names = || async {
        type Facts = std::collections::HashMap<String, redis::Value>;
        let listed = harness.command(&["XINFO", "CONSUMERS", "event::TICKET_CREATED", "robust"]).await;
        let listed: Vec<Facts> = redis::from_redis_value(listed).unwrap();
        let name = |mut facts: Facts| redis::from_redis_value::<String>(facts.remove("name").unwrap());
        let mut names: Vec<_> = listed.into_iter().map(|facts| name(facts).unwrap()).collect();
        names.sort();
        names
    };
    let sorted = |members: &[&Arc<dyn Membership>]| {
        let mut names: Vec<_> = members.iter().map(|member| member.consumer().to_owned()).collect();
        names.sort();
        names
    };
    assert_eq!(names().await, sorted(&[&idle, &owing, &alive]));
    let heir = join(&harness, lease).await;
    eventually("it is taken out", || async {
        heir.keep_up().await.unwrap();
        (names().await == sorted(&[&owing, &alive])).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_handler_that_is_known_can_be_started_on_a_server_without_memory() {
    let harness = NativeRedis::start().await;
    let log = Log::default();
    append_many(&harness, &place("TICKET_CREATED"), 2).await;
    let worker = harness.bus().subscribe(log.noting("robust").start(StartAt::Beginning));
    log.until(2).await;
    worker.stop().await.unwrap();
    append_many(&harness, &place("TICKET_CREATED"), 3).await;
    harness.command(&["CONFIG", "SET", "maxmemory", "1"]).await;
    // What it acknowledges can be trimmed, and that is how memory comes free.
    let worker = harness.bus().subscribe(log.noting("robust"));
    log.until(5).await;
    worker.stop().await.unwrap();
    let pending = harness.command(&["XPENDING", "event::TICKET_CREATED", "robust"]).await;
    let pending: Vec<redis::Value> = redis::from_redis_value(pending).unwrap();
    assert_eq!(pending[0], redis::Value::Int(0));
}
