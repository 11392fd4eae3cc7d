//! Files: the folder of schemas, templates, and what was sent.

mod error;
mod kept;
pub mod schemas;

pub use error::StoreError;
pub use kept::{FileStore, HISTORY_LINES};
