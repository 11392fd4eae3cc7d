//! What can lie over a view.

use std::collections::BTreeMap;

use super::compose::ComposePicker;
use super::shelf::Shelf;
use super::{EventsPicker, Field, Form, Palette, TableState};
use crate::event::{Channel, TenantId};
use crate::tui::action::Action;

/// What lies over the view. There is one at a time.
#[derive(Debug, Clone)]
pub enum Popup {
    /// The keys that work here.
    Help(HelpState),
    /// Which tenant to narrow to.
    Tenants(Picker<Option<TenantId>>),
    /// Which context to open.
    Contexts(Picker<String>),
    /// Everything that has a name, to be found by it.
    Palette(Box<Palette>),
    /// Which channel to narrow to.
    Channels(Picker<Option<Channel>>),
    /// Templates, or what was sent: to start from.
    Shelf(Box<Shelf>),
    /// What to choose in the Events view.
    Events(Box<EventsPicker>),
    /// Which time to go to.
    Jump(Field),
    /// What is asked before anything is done to failed events.
    Form(Box<Form>),
    /// What to choose for an event that is composed.
    Compose(Box<ComposePicker>),
    /// The payload of the event that is edited: what [`App::draft`] holds.
    ///
    /// [`App::draft`]: super::App::draft
    Edit,
}

/// The help.
#[derive(Debug, Clone, Default)]
pub struct HelpState {
    /// The first line on the screen.
    pub top: usize,
    /// The action under the cursor, counted among those that are listed.
    pub cursor: usize,
    /// Why actions cannot be done in the view below, those that cannot. Safe to show.
    pub refusals: BTreeMap<Action, String>,
    /// What is searched for.
    pub query: String,
    /// The search field, while it is open.
    pub search: Option<Field>,
    /// What was searched for before the field was opened: Esc brings it back.
    pub before: String,
}

/// A list to choose from by typing.
#[derive(Debug, Clone)]
pub struct Picker<T> {
    /// What is typed: it narrows the choices.
    pub field: Field,
    /// Everything that could be chosen; the first one is 'all'.
    pub choices: Vec<Choice<T>>,
    /// The places in `choices` of those that fit what is typed.
    pub fitting: Vec<usize>,
    /// What is typed, where that can be chosen, too: the last line.
    pub own: Option<Choice<T>>,
    /// The list on the screen; a place in `fitting`.
    pub list: TableState,
}

/// One line of a picker.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice<T> {
    /// What is chosen.
    pub value: T,
    /// What it is called. Safe to show.
    pub name: String,
    /// More of it, in second rank: an id. Safe to show.
    pub note: String,
    /// How many entries it has, where that is known.
    pub count: Option<u64>,
}

impl<T: Clone> Picker<T> {
    /// A picker with the cursor on the choice that holds.
    pub fn new(choices: Vec<Choice<T>>, is_current: impl Fn(&T) -> bool) -> Self {
        let cursor = choices.iter().position(|choice| is_current(&choice.value)).unwrap_or(0);
        let fitting = (0..choices.len()).collect();
        let list = TableState { cursor: Some(cursor), top: 0 };
        Self { field: Field::default(), choices, fitting, own: None, list }
    }

    /// Narrows the choices to what is typed, letter case aside, and puts the cursor on the first.
    pub fn narrow(&mut self) {
        let wanted = self.field.text().to_lowercase();
        self.fitting = self
            .choices
            .iter()
            .enumerate()
            .filter(|(_, choice)| {
                choice.name.to_lowercase().contains(&wanted) || choice.note.to_lowercase().contains(&wanted)
            })
            .map(|(at, _)| at)
            .collect();
        self.list = TableState { cursor: (!self.fitting.is_empty()).then_some(0), top: 0 };
    }

    /// How many lines there are to choose from.
    pub fn len(&self) -> usize {
        self.fitting.len() + usize::from(self.own.is_some())
    }

    /// Whether nothing fits what is typed.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The choices that fit, in order.
    pub fn rows(&self) -> impl Iterator<Item = &Choice<T>> {
        self.fitting.iter().filter_map(|at| self.choices.get(*at)).chain(&self.own)
    }

    /// The choice under the cursor.
    pub fn chosen(&self) -> Option<&Choice<T>> {
        self.rows().nth(self.list.cursor?)
    }
}
