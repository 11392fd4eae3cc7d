//! One test of a filter, ready to be made.

use chrono::{DateTime, Utc};
use regex::Regex;

use super::path::{PathTest, Relation};
use super::pattern::Pattern;
use super::search::{Search, written_or_read};
use super::{FailureSeen, Standing, Subject};
use crate::event::{EntryId, EventId, FailedState};

/// What is asked of an entry.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Test {
    /// A name looks like one of the patterns; if `differs`, it is there and looks like none.
    Name { part: Name, patterns: Vec<Pattern>, differs: bool },
    /// Its id begins so.
    Id(Vec<IdStart>),
    /// One of these is true of it.
    Is(Vec<Is>),
    /// The handler of a failed attempt looks like one of the patterns; if `differs`, like none.
    Handler { patterns: Vec<Pattern>, differs: bool },
    /// As `Handler`, the error of a failed attempt.
    Error { patterns: Vec<Pattern>, differs: bool },
    /// The number of a failed attempt lies from here to there, both included.
    Attempt(u32, u32),
    /// How long ago it happened, in milliseconds.
    Age(Relation, i64),
    /// A value in its payload.
    Payload(PathTest),
    /// A value anywhere in the event.
    Event(PathTest),
    /// Text in its JSON.
    Text(Search),
    /// A regular expression in its JSON.
    Regex(Expression),
}

/// A word of `is:`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Is {
    /// What its schema says.
    Standing(Standing),
    /// An attempt at it failed, or it is invalid.
    Failed,
    /// What is to be thought of it as a failed event. Of an entry of a type's stream only attempts tell: the last one of
    /// a handler failed, and there is to be another one; or it is a dead letter since.
    State(FailedState),
}

impl Is {
    fn holds(self, subject: &Subject<'_>) -> bool {
        match self {
            Self::Standing(standing) => subject.standing == standing,
            Self::Failed => match subject.state {
                Some(state) => state.is_failed(),
                None => !subject.failures.is_empty() || subject.standing == Standing::Invalid,
            },
            Self::State(wanted) => match (subject.state, wanted) {
                (Some(state), _) => state == wanted,
                (None, FailedState::Retrying) => {
                    FailureSeen::last_of_each(subject.failures).any(|failure| !failure.is_dead)
                }
                (None, FailedState::Dead) => {
                    FailureSeen::last_of_each(subject.failures).any(|failure| failure.is_dead)
                }
                (None, _) => false,
            },
        }
    }
}

/// A part of an entry that is a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    Type,
    /// Its id or its label.
    Tenant,
    Channel,
    Stream,
}

/// The beginning of an event id, or an entry id; a text of digits may be both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct IdStart {
    /// The first bits of the event id, and which bits they are.
    pub(super) event: Option<(u128, u128)>,
    pub(super) entry: Option<EntryStart>,
}

/// What an entry id must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EntryStart {
    Whole(EntryId),
    Milliseconds(u64),
}

/// A regular expression; two are the same if they are written the same.
#[derive(Debug, Clone)]
pub(super) struct Expression {
    pub(super) regex: Regex,
    pub(super) fold: bool,
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        (self.regex.as_str(), self.fold) == (other.regex.as_str(), other.fold)
    }
}

impl Test {
    pub(super) fn matches(&self, subject: &Subject<'_>, now: DateTime<Utc>) -> bool {
        match self {
            Self::Name { part, patterns, differs } => part.is_one_of(patterns, *differs, subject),
            Self::Id(ids) => ids.iter().any(|id| id.matches(subject.event_id, subject.entry_id)),
            Self::Is(words) => words.iter().any(|word| word.holds(subject)),
            Self::Handler { patterns, differs } => {
                subject.failures.iter().any(|failure| one_of(patterns, failure.handler.as_str()) != *differs)
            }
            Self::Error { patterns, differs } => {
                subject.failures.iter().any(|failure| one_of(patterns, &failure.error) != *differs)
            }
            Self::Attempt(from, to) => {
                subject.failures.iter().any(|failure| (*from..=*to).contains(&failure.attempt))
            }
            Self::Age(relation, ms) => {
                // What happens in the future, by a clock that is ahead, happens now.
                let age = now.signed_duration_since(subject.at).num_milliseconds().max(0);
                relation.holds(age.cmp(ms))
            }
            Self::Payload(test) => subject.payload.is_some_and(|json| test.matches(json)),
            Self::Event(test) => subject.text.is_some_and(|json| test.matches(json)),
            Self::Text(search) => subject.text.is_some_and(|json| search.matches(json, subject.escaped)),
            Self::Regex(Expression { regex, .. }) => subject
                .text
                .is_some_and(|json| written_or_read((json, subject.escaped), |text| regex.is_match(text))),
        }
    }

    /// Roughly how many bytes are read to answer: cheap tests are made first.
    pub(super) fn cost(&self) -> u32 {
        match self {
            Self::Is(_) | Self::Age(..) | Self::Attempt(..) => 1,
            Self::Id(ids) => items(ids),
            Self::Name { patterns, .. } | Self::Handler { patterns, .. } => 2 * items(patterns),
            // Few events have failed.
            Self::Error { patterns, .. } => 10 * items(patterns),
            Self::Text(_) => 300,
            Self::Payload(_) => 500,
            Self::Event(_) => 700,
            Self::Regex(_) => 900,
        }
    }

    /// Whether it asks for failed attempts: what it answers changes as they become known.
    pub(super) fn asks_for_failures(&self) -> bool {
        match self {
            Self::Handler { .. } | Self::Error { .. } | Self::Attempt(..) => true,
            Self::Is(words) => words.iter().any(|word| !matches!(word, Is::Standing(_))),
            _ => false,
        }
    }
}

impl Test {
    /// Whether it names just this state of failed events.
    pub(super) fn names_state(&self, state: FailedState) -> bool {
        matches!(self, Self::Is(words) if words.contains(&Is::State(state)))
    }

    /// Whether it names this state of failed events, itself or among others.
    pub(super) fn asks_for_state(&self, state: FailedState) -> bool {
        let Self::Is(words) = self else { return false };
        words.iter().any(|word| match word {
            Is::Standing(standing) => *standing == Standing::Invalid && state == FailedState::Invalid,
            Is::Failed => state.is_failed(),
            Is::State(named) => *named == state,
        })
    }

    /// Whether it looks into the event's JSON.
    pub(super) fn asks_for_text(&self) -> bool {
        matches!(self, Self::Payload(_) | Self::Event(_) | Self::Text(_) | Self::Regex(_))
    }
}

fn one_of(patterns: &[Pattern], text: &str) -> bool {
    patterns.iter().any(|pattern| pattern.matches(text))
}

fn items<T>(list: &[T]) -> u32 {
    u32::try_from(list.len()).unwrap_or(u32::MAX / 2)
}

impl Name {
    fn is_one_of(self, patterns: &[Pattern], differs: bool, subject: &Subject<'_>) -> bool {
        let (name, label) = match self {
            Self::Type => (subject.event_type, None),
            Self::Tenant => (subject.tenant, subject.label),
            Self::Channel => (subject.channel, None),
            Self::Stream => (Some(subject.stream), None),
        };
        let fits = |name: &str| one_of(patterns, name);
        name.is_some() && (name.is_some_and(fits) || label.is_some_and(fits)) != differs
    }
}

impl IdStart {
    fn matches(&self, event: Option<EventId>, entry: EntryId) -> bool {
        let event_fits =
            |(bits, mask): (u128, u128)| event.is_some_and(|event| event.uuid().as_u128() & mask == bits);
        let entry_fits = |start: EntryStart| match start {
            EntryStart::Whole(id) => entry == id,
            EntryStart::Milliseconds(ms) => entry.ms == ms,
        };
        self.event.is_some_and(event_fits) || self.entry.is_some_and(entry_fits)
    }
}
