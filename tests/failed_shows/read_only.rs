//! Every acting verb where nothing may be written: it ends with its reason, and the server's own statistics show no write.

use std::fs;

use crate::dashboard::Dashboard;
use crate::house::{House, lines};
use crate::letters::{STREAM, TENANT, add, event, fill, length, own};
use crate::redis_server::{dial, load_fixture};
use crate::sessions::Admin;
use crate::statistics::{observer, reset, statistics, writes};

const CONTEXTS: &str = r#"
[contexts.free]
url = "{observer}"
profile = "{profile}"
[contexts.vault]
url = "{observer}"
profile = "{profile}"
read_only = true
[contexts.prod]
url = "{observer}"
profile = "{profile}"
production = true
[contexts.admin]
url = "{admin}"
profile = "{profile}"
[[handlers]]
name = "audit"
types = ["*"]
kind = "log"
start = "beginning"
"#;
/// How a run may come to write nothing: why, and what lifts that.
const READ_ONLY: [(&[&str], &str, &str); 4] = [
    (&["--context", "free", "--read-only"], "this run has --read-only", "Leave out --read-only."),
    (&["--context", "vault"], VAULT, "Name another context with --context"),
    (&["--context", "vault", "--write"], VAULT, "Name another context with --context"),
    (
        &["--context", "prod"],
        "the context 'prod' is production; --write lifts that for a run",
        "Say --write, if you mean to",
    ),
];
const VAULT: &str = "the context 'vault' has read_only = true in the config";
const PAYLOAD: &str =
    r#"{"ticketId":"7b9d493c-9d7c-46d6-a6b0-99ba984ea078","userId":"88bec41e-a074-43d9-873d-8c8d1d83c358"}"#;
const LETTERS: &str = "event::TICKET_CREATED:dead-letter";
const LEFT: &str = "alga-psa:event-stream:emailservice::v7:TICKET_CREATED";
const ALGA: &str = "alga-psa:event-stream:global:TICKET_CREATED";

/// A bus with something for every verb to do.
struct Bus {
    house: House,
    admin: Admin,
    /// A plan that was kept, and a dead letter to be edited.
    plan: String,
    edited: String,
    stream: &'static str,
}

impl Bus {
    async fn open(profile: &str) -> (House, Admin) {
        let house = House::with("");
        let admin = house.admin().await;
        let observer = observer(&mut dial(&house.server.url()).await, &house.server.url()).await;
        let config = CONTEXTS.replace("{observer}", &observer).replace("{admin}", &house.server.url());
        fs::write(house.path("config.toml"), config.replace("{profile}", profile)).unwrap();
        (house, admin)
    }

    async fn native() -> Self {
        let (house, mut admin) = Self::open("native").await;
        let places = fill(&mut admin, 6, "mail").await;
        let (plan, edited) =
            Self::arrange(&house, &places.iter().map(ToString::to_string).collect::<Vec<_>>());
        // A pending entry that nobody says anything of.
        admin.run("HSET event::$handlers sla 1").await;
        admin.run("XGROUP CREATE event::TICKET_CREATED sla 0 MKSTREAM").await;
        let stuck = add(&mut admin, STREAM, &own(&[("event", &event(99))])).await;
        admin.run("XREADGROUP GROUP sla gone COUNT 1 STREAMS event::TICKET_CREATED >").await;
        admin.run(&format!("XCLAIM {STREAM} sla gone 0 {stuck} IDLE 3600000 RETRYCOUNT 3")).await;
        Self { house, admin, plan, edited, stream: STREAM }
    }

    /// The captured bus of Alga, its pending entries long since left, and dead letters of one type more.
    async fn alga() -> Self {
        let (house, mut admin) = Self::open("alga-psa").await;
        load_fixture(&house.server.url()).await;
        let mut places = Vec::new();
        for n in 0..6 {
            let source = format!("{}-0", n + 1);
            let fields = own(&[
                ("event", &event(n)),
                ("channel", "global"),
                ("sourceStream", ALGA),
                ("sourceMessageId", &source),
                ("deliveries", "11"),
                ("deadLetteredAt", "2026-11-23T19:42:38.555Z"),
            ]);
            let id = add(&mut admin, &format!("{ALGA}:dead-letter"), &fields).await;
            places.push(format!("dead:{id}:{ALGA}"));
        }
        let (plan, edited) = Self::arrange(&house, &places);
        let pending: Vec<Vec<redis::Value>> =
            admin.get(&format!("XPENDING {LEFT} event-processors - + 9")).await;
        for entry in &pending {
            let id: String = redis::from_redis_value(entry[0].clone()).unwrap();
            admin.run(&format!("XCLAIM {LEFT} event-processors gone 0 {id} IDLE 3600000 RETRYCOUNT 3")).await;
        }
        assert_eq!(pending.len(), 5);
        Self { house, admin, plan, edited, stream: ALGA }
    }

    /// One is exported and gone, two are put aside, one is retried in a plan; answers the plan, and one to be edited.
    fn arrange(house: &House, places: &[String]) -> (String, String) {
        let run = |arguments: &[&str]| {
            let (code, out, notes) = house.run(&[&["--context", "admin"], arguments].concat());
            assert_eq!(code, 0, "{arguments:?}: {notes}");
            out
        };
        fs::write(house.path("kept.jsonl"), run(&["failed", "export", &places[1]])).unwrap();
        run(&["failed", "purge", &places[1], "--yes"]);
        run(&["failed", "discard", &places[0], &places[3], "--yes"]);
        let plan = lines(&run(&["failed", "retry", &places[2], "--yes", "-o", "json"]));
        (plan[0]["plan"].as_str().unwrap().to_owned(), places[4].clone())
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
        for (before, behind) in [
            ("", ""),
            ("", ":dead-letter"),
            ("", ":discarded"),
            ("", ":retried"),
            ("", ":retry:mail"),
            ("tidings:discarded:", ""),
            ("tidings:retried:", ""),
        ] {
            lengths.push(length(&mut self.admin, &format!("{before}{}{behind}", self.stream)).await);
        }
        (lengths, self.admin.get("DBSIZE").await)
    }
}

/// Tries every verb and every key wherever nothing may be written; none of it sends a write, done or refused.
async fn try_everything(mut bus: Bus) -> String {
    let mut server = dial(&bus.house.server.url()).await;
    let before = bus.amounts().await;
    reset(&mut server).await;
    let (mut refused, mut pressed) = (0, 0);
    for (context, reason, next) in READ_ONLY {
        for verb in bus.verbs() {
            let (code, out, notes) = bus.house.run(&[context, &verb].concat());
            assert_eq!((code, out.as_str()), (1, ""), "{context:?} {verb:?}: {notes}");
            assert!(notes.contains(reason) && notes.contains(next), "{context:?} {verb:?}: {notes}");
            refused += 1;
        }
        // What only looks is not held up.
        for verb in [&["failed"][..], &["journal"], &["failed", "retry", "--filter", "is:dead", "--dry-run"]]
        {
            let (code, out, notes) = bus.house.run(&[context, verb].concat());
            assert!(code == 0 && !out.is_empty(), "{context:?} {verb:?}: {notes}");
        }
        for verb in bus.verbs().iter().filter(|verb| verb[0] == "failed" && !verb.contains(&"--resume")) {
            let (code, out, notes) = bus.house.run(&[context, verb, &["--dry-run"]].concat());
            assert!(code == 0 && out.contains("EVALSHA "), "{context:?} {verb:?}: {out}{notes}");
        }
        let mut dashboard = Dashboard::open(&bus.house, context);
        let is_first = pressed == 0;
        pressed += if is_first { dashboard.act_everywhere(reason) } else { dashboard.act_on_one(reason) };
        dashboard.quit();
    }
    // Nor does the dashboard try where only the server would refuse it.
    let mut dashboard = Dashboard::open(&bus.house, &["--context", "free"]);
    pressed += dashboard.act_everywhere("the user 'observer' may not ");
    dashboard.quit();
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
    let sent = sent.keys().map(String::as_str).collect::<Vec<_>>().join(" ");
    format!("{refused} verbs and {pressed} keys refused; sent: {sent}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_may_not_write_says_why_and_sends_no_write() {
    eprintln!("{}", try_everything(Bus::native().await).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nor_does_it_on_the_bus_of_alga() {
    eprintln!("{}", try_everything(Bus::alga().await).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_without_the_right_is_told_which_and_the_same_verbs_work_for_one_who_has_it() {
    let mut bus = Bus::native().await;
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
    // None of it was refused for what it asks: it can be done.
    let mut dashboard = Dashboard::open(&bus.house, &["--context", "admin"]);
    dashboard.discard_and_undo();
    dashboard.quit();
    let sent = statistics(&mut server).await;
    assert!(sent["evalsha"].0 >= 2 && sent["xdel"].0 >= 2, "{sent:?}");
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
