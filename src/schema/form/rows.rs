//! The rows of a form: a view of a text, made anew for every text.

use std::collections::HashSet;

use crate::event::Report;
use crate::event::json::{Broken, Node, Pointer, Shape, read};
use crate::text::plural;

use super::alternative::fits;
use super::field::FieldModel;
use super::kind::FieldKind;
use super::opened::Opened;
use super::spot::Spot;
use super::{FormModel, place_of};

/// How a field stands in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It has a value of its kind; whether that is valid, the row's faults say.
    Set,
    /// It is not there.
    Absent,
    /// It is null, and may be.
    Null,
    /// It has a value of another kind.
    WrongKind,
    /// The text is not JSON: this is its only row.
    Broken(Broken),
}

/// What a row stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The whole payload: the first row.
    Whole,
    /// A field that the schema names.
    Field,
    /// An item of a list.
    Item,
    /// A field of a free-form object.
    Entry,
    /// Something of the text that the schema does not name.
    Unnamed,
}

/// One line of a form.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its place in the payload.
    pub pointer: Pointer,
    /// How deep it lies: 0 for the whole and its fields.
    pub depth: usize,
    /// What the schema says of it.
    pub field: FieldModel,
    /// The kind of value to write: the field's kind, or of a union the one that the value is.
    pub editor: FieldKind,
    /// Which kind of a union the value is, counted from 0; `None` when it is none of them, or there are none.
    pub variant: Option<usize>,
    /// What it stands for.
    pub origin: Origin,
    /// How it stands in the text.
    pub state: State,
    /// Its value: a text without its quotes, a number as it was written, of lists and objects how much they hold. What
    /// the text says: not safe to show.
    pub shown: Option<String>,
    /// What is wrong with it, or with what lies in it and has no row of its own.
    pub faults: Vec<Report>,
    /// Whether there is something to open.
    pub opens: bool,
    /// Whether it is open.
    pub is_open: bool,
    /// How many earlier values of the same key stand in the text; they do not count.
    pub repeats: usize,
}

impl FormModel {
    /// The rows of `text`: the whole payload first, then its fields, those that are required before the others, and
    /// below each one that is open what lies in it. Nothing of the text is left out; a text that is not JSON is one row.
    pub fn rows(&self, text: &str, opened: &Opened) -> Vec<Row> {
        let mut rows = Rows { text, opened, made: Vec::new() };
        let whole = Pointer::root();
        match read(text) {
            Ok(node) => {
                let spot = Spot::new(self.place(), Some(&node), text, &whole, opened);
                rows.add(&spot, &whole, "payload", true, Origin::Whole);
            }
            Err(broken) => {
                let spot = Spot::new(self.place(), None, text, &whole, opened);
                rows.add_alone(&spot, &whole, "payload", true, Origin::Whole);
                if let Some(row) = rows.made.first_mut() {
                    row.state = State::Broken(broken);
                }
            }
        }
        for fault in self.faults(text) {
            let at = place_of(&fault);
            // The deepest row that the fault lies in; the first row is the whole, and holds all.
            let row = rows.made.iter_mut().filter(|row| at.is_within(&row.pointer));
            if let Some(row) = row.max_by_key(|row| row.pointer.names().len()) {
                row.faults.push(fault);
            }
        }
        rows.made
    }
}

struct Rows<'t> {
    text: &'t str,
    opened: &'t Opened,
    made: Vec<Row>,
}

impl Rows<'_> {
    fn add(&mut self, spot: &Spot<'_, '_>, at: &Pointer, label: &str, required: bool, origin: Origin) {
        let editor = self.add_alone(spot, at, label, required, origin);
        if !self.opened.is_open(at) {
            return;
        }
        match spot.node.map(|node| &node.shape) {
            Some(Shape::List(items)) => {
                let origin =
                    if matches!(editor, FieldKind::List(_)) { Origin::Item } else { Origin::Unnamed };
                let fixed = if origin == Origin::Item { spot.settled.fixed() } else { 0 };
                for nth in 0..items.len().max(fixed) {
                    self.child(spot, at, &nth.to_string(), false, origin);
                }
            }
            Some(Shape::Object(members)) => {
                let named = if matches!(editor, FieldKind::Object { .. }) {
                    spot.settled.names()
                } else {
                    Vec::new()
                };
                let origin = match editor {
                    FieldKind::Free { .. } => Origin::Entry,
                    _ if spot.settled.get("patternProperties").is_some() => Origin::Entry,
                    _ => Origin::Unnamed,
                };
                self.fields(spot, at, &named);
                let mut shown: HashSet<&str> = named.into_iter().collect();
                for member in members {
                    if shown.insert(&member.name) {
                        self.child(spot, at, &member.name, false, origin);
                    }
                }
            }
            // What is not there can be filled in from within.
            None | Some(Shape::Null) => match editor {
                FieldKind::Object { .. } => self.fields(spot, at, &spot.settled.names()),
                FieldKind::List(_) => {
                    for nth in 0..spot.settled.fixed() {
                        self.child(spot, at, &nth.to_string(), false, Origin::Item);
                    }
                }
                _ => {}
            },
            Some(_) => {}
        }
    }

    fn fields(&mut self, spot: &Spot<'_, '_>, at: &Pointer, names: &[&str]) {
        for name in names {
            self.child(spot, at, name, spot.settled.requires(name), Origin::Field);
        }
    }

    fn child(&mut self, spot: &Spot<'_, '_>, above: &Pointer, name: &str, required: bool, origin: Origin) {
        let at = above.join(name);
        let child = spot.child(name, self.text, &at, self.opened);
        // A field that is ruled out is offered only where the text has it, so that it can be taken out.
        if child.settled.never && child.node.is_none() {
            return;
        }
        let repeats = match spot.node.map(|node| &node.shape) {
            Some(Shape::Object(members)) => members.iter().filter(|member| member.name == name).count(),
            _ => 0,
        };
        let nth = self.made.len();
        self.add(&child, &at, name, required, origin);
        if let Some(row) = self.made.get_mut(nth) {
            row.repeats = repeats.saturating_sub(1);
        }
    }

    /// Adds one row, and answers the kind of value to write there.
    fn add_alone(
        &mut self,
        spot: &Spot<'_, '_>,
        at: &Pointer,
        label: &str,
        required: bool,
        origin: Origin,
    ) -> FieldKind {
        let field = FieldModel::new(label, required, &spot.place);
        let editor = spot.editor();
        let state = self.state(spot, &field, &editor);
        let full = |node: &Node| match &node.shape {
            Shape::Object(members) => !members.is_empty(),
            Shape::List(items) => !items.is_empty(),
            _ => false,
        };
        let fillable = match spot.node.map(|node| &node.shape) {
            None | Some(Shape::Null | Shape::Object(_)) if matches!(editor, FieldKind::Object { .. }) => {
                !spot.settled.names().is_empty()
            }
            None | Some(Shape::Null | Shape::List(_)) => {
                matches!(editor, FieldKind::List(_)) && spot.settled.fixed() > 0
            }
            _ => false,
        };
        self.made.push(Row {
            pointer: at.clone(),
            depth: at.names().len().saturating_sub(1),
            variant: spot.variant.filter(|_| matches!(field.kind, FieldKind::Union(_))),
            field,
            editor: editor.clone(),
            origin,
            state,
            shown: spot.node.map(|node| shown(node, self.text)),
            faults: Vec::new(),
            opens: fillable || spot.node.is_some_and(full),
            is_open: self.opened.is_open(at),
            repeats: 0,
        });
        editor
    }

    fn state(&self, spot: &Spot<'_, '_>, field: &FieldModel, editor: &FieldKind) -> State {
        match spot.node {
            None => State::Absent,
            Some(node) if node.shape == Shape::Null && (field.nullable || *editor == FieldKind::Any) => {
                State::Null
            }
            Some(node) if fits(editor, self.text, node) => State::Set,
            Some(_) => State::WrongKind,
        }
    }
}

/// A value in few words.
fn shown(node: &Node, json: &str) -> String {
    match &node.shape {
        Shape::Text(text) => text.clone(),
        Shape::List(items) => plural(items.len() as u64, "item", "items"),
        Shape::Object(members) => plural(members.len() as u64, "field", "fields"),
        _ => node.text(json).to_owned(),
    }
}
