//! Templates, and what was sent: lists to start from, and what is asked about them.

use std::collections::BTreeMap;

use super::{App, Choice, Picker};
use crate::bus::StoredTemplate;
use crate::compose::{Sent, Template, TemplateError};
use crate::text::cut_safe;

/// Cells of what is searched by typing.
const SEARCHED: usize = 400;

/// A list to start from.
#[derive(Debug, Clone)]
pub struct Shelf {
    /// What is in it.
    pub kept: Kept,
    /// The lines; the value is the number of what they are about.
    pub picker: Picker<usize>,
    /// Where it lies. Not safe to show.
    pub place: String,
    /// So many lines of it cannot be read.
    pub unread: u64,
}

/// What is in such a list.
#[derive(Debug, Clone)]
pub enum Kept {
    /// Templates.
    Templates(Vec<KeptTemplate>),
    /// What was sent, newest first.
    Sent(Vec<Sent>),
}

/// A template in a list.
#[derive(Debug, Clone)]
pub struct KeptTemplate {
    /// As it is kept.
    pub stored: StoredTemplate,
    /// What it says, or why it cannot be used.
    pub read: Result<Template, TemplateError>,
    /// Whether an editor left something else of it, which is not kept yet.
    pub is_unsaved: bool,
}

impl KeptTemplate {
    fn new(stored: StoredTemplate, unsaved: &BTreeMap<String, String>) -> Self {
        Self { read: Template::of(&stored), is_unsaved: unsaved.contains_key(&stored.name), stored }
    }

    /// As a line: what of it is found by typing.
    fn choice(&self, value: usize) -> Choice<usize> {
        let note = match &self.read {
            Ok(template) => {
                format!("{} {}", template.event_type, template.note.as_deref().unwrap_or_default())
            }
            Err(why) => why.what.clone(),
        };
        let (name, note) = (cut_safe(&self.stored.name, SEARCHED), cut_safe(&note, SEARCHED));
        Choice { value, name, note, count: None }
    }
}

impl Shelf {
    /// A list of templates. What an editor left of those that are gone is in it, too: nothing else holds it.
    pub fn of_templates(
        mut templates: Vec<StoredTemplate>,
        place: String,
        unsaved: &BTreeMap<String, String>,
    ) -> Self {
        for (name, text) in unsaved {
            if templates.iter().all(|known| known.name != *name) {
                let stored = StoredTemplate {
                    name: name.clone(),
                    text: text.clone(),
                    place: place.clone(),
                    fault: None,
                };
                templates.push(stored);
            }
        }
        let kept: Vec<_> = templates.into_iter().map(|it| KeptTemplate::new(it, unsaved)).collect();
        let choices = kept.iter().enumerate().map(|(at, template)| template.choice(at)).collect();
        Self { picker: picker(choices), kept: Kept::Templates(kept), place, unread: 0 }
    }

    /// A list of what was sent; so many lines of it cannot be read.
    pub fn of_sent(sent: Vec<Sent>, (place, unread): (String, u64), app: &App) -> Self {
        let choice = |(at, sent): (usize, &Sent)| {
            let time = format!("{} {}", app.clock.date(sent.at), app.clock.time(sent.at));
            let tenant = app.monitor.labels().show(sent.tenant.as_str());
            Choice {
                value: at,
                name: format!("{time}  {}", sent.event_type),
                note: format!("{} {tenant} {} {}", sent.outcome.word(), sent.event, sent.tenant),
                count: None,
            }
        };
        let choices = sent.iter().enumerate().map(choice).collect();
        Self { picker: picker(choices), kept: Kept::Sent(sent), place, unread }
    }

    /// What the list is called.
    pub fn title(&self) -> &'static str {
        match self.kept {
            Kept::Templates(_) => "Templates",
            Kept::Sent(_) => "Sent in this context",
        }
    }

    /// Whether there is nothing in it, whatever is typed.
    pub fn is_empty(&self) -> bool {
        self.picker.choices.is_empty()
    }

    /// The template under the cursor.
    pub fn template(&self) -> Option<&KeptTemplate> {
        match &self.kept {
            Kept::Templates(templates) => templates.get(self.picker.chosen()?.value),
            Kept::Sent(_) => None,
        }
    }

    /// What was sent, under the cursor.
    pub fn sent(&self) -> Option<&Sent> {
        match &self.kept {
            Kept::Sent(sent) => sent.get(self.picker.chosen()?.value),
            Kept::Templates(_) => None,
        }
    }

    /// The template of that name says something else now, in what is kept or in what is not kept yet.
    pub fn renew(&mut self, name: &str, text: Option<&str>, unsaved: &BTreeMap<String, String>) {
        let Kept::Templates(templates) = &mut self.kept else { return };
        let Some(at) = templates.iter().position(|known| known.stored.name == name) else { return };
        let mut stored = templates[at].stored.clone();
        if let Some(text) = text {
            text.clone_into(&mut stored.text);
            stored.fault = None;
        }
        templates[at] = KeptTemplate::new(stored, unsaved);
        if let Some(choice) = self.picker.choices.get_mut(at) {
            *choice = templates[at].choice(at);
        }
    }
}

/// A list with the cursor on its first line, if it has one.
fn picker(choices: Vec<Choice<usize>>) -> Picker<usize> {
    let is_empty = choices.is_empty();
    let mut picker = Picker::new(choices, |_| false);
    if is_empty {
        picker.list.cursor = None;
    }
    picker
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
