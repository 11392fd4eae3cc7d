//! Lists to choose from: a type, a tenant, a channel, a value, a kind.

use crate::event::json::Pointer;
use crate::event::{Channel, EventType, TenantId};
use crate::text::display_safe;
use crate::tui::app::{Choice, Picker};

/// What is chosen.
#[derive(Debug, Clone, PartialEq)]
pub enum Picked {
    /// This type.
    Type(EventType),
    /// This tenant.
    Tenant(TenantId),
    /// This channel; `None` for the profile's own.
    Channel(Option<Channel>),
    /// The value with this number.
    Value(usize),
    /// The kind with this number.
    Variant(usize),
}

/// A list to choose from, and for what.
#[derive(Debug, Clone)]
pub struct ComposePicker {
    /// What is chosen, in a word. Safe to show.
    pub title: String,
    /// The field that is chosen for; the whole where it is none.
    pub at: Pointer,
    /// The choices.
    pub picker: Picker<Picked>,
}

impl ComposePicker {
    /// Narrows the choices to what is typed. What is typed is itself a choice, where it can be one.
    pub fn narrow(&mut self) {
        self.picker.narrow();
        let typed = self.picker.field.text().trim();
        let own = match self.picker.choices.first().map(|choice| &choice.value) {
            _ if typed.is_empty() => None,
            Some(Picked::Value(_) | Picked::Variant(_)) => None,
            _ => own(&self.title, typed),
        };
        self.picker.own = own.filter(|own| self.picker.choices.iter().all(|known| known.value != own.value));
        if self.picker.list.cursor.is_none() && !self.picker.is_empty() {
            self.picker.list.cursor = Some(0);
        }
    }
}

/// What is typed, as a choice that nobody offered.
fn own(title: &str, typed: &str) -> Option<Choice<Picked>> {
    let (value, note) = match title {
        ComposePicker::TYPE => (Picked::Type(EventType::new(&typed.to_uppercase()).ok()?), "new type"),
        ComposePicker::TENANT => (Picked::Tenant(TenantId::new(typed).ok()?), "not seen on this bus"),
        ComposePicker::CHANNEL => (Picked::Channel(Some(Channel::new(typed).ok()?)), "not seen on this bus"),
        _ => return None,
    };
    let name = match &value {
        Picked::Type(event_type) => event_type.to_string(),
        _ => display_safe(typed).into_owned(),
    };
    Some(Choice { value, name, note: note.to_owned(), count: None })
}

impl ComposePicker {
    /// The title of a list of types.
    pub const TYPE: &'static str = "Type";
    /// The title of a list of tenants.
    pub const TENANT: &'static str = "Tenant of the event";
    /// The title of a list of channels.
    pub const CHANNEL: &'static str = "Channel of the event";
}
