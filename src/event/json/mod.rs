//! JSON as text: where its values stand, and changes of one value that leave every other byte as it was.
//!
//! What somebody wrote is kept: numbers of any length, the order of keys, repeated keys, white space.

mod edit;
mod pointer;
mod read;
mod style;

pub use edit::{EditError, insert_item, move_item, remove, rename, set};
pub use pointer::Pointer;
pub use read::{Broken, Member, Node, Shape, read};
pub use style::pretty;

/// `text` as a JSON string.
pub fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
