//! Lists to choose from in the Events view: what to copy, and which columns there are.

use super::{Column, Picker};

/// What is chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventsChoice {
    /// Copy this of the event.
    Copy(CopyWhat),
    /// Show this column, or hide it.
    Column(Column),
}

/// What is copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CopyWhat {
    /// The event's JSON.
    Event,
    /// The payload's JSON.
    Payload,
    /// This text.
    Text(String),
}

/// A list, and for what.
#[derive(Debug, Clone)]
pub struct EventsPicker {
    /// What it is for. Safe to show.
    pub title: &'static str,
    /// The entry that it is about, where it is about one.
    pub entry: Option<u64>,
    /// The choices.
    pub picker: Picker<EventsChoice>,
}
