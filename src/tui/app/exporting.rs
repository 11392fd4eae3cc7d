//! Events that are being written into a file: a piece at a time, so that neither a key nor memory waits for it.

use std::collections::VecDeque;

/// Why no other export can be begun.
pub(super) const IS_EXPORTING: &str = "one export is running: it says when it is done; Esc ends it";

/// What is on its way into a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exporting {
    /// Its number: answers come back with it.
    pub number: u64,
    /// The file, as a person named it.
    pub file: String,
    /// Whether a file that is there already is replaced.
    pub replaces: bool,
    /// Those that are to be written yet, in the order of arrival.
    pub left: VecDeque<u64>,
    /// How many are written.
    pub written: u64,
    /// How many had left memory before they could be.
    pub gone: u64,
    /// In how many of them something is masked.
    pub redacted: u64,
}

impl Exporting {
    /// How many it is about.
    pub fn total(&self) -> u64 {
        self.written + self.gone + self.left.len() as u64
    }
}
