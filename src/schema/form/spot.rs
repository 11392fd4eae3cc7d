//! A place of a schema beside the value that a text has there.

use crate::event::json::{Node, Pointer, Shape};

use super::alternative::closest;
use super::kind::FieldKind;
use super::opened::Opened;
use super::place::Place;

/// A place and what is there.
#[derive(Debug, Clone)]
pub(super) struct Spot<'a, 'n> {
    /// What the schema says, alternatives included.
    pub(super) place: Place<'a>,
    pub(super) node: Option<&'n Node>,
    /// Which alternative the value is, where there are some.
    pub(super) variant: Option<usize>,
    /// What the schema says of the value that is there: the alternative that it is. Of a value that it can be none
    /// of, nothing.
    pub(super) settled: Place<'a>,
}

impl<'a, 'n> Spot<'a, 'n> {
    pub(super) fn new(
        place: Place<'a>,
        node: Option<&'n Node>,
        json: &str,
        at: &Pointer,
        opened: &Opened,
    ) -> Self {
        let mut alternatives = place.alternatives();
        let wanted = opened.chosen(at);
        let variant = match node {
            Some(node) if node.shape != Shape::Null => closest(&alternatives, json, node, wanted),
            _ => wanted.filter(|&nth| nth < alternatives.len()),
        };
        let settled = match variant {
            Some(nth) => alternatives.swap_remove(nth).place,
            None if alternatives.is_empty() => place.clone(),
            None => Place::any(place.document),
        };
        Self { place, node, variant, settled }
    }

    /// The kind of value that is written here: never a union that was chosen of.
    pub(super) fn editor(&self) -> FieldKind {
        let kind = FieldKind::of(&self.place);
        match kind {
            // A list of values that is written as alternatives is one choice.
            FieldKind::Union(_) if self.variant.is_some() => FieldKind::of(&self.settled),
            other => other,
        }
    }

    /// The place of the member or item `name`.
    pub(super) fn child(&self, name: &str, json: &str, at: &Pointer, opened: &Opened) -> Self {
        let is_list = match self.node.map(|node| &node.shape) {
            Some(Shape::List(_)) => true,
            Some(Shape::Object(_)) => false,
            _ => matches!(self.editor(), FieldKind::List(_)),
        };
        let place = match name.parse() {
            Ok(nth) if is_list => self.settled.item(nth),
            _ => self.settled.member(name),
        };
        Self::new(place, self.node.and_then(|node| node.child(name)), json, at, opened)
    }

    /// The spot at a place below `root`.
    pub(super) fn at(root: Self, json: &str, at: &Pointer, opened: &Opened) -> Self {
        let mut here = Pointer::root();
        at.names().iter().fold(root, |spot, name| {
            here = here.join(name.as_str());
            spot.child(name, json, &here, opened)
        })
    }
}
