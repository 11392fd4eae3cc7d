//! The field that is typed into. Every letter goes into the payload at once, so there is nothing to lose.

use chrono::{DateTime, Utc};

use super::history::Version;
use super::{ComposeState, Line, generator};
use crate::event::json::{Pointer, Shape, quoted, read};
use crate::schema::form::{Entry, FieldKind, FieldModel, Row, Suggestion, complete, parse_entry};
use crate::tui::app::Field;

/// Values of more bytes are no matter of one line.
const MOST_TYPED: usize = 4 * 1024;

/// What is typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edits {
    /// The value of a field.
    Value,
    /// The name of a field that is there.
    Name,
    /// The name of a field to add.
    NewName,
}

/// A field with a caret in it.
#[derive(Debug, Clone)]
pub struct OpenField {
    /// The row's place; of a new name, that of the object.
    pub pointer: Pointer,
    /// What is typed.
    pub edits: Edits,
    /// The caret and the text.
    pub field: Field,
    /// Why what is typed does not fit, in one line.
    pub error: Option<String>,
    /// What may be meant.
    pub suggestions: Vec<Suggestion>,
    /// The suggestion that was taken.
    pub taken: Option<usize>,
    /// What was typed before one was taken.
    stem: String,
    model: FieldModel,
    kind: FieldKind,
    /// Values that were seen on the bus, the newest first.
    seen: Vec<String>,
    before: Version,
}

impl OpenField {
    fn suggest(&mut self) {
        self.suggestions = match self.edits {
            Edits::Value => complete(&self.model, &self.kind, self.field.text(), &self.seen),
            Edits::Name | Edits::NewName => Vec::new(),
        };
        // What stands there already is no help.
        let typed = self.field.text();
        self.suggestions.retain(|suggestion| suggestion.text != typed);
    }
}

impl ComposeState {
    /// Opens the field of `row`. `seen` are values for it that were seen on the bus.
    pub fn open_field(&mut self, row: &Row, edits: Edits, seen: Vec<String>) {
        let text = match edits {
            Edits::NewName => String::new(),
            Edits::Name => row.field.label.clone(),
            Edits::Value => self.typed_value(row),
        };
        let mut open = OpenField {
            pointer: row.pointer.clone(),
            edits,
            field: Field::new(&text),
            error: None,
            suggestions: Vec::new(),
            taken: None,
            stem: text,
            model: row.field.clone(),
            kind: row.editor.clone(),
            seen,
            before: self.version(),
        };
        if open.edits == Edits::Value {
            // Until something is typed, everything that was seen is offered.
            open.suggestions = complete(&open.model, &open.kind, "", &open.seen);
            let now = open.field.text();
            open.suggestions.retain(|suggestion| suggestion.text != now);
        }
        self.field = Some(Box::new(open));
    }

    /// Why a row's value cannot be typed in one line, if it cannot.
    pub fn fits_no_field(&self, row: &Row) -> Option<&'static str> {
        let value = self.typed_value(row);
        if value.contains(['\n', '\r']) {
            Some("it has several lines, so it is edited in the JSON, or in your editor with ctrl-o")
        } else if value.len() > MOST_TYPED {
            Some("it is too long for a field, so it is edited in the JSON, or in your editor with ctrl-o")
        } else {
            None
        }
    }

    /// The value of a row as it would be typed.
    fn typed_value(&self, row: &Row) -> String {
        let Some(root) = &self.root else { return String::new() };
        match root.get(&row.pointer) {
            None => String::new(),
            Some(node) => match &node.shape {
                Shape::Text(text) => text.clone(),
                Shape::Null => String::new(),
                _ => node.text(&self.text).to_owned(),
            },
        }
    }

    /// Changes what is typed.
    pub fn edit_field(&mut self, change: impl FnOnce(&mut Field) -> bool, now: DateTime<Utc>) {
        let Some(open) = &mut self.field else { return };
        if change(&mut open.field) {
            open.taken = None;
            open.field.text().clone_into(&mut open.stem);
            open.suggest();
            self.write_field(now);
        }
    }

    /// Takes suggestion `nth`, if there is one.
    pub fn take_nth_suggestion(&mut self, nth: usize, now: DateTime<Utc>) {
        let Some(open) = self.field.as_mut().filter(|open| nth < open.suggestions.len()) else { return };
        open.taken = Some(nth);
        self.take_suggestion(0, now);
    }

    /// Takes the next suggestion, or the one before; beyond the last one is what was typed.
    pub fn take_suggestion(&mut self, by: isize, now: DateTime<Utc>) {
        let Some(open) = &mut self.field else { return };
        let places = open.suggestions.len() + 1;
        let at = open.taken.map_or(0, |taken| taken + 1);
        let next = (at + places).saturating_add_signed(by) % places;
        open.taken = next.checked_sub(1);
        let text = match open.taken.and_then(|nth| open.suggestions.get(nth)) {
            Some(suggestion) => suggestion.text.clone(),
            None => open.stem.clone(),
        };
        open.field.set(&text);
        self.write_field(now);
    }

    /// Makes a value where one is typed: a new UUID, the time.
    pub fn generate_typed(&mut self, now: DateTime<Utc>) -> Result<(), String> {
        let Some(open) = &mut self.field else { return Ok(()) };
        let kind = open.kind.clone();
        let made = crate::schema::form::generate(&kind, &mut generator(&mut self.uuid.clone(), now))
            .ok_or_else(|| format!("no {} can be made that surely fits", kind.name()))?;
        let text = match read(made.json()).map(|node| node.shape) {
            Ok(Shape::Text(text)) => text,
            _ => made.json().to_owned(),
        };
        open.taken = None;
        open.field.set(&text);
        open.stem = text;
        self.write_field(now);
        Ok(())
    }

    /// Writes what is typed into the payload as it was when the field was opened.
    fn write_field(&mut self, now: DateTime<Utc>) {
        let (Some(open), Some(model)) = (&mut self.field, &self.model) else { return };
        let (before, at) = (&open.before, &open.pointer);
        let mut opened = before.opened.clone();
        let typed = open.field.text();
        let mut uuid = self.uuid;
        open.error = None;
        let changed = match open.edits {
            Edits::Value if typed.is_empty() && !matches!(open.kind, FieldKind::Text(_)) => {
                model.clear(&before.text, at, &mut opened)
            }
            Edits::Value => {
                let entry = parse_entry(&open.kind, typed).or_else(|why| {
                    open.error = Some(why.to_string());
                    // It stands in the payload as it is typed: the fault is shown there, too.
                    Entry::of_json(&quoted(typed))
                });
                match entry {
                    Ok(entry) => model.set(&before.text, at, &entry, &opened),
                    Err(_) => Ok(before.text.clone()),
                }
            }
            Edits::Name if typed.is_empty() => {
                open.error = Some("a name is needed: as it is, the old one stays".to_owned());
                Ok(before.text.clone())
            }
            Edits::Name => model.rename_entry(&before.text, at, typed),
            Edits::NewName if typed.is_empty() => Ok(before.text.clone()),
            Edits::NewName => {
                opened.open(at.clone());
                model.add_entry(&before.text, at, typed, &mut generator(&mut uuid, now), &opened)
            }
        };
        let text = changed.unwrap_or_else(|why| {
            open.error = Some(why.to_string());
            before.text.clone()
        });
        self.opened = opened;
        let line = match (&open.edits, at.split()) {
            (Edits::Name, Some((above, _))) if open.error.is_none() => above.join(typed),
            (Edits::NewName, _) if open.error.is_none() && !typed.is_empty() => at.join(typed),
            _ => at.clone(),
        };
        self.put(&text);
        self.renew();
        self.stand_on(Line::Field(line));
        self.hold_line();
        self.show_caret();
    }

    /// Leaves the field: what is typed is in the payload already. True when there was one.
    pub fn close_field(&mut self) -> bool {
        let Some(open) = self.field.take() else { return false };
        if open.before.text != self.text {
            self.history.push(open.before);
        }
        true
    }
}
