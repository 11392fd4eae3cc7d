//! Templates, and what was sent, in files of the person's own: `templates/NAME.toml`, `history/CONTEXT.jsonl`. Nobody
//! else can read them. Every change is whole or not made, also where two programs write at one time.

mod disk;
mod history;
mod templates;

use std::path::PathBuf;

use async_trait::async_trait;
use tokio::task::spawn_blocking;

use crate::bus::{Store, StoreError, StoredTemplate};
use history::History;
use templates::Templates;

/// So many lines of a history are kept where nothing else is said.
pub const HISTORY_LINES: usize = 500;

/// Where there is no folder for them.
const NOWHERE: &str = "nowhere: this system has no place for them before HOME is set";

/// Keeps templates and histories in files.
#[derive(Debug, Clone)]
pub struct FileStore {
    templates: Templates,
    history: History,
}

impl FileStore {
    /// In these folders, which are made when something is kept. `None`: this system has no place for them.
    pub fn new(templates: Option<PathBuf>, history: Option<PathBuf>) -> Self {
        let history = History { folder: history, lines: HISTORY_LINES, bytes: history::BYTES };
        Self { templates: Templates { folder: templates }, history }
    }

    /// The same, keeping so many lines of each history.
    #[must_use]
    pub fn keeping(mut self, lines: usize) -> Self {
        self.history.lines = lines.max(1);
        self
    }

    #[cfg(test)]
    fn bounded(mut self, bytes: u64) -> Self {
        self.history.bytes = bytes;
        self
    }
}

/// A disk may take its time.
async fn on_disk<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let done = spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(StoreError::Failed(format!("it broke off: {error}"))))
}

#[async_trait]
impl Store for FileStore {
    async fn templates(&self) -> Result<Vec<StoredTemplate>, StoreError> {
        let templates = self.templates.clone();
        on_disk(move || templates.all()).await
    }

    async fn keep_template(&self, name: &str, text: &str, replaces: bool) -> Result<(), StoreError> {
        let (templates, name, text) = (self.templates.clone(), name.to_owned(), text.to_owned());
        on_disk(move || templates.keep(&name, &text, replaces)).await
    }

    async fn delete_template(&self, name: &str) -> Result<(), StoreError> {
        let (templates, name) = (self.templates.clone(), name.to_owned());
        on_disk(move || templates.delete(&name)).await
    }

    async fn sent(&self, context: &str, at_most: usize) -> Result<Vec<String>, StoreError> {
        let (history, context) = (self.history.clone(), context.to_owned());
        on_disk(move || history.newest(&context, at_most)).await
    }

    async fn keep_sent(&self, context: &str, lines: &[String]) -> Result<(), StoreError> {
        let (history, context, lines) = (self.history.clone(), context.to_owned(), lines.to_vec());
        on_disk(move || history.add(&context, &lines)).await
    }

    fn templates_place(&self) -> String {
        let file = self.templates.folder.as_ref().map(|folder| folder.join("NAME.toml"));
        file.map_or_else(|| NOWHERE.to_owned(), |it| it.display().to_string())
    }

    fn history_place(&self, context: &str) -> String {
        self.history.file(context).map_or_else(|| NOWHERE.to_owned(), |it| it.display().to_string())
    }
}

#[cfg(test)]
mod tests;
