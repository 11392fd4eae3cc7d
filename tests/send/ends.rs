//! How `tidings publish` ends where nobody reads, or nobody waits; and what a terminal is told meanwhile.

use std::collections::HashSet;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::file::{Bench, Ran, event};
use crate::pty;
use crate::redis_server::PrivateRedis;
use crate::sessions::{Admin, until};

const COPIES: [&str; 5] = ["SCAN_DONE", "--tenant", "189c996e-43d3-4c53-9f4e-dbe5c1c5e9e6", "-o", "json"];
const STREAM: &str = "event::SCAN_DONE";

async fn length(admin: &mut Admin) -> u64 {
    admin.get(&format!("XLEN {STREAM}")).await
}

async fn ids(admin: &mut Admin) -> HashSet<String> {
    let entries: Vec<(String, Vec<String>)> = admin.get(&format!("XRANGE {STREAM} - +")).await;
    let id = |fields: &[String]| {
        serde_json::from_str::<Value>(&fields[1]).unwrap()["id"].as_str().unwrap().to_owned()
    };
    entries.iter().map(|(_, fields)| id(fields)).collect()
}

fn printed(out: &str) -> HashSet<String> {
    let id =
        |line: &str| serde_json::from_str::<Value>(line).unwrap()["eventId"].as_str().unwrap().to_owned();
    out.lines().map(id).collect()
}

fn interrupt(child: &Child) {
    tell(child, Signal::INT);
}

fn tell(child: &Child, signal: Signal) {
    kill_process(Pid::from_raw(child.id().try_into().unwrap()).unwrap(), signal).unwrap();
}

/// The ids that the history says of that nobody knows them.
fn doubts(bench: &Bench) -> HashSet<String> {
    let history =
        std::fs::read_to_string(bench.path(".local/state/tidings/history/t.jsonl")).unwrap_or_default();
    let lines = history.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let unknown = lines.filter(|line| line["outcome"] == "unknown");
    unknown.map(|line| line["eventId"].as_str().unwrap().to_owned()).collect()
}

/// What it notes, up to a line with this in it.
fn noted(child: &mut Child, text: &str) -> (String, BufReader<std::process::ChildStderr>) {
    let mut notes = BufReader::new(child.stderr.take().unwrap());
    let mut all = String::new();
    while !all.contains(text) {
        assert!(notes.read_line(&mut all).unwrap() > 0, "it ended early: {all}");
    }
    (all, notes)
}

/// One that publishes copies without end, and a server that has just stopped to answer.
async fn unanswered(bench: &Bench) -> Child {
    unanswered_of(bench, &[&COPIES[..], &["--count", "100000000"]].concat()).await
}

async fn unanswered_of(bench: &Bench, arguments: &[&str]) -> Child {
    let child = bench.start(arguments);
    let mut admin = bench.admin().await;
    until("some of them are there", async || length(&mut admin).await > 300).await;
    bench.server.stop();
    // What was answered before is still being printed; once nothing comes any more, a batch is on its way.
    let (mut printed, mut looks) = (0, 0);
    until("nothing is printed any more", async || {
        let now = std::fs::metadata(bench.path("out")).unwrap().len();
        (printed, looks) = if now == printed { (now, looks + 1) } else { (now, 0) };
        looks > 40
    })
    .await;
    child
}

fn patient() -> Bench {
    let bench = Bench::new(PrivateRedis::start(), "");
    let config = std::fs::read_to_string(bench.path("config.toml")).unwrap();
    // It must not give up while the test is held up.
    let config = config.replace("command_timeout_ms = 1500", "command_timeout_ms = 60000");
    std::fs::write(bench.path("config.toml"), config).unwrap();
    bench
}

#[tokio::test]
async fn ctrl_c_waits_for_the_answer_and_tells_all_that_was_sent() {
    let bench = patient();
    let mut child = unanswered(&bench).await;
    interrupt(&child);
    let (begun, mut notes) =
        noted(&mut child, "interrupted: waiting for the answer to what was sent, 124 s at most");
    bench.server.cont();
    let mut rest = String::new();
    notes.read_to_string(&mut rest).unwrap();
    let ran = bench.ended(child);
    assert_eq!(ran.code, 130, "{begun}{rest}");
    assert!(rest.contains("more events were not sent"), "{rest}");
    assert!(!rest.contains("unknown"), "{rest}");
    assert_eq!(printed(&ran.out), ids(&mut bench.admin().await).await, "nothing is there that was not told");
}

#[tokio::test]
async fn ctrl_c_twice_ends_at_once_and_names_what_may_be_there() {
    let bench = patient();
    let mut child = unanswered(&bench).await;
    interrupt(&child);
    let (_, mut notes) = noted(&mut child, "Ctrl-C again ends at once");
    interrupt(&child);
    let mut rest = String::new();
    notes.read_to_string(&mut rest).unwrap();
    let ran = bench.ended(child);
    assert_eq!(ran.code, 130, "{rest}");
    assert!(rest.contains("ended without the answer: published or not: "), "{rest}");
    assert!(rest.contains("with --id and without --count for each"), "{rest}");
    let known = printed(&ran.out);
    assert!(rest.matches("-4").count() >= 100 && !known.is_empty(), "{rest}");
    bench.server.cont();
    let there = ids(&mut bench.admin().await).await;
    assert!(known.is_subset(&there));
    assert!(there.iter().all(|id| known.contains(id) || rest.contains(id)), "each is told or named");
}

/// A file of so many events of the type that is looked at here.
fn write_file(bench: &Bench, lines: usize) {
    let line = |number| {
        let mut event: Value = serde_json::from_str(&event(number)).unwrap();
        event["eventType"] = "SCAN_DONE".into();
        event.to_string() + "\n"
    };
    std::fs::write(bench.path("events"), (1..=lines).map(line).collect::<String>()).unwrap();
}

#[tokio::test]
async fn sigterm_and_sighup_wait_for_the_answer_as_ctrl_c_does() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129)] {
        let bench = patient();
        write_file(&bench, 60_000);
        let mut child = unanswered_of(&bench, &["--events", "events", "-o", "json"]).await;
        tell(&child, signal);
        let (begun, mut notes) = noted(&mut child, "interrupted: waiting for the answer to what was sent");
        bench.server.cont();
        let mut rest = String::new();
        notes.read_to_string(&mut rest).unwrap();
        let ran = bench.ended(child);
        assert_eq!(ran.code, code, "{begun}{rest}");
        let lines: Vec<Value> = ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let totals = &lines.last().unwrap()["totals"];
        assert_eq!((totals["state"].as_str(), totals["unknown"].as_u64()), (Some("cancelled"), Some(0)));
        let there = length(&mut bench.admin().await).await;
        assert_eq!(totals["published"].as_u64(), Some(there), "nothing is there that was not told");
        assert!(doubts(&bench).is_empty());
    }
}

#[tokio::test]
async fn what_is_unknown_at_the_end_is_in_the_history() {
    let bench = patient();
    write_file(&bench, 60_000);
    let copies = [&COPIES[..], &["--count", "100000000"]].concat();
    for arguments in [&["--events", "events", "-o", "json"][..], &copies] {
        bench.admin().await.run("FLUSHALL").await;
        let mut child = unanswered_of(&bench, arguments).await;
        tell(&child, Signal::TERM);
        let (_, mut notes) = noted(&mut child, "Ctrl-C again ends at once");
        tell(&child, Signal::TERM);
        let mut rest = String::new();
        notes.read_to_string(&mut rest).unwrap();
        let ran = bench.ended(child);
        assert_eq!(ran.code, 143, "{rest}");
        assert!(rest.contains("ended without the answer: "), "{rest}");
        bench.server.cont();
        let ids_of =
            |line: &str| serde_json::from_str::<Value>(line).unwrap()["eventId"].as_str().map(str::to_owned);
        let known: HashSet<String> = ran.out.lines().filter_map(ids_of).collect();
        let doubts = doubts(&bench);
        let there = ids(&mut bench.admin().await).await;
        assert!(!known.is_empty() && known.is_subset(&there));
        assert!(
            there.iter().all(|id| known.contains(id) || doubts.contains(id)),
            "each is told or kept as unknown"
        );
        assert!(!doubts.is_empty() && doubts.is_disjoint(&known), "{doubts:?}");
    }
}

#[tokio::test]
async fn what_is_sent_does_not_hang_on_who_reads_of_it() {
    let bench = Bench::new(PrivateRedis::start(), "");
    let content: String = (1..=3_000).map(|at| event(at) + "\n").collect();
    std::fs::write(bench.path("events"), content).unwrap();
    let mut admin = bench.admin().await;
    let copies = [&COPIES[..], &["--count", "250"]].concat();
    for (arguments, phrase, keys) in [
        (&copies[..], "250 events were published", 250),
        (&["--events", "events", "-o", "json"], "3,000 lines: 3,000 published", 3_000),
    ] {
        admin.run("FLUSHALL").await;
        let mut child = bench.command(arguments).stdout(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let ran = Ran::of(child.wait_with_output().unwrap());
        assert_eq!(ran.code, 0, "all of it was sent: {}", ran.notes);
        assert_eq!(
            ran.notes.matches("nobody reads standard output any more: sending goes on").count(),
            1,
            "{}",
            ran.notes
        );
        assert!(ran.notes.contains(phrase), "{}", ran.notes);
        // The marker of an id lies beside each event.
        assert!(admin.get::<u64>("DBSIZE").await >= keys, "{}", ran.notes);
    }
}

#[tokio::test]
async fn a_full_disk_stops_the_sending_and_it_says_what_was_sent() {
    let bench = Bench::new(PrivateRedis::start(), "");
    let full = || std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let copies = [&COPIES[..], &["--count", "250"]].concat();
    let child = bench.command(&copies).stdout(full()).spawn().unwrap();
    let ran = Ran::of(child.wait_with_output().unwrap());
    assert_eq!(ran.code, 1, "{}", ran.notes);
    let mut admin = bench.admin().await;
    assert_eq!(length(&mut admin).await, 100, "{}", ran.notes);
    for phrase in ["100 events were published", "150 more events were not sent", "cannot be written"] {
        assert!(ran.notes.contains(phrase), "{}", ran.notes);
    }
}

#[tokio::test]
async fn a_line_without_an_id_is_bad_as_the_same_again_would_double_it() {
    let bench = Bench::new(PrivateRedis::start(), "");
    let (id, rest) =
        event(1).split_at(1).1.split_once(',').map(|(id, rest)| (id.to_owned(), rest.to_owned())).unwrap();
    assert!(id.starts_with("\"id\""), "{id}");
    std::fs::write(bench.path("events"), format!("\u{feff}\n{{{rest}\n")).unwrap();
    let ran = Ran::of(bench.command(&["--events", "events", "--skip-bad"]).output().unwrap());
    assert_eq!((ran.code, ran.out.as_str()), (1, "1 line: 0 published, 1 bad\n"), "{}", ran.notes);
    assert!(
        ran.notes.starts_with("line 2: /id: expected a UUID, found nothing; without an id of its own"),
        "{}",
        ran.notes
    );
    assert!(ran.notes.contains("would publish it twice"), "{}", ran.notes);
}

#[tokio::test]
async fn a_terminal_is_told_how_far_it_is() {
    let bench = Bench::new(PrivateRedis::start(), "");
    let content: String = (1..=400).map(|at| event(at) + "\n").collect();
    std::fs::write(bench.path("events"), content).unwrap();
    // So slow that there is something to tell of.
    let mut command = bench.command(&["--events", "events", "--rate", "100"]);
    command.env("HOME", bench.path(""));
    let (mut terminal, mut program) = pty::start(&command, (60, 20));
    let (mut written, mut bytes) = (String::new(), [0; 4096]);
    while !written.contains("400 lines: 400 published") {
        let read = terminal.read(&mut bytes).unwrap_or_default();
        assert!(read > 0, "it ended early: {written}");
        written.push_str(&String::from_utf8_lossy(&bytes[..read]));
    }
    assert!(program.wait().unwrap().success());
    let told: Vec<_> = written.lines().filter(|line| line.contains("/400  published ")).collect();
    assert!(!told.is_empty() && told.iter().all(|line| line.trim_end().ends_with("/s")), "{written}");
}
