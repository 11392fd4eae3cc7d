//! How verbs end where something is not as it should be: the exit code, and an error that says what, where and what next.

#![cfg(all(feature = "cli", target_os = "linux"))]
#![expect(clippy::unwrap_used, reason = "all of this is tests; a failing one must say where")]

#[path = "support/redis_server.rs"]
mod redis_server;
#[path = "support/sessions.rs"]
mod sessions;

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::os::unix::ffi::OsStringExt as _;
use std::process::{Command, Stdio};

use redis_server::{PrivateRedis, load_fixture};
use sessions::Admin;

const ACME: &str = "189c996e-43d3-4c53-9f4e-dbe5c1c5e9e6";

/// The program without any configuration, in a home of its own.
struct Bench {
    home: tempfile::TempDir,
    url: String,
}

impl Bench {
    fn new(url: &str) -> Self {
        Self { home: tempfile::tempdir().unwrap(), url: url.to_owned() }
    }

    fn command<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tidings"));
        command.args(arguments).env_clear().env("HOME", self.home.path()).env("REDIS_URL", &self.url);
        command.current_dir(self.home.path()).stdin(Stdio::null());
        command
    }

    /// Runs a verb, which must end with `code`; what it wrote on standard error must hold `told`.
    fn ends<A: AsRef<OsStr>>(&self, arguments: &[A], code: i32, told: &str) {
        let shown: Vec<_> = arguments.iter().map(|argument| argument.as_ref().to_string_lossy()).collect();
        let ran = self.command(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&ran.stderr);
        assert_eq!(ran.status.code(), Some(code), "{shown:?}: {said}");
        assert!(said.contains(told), "{shown:?} does not say '{told}': {said}");
    }
}

/// Nobody listens there.
fn nobody() -> Bench {
    Bench::new("redis://127.0.0.1:1/0")
}

#[tokio::test]
async fn a_bus_of_another_profile_is_not_called_healthy_and_empty() {
    let server = PrivateRedis::start();
    load_fixture(&server.url()).await;
    let bench = Bench::new(&server.url());
    for verb in [
        &["tail", "--no-follow"][..],
        &["stats"],
        &["handlers"],
        &["stats", "-o", "json"],
        &["handlers", "-o", "json"],
        &["failed", "list"],
        &["failed", "list", "--state", "dead"],
        &["failed", "retry", "--state", "dead", "--yes"],
    ] {
        bench.ends(verb, 0, "no type streams here; is it the right --profile");
    }
    bench.ends(
        &["--profile", "alga-psa", "failed", "list", "--handler", "nobody"],
        0,
        "no failed event that fits\n",
    );
}

#[tokio::test]
async fn what_may_not_be_looked_at_is_not_called_nothing() {
    let server = PrivateRedis::start();
    load_fixture(&server.url()).await;
    Admin::at(&server.url()).await.run("ACL SETUSER narrow reset on >pw ~nothing +@all").await;
    let bench = Bench::new(&server.url().replace("redis://", "redis://narrow:pw@"));
    let alga = ["--profile", "alga-psa", "failed"];
    for verb in [
        &["list"][..],
        &["retry", "--state", "dead", "--dry-run"],
        &["discard", "--state", "dead", "--dry-run"],
    ] {
        let verb = [&alga[..], verb].concat();
        bench.ends(&verb, 1, "in what may be looked at");
        bench.ends(&verb, 1, "(NOPERM, one of the keys)");
    }
    bench.ends(&[&alga[..], &["export"]].concat(), 1, "may not be looked at");
}

#[tokio::test]
async fn a_right_that_only_the_script_lacks_is_told_as_one() {
    let server = PrivateRedis::start();
    Admin::at(&server.url()).await.run("ACL SETUSER narrow reset on >pw ~* +@all -@stream").await;
    let bench = Bench::new(&server.url().replace("redis://", "redis://narrow:pw@"));
    bench.ends(&["publish", "ANY", "--tenant", "a"], 1, "the user may not do this (NOPERM");
}

#[test]
fn a_channel_is_refused_where_there_are_none() {
    let bench = nobody();
    for verb in
        [&["tail"][..], &["stats"], &["failed", "list"], &["publish", "ANY", "--tenant", "a"], &["handlers"]]
    {
        bench.ends(
            &[&["--channel", "global"], verb].concat(),
            2,
            "the profile native has no channels, and 'global'",
        );
    }
    bench.ends(&["--channel", "all", "stats", "--connect-timeout", "1ms"], 1, "connection refused");
    bench.ends(&["--profile", "pubsub", "--channel", "a", "tail"], 2, "the profile pubsub has no channels");
}

#[test]
fn a_lock_is_not_lifted_by_another_tenant_behind_the_verb() {
    let bench = nobody();
    for (arguments, code, told) in [
        (&["--tenant", ACME, "publish", "ANY", "--tenant", "other"][..], 2, "name all tenants in one place"),
        (&["--tenant=a", "tail", "--tenant=b"], 2, "name all tenants in one place"),
        (&["--tenant", "a", "--tenant", "b", "stats", "--connect-timeout", "1ms"], 1, "connection refused"),
        (&["stats", "--tenant", "a", "--tenant=b", "--connect-timeout", "1ms"], 1, "connection refused"),
    ] {
        bench.ends(arguments, code, told);
    }
}

#[test]
fn what_is_no_text_is_named() {
    let bench = nobody();
    let bytes = OsString::from_vec(b"b\xffd".to_vec());
    bench.ends(&[OsStr::new("stats"), "--context".as_ref(), &bytes], 2, "argument 3 is not UTF-8 text");
    let ran = bench.command(&["stats"]).env("REDIS_URL", &bytes).output().unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.code() == Some(2) && said.contains("REDIS_URL, is not UTF-8 text"), "{said}");
    let secret = OsString::from_vec(b"redis://u:secret\xff@h".to_vec());
    let ran = bench.command(&[OsStr::new("--url"), &secret]).output().unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(said.contains("argument 2 is not") && !said.contains("secret"), "{said}");
}

#[test]
fn what_cannot_be_read_or_written_says_what_can() {
    let bench = nobody();
    std::fs::create_dir(bench.home.path().join("schemas")).unwrap();
    bench.ends(&["types", "check", "schemas"], 2, "'schemas' is a folder");
    bench.ends(&["publish", "ANY", "--tenant", "a", "--payload", "-"], 2, "--payload-file FILE reads it");
    bench.ends(
        &["--url", "redis+unix:///nowhere/r.sock", "stats", "--connect-timeout", "1ms"],
        1,
        "there is no such socket",
    );
    for arguments in [&["--help"][..], &["help", "tail"], &["--version"], &["keys"], &["types"]] {
        let mut command = bench.command(arguments);
        let ran = command
            .stdout(File::options().write(true).open("/dev/full").unwrap())
            .stderr(Stdio::piped())
            .spawn();
        let ran = ran.unwrap().wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&ran.stderr);
        assert_eq!(ran.status.code(), Some(1), "{arguments:?}: {said}");
        assert!(said.contains("standard output cannot be written"), "{arguments:?}: {said}");
    }
}

#[tokio::test]
async fn a_stream_that_nobody_reads_is_told_and_what_was_probably_meant() {
    let server = PrivateRedis::start();
    load_fixture(&server.url()).await;
    let bench = Bench::new(&server.url());
    let publish = |channel: &str, event_type: &str, more: &[&str]| {
        let words = ["--profile", "alga-psa", "publish", event_type, "--tenant", ACME, "--set", "x=1"];
        let channel = if channel.is_empty() { vec![] } else { vec!["--channel", channel] };
        let ran = bench.command(&[&words[..], &channel, more].concat()).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert_eq!(ran.status.code(), Some(0), "{}", text(&ran.stderr));
        (text(&ran.stdout), text(&ran.stderr))
    };
    for (channel, event_type, told) in [
        ("globl", "WORKFLOW_X", "(did you mean --channel global?)"),
        ("nowhere", "WORKFLOW_X", "No stream of the channel 'nowhere' is read; these are: "),
        ("", "NOBODY_TAKES_THIS", "No consumer takes the type NOBODY_TAKES_THIS anywhere on this bus"),
    ] {
        let (out, notes) = publish(channel, event_type, &["-o", "json"]);
        let on = if channel.is_empty() { "global" } else { channel };
        let stream = format!("alga-psa:event-stream:{on}:{event_type}");
        assert!(
            notes.contains(&format!("warning: nobody reads {stream}: it has no consumer group\n")),
            "{notes}"
        );
        assert!(notes.contains(told), "{notes}");
        assert_eq!(out.lines().count(), 1, "what is printed for scripts is as ever: {out}");
        // It connects to nothing.
        assert!(!publish(channel, event_type, &["--dry-run"]).1.contains("nobody reads"));
    }
    let mut admin = Admin::at(&server.url()).await;
    admin.run("XGROUP CREATE alga-psa:event-stream:nowhere:WORKFLOW_X some 0").await;
    assert!(!publish("nowhere", "WORKFLOW_X", &[]).1.contains("nobody reads"));
    std::fs::write(bench.home.path().join("lines.jsonl"), r#"{"id":"57f7e9a7-7e13-452d-81b7-000000000001","eventType":"TYPO","timestamp":"2026-11-23T19:42:38.555Z","payload":{"tenantId":"a"}}"#)
        .unwrap();
    bench.ends(
        &["--profile", "alga-psa", "publish", "--events", "lines.jsonl"],
        0,
        "nobody reads alga-psa:event-stream:global:TYPO",
    );
    // A user who may publish and may not look: no ground for a warning, and no error.
    admin.run("ACL SETUSER narrow reset on >pw ~* +@all -xinfo").await;
    let narrow = Bench::new(&server.url().replace("redis://", "redis://narrow:pw@"));
    let words = ["--profile", "alga-psa", "publish", "ELSE_TYPO", "--tenant", ACME];
    let ran = narrow.command(&words).output().unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.code() == Some(0) && !said.contains("nobody reads"), "{said}");
}

#[test]
fn the_demo_refuses_what_it_would_pass_over() {
    let bench = nobody();
    for verb in [
        &["demo"][..],
        &["--context", "demo", "stats"],
        &["--context", "demo", "publish", "A", "--tenant", "a"],
    ] {
        bench.ends(
            &[verb, &["--channel", "global"]].concat(),
            2,
            "the demo has no channels, and 'global' is asked for",
        );
        bench.ends(
            &[verb, &["--profile", "alga-psa"]].concat(),
            2,
            "the demo is a bus of the profile native",
        );
    }
    bench.ends(&["--context", "demo", "--channel", "all", "--profile", "native", "stats"], 0, "");
}

#[test]
fn a_file_to_import_is_looked_at_before_anybody_is_asked() {
    let bench = nobody();
    let write = |name: &str, text: &str| std::fs::write(bench.home.path().join(name), text).unwrap();
    write("bad.jsonl", "no json\n");
    write("empty.jsonl", "");
    write("good.jsonl", "{\"id\":\"dead:7-1:event::A\",\"fields\":{\"event\":\"{}\"}}\n");
    bench.ends(&["failed", "import", "none.jsonl"], 1, "'none.jsonl' cannot be read");
    bench.ends(&["failed", "import", "bad.jsonl"], 1, "'bad.jsonl', line 1: it is no JSON object");
    bench.ends(&["failed", "import", "empty.jsonl"], 0, "nothing was imported: the file is empty");
    bench.ends(&["failed", "import", "good.jsonl"], 2, "nobody can be asked: standard input is no terminal");
    bench.ends(&["failed", "import", "-"], 2, "standard input is the file\n  Say --yes.");
}

#[tokio::test]
async fn a_journal_that_is_no_stream_is_not_called_empty() {
    let server = PrivateRedis::start();
    let bench = Bench::new(&server.url());
    bench.ends(&["journal"], 0, "the journal of this bus is empty");
    Admin::at(&server.url()).await.run("SET event::$journal x").await;
    bench.ends(&["journal"], 1, "reading the journal 'event::$journal' at ");
    bench.ends(&["journal"], 1, "a key is not of the kind that it should be (WRONGTYPE)");
}

#[test]
fn a_server_that_says_nothing_is_given_up_by_every_verb() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let bench = Bench::new(&format!("redis://{}/0", silent.local_addr().unwrap()));
    for verb in [
        &["stats"][..],
        &["handlers"],
        &["doctor"],
        &["journal"],
        &["failed", "list"],
        &["tail", "--no-follow"],
        &["publish", "ANY", "--tenant", "a"],
    ] {
        bench.ends(
            &[verb, &["--connect-timeout", "20ms"]].concat(),
            1,
            "no answer in time\n  Check that a Redis runs there",
        );
    }
}

#[test]
fn the_id_of_an_event_is_told_apart_from_that_of_what_failed_of_it() {
    let bench = nobody();
    for verb in [&["failed", "show", ACME][..], &["failed", "edit", ACME, "--set", "a=1"]] {
        bench.ends(verb, 2, &format!("`tidings failed list --filter id:{ACME} -o json` gives the ids"));
    }
    bench.ends(&["failed", "show", "x"], 2, "'x' names no failed event: it looks like dead:");
}
