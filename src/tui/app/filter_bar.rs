//! The filter, and the field to type it in.

use super::Field;
use crate::filter::LiveFilter;

/// The filter that applies to every view, as typed and as it last made sense.
#[derive(Debug, Clone, Default)]
pub struct FilterBar {
    /// What is typed, the last of it that was a whole filter, and what is wrong with the rest.
    pub live: LiveFilter,
    /// The field, while it is open.
    pub editing: Option<Editing>,
}

/// An open filter field.
#[derive(Debug, Clone)]
pub struct Editing {
    /// What is typed.
    pub field: Field,
    /// The filter before it was opened: Esc brings it back.
    pub before: String,
}

impl FilterBar {
    /// The filter that applies, as text; empty when there is none.
    pub fn applied(&self) -> &str {
        self.live.good.text()
    }

    /// Whether a filter applies.
    pub fn is_on(&self) -> bool {
        !self.live.good.is_empty()
    }

    /// Whether the field is open.
    pub fn is_open(&self) -> bool {
        self.editing.is_some()
    }
}
