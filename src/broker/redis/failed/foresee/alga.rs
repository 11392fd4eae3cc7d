//! On Alga's bus: its workers pass over what the marks of a tenant say is done, for as long as there are marks.

use std::collections::{BTreeMap, BTreeSet};

use super::{DOING, MEMBERS};
use crate::broker::redis::asker::Asker;
use crate::broker::redis::codec;
use crate::broker::redis::profile::Layout;
use crate::broker::redis::question::Question;
use crate::bus::{BusError, FailedEvent, Foreseen, Runs};
use crate::event::{EventId, TenantId};
use crate::text::{count, display_safe, plural};

/// The most events whose marks are looked up.
const EVENTS: usize = 5_000;
/// How many members of a set one step walks over, and how many steps are made through the marks of a tenant.
const STEP: usize = 1_000;
const STEPS: usize = 20;
/// So many tenants' marks are looked through for the names of handlers,
const TENANTS: usize = 20;
/// and the most names.
const NAMES: usize = 40;
/// How many questions about members one pipeline asks.
const AT_ONCE: usize = 20;

/// What the marks of the events say.
#[derive(Default)]
struct Marks {
    /// Events that all handlers have done.
    done: u64,
    /// Of the others, how many runs each handler has done.
    runs: BTreeMap<String, u64>,
    /// Events of tenants without any marks, and these tenants.
    expired: (u64, u64),
    /// Tenants whose marks were looked through in part.
    partly: u64,
}

pub(super) async fn foresee(
    asker: &mut Asker,
    group: &str,
    events: &[FailedEvent],
    runs: Runs,
) -> Result<Foreseen, BusError> {
    let all = events.len() as u64;
    let mut foreseen = Foreseen::default();
    if runs != Runs::AsNew {
        let (looked_at, left) = events.split_at(events.len().min(EVENTS));
        let marks = match look(asker, looked_at).await {
            Ok(marks) => marks,
            Err(unavailable @ BusError::Unavailable { .. }) => return Err(unavailable),
            Err(why) => {
                foreseen.notes.push(format!("what would be skipped is not known: {}", why.what()));
                Marks::default()
            }
        };
        if !left.is_empty() {
            let (looked_at, all) = (count(looked_at.len() as u64), count(all));
            foreseen.notes.push(format!("only the marks of {looked_at} of {all} events were looked at"));
        }
        marks.tell(&mut foreseen, runs);
    }
    let reached = all - foreseen.skipped.min(all);
    if reached > 0 {
        foreseen.handlers.insert(group.to_owned(), reached);
    }
    Ok(foreseen)
}

impl Marks {
    fn tell(&self, foreseen: &mut Foreseen, runs: Runs) {
        let skipped: u64 = self.runs.values().sum();
        let (events, tenants) = self.expired;
        if events > 0 {
            foreseen.notes.push(format!(
                "marks expired: every handler will run ({} of {})",
                plural(events, "event", "events"),
                plural(tenants, "tenant", "tenants")
            ));
        }
        if runs == Runs::All {
            if self.done + skipped > 0 {
                foreseen.notes.push(format!(
                    "a consumer of an older Alga ignores 'force': it passes over {} and {}",
                    plural(self.done, "event", "events"),
                    plural(skipped, "single run", "single runs")
                ));
            }
            return;
        }
        foreseen.skipped = self.done;
        foreseen.skipped_runs = skipped;
        for (handler, runs) in &self.runs {
            foreseen.notes.push(format!(
                "{} has done {} of them, and passes over those",
                display_safe(handler),
                count(*runs)
            ));
        }
        if self.partly > 0 {
            foreseen.notes.push(format!(
                "the marks of {} are too many to look through: more runs may be skipped",
                plural(self.partly, "tenant", "tenants")
            ));
        }
    }
}

async fn look(asker: &mut Asker, events: &[FailedEvent]) -> Result<Marks, BusError> {
    let mut by_tenant: BTreeMap<&TenantId, Vec<EventId>> = BTreeMap::new();
    for event in events {
        if let (Some(tenant), Some(id)) = (&event.tenant, event.event) {
            by_tenant.entry(tenant).or_default().push(id);
        }
    }
    let mut marks = Marks::default();
    let marked = marked(asker, by_tenant, &mut marks).await?;
    let ids = |events: &[EventId]| events.iter().map(ToString::to_string).collect();
    let of_events = marked.iter().map(|(tenant, events)| (Layout::processed(tenant), ids(events))).collect();
    let mut open = Vec::with_capacity(marked.len());
    for ((tenant, events), is_done) in marked.iter().zip(members(asker, of_events).await?) {
        let left: Vec<EventId> =
            events.iter().zip(&is_done).filter(|(_, done)| !**done).map(|(id, _)| *id).collect();
        marks.done += (events.len() - left.len()) as u64;
        open.push((*tenant, left));
    }
    // Handlers are the same for all tenants: those with the most of these events tell their names.
    open.sort_by_key(|(_, events)| std::cmp::Reverse(events.len()));
    let mut names = BTreeSet::new();
    for (tenant, _) in open.iter().take(TENANTS) {
        marks.partly += u64::from(!note_names(asker, &Layout::processed_by(tenant), &mut names).await?);
    }
    marks.partly += open.len().saturating_sub(TENANTS) as u64;
    let of_each = |events: &[EventId]| {
        events.iter().flat_map(|id| names.iter().map(move |name| format!("{id}:{name}"))).collect()
    };
    let of_handlers =
        open.iter().map(|(tenant, events)| (Layout::processed_by(tenant), of_each(events))).collect();
    for have in members(asker, of_handlers).await? {
        for (name, _) in names.iter().cycle().zip(have).filter(|(_, has)| *has) {
            *marks.runs.entry(name.clone()).or_insert(0) += 1;
        }
    }
    Ok(marks)
}

/// The tenants that have any marks, and their events; others are noted as expired.
async fn marked<'a>(
    asker: &mut Asker,
    by_tenant: BTreeMap<&'a TenantId, Vec<EventId>>,
    marks: &mut Marks,
) -> Result<Vec<(&'a TenantId, Vec<EventId>)>, BusError> {
    let sets = |tenant| [Layout::processed(tenant), Layout::processed_by(tenant)];
    let questions =
        by_tenant.keys().flat_map(|tenant| sets(tenant).map(|key| (*tenant, Question::set_size(&key))));
    let mut with_marks = BTreeSet::new();
    for (tenant, reply) in asker.ask_about(questions.collect(), MEMBERS, DOING).await? {
        let size = asker.answered(reply, DOING)?;
        if size.as_ref().and_then(codec::number).is_some_and(|size| size > 0) {
            with_marks.insert(tenant);
        }
    }
    let (marked, expired): (Vec<_>, Vec<_>) =
        by_tenant.into_iter().partition(|(tenant, _)| with_marks.contains(tenant));
    marks.expired = (expired.iter().map(|(_, events)| events.len() as u64).sum(), expired.len() as u64);
    Ok(marked)
}

/// Which of its members each set has.
async fn members(asker: &mut Asker, sets: Vec<(String, Vec<String>)>) -> Result<Vec<Vec<bool>>, BusError> {
    let mut questions = Vec::new();
    for (at, (key, members)) in sets.iter().enumerate() {
        let parts = members.chunks(MEMBERS);
        questions.extend(parts.map(|part| ((at, part.len()), Question::are_members(key, part))));
    }
    let mut are: Vec<Vec<bool>> = sets.iter().map(|(_, members)| Vec::with_capacity(members.len())).collect();
    for ((at, asked), reply) in asker.ask_about(questions, AT_ONCE, DOING).await? {
        let whole = are[at].len() + asked;
        if let Some(reply) = asker.answered(reply, DOING)? {
            let list = codec::list(reply).map_err(|fault| asker.unreadable(fault, DOING))?;
            are[at].extend(list.iter().map(|one| codec::number(one) == Some(1)));
        }
        are[at].resize(whole, false);
    }
    Ok(are)
}

/// Notes the handlers that have marks in the set at `key`; whether all of it was looked through.
async fn note_names(asker: &mut Asker, key: &str, names: &mut BTreeSet<String>) -> Result<bool, BusError> {
    const ID: usize = 36;
    let mut cursor = b"0".to_vec();
    for _ in 0..STEPS {
        let reply = asker.ask(&Question::some_members(key, &cursor, STEP), DOING).await?;
        let Some(reply) = asker.answered(reply, DOING)? else { return Ok(true) };
        let unreadable = |fault| asker.unreadable(fault, DOING);
        let [next, members] =
            codec::exactly(reply, "SSCAN answers a cursor and members").map_err(unreadable)?;
        for member in codec::list(members).map_err(unreadable)? {
            let member = codec::text(&member);
            // An event's id is a UUID; what follows it may hold colons of its own.
            let name = member.and_then(|member| member.get(ID..)?.strip_prefix(':'));
            let name = name.filter(|name| !name.is_empty() && name.len() <= 128);
            let Some(name) = name.filter(|name| !names.contains(*name)) else { continue };
            if names.len() == NAMES {
                return Ok(false);
            }
            names.insert(name.to_owned());
        }
        cursor = codec::bytes(next).map_err(unreadable)?;
        if cursor == b"0" {
            return Ok(true);
        }
    }
    Ok(false)
}
