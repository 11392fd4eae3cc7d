//! The way back.

use super::{ErrorsPage, View};

/// How it was before a row of the Flow view, or the event of an error, was opened: Esc brings it back.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Trail {
    /// The filter, as text.
    pub filter: String,
    /// The entry under the cursor.
    pub cursor: Option<u64>,
    /// The entry in the first row.
    pub top: Option<u64>,
    /// The view.
    pub view: View,
    /// The page of errors that lay over it.
    pub errors: Option<Box<ErrorsPage>>,
}
