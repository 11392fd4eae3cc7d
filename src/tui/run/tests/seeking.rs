//! Looking for an event of a type: page after page, for the tenant's own first, and never for ever.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use tokio::time::Duration;

use super::stage::{session, watching_it};
use crate::bus::{
    Admission, Archive, ArchivePage, ArchiveQuery, BusError, Denied, Intake, Raw, Session, TenantLock,
};
use crate::event::{Entry, EntryId, EventType, StreamKey, TenantId};
use crate::schema::Registry;
use crate::tui::run::seeking::seek;

/// Answers with these pages, one after the other; then never.
#[derive(Default)]
struct Pages {
    pages: Mutex<Vec<ArchivePage>>,
    asked: Mutex<Vec<EntryId>>,
}

#[async_trait]
impl Archive for Pages {
    async fn page(&self, query: &ArchiveQuery) -> Result<ArchivePage, BusError> {
        self.asked.lock().unwrap().push(query.from);
        let next = self.pages.lock().unwrap().pop();
        match next {
            Some(page) => Ok(page),
            None => std::future::pending().await,
        }
    }
}

fn entry(ms: u64, event_type: &str, payload: &str) -> Entry {
    let text = format!(
        r#"{{"id":"00000000-0000-4000-8000-000000000001","eventType":"{event_type}","timestamp":"2026-11-23T13:02:31Z","payload":{payload}}}"#
    );
    let raw = Raw {
        stream: StreamKey::new("event::A").unwrap(),
        id: EntryId::new(ms, 0),
        replayable: true,
        channel: None,
        event_type: None,
        fields: vec![("event".into(), text.into_bytes())],
    };
    let mut intake = Intake::new(Arc::new(Registry::default()), TenantLock::default());
    let Admission::Entry(entry) = intake.admit(raw) else { panic!() };
    entry
}

fn page(entries: Vec<Entry>, reached: u64, is_end: bool) -> ArchivePage {
    ArchivePage { entries, reached: EntryId::new(reached, 0), is_end, ..ArchivePage::default() }
}

async fn found(
    mut pages: Vec<ArchivePage>,
    tenant: Option<&str>,
) -> (Result<Option<String>, BusError>, Vec<EntryId>) {
    pages.reverse();
    let archive = Arc::new(Pages { pages: Mutex::new(pages), ..Pages::default() });
    let watching =
        watching_it(Session { archive: Arc::clone(&archive) as _, ..session("prod", &Arc::default()) });
    let tenant = tenant.map(|tenant| TenantId::new(tenant).unwrap());
    let answer = seek(Some(&watching), EventType::new("A").unwrap(), tenant).await;
    let asked = archive.asked.lock().unwrap().clone();
    (answer, asked)
}

#[tokio::test(start_paused = true)]
async fn the_newest_of_the_tenant_is_better_than_the_newest() {
    let entries = || {
        vec![
            entry(1, "A", r#"{"tenantId":"acme","n":1}"#),
            entry(2, "A", r#"{"tenantId":"acme","n":2}"#),
            entry(3, "A", r#"{"tenantId":"beta","n":3}"#),
            entry(4, "B", r#"{"tenantId":"acme","n":4}"#),
            entry(5, "A", "7"),
        ]
    };
    for (tenant, n) in [(None, "3"), (Some("acme"), "2"), (Some("beta"), "3"), (Some("new"), "3")] {
        let (answer, _) = found(vec![page(entries(), 1, false)], tenant).await;
        assert!(answer.as_ref().unwrap().as_ref().unwrap().contains(&format!("\"n\":{n}")), "{answer:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn pages_without_one_are_passed_over_to_the_end() {
    let pages = vec![
        page(Vec::new(), 900, false),
        page(vec![entry(5, "B", r#"{"tenantId":"acme"}"#)], 800, false),
        page(vec![entry(4, "A", r#"{"tenantId":"acme","n":4}"#)], 700, false),
    ];
    let (answer, asked) = found(pages, None).await;
    assert_eq!(answer.unwrap().unwrap(), r#"{"tenantId":"acme","n":4}"#);
    assert_eq!(asked, [EntryId::MAX, EntryId::new(900, 0), EntryId::new(800, 0)]);
    let (answer, _) = found(vec![page(Vec::new(), 900, false), page(Vec::new(), 900, true)], None).await;
    assert_eq!(answer, Ok(None));
    // A page that gets nowhere is the end, too.
    let (answer, _) = found(vec![page(Vec::new(), 900, false), page(Vec::new(), 900, false)], None).await;
    assert_eq!(answer, Ok(None));
}

#[tokio::test(start_paused = true)]
async fn what_may_not_be_read_is_not_said_to_be_empty() {
    let why = BusError::Unsupported("the user may not read it".to_owned());
    let denied = Denied { stream: StreamKey::new("event::A").unwrap(), why: why.clone() };
    let last = ArchivePage { denied: vec![denied], ..page(Vec::new(), 1, true) };
    assert_eq!(found(vec![last], None).await.0, Err(why));
}

#[tokio::test(start_paused = true)]
async fn it_takes_no_longer_than_a_person_waits() {
    let begun = tokio::time::Instant::now();
    let (answer, _) = found(vec![page(Vec::new(), 900, false)], None).await;
    assert_eq!(answer.unwrap_err().what(), "looking for one took longer than 5 s");
    assert!(begun.elapsed() < Duration::from_secs(6));
    let none = seek(None, EventType::new("A").unwrap(), None).await;
    assert!(none.unwrap_err().what().contains("no context is open"));
}
