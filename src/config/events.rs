//! `[events]`: how the dashboard shows events.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::monitor::AboutRules;
use crate::tui::app::{Column, Columns, EventsLook};

/// `[events]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Events {
    /// The columns of the list, from left to right.
    pub columns: Vec<Column>,
    /// For a type or a pattern of types the paths into the payload that tell what an event is about.
    pub about: BTreeMap<String, Vec<String>>,
}

impl Default for Events {
    fn default() -> Self {
        Self { columns: Columns::default().all().to_vec(), about: BTreeMap::new() }
    }
}

impl Events {
    /// What the dashboard is to go by. A file of which this cannot be made is refused when it is read.
    pub fn look(&self) -> EventsLook {
        EventsLook {
            about: self.rules().unwrap_or_default(),
            columns: Columns::new(self.columns.clone()).unwrap_or_default(),
        }
    }

    fn rules(&self) -> Result<AboutRules, crate::monitor::AboutError> {
        AboutRules::new(self.about.iter().map(|(types, paths)| (types.as_str(), paths.as_slice())))
    }

    /// What is wrong with it, by key, and what to do.
    pub(super) fn fault(&self) -> Option<(String, String, String)> {
        if Columns::new(self.columns.clone()).is_none() {
            let what = "events.columns: there is none, or one of them twice";
            let words: Vec<_> = Column::ALL.iter().map(|column| column.word()).collect();
            let next = format!("Choose from: {}.", words.join(", "));
            return Some(("events.columns".to_owned(), what.to_owned(), next));
        }
        let error = self.rules().err()?;
        let what = format!("events.about: '{}' of '{}': {}", error.path, error.types, error.error);
        let next = error.error.hint.unwrap_or_default();
        Some((super::source::join("events.about", &error.types), what, next))
    }
}
