//! Templates, and what was sent: lists to start from, and what is asked about them.

use std::collections::BTreeMap;

use super::{App, Choice, Picker};
use crate::bus::StoredTemplate;
use crate::compose::{Sent, Template};
use crate::text::display_safe;

/// A list to start from.
#[derive(Debug, Clone)]
pub struct Shelf {
    /// What is in it.
    pub kept: Kept,
    /// The lines; the value is the number of what they are about.
    pub picker: Picker<usize>,
}

/// What is in such a list.
#[derive(Debug, Clone)]
pub enum Kept {
    /// Templates.
    Templates(Vec<StoredTemplate>),
    /// What was sent, newest first.
    Sent(Vec<Sent>),
}

impl Shelf {
    /// A list of templates.
    pub fn of_templates(templates: Vec<StoredTemplate>) -> Self {
        let choice = |(at, stored): (usize, &StoredTemplate)| {
            let note = match Template::of(stored) {
                Ok(template) => {
                    let note = template.note.map(|note| format!("   {note}")).unwrap_or_default();
                    format!("{}{note}", template.event_type)
                }
                Err(why) => format!("cannot be used: {}", why.what),
            };
            let (name, note) = (display_safe(&stored.name).into_owned(), display_safe(&note).into_owned());
            Choice { value: at, name, note, count: None }
        };
        let choices = templates.iter().enumerate().map(choice).collect();
        Self { picker: Picker::new(choices, |_| false), kept: Kept::Templates(templates) }
    }

    /// A list of what was sent.
    pub fn of_sent(sent: Vec<Sent>, app: &App) -> Self {
        let choice = |(at, sent): (usize, &Sent)| {
            let time = format!("{} {}", app.clock.date(sent.at), app.clock.time(sent.at));
            let tenant = app.monitor.labels().show(sent.tenant.as_str());
            Choice {
                value: at,
                name: format!("{time}  {}", sent.event_type),
                note: format!("{}   {tenant}", sent.outcome.word()),
                count: None,
            }
        };
        let choices = sent.iter().enumerate().map(choice).collect();
        Self { picker: Picker::new(choices, |_| false), kept: Kept::Sent(sent) }
    }

    /// What the list is called.
    pub fn title(&self) -> &'static str {
        match self.kept {
            Kept::Templates(_) => "Templates",
            Kept::Sent(_) => "Sent in this context",
        }
    }

    /// The template under the cursor.
    pub fn template(&self) -> Option<&StoredTemplate> {
        match &self.kept {
            Kept::Templates(templates) => templates.get(self.picker.chosen()?.value),
            Kept::Sent(_) => None,
        }
    }
}

/// What is asked about templates.
#[derive(Debug, Clone)]
pub enum ShelfAsk {
    /// Under which name this is kept.
    Save {
        /// The template; its name is what is typed.
        template: Box<Template>,
        /// The one that is there already: the same name once more replaces it.
        exists: Option<String>,
    },
    /// Whether the template of that name is deleted.
    Delete(String),
    /// What a template leaves open.
    Prompt(Box<Prompt>),
}

/// A template that leaves something open.
#[derive(Debug, Clone)]
pub struct Prompt {
    /// The template.
    pub template: Template,
    /// What is still to be said, the next first.
    pub labels: Vec<String>,
    /// What was said.
    pub answers: BTreeMap<String, String>,
}

impl ShelfAsk {
    /// The heading.
    pub fn title(&self) -> &'static str {
        match self {
            Self::Save { .. } => "Save as a template",
            Self::Delete(_) => "Delete a template",
            Self::Prompt(_) => "Fill the template in",
        }
    }

    /// What it does, in a word or two.
    pub fn go(&self, typed: &str) -> &'static str {
        match self {
            Self::Save { .. } if self.replaces(typed) => "Replace it",
            Self::Save { .. } => "Save",
            Self::Delete(_) => "Delete",
            Self::Prompt(_) => "Go on",
        }
    }

    /// What stands before the field.
    pub fn label(&self) -> String {
        match self {
            Self::Prompt(prompt) => prompt.labels.first().cloned().unwrap_or_default(),
            Self::Save { .. } | Self::Delete(_) => "name".to_owned(),
        }
    }

    /// Whether the name is that of one that is there already.
    pub fn replaces(&self, typed: &str) -> bool {
        matches!(self, Self::Save { exists: Some(name), .. } if name == typed.trim())
    }

    /// Why what is typed will not do.
    pub fn objection(&self, typed: &str) -> Option<String> {
        match self {
            Self::Save { .. } => StoredTemplate::check_name(typed.trim()).err().map(|why| why.to_string()),
            Self::Delete(_) | Self::Prompt(_) => None,
        }
    }
}
