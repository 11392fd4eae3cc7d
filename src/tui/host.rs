//! What the dashboard needs of the machine it runs on. It touches no files and starts no programs itself.

use std::sync::Arc;

use async_trait::async_trait;

use crate::bus::{FailedAt, FailedQueue, Store};
use crate::event::Entry;

/// Failed events that are to be written into a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// The file, as a person named it.
    pub file: String,
    /// Whether a file that is there already is replaced.
    pub replaces: bool,
    /// The events, in this order.
    pub events: Vec<FailedAt>,
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
}

/// A file in the making. One that is dropped is removed.
#[async_trait]
pub trait EventsFile: Send {
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
    /// lines as those of `tidings failed export`.
    ///
    /// # Errors
    ///
    /// The file is there already, cannot be written, or an event cannot be read.
    async fn export(&self, export: &Export, failed: Arc<dyn FailedQueue>) -> Result<Exported, NotExported>;

    /// Makes a file that only this user can read, for events: the same lines as those of `tidings tail -o json`. It is
    /// there, or takes the place of one that was, when it is kept.
    ///
    /// # Errors
    ///
    /// The file is there already and is not to be replaced, or cannot be made.
    async fn create(&self, file: &str, replaces: bool) -> Result<Box<dyn EventsFile>, NotExported>;

    /// Where templates, and what was sent, are kept.
    fn store(&self) -> Arc<dyn Store>;
}
