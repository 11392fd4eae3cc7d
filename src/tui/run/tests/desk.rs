//! The machine of a dashboard on a stage.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use tokio::sync::mpsc;

use crate::bus::{FailedQueue, MemoryStore, Store};
use crate::event::{Entry, TenantId};
use crate::tui::host::{
    BadLinesFile, EventsFile, Export, Exported, FileStamp, Host, NewEventsFile, NotExported, Underway,
};

/// A machine on which a person edits what the test says, when it says so.
pub(super) struct Desk {
    /// What was to be edited.
    pub(super) given: Mutex<Vec<String>>,
    pub(super) saved: tokio::sync::Mutex<mpsc::Receiver<Result<String, String>>>,
    pub(super) store: Arc<MemoryStore>,
    /// How many events are in each file that was kept.
    pub(super) files: Arc<Mutex<Vec<usize>>>,
}

/// A file of events that knows how many there are.
struct Kept {
    lines: usize,
    pub(super) files: Arc<Mutex<Vec<usize>>>,
}

#[async_trait]
impl NewEventsFile for Kept {
    async fn write(&mut self, entries: Vec<Entry>) -> Result<(), NotExported> {
        self.lines += entries.len();
        Ok(())
    }

    async fn keep(self: Box<Self>) -> Result<(), NotExported> {
        self.files.lock().unwrap().push(self.lines);
        Ok(())
    }
}

impl Desk {
    /// One at which nobody sits.
    pub(super) fn alone() -> Arc<Self> {
        let (_, saved) = mpsc::channel(1);
        Arc::new(Self {
            given: Mutex::default(),
            saved: tokio::sync::Mutex::new(saved),
            store: Arc::default(),
            files: Arc::default(),
        })
    }
}

#[async_trait]
impl Host for Desk {
    async fn edit(&self, text: String, suffix: &'static str) -> Result<String, String> {
        self.given.lock().unwrap().push(format!("{text}{suffix}"));
        self.saved.lock().await.recv().await.expect("the test is over")
    }

    async fn export(
        &self,
        export: &Export,
        _: Arc<dyn FailedQueue>,
        _: Arc<Underway>,
    ) -> Result<Exported, NotExported> {
        Ok(Exported { written: export.events.len() as u64, gone: 0 })
    }

    async fn open_events(&self, file: &str, _: Option<FileStamp>) -> Result<EventsFile, String> {
        Err(format!("there is no file '{file}' on a stage"))
    }

    async fn paths(&self, _: &str) -> Result<Vec<String>, String> {
        Ok(Vec::new())
    }

    async fn bad_lines(&self, file: &str) -> Result<Box<dyn BadLinesFile>, String> {
        Err(format!("'{file}' cannot be written on a stage"))
    }

    fn refusal(&self, tenant: &TenantId) -> Option<String> {
        (tenant.as_str() == "stranger").then(|| "it is not in [tenants]".to_owned())
    }

    async fn create(&self, _: &str, _: bool) -> Result<Box<dyn NewEventsFile>, NotExported> {
        Ok(Box::new(Kept { lines: 0, files: Arc::clone(&self.files) }))
    }

    fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.store) as Arc<dyn Store>
    }
}
