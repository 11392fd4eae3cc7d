//! What failed events a verb is about: read page by page, or frozen once before anything is done.

use std::collections::{BTreeSet, HashSet};

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

use super::args::{Name, Selecting, StateWord};
use super::found::{Frozen, Seen};
use super::list::said;
use super::site::Site;
use super::suits::Aim;
use crate::bus::{
    BusError, Denied, FailedAt, FailedEvent, FailedPage, FailedQuery, FailedSource, Looked, first_contact_by,
};
use crate::cli::desk::Desk;
use crate::cli::exit::{Exit, Stop};
use crate::cli::filter::parse_filter;
use crate::cli::nothing::{NO_STREAMS, has_no_streams};
use crate::cli::patient::{PAUSE, patiently};
use crate::event::{Channel, EventId, FailedState};
use crate::filter::Filter;
use crate::text::{count, plural};

/// Pages that may wait.
const PAGES: usize = 2;

/// What a verb is about, where nothing says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Usual {
    /// What a person may have to act on.
    Failed,
    /// What was put aside.
    Discarded,
}

/// Which failed events.
pub(super) struct Selection {
    ids: Vec<FailedAt>,
    events: HashSet<EventId>,
    filter: Filter,
    states: Vec<StateWord>,
    handlers: Vec<String>,
    channel: Option<Channel>,
    limit: usize,
    sources: BTreeSet<FailedSource>,
    suits: fn(&FailedAt) -> bool,
}

impl Selection {
    /// Reads the arguments.
    pub(super) fn of(args: &Selecting, usual: Usual, site: &Site) -> Result<Self, Stop> {
        let filter = parse_filter(args.filter.as_deref())?;
        let mut ids = Vec::new();
        let mut events = HashSet::new();
        for name in &args.ids {
            match name {
                Name::At(at) if ids.contains(at) => {}
                Name::At(at) => ids.push(at.clone()),
                Name::Event(event) => {
                    events.insert(*event);
                }
            }
        }
        let named = |state: FailedState| {
            args.state.iter().any(|word| word.takes(state)) || filter.asks_for_state(state)
        };
        let mut sources = BTreeSet::new();
        if args.state.is_empty() {
            match usual {
                Usual::Failed => sources.extend(FailedSource::FAILED),
                Usual::Discarded => sources.extend([FailedSource::Discarded]),
            }
        }
        for state in FailedState::ALL.into_iter().filter(|state| named(*state)) {
            sources.extend(sources_of(state));
        }
        let mut states = args.state.clone();
        if states.is_empty() && !FailedState::ALL.into_iter().any(|state| filter.asks_for_state(state)) {
            states.push(match usual {
                Usual::Failed => StateWord::Failed,
                Usual::Discarded => StateWord::One(FailedState::Discarded),
            });
        }
        Ok(Self {
            ids,
            events,
            filter,
            states,
            handlers: args.handler.clone(),
            channel: site.channel.clone(),
            limit: args.limit.unwrap_or(usize::MAX),
            sources,
            suits: |_| true,
        })
    }

    /// Like [`Selection::of`], for a verb that changes something: it must be said which.
    pub(super) fn for_acting(args: &Selecting, aim: &Aim, site: &Site) -> Result<Self, Stop> {
        if args.is_empty() && site.session.info.locked_to.is_empty() {
            return Err(Stop::usage(
                "nothing says which failed events",
                "Name ids, or a selection: --filter, --state, --handler, --limit, --tenant. --state failed is all that failed.",
            ));
        }
        Ok(Self { suits: aim.suits, ..Self::of(args, aim.usual, site)? })
    }

    /// Whether it is selected and can be done; what cannot is counted.
    fn takes(&self, event: &FailedEvent, seen: &mut Seen, site: &Site, desk: &Desk<'_>) -> bool {
        let is_meant = !self.ids.contains(&event.at)
            && (self.events.is_empty() || event.event.is_some_and(|id| self.events.contains(&id)))
            && (self.states.is_empty() || self.states.iter().any(|word| word.takes(event.state)));
        if !is_meant {
            return false;
        }
        if let Some(id) = event.event {
            seen.missing.events.remove(&id);
        }
        if !self.fits(event, site, desk) {
            return false;
        }
        let suits = (self.suits)(&event.at);
        if !suits && self.events.is_empty() {
            seen.unsuitable.count(&event.at);
        } else if !suits {
            seen.unsuitable.name(event.at.clone());
        }
        suits
    }

    /// Whether what was called by its name is taken: the state is known then, and not asked for.
    fn fits(&self, event: &FailedEvent, site: &Site, desk: &Desk<'_>) -> bool {
        let handler =
            || event.handler.as_deref().is_some_and(|of| self.handlers.iter().any(|name| name == of));
        (self.handlers.is_empty() || handler())
            && (self.channel.is_none() || self.channel == event.channel)
            && event.subject(&site.labels, |subject| self.filter.matches(subject, desk.now()))
    }

    /// Hands what is selected to `each`, a page at a time, and says what could not be looked at.
    pub(super) async fn visit(
        &self,
        site: &Site,
        desk: &mut Desk<'_>,
        mut each: impl AsyncFnMut(Vec<FailedEvent>, &mut Desk<'_>) -> Result<(), Stop>,
    ) -> Result<Seen, Stop> {
        let mut seen = Seen::default();
        let mut events: BTreeSet<_> = self.events.iter().copied().collect();
        for at in &self.ids {
            let asked = patiently(site.patience, desk, || site.session.failed.whole(at)).await?;
            match asked {
                None => return Ok(Seen { interrupted: true, ..seen }),
                Some(None) => seen.missing.places.push(at.clone()),
                Some(Some(whole)) => {
                    seen.has_read = true;
                    events.retain(|event| whole.event.event != Some(*event));
                    if self.fits(&whole.event, site, desk) {
                        if (self.suits)(at) {
                            seen.found += 1;
                            each(vec![whole.event], desk).await?;
                        } else {
                            seen.unsuitable.name(at.clone());
                        }
                    }
                }
            }
            if seen.found >= self.limit as u64 {
                return Ok(seen);
            }
        }
        if self.ids.is_empty() || !self.events.is_empty() {
            seen.missing.events = events;
            self.scan(&mut seen, site, desk, &mut each).await?;
            if seen.interrupted || seen.found >= self.limit as u64 {
                seen.missing.events.clear();
            }
            if !self.states.is_empty() {
                let states: Vec<_> = self.states.iter().map(|state| state.word()).collect();
                seen.missing.states = format!(": nothing of it is {}", states.join(" or "));
            }
        }
        Ok(seen)
    }

    async fn scan(
        &self,
        seen: &mut Seen,
        site: &Site,
        desk: &mut Desk<'_>,
        each: &mut impl AsyncFnMut(Vec<FailedEvent>, &mut Desk<'_>) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let end = Instant::now() + site.patience.connect_timeout;
        let mut hidden = Hidden::default();
        loop {
            let reading = self.read_once(seen, site, desk, each, &mut hidden);
            let read = first_contact_by(end, reading).await?;
            match read {
                // What was handed on already must not come again.
                Err(BusError::Unavailable { .. }) if !hidden.began && Instant::now() + PAUSE < end => {
                    tokio::select! {
                        () = sleep(PAUSE) => {}
                        () = desk.stop.cancelled() => {
                            seen.interrupted = true;
                            return Ok(());
                        }
                    }
                }
                Err(error) => return Err(error.into()),
                Ok(()) => {
                    seen.is_unseen = !hidden.denied.is_empty();
                    seen.has_read |= hidden.has_read;
                    return hidden.say(desk);
                }
            }
        }
    }

    async fn read_once(
        &self,
        seen: &mut Seen,
        site: &Site,
        desk: &mut Desk<'_>,
        each: &mut impl AsyncFnMut(Vec<FailedEvent>, &mut Desk<'_>) -> Result<(), Stop>,
        hidden: &mut Hidden,
    ) -> Result<Result<(), BusError>, Stop> {
        let query = FailedQuery::of(self.sources.iter().copied());
        let (out, mut pages) = mpsc::channel(PAGES);
        let stop = desk.stop.clone();
        let mut reading = std::pin::pin!(site.session.failed.read(&query, out));
        let mut ended = None;
        loop {
            let page = tokio::select! {
                page = pages.recv() => page,
                read = &mut reading, if ended.is_none() => {
                    ended = Some(read);
                    continue;
                }
                () = stop.cancelled() => {
                    seen.interrupted = true;
                    return Ok(Ok(()));
                }
            };
            let Some(page) = page else { break };
            let mut events = hidden.take(page);
            events.retain(|event| self.takes(event, seen, site, desk));
            events.truncate(self.limit.saturating_sub(usize::try_from(seen.found).unwrap_or(usize::MAX)));
            seen.found += events.len() as u64;
            if !events.is_empty() {
                each(events, desk).await?;
            }
            if seen.found >= self.limit as u64 {
                return Ok(Ok(()));
            }
        }
        Ok(match ended {
            Some(read) => read,
            None => reading.await,
        })
    }

    /// Reads all of it once. `None`: Ctrl-C came first.
    pub(super) async fn freeze(&self, site: &Site, desk: &mut Desk<'_>) -> Result<Option<Frozen>, Stop> {
        let mut frozen = Frozen::default();
        let mut known = HashSet::new();
        let seen = self
            .visit(site, desk, async |events, _| {
                for event in events {
                    // What moves while it is read may come twice.
                    if known.insert(event.at.clone()) {
                        // What is masked in it is not in its error either: previews show that.
                        let event = said(event, &site.masks);
                        frozen.events.push(FailedEvent { text: None, ..event });
                    }
                }
                Ok(())
            })
            .await?;
        if seen.interrupted {
            return Ok(None);
        }
        seen.missing.say(desk);
        frozen.is_missing = !seen.missing.is_empty();
        frozen.unsuitable = seen.unsuitable;
        frozen.is_unseen = seen.is_unseen;
        if !seen.has_read && frozen.exit() == Exit::Ok && has_no_streams(&site.session).await {
            desk.notes.say(NO_STREAMS);
        }
        Ok(Some(frozen))
    }
}

fn sources_of(state: FailedState) -> &'static [FailedSource] {
    match state {
        FailedState::Running | FailedState::Stuck => &[FailedSource::Pending],
        FailedState::Retrying => &[FailedSource::Pending, FailedSource::Waiting],
        FailedState::Dead => &[FailedSource::DeadLetters],
        FailedState::Invalid => &[FailedSource::DeadLetters, FailedSource::Invalid],
        FailedState::Retried => &[FailedSource::Retried],
        FailedState::Discarded => &[FailedSource::Discarded],
    }
}

/// What was not handed on.
#[derive(Default)]
struct Hidden {
    began: bool,
    has_read: bool,
    other_tenants: u64,
    unattributed: u64,
    denied: Vec<Denied>,
    unseen: BTreeSet<String>,
}

impl Hidden {
    fn take(&mut self, page: FailedPage) -> Vec<FailedEvent> {
        self.began = true;
        self.has_read |= !page.events.is_empty() || page.other_tenants + page.unattributed > 0;
        self.other_tenants += page.other_tenants;
        self.unattributed += page.unattributed;
        for denied in page.denied {
            if !self.denied.contains(&denied) {
                self.denied.push(denied);
            }
        }
        self.unseen.extend(page.unseen);
        page.events
    }

    fn say(self, desk: &mut Desk<'_>) -> Result<(), Stop> {
        // Before the notes, so that they stand behind what they are about.
        desk.out.flush()?;
        if self.other_tenants > 0 {
            let (one, more) = (
                "failed event of tenants outside the lock is",
                "failed events of tenants outside the lock are",
            );
            desk.notes.say(&format!("{} not shown", plural(self.other_tenants, one, more)));
        }
        if self.unattributed > 0 {
            desk.notes.say(&format!("unattributed {}: no tenant can be read", count(self.unattributed)));
        }
        if let Some(note) = (Looked::<()> { found: Vec::new(), denied: self.denied }).note() {
            desk.notes.say(&note);
        }
        self.unseen.iter().for_each(|unseen| desk.notes.say(unseen));
        Ok(())
    }
}
