//! The verbs on an embedded bus.

mod acting;
mod dry_run;
mod masked;
mod selecting;

use std::sync::Arc;
use std::time::Duration;

use clap::Parser as _;
use serde_json::{Value, json};

use super::*;
use crate::broker::memory::MemoryBroker;
use crate::bus::{
    Bus, Exported, HandlerContext, HandlerError, Intake, Subscription, TenantLock, Worker, typed,
};
use crate::cli::args::{Cli, Verb};
use crate::cli::exit::Complaint;
use crate::cli::test_desk::TestDesk;
use crate::event::{EventId, Field, HandlerName, StreamKey, TenantId, TenantLabels, Ticket};
use crate::schema::Catalogue;

const STREAM: &str = "event::TICKET_UPDATED";
const ACME: &str = "189c996e-43d3-4c53-9f4e-dbe5c1c5e9e6";
const NORTHWIND: &str = "00000000-0000-4000-8000-000000000002";
const DOC: &str = include_str!("../../../../docs/json.md");

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
        let site = Site {
            session: broker.session("lab"),
            labels,
            patience,
            masks: crate::event::Masks::NONE,
            channel: None,
            next: "Try.".to_owned(),
        };
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
        let exported = |fields| Exported { stream: stream.clone(), lay: None, fields };
        let operator = self.site.session.operator.clone().unwrap();
        let mut importer = operator.importer(letters.into_iter().map(exported).collect(), true);
        loop {
            let answers = importer.next().await.unwrap();
            assert!(answers.iter().all(Result::is_ok), "{answers:?}");
            if answers.is_empty() {
                return;
            }
        }
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
        // The newest is that of the event 6.
        (format!("list {} {} {}", event_id(6), all[5], all[5]), 2),
        (format!("list {} {}", event_id(6), all[0]), 1),
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
        assert_eq!(found.len(), count, "{command}: {found:?}");
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
