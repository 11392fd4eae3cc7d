//! The ways back.

use super::{ErrorsPage, FailedPlace, FlowState, View};
use crate::monitor::Scope;

/// How it was before a row of the Flow view, or the event of an error, was opened: Esc brings it back.
#[derive(Debug, Clone)]
pub struct Trail {
    /// The filter, as text.
    pub filter: String,
    /// The tenant and the channel.
    pub scope: Scope,
    /// What the Flow view showed, with its cursors: another scope has other rows.
    pub flow: Box<FlowState>,
    /// The entry under the cursor.
    pub cursor: Option<u64>,
    /// The entry in the first row.
    pub top: Option<u64>,
    /// The view.
    pub view: View,
    /// The page of errors that lay over it.
    pub errors: Option<Box<ErrorsPage>>,
    /// What was open and marked in the Failed view, where the way led into it.
    pub failed: Option<Box<FailedPlace>>,
}

impl Trail {
    /// Whether it leads from the view Failed back to the errors of handlers.
    pub fn leads_to_errors(&self) -> bool {
        self.failed.is_some() && self.errors.is_some()
    }
}

/// Where a new event was started from one that was looked at: Esc in the Compose view leads there.
#[derive(Debug, Clone)]
pub struct Whence {
    /// The view.
    pub view: View,
    /// The page of errors that lay over it.
    pub errors: Option<Box<ErrorsPage>>,
    /// The way back from there.
    pub trail: Option<Trail>,
}
