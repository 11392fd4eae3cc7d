//! The way back.

/// How it was before a row of the Flow view was opened: Esc brings it back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trail {
    /// The filter, as text.
    pub filter: String,
    /// The entry under the cursor.
    pub cursor: Option<u64>,
    /// The entry in the first row.
    pub top: Option<u64>,
}
