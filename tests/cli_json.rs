//! docs/json.md against the program: what the verbs print on a real Redis has the keys of its examples.

#![cfg(feature = "cli")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "all of this is tests; a failing one must say where")]

#[path = "support/letters.rs"]
mod letters;
#[path = "support/redis_server.rs"]
mod redis_server;
#[path = "support/sessions.rs"]
mod sessions;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use redis_server::{PrivateRedis, load_fixture};
use serde_json::Value;
use sessions::Admin;
use tidings::bus::{KeptPlan, Runs};

const DOC: &str = include_str!("../docs/json.md");
/// What lies in here belongs to whoever published it, or wrote the schema.
const OPAQUE: [&str; 4] = ["event", "fields", "schema", "payload"];

/// The examples of the page, by what follows `json` at the head of their block: `types show`.
fn documented() -> BTreeMap<String, Vec<Value>> {
    let mut examples: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let mut lines = DOC.lines();
    while let Some(line) = lines.next() {
        if let Some(verb) = line.strip_prefix("```json ") {
            let block = lines.by_ref().take_while(|line| *line != "```");
            let values = block.map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}")));
            examples.entry(verb.to_owned()).or_default().extend(values);
        }
    }
    examples
}

/// The keys of a value in their order: `{a,b:[{c}]}`. Of lists the first item counts; what is `null` or empty has none.
fn shape(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let inner = |name: &str, value| if OPAQUE.contains(&name) { String::new() } else { shape(value) };
            let members = members.iter().map(|(name, value)| format!("{name}{}", inner(name, value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
        Value::Array(items) => items.first().map_or_else(String::new, |first| match shape(first).as_str() {
            "" => String::new(),
            inner => format!("[{inner}]"),
        }),
        _ => String::new(),
    }
}

/// The shape without what is inside of the members: what a `null` in one of them leaves to compare.
fn keys(value: &Value) -> Vec<String> {
    value.as_object().unwrap().keys().cloned().collect()
}

/// Runs the program in a folder of its own, without any configuration.
struct Bench {
    server: PrivateRedis,
    folder: tempfile::TempDir,
    seen: BTreeSet<String>,
    documented: BTreeMap<String, Vec<Value>>,
}

impl Bench {
    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_tidings"))
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("HOME", self.folder.path())
            .env("REDIS_URL", self.server.url())
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    /// The lines of `tidings ARGUMENTS -o json`, which ends with `exit`.
    fn lines(&self, arguments: &[&str], exit: i32) -> Vec<Value> {
        let output = self.run(&[arguments, &["-o", "json"]].concat());
        let (out, notes) =
            (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        assert_eq!(output.status.code(), Some(exit), "{arguments:?}:\n{out}\n{notes}");
        out.lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}")))
            .collect()
    }

    /// Every line printed is like an example of `block`, and every example has been printed.
    fn matches(&mut self, block: &str, arguments: &[&str], exit: i32) {
        let examples = &self.documented[block];
        for line in self.lines(arguments, exit) {
            let like = examples.iter().find(|example| keys(example) == keys(&line));
            let like =
                like.unwrap_or_else(|| panic!("docs/json.md has no '{block}' with the keys of\n{line}"));
            // Members that are null in one of them say nothing of what is inside.
            for (name, member) in line.as_object().unwrap() {
                let (found, told) = (shape(member), shape(&like[name]));
                let comparable = !found.is_empty() && !told.is_empty() && !OPAQUE.contains(&name.as_str());
                assert!(!comparable || found == told, "'{block}', {name}: {found} and {told}");
            }
            self.seen.insert(format!("{block} {:?}", keys(&line)));
        }
    }
}

const TENANT: &str = "189c996e-43d3-4c53-9f4e-dbe5c1c5e9e6";

#[tokio::test]
async fn verbs_print_what_the_page_shows() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    let mut bench = Bench {
        server,
        folder: tempfile::tempdir().unwrap(),
        seen: BTreeSet::new(),
        documented: documented(),
    };
    let payload = r#"{"ticketId":"7b9d493c-9d7c-46d6-a6b0-99ba984ea078","userId":"88bec41e-a074-43d9-873d-8c8d1d83c358"}"#;
    let publish = ["publish", "TICKET_UPDATED", "--tenant", TENANT, "--payload", payload, "--count", "2"];
    bench.matches("publish", &publish, 0);
    bench.matches("publish --dry-run", &[&publish[..], &["--dry-run"]].concat(), 0);
    let event = format!(
        r#"{{"id":"6a1f2b9c-7e13-452d-81b7-9892c8fdd92e","eventType":"ANY","timestamp":"2026-11-23T18:49:12.545Z","payload":{{"tenantId":"{TENANT}"}}}}"#
    );
    std::fs::write(bench.folder.path().join("events"), format!("{event}\nnonsense\n")).unwrap();
    bench.matches("publish --events", &["publish", "--events", "events", "--skip-bad"], 1);
    admin.run("DEL event::ANY").await;
    bench.matches("history", &["history"], 0);
    let template = bench.folder.path().join("template.toml");
    std::fs::write(&template, "type = \"A\"\npayload = '{\"n\": {{prompt:n}}}'\n").unwrap();
    let made = bench.run(&["templates", "new", "a", "--from", template.to_str().unwrap()]);
    assert!(made.status.success(), "{made:?}");
    bench.matches("templates", &["templates"], 0);
    bench.matches("templates show", &["templates", "show", "a"], 0);
    // A group that is past everything: it was given the event, and is done with it.
    admin.run("XGROUP CREATE event::ORDER_PLACED ticket-email 99999999999999-0 MKSTREAM").await;
    let wait = ["publish", "ORDER_PLACED", "--tenant", TENANT, "--wait"];
    bench.matches("publish --wait", &wait, 0);
    admin.run("DEL event::ORDER_PLACED").await;
    admin.send(&[b"XADD", b"event::TICKET_UPDATED", b"*", b"event", b"{\"id\": \xff}", b"trace", b"a"]).await;
    let misfit = format!(
        r#"{{"id":"57f7e9a7-7e13-452d-81b7-9892c8fdd92e","eventType":"TICKET_UPDATED","timestamp":"2026-11-23T18:49:12.545Z","payload":{{"tenantId":"{TENANT}"}}}}"#
    );
    admin.send(&[b"XADD", b"event::TICKET_UPDATED", b"*", b"event", misfit.as_bytes()]).await;
    admin.run("XGROUP CREATE event::TICKET_UPDATED ticket-email 0").await;
    bench.matches("tail", &["tail", "--no-follow"], 0);
    record_failure(&mut admin, "57f7e9a7-7e13-452d-81b7-9892c8fdd92e").await;
    bench.matches("stats", &["stats"], 0);
    let config = bench.folder.path().join("work.toml");
    let handlers = "[[handlers]]\nname = 'mail'\ntypes = ['*']\nkind = 'exec'\nstart = 'beginning'\ncommand = ['false']\n\
        attempts = 2\nbase = '1ms'\n[[handlers]]\nname = 'audit'\ntypes = ['*']\nkind = 'log'\nstart = 'beginning'\n";
    std::fs::write(&config, handlers).unwrap();
    bench.matches("work", &["work", "--drain", "--config", config.to_str().unwrap()], 0);
    admin.run("HSETNX event::$handlers ticket-email 1795459750000").await;
    admin.run("XGROUP CREATECONSUMER event::TICKET_UPDATED ticket-email worker-1").await;
    bench.matches("handlers", &["handlers"], 0);
    bench.matches("handlers", &["handlers", "list", "--connect-timeout", "5s"], 0);
    for words in [
        "XREADGROUP GROUP ticket-email worker-1 COUNT 1 STREAMS event::TICKET_UPDATED >",
        "ZADD event::TICKET_UPDATED:schedule 1795459752545 ticket-email|1-1",
        "XADD event::TICKET_UPDATED:dead-letter * handler ticket-email error [\"boom\"] sourceMessageId 1-2 attempts 3",
    ] {
        admin.run(words).await;
    }
    bench.matches("handlers show", &["handlers", "show", "ticket-email"], 0);
    bench.matches("doctor", &["doctor"], 0);
    bench.matches("types list", &["types"], 0);
    bench.matches("types show", &["types", "show", "TICKET_CREATED"], 0);
    let good = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/schemas/native/TICKET_CREATED.json");
    bench.matches("types check", &["types", "check", good], 0);
    bench.matches("types check", &["types", "check", "missing/TICKET_CREATED.json"], 1);
    bench.matches("config show", &["config", "show"], 0);
    bench.matches("config path", &["config", "path"], 0);
    bench.matches("config path", &["config", "init"], 0);
    let themes = bench.folder.path().join(".config/tidings/themes");
    std::fs::create_dir(&themes).unwrap();
    std::fs::write(themes.join("night.toml"), "inherits = 'tide'\n[styles]\nscreen = {}\n").unwrap();
    std::fs::write(themes.join("dark.toml"), "[styles]\nfaild = 'red'\n").unwrap();
    bench.matches("themes", &["themes"], 0);
    bench.matches("themes", &["themes", "list"], 0);
    bench.matches("themes show", &["themes", "show", "night"], 0);
    // 'audit' has ended its work, and nobody runs it.
    bench.matches("handlers forget", &["handlers", "forget", "audit", "--yes"], 0);
    assert!(Path::new(&bench.folder.path().join(".config/tidings/config.toml")).exists());
    failed_events(&mut bench, &mut admin).await;
    let told: BTreeSet<_> = bench
        .documented
        .iter()
        .flat_map(|(block, examples)| {
            examples.iter().map(move |example| format!("{block} {:?}", keys(example)))
        })
        .collect();
    assert_eq!(bench.seen, told, "each example of the page is printed by its verb");
}

/// What is done to failed events, and the journal of it.
async fn failed_events(bench: &mut Bench, admin: &mut Admin) {
    let places = letters::fill(admin, 5, "mail").await;
    let [retried, edited, aside, exported, foreign] = [0, 1, 2, 3, 4].map(|at| places[at].to_string());
    bench.matches("failed list", &["failed", "list"], 0);
    bench.matches("failed retry --dry-run", &["failed", "retry", &retried, "--dry-run"], 0);
    bench.matches("failed retry", &["failed", "retry", &retried, "--yes", "--reason", "mended"], 0);
    // It died again: what is known of it has a retry by hand.
    let again =
        letters::add(admin, &format!("{}:dead-letter", letters::STREAM), &letters::letter(0, "mail", 2))
            .await;
    let again = letters::dead(letters::STREAM, again).to_string();
    let known = bench.lines(&["failed", "show", &again], 0);
    assert!(!shape(&known[0]["retried"]).is_empty() && !shape(&known[0]["history"]).is_empty(), "{known:?}");
    bench.matches("failed show", &["failed", "show", &again], 0);
    let edit = ["failed", "edit", &edited, "--set", "n:=2", "--dry-run"];
    bench.matches("failed edit --dry-run", &edit, 0);
    bench.matches(
        "failed discard --dry-run",
        &["failed", "discard", &aside, "--dry-run", "--reason", "old"],
        0,
    );
    bench.matches("failed edit", &["failed", "edit", &edited, "--set", "n:=2", "--yes"], 0);
    let kept = bench.run(&["failed", "export", &exported]).stdout;
    std::fs::write(bench.folder.path().join("kept.jsonl"), kept).unwrap();
    bench.matches("failed export", &["failed", "export", &exported], 0);
    bench.matches("failed discard", &["failed", "purge", &exported, "--yes"], 0);
    bench.matches("failed import", &["failed", "import", "kept.jsonl", "--yes"], 0);
    bench.matches("failed discard", &["failed", "discard", &aside, "--yes"], 0);
    bench.matches("failed discard", &["failed", "restore", "--state", "discarded", "--yes"], 0);
    let pending: Vec<(String, String, u64, u64)> =
        admin.get("XPENDING event::TICKET_UPDATED ticket-email - + 1").await;
    admin
        .run(&format!("XCLAIM event::TICKET_UPDATED ticket-email worker-1 0 {} IDLE 3600000", pending[0].0))
        .await;
    bench.matches("failed discard", &["failed", "release", "--state", "stuck", "--yes"], 0);
    // A plan with something that this run may not touch: what was refused is told.
    let plan = KeptPlan {
        id: "plan-1".to_owned(),
        who: "jo".to_owned(),
        at: chrono::Utc::now(),
        reason: None,
        runs: Runs::Failed,
        pace: "at-once".to_owned(),
        items: vec![foreign.parse().unwrap()],
        attempts: std::collections::BTreeMap::new(),
    };
    letters::operator(&sessions::native(&bench.server.url())).keep(&plan).await.unwrap();
    let other = ["--tenant", "00000000-0000-4000-8000-000000000000"];
    let resume = ["failed", "retry", "--resume", "plan-1", "--yes"];
    let refused = bench.lines(&[&other[..], &resume[..]].concat(), 1);
    assert!(!shape(&refused[0]["refusals"]).is_empty(), "{refused:?}");
    bench.matches("failed retry", &[&other[..], &resume[..]].concat(), 1);
    bench.matches("journal", &["journal"], 0);
}

/// What a worker tells of a failed attempt at this event.
async fn record_failure(admin: &mut Admin, event: &str) {
    let fields = [
        ("handler", "sla"),
        ("eventId", event),
        ("type", "TICKET_UPDATED"),
        ("tenant", TENANT),
        ("sourceStream", "event::TICKET_UPDATED"),
        ("sourceMessageId", "7-1"),
        ("attempt", "3"),
        ("kind", "timed-out"),
        ("ms", "30"),
        ("at", "2026-11-23T19:42:38.555Z"),
        ("error", r#"["no end within 30ms"]"#),
        ("next", "dead"),
        ("reason", "exhausted"),
        ("consumer", "web-1-2"),
        ("host", "web"),
    ];
    let mut words: Vec<&[u8]> = vec![b"XADD", b"event::$failures", b"*"];
    words.extend(fields.iter().flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]));
    admin.send(&words).await;
}

#[tokio::test]
async fn errors_are_counted_and_a_tail_can_ask_for_them() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    let bench = Bench {
        server,
        folder: tempfile::tempdir().unwrap(),
        seen: BTreeSet::new(),
        documented: documented(),
    };
    let payload = r#"{"ticketId":"7b9d493c-9d7c-46d6-a6b0-99ba984ea078","userId":"88bec41e-a074-43d9-873d-8c8d1d83c358"}"#;
    let publish = ["publish", "TICKET_UPDATED", "--tenant", TENANT, "--payload", payload, "--count", "3"];
    let published = bench.lines(&publish, 0);
    let failed = published[1]["eventId"].as_str().unwrap();
    record_failure(&mut admin, failed).await;
    record_failure(&mut admin, failed).await;
    let text = String::from_utf8(bench.run(&["stats"]).stdout).unwrap();
    assert!(
        text.contains("errors: 2 failed attempts in 1 group") && text.contains("no end within <duration>"),
        "{text}"
    );
    let totals = bench.lines(&["stats"], 0).pop().unwrap();
    assert_eq!(totals["totals"]["failures"]["count"], 2);
    let other = bench.lines(&["stats", "--tenant", "00000000-0000-4000-8000-000000000000"], 0).pop().unwrap();
    assert_eq!(other["totals"]["failures"]["count"], 0, "a lock narrows the errors");
    for (filter, count) in [
        ("is:failed", 1),
        ("handler:sla attempt>2 error:\"no end\"", 1),
        ("is:dead", 1),
        ("is:retrying", 0),
        ("not is:failed", 2),
    ] {
        let printed = bench.lines(&["tail", "--no-follow", "--filter", filter], 0);
        assert_eq!(printed.len(), count, "{filter}");
        assert!(count != 1 || printed[0]["event"]["id"] == failed);
    }
    let refused = bench.run(&["tail", "--filter", "is:stuck"]);
    let told = String::from_utf8(refused.stderr).unwrap();
    assert!(
        refused.status.code() == Some(2) && told.contains("'is:stuck' is known of failed events only"),
        "{told}"
    );
    let alga = bench.run(&["tail", "--profile", "alga-psa", "--no-follow", "--filter", "is:failed"]);
    let told = String::from_utf8(alga.stderr).unwrap();
    assert!(told.contains("this bus records no failed attempts"), "{told}");
    let text = String::from_utf8(bench.run(&["stats", "--profile", "alga-psa"]).stdout).unwrap();
    assert!(text.contains("errors: not recorded on this bus; `tidings handlers`"), "{text}");
}

#[tokio::test]
async fn the_captured_bus_in_numbers() {
    let server = PrivateRedis::start();
    load_fixture(&server.url()).await;
    let bench = Bench {
        server,
        folder: tempfile::tempdir().unwrap(),
        seen: BTreeSet::new(),
        documented: documented(),
    };
    let lines = bench.lines(&["stats", "--profile", "alga-psa"], 0);
    let totals = &lines.last().unwrap()["totals"];
    assert_eq!(lines.len(), 291);
    for (name, count) in
        [("streams", 290), ("emptyStreams", 271), ("pending", 6), ("deadLetters", 21), ("lag", 269)]
    {
        assert_eq!(totals[name], count, "{name}");
    }
    let mail = bench.lines(&["stats", "--profile", "alga-psa", "--channel", "emailservice::v7"], 0);
    assert_eq!(mail.last().unwrap()["totals"]["deadLetters"], 8, "one channel");
    let checks = bench.lines(&["doctor", "--profile", "alga-psa"], 0);
    for check in checks.iter().filter(|check| check["level"] == "ok") {
        let name = check["check"].as_str().unwrap();
        assert!(DOC.contains(&format!("`{name}`")), "docs/json.md names the check {name}");
    }
    // What is heard is judged when it goes on for a while.
    let has = |lines: &[serde_json::Value], name: &str| lines.iter().any(|line| line["check"] == name);
    let longer = bench.lines(&["doctor", "--profile", "alga-psa", "--for", "1s"], 0);
    assert!(!has(&checks, "schema") && has(&longer, "schema"), "{longer:?}");
}

#[tokio::test]
async fn exit_codes_are_what_the_page_says() {
    let server = PrivateRedis::start_with(&["--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru"]);
    let bench = Bench {
        server,
        folder: tempfile::tempdir().unwrap(),
        seen: BTreeSet::new(),
        documented: documented(),
    };
    let publish = ["publish", "ANY", "--tenant", "acme"];
    for (arguments, exit) in [
        (&["stats"][..], 0),
        (&["doctor"], 1),
        (&["stats", "--url", "redis://127.0.0.1:1", "--connect-timeout", "1ms"], 1),
        (&["handlers", "--url", "redis://127.0.0.1:1", "--connect-timeout", "1ms"], 1),
        (&["stats", "--profile", "pubsub"], 1),
        (&["handlers", "--profile", "pubsub"], 1),
        (&["handlers", "show", "nobody"], 1),
        (&["handlers", "show"], 2),
        (&["handlers", "forget", "nobody", "--yes"], 1),
        (&["handlers", "forget", "nobody", "--yes", "--read-only"], 1),
        (&["handlers", "forget", "nobody"], 2),
        (&["handlers", "forget", "No Name", "--yes"], 2),
        (&["stats", "--url", "http://127.0.0.1"], 2),
        (&["stats", "--context", "nope"], 2),
        (&["stats", "--connect-timeout", "soon"], 2),
        (&publish, 0),
        (&["publish", "TICKET_CREATED", "--tenant", "acme"], 1),
        (&["publish", "ANY"], 2),
        (&["publish", "ANY", "--tenant", "acme", "--read-only"], 1),
        (
            &[
                "publish",
                "ANY",
                "--tenant",
                "acme",
                "--url",
                "redis://127.0.0.1:1",
                "--connect-timeout",
                "1ms",
            ],
            1,
        ),
        (&["publish", "ANY", "--tenant", "acme", "--payload", "[]"], 2),
    ] {
        let output = bench.run(arguments);
        let notes = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(exit), "{arguments:?}: {notes}");
        if exit > 1 {
            assert!(output.stdout.is_empty() && notes.starts_with("error: "), "{arguments:?}: {notes}");
        }
        // Of its own errors, each says what to do next. (Those of clap end with a hint at --help.)
        let told = notes.split_once("error: ").is_none_or(|(_, error)| error.trim_end().contains('\n'));
        assert!(told, "{arguments:?}: {notes}");
    }
}

#[test]
fn a_tail_that_nobody_reads_any_more_ends_on_a_quiet_bus_too() {
    let server = PrivateRedis::start();
    let mut child = Command::new(env!("CARGO_BIN_EXE_tidings"))
        .args(["tail", "--url", &server.url(), "--config", "/dev/null"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut notes = BufReader::new(child.stderr.take().unwrap());
    let mut connected = String::new();
    notes.read_line(&mut connected).unwrap();
    assert!(connected.starts_with("connected to "), "{connected}");
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let mut more = String::new();
    notes.read_to_string(&mut more).unwrap();
    // Where it came as far as looking, it may have said that nothing is there.
    let told = more.lines().find(|line| !line.starts_with("no type streams here"));
    assert_eq!(told, None, "a quiet end");
}
