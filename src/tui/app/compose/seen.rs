//! Values that were seen on the bus: what a field may be meant to be.

use std::collections::HashSet;

use super::ComposeState;
use crate::event::json::{Node, Pointer, Shape, read};
use crate::event::{EventType, Masks, REDACTED, TenantId};
use crate::monitor::Ring;
use crate::schema::form::Row;

/// How many of the newest events are looked at, how many of them are read, and how many bytes of those.
const LOOKED_AT: u64 = 100_000;
const READ: usize = 2_000;
const READ_BYTES: usize = 2 * 1024 * 1024;
/// Most values.
const MOST: usize = 100;
/// Longer ones nobody chooses by their text.
const LONGEST: usize = 512;

/// Whose values, of which field.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The tenant: values of another one never help.
    pub tenant: &'a TenantId,
    /// The type that is composed.
    pub event_type: Option<&'a EventType>,
    /// The field's place in the payload.
    pub at: &'a Pointer,
    /// What is not to be seen of any of them.
    pub masks: &'a Masks,
}

/// The values of a field in the newest events of a tenant, the newest first and each once: first those at the same
/// place of the same type, then those of the same name anywhere else. What is looked at is bounded, so that a key never
/// waits.
pub fn values(ring: &Ring, wanted: Wanted<'_>) -> Vec<String> {
    let Some(name) = wanted.at.names().iter().rev().find(|name| name.parse::<usize>().is_err()) else {
        return Vec::new();
    };
    let quoted = crate::event::json::quoted(name);
    let finder = memchr::memmem::Finder::new(&quoted);
    let (mut same, mut others) = (Values::default(), Values::default());
    let (mut texts, mut bytes) = (0, 0);
    let from = ring.end_seq().saturating_sub(LOOKED_AT).max(ring.first_seq());
    for row in ring.rows(from..ring.end_seq()).rev() {
        if texts >= READ || bytes >= READ_BYTES || same.found.len() >= MOST {
            break;
        }
        if row.tenant() != Some(wanted.tenant) {
            continue;
        }
        let Some(payload) = row.payload().filter(|text| finder.find(text.as_bytes()).is_some()) else {
            continue;
        };
        texts += 1;
        bytes += payload.len();
        let redacted = wanted.masks.payload(payload);
        let payload = redacted.as_ref().map_or(payload, |redacted| &redacted.text);
        let Ok(root) = read(payload) else { continue };
        if row.event_type() == wanted.event_type {
            at_place(&root, payload, wanted.at.names(), &mut same);
        }
        of_name(&root, payload, name, &mut others);
    }
    let first: HashSet<String> = same.found.iter().cloned().collect();
    let mut found = same.found;
    found.extend(others.found.into_iter().filter(|value| !first.contains(value)));
    found.truncate(MOST);
    found
}

#[derive(Default)]
struct Values {
    known: HashSet<String>,
    found: Vec<String>,
}

impl Values {
    fn take(&mut self, node: &Node, json: &str) {
        let text = match &node.shape {
            Shape::Text(text) => text.as_str(),
            Shape::Number | Shape::Bool(_) => node.text(json),
            _ => return,
        };
        let fits = !text.is_empty() && text != REDACTED && text.len() <= LONGEST && self.found.len() < MOST;
        if fits && self.known.insert(text.to_owned()) {
            self.found.push(text.to_owned());
        }
    }
}

/// The values at a place; of a list those of every item.
fn at_place(node: &Node, json: &str, names: &[String], values: &mut Values) {
    let Some((name, below)) = names.split_first() else { return values.take(node, json) };
    match &node.shape {
        Shape::List(items) => items.iter().for_each(|item| at_place(item, json, below, values)),
        _ => {
            if let Some(child) = node.child(name) {
                at_place(child, json, below, values);
            }
        }
    }
}

/// The values of every member of that name. The depth is that of JSON which could be read: no danger.
fn of_name(node: &Node, json: &str, name: &str, values: &mut Values) {
    match &node.shape {
        Shape::Object(members) => {
            for member in members {
                if member.name == name {
                    values.take(&member.value, json);
                }
                of_name(&member.value, json, name, values);
            }
        }
        Shape::List(items) => {
            for item in items {
                of_name(item, json, name, values);
            }
        }
        _ => {}
    }
}

impl ComposeState {
    /// Values for a row that were seen on the bus, for the tenant that is chosen.
    pub fn seen(&self, (ring, masks): (&Ring, &Masks), row: &Row) -> Vec<String> {
        let Some(tenant) = &self.tenant else { return Vec::new() };
        if masks.hides_in_payload(&row.pointer) {
            return Vec::new();
        }
        values(ring, Wanted { tenant, event_type: self.event_type.as_ref(), at: &row.pointer, masks })
    }
}
