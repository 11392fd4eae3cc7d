//! `tidings publish --events`: files with bad lines, pipes, a server that is killed or full.

use std::collections::{BTreeMap, HashSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Instant;

use serde_json::Value;
use uuid::Uuid;

use crate::redis_server::PrivateRedis;
use crate::sessions::{Admin, until};

/// Larger than this no event may be.
const LIMIT: usize = 2_000;
const TYPES: [&str; 3] = ["TICKET_CREATED", "TICKET_UPDATED", "TICKET_CLOSED"];

/// A folder with a config, and a server.
pub(crate) struct Bench {
    pub(crate) server: PrivateRedis,
    folder: tempfile::TempDir,
}

impl Bench {
    pub(crate) fn new(server: PrivateRedis, more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = server.url();
        let config = format!(
            "[contexts.t]\nurl = \"{url}\"\nmax_event_bytes = {LIMIT}\ncommand_timeout_ms = 1500\n{more}"
        );
        std::fs::write(folder.path().join("config.toml"), config).unwrap();
        Self { server, folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tidings"));
        command.arg("--config").arg(self.path("config.toml")).args(["--context", "t", "publish"]);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.current_dir(self.folder.path()).env("HOME", self.folder.path());
        command.env_remove("XDG_STATE_HOME").env_remove("XDG_CONFIG_HOME");
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).output().unwrap())
    }

    /// Starts it; what it prints goes into a file, as nobody reads it meanwhile.
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        let out = std::fs::File::create(self.path("out")).unwrap();
        self.command(arguments).stdout(out).spawn().unwrap()
    }

    /// Waits for what was started.
    pub(crate) fn ended(&self, child: Child) -> Ran {
        let mut output = child.wait_with_output().unwrap();
        output.stdout = std::fs::read(self.path("out")).unwrap();
        Ran::of(output)
    }

    pub(crate) async fn admin(&self) -> Admin {
        Admin::at(&self.server.url()).await
    }
}

pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) notes: String,
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            notes: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The published events, and the totals behind them.
    fn json(&self) -> (Vec<Value>, Value) {
        let mut lines: Vec<Value> =
            self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let totals = lines.pop().unwrap()["totals"].take();
        assert!(totals.is_object(), "{}\n{}", self.out, self.notes);
        (lines, totals)
    }
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value}"))
}

pub(crate) fn event(number: usize) -> String {
    let id = Uuid::from_u128(0x4000_8000_0000_0000_0000 + number as u128);
    let event_type = TYPES[number % 3];
    format!(
        r#"{{"id":"{id}","eventType":"{event_type}","timestamp":"2026-11-23T19:42:38.555Z","payload":{{"tenantId":"189c996e-43d3-4c53-9f4e-dbe5c1c5e9e6","ticketId":"7b9d493c-9d7c-46d6-a6b0-99ba984ea078","userId":"88bec41e-a074-43d9-873d-8c8d1d83c358","n":{number}}}}}"#
    )
}

/// Every hundredth line is bad, in one of five ways.
fn line(number: usize) -> (Vec<u8>, Option<&'static str>) {
    let good = event(number);
    if number % 100 != 42 {
        return (good.into_bytes(), None);
    }
    match number / 100 % 5 {
        0 => (good.as_bytes()[..good.len() - 1].to_vec(), Some("json")),
        1 => (
            good.replace(r#""tenantId":"189c996e-43d3-4c53-9f4e-dbe5c1c5e9e6","#, "").into_bytes(),
            Some("missing"),
        ),
        2 => (good.replace("7b9d493c-9d7c", "TCK-\\u001b[2J").into_bytes(), Some("schema")),
        3 => (
            good.replace(r#""n":"#, &format!(r#""text":"{}","n":"#, "x".repeat(LIMIT))).into_bytes(),
            Some("size"),
        ),
        _ => {
            let mut bytes = good.into_bytes();
            bytes[40] = 0xff;
            (bytes, Some("utf8"))
        }
    }
}

/// The ids of what lies in the streams, each with how often.
async fn lying(admin: &mut Admin, prefix: &str) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for event_type in TYPES {
        let entries: Vec<(String, Vec<String>)> =
            admin.get(&format!("XRANGE {prefix}{event_type} - +")).await;
        for (_, fields) in entries {
            let event: Value = serde_json::from_str(&fields[1]).unwrap();
            *found.entry(event["id"].as_str().unwrap().to_owned()).or_default() += 1;
        }
    }
    found
}

/// With 100,000 lines: `TIDINGS_SEND_LINES=100000 cargo nextest run --test send --no-capture one_in_a_hundred`.
#[tokio::test]
async fn one_in_a_hundred_is_bad_and_the_others_are_published_once_each() {
    let lines = std::env::var("TIDINGS_SEND_LINES").map_or(20_000, |lines| lines.parse().unwrap());
    let bench = Bench::new(PrivateRedis::start(), "");
    let (mut content, mut bad) = (Vec::new(), Vec::new());
    for at in 1..=lines {
        let (text, fault) = line(at);
        content.extend_from_slice(&text);
        content.push(b'\n');
        bad.extend(fault.map(|kind| (at, kind, text)));
    }
    std::fs::write(bench.path("events"), &content).unwrap();
    let good = lines - bad.len();
    assert_eq!(bad.len(), lines / 100);

    // Where every line must be good, nothing is sent.
    let refused = bench.run(&["--events", "events"]);
    assert_eq!(refused.code, 1, "{}", refused.notes);
    assert!(refused.notes.contains(": nothing was published\n"), "{}", refused.notes);
    let mut admin = bench.admin().await;
    assert_eq!(admin.get::<u64>("DBSIZE").await, 0);

    let publish = ["--events", "events", "--skip-bad", "--bad-lines", "bad", "-o", "json"];
    let begun = Instant::now();
    let ran = bench.run(&publish);
    let took = begun.elapsed();
    assert_eq!(ran.code, 1, "not all of it was published: {}", ran.notes);
    let (published, totals) = ran.json();
    assert_eq!(published.len(), good);
    assert_eq!(number(&totals["lines"]), lines as u64);
    assert_eq!((number(&totals["published"]), number(&totals["bad"])), (good as u64, bad.len() as u64));
    assert_eq!((number(&totals["repeated"]), number(&totals["notSent"])), (0, 0));
    assert_eq!((number(&totals["unknown"]), number(&totals["left"])), (0, 0));
    assert_eq!(totals["state"], "finished");
    let there = lying(&mut admin, "event::").await;
    assert!(there.len() == good && there.values().all(|times| *times == 1));
    let ids: HashSet<_> = published.iter().map(|line| line["eventId"].as_str().unwrap()).collect();
    assert!(there.keys().all(|id| ids.contains(id.as_str())));

    // The bad ones: the first twenty by line and reason, all of them counted, and written out.
    let told: Vec<_> = ran.notes.lines().collect();
    for ((at, ..), told) in bad.iter().zip(&told[..20]) {
        assert!(told.starts_with(&format!("line {at}: ")), "{told}");
    }
    assert_eq!(told[20], format!("and {} more bad lines", tidings::text::count(bad.len() as u64 - 20)));
    assert!(told[21].contains(" bad lines are written to bad, and what is wrong to bad.reasons.jsonl"));
    assert_eq!(told.len(), 22, "and nothing else where no terminal is: {}", ran.notes);
    assert!(!ran.notes.contains('\u{1b}'));
    let written = std::fs::read(bench.path("bad")).unwrap();
    let expected: Vec<u8> = bad.iter().flat_map(|(_, _, text)| [&text[..], b"\n"].concat()).collect();
    assert!(written == expected, "to the letter");
    let reasons = std::fs::read_to_string(bench.path("bad.reasons.jsonl")).unwrap();
    for ((at, kind, _), (index, reason)) in bad.iter().zip(reasons.lines().enumerate()) {
        let reason: Value = serde_json::from_str(reason).unwrap();
        assert_eq!((number(&reason["line"]), number(&reason["badLine"])), (*at as u64, index as u64 + 1));
        assert_eq!(reason["kind"], *kind, "{reason}");
    }
    assert_eq!(reasons.lines().count(), bad.len());

    // The same again makes no doubles.
    let again = bench.run(&["--events", "events", "--skip-bad"]);
    let count = tidings::text::count;
    let (lines, good, bad) = (count(lines as u64), count(good as u64), count(bad.len() as u64));
    assert_eq!(again.out, format!("{lines} lines: 0 published, {good} there already, {bad} bad\n"));
    assert_eq!(lying(&mut admin, "event::").await, there);
    println!("{lines} lines: {good} published once each, {bad} bad ones listed and written, in {took:.1?}");
}

#[tokio::test]
async fn a_pipe_is_published_as_it_comes_and_ends_at_the_first_bad_line() {
    let bench = Bench::new(PrivateRedis::start(), "");
    let mut admin = bench.admin().await;
    for (skip, published) in [(false, 3), (true, 4)] {
        admin.run("FLUSHALL").await;
        let mut command = bench.command(&["--events", "-", "-o", "json"]);
        if skip {
            command.arg("--skip-bad");
        }
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        let mut pipe = child.stdin.take().unwrap();
        writeln!(pipe, "{}\n{}\n{}", event(1), event(2), event(3)).unwrap();
        until("what came is there", async || lying(&mut admin, "event::").await.len() == 3).await;
        // It may be gone already when the last line comes.
        let _ = writeln!(pipe, "nonsense").and_then(|()| writeln!(pipe, "{}", event(4)));
        drop(pipe);
        let ran = Ran::of(child.wait_with_output().unwrap());
        assert_eq!(ran.code, 1, "{}", ran.notes);
        let (_, totals) = ran.json();
        assert_eq!((number(&totals["published"]), number(&totals["bad"])), (published, 1), "{}", ran.notes);
        assert_eq!(totals["state"], if skip { "finished" } else { "stopped" });
        assert_eq!(totals["left"], Value::Null, "nobody knows what would have come");
        assert!(ran.notes.starts_with("line 4: "), "{}", ran.notes);
        assert_eq!(lying(&mut admin, "event::").await.len() as u64, published);
    }
}

#[tokio::test]
async fn a_server_that_is_killed_leaves_nothing_untold_and_the_same_again_no_doubles() {
    const LINES: usize = 3_000;
    let mut bench = Bench::new(PrivateRedis::start_durable(), "");
    let content: String = (1..=LINES).map(|at| event(at) + "\n").collect();
    std::fs::write(bench.path("events"), content).unwrap();
    let child = bench.start(&["--events", "events", "--rate", "2000", "-o", "json"]);
    let mut admin = bench.admin().await;
    until("a third of it is there", async || lying(&mut admin, "event::").await.len() > LINES / 3).await;
    bench.server.kill9();
    let ran = bench.ended(child);
    bench.server.restart();
    let (published, totals) = ran.json();
    let part = |name: &str| number(&totals[name]);
    assert_eq!(part("published"), published.len() as u64);
    let all = part("published") + part("repeated") + part("notSent") + part("unknown") + part("left");
    assert_eq!((all, part("lines"), part("bad")), (LINES as u64, LINES as u64, 0));
    assert_eq!(ran.code, if part("unknown") > 0 { 3 } else { 1 }, "{}", ran.notes);
    assert_eq!(totals["unknownEvents"].as_array().unwrap().len() as u64, part("unknown"));
    assert!(ran.notes.contains("Run the same again"), "{}", ran.notes);
    if part("left") > 0 {
        // There is no blank line: the number is that of what was taken.
        let behind = part("lines") - part("left") + 1;
        assert!(ran.notes.contains(&format!("{behind} and all behind it")), "{}", ran.notes);
    }
    let mut admin = bench.admin().await;
    let there = lying(&mut admin, "event::").await;
    let ids = |lines: &[Value]| {
        lines.iter().map(|line| line["eventId"].as_str().unwrap().to_owned()).collect::<HashSet<_>>()
    };
    let (sure, unsure) = (ids(&published), ids(totals["unknownEvents"].as_array().unwrap()));
    assert!(sure.iter().all(|id| there.contains_key(id)), "what was published is there");
    assert!(there.keys().all(|id| sure.contains(id) || unsure.contains(id)), "and nothing that was not sent");
    let again = bench.run(&["--events", "events"]);
    assert_eq!(again.code, 0, "{}", again.notes);
    let after = lying(&mut admin, "event::").await;
    assert!(after.len() == LINES && after.values().all(|times| *times == 1));
    let count = tidings::text::count;
    let (new, old) = (count((LINES - there.len()) as u64), count(there.len() as u64));
    assert_eq!(again.out, format!("3,000 lines: {new} published, {old} there already\n"));
}

#[tokio::test]
async fn a_full_stream_is_waited_for_and_nothing_unread_is_pushed_out() {
    const LINES: usize = 3_000;
    const GROUP: &str = "event-processors";
    let more = "profile = \"alga-psa\"\n[contexts.t.alga_psa]\nmax_stream_length = 300\n";
    let bench = Bench::new(PrivateRedis::start(), more);
    let content: String = (1..=LINES).map(|at| event(at) + "\n").collect();
    std::fs::write(bench.path("events"), content).unwrap();
    let mut admin = bench.admin().await;
    let streams = TYPES.map(|event_type| format!("alga-psa:event-stream:global:{event_type}"));
    for stream in &streams {
        admin.run(&format!("XGROUP CREATE {stream} {GROUP} $ MKSTREAM")).await;
    }
    let mut child = bench.start(&["--events", "events", "-o", "json"]);
    let mut read = HashSet::new();
    let read_all = async |admin: &mut Admin, read: &mut HashSet<String>| {
        for stream in &streams {
            type Entries = Vec<(String, Vec<(String, Vec<String>)>)>;
            let line = format!("XREADGROUP GROUP {GROUP} c COUNT 1000 NOACK STREAMS {stream} >");
            let entries: Option<Entries> = admin.get(&line).await;
            for (_, fields) in entries.into_iter().flatten().flat_map(|(_, entries)| entries) {
                assert!(read.insert(fields[1].clone()), "nothing comes twice");
            }
        }
    };
    until("all of it is sent", async || {
        read_all(&mut admin, &mut read).await;
        child.try_wait().unwrap().is_some()
    })
    .await;
    read_all(&mut admin, &mut read).await;
    let ran = bench.ended(child);
    assert_eq!(ran.code, 0, "{}", ran.notes);
    let (published, _) = ran.json();
    assert_eq!((published.len(), read.len()), (LINES, LINES), "each was read by the group");
    for stream in &streams {
        assert!(admin.get::<u64>(&format!("XLEN {stream}")).await < 500);
    }
}

#[tokio::test]
async fn what_would_be_sent_is_shown_with_the_copy() {
    let bench = Bench::new(PrivateRedis::start(), "profile = \"alga-psa\"\n");
    std::fs::write(bench.path("events"), format!("{}\nnonsense\n", event(3))).unwrap();
    let ran = bench.run(&["--events", "events", "--dry-run", "--workflow-copy"]);
    assert_eq!(ran.code, 1, "{}", ran.notes);
    assert!(ran.notes.starts_with("line 2: "), "{}", ran.notes);
    assert_eq!(ran.out.lines().count(), 1);
    let copy = "workflow:events:global 86400 1000 ";
    assert!(ran.out.starts_with("EVALSHA ") && ran.out.contains(copy), "{}", ran.out);
    assert_eq!(bench.admin().await.get::<u64>("DBSIZE").await, 0);
    let one = [
        "TICKET_CREATED",
        "--tenant",
        "189c996e-43d3-4c53-9f4e-dbe5c1c5e9e6",
        "--payload",
        r#"{"ticketId":"7b9d493c-9d7c-46d6-a6b0-99ba984ea078","userId":"88bec41e-a074-43d9-873d-8c8d1d83c358"}"#,
        "--workflow-copy",
    ];
    let ran = bench.run(&one);
    assert_eq!(ran.code, 0, "{}", ran.notes);
    assert_eq!(bench.admin().await.get::<u64>("XLEN workflow:events:global").await, 1);
    let ran = Ran::of(bench.command(&one).args(["--profile", "native"]).output().unwrap());
    assert_eq!(ran.code, 2, "{}", ran.notes);
    assert!(ran.notes.contains("this profile has no copy for workflows"), "{}", ran.notes);
}

#[tokio::test]
async fn what_cannot_be_read_or_written_is_said_before_anything_is_sent() {
    let bench = Bench::new(PrivateRedis::start(), "");
    std::fs::write(bench.path("events"), event(1) + "\n").unwrap();
    std::fs::write(bench.path("taken"), "mine").unwrap();
    let folder: &Path = bench.folder.path();
    for (arguments, phrase) in [
        (vec!["--events", "none"], "--events 'none' cannot be read: "),
        (vec!["--events", "."], "cannot be read: "),
        (vec!["--events", "events", "--bad-lines", "taken"], "It was left as it is"),
        (vec!["--events", "events", "--bad-lines", "none/x"], "--bad-lines 'none/x' cannot be written: "),
    ] {
        let ran = bench.run(&arguments);
        assert_eq!(ran.code, 1, "{}", ran.notes);
        assert!(ran.notes.contains(phrase), "{}", ran.notes);
    }
    assert_eq!(std::fs::read_to_string(folder.join("taken")).unwrap(), "mine");
    assert!(!folder.join("taken.reasons.jsonl").exists());
    let ran = bench.run(&["ANY", "--tenant", "acme", "--skip-bad"]);
    assert_eq!(ran.code, 2, "{}", ran.notes);
    assert_eq!(bench.admin().await.get::<u64>("DBSIZE").await, 0);
}
