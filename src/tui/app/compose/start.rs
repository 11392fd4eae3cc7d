//! What an event begins with: a type, an event that was seen, or nothing.

use chrono::{DateTime, Utc};

use super::history::Version;
use super::{Basis, ComposeState, Line};
use crate::bus::ContextInfo;
use crate::event::json::{Pointer, Shape, pretty, quoted, read, set};
use crate::event::{Channel, EventType, Masks, TenantId};
use crate::monitor::Ring;
use crate::schema::Registry;
use crate::schema::form::{Entry, FormModel, Generator, Opened};

/// How many of the newest events are looked at for one of a type.
const LOOKED_AT: u64 = 200_000;

/// What is known of the bus when a type is chosen.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// The schemas of its types.
    pub schemas: Option<&'a Registry>,
    /// The events in memory.
    pub ring: &'a Ring,
    /// The time.
    pub now: DateTime<Utc>,
    /// What of them is not to be seen.
    pub masks: &'a Masks,
}

impl ComposeState {
    /// Another context was opened: what was typed stays; tenant, channel and schema are looked at anew.
    pub fn meet(&mut self, info: &ContextInfo, known: Known<'_>) {
        self.locked.clone_from(&info.locked);
        self.close_field();
        self.forget_sought();
        self.renew_model(known);
        self.renew();
    }

    /// The tenant that every pane is narrowed to is that of the next event, too, as long as nobody chose one here, and
    /// nothing was typed yet.
    pub fn prefer(&mut self, scope: Option<&TenantId>) {
        self.scope = scope.cloned();
        let tenant = scope.or(match self.locked.as_slice() {
            [only] => Some(only),
            _ => None,
        });
        let tenant = tenant.filter(|tenant| self.may_be(tenant)).cloned();
        let is_chosen = self.tenant.is_some() && self.tenant != self.preferred;
        if is_chosen || self.tenant == tenant || self.is_typed() {
            return;
        }
        let text = match &tenant {
            Some(tenant) => with_tenant(&self.text, tenant),
            None => without_tenant(&self.text),
        };
        self.put(&text);
        self.renew();
        self.made.clone_from(&self.text);
        self.preferred = tenant;
        self.show_caret();
    }

    /// Whether this scope was made known by [`ComposeState::prefer`] last.
    pub fn knows_scope(&self, scope: Option<&TenantId>) -> bool {
        self.scope.as_ref() == scope
    }

    /// Chooses a type. What was typed for the one before is kept, and comes back with it.
    pub fn choose_type(&mut self, event_type: EventType, known: Known<'_>) {
        if self.event_type.as_ref() == Some(&event_type) {
            return;
        }
        self.close_field();
        let before = self.version();
        let tenant = self.tenant.clone();
        self.put_away(&before);
        self.history.push(before);
        self.event_type = Some(event_type);
        self.renew_model(known);
        match self.kept.remove(&self.event_type) {
            Some(kept) => self.restore_text(kept),
            None => self.begin(known),
        }
        self.keep_tenant(tenant);
        self.renew();
    }

    /// Begins anew, with the tenant that is chosen.
    pub(super) fn begin_for(&mut self, tenant: Option<TenantId>, known: Known<'_>) {
        self.begin(known);
        self.keep_tenant(tenant);
    }

    fn keep_tenant(&mut self, tenant: Option<TenantId>) {
        let Some(tenant) = tenant else { return };
        let was_typed = self.is_typed();
        let text = with_tenant(&self.text, &tenant);
        self.put(&text);
        if !was_typed {
            self.made = text;
        }
    }

    /// Chooses a tenant: the payload says so.
    pub fn choose_tenant(&mut self, tenant: &TenantId) -> Result<(), String> {
        if !self.may_be(tenant) {
            return Err("this run is locked to other tenants: this one is outside of its lock".to_owned());
        }
        let entry = Entry::of_json(&quoted(tenant.as_str())).map_err(|why| why.to_string())?;
        let was_typed = self.is_typed();
        if self.text.trim() == "{}" {
            // On lines of its own, as all that is made here.
            let text = with_tenant(&self.text, tenant);
            self.change(|_, _, _| Ok(text))?;
        } else {
            self.set(&Pointer::of(["tenantId"]), &entry)?;
        }
        self.preferred = None;
        if !was_typed {
            self.made.clone_from(&self.text);
        }
        Ok(())
    }

    /// Starts from an event that was seen: a new one of the same type, tenant, channel and payload.
    pub fn start_from(
        &mut self,
        (event_type, channel): (Option<EventType>, Option<Channel>),
        payload: &str,
        known: Known<'_>,
    ) {
        self.close_field();
        let before = self.version();
        self.put_away(&before);
        self.history.push(before);
        self.event_type = event_type;
        self.channel = channel;
        self.preferred = None;
        self.new_id();
        self.opened = Opened::default();
        self.renew_model(known);
        self.put(&pretty(payload));
        self.renew();
        self.made.clone_from(&self.text);
        self.stand_on(self.rows.get(1).map_or(Line::Type, |row| Line::Field(row.pointer.clone())));
        self.table.top = 0;
    }

    /// Keeps what stands there for its type. What was typed for that before is not given up for what nobody typed.
    fn put_away(&mut self, now: &Version) {
        let is_typed = |version: &Version| version.text != version.made;
        let kept = self.kept.get(&self.event_type);
        if is_typed(now) || !kept.is_some_and(is_typed) {
            self.kept.insert(self.event_type.clone(), now.clone());
        }
    }

    /// Begins with nothing but the tenant. It can be taken back.
    pub fn anew(&mut self, known: Known<'_>) {
        self.close_field();
        let (before, tenant) = (self.version(), self.tenant.clone());
        self.history.push(before);
        self.event_type = None;
        self.channel = None;
        self.new_id();
        self.opened = Opened::default();
        self.renew_model(known);
        self.begin(known);
        if let Some(tenant) = tenant {
            let text = with_tenant("{}", &tenant);
            self.put(&text);
            self.made = text;
        }
        self.renew();
        self.stand_on(Line::Type);
        self.table.top = 0;
    }

    /// As it stood.
    pub(super) fn restore(&mut self, version: Version) {
        let is_other = version.event_type != self.event_type;
        self.event_type.clone_from(&version.event_type);
        self.channel.clone_from(&version.channel);
        if is_other {
            self.model = None;
        }
        self.restore_text(version);
    }

    fn restore_text(&mut self, version: Version) {
        self.put(&version.text);
        self.made = version.made;
        self.opened = version.opened;
        self.put_rows(Vec::new());
    }

    /// What the form is made after: the schema, else the newest event of that type that is known.
    pub fn renew_model(&mut self, known: Known<'_>) {
        let Some(event_type) = &self.event_type else {
            self.basis = Basis::NoType;
            self.model = FormModel::of_example("{}").ok();
            return;
        };
        if let Some(form) = known.schemas.and_then(|schemas| schemas.form(event_type)) {
            self.basis = Basis::Schema;
            self.model = Some(form);
            return;
        }
        let seen = newest(known, event_type, self.tenant.as_ref()).or_else(|| self.found(known, event_type));
        let example = seen.and_then(|payload| FormModel::of_example(&payload).ok());
        (self.basis, self.model) = match example {
            Some(form) => (Basis::Example, Some(form)),
            None => (Basis::Nothing, FormModel::of_example("{}").ok()),
        };
    }

    /// Whether the form has to be made anew: after a change was taken back that chose a type.
    pub fn needs_model(&self) -> bool {
        self.model.is_none()
    }

    /// The text that a type begins with.
    fn begin(&mut self, known: Known<'_>) {
        let text = match (&self.basis, &self.model, &self.event_type) {
            (Basis::Schema, Some(model), _) => {
                let (new, made_up) = (self.uuid, &mut self.made_up);
                let mut uuid = || {
                    let uuid = new();
                    made_up.insert(uuid.to_string());
                    uuid
                };
                let least = model.skeleton(&mut Generator { uuid: &mut uuid, now: known.now });
                // Whose event it is, nobody makes up. Its place is kept.
                let at = Pointer::of(["tenantId"]);
                let has_place = read(&least).is_ok_and(|root| root.get(&at).is_some());
                if has_place { set(&least, &at, "\"\"").unwrap_or(least) } else { least }
            }
            (Basis::Example, _, Some(event_type)) => newest(known, event_type, self.tenant.as_ref())
                .or_else(|| self.found(known, event_type))
                .map_or_else(|| "{}".to_owned(), |payload| pretty(&payload)),
            _ => "{}".to_owned(),
        };
        self.opened = Opened::default();
        self.put_rows(Vec::new());
        self.put(&text);
        self.made.clone_from(&text);
        self.text = text;
    }
}

/// `text` with a tenant, where it can take one.
fn with_tenant(text: &str, tenant: &TenantId) -> String {
    let at = Pointer::of(["tenantId"]);
    let is_there = read(text).is_ok_and(|root| root.get(&at).is_some());
    if text.trim() == "{}" && !is_there {
        return format!("{{\n  \"tenantId\": {}\n}}", quoted(tenant.as_str()));
    }
    set(text, &at, &quoted(tenant.as_str())).unwrap_or_else(|_| text.to_owned())
}

/// `text` without the tenant that was put into it: its place is kept, where it is not all there is.
fn without_tenant(text: &str) -> String {
    let at = Pointer::of(["tenantId"]);
    let Ok(root) = read(text) else { return text.to_owned() };
    match &root.shape {
        Shape::Object(members) if members.len() == 1 && root.get(&at).is_some() => "{}".to_owned(),
        _ if root.get(&at).is_some() => set(text, &at, "\"\"").unwrap_or_else(|_| text.to_owned()),
        _ => text.to_owned(),
    }
}

/// The payload of the newest event of a type that is in memory and has one: where there is one, of that tenant. What is
/// masked in it is for a person to fill in.
fn newest(known: Known<'_>, event_type: &EventType, tenant: Option<&TenantId>) -> Option<String> {
    newest_whole(known.ring, event_type, tenant).map(|payload| as_seen(known, payload))
}

/// A payload as it may be seen.
pub(super) fn as_seen(known: Known<'_>, payload: &str) -> String {
    known.masks.payload(payload).map_or_else(|| payload.to_owned(), |redacted| redacted.text)
}

fn newest_whole<'r>(ring: &'r Ring, event_type: &EventType, tenant: Option<&TenantId>) -> Option<&'r str> {
    let from = ring.end_seq().saturating_sub(LOOKED_AT).max(ring.first_seq());
    let mut of_others = None;
    for row in ring.rows(from..ring.end_seq()).rev() {
        if row.event_type() != Some(event_type) || row.fault().is_some() {
            continue;
        }
        let Some(payload) = row.payload() else { continue };
        if tenant.is_none() || row.tenant() == tenant {
            return Some(payload);
        }
        of_others = of_others.or(Some(payload));
    }
    of_others
}
