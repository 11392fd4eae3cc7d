//! What keeps it from its work: it goes on trying, and says so.

use std::fs::File;
use std::process::{Command, Stdio};

use rustix::process::Signal;

use crate::house::{ACME, House, lines};
use crate::sessions::until;

const LOG: &str = r#"
[[handlers]]
name = "log"
types = ["*"]
kind = "log"
start = "beginning"
"#;

/// The url of a user who may do all but `without`.
async fn user(house: &House, without: &str) -> String {
    let mut admin = house.admin().await;
    let taken: Vec<_> = without.split_whitespace().map(|command| format!("-{command}")).collect();
    let mut rule: Vec<&[u8]> = vec![b"ACL", b"SETUSER", b"limited", b"on", b">pw", b"~*", b"&*", b"+@all"];
    rule.extend(taken.iter().map(String::as_bytes));
    admin.send(&rule).await;
    house.server.url().replace("redis://", "redis://limited:pw@")
}

#[tokio::test]
async fn a_server_that_gives_nothing_is_told_of_and_so_is_the_end_of_that() {
    let house = House::with(LOG);
    house.publish(ACME, 1);
    let url = user(&house, "").await;
    let worker = house.work(&["--url", &url]).await;
    until("the first is done", async || worker.out().contains("n 1")).await;
    user(&house, "xreadgroup").await;
    until("it says so", async || worker.notes().contains("waiting: taking events")).await;
    let notes = worker.notes();
    assert!(notes.contains("xreadgroup") && notes.contains("ACL SETUSER"), "{notes}");
    house.publish(ACME, 2);
    user(&house, "").await;
    until("it goes on", async || worker.out().contains("n 2")).await;
    until("it says so", async || worker.notes().contains("works again: connected")).await;
    assert_eq!(worker.notes().matches("waiting: ").count(), 1, "once: {}", worker.notes());
    worker.signal(Signal::TERM);
    assert_eq!(worker.ended().await.code(), Some(0));
}

#[tokio::test]
async fn what_can_never_be_known_to_be_drained_ends_with_the_reason() {
    let house = House::with(LOG);
    house.publish(ACME, 1);
    let url = user(&house, "zscan").await;
    let worker = house.work(&["--drain", "--url", &url]).await;
    assert_eq!(worker.ended().await.code(), Some(1));
    let notes = house.read("notes");
    assert!(notes.contains("--drain cannot know") && notes.contains("zscan"), "{notes}");
}

/// Runs it where nothing can be written.
fn on_a_full_disk(house: &House) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidings"));
    command.args(["--config", "config.toml", "work"]).current_dir(house.path(""));
    command.env("REDIS_URL", house.server.url()).stdin(Stdio::null());
    let full = File::options().write(true).open("/dev/full").unwrap();
    let ended = command.stdout(full).output().unwrap();
    assert_eq!(ended.status.code(), Some(1), "{}", String::from_utf8_lossy(&ended.stderr));
}

#[tokio::test]
async fn what_a_log_handler_could_not_write_is_not_done() {
    let house = House::with(LOG);
    for number in 1..=3 {
        house.publish(ACME, number);
    }
    on_a_full_disk(&house);
    let (code, out, notes) = house.run(&["work", "--drain", "-o", "json"]);
    assert_eq!(code, 0, "{notes}");
    let written: std::collections::BTreeSet<_> =
        lines(&out).iter().filter_map(|line| line["about"].as_str().map(str::to_owned)).collect();
    assert_eq!(written.len(), 3, "{out}");
}

#[tokio::test]
async fn a_group_that_somebody_removed_is_told_of_and_goes_on_where_a_person_says() {
    let house = House::with(LOG);
    house.publish(ACME, 1);
    let (code, _, notes) = house.run(&["work", "--drain"]);
    assert_eq!(code, 0, "{notes}");
    house.admin().await.run("XGROUP DESTROY event::TICKET_CREATED log").await;
    let worker = house.work(&[]).await;
    until("it says so", async || worker.notes().contains("--only log --start new")).await;
    worker.signal(Signal::TERM);
    assert_eq!((worker.ended().await.code(), house.read("out").as_str()), (Some(0), ""));
    let (code, out, notes) = house.run(&["work", "--drain", "--start", "beginning"]);
    assert_eq!((code, out.lines().count()), (0, 1), "{notes}");
    assert!(notes.contains("log: event::TICKET_CREATED: --start beginning"), "{notes}");
}

/// With one attempt, and next to no time for it.
fn strict() -> String {
    format!("{LOG}attempts = 1\ntimeout = \"1ms\"\n")
}

#[tokio::test]
async fn a_log_that_is_read_slowly_or_closed_makes_no_dead_letters() {
    let house = House::with(&strict());
    house.publish(ACME, 1);
    let mut admin = house.admin().await;
    let more = "local event = redis.call('XRANGE', KEYS[1], '-', '+')[1][2][2] \
                for n = 1, 1999 do redis.call('XADD', KEYS[1], '*', 'event', event) end";
    admin.send(&[b"EVAL", more.as_bytes(), b"1", b"event::TICKET_CREATED"]).await;
    on_a_full_disk(&house);
    let letters: u64 = admin.get("XLEN event::TICKET_CREATED:dead-letter").await;
    assert_eq!(letters, 0, "nothing failed");
    let (code, out, notes) = house.run(&["work", "--drain", "-o", "json"]);
    assert_eq!((code, out.lines().count()), (0, 2_000), "{notes}");
    let letters: u64 = admin.get("XLEN event::TICKET_CREATED:dead-letter").await;
    assert_eq!(letters, 0, "{notes}");
}
