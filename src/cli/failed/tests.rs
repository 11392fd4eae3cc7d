//! The verbs on an embedded bus.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser as _;
use serde_json::{Value, json};

use super::*;
use crate::broker::memory::MemoryBroker;
use crate::bus::{Bus, HandlerContext, HandlerError, Intake, Subscription, TenantLock, Worker, typed};
use crate::cli::args::{Cli, Verb};
use crate::cli::exit::Complaint;
use crate::cli::test_desk::TestDesk;
use crate::event::{EventId, Field, HandlerName, StreamKey, TenantId, TenantLabels, Ticket};
use crate::schema::Catalogue;

const STREAM: &str = "event::TICKET_UPDATED";
const ACME: &str = "189c996e-43d3-4c53-9f4e-dbe5c1c5e9e6";
const NORTHWIND: &str = "00000000-0000-4000-8000-000000000002";
const DOC: &str = include_str!("../../../docs/json.md");

/// A bus, and a desk for each verb.
struct House {
    broker: MemoryBroker,
    site: Site,
}

/// What a verb printed, and how it ended.
#[derive(Debug)]
struct Told {
    exit: Exit,
    out: String,
    notes: String,
}

fn registry() -> Registry {
    Registry::builtin(Catalogue::Native)
}

fn event_id(n: u32) -> EventId {
    format!("00000000-0000-4000-8000-{n:012}").parse().unwrap()
}

fn event(n: u32, tenant: &str) -> String {
    let payload = format!(
        r#"{{"tenantId":"{tenant}","ticketId":"7b9d493c-9d7c-46d6-a6b0-99ba984ea078","userId":"88bec41e-a074-43d9-873d-8c8d1d83c358","n":1.50}}"#
    );
    let id = event_id(n);
    format!(
        r#"{{"id":"{id}","eventType":"TICKET_UPDATED","timestamp":"2026-11-23T11:00:00.000Z","payload":{payload},"more":[1]}}"#
    )
}

/// A dead letter as it lies: that of event `n`.
fn letter(n: u32, tenant: &str, handler: &str) -> Vec<Field> {
    let at = |minutes: u32| format!("2026-11-23T11:{minutes:02}:00.000Z");
    let history =
        json!([{"at": at(n % 50), "ms": 12, "kind": "timed-out", "error": ["SMTP 451 greylisted"]}]);
    [
        ("event", event(n, tenant)),
        ("sourceStream", STREAM.to_owned()),
        ("sourceMessageId", format!("{n}-0")),
        ("handler", handler.to_owned()),
        ("error", r#"["SMTP 451 greylisted\u001b[2J","no such user"]"#.to_owned()),
        ("attempts", "10".to_owned()),
        ("history", history.to_string()),
        ("firstFailedAt", at(n % 50)),
        ("deadLetteredAt", at(n % 50 + 1)),
        ("reason", "exhausted".to_owned()),
    ]
    .map(|(name, value)| (name.as_bytes().to_vec(), value.into_bytes()))
    .into()
}

impl House {
    fn new() -> Self {
        let intake = Intake::new(Arc::new(registry()), TenantLock::default());
        Self::through(&MemoryBroker::new(intake, Arc::new(TestDesk::now)))
    }

    fn through(broker: &MemoryBroker) -> Self {
        let labels = TenantLabels::new([(TenantId::new(ACME).unwrap(), "Acme MSP".to_owned())]);
        let patience = Patience { connect_timeout: Duration::ZERO };
        let site = Site { session: broker.session("lab"), labels, patience, channel: None };
        Self { broker: broker.clone(), site }
    }

    /// The same bus, locked to a tenant.
    fn locked_to(&self, tenant: &str) -> Self {
        let lock = TenantLock::to([TenantId::new(tenant).unwrap()]);
        Self::through(&self.broker.through(Intake::new(Arc::new(registry()), lock)))
    }

    /// Puts dead letters of events `1..=count` there.
    async fn letters(&self, count: u32) {
        self.put((1..=count).map(|n| letter(n, ACME, "ticket-email"))).await;
    }

    async fn put(&self, letters: impl IntoIterator<Item = Vec<Field>>) {
        let stream = StreamKey::new(STREAM).unwrap();
        let letters: Vec<_> = letters.into_iter().map(|fields| (stream.clone(), fields)).collect();
        let operator = self.site.session.operator.clone().unwrap();
        assert!(operator.import(&letters).await.unwrap().iter().all(Result::is_ok));
    }

    async fn run(&self, command: &str) -> Result<Told, Complaint> {
        self.run_with(command, TestDesk::text()).await
    }

    async fn json(&self, command: &str) -> Vec<Value> {
        let told = self.run_with(command, TestDesk::json()).await.unwrap();
        told.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    async fn run_with(&self, command: &str, mut test: TestDesk) -> Result<Told, Complaint> {
        // A plus is a space inside of a word.
        let words = command.split(' ').map(|word| word.replace('+', " "));
        let words = ["tidings", "failed"].map(str::to_owned).into_iter().chain(words);
        let cli = Cli::try_parse_from(words).unwrap_or_else(|error| panic!("{command}: {error}"));
        let Some(Verb::Failed(args)) = cli.verb else { panic!("{command}") };
        let verb = args.verb.unwrap();
        let ended =
            test.run_async(async |desk| perform(&verb, &|| Ok(registry()), &self.site, desk).await).await;
        match ended {
            Ok(exit) => Ok(Told { exit, out: test.out(), notes: test.notes() }),
            Err(Stop::Error(complaint)) => Err(complaint),
            Err(Stop::PipeClosed) => panic!("nobody closes a test's output"),
        }
    }

    /// The ids of what is listed.
    async fn ids(&self, command: &str) -> Vec<String> {
        let lines = self.json(command).await;
        lines.into_iter().map(|line| line["id"].as_str().unwrap().to_owned()).collect()
    }

    /// A handler that does what `answer` says.
    fn work(&self, answer: impl Fn() -> Result<(), HandlerError> + Send + Sync + 'static) -> Worker {
        let bus = Bus::of(&self.site.session, Intake::new(Arc::new(registry()), TenantLock::default()));
        let answer = Arc::new(answer);
        let work = typed(move |_: Ticket, _: HandlerContext| {
            let answer = Arc::clone(&answer);
            async move { answer() }
        });
        let name = HandlerName::new("ticket-email").unwrap();
        bus.unwrap().subscribe(Subscription::new(name, ["TICKET_UPDATED"], work))
    }
}

/// The keys of the page's examples of a verb.
fn documented(verb: &str) -> Vec<Vec<String>> {
    let head = format!("```json {verb}\n");
    let (_, block) = DOC.split_once(&head).unwrap_or_else(|| panic!("docs/json.md has no '{verb}'"));
    let (block, _) = block.split_once("```").unwrap();
    block.lines().map(|line| keys(&serde_json::from_str(line).unwrap())).collect()
}

fn keys(value: &Value) -> Vec<String> {
    value.as_object().unwrap().keys().cloned().collect()
}

/// Each line has the keys of an example, and each example is like a line.
fn matches(verb: &str, lines: &[Value]) {
    let mut told = documented(verb);
    let mut found: Vec<_> = lines.iter().map(keys).collect();
    told.sort();
    found.sort();
    told.dedup();
    found.dedup();
    assert_eq!(found, told, "{verb}");
}

#[tokio::test]
async fn a_list_is_a_table_for_people_and_lines_for_scripts() {
    let house = House::new();
    house.put([letter(1, ACME, "ticket-email"), letter(2, NORTHWIND, "sla")]).await;
    let told = house.run("list").await.unwrap();
    assert_eq!((told.exit, told.notes.as_str()), (Exit::Ok, ""));
    insta::assert_snapshot!(told.out);
    let lines = house.json("list").await;
    matches("failed list", &lines);
    insta::assert_snapshot!(serde_json::to_string_pretty(&lines[1]).unwrap());
    matches("failed show", &house.json(&format!("show {}", lines[0]["id"].as_str().unwrap())).await);
}

#[tokio::test]
async fn a_selection_is_by_id_event_filter_state_handler_and_number() {
    let house = House::new();
    house.letters(5).await;
    house.put([letter(6, NORTHWIND, "sla")]).await;
    let all = house.ids("list").await;
    assert_eq!(all.len(), 6);
    for (command, count) in [
        (format!("list {}", all[0]), 1),
        (format!("list {} {}", all[0], all[1]), 2),
        (
            format!("list {} {} {}", event_id(6), all[0], all[0]),
            if all[0].starts_with("dead:") { 2 } else { 0 },
        ),
        ("list --filter handler:sla".to_owned(), 1),
        ("list --filter error:451".to_owned(), 6),
        ("list --filter tenant:Acme*".to_owned(), 5),
        ("list --handler sla".to_owned(), 1),
        ("list --handler sl".to_owned(), 0),
        ("list --state dead".to_owned(), 6),
        ("list --state failed,running".to_owned(), 6),
        ("list --state invalid,stuck".to_owned(), 0),
        ("list --filter is:discarded".to_owned(), 0),
        ("list --limit 4".to_owned(), 4),
        ("list --limit 4 --handler sla".to_owned(), 1),
    ] {
        let found = house.ids(&command).await;
        let expected = if command.contains(&event_id(6).to_string()) && found.len() == 1 { 1 } else { count };
        assert_eq!(found.len(), expected, "{command}: {found:?}");
    }
    let gone = house.run("list dead:1-1:event::NONE").await.unwrap();
    assert_eq!(gone.exit, Exit::Failed);
    assert!(gone.notes.contains("dead:1-1:event::NONE is not there any more"), "{}", gone.notes);
    let wrong = house.run("list --filter is:").await.unwrap_err();
    assert!(wrong.exit == Exit::Usage && wrong.what.contains("--filter cannot be read"), "{wrong}");
}

#[tokio::test]
async fn whoever_acts_must_say_on_what() {
    let house = House::new();
    house.letters(1).await;
    for verb in ["retry", "retry --dry-run", "discard", "restore", "release", "purge"] {
        let error = house.run(verb).await.err();
        let error = error.unwrap_or_else(|| panic!("'{verb}' was done to nobody knows what"));
        assert!(error.exit == Exit::Usage && error.what.contains("nothing says which"), "{verb}: {error}");
        let error = house.run(&format!("{verb} --state failed")).await;
        assert!(
            verb.contains("dry-run") || error.is_err_and(|error| error.what.contains("nobody can be asked"))
        );
    }
    assert_eq!(house.ids("list").await.len(), 1);
}

#[tokio::test]
async fn a_dry_run_shows_the_plan_and_changes_nothing() {
    let house = House::new();
    house.letters(11).await;
    house.put([letter(12, NORTHWIND, "sla")]).await;
    let before = house.json("list").await;
    let told = house.run("retry --dry-run --state dead --ramp --reason mail+server+is+back").await.unwrap();
    assert_eq!(told.exit, Exit::Ok);
    let (head, sends) = told.out.split_once("sends").unwrap();
    insta::assert_snapshot!(head);
    assert!(sends.contains("and the same for 2 more events"), "{sends}");
    let lines = house.json("retry --dry-run --state dead --rate 50").await;
    matches("failed retry --dry-run", &lines);
    assert_eq!((lines.len(), &lines[0]["plan"]["count"]), (13, &json!(12)));
    assert!(lines[1..].iter().all(|line| !line["commands"].as_array().unwrap().is_empty()));
    assert_eq!(house.json("list").await, before);
    let journal = house.site.session.failed.journal(9).await.unwrap();
    assert_eq!(journal, [], "a look is no deed");
}

#[tokio::test]
async fn what_is_retried_is_followed_and_stands_in_the_journal() {
    let house = House::new();
    house.letters(30).await;
    let worker = house.work(|| Ok(()));
    let lines = house.json("retry --state dead --limit 25 --wait --yes --reason mail+is+back").await;
    matches("failed retry", &lines);
    assert_eq!((&lines[0]["succeeded"], &lines[0]["total"]), (&json!(25), &json!(25)));
    assert_eq!(house.ids("list").await.len(), 5);
    worker.stop().await.unwrap();
    let journal = house.site.session.failed.journal(9).await.unwrap();
    let deeds: Vec<_> = journal.iter().map(|entry| (entry.deed.word(), entry.reason.as_deref())).collect();
    assert_eq!(deeds, [("plan-finished", Some("mail is back")), ("plan-started", Some("mail is back"))]);
    assert!(journal[0].who.contains('@') && journal[0].plan.as_deref() == lines[0]["plan"].as_str());
}

#[tokio::test]
async fn a_ramp_stops_after_the_canary_and_goes_on_when_its_handler_is_mended() {
    let house = House::new();
    house.letters(40).await;
    let worker = house.work(|| Err(HandlerError::permanent("SMTP 451 greylisted")));
    let told = house.run("retry --state dead --ramp --stop-at 20 --wait --yes").await.unwrap();
    assert_eq!(told.exit, Exit::Failed, "{}", told.notes);
    assert!(
        told.notes.contains("stopped: 1 of 1 failed again (SMTP 451 greylisted), more than 20 %"),
        "{}",
        told.notes
    );
    assert!(told.out.contains("1 of 40 events retried, 1 failed again, 39 left"), "{}", told.out);
    worker.stop().await.unwrap();
    let (_, plan) = told.notes.split_once("--resume ").unwrap();
    let worker = house.work(|| Ok(()));
    let told = house.run(&format!("retry --resume {} --wait --yes", plan.trim())).await.unwrap();
    // The canary is a dead letter again, which is another one.
    assert!(told.out.contains("40 of 40 events retried, 39 succeeded, 1 failed again"), "{}", told.out);
    assert_eq!((told.exit, house.ids("list").await.len()), (Exit::Failed, 1));
    let told = house.run("retry --state dead --wait --yes").await.unwrap();
    assert_eq!((told.exit, house.ids("list").await.len()), (Exit::Ok, 0), "{}", told.notes);
    worker.stop().await.unwrap();
    let unknown = house.run("retry --resume plan-none --yes").await.err().unwrap();
    assert!(
        unknown.exit == Exit::Failed && unknown.what.contains("there is no plan 'plan-none'"),
        "{unknown}"
    );
}

#[tokio::test]
async fn what_is_put_aside_comes_back_and_only_a_purge_is_for_good() {
    let house = House::new();
    house.letters(5).await;
    let ids = house.ids("list").await;
    let lines = house.json(&format!("discard {} {} --yes --reason obsolete", ids[0], ids[1])).await;
    matches("failed discard", &lines);
    assert_eq!(house.ids("list").await.len(), 3);
    let discarded = house.ids("list --state discarded").await;
    assert_eq!(discarded.len(), 2);
    assert!(lines.iter().all(|line| discarded.contains(&line["now"].as_str().unwrap().to_owned())));
    let again = house.run(&format!("discard {} --yes", ids[0])).await.unwrap();
    assert_eq!(again.exit, Exit::Failed);
    let back = house.run(&format!("restore {} --yes", discarded[0])).await.unwrap();
    assert!(back.exit == Exit::Ok && back.out.starts_with("restored  discarded:"), "{}", back.out);
    assert_eq!(house.ids("list").await.len(), 4);
    // Without a state a purge is about what was put aside.
    let purged = house.run("purge --limit 100 --yes").await.unwrap();
    assert_eq!((purged.exit, purged.out.lines().count()), (Exit::Ok, 1));
    assert_eq!(house.ids("list").await.len(), 4);
    house.run("purge --state dead --limit 3 --yes").await.unwrap();
    assert_eq!(house.ids("list").await.len(), 1);
    let deeds: Vec<_> = house.site.session.failed.journal(9).await.unwrap();
    let deeds: Vec<_> = deeds.iter().rev().map(|entry| (entry.deed.word(), entry.count)).collect();
    assert_eq!(deeds, [("discarded", 2), ("restored", 1), ("purged", 1), ("purged", 3)]);
}

#[tokio::test]
async fn what_cannot_be_done_to_something_is_said() {
    let house = House::new();
    house.letters(1).await;
    let [id] = <[String; 1]>::try_from(house.ids("list").await).unwrap();
    for (verb, why) in
        [("release", "only pending entries are released"), ("restore", "only what was discarded")]
    {
        let told = house.run(&format!("{verb} {id} --yes")).await.unwrap();
        assert!(told.exit == Exit::Failed && told.notes.contains(why), "{}", told.notes);
    }
    house.run(&format!("discard {id} --yes")).await.unwrap();
    let told = house.run("retry --state discarded --yes").await.unwrap();
    assert!(told.exit == Exit::Failed && told.notes.contains("nothing fits"), "{}", told.notes);
}

#[tokio::test]
async fn an_export_is_put_back_to_the_byte_and_no_letter_twice() {
    let house = House::new();
    house.letters(3).await;
    let before = house.json("export --state dead").await;
    matches("failed export", &before);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("letters");
    let lines: Vec<_> = before.iter().map(ToString::to_string).collect();
    std::fs::write(&path, lines.join("\n")).unwrap();
    let import = format!("import {} --yes", path.display());
    let told = house.run(&import).await.unwrap();
    assert_eq!((told.exit, house.ids("list").await.len()), (Exit::Ok, 3), "each lies there already");
    house.run("purge --state dead --yes").await.unwrap();
    assert_eq!(house.ids("list").await, [""; 0]);
    let lines = house.json(&import).await;
    matches("failed import", &lines);
    let fields = |lines: &[Value]| {
        let by_entry = |line: &Value| (line["entryId"].to_string(), line["fields"].clone());
        lines.iter().map(by_entry).collect::<BTreeMap<_, _>>()
    };
    let after = house.json("export --state dead").await;
    assert_eq!(fields(&after), fields(&before));
    let events = house.run("export --events --handler ticket-email").await.unwrap();
    let mut found: Vec<_> = events.out.lines().collect();
    found.sort_unstable();
    assert_eq!(found, [1, 2, 3].map(|n| event(n, ACME)), "as they were published, to the letter");
}

#[tokio::test]
async fn an_edited_event_keeps_who_it_is_and_the_dead_letter_stays_until_it_is_accepted() {
    let house = House::new();
    house.letters(1).await;
    let [id] = <[String; 1]>::try_from(house.ids("list").await).unwrap();
    for (set, why) in [
        ("ticketId=7", "ticketId: expected"),
        ("tenantId=00000000-0000-4000-8000-000000000002", "stays its tenant's"),
        ("a.=1", "is not a path"),
    ] {
        let error = house.run(&format!("edit {id} --set {set} --yes")).await.err().unwrap();
        assert!(error.to_string().contains(why), "{error}");
    }
    let same = house.run(&format!("edit {id} --set n:=1.50 --yes")).await.unwrap();
    assert!(same.exit == Exit::Failed && same.notes.contains("nothing was changed"), "{}", same.notes);
    assert_eq!(house.ids("list").await.len(), 1);
    let worker = house.work(|| Ok(()));
    let told = house.run(&format!("edit {id} --set n:=2 --wait --yes")).await.unwrap();
    assert!(told.exit == Exit::Ok && told.out.ends_with(": succeeded\n"), "{}{}", told.out, told.notes);
    assert!(told.notes.contains("-   \"n\": 1.50\n+   \"n\": 2\n"), "{}", told.notes);
    worker.stop().await.unwrap();
    assert_eq!(house.ids("list").await.len(), 0);
    house.put([letter(2, ACME, "ticket-email")]).await;
    let [id] = <[String; 1]>::try_from(house.ids("list").await).unwrap();
    let lines = house.json(&format!("edit {id} --set n:=3 --yes")).await;
    matches("failed edit", &lines);
    assert_eq!(lines[0]["eventId"], json!(event_id(2).to_string()));
    let journal = house.site.session.failed.journal(1).await.unwrap();
    assert_eq!(journal[0].deed.word(), "edited");
}

#[tokio::test]
async fn a_locked_run_sees_and_touches_its_tenant_only() {
    let house = House::new();
    house.put([letter(1, ACME, "sla"), letter(2, NORTHWIND, "sla"), letter(3, NORTHWIND, "sla")]).await;
    let all = house.ids("list").await;
    let locked = house.locked_to(ACME);
    let own = locked.ids("list").await;
    assert_eq!(own.len(), 1);
    let told = locked.run("list").await.unwrap();
    assert!(told.notes.contains("2 failed events of tenants outside the lock"), "{}", told.notes);
    let other = all.iter().find(|id| !own.contains(id)).unwrap();
    let told = locked.run(&format!("discard {other} --yes")).await.unwrap();
    assert_eq!((told.exit, house.ids("list").await.len()), (Exit::Failed, 3));
    // A lock is a selection.
    let told = locked.run("retry --yes").await.unwrap();
    assert!(told.exit == Exit::Ok && told.out.contains("1 of 1 event retried"), "{}", told.out);
    assert_eq!(house.ids("list --state dead").await.len(), 2);
}

#[tokio::test]
async fn a_run_that_may_not_write_says_why_and_reads_all_the_same() {
    let mut house = House::new();
    house.letters(1).await;
    let [id] = <[String; 1]>::try_from(house.ids("list").await).unwrap();
    house.site.session = house.site.session.clone().read_only("this run has --read-only");
    for verb in ["retry", "edit", "discard", "restore", "release", "purge"] {
        let error = house.run(&format!("{verb} {id} --yes")).await.err().unwrap();
        assert!(
            error.exit == Exit::Failed && error.what.contains("this run has --read-only"),
            "{verb}: {error}"
        );
    }
    let error = house.run("import /dev/null --yes").await.err().unwrap();
    assert!(error.what.contains("nothing was imported: this run has --read-only"), "{error}");
    assert_eq!(house.ids("list").await.len(), 1);
    assert_eq!(house.json("export --state dead").await.len(), 1);
}

#[tokio::test]
async fn production_wants_a_reason_and_a_number() {
    let mut house = House::new();
    house.letters(101).await;
    house.site.session.info.production = true;
    let error = house.run("discard --state dead --yes").await.err().unwrap();
    assert!(error.exit == Exit::Usage && error.what.contains("without a reason"), "{error}");
    let error = house.run("discard --state dead --yes --reason obsolete").await.err().unwrap();
    assert_eq!((error.exit, error.next.as_deref()), (Exit::Usage, Some("Say --yes=101.")));
    assert_eq!(house.ids("list").await.len(), 101);
    let told = house.run("discard --state dead --yes=101 --reason obsolete").await.unwrap();
    assert_eq!((told.exit, told.out.lines().count()), (Exit::Ok, 101));
}

#[tokio::test]
async fn a_bus_that_is_away_is_said() {
    let house = House::new();
    house.letters(1).await;
    house.broker.faults().down("told to");
    for verb in ["list", "retry --state dead --yes", "discard --state dead --yes", "export"] {
        let error = house.run(verb).await.err().unwrap();
        assert!(error.exit == Exit::Failed && error.what.contains("told to"), "{verb}: {error}");
    }
}
