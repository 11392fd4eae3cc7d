//! Templates, and the history of what was sent: what is asked for, and what came of it.

use crate::bus::{StoreError, StoredTemplate};

/// Something to be done with what is kept.
#[derive(Debug, Clone, PartialEq)]
pub enum ShelfEffect {
    /// Read all templates.
    Templates,
    /// Keep a template.
    Keep {
        /// Its name.
        name: String,
        /// Its TOML text.
        text: String,
        /// Whether one of that name is replaced.
        replaces: bool,
    },
    /// Delete the template of that name.
    Delete(String),
    /// Read what was sent in the context that is open.
    History,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq)]
pub enum ShelfDone {
    /// All templates, or why they could not be read.
    Templates {
        /// Where they lie.
        place: String,
        /// The answer.
        answer: Result<Vec<StoredTemplate>, StoreError>,
    },
    /// Whether a template is kept.
    Kept {
        /// Its name.
        name: String,
        /// Its text.
        text: String,
        /// The answer.
        answer: Result<(), StoreError>,
    },
    /// Whether a template is deleted.
    Deleted {
        /// Its name.
        name: String,
        /// The answer.
        answer: Result<(), StoreError>,
    },
    /// The lines of a history, newest first.
    History {
        /// Of this context.
        context: String,
        /// Where it lies.
        place: String,
        /// The answer.
        answer: Result<Vec<String>, StoreError>,
    },
}
