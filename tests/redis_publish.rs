//! Publishing on a real Redis: what lies there afterwards to the byte, and what is said when it does not.

#![expect(clippy::unwrap_used, reason = "all of this is tests; a failing one must say where")]

#[path = "support/proxy.rs"]
mod proxy;
#[path = "support/redis_server.rs"]
mod redis_server;
#[path = "support/sessions.rs"]
mod sessions;

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use proxy::Proxy;
use redis_server::PrivateRedis;
use sessions::{Admin, FOREVER, alga, native, publish, session, until};
use tidings::broker::redis::Settings;
use tidings::bus::{Form, PublishError, Publisher, WritesRefused, first_contact_by};
use tidings::event::{Channel, EventId, EventType, NewEvent};

const NATIVE: &str = "event::TICKET_CREATED";
const ALGA: &str = "alga-psa:event-stream:global:TICKET_CREATED";
const FORMS: [Form; 2] = [Form::Batch, Form::Once];

fn event() -> NewEvent {
    let payload = r#"{ "tenantId":"189c996e-43d3-4c53-9f4e-dbe5c1c5e9e6", "ticketId":"7b9d493c-9d7c-46d6-a6b0-99ba984ea078",
        "userId":"88bec41e-a074-43d9-873d-8c8d1d83c358", "n": 1.500, "hostile": "\u001b[2J ü 'x' \"y\" \\" }"#;
    let event_type = EventType::new("TICKET_CREATED").unwrap();
    NewEvent::compose(EventId::random(), &event_type, Utc::now(), payload).unwrap()
}

fn publisher(settings: &Settings) -> Arc<dyn Publisher> {
    session(settings).publisher.unwrap()
}

/// The entries of a stream: ids, and names and values of fields.
async fn entries(admin: &mut Admin, stream: &str) -> Vec<(String, Vec<String>)> {
    admin.get(&format!("XRANGE {stream} - +")).await
}

async fn length(admin: &mut Admin, stream: &str) -> u64 {
    admin.get(&format!("XLEN {stream}")).await
}

#[tokio::test]
async fn an_event_lies_in_its_stream_to_the_byte() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    let mut bare = alga(&server.url());
    bare.alga_psa.channel = String::new();
    let mail = Channel::new("emailservice::v7").unwrap();
    for (settings, channel, stream, label) in [
        (native(&server.url()), None, NATIVE, None),
        (alga(&server.url()), None, ALGA, Some("global")),
        (
            alga(&server.url()),
            Some(mail),
            "alga-psa:event-stream:emailservice::v7:TICKET_CREATED",
            Some("emailservice::v7"),
        ),
        // An install of Alga that has no channels.
        (bare, None, "alga-psa:event-stream:TICKET_CREATED", None),
    ] {
        let publisher = publisher(&settings);
        for form in FORMS {
            admin.run("FLUSHALL").await;
            let event = match &channel {
                Some(channel) => event().on_channel(channel.clone()),
                None => event(),
            };
            let answer = publish(&publisher, &event, form).await.unwrap();
            let mut fields = vec!["event".to_owned(), event.text().to_owned()];
            if let Some(label) = label {
                fields.extend(["channel".to_owned(), label.to_owned()]);
            }
            assert_eq!(entries(&mut admin, stream).await, [(answer.entry.to_string(), fields)]);
            assert_eq!((answer.stream.as_str(), answer.repeated), (stream, false));
            let keys: Vec<String> = admin.get("KEYS *").await;
            assert_eq!(keys.len(), if form == Form::Once { 2 } else { 1 }, "nothing else: {keys:?}");
        }
    }
}

#[tokio::test]
async fn once_leaves_a_marker_for_a_day_outside_the_keys_of_alga() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    for (settings, prefix) in [
        (native(&server.url()), format!("{NATIVE}:sent:")),
        (alga(&server.url()), format!("tidings:sent:{ALGA}:")),
    ] {
        let (publisher, event) = (publisher(&settings), event());
        let first = publish(&publisher, &event, Form::Once).await.unwrap();
        let marker = format!("{prefix}{}", event.id());
        assert_eq!(admin.get::<String>(&format!("GET {marker}")).await, first.entry.to_string());
        let seconds: u64 = admin.get(&format!("TTL {marker}")).await;
        assert!((80_000..=86_400).contains(&seconds), "{seconds}");
        let again = publish(&publisher, &event, Form::Once).await.unwrap();
        assert_eq!((again.entry, again.repeated), (first.entry, true));
        assert_eq!(length(&mut admin, first.stream.as_str()).await, 1);
    }
}

#[tokio::test]
async fn a_script_that_the_server_forgot_is_sent_again() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    for settings in [native(&server.url()), alga(&server.url())] {
        let publisher = publisher(&settings);
        let events: Vec<_> = (0..450).map(|_| event()).collect();
        for events in events.chunks(150) {
            admin.run("SCRIPT FLUSH").await;
            let answers = publisher.publish(events, Form::Once).await;
            assert!(answers.iter().all(Result::is_ok), "{answers:?}");
        }
        let stream = answers_stream(&publisher).await;
        let found = entries(&mut admin, &stream).await;
        let texts: Vec<_> = found.iter().map(|(_, fields)| fields[1].as_str()).collect();
        assert_eq!(
            texts[..450],
            events.iter().map(NewEvent::text).collect::<Vec<_>>(),
            "each once, in order"
        );
    }
}

async fn answers_stream(publisher: &Arc<dyn Publisher>) -> String {
    publish(publisher, &event(), Form::Once).await.unwrap().stream.as_str().to_owned()
}

#[tokio::test]
async fn once_makes_no_double_when_the_server_dies_before_it_answers() {
    let mut server = PrivateRedis::start_durable();
    let proxy = Proxy::to(server.port());
    for (settings, stream) in [(native(&proxy.url()), NATIVE), (alga(&proxy.url()), ALGA)] {
        let mut admin = Admin::at(&server.url()).await;
        let (publisher, event) = (publisher(&settings), event());
        // So that the server has the script: else it would only answer that it has not.
        publish(&publisher, &self::event(), Form::Once).await.unwrap();
        proxy.lose_answers(true);
        let sending = tokio::spawn({
            let (publisher, event) = (Arc::clone(&publisher), event.clone());
            async move { publish(&publisher, &event, Form::Once).await }
        });
        until("the server has it", async || length(&mut admin, stream).await == 2).await;
        server.kill9();
        until("its answers are lost", async || !proxy.is_open()).await;
        proxy.lose_answers(false);
        server.restart();
        match sending.await.unwrap() {
            Ok(answer) => assert!(answer.repeated, "the re-send found it there"),
            Err(error) => assert!(matches!(error, PublishError::Unknown(_)), "{error}"),
        }
        let answer = publish(&publisher, &event, Form::Once).await.unwrap();
        assert!(answer.repeated);
        let mut admin = Admin::at(&server.url()).await;
        assert_eq!(length(&mut admin, stream).await, 2);
    }
}

#[tokio::test]
async fn a_stopped_server_leaves_the_outcome_unknown() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    for (settings, stream) in [(native(&server.url()), NATIVE), (alga(&server.url()), ALGA)] {
        let settings = Settings { command_timeout_ms: 300, ..settings };
        let publisher = publisher(&settings);
        let mut expected = 1;
        // So that the server has the script: else it would only answer that it has not.
        publish(&publisher, &event(), Form::Once).await.unwrap();
        for form in FORMS {
            let event = event();
            server.stop();
            let error = publish(&publisher, &event, form).await.unwrap_err();
            assert!(matches!(error, PublishError::Unknown(_)), "{form:?}: {error}");
            server.cont();
            // It was on its way all the time.
            expected += 1;
            until("the server takes it", async || length(&mut admin, stream).await == expected).await;
            if form == Form::Once {
                assert!(publish(&publisher, &event, form).await.unwrap().repeated);
                assert_eq!(length(&mut admin, stream).await, expected);
            } else {
                publish(&publisher, &self::event(), form).await.unwrap();
                expected += 1;
            }
        }
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_was_sent_nothing() {
    let mut server = PrivateRedis::start();
    let publisher = publisher(&native(&server.url()));
    server.kill9();
    for form in FORMS {
        let error = publish(&publisher, &event(), form).await.unwrap_err();
        assert!(matches!(&error, PublishError::NotSent(why) if why.contains("refused")), "{error:?}");
    }
    server.restart();
    publish(&publisher, &event(), Form::Once).await.unwrap();
}

/// Publishing is refused in both forms with this word, and nothing is left behind.
async fn is_refused(settings: &Settings, admin: &mut Admin, word: &str) {
    let before: u64 = admin.get("DBSIZE").await;
    let publisher = publisher(settings);
    for form in FORMS {
        let error = publish(&publisher, &event(), form).await.unwrap_err();
        assert!(matches!(&error, PublishError::NotSent(why) if why.contains(word)), "{form:?}: {error:?}");
    }
    assert_eq!(admin.get::<u64>("DBSIZE").await, before, "no stream, no marker");
}

#[tokio::test]
async fn what_the_server_refuses_is_not_sent_and_leaves_nothing() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    let profiles = [native(&server.url()), alga(&server.url())];
    admin.run(&format!("SET {NATIVE} x")).await;
    admin.run(&format!("SET {ALGA} x")).await;
    for settings in &profiles {
        is_refused(settings, &mut admin, "WRONGTYPE").await;
    }
    admin.run("FLUSHALL").await;
    admin.run("CONFIG SET maxmemory 1").await;
    for settings in &profiles {
        is_refused(settings, &mut admin, "OOM").await;
    }
    admin.run("CONFIG SET maxmemory 0").await;
    admin.run("CONFIG SET min-replicas-to-write 1").await;
    for settings in &profiles {
        is_refused(settings, &mut admin, "NOREPLICAS").await;
    }
    admin.run("CONFIG SET min-replicas-to-write 0").await;
    admin.run("ACL SETUSER watcher on >pw ~* &* +@read +@connection").await;
    for settings in
        [native, alga].map(|profile| profile(&server.url().replace("redis://", "redis://watcher:pw@")))
    {
        is_refused(&settings, &mut admin, "NOPERM").await;
    }
    admin.run("REPLICAOF 127.0.0.1 1").await;
    for settings in &profiles {
        is_refused(settings, &mut admin, "READONLY").await;
    }
}

#[tokio::test]
async fn a_full_stream_of_alga_is_left_as_it_is() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    let publisher = publisher(&alga(&server.url()));
    admin.run(&format!("XGROUP CREATE {ALGA} event-processors $ MKSTREAM")).await;
    let fill: Vec<_> = (0..900).map(|_| event()).collect();
    let answers = publisher.publish(&fill, Form::Batch).await;
    assert!(answers.iter().all(Result::is_ok), "up to 100 below the limit");
    publish(&publisher, &event(), Form::Batch).await.unwrap();
    let before = entries(&mut admin, ALGA).await;
    for form in FORMS {
        let refused = event();
        let answers = publisher.publish(&[refused.clone(), refused], form).await;
        assert!(answers.iter().all(|answer| matches!(answer, Err(PublishError::Full(_)))), "{answers:?}");
    }
    assert_eq!(entries(&mut admin, ALGA).await, before, "nothing came, nothing was evicted");
    let markers: Vec<String> = admin.get("KEYS tidings:*").await;
    assert_eq!(markers, [""; 0]);
    // The oldest is delivered, and pending still.
    admin.run(&format!("XREADGROUP GROUP event-processors c COUNT 1 STREAMS {ALGA} >")).await;
    assert!(matches!(publish(&publisher, &event(), Form::Once).await, Err(PublishError::Full(_))));
    admin.run(&format!("XACK {ALGA} event-processors {}", before[0].0)).await;
    publish(&publisher, &event(), Form::Once).await.unwrap();
    // A second group that has not read it counts as well.
    admin.run(&format!("XGROUP CREATE {ALGA} other 0")).await;
    assert!(matches!(publish(&publisher, &event(), Form::Batch).await, Err(PublishError::Full(_))));
}

#[tokio::test]
async fn too_large_an_event_is_not_sent() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    let (small, event) = (event(), event());
    let limit = event.text().len() - 1;
    for settings in [native(&server.url()), alga(&server.url())] {
        let publisher = publisher(&Settings { max_event_bytes: limit, ..settings.clone() });
        for form in FORMS {
            let error = publish(&publisher, &event, form).await.unwrap_err();
            assert_eq!(error, PublishError::TooLarge { size: limit + 1, limit });
        }
        assert_eq!(admin.get::<u64>("DBSIZE").await, 0);
        let publisher = self::publisher(&Settings { max_event_bytes: limit + 1, ..settings });
        publish(&publisher, &small, Form::Batch).await.unwrap();
        admin.run("FLUSHALL").await;
    }
}

#[tokio::test]
async fn fanout_tells_listeners_once_of_what_was_accepted() {
    let server = PrivateRedis::start();
    let mut settings = native(&server.url());
    settings.native.fanout = true;
    let mut listener = redis::Client::open(server.url()).unwrap().get_async_pubsub().await.unwrap();
    listener.psubscribe("event::*").await.unwrap();
    let publisher = publisher(&settings);
    let mut expected = Vec::new();
    for form in FORMS {
        let event = event();
        publish(&publisher, &event, form).await.unwrap();
        expected.push(event.text().to_owned());
        if form == Form::Once {
            assert!(publish(&publisher, &event, form).await.unwrap().repeated, "and is not told again");
        }
    }
    let last = event();
    publish(&publisher, &last, Form::Once).await.unwrap();
    expected.push(last.text().to_owned());
    let heard = hear(&mut listener, expected.len()).await;
    assert_eq!(heard, expected.into_iter().map(|text| (NATIVE.to_owned(), text)).collect::<Vec<_>>());
    // Without it, nobody is told: the next thing heard is what is sent by hand.
    publish(&self::publisher(&native(&server.url())), &event(), Form::Once).await.unwrap();
    Admin::at(&server.url()).await.run("PUBLISH event::BY_HAND x").await;
    assert_eq!(hear(&mut listener, 1).await, [("event::BY_HAND".to_owned(), "x".to_owned())]);
}

async fn hear(listener: &mut redis::aio::PubSub, count: usize) -> Vec<(String, String)> {
    use futures_util::StreamExt as _;
    let mut messages = listener.on_message();
    let mut heard = Vec::new();
    while heard.len() < count {
        let message = tokio::time::timeout(FOREVER, messages.next()).await.expect("a message").unwrap();
        heard.push((message.get_channel_name().to_owned(), message.get_payload().unwrap()));
    }
    heard
}

/// What `MONITOR` shows of what clients send, as lines that redis-cli would take.
struct Monitor(BufReader<TcpStream>);

impl Monitor {
    fn start(server: &PrivateRedis) -> Self {
        let mut stream = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
        stream.set_read_timeout(Some(FOREVER)).unwrap();
        stream.write_all(b"MONITOR\r\n").unwrap();
        let mut monitor = Self(BufReader::new(stream));
        assert_eq!(monitor.line(), "+OK");
        monitor
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// The arguments of the next command that a client sent; what scripts do is left out.
    fn next(&mut self) -> Vec<Vec<u8>> {
        loop {
            let line = self.line();
            let (head, command) = line.split_once("] ").unwrap();
            if !head.ends_with(" lua") {
                return arguments(command);
            }
        }
    }
}

/// Takes a line apart as redis-cli does.
fn arguments(line: &str) -> Vec<Vec<u8>> {
    let mut bytes = line.bytes().peekable();
    let mut arguments = Vec::new();
    while bytes.peek().is_some() {
        let mut argument = Vec::new();
        if bytes.next_if_eq(&b'\'').is_some() {
            while let Some(byte) = bytes.next_if(|byte| *byte != b'\'') {
                let escaped = byte == b'\\' && bytes.next_if_eq(&b'\'').is_some();
                argument.push(if escaped { b'\'' } else { byte });
            }
            bytes.next();
        } else if bytes.next_if_eq(&b'"').is_none() {
            while let Some(byte) = bytes.next_if(|byte| *byte != b' ') {
                argument.push(byte);
            }
        } else {
            while let Some(byte) = bytes.next_if(|byte| *byte != b'"') {
                argument.push(match byte {
                    b'\\' => match bytes.next().unwrap() {
                        b'x' => {
                            let digits = [bytes.next().unwrap(), bytes.next().unwrap()];
                            u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
                        }
                        b'n' => b'\n',
                        b'r' => b'\r',
                        b't' => b'\t',
                        b'a' => 7,
                        b'b' => 8,
                        other => other,
                    },
                    byte => byte,
                });
            }
            bytes.next();
        }
        arguments.push(argument);
        bytes.next();
    }
    arguments
}

#[tokio::test]
async fn a_preview_is_exactly_what_is_sent() {
    let server = PrivateRedis::start();
    let mut fanout = native(&server.url());
    fanout.native.fanout = true;
    for settings in [native(&server.url()), fanout, alga(&server.url())] {
        let publisher = publisher(&settings);
        for form in FORMS {
            // The first time the server does not have the script yet.
            publish(&publisher, &event(), form).await.unwrap();
            let event = event();
            let preview = publisher.preview(&event, form);
            let mut monitor = Monitor::start(&server);
            publish(&publisher, &event, form).await.unwrap();
            Admin::at(&server.url()).await.run("ECHO end").await;
            for line in &preview {
                assert_eq!(arguments(line), monitor.next(), "{line}");
            }
            let mut next = monitor.next();
            // The connection that says the end introduces itself.
            while next[0] == b"CLIENT" {
                next = monitor.next();
            }
            assert_eq!(next, [b"ECHO".to_vec(), b"end".to_vec()], "and nothing else");
        }
    }
}

/// The ids of the connections that publish.
async fn publishing(admin: &mut Admin) -> Vec<String> {
    let clients: String = admin.get("CLIENT LIST").await;
    let ours = clients.lines().filter(|line| line.contains("name=tidings-command"));
    ours.filter_map(|line| line.split_whitespace().next().map(ToOwned::to_owned)).collect()
}

#[tokio::test]
async fn where_a_server_is_the_primary_no_more_the_next_send_connects_anew() {
    let server = PrivateRedis::start();
    let proxy = Proxy::to(server.port());
    let mut admin = Admin::at(&server.url()).await;
    let publisher = publisher(&native(&proxy.url()));
    publish(&publisher, &event(), Form::Once).await.unwrap();
    let before = publishing(&mut admin).await;
    assert_eq!(before.len(), 1);
    // Another error says nothing of the server: the connection stays.
    for (error, stays) in [
        ("OOM command not allowed when used memory > 'maxmemory'.", true),
        ("READONLY You can't write against a read only replica.", false),
    ] {
        proxy.refuse_writes(Some(error));
        for form in FORMS {
            let answer = publish(&publisher, &event(), form).await;
            assert!(matches!(answer, Err(PublishError::NotSent(_))), "{answer:?}");
        }
        proxy.refuse_writes(None);
        publish(&publisher, &event(), Form::Once).await.unwrap();
        let gone = async || publishing(&mut Admin::at(&server.url()).await).await != before;
        if stays {
            assert!(!gone().await, "{error}");
        } else {
            until("it has connected anew", gone).await;
        }
    }
}

#[tokio::test]
async fn who_waited_while_another_tried_to_connect_in_vain_does_not_try_it_again() {
    // It takes connections, and says nothing.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    silent.set_nonblocking(true).unwrap();
    let publisher = publisher(&native(&format!("redis://{}/0", silent.local_addr().unwrap())));
    let (first, second, third) = tokio::join!(publisher.reach(), publisher.reach(), publisher.reach());
    let why = first.unwrap_err();
    assert_eq!([second.unwrap_err(), third.unwrap_err()], [why.clone(), why.clone()]);
    let tries = std::iter::from_fn(|| silent.accept().ok()).count();
    assert_eq!(tries, 1);
    drop(silent);
    assert_ne!(
        publisher.reach().await.unwrap_err(),
        why,
        "who asks later tries it anew: now nobody is there"
    );
}

#[tokio::test(start_paused = true)]
async fn a_first_contact_is_bounded_whole_by_the_patience_for_it() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let publisher = publisher(&native(&format!("redis://{}/0", silent.local_addr().unwrap())));
    // The clock of the test stands still but for what is waited for.
    for (patience, waited) in [(100, 100), (1_000, 1_000), (60_000, 3_000)] {
        let began = tokio::time::Instant::now();
        let end = began + Duration::from_millis(patience);
        let why = first_contact_by(end, publisher.reach()).await.unwrap_err();
        assert!(why.what().contains("no answer in time"), "{why}");
        assert_eq!(began.elapsed().as_millis().next_multiple_of(100), waited, "{patience} ms");
    }
}

#[tokio::test]
async fn what_is_known_of_refused_writes_follows_what_is_written_and_looked_at() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    let session = session(&native(&server.url()));
    let publisher = session.publisher.clone().unwrap();
    let first = event();
    publish(&publisher, &first, Form::Once).await.unwrap();
    assert_eq!(session.writes.now(), None);
    admin.run("CONFIG SET maxmemory 1").await;
    for form in FORMS {
        publish(&publisher, &event(), form).await.unwrap_err();
        assert_eq!(session.writes.now(), Some(WritesRefused::Memory), "{form:?}");
    }
    assert!(publish(&publisher, &first, Form::Once).await.unwrap().repeated);
    assert_eq!(
        session.writes.now(),
        Some(WritesRefused::Memory),
        "it lies there already: nothing was written"
    );
    admin.run("CONFIG SET maxmemory 0").await;
    publish(&publisher, &event(), Form::Batch).await.unwrap();
    assert_eq!(session.writes.now(), None, "one was taken");
    // Without a write of our own a look tells.
    for (setting, known) in
        [("maxmemory 1", Some(WritesRefused::Memory)), ("maxmemory 0", None), ("maxmemory 1gb", None)]
    {
        admin.run(&format!("CONFIG SET {setting}")).await;
        session.inspector.examine().await.unwrap();
        assert_eq!(session.writes.now(), known, "{setting}");
    }
    admin.run("REPLICAOF 127.0.0.1 1").await;
    session.inspector.examine().await.unwrap();
    assert_eq!(session.writes.now(), Some(WritesRefused::ReadOnly));
    admin.run("REPLICAOF NO ONE").await;
    // No second replica will come: only a write that is taken tells that this is over.
    admin.run("CONFIG SET min-replicas-to-write 1").await;
    publish(&publisher, &event(), Form::Once).await.unwrap_err();
    session.inspector.examine().await.unwrap();
    assert_eq!(session.writes.now(), Some(WritesRefused::Replicas));
}

#[tokio::test]
async fn a_failed_snapshot_counts_as_long_as_the_settings_make_it_stop_writes() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    let session = session(&native(&server.url()));
    let publisher = session.publisher.clone().unwrap();
    // Where its file should be lies a folder.
    std::fs::create_dir(server.folder().join("dump.rdb")).unwrap();
    admin.run("BGSAVE").await;
    until("it has failed to save", async || {
        admin.get::<String>("INFO persistence").await.contains("rdb_last_bgsave_status:err")
    })
    .await;
    let unsaved = Some(WritesRefused::Unsaved);
    for (name, value, known) in [
        ("save", "", None),
        ("save", "3600 1", unsaved),
        ("stop-writes-on-bgsave-error", "no", None),
        ("stop-writes-on-bgsave-error", "yes", unsaved),
        ("save", "", None),
    ] {
        admin.send(&[b"CONFIG", b"SET", name.as_bytes(), value.as_bytes()]).await;
        session.inspector.examine().await.unwrap();
        assert_eq!(session.writes.now(), known, "{name} {value:?}");
        let answer = publish(&publisher, &event(), Form::Batch).await;
        assert_eq!(answer.is_err(), known.is_some(), "{name} {value:?}: {answer:?}");
    }
}
