//! Templates and the history on the command line: what is made, published on a real Redis, and remembered.

#![cfg(feature = "cli")]
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "all of this is tests; a failing one must say where")]

#[path = "support/pty.rs"]
mod pty;
#[path = "support/redis_server.rs"]
mod redis_server;
#[path = "support/sessions.rs"]
mod sessions;

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use redis_server::PrivateRedis;
use serde_json::Value;
use sessions::Admin;
use tidings::compose::{Outcome, Sent, Template};
use tidings::config::Config;

const TENANT: &str = "189c996e-43d3-4c53-9f4e-dbe5c1c5e9e6";
const STREAM: &str = "event::SCAN_DONE";
const SCAN: &str = r#"type = "SCAN_DONE"
payload = '''
{ "scanId": "{{uuid}}", "nth": {{number}}, "whose": "{{tenant}}", "note": "{{prompt:note}}", "qty": {{prompt:qty}},
  "password": "hunter2", "who": [{"eMail": "ada@example.com"}] }
'''
"#;

/// A person with a home of their own.
struct Person {
    server: PrivateRedis,
    home: tempfile::TempDir,
}

impl Person {
    fn new() -> Self {
        Self { server: PrivateRedis::start(), home: tempfile::tempdir().unwrap() }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tidings"));
        command.args(arguments).current_dir(self.home.path()).env_clear().env("HOME", self.home.path());
        command.env("REDIS_URL", self.server.url()).stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// What it writes to standard output, and to standard error; it ends with `exit`.
    fn says(&self, arguments: &[&str], exit: i32) -> (String, String) {
        let output = self.run(arguments);
        let [out, notes] = [output.stdout, output.stderr].map(|it| String::from_utf8(it).unwrap());
        assert_eq!(output.status.code(), Some(exit), "{arguments:?}:\n{out}\n{notes}");
        (out, notes)
    }

    fn lines(&self, arguments: &[&str]) -> Vec<Value> {
        let out = self.says(&[arguments, &["-o", "json"]].concat(), 0).0;
        out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Makes a template of this text.
    fn make(&self, name: &str, text: &str) {
        let mut command = self.command(&["templates", "new", name, "--from", "-"]);
        let mut made = command.stdin(Stdio::piped()).spawn().unwrap();
        made.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        assert!(made.wait().unwrap().success());
    }

    /// Writes a config that every later run goes by.
    fn configure(&self, text: &str) {
        fs::create_dir_all(self.home.path().join(".config/tidings")).unwrap();
        fs::write(self.home.path().join(".config/tidings/config.toml"), text).unwrap();
    }

    fn history(&self) -> PathBuf {
        self.home.path().join(".local/state/tidings/history/url.jsonl")
    }

    fn remembered(&self) -> Vec<Sent> {
        let text = fs::read_to_string(self.history()).unwrap();
        text.lines().map(|line| Sent::read(line).unwrap()).collect()
    }
}

/// The payloads that lie in the stream.
async fn payloads(admin: &mut Admin) -> Vec<Value> {
    let entries: Vec<(String, Vec<String>)> = admin.get(&format!("XRANGE {STREAM} - +")).await;
    let event = |fields: &[String]| serde_json::from_str::<Value>(&fields[1]).unwrap();
    entries.iter().map(|(_, fields)| event(fields)["payload"].clone()).collect()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn each_copy_of_a_template_is_filled_anew_and_remembered_without_its_secrets() {
    let person = Person::new();
    let mut admin = Admin::at(&person.server.url()).await;
    person.configure("[history]\nredact = [\"payload.**.email\"]\n");
    person.make("scan", SCAN);
    let file = person.home.path().join(".config/tidings/templates/scan.toml");
    assert_eq!((mode(&file), fs::read_to_string(&file).unwrap().as_str()), (0o600, SCAN));
    let publish = ["publish", "--template", "scan", "--tenant", TENANT, "--prompt", "note=a \"b\"\\"];
    let publish = [&publish[..], &["--prompt", "qty=3", "--set", "more:=true", "--count", "3"]].concat();
    let (preview, _) = person.says(&[&publish[..], &["--dry-run"]].concat(), 0);
    assert_eq!(preview.lines().count(), 3, "{preview}");
    assert!(payloads(&mut admin).await.is_empty() && !person.history().exists(), "a dry run does nothing");
    let published = person.lines(&publish);
    let found = payloads(&mut admin).await;
    assert_eq!((published.len(), found.len()), (3, 3));
    for (nth, payload) in found.iter().enumerate() {
        assert_eq!((&payload["nth"], &payload["qty"]), (&Value::from(nth + 1), &Value::from(3)));
        assert_eq!((&payload["whose"], &payload["note"]), (&TENANT.into(), &"a \"b\"\\".into()));
        assert_eq!((&payload["password"], &payload["more"]), (&"hunter2".into(), &true.into()));
        assert_eq!(payload["tenantId"], TENANT);
    }
    assert_ne!(found[0]["scanId"], found[1]["scanId"]);

    assert_eq!(mode(&person.history()), 0o600);
    assert_eq!(mode(person.history().parent().unwrap()), 0o700);
    let kept = fs::read_to_string(person.history()).unwrap();
    assert!(!kept.contains("hunter2") && !kept.contains("ada@example.com"), "{kept}");
    let remembered = person.remembered();
    for (sent, line) in remembered.iter().zip(&published) {
        assert_eq!(
            (sent.event.to_string(), sent.entry.unwrap().to_string()),
            (text(&line["eventId"]), text(&line["entryId"]))
        );
        assert_eq!(
            (&sent.outcome, sent.redacted.join(" ").as_str()),
            (&Outcome::Published, "/password /who/0/eMail")
        );
    }
    let shown = person.lines(&["history", "--limit", "2", "--type", "SCAN_DONE"]);
    assert_eq!(
        shown.iter().map(|it| text(&it["eventId"])).collect::<Vec<_>>(),
        [1, 2].map(|nth| remembered[nth].event.to_string())
    );
    assert_eq!(person.lines(&["history", "list", "--type", "OTHER"]), [Value::Null; 0]);
    let (whole, _) = person.says(&["history", "show", &remembered[0].event.to_string()], 0);
    assert!(whole.contains("published") && whole.contains("left out: /password /who/0/eMail"), "{whole}");
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn what_a_template_asks_for_and_nobody_says_is_named_and_nothing_is_sent() {
    let person = Person::new();
    let mut admin = Admin::at(&person.server.url()).await;
    person.make("scan", SCAN);
    for (arguments, phrases) in [
        (
            &["--tenant", TENANT][..],
            ["asks for: note, qty", "Say --prompt 'note=VALUE' --prompt 'qty=VALUE'."],
        ),
        (&["--prompt", "note=x", "--prompt", "qty=3"], ["--tenant is missing", "--tenant ID"]),
        (
            &["--tenant", TENANT, "--prompt", "note=x", "--prompt", "qty=x}"],
            ["'x}' is no JSON value", "put the placeholder in quotes"],
        ),
        (&["--tenant", TENANT, "--prompt", "whom=x"], ["does not ask for 'whom'", "It asks for: note, qty."]),
        (&["OTHER", "--tenant", TENANT], ["makes events of SCAN_DONE, not of OTHER", "Leave out TYPE"]),
    ] {
        let (out, notes) = person.says(&[&["publish", "--template", "scan"], arguments].concat(), 2);
        assert!(out.is_empty() && phrases.iter().all(|phrase| notes.contains(phrase)), "{notes}");
    }
    let (_, notes) = person.says(&["publish", "--template", "scn", "--tenant", TENANT], 1);
    assert!(
        notes.contains("there is no template 'scn'") && notes.contains("Did you mean 'scan'?"),
        "{notes}"
    );
    assert!(payloads(&mut admin).await.is_empty() && !person.history().exists());
}

#[tokio::test]
async fn on_a_terminal_one_is_asked() {
    let person = Person::new();
    let mut admin = Admin::at(&person.server.url()).await;
    person.make("scan", SCAN);
    let command = person.command(&["publish", "--template", "scan", "--tenant", TENANT, "--prompt", "qty=3"]);
    let (mut terminal, mut program) = pty::start(&command, (100, 30));
    let mut written = String::new();
    let mut read_to = |terminal: &mut fs::File, text: &str| {
        let mut bytes = [0; 4096];
        while !written.contains(text) {
            let read = terminal.read(&mut bytes).unwrap();
            assert!(read > 0, "the program ended early: {written}");
            written.push_str(&String::from_utf8_lossy(&bytes[..read]));
        }
    };
    read_to(&mut terminal, "note:");
    terminal.write_all("grüße\n".as_bytes()).unwrap();
    read_to(&mut terminal, "published");
    assert!(program.wait().unwrap().success());
    let found = payloads(&mut admin).await;
    assert_eq!((found.len(), &found[0]["note"]), (1, &"grüße".into()));
}

#[tokio::test]
async fn a_history_keeps_what_the_config_says_or_nothing() {
    let person = Person::new();
    let publish = |count: &str| {
        person.says(&["publish", "SCAN_DONE", "--tenant", TENANT, "--count", count], 0);
    };
    person.configure("[history]\nkeep = 5\n");
    publish("250");
    publish("2");
    let remembered = person.remembered();
    assert_eq!(remembered.len(), 5);
    let shown = person.lines(&["history"]);
    let ids: Vec<_> = remembered.iter().map(|sent| sent.event.to_string()).collect();
    assert_eq!(shown.iter().map(|line| text(&line["eventId"])).collect::<Vec<_>>(), ids, "the newest last");
    person.configure("[history]\nenabled = false\n");
    publish("1");
    assert_eq!(person.remembered(), remembered);
    let (_, notes) = person.says(&["history"], 0);
    assert!(notes.contains("enabled = false"), "{notes}");
}

#[tokio::test]
async fn refused_and_repeated_events_are_remembered_as_such() {
    let person = Person::new();
    let id = "57f7e9a7-7e13-452d-81b7-9892c8fdd92e";
    let once = ["publish", "SCAN_DONE", "--tenant", TENANT, "--id", id];
    person.says(&once, 0);
    person.says(&once, 0);
    person.says(&["publish", "TICKET_CREATED", "--tenant", TENANT, "--set", "ticketId=s3cret"], 1);
    let remembered = person.remembered();
    let words: Vec<_> = remembered.iter().map(|sent| sent.outcome.word()).collect();
    assert_eq!(words, ["published", "repeated", "not-sent"]);
    assert!(remembered[2].outcome.why().unwrap().contains("/payload/ticketId: expected"));
    assert_eq!(person.lines(&["history", "show", id]).len(), 2);
    assert_eq!(person.lines(&["history", "--outcome", "not-sent"]).len(), 1);
    assert_eq!(person.lines(&["history", "--tenant", "another"]), [Value::Null; 0]);
    let mut file = fs::OpenOptions::new().append(true).open(person.history()).unwrap();
    file.write_all(b"\xff\x1b[2J\n{\"at\": 1}\n").unwrap();
    let (out, notes) = person.says(&["history"], 0);
    assert_eq!(out.lines().count(), 4, "the title, and what can be read: {out}");
    assert!(notes.contains("2 lines of the history cannot be read, and are left out"), "{notes}");
}

#[tokio::test]
async fn a_home_that_cannot_be_written_stops_no_event() {
    let person = Person::new();
    let mut admin = Admin::at(&person.server.url()).await;
    // A file where a folder should be fails for root, too.
    fs::write(person.home.path().join(".local"), "").unwrap();
    let (out, notes) = person.says(&["publish", "SCAN_DONE", "--tenant", TENANT, "--count", "250"], 0);
    assert_eq!((out.lines().count(), payloads(&mut admin).await.len()), (250, 250));
    assert_eq!(notes.matches("not remembered in the history: '").count(), 1, "told once: {notes}");
    assert!(notes.contains(".local/state/tidings/history' cannot be made: "), "{notes}");
}

#[test]
fn templates_are_listed_shown_copied_edited_and_deleted() {
    let person = Person::new();
    assert!(person.says(&["templates"], 0).1.contains("`tidings templates new NAME` makes one"));
    person.make("scan", SCAN);
    let listed = person.lines(&["templates", "list"]);
    assert_eq!(
        (&listed[0]["name"], &listed[0]["prompts"]),
        (&"scan".into(), &serde_json::json!(["note", "qty"]))
    );
    assert_eq!(person.says(&["templates", "show", "scan"], 0).0, SCAN);
    person.says(&["templates", "copy", "scan", "Prüfung 2"], 0);
    for (arguments, exit, phrase) in [
        (&["copy", "scan", "../scan"][..], 2, "'../scan' cannot be the name of a template"),
        (&["copy", "scan", "Prüfung 2"], 1, "there is a template 'Prüfung 2' already"),
        (&["new", "x", "--from", "/none"], 1, "--from '/none' cannot be read"),
        (&["new", "x"], 2, "or give the text with --from: tidings templates new NAME --from FILE."),
        (
            &["edit", "scan"],
            2,
            "tidings templates delete 'scan' --yes, then tidings templates new 'scan' --from FILE.",
        ),
        (&["new", "x", "--from", ".config/tidings/templates/broken"], 1, "line 1 of the file"),
        (&["delete", "scan"], 2, "nobody can be asked"),
    ] {
        fs::write(person.home.path().join(".config/tidings/templates/broken"), "x").unwrap();
        let (_, notes) = person.says(&[&["templates"], arguments].concat(), exit);
        assert!(notes.contains(phrase), "{arguments:?}: {notes}");
    }
    person.says(&["templates", "delete", "scan", "--yes"], 0);
    let names: Vec<_> = person.lines(&["templates"]).iter().map(|line| text(&line["name"])).collect();
    assert_eq!(names, ["Prüfung 2"]);
    let edited = |editor: &str| {
        let script = person.home.path().join("editor");
        fs::write(&script, format!("#!/bin/sh\n{editor}\n")).unwrap();
        fs::set_permissions(&script, fs::Permissions::from_mode(0o700)).unwrap();
        let mut command = person.command(&["templates", "edit", "Prüfung 2"]);
        command.env("EDITOR", &script).env("TMPDIR", person.home.path());
        let (mut terminal, mut program) = pty::start(&command, (100, 30));
        let mut written = Vec::new();
        // The end of a terminal is an error.
        let _ = terminal.read_to_end(&mut written);
        (program.wait().unwrap().code(), String::from_utf8_lossy(&written).into_owned())
    };
    let (code, told) = edited("sed -i s/SCAN_DONE/SCAN_BEGUN/ \"$1\"");
    assert!(code == Some(0) && told.contains("changed the template 'Prüfung 2'"), "{told}");
    assert!(person.says(&["templates", "show", "Prüfung 2"], 0).0.contains("SCAN_BEGUN"));
    let (code, told) = edited("echo '{' > \"$1\"");
    assert!(code == Some(1) && told.contains("what you wrote is kept in "), "{told}");
    assert!(
        person.says(&["templates", "show", "Prüfung 2"], 0).0.contains("SCAN_BEGUN"),
        "it stays as it was"
    );
    assert_eq!(edited("true").0, Some(1));
}

#[test]
fn the_examples_of_the_page_are_good() {
    let page = include_str!("../docs/templates.md");
    let mut seen = 0;
    for block in page.split("```toml\n").skip(1) {
        let text = block.split("```").next().unwrap();
        Template::read("example", text).unwrap().check().unwrap();
        seen += 1;
    }
    assert_eq!(seen, 2);
    let config = page.split("```toml config\n").nth(1).unwrap().split("```").next().unwrap();
    let (config, _) = Config::parse(config, Path::new("x.toml")).unwrap();
    assert_eq!(config.history.redact, ["ssn", "payload.**.email"]);
}

/// Nothing in it moves a cursor, turns text round, or cannot be seen.
fn is_harmless(text: &str) -> bool {
    text.lines().all(|line| tidings::text::display_safe(line) == line)
}

#[test]
fn nothing_raw_comes_out_of_templates_and_the_history() {
    let person = Person::new();
    let folder = person.home.path().join(".config/tidings/templates");
    fs::create_dir_all(&folder).unwrap();
    let long = "\\u001B[31m\\u202Ex ".repeat(5_000);
    for (at, evil) in
        ["\\u001B[2J\\u009B31m\\u0007", "a\\u202Eb\\u2066c\\u200B", "\\\"'\\\\ {{{{ \\r\\n\\t", &long]
            .iter()
            .enumerate()
    {
        let json = evil
            .replace("\\\"", "\\\\\\\"")
            .replace("\\u", "\\\\u")
            .replace("\\r\\n\\t", "")
            .replace("'\\\\ ", "");
        let text = format!(
            "type = \"SCAN_DONE\"\nnote = \"{evil}\"\ntenant = \"{TENANT}\"\npayload = \"{{\\\"x\\\": \\\"{json}\\\"}}\"\n"
        );
        fs::write(folder.join(format!("t{at}.toml")), text).unwrap();
        fs::write(folder.join(format!("broken{at}.toml")), format!("type = \"{evil}\"\npayload = '{{}}'\n"))
            .unwrap();
    }
    fs::write(folder.join("raw.toml"), "type = \u{1b}[2J\u{202e}\n").unwrap();
    fs::write(folder.join("ra\u{202e}w\u{1b}.toml"), "type = 'SCAN_DONE'\npayload = '{}'\n").unwrap();
    let said = |arguments: &[&str]| {
        let output = person.run(arguments);
        let [out, notes] = [output.stdout, output.stderr].map(|it| String::from_utf8(it).unwrap());
        assert!(is_harmless(&out) && is_harmless(&notes), "{arguments:?}: {out:?}\n{notes:?}");
        assert!(!notes.contains("panicked"), "{notes}");
        (output.status.code(), out, notes)
    };
    let mut published = 0;
    for name in [
        "t0",
        "t1",
        "t2",
        "t3",
        "broken0",
        "broken1",
        "broken2",
        "broken3",
        "raw",
        "ra\u{202e}w\u{1b}",
        "\u{1b}none",
    ] {
        said(&["templates", "show", name]);
        said(&["templates", "show", name, "-o", "json"]);
        said(&["publish", "--template", name, "--dry-run"]);
        published += u32::from(said(&["publish", "--template", name]).0 == Some(0));
    }
    assert_eq!(published, 4, "the good ones are published");
    for arguments in
        [&["templates"][..], &["templates", "-o", "json"], &["history"], &["history", "-o", "json"]]
    {
        assert_eq!(said(arguments).0, Some(0), "{arguments:?}");
    }
    for sent in person.remembered() {
        said(&["history", "show", &sent.event.to_string()]);
    }
    // What somebody wrote into the history, and what no line of it is.
    let evil = r#""\u001b[2J\u202e""#;
    let line = fs::read_to_string(person.history())
        .unwrap()
        .lines()
        .next()
        .unwrap()
        .replace(&format!("\"{TENANT}\""), evil);
    let raw = "\u{1b}[2J\u{202e}\n".repeat(3);
    fs::write(person.history(), format!("{line}\n{raw}{}\n", "x\u{202e}".repeat(50_000))).unwrap();
    let (code, out, notes) = said(&["history"]);
    assert_eq!((code, out.lines().count()), (Some(0), 2), "{out}{notes}");
    said(&["history", "-o", "json"]);
    // The path of a file of events.
    for path in ["\u{1b}[2J\u{202e}", "no\nthing"] {
        assert_ne!(said(&["publish", "--events", path]).0, Some(0));
        assert_ne!(
            said(&["publish", "--events", "/dev/null", "--bad-lines", &format!("/none/{path}")]).0,
            Some(9)
        );
    }
}
