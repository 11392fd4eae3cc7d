//! What the dashboard needs of the machine it runs on. It touches no files and starts no programs itself.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use async_trait::async_trait;
use tokio::sync::Notify;

use crate::bus::{FailedAt, FailedQueue, Store};
use crate::compose::BadLine;
use crate::event::{Entry, Masks, TenantId};

/// Failed events that are to be written into a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Export {
    /// The file, as a person named it.
    pub file: String,
    /// Whether a file that is there already is replaced.
    pub replaces: bool,
    /// The events, in this order.
    pub events: Vec<FailedAt>,
    /// What is masked in them.
    pub masks: Masks,
}

/// What was exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exported {
    /// So many are in the file.
    pub written: u64,
    /// So many were not there any more.
    pub gone: u64,
}

/// Why nothing was exported: no part of a file is left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotExported {
    /// There is such a file already, and it was not to be replaced.
    Exists,
    /// What went wrong, for people, in one line.
    Failed(String),
    /// It was ended, when so many were written: the file is removed, or as it was.
    Ended(u64),
}

/// Writing failed events into a file, as it goes on: how far it is, and whether it is to be ended.
#[derive(Debug, Default)]
pub struct Underway {
    written: AtomicU64,
    end: Notify,
}

impl Underway {
    /// So many are written.
    pub fn note(&self, written: u64) {
        self.written.store(written, Ordering::Relaxed);
    }

    /// How many are written.
    pub fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    /// It is to be ended. One that is whole by then stays.
    pub fn end(&self) {
        self.end.notify_one();
    }

    /// Waits until it is to be ended: also where that was said before.
    pub async fn ended(&self) {
        self.end.notified().await;
    }
}

/// A file as it was at a time: what was changed since has another one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FileStamp {
    /// Its length in bytes.
    pub bytes: u64,
    /// When it was changed last, where the system says so.
    pub modified: Option<SystemTime>,
    /// Which file it is, where the system says so: its device, and its number there.
    pub node: Option<(u64, u64)>,
}

/// A file of events that is open.
pub struct EventsFile {
    /// What it holds. Reading fails where it is changed meanwhile.
    pub from: Box<dyn Read + Send>,
    /// The file as it is now.
    pub stamp: FileStamp,
}

/// What was written of the lines that could not be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadWritten {
    /// So many; of none no file is left.
    pub lines: u64,
    /// The file with them.
    pub file: String,
    /// The file with what is wrong with each.
    pub reasons: String,
}

/// A new file for lines that cannot be published, to the letter.
#[async_trait]
pub trait BadLinesFile: Send {
    /// Writes these.
    ///
    /// # Errors
    ///
    /// They cannot be written: for people, in one line.
    async fn add(&mut self, lines: Vec<BadLine>) -> Result<(), String>;

    /// Makes sure that they are on the disk. Without any, no file is left.
    ///
    /// # Errors
    ///
    /// They cannot be written: for people, in one line.
    async fn finish(&mut self) -> Result<BadWritten, String>;
}

/// A file in the making. One that is dropped is removed.
#[async_trait]
pub trait NewEventsFile: Send {
    /// Adds these events, a line each.
    ///
    /// # Errors
    ///
    /// They cannot be written.
    async fn write(&mut self, entries: Vec<Entry>) -> Result<(), NotExported>;

    /// It is whole: it stays.
    ///
    /// # Errors
    ///
    /// It cannot be brought to the disk, or to its place.
    async fn keep(self: Box<Self>) -> Result<(), NotExported>;
}

/// Files and other programs.
#[async_trait]
pub trait Host: Send + Sync {
    /// Lets a person change `text` in the editor of their choice, in a file whose name ends with `suffix` (`.json`).
    /// The editor has the terminal to itself, and takes as long as it takes. What was saved is the answer.
    ///
    /// # Errors
    ///
    /// The editor cannot be started, it did not end well, or what it left cannot be read: for people, in one line.
    async fn edit(&self, text: String, suffix: &'static str) -> Result<String, String>;

    /// Writes failed events into a file that only this user can read, with every field as it lies in `failed`: the same
    /// lines as those of `tidings failed export`. `underway` is told how far it is, and ends it: nothing is left behind then.
    ///
    /// # Errors
    ///
    /// The file is there already, cannot be written, an event cannot be read, or it was ended.
    async fn export(
        &self,
        export: &Export,
        failed: Arc<dyn FailedQueue>,
        underway: Arc<Underway>,
    ) -> Result<Exported, NotExported>;

    /// Opens a file of events, which a person named. With `as_of` it must be as it was then. What can be read only once is
    /// refused: it is looked at before it is sent.
    ///
    /// # Errors
    ///
    /// It cannot be read, is no file, or was changed: for people, in one line.
    async fn open_events(&self, file: &str, as_of: Option<FileStamp>) -> Result<EventsFile, String>;

    /// The files and folders whose path begins with `typed`, in order, spelled as that is; folders end with `/`.
    ///
    /// # Errors
    ///
    /// The folder cannot be read: for people, in one line.
    async fn paths(&self, typed: &str) -> Result<Vec<String>, String>;

    /// Makes a new file for lines that cannot be published, and one beside it for what is wrong with them: the same as
    /// those of `tidings publish --bad-lines`.
    ///
    /// # Errors
    ///
    /// There is such a file already, or it cannot be written: for people, in one line.
    async fn bad_lines(&self, file: &str) -> Result<Box<dyn BadLinesFile>, String>;

    /// Why no event may be published for `tenant`, whatever the bus says, if so.
    fn refusal(&self, tenant: &TenantId) -> Option<String>;

    /// Makes a file that only this user can read, for events: the same lines as those of `tidings tail -o json`. It is
    /// there, or takes the place of one that was, when it is kept.
    ///
    /// # Errors
    ///
    /// The file is there already and is not to be replaced, or cannot be made.
    async fn create(&self, file: &str, replaces: bool) -> Result<Box<dyn NewEventsFile>, NotExported>;

    /// Where templates, and what was sent, are kept.
    fn store(&self) -> Arc<dyn Store>;
}
