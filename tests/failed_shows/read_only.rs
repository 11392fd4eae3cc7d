//! Every acting verb where nothing may be written: it ends with its reason, and the server's own statistics show no write.

use std::fs;

use crate::house::{House, lines};
use crate::letters::{STREAM, TENANT, add, event, fill, length, own};
use crate::redis_server::dial;
use crate::sessions::Admin;
use crate::statistics::{observer, reset, statistics, writes};

const CONTEXTS: &str = r#"
[contexts.free]
url = "{observer}"
[contexts.vault]
url = "{observer}"
read_only = true
[contexts.prod]
url = "{observer}"
production = true
[contexts.admin]
url = "{admin}"
[[handlers]]
name = "audit"
types = ["*"]
kind = "log"
start = "beginning"
"#;
const PAYLOAD: &str =
    r#"{"ticketId":"7b9d493c-9d7c-46d6-a6b0-99ba984ea078","userId":"88bec41e-a074-43d9-873d-8c8d1d83c358"}"#;
const LETTERS: &str = "event::TICKET_CREATED:dead-letter";

/// A bus with something for every verb to do.
struct Bus {
    house: House,
    admin: Admin,
    /// A plan that was kept, and a dead letter to be edited.
    plan: String,
    edited: String,
}

impl Bus {
    async fn new() -> Self {
        let house = House::with("");
        let mut admin = house.admin().await;
        let observer = observer(&mut dial(&house.server.url()).await, &house.server.url()).await;
        let config = CONTEXTS.replace("{observer}", &observer).replace("{admin}", &house.server.url());
        fs::write(house.path("config.toml"), config).unwrap();
        let places = fill(&mut admin, 6, "mail").await;
        let [aside, exported] = [&places[0], &places[1]].map(ToString::to_string);
        let run = |arguments: &[&str]| {
            let (code, out, notes) = house.run(&[&["--context", "admin"], arguments].concat());
            assert_eq!(code, 0, "{arguments:?}: {notes}");
            out
        };
        fs::write(house.path("kept.jsonl"), run(&["failed", "export", &exported])).unwrap();
        run(&["failed", "purge", &exported, "--yes"]);
        let (retried, thrown) = (places[2].to_string(), places[3].to_string());
        run(&["failed", "discard", &aside, &thrown, "--yes"]);
        let plan = lines(&run(&["failed", "retry", &retried, "--yes", "-o", "json"]));
        let plan = plan[0]["plan"].as_str().unwrap().to_owned();
        // A pending entry that nobody says anything of.
        admin.run("XGROUP CREATE event::TICKET_CREATED sla 0 MKSTREAM").await;
        let stuck = add(&mut admin, STREAM, &own(&[("event", &event(99))])).await;
        admin.run("XREADGROUP GROUP sla gone COUNT 1 STREAMS event::TICKET_CREATED >").await;
        admin.run(&format!("XCLAIM {STREAM} sla gone 0 {stuck} IDLE 3600000 RETRYCOUNT 3")).await;
        Self { house, admin, plan, edited: places[4].to_string() }
    }

    /// Each verb that acts, with arguments that leave it something to do.
    fn verbs(&self) -> Vec<Vec<&str>> {
        vec![
            vec!["failed", "edit", &self.edited, "--set", "n:=2", "--yes"],
            vec!["failed", "discard", "--filter", "is:dead", "--limit", "1", "--yes"],
            vec!["failed", "restore", "--state", "discarded", "--limit", "1", "--yes"],
            vec!["failed", "purge", "--state", "discarded", "--limit", "1", "--yes"],
            vec!["failed", "import", "kept.jsonl", "--yes"],
            vec!["failed", "release", "--state", "stuck", "--yes"],
            vec!["failed", "retry", "--filter", "is:dead", "--yes"],
            vec!["failed", "retry", "--resume", &self.plan, "--yes"],
            vec!["publish", "TICKET_CREATED", "--tenant", TENANT, "--payload", PAYLOAD],
            vec!["work", "--drain"],
            vec!["handlers", "forget", "audit", "--yes"],
        ]
    }

    /// How many entries lie in each stream, and how many keys there are.
    async fn amounts(&mut self) -> (Vec<u64>, u64) {
        let mut lengths = Vec::new();
        for key in ["", ":dead-letter", ":discarded", ":retried", ":retry:mail"] {
            lengths.push(length(&mut self.admin, &format!("{STREAM}{key}")).await);
        }
        (lengths, self.admin.get("DBSIZE").await)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_verb_that_may_not_write_says_why_and_sends_no_write() {
    let mut bus = Bus::new().await;
    let mut server = dial(&bus.house.server.url()).await;
    let before = bus.amounts().await;
    reset(&mut server).await;
    let mut refused = 0;
    for (context, reason) in [
        (&["--context", "free", "--read-only"][..], "this run has --read-only"),
        (&["--context", "vault"], "the context 'vault' has read_only = true in the config"),
        (&["--context", "vault", "--write"], "the context 'vault' has read_only = true in the config"),
        (&["--context", "prod"], "the context 'prod' is production; --write lifts that for a run"),
    ] {
        for verb in bus.verbs() {
            let (code, out, notes) = bus.house.run(&[context, &verb].concat());
            assert_eq!((code, out.as_str()), (1, ""), "{context:?} {verb:?}: {notes}");
            assert!(notes.contains(reason), "{context:?} {verb:?}: {notes}");
            refused += 1;
        }
        // What only looks is not held up.
        for verb in [&["failed"][..], &["journal"], &["failed", "retry", "--filter", "is:dead", "--dry-run"]]
        {
            let (code, out, notes) = bus.house.run(&[context, verb].concat());
            assert!(code == 0 && !out.is_empty(), "{context:?} {verb:?}: {notes}");
        }
    }
    let sent = statistics(&mut server).await;
    for (command, (_, rejected, _)) in &sent {
        assert!(!writes(&mut server, command).await, "{command} was sent");
        assert_eq!(*rejected, 0, "{command} was refused");
    }
    assert!(
        ["xrange", "xrevrange", "xinfo|stream", "scan"].iter().any(|read| sent.contains_key(*read)),
        "{sent:?}"
    );
    assert_eq!(bus.amounts().await, before);
    eprintln!("{refused} refusals; sent: {}", sent.keys().map(String::as_str).collect::<Vec<_>>().join(" "));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_without_the_right_is_told_which_and_the_same_verbs_work_for_one_who_has_it() {
    let mut bus = Bus::new().await;
    let mut server = dial(&bus.house.server.url()).await;
    let before = bus.amounts().await;
    reset(&mut server).await;
    for verb in bus.verbs() {
        let (code, _, notes) = bus.house.run(&[&["--context", "free"], &verb[..]].concat());
        assert_eq!(code, 1, "{verb:?}: {notes}");
        let told = if verb[0] == "failed" {
            notes.contains("the user 'observer' may not ")
                && notes.contains("EVALSHA")
                && notes.contains("ACL SETUSER observer +")
        } else {
            notes.contains("the user may not do this (NOPERM, the command '") && notes.contains("ACL SETUSER")
        };
        assert!(told, "{verb:?}: {notes}");
    }
    assert_eq!(bus.amounts().await, before);
    // The statistics would have shown a write, refused or done.
    let (_, rejected, _) = statistics(&mut server).await["evalsha"];
    assert!(rejected > 0 && writes(&mut server, "evalsha").await);
    reset(&mut server).await;
    // None of them was refused for what it asks: it can be done.
    for verb in bus.verbs() {
        let (code, out, notes) = bus.house.run(&[&["--context", "admin"], &verb[..]].concat());
        assert_eq!(code, 0, "{verb:?}: {out}{notes}");
        // The plan was at its end before, and going on with it may be done all the same.
        let notes = notes.replace("nothing was left: all of it was retried before", "");
        assert!(!notes.contains("nothing "), "{verb:?}: {notes}");
    }
    assert_eq!(length(&mut bus.admin, LETTERS).await, 0, "all was retried");
    let sent = statistics(&mut server).await;
    for command in ["evalsha", "xadd", "xdel", "xclaim", "xgroup|create", "xgroup|destroy"] {
        assert!(sent[command].0 > 0 && writes(&mut server, command).await, "{command}: {sent:?}");
    }
}
