//! Every verb that reads a bus, on a bus that is hostile throughout.

use crate::bus::{ACME, event, fill, fill_alga};
use crate::corpus::{self, quoted, spelled, texts};
use crate::redis_server::PrivateRedis;
use crate::room::Room;
use crate::sessions::{Admin, until};

/// Runs the verbs side by side, each for people and as JSON; of each at least so many texts must have been shown.
fn all(room: &Room, verbs: &[(&[&str], usize)]) {
    std::thread::scope(|scope| {
        for (verb, least) in verbs {
            scope.spawn(move || {
                let (text, json) = room.verb(verb);
                let shown = format!("{verb:?} shows {text} texts, {json} as JSON");
                assert!(text >= *least && json >= *least, "{shown}: it cannot have seen the corpus");
            });
        }
    });
}

async fn native() -> (PrivateRedis, Room) {
    let server = PrivateRedis::start();
    fill(&mut Admin::at(&server.url()).await).await;
    let room = Room::new(&server.url());
    (server, room)
}

#[tokio::test]
async fn what_reads_events_and_streams() {
    let (_server, room) = native().await;
    all(
        &room,
        &[
            (&["tail", "--no-follow", "--since", "0"], 44),
            (&["tail", "--no-follow", "--last", "30", "--ascii", "--color", "truecolor"], 5),
            (
                &[
                    "tail",
                    "--no-follow",
                    "--since",
                    "0",
                    "--filter",
                    "is:failed or is:invalid",
                    "--color",
                    "never",
                ],
                40,
            ),
            (&["stats"], 30),
            (&["doctor"], 1),
            (&["doctor", "--for", "1s"], 1),
            (&["handlers"], 30),
            (&["handlers", "show", "mail"], 20),
            (&["handlers", "show", "hq06\x1b[3J"], 1),
        ],
    );
}

#[tokio::test]
async fn what_reads_failed_events() {
    let (server, room) = native().await;
    let mut admin = Admin::at(&server.url()).await;
    let newest: Vec<(String, Vec<String>)> =
        admin.get("XREVRANGE event::TICKET_UPDATED:dead-letter + - COUNT 60").await;
    let dead = |at: usize| format!("dead:{}:event::TICKET_UPDATED", newest[at].0);
    let (first, second, last) = (dead(0), dead(1), dead(59));
    all(
        &room,
        &[
            (&["failed", "list"], 44),
            (&["failed", "list", "--state", "failed"], 44),
            (&["failed", "list", "--state", "discarded"], 44),
            (&["failed", "show", &first], 1),
            (&["failed", "show", &second], 1),
            (&["failed", "show", &last], 1),
            (&["failed", "export"], 44),
            (&["failed", "export", "--events"], 44),
            (&["failed", "retry", "--dry-run", "--state", "dead"], 1),
            (&["failed", "discard", "--dry-run", "--state", "dead"], 1),
            (&["failed", "edit", &first, "--dry-run", "--set", "n=hq06\x1b[3J\u{202e}"], 1),
            (&["failed", "purge", "--dry-run", "--state", "discarded"], 0),
            (&["failed", "release", "--dry-run", "--state", "stuck"], 0),
            (&["journal"], 30),
        ],
    );
}

#[tokio::test]
async fn what_acts_on_failed_events() {
    let (_server, room) = native().await;
    let run = |arguments: &[&str]| room.verb(arguments);
    let reason = "hq07\x1b[8;5m\u{202e}";
    let yes = |verb: &'static str| vec!["failed", verb, "--yes", "--reason", reason];
    let exported = room.run(&["failed", "export", "--state", "dead"]);
    room.write("kept.jsonl", exported.text());
    for (verb, more) in [
        ("release", vec!["--state", "stuck"]),
        ("discard", vec!["--handler", "mail", "--state", "dead"]),
        ("restore", vec!["--state", "discarded", "--limit", "30"]),
        ("retry", vec!["--state", "dead", "--limit", "30"]),
        ("purge", vec!["--state", "discarded"]),
        ("import", vec!["kept.jsonl"]),
        ("import", vec!["kept.jsonl", "--skip-bad", "--again"]),
    ] {
        run(&[yes(verb), more].concat());
    }
    let plan = texts();
    for plan in plan.iter().filter(|text| !text.contains('\0')).take(8) {
        run(&["failed", "retry", "--resume", plan, "--yes"]);
    }
    assert!(run(&["journal"]).0 >= 1);
    run(&["handlers", "forget", "mail", "--yes", "--force"]);
}

#[tokio::test]
async fn a_bus_of_alga() {
    let server = PrivateRedis::start();
    fill_alga(&mut Admin::at(&server.url()).await).await;
    let room = Room::new(&server.url());
    let alga = ["--profile", "alga-psa", "--channel", "all"];
    let verbs: Vec<(Vec<&str>, usize)> = [
        (vec!["tail", "--no-follow", "--since", "0"], 40),
        (vec!["stats"], 40),
        (vec!["handlers"], 0),
        (vec!["handlers", "show", "event-processors"], 0),
        (vec!["doctor"], 0),
        (vec!["failed", "list"], 40),
        (vec!["failed", "retry", "--dry-run"], 0),
        (vec!["journal"], 0),
        (
            vec![
                "publish",
                "TICKET_UPDATED",
                "--dry-run",
                "--tenant",
                ACME,
                "--payload",
                r#"{"a":"hq06\u001b[3J"}"#,
            ],
            0,
        ),
    ]
    .into_iter()
    .map(|(verb, least)| ([&alga[..], &verb].concat(), least))
    .collect();
    let verbs: Vec<(&[&str], usize)> = verbs.iter().map(|(verb, least)| (&verb[..], *least)).collect();
    all(&room, &verbs);
    for channel in corpus::arguments() {
        room.verb(&["--profile", "alga-psa", "--channel", &channel, "stats"]);
    }
}

#[tokio::test]
async fn a_bus_of_pubsub() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    let texts = texts();
    for format in ["text", "json"] {
        let room = Room::new(&server.url());
        let limit = texts.len().to_string();
        let tail = std::thread::spawn(move || {
            room.run(&["tail", "--profile", "pubsub", "--limit", &limit, "-o", format])
        });
        until("it listens", async || admin.get::<u64>("PUBSUB NUMPAT").await == 1).await;
        for (n, text) in texts.iter().enumerate() {
            let body = event(n, &spelled(text), &quoted(text));
            let body = if n % 2 == 0 { body.as_bytes() } else { text.as_bytes() };
            admin.send(&[b"PUBLISH", format!("event::{text}").as_bytes(), body]).await;
        }
        let ran = tail.join().unwrap();
        ran.is_harmless(&["tail of pubsub".as_ref()]);
        assert!(corpus::marks(&ran.written) >= 20, "{}", ran.text());
        until("it listens no more", async || admin.get::<u64>("PUBSUB NUMPAT").await == 0).await;
    }
}
