//! What can be wrong with files.

use std::path::{Path, PathBuf};

use crate::event::IdError;
use crate::schema::SchemaError;
use crate::text::display_safe;

/// What went wrong with a file or folder. Each text names it, says what is wrong, and what to do next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The folder cannot be listed.
    #[error("the schema folder '{}' cannot be read: {why}\n  create it, or name another one in the config", show(.path))]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
    /// The folder of themes cannot be listed.
    #[error("the folder of themes '{}' cannot be read: {why}\n  make it one that you may read, or move it away", show(.path))]
    Themes {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
    /// The file cannot be read, or is not UTF-8.
    #[error("'{}' cannot be read: {why}\n  check that it is there, may be read and is saved as UTF-8", show(.path))]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
    /// The file's name is not an event type.
    #[error(
        "'{}' is not named for an event type: {why}\n  name it TYPE.json, such as TICKET_UPDATED.json, or move it elsewhere",
        show(.path)
    )]
    Name {
        /// The file.
        path: PathBuf,
        /// Which rule the name breaks.
        why: IdError,
    },
    /// The file is not a schema that can be used.
    #[error(
        "'{}' cannot be used as a schema: {}\n  correct it, and try 'tidings types check' on it",
        show(.path),
        display_safe(&.fault.why)
    )]
    Schema {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        fault: SchemaError,
    },
    /// More than one of these.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Several(Vec<StoreError>),
}

fn show(path: &Path) -> String {
    display_safe(&path.to_string_lossy()).into_owned()
}
