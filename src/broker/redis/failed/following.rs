//! Retried events on their way to what becomes of them: what is followed, and what is known of each. How that is found
//! out is in [`super::retries`] (retry streams: the finish script records outcomes) and in [`super::regiven`] (types'
//! streams: groups, what is pending, dead letters).

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::records::Outcome;
use super::{Scope, regiven, retries};
use crate::broker::redis::asker::Asker;
use crate::broker::redis::profile::Beside;
use crate::bus::{BusError, Claim, FailedAt, Followed};
use crate::event::{EntryId, HandlerName, Interner, StreamKey};

/// What is read begins so long before what is followed, in milliseconds: the clock of a server may go back.
const SLACK_MS: u64 = 60_000;

/// One retried event.
pub(super) struct Item {
    /// Where it lay.
    pub(super) from: FailedAt,
    /// The plan; empty without one.
    pub(super) plan: String,
    /// The type's stream.
    pub(super) stream: StreamKey,
    /// Where it was published.
    pub(super) source: Option<EntryId>,
    /// What was appended for it.
    pub(super) to: Vec<Claim>,
}

/// What was appended for an event, in one stream.
pub(super) struct Run {
    /// Which event.
    item: usize,
    /// Its position.
    pub(super) id: EntryId,
    /// In whose retry stream; `None` in the type's own.
    pub(super) handler: Option<HandlerName>,
    /// Where it was published.
    pub(super) source: EntryId,
    /// The plan; empty without one.
    pub(super) plan: Arc<str>,
    /// What is known of it, over all groups.
    pub(super) now: Followed,
    /// Whether it was in the retry stream already.
    was_due: bool,
    /// Whether an outcome of it came in this look.
    pub(super) heard: bool,
    /// Of one in the type's own stream: what is known of each group's.
    pub(super) of_group: BTreeMap<String, Followed>,
}

/// A plan, a handler, and where an event was published.
pub(super) type Key = (Arc<str>, Arc<str>, EntryId);

/// All that is followed beside one type's stream.
#[derive(Default)]
pub(super) struct OfType {
    pub(super) runs: Vec<Run>,
    /// Those that can change still.
    pub(super) open: Vec<usize>,
    /// Runs in retry streams, by what their outcomes say.
    pub(super) by_key: HashMap<Key, Vec<usize>>,
    /// Runs of entries that were in their retry streams already: they belong to whatever plan they belonged to.
    pub(super) by_place: HashMap<(Arc<str>, EntryId), Vec<usize>>,
    /// Runs in the type's own stream.
    pub(super) by_id: HashMap<EntryId, usize>,
    /// Where reading began, and how far outcomes and dead letters have been read.
    began: Option<EntryId>,
    pub(super) outcomes_after: EntryId,
    pub(super) letters_after: EntryId,
    /// Dead letters that came since: whose (empty where nothing says so), and of which entry.
    pub(super) letters: HashSet<(Arc<str>, EntryId)>,
    /// Outcomes of our plan that came before we were told of the retry.
    early: HashMap<Key, Followed>,
}

/// Retried events that are followed.
pub(super) struct Following {
    items: Vec<(FailedAt, Followed)>,
    of_type: BTreeMap<StreamKey, OfType>,
    names: Interner<Arc<str>>,
    /// What is known of events of this plan that are not followed yet is kept for when they are.
    plan: Option<Arc<str>>,
    /// Items whose state changed since the last look.
    changed: HashSet<usize>,
}

impl Following {
    /// Follows nothing yet. With a plan, what becomes of its events before they are added is not missed.
    pub(super) fn new(plan: Option<&str>) -> Self {
        Self {
            items: Vec::new(),
            of_type: BTreeMap::new(),
            names: Interner::default(),
            plan: plan.map(Into::into),
            changed: HashSet::new(),
        }
    }

    /// Follows this one too; answers its number.
    pub(super) fn add(&mut self, scope: &Scope, item: Item) -> usize {
        let Item { from, plan, stream, source, to } = item;
        let at = self.items.len();
        let was_due = matches!(from, FailedAt::Due { .. });
        self.items.push((from, Followed::Pending));
        let plan = self.names.share(plan.into());
        let of_type = self.of_type.entry(stream.clone()).or_default();
        let mut is_followed = false;
        for claim in to {
            let beside = scope.layout.lies_beside(claim.stream.as_str());
            let handler = match beside {
                Some((beside, Beside::Retries(handler))) if beside == stream => Some(handler),
                _ if claim.stream == stream => None,
                // A record that anyone may have written.
                _ => continue,
            };
            let run = Run {
                item: at,
                id: claim.id,
                handler,
                source: source.unwrap_or(claim.id),
                plan: Arc::clone(&plan),
                now: Followed::Pending,
                was_due,
                heard: false,
                of_group: BTreeMap::new(),
            };
            is_followed = true;
            if of_type.add(run, &mut self.names) {
                self.changed.insert(at);
            }
        }
        if !is_followed {
            // Nothing says what it became.
            self.changed.insert(at);
            self.items[at].1 = Followed::Lost;
        }
        at
    }

    /// Looks at all that can change; answers what did, since the last time.
    pub(super) async fn look(
        &mut self,
        asker: &mut Asker,
        scope: &Scope,
    ) -> Result<Vec<(usize, FailedAt, Followed)>, BusError> {
        for (stream, of_type) in &mut self.of_type {
            let has = |of_type: &OfType, retries: bool| {
                of_type.open.iter().any(|at| of_type.runs[*at].handler.is_some() == retries)
            };
            if has(of_type, true) {
                retries::look(asker, stream, of_type, &mut self.names, self.plan.as_ref()).await?;
            }
            if has(of_type, false) {
                regiven::look(asker, scope, stream, of_type, &mut self.names).await?;
            }
            let OfType { runs, open, .. } = of_type;
            self.changed.extend(open.iter().map(|at| runs[*at].item));
            open.retain(|at| !runs[*at].now.is_final());
        }
        Ok(self.answer())
    }

    /// What is known of an item by now.
    pub(super) fn outcome(&self, item: usize) -> Followed {
        self.items.get(item).map_or(Followed::Lost, |(_, now)| *now)
    }

    fn answer(&mut self) -> Vec<(usize, FailedAt, Followed)> {
        let mut worst: HashMap<usize, Followed> = HashMap::new();
        for run in self.of_type.values().flat_map(|of_type| &of_type.runs) {
            if self.changed.contains(&run.item) {
                let worst = worst.entry(run.item).or_insert(run.now);
                *worst = run.now.max(*worst);
            }
        }
        let mut told = Vec::new();
        for item in std::mem::take(&mut self.changed) {
            let Some((from, known)) = self.items.get_mut(item) else { continue };
            match worst.get(&item) {
                Some(now) if now != known => {
                    *known = *now;
                    told.push((item, from.clone(), *now));
                }
                None => told.push((item, from.clone(), *known)),
                Some(_) => {}
            }
        }
        told.sort_by_key(|(item, ..)| *item);
        told
    }
}

impl OfType {
    /// Follows one more run; whether something of it is known already.
    fn add(&mut self, mut run: Run, names: &mut Interner<Arc<str>>) -> bool {
        let from = EntryId::new(run.id.ms.saturating_sub(SLACK_MS), 0);
        if self.began.is_none_or(|began| from < began) {
            // One of before, as when a plan is gone on with: what came since is read again.
            self.began = Some(from);
            self.outcomes_after = from;
            self.letters_after = from;
        }
        let at = self.runs.len();
        if let Some(handler) = &run.handler {
            let handler = names.share(handler.as_str().into());
            // One that does not say where it was published is known by its own position.
            for source in [run.source, run.id] {
                if run.was_due {
                    let same = self.by_place.entry((Arc::clone(&handler), source)).or_default();
                    if !same.contains(&at) {
                        same.push(at);
                    }
                    continue;
                }
                let key = (Arc::clone(&run.plan), Arc::clone(&handler), source);
                if let Some(known) = self.early.remove(&key) {
                    run.now = known;
                }
                let same = self.by_key.entry(key).or_default();
                if !same.contains(&at) {
                    same.push(at);
                }
            }
        } else {
            self.by_id.insert(run.id, at);
        }
        let known = run.now != Followed::Pending;
        if !run.now.is_final() {
            self.open.push(at);
        }
        self.runs.push(run);
        known
    }

    /// Takes note of what became of an attempt.
    pub(super) fn note(&mut self, id: EntryId, key: Key, outcome: Outcome, plan: Option<&Arc<str>>) {
        let now = match outcome {
            Outcome::Done => Followed::Succeeded,
            Outcome::Retry => Followed::Retrying,
            Outcome::Dead => Followed::DeadAgain,
        };
        let was_due = self.by_place.get(&(Arc::clone(&key.1), key.2));
        for at in was_due.into_iter().flatten() {
            let run = &mut self.runs[*at];
            // What is older is what became of it before.
            if id.ms >= run.id.ms {
                run.heard = true;
                if !run.now.is_final() {
                    run.now = now;
                }
            }
        }
        if let Some(runs) = self.by_key.get(&key) {
            for at in runs {
                let run = &mut self.runs[*at];
                run.heard = true;
                if !run.now.is_final() {
                    run.now = now;
                }
            }
        } else if key.0.is_empty()
            && let Some(at) = self.by_id.get(&key.2)
        {
            // Retries of what was appended to the type's stream belong to no plan.
            let of_group = self.runs[*at].of_group.entry(key.1.to_string()).or_insert(now);
            if !of_group.is_final() {
                *of_group = now;
            }
        } else if plan == Some(&key.0) {
            self.early.insert(key, now);
        }
    }
}
