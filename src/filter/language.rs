//! [`Filter`], what everyone uses.

use std::ops::Range;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::node::{Kind, Node};
use super::parse::parse;
use super::test::Test;
use super::{FilterError, Subject};
use crate::event::FailedState;

/// A filter, ready to match. The default one matches everything. Cheap to clone; two are equal if they are written
/// the same.
///
/// ```
/// use tidings::filter::Filter;
/// let filter = Filter::parse("type:TICKET_* payload.changes.status=on_hold").unwrap();
/// assert_eq!(filter.narrowed("age<5m"), "type:TICKET_* payload.changes.status=on_hold age<5m");
/// assert_eq!(filter.inverted().text(), "not (type:TICKET_* payload.changes.status=on_hold)");
/// ```
#[derive(Debug, Clone, Default)]
pub struct Filter(Option<Arc<Parsed>>);

#[derive(Debug)]
struct Parsed {
    text: String,
    node: Node,
}

impl PartialEq for Filter {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl Filter {
    /// Reads a filter. White space alone is the filter that matches everything.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        Ok(Self(parse(text)?.map(|node| Arc::new(Parsed { text: text.to_owned(), node }))))
    }

    /// Whether `subject` passes at the time `now`.
    pub fn matches(&self, subject: &Subject<'_>, now: DateTime<Utc>) -> bool {
        self.0.as_ref().is_none_or(|parsed| parsed.node.matches(subject, now))
    }

    /// What is asked; nothing where it matches everything.
    pub(super) fn node(&self) -> Option<&Node> {
        self.0.as_ref().map(|parsed| &parsed.node)
    }

    /// Whether it matches everything because nothing is asked.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// As it was written; empty when it matches everything.
    pub fn text(&self) -> &str {
        self.0.as_ref().map_or("", |parsed| &parsed.text)
    }

    /// Whether what matches changes as time passes.
    pub fn depends_on_time(&self) -> bool {
        self.0.as_ref().is_some_and(|parsed| parsed.node.has(&|test| matches!(test, Test::Age(..))))
    }

    /// Whether it asks for failed attempts of handlers: then what matches changes as they become known.
    pub fn asks_for_failures(&self) -> bool {
        self.0.as_ref().is_some_and(|parsed| parsed.node.has(&Test::asks_for_failures))
    }

    /// Whether it names this state of failed events with `is:`, itself or among others: whoever reads only some of them
    /// reads these, too.
    pub fn asks_for_state(&self, state: FailedState) -> bool {
        self.0.as_ref().is_some_and(|parsed| parsed.node.has(&|test| test.asks_for_state(state)))
    }

    /// A state that it names with `is:` and that only failed events have: of an entry of a type's stream nothing tells
    /// whether it is `running`, `stuck`, `retried` or `discarded`.
    pub fn asks_of_failed_only(&self) -> Option<FailedState> {
        let names = |state: &FailedState| {
            self.0.as_ref().is_some_and(|parsed| parsed.node.has(&|test| test.names_state(*state)))
        };
        let told = |state: &FailedState| {
            matches!(state, FailedState::Retrying | FailedState::Dead | FailedState::Invalid)
        };
        FailedState::ALL.into_iter().find(|state| !told(state) && names(state))
    }

    /// Whether it looks into the JSON of events: of what was not kept, it cannot tell.
    pub fn asks_for_text(&self) -> bool {
        self.0.as_ref().is_some_and(|parsed| parsed.node.has(&Test::asks_for_text))
    }

    /// Where the words and the regular expressions that it looks for stand in `shown`, a part of an event as it is shown:
    /// in order, none over another.
    ///
    /// ```
    /// use tidings::filter::Filter;
    /// let filter = Filter::parse("printer type:A not floor").unwrap();
    /// assert_eq!(filter.places_in("a Printer on floor 3"), [2..9]);
    /// ```
    pub fn places_in(&self, shown: &str) -> Vec<Range<usize>> {
        let mut places = Vec::new();
        if let Some(parsed) = &self.0 {
            parsed.node.each_asked(&mut |test| match test {
                Test::Text(search) => search.places(shown, &mut places),
                Test::Regex(expression) => {
                    let found = expression.regex.find_iter(shown).map(|found| found.range());
                    places.extend(found.filter(|range| !range.is_empty()));
                }
                _ => {}
            });
        }
        places.sort_by_key(|place| (place.start, std::cmp::Reverse(place.end)));
        let mut end = 0;
        places.retain(|place| {
            let is_free = place.start >= end;
            end = if is_free { place.end } else { end };
            is_free
        });
        places
    }

    /// The filter that matches what this one hides: `not (..)` around it, or taken away from it, so that inverting
    /// twice gives back the same text. The filter that matches everything stays as it is.
    #[must_use]
    pub fn inverted(&self) -> Self {
        let Some(parsed) = &self.0 else { return self.clone() };
        // Of a text that is one `not`, the brackets at its ends belong together.
        if let (Kind::Not(_), Some(inner)) = (&parsed.node.kind, parsed.text.strip_prefix("not ("))
            && let Some(inner) = inner.strip_suffix(')')
            && let Ok(inner) = Self::parse(inner)
        {
            return inner;
        }
        let text = format!("not ({})", parsed.text);
        let kind = Kind::Not(Box::new(parsed.node.clone()));
        let node = Node { at: 0..text.len(), bracketed: false, kind };
        Self(Some(Arc::new(Parsed { text, node })))
    }

    /// The text of this filter and `term`: with brackets where they are needed, and without what it asks already.
    pub fn narrowed(&self, term: &str) -> String {
        let Some(parsed) = &self.0 else { return term.trim().to_owned() };
        let mine = parsed.node.conjuncts();
        let mut out = grouped(&parsed.text, &parsed.node);
        match Self::parse(term).as_ref().map(|filter| filter.0.as_deref()) {
            Ok(Some(term)) => {
                let new: Vec<_> =
                    term.node.conjuncts().into_iter().filter(|node| !mine.contains(node)).collect();
                if new.is_empty() {
                    return parsed.text.clone();
                }
                for node in new {
                    out.push(' ');
                    out.push_str(&grouped(&term.text[node.at.clone()], node));
                }
            }
            Ok(None) => return parsed.text.clone(),
            // The person sees it, and what is wrong with it.
            Err(_) => {
                out.push(' ');
                out.push_str(term.trim());
            }
        }
        out
    }
}

/// `text`, which is what `node` was read from, as a part of an `and`.
fn grouped(text: &str, node: &Node) -> String {
    let text = text.trim();
    if matches!(node.kind, Kind::Any(_)) && !node.bracketed { format!("({text})") } else { text.to_owned() }
}
