//! A panic in the dashboard, of the drawing thread itself: the terminal is given back first, and then it is told.

use std::io::Read;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use chrono::Utc;
use tidings::bus::{BusError, Connector, FailedQueue, MemoryStore, Session, Start, Store, Watch};
use tidings::event::TenantId;
use tidings::tui::app::{Setup, Zone};
use tidings::tui::host::{
    BadLinesFile, EventsFile, Export, Exported, FileStamp, Host, NewEventsFile, NotExported, Underway,
};
use tidings::tui::theme::Look;

use crate::ends::Held;

/// A context that cannot be opened.
struct Nowhere;

impl Connector for Nowhere {
    fn contexts(&self) -> Vec<String> {
        vec!["nowhere".to_owned()]
    }

    fn open(&self, _: &str) -> Result<Session, BusError> {
        Err(BusError::Unavailable { what: "nothing is there".to_owned() })
    }
}

/// A machine on which nothing can be done.
struct Bare;

#[async_trait]
impl Host for Bare {
    async fn edit(&self, _: String, _: &'static str) -> Result<String, String> {
        Err(String::new())
    }

    async fn export(
        &self,
        _: &Export,
        _: Arc<dyn FailedQueue>,
        _: Arc<Underway>,
    ) -> Result<Exported, NotExported> {
        Err(NotExported::Exists)
    }

    async fn open_events(&self, _: &str, _: Option<FileStamp>) -> Result<EventsFile, String> {
        let from: Box<dyn Read + Send> = Box::new(std::io::empty());
        Ok(EventsFile { from, stamp: FileStamp::default() })
    }

    async fn paths(&self, _: &str) -> Result<Vec<String>, String> {
        Ok(Vec::new())
    }

    async fn bad_lines(&self, _: &str) -> Result<Box<dyn BadLinesFile>, String> {
        Err(String::new())
    }

    fn refusal(&self, _: &TenantId) -> Option<String> {
        None
    }

    async fn create(&self, _: &str, _: bool) -> Result<Box<dyn NewEventsFile>, NotExported> {
        Err(NotExported::Exists)
    }

    fn store(&self) -> Arc<dyn Store> {
        Arc::new(MemoryStore::default())
    }
}

/// Not a test of its own: what the next one runs in a terminal. Its clock breaks at the tenth look, when all is drawn.
#[tokio::test]
#[ignore = "it panics, as the test that runs it wants it"]
async fn a_dashboard_that_panics() {
    let looks = AtomicU32::new(0);
    let now = move || {
        assert!(looks.fetch_add(1, Ordering::Relaxed) < 10, "a fault, as the test wants it");
        Utc::now()
    };
    let watch = Watch::following(Start::Last(1));
    let setup = Setup::new("nowhere", watch);
    let look = Look::default();
    let run =
        tidings::tui::run::run(setup, &look, Arc::new(Nowhere), Arc::new(Bare), Arc::new(now), Zone::Local);
    let _ = run.await;
}

#[test]
fn a_panic_gives_the_terminal_back_and_is_told_there() {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "panics::a_dashboard_that_panics", "--ignored", "--nocapture"]);
    let mut held = Held::start(&command);
    assert_eq!(held.end(), Some(101), "{}", held.written);
    held.is_as_before();
    let (_, behind) = held.written.rsplit_once("\x1b[?1049l").unwrap();
    assert!(held.written.contains("a fault, as the test wants it"), "{behind}");
    let told = held.written.find("a fault, as the test wants it").unwrap();
    assert!(held.written[..told].contains("\x1b[?1049l"), "the terminal is given back before it is told");
}
