//! An event that is composed. The JSON text of its payload is the one truth: form, faults and tenant are read from it anew
//! whenever it changes, and every key of the form makes a new text.

mod allow;
mod change;
mod field;
mod here;
mod history;
mod line;
mod pick;
mod seen;
mod sought;
mod start;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use chrono::{DateTime, Utc};
use tui_textarea::TextArea;
use uuid::Uuid;

use super::{Scrolled, TableState};
use crate::event::json::{Broken, Node, Shape, read};
use crate::event::{Channel, EventId, EventType, NewEvent, Report, TenantId};
use crate::schema::form::{FormModel, Generator, Opened, Row};
use crate::text::display_safe;
use here::Standing;
use history::{History, Version};
use sought::Sought;

pub use field::{Edits, OpenField};
pub use line::Line;
pub use pick::{ComposePicker, Picked};
pub use seen::{Wanted, values};
pub use sought::{Seeking, Taken};
pub use start::Known;

/// A part of the Compose view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ComposePane {
    /// Type, tenant, channel and the fields of the payload.
    #[default]
    Form,
    /// The payload as JSON.
    Json,
}

/// What the form is made after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Basis {
    /// No type is chosen yet.
    NoType,
    /// The schema of the type.
    Schema,
    /// The type has no schema: the newest event of that type that is in memory, or that was found on the bus.
    Example,
    /// The type has no schema, and no event of it is known.
    Nothing,
}

/// Line and column of the caret, and the length of that line.
type CaretPlace = (usize, usize, usize);

/// The event that is composed, and where a person is in it. It stays when the view is left and when another context is
/// opened.
#[derive(Debug)]
pub struct ComposeState {
    /// Its type.
    pub event_type: Option<EventType>,
    /// Its tenant: what the payload says.
    pub tenant: Option<TenantId>,
    /// The channel it is for; `None` for the profile's own.
    pub channel: Option<Channel>,
    /// Its id. Kept until a new one is asked for, so that sending again is the same event.
    pub id: EventId,
    /// The payload's JSON: the one truth.
    pub area: TextArea<'static>,
    /// Where the editor of it is scrolled to.
    pub scrolled: Scrolled,
    /// Which part has the keys.
    pub pane: ComposePane,
    /// The fields on the screen.
    pub table: TableState,
    /// The field that is typed into.
    pub field: Option<Box<OpenField>>,
    /// Whether events of this bus have channels.
    pub has_channels: bool,
    /// Makes new ids.
    pub uuid: fn() -> Uuid,
    /// Whether an editor of the person's own has the payload.
    pub awaits_editor: bool,
    /// The tenants that this run is locked to.
    locked: Vec<TenantId>,
    /// The tenant that everything is narrowed to, as it was made known last.
    scope: Option<TenantId>,
    /// The tenant that was put in for that, and that nobody chose here.
    preferred: Option<TenantId>,
    at: Standing,
    sought: Sought,
    model: Option<FormModel>,
    basis: Basis,
    opened: Opened,
    text: String,
    /// The text as it was read last, unless it is broken.
    root: Option<Node>,
    rows: Vec<Row>,
    faults: Vec<Report>,
    broken: Option<Broken>,
    /// The bytes that each fault is about, and the lines that they begin in.
    spans: Vec<Range<usize>>,
    fault_lines: Vec<usize>,
    /// The row that each fault stands in.
    fault_rows: Vec<usize>,
    /// UUIDs that a new text was filled with: nobody has chosen them.
    made_up: BTreeSet<String>,
    /// The fault that was gone to.
    fault_at: Option<usize>,
    /// The text as it was made, before anything was typed; or as it was sent, or kept as a template: so far nothing is lost
    /// with it.
    made: String,
    /// What was typed for other types.
    kept: BTreeMap<Option<EventType>, Version>,
    history: History,
    /// The byte of the line that the caret is in, with the place and the line's length that it is for.
    caret_byte: Cell<Option<(CaretPlace, usize)>>,
}

impl Default for ComposeState {
    fn default() -> Self {
        let mut state = Self {
            event_type: None,
            tenant: None,
            channel: None,
            id: EventId::random(),
            area: TextArea::default(),
            scrolled: Scrolled::default(),
            pane: ComposePane::default(),
            table: TableState::default(),
            field: None,
            has_channels: false,
            uuid: Uuid::new_v4,
            awaits_editor: false,
            locked: Vec::new(),
            scope: None,
            preferred: None,
            at: Standing::on(Line::Type),
            sought: Sought::default(),
            model: FormModel::of_example("{}").ok(),
            basis: Basis::NoType,
            opened: Opened::default(),
            text: String::new(),
            root: None,
            rows: Vec::new(),
            faults: Vec::new(),
            broken: None,
            spans: Vec::new(),
            fault_lines: Vec::new(),
            fault_rows: Vec::new(),
            made_up: BTreeSet::new(),
            fault_at: None,
            made: "{}".to_owned(),
            kept: BTreeMap::new(),
            history: History::default(),
            caret_byte: Cell::new(None),
        };
        state.put("{}");
        state.renew();
        state
    }
}

impl ComposeState {
    /// The event as it stands, with `now` as its time; in one line why there is none. Whether its payload fits its schema
    /// is not asked here: see [`ComposeState::faults`].
    ///
    /// # Errors
    ///
    /// A type or a tenant is missing, the tenant is outside of this run's lock, or the payload is no JSON object.
    pub fn event(&self, now: DateTime<Utc>) -> Result<NewEvent, String> {
        let Some(event_type) = &self.event_type else {
            return Err("no type is chosen yet: Enter on TYPE chooses one".to_owned());
        };
        if let Some(broken) = &self.broken {
            return Err(format!("the payload is {broken}"));
        }
        if let Some(why) = self.tenant_objection() {
            return Err(why);
        }
        let event = NewEvent::compose(self.id, event_type, now, &self.text)
            .map_err(|fault| display_safe(&fault.summary()).into_owned())?;
        Ok(match self.channel.as_ref().filter(|_| self.has_channels) {
            Some(channel) => event.on_channel(channel.clone()),
            None => event,
        })
    }

    /// What the schema of the type has against the payload, and what keeps it from being JSON. Not safe to show.
    pub fn faults(&self) -> &[Report] {
        &self.faults
    }

    /// The payload's JSON as it stands.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The rows of the form; while the text is broken, those of before.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Why the text is not JSON.
    pub fn broken(&self) -> Option<&Broken> {
        self.broken.as_ref()
    }

    /// What the form is made after.
    pub fn basis(&self) -> &Basis {
        &self.basis
    }

    /// Whether anything was typed that was not made, and is not elsewhere, too.
    pub fn is_typed(&self) -> bool {
        self.text != self.made
    }

    /// What stands there now was sent, or is kept as a template.
    pub fn settle_text(&mut self) {
        self.made.clone_from(&self.text);
    }

    /// Whether leaving would lose something that was typed, for whatever type.
    pub fn has_unsent(&self) -> bool {
        self.is_typed() || self.kept.values().any(|version| version.text != version.made)
    }

    /// From now on it is another event: what is sent next is no repetition.
    pub fn new_id(&mut self) {
        self.id = EventId::from((self.uuid)());
    }

    /// Why its tenant will not do; `None` where it will.
    pub fn tenant_objection(&self) -> Option<String> {
        match &self.tenant {
            None => Some("no tenant is chosen yet: Enter on TENANT chooses one".to_owned()),
            Some(tenant) if !self.may_be(tenant) => Some(format!(
                "this run is locked to other tenants, and '{}' is outside of its lock: choose another",
                display_safe(tenant.as_str())
            )),
            Some(_) => None,
        }
    }

    /// Whether the lock of this run leaves this tenant.
    pub fn may_be(&self, tenant: &TenantId) -> bool {
        self.locked.is_empty() || self.locked.contains(tenant)
    }

    /// The tenants that this run is locked to; none where it is not locked.
    pub fn locked(&self) -> &[TenantId] {
        &self.locked
    }

    /// Reads everything anew that is read from the text.
    fn renew(&mut self) {
        self.text = self.area.lines().join("\n");
        self.fault_at = None;
        self.caret_byte.set(None);
        let Some(model) = &self.model else { return };
        self.root = None;
        match read(&self.text) {
            Ok(root) => {
                self.broken = None;
                self.rows = model.rows(&self.text, &self.opened);
                self.at.look_anew();
                let rows = self.rows.iter().enumerate();
                let found =
                    rows.flat_map(|(at, row)| row.faults.iter().map(move |fault| (at, fault.clone())));
                (self.fault_rows, self.faults) = found.unzip();
                let place = |fault: &Report| root.nearest(&FormModel::place_of(fault)).span.clone();
                self.spans = self.faults.iter().map(place).collect();
                self.tenant = match root.child("tenantId").map(|node| &node.shape) {
                    Some(Shape::Text(tenant)) => TenantId::new(tenant).ok(),
                    _ => None,
                };
                self.root = Some(root);
            }
            Err(broken) => {
                self.faults = model.faults(&self.text);
                self.spans = vec![broken.at..broken.at; self.faults.len()];
                self.fault_rows = vec![0; self.faults.len()];
                self.broken = Some(broken);
                if self.rows.is_empty() {
                    self.rows = model.rows(&self.text, &self.opened);
                    self.at.look_anew();
                }
            }
        }
        let line = |span: &Range<usize>| self.text.get(..span.start).map_or(0, |it| it.matches('\n').count());
        self.fault_lines = self.spans.iter().map(line).collect();
        self.hold_line();
    }

    /// Whether the value of a row was made up for a new text, and nobody has chosen it.
    pub fn is_made_up(&self, row: &Row) -> bool {
        row.shown.as_ref().is_some_and(|shown| self.made_up.contains(shown))
    }

    /// The lines of the text with faults, from 0.
    pub fn fault_lines(&self) -> &[usize] {
        &self.fault_lines
    }

    fn put_rows(&mut self, rows: Vec<Row>) {
        self.rows = rows;
        self.at.look_anew();
    }

    /// Puts a text into the editor. Nothing is read from it yet.
    fn put(&mut self, text: &str) {
        let mut lines: Vec<String> = text.lines().map(ToOwned::to_owned).collect();
        if lines.is_empty() {
            lines.push(String::new());
        }
        let yank = self.area.yank_text();
        self.area = TextArea::new(lines);
        self.area.set_yank_text(yank);
        // What was typed before is remembered together with the form's changes.
        self.area.set_max_histories(0);
        self.text = self.area.lines().join("\n");
        self.root = None;
        self.caret_byte.set(None);
    }
}

/// Where made values come from.
fn generator(uuid: &mut fn() -> Uuid, now: DateTime<Utc>) -> Generator<'_> {
    Generator { uuid, now }
}
