//! The port for what is kept on the machine of a person: templates, and what was sent.

mod memory;

use async_trait::async_trait;

pub use memory::MemoryStore;

use crate::text::display_safe;

/// Keeps templates, for all contexts, and a history of what was sent, for each. It keeps texts: what they mean is not its
/// business.
#[async_trait]
pub trait Store: Send + Sync {
    /// All templates, by name.
    async fn templates(&self) -> Result<Vec<StoredTemplate>, StoreError>;

    /// Keeps a template. One of that name is replaced only where `replaces`.
    async fn keep_template(&self, name: &str, text: &str, replaces: bool) -> Result<(), StoreError>;

    /// Deletes a template.
    async fn delete_template(&self, name: &str) -> Result<(), StoreError>;

    /// The newest lines of the history of a context, newest first.
    async fn sent(&self, context: &str, at_most: usize) -> Result<Vec<String>, StoreError>;

    /// Adds lines to the history of a context, in order. The oldest leave it when it is full.
    async fn keep_sent(&self, context: &str, lines: &[String]) -> Result<(), StoreError>;

    /// Where templates lie, for people.
    fn templates_place(&self) -> String {
        MEMORY.to_owned()
    }

    /// Where the history of a context lies, for people.
    fn history_place(&self, context: &str) -> String {
        let _ = context;
        MEMORY.to_owned()
    }
}

/// Where what is kept in memory lies.
const MEMORY: &str = "the memory of this run";

/// A template as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredTemplate {
    /// Its name.
    pub name: String,
    /// Its TOML text.
    pub text: String,
    /// Where it lies, for people: a file.
    pub place: String,
    /// Why it cannot be read, with what to do; then `text` says no more than that.
    pub fault: Option<String>,
}

/// Why something was not kept, or not found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// There is one of that name.
    #[error("there is a template '{}' already", display_safe(.0))]
    Exists(String),
    /// There is none of that name.
    #[error("there is no template '{}'", display_safe(.0))]
    Unknown(String),
    /// It cannot be a name: why.
    #[error("'{0}' cannot be the name of a template: {1}")]
    BadName(String, &'static str),
    /// Reading or writing failed: what, where and why.
    #[error("{0}")]
    Failed(String),
}

/// What a name of a template may have, in bytes: a file of that name can be made everywhere.
const NAME_BYTES: usize = 100;

impl StoredTemplate {
    /// Whether this can be the name of a template: it is one of a file, too, whatever the letters.
    pub fn check_name(name: &str) -> Result<(), StoreError> {
        let bad = |why| Err(StoreError::BadName(display_safe(name).into_owned(), why));
        if name.is_empty() {
            return bad("it is empty");
        }
        if name.len() > NAME_BYTES {
            return bad("it is longer than 100 bytes");
        }
        if !name.starts_with(char::is_alphanumeric) {
            return bad("a letter or a digit comes first");
        }
        if !name.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.')) {
            return bad("it has letters, digits, blanks and - _ . only");
        }
        if name.ends_with([' ', '.']) {
            return bad("it ends with a blank or a dot");
        }
        Ok(())
    }
}
