//! What became of events that were appended to their type's own stream, for every group of it: on Alga's bus each retry,
//! on a native one those that were sent as new events. Nobody records their success: one that was given, is not pending
//! and has not failed has succeeded.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::following::{OfType, Run};
use super::{Scope, letters, retries, waiting};
use crate::broker::redis::asker::Asker;
use crate::broker::redis::group_replies::pending_entries;
use crate::broker::redis::profile::Layout;
use crate::broker::redis::question::Question;
use crate::broker::redis::survey::{SurveyedGroup, read_groups};
use crate::broker::redis::told::text;
use crate::bus::{BusError, Followed, PendingEntry};
use crate::event::{EntryId, Field, HandlerName, Interner, StreamKey};

const DOING: &str = "following retried events";
/// How many pending entries are listed at a time,
const PAGE: usize = 1_000;
/// and the most of a group in one look.
const LISTED: usize = 20_000;
/// The most entries of a retry stream that are looked through for one that was retried, in one look.
const RETRIES: usize = 2_000;

/// What is pending with a group, in the range that matters.
struct Listed {
    /// How often each was delivered.
    deliveries: HashMap<EntryId, u64>,
    /// Beyond this one nothing was listed.
    to: EntryId,
}

/// Looks at the open runs that lie in `stream` itself.
pub(super) async fn look(
    asker: &mut Asker,
    scope: &Scope,
    stream: &StreamKey,
    of_type: &mut OfType,
    names: &mut Interner<Arc<str>>,
) -> Result<(), BusError> {
    let open: Vec<usize> =
        of_type.open.iter().copied().filter(|at| of_type.runs[*at].handler.is_none()).collect();
    let questions = [Question::groups(stream), Question::oldest(stream.as_str())];
    let mut replies = asker.ask_all(&questions, DOING).await?.into_iter();
    let (Some(groups), Some(oldest)) = (replies.next(), replies.next()) else { return Ok(()) };
    let Some(groups) = asker.answered(groups, DOING)? else {
        for at in open {
            of_type.runs[at].now = Followed::Lost;
        }
        return Ok(());
    };
    let groups = read_groups(groups).map_err(|fault| asker.unreadable(fault, DOING))?;
    let groups = those_that_count(groups, scope);
    let oldest = retries::first_entry(asker, oldest)?;
    let is_trimmed = |id: EntryId| oldest.is_none_or(|oldest| id < oldest);
    let mut finished: Vec<(usize, String)> = Vec::new();
    for group in &groups {
        let name = group.text();
        let given = |at: &usize| of_type.runs[*at].id <= group.last_delivered;
        let unsettled: Vec<usize> =
            open.iter().copied().filter(|at| is_open(&of_type.runs[*at], &name)).collect();
        let ids = || unsettled.iter().filter(|at| given(at)).map(|at| of_type.runs[*at].id);
        let listed = match (ids().min(), ids().max()) {
            (Some(lowest), Some(highest)) if group.pending > 0 => {
                list(asker, stream, group, (lowest, highest)).await?
            }
            _ => Listed { deliveries: HashMap::new(), to: EntryId::MAX },
        };
        for at in unsettled {
            let run = &mut of_type.runs[at];
            let now = if run.id > group.last_delivered {
                // What was trimmed before it was given is given to nobody.
                if is_trimmed(run.id) { Followed::Lost } else { Followed::Pending }
            } else if let Some(deliveries) = listed.deliveries.get(&run.id) {
                pending(scope, *deliveries, is_trimmed(run.id))
            } else if run.id > listed.to {
                continue;
            } else {
                finished.push((at, name.clone()));
                continue;
            };
            run.of_group.insert(name.clone(), now);
        }
    }
    if !finished.is_empty() {
        judge(asker, scope, stream, of_type, names, finished).await?;
    }
    for at in open {
        let run = &mut of_type.runs[at];
        // A group that was made since gets it as well, so only what all have is final.
        let known = groups.iter().map(|group| run.of_group.get(&group.text()).copied());
        run.now = known.map(|now| now.unwrap_or(Followed::Pending)).max().unwrap_or(Followed::Pending);
    }
    Ok(())
}

/// On Alga's bus the group of its own workers, where there is one; else all.
pub(super) fn those_that_count(groups: Vec<SurveyedGroup>, scope: &Scope) -> Vec<SurveyedGroup> {
    let Some(alga) = &scope.unrecorded else { return groups };
    let (own, others): (Vec<_>, Vec<_>) =
        groups.into_iter().partition(|group| group.name == alga.group.as_bytes());
    if own.is_empty() { others } else { own }
}

fn is_open(run: &Run, group: &str) -> bool {
    run.of_group.get(group).is_none_or(|now| !now.is_final())
}

/// What is to be thought of a pending one.
fn pending(scope: &Scope, deliveries: u64, is_trimmed: bool) -> Followed {
    if is_trimmed {
        // Nothing is left that could be given to anybody.
        Followed::Lost
    } else if scope.unrecorded.is_some() && deliveries > 1 {
        // There a failing handler leaves it pending, and it is given out again.
        Followed::Retrying
    } else {
        Followed::Pending
    }
}

/// What is pending with `group` from `lowest` to `highest`.
async fn list(
    asker: &mut Asker,
    stream: &StreamKey,
    group: &SurveyedGroup,
    (lowest, highest): (EntryId, EntryId),
) -> Result<Listed, BusError> {
    let mut listed = Listed { deliveries: HashMap::new(), to: EntryId::MAX };
    let mut after = lowest.previous().unwrap_or(EntryId::ZERO);
    loop {
        let question = Question::pending_between(stream, &group.name, (after, highest), PAGE);
        let reply = asker.ask(&question, DOING).await?;
        let Some(reply) = asker.answered(reply, DOING)? else { return Ok(listed) };
        // How long it may be left does not matter here.
        let page = pending_entries(stream, false, PendingEntry::LEASE, reply)
            .map_err(|fault| asker.unreadable(fault, DOING))?;
        after = page.last().map_or(after, |entry| entry.id);
        listed.deliveries.extend(page.iter().map(|entry| (entry.id, entry.deliveries)));
        if page.len() < PAGE {
            return Ok(listed);
        }
        if listed.deliveries.len() >= LISTED {
            listed.to = after;
            return Ok(listed);
        }
    }
}

/// What became of those that were given and are not pending any more. They were pending before a dead letter or a retry
/// of them was written, so that is looked for last.
async fn judge(
    asker: &mut Asker,
    scope: &Scope,
    stream: &StreamKey,
    of_type: &mut OfType,
    names: &mut Interner<Arc<str>>,
    finished: Vec<(usize, String)>,
) -> Result<(), BusError> {
    let mut again = BTreeSet::new();
    let mut undecided = BTreeSet::new();
    if matches!(scope.layout, Layout::Native { .. }) {
        let handler = |group: &str| HandlerName::new(group).ok();
        let members = finished.iter().enumerate().filter_map(|(place, (at, group))| {
            Some((place, waiting::member(&handler(group)?, of_type.runs[*at].id)))
        });
        again = retries::in_schedule(asker, stream, members.collect()).await?;
        let mut by_group: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (place, (_, group)) in finished.iter().enumerate() {
            by_group.entry(group).or_default().push(place);
        }
        for (group, places) in by_group {
            let key = handler(group).and_then(|handler| Layout::retries(stream, &handler));
            let lowest = places.iter().map(|place| of_type.runs[finished[*place].0].id).min();
            let Some((key, lowest)) = key.zip(lowest) else { continue };
            let due = retried_since(asker, &key, lowest).await?;
            for place in places {
                match &due {
                    Some(due) if due.contains(&of_type.runs[finished[place].0].id) => {
                        again.insert(place);
                    }
                    Some(_) => {}
                    None => {
                        undecided.insert(place);
                    }
                }
            }
        }
        retries::outcomes(asker, stream, of_type, names, None).await?;
    }
    letters::read(asker, stream, of_type, names).await?;
    for (place, (at, group)) in finished.into_iter().enumerate() {
        let whose = if scope.unrecorded.is_some() { "" } else { group.as_str() };
        let run = &mut of_type.runs[at];
        let letter = (names.share(whose.into()), run.id);
        let known = run.of_group.get(&group).copied();
        let now = if of_type.letters.contains(&letter) {
            Followed::DeadAgain
        } else if known.is_some_and(Followed::is_final) {
            continue;
        } else if again.contains(&place) || known == Some(Followed::Retrying) && scope.unrecorded.is_none() {
            // Between its schedule and its retry stream it is seen nowhere: an outcome ends this.
            Followed::Retrying
        } else if undecided.contains(&place) {
            Followed::Pending
        } else {
            Followed::Succeeded
        };
        run.of_group.insert(group, now);
    }
    Ok(())
}

/// Where the entries of a retry stream behind `after` were published; `None` when there are too many to look through.
async fn retried_since(
    asker: &mut Asker,
    key: &StreamKey,
    mut after: EntryId,
) -> Result<Option<BTreeSet<EntryId>>, BusError> {
    let mut sources = BTreeSet::new();
    let is_more = retries::go_through(asker, key, &mut after, RETRIES, |_, fields| {
        sources.extend(retry_of(fields));
        false
    })
    .await?;
    Ok((!is_more).then_some(sources))
}

/// Where a retry says that it was published.
pub(super) fn retry_of(fields: &[Field]) -> Option<EntryId> {
    text(fields, "retryOf")?.parse().ok()
}
