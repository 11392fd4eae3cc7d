//! On Alga's bus: its workers pass over what the marks of a tenant say is done, for as long as there are marks.

use std::collections::{BTreeMap, BTreeSet};

use super::{DOING, MEMBERS};
use crate::broker::redis::asker::Asker;
use crate::broker::redis::codec;
use crate::broker::redis::profile::Layout;
use crate::broker::redis::question::Question;
use crate::bus::{BusError, FailedEvent, Foreseen, Runs};
use crate::event::{EventId, TenantId};
use crate::text::{count, display_safe};

/// The most events whose marks are looked up.
const EVENTS: usize = 10_000;
/// How many members of a set one step walks over, and how many steps are made through the marks of a tenant.
const STEP: usize = 1_000;
const STEPS: usize = 20;
/// The most handlers that are known by name.
const NAMES: usize = 100;

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
                "marks expired: every handler will run ({} events of {} tenants)",
                count(events),
                count(tenants)
            ));
        }
        if runs == Runs::All {
            if self.done + skipped > 0 {
                foreseen.notes.push(format!(
                    "a consumer of an older Alga ignores 'force': it passes over {} events and {} single runs",
                    count(self.done),
                    count(skipped)
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
                "the marks of {} tenants are too many to look through: more runs may be skipped",
                count(self.partly)
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
    for (tenant, events) in by_tenant {
        let (done, handlers) = (Layout::processed(tenant), Layout::processed_by(tenant));
        let questions = [Question::set_size(&done), Question::set_size(&handlers)];
        let mut sizes = 0;
        for reply in asker.ask_all(&questions, DOING).await? {
            sizes += asker.answered(reply, DOING)?.as_ref().and_then(codec::number).unwrap_or(0);
        }
        if sizes == 0 {
            marks.expired.0 += events.len() as u64;
            marks.expired.1 += 1;
            continue;
        }
        let ids: Vec<String> = events.iter().map(ToString::to_string).collect();
        let is_done = members(asker, &done, &ids).await?;
        let open: Vec<&String> =
            ids.iter().zip(&is_done).filter(|(_, done)| !**done).map(|(id, _)| id).collect();
        marks.done += (ids.len() - open.len()) as u64;
        let (names, whole) = names(asker, &handlers).await?;
        marks.partly += u64::from(!whole);
        let mut by_event = vec![0; open.len()];
        for name in &names {
            let members_of: Vec<String> = open.iter().map(|id| format!("{id}:{name}")).collect();
            for (at, has) in members(asker, &handlers, &members_of).await?.into_iter().enumerate() {
                if has {
                    by_event[at] += 1;
                    *marks.runs.entry(name.clone()).or_insert(0) += 1;
                }
            }
        }
    }
    Ok(marks)
}

/// Which of `members` the set at `key` has.
async fn members(asker: &mut Asker, key: &str, members: &[String]) -> Result<Vec<bool>, BusError> {
    let questions: Vec<_> = members.chunks(MEMBERS).map(|part| Question::are_members(key, part)).collect();
    let mut are = Vec::with_capacity(members.len());
    for (part, reply) in members.chunks(MEMBERS).zip(asker.ask_all(&questions, DOING).await?) {
        match asker.answered(reply, DOING)? {
            Some(reply) => {
                let list = codec::list(reply).map_err(|fault| asker.unreadable(fault, DOING))?;
                are.extend(list.iter().map(|one| codec::number(one) == Some(1)));
            }
            None => are.extend(part.iter().map(|_| false)),
        }
    }
    are.resize(members.len(), false);
    Ok(are)
}

/// The handlers that have marks in the set at `key`, and whether all of it was looked through.
async fn names(asker: &mut Asker, key: &str) -> Result<(BTreeSet<String>, bool), BusError> {
    const ID: usize = 36;
    let (mut names, mut cursor) = (BTreeSet::new(), b"0".to_vec());
    for _ in 0..STEPS {
        let reply = asker.ask(&Question::some_members(key, &cursor, STEP), DOING).await?;
        let Some(reply) = asker.answered(reply, DOING)? else { return Ok((names, true)) };
        let unreadable = |fault| asker.unreadable(fault, DOING);
        let [next, members] =
            codec::exactly(reply, "SSCAN answers a cursor and members").map_err(unreadable)?;
        for member in codec::list(members).map_err(unreadable)? {
            let member = codec::text(&member);
            // An event's id is a UUID; what follows it may hold colons of its own.
            let name = member.and_then(|member| member.get(ID..)?.strip_prefix(':'));
            if let Some(name) = name.filter(|name| !name.is_empty() && name.len() <= 128)
                && names.len() < NAMES
            {
                names.insert(name.to_owned());
            }
        }
        cursor = codec::bytes(next).map_err(unreadable)?;
        if cursor == b"0" {
            return Ok((names, true));
        }
    }
    Ok((names, false))
}
