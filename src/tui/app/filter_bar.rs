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
    /// What stood there before it was opened: Esc brings it back.
    pub before: String,
    /// What it narrows.
    pub narrows: Narrows,
}

/// What is narrowed by what is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Narrows {
    /// Events, in every view: it is a filter.
    #[default]
    Events,
    /// The lines of the journal, which have none of an event's fields: it is words.
    Journal,
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

    /// Whether the field is open, whatever it narrows.
    pub fn is_open(&self) -> bool {
        self.editing.is_some()
    }

    /// Whether a filter is being typed.
    pub fn is_typed(&self) -> bool {
        self.editing.as_ref().is_some_and(|editing| editing.narrows == Narrows::Events)
    }
}
