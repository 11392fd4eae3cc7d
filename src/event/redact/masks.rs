//! What is masked on the screen, and in what leaves it.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use memchr::memmem::Finder;

use super::REDACTED_JSON;
use super::paths::{Paths, Reached, Way};
use super::pattern::{self, BadPattern, Names, Step};
use super::walk::{Kept, OF_EVENT, OF_PAYLOAD, Walked, replaced, walk};
use crate::event::json::Pointer;

/// Fields of events that are not to be seen: paths as filters write them, `*` for one step and `**` for any number, or
/// a name that counts wherever it is. Without any nothing is looked at, and nothing costs anything.
#[derive(Debug, Clone, Default)]
pub struct Masks(Option<Arc<Inner>>);

#[derive(Debug)]
struct Inner {
    paths: Paths,
    /// Before the first step of an event.
    event: Reached,
    /// Before the first step of a payload.
    payload: Reached,
    /// Names of which each text has one in which something is masked, unless it has escapes.
    needles: Option<Vec<Finder<'static>>>,
}

/// A text without what is masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redacted {
    /// The text, with a sign in place of each value.
    pub text: String,
    /// How many values were masked; one more where the text could not be understood to its end.
    pub values: usize,
    hits: Vec<Range<usize>>,
    broken: Option<usize>,
}

impl PartialEq for Masks {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (None, None) => true,
            (Some(own), Some(other)) => Arc::ptr_eq(own, other) || own.paths == other.paths,
            _ => false,
        }
    }
}

impl Masks {
    /// Nothing is masked.
    pub const NONE: Self = Self(None);

    /// Masks these.
    ///
    /// ```
    /// use tidings::event::Masks;
    /// let masks = Masks::new(&["payload.**.email".to_owned()]).unwrap();
    /// let event = r#"{"payload":{"who":[{"email":"a@b.c","n":1}]}}"#;
    /// assert_eq!(masks.event(event).unwrap().text, r#"{"payload":{"who":[{"email":"[redacted]","n":1}]}}"#);
    /// ```
    ///
    /// # Errors
    ///
    /// One of the patterns is no path of an event, or of what every list shows.
    pub fn new(patterns: &[String]) -> Result<Self, BadPattern> {
        if patterns.is_empty() {
            return Ok(Self::NONE);
        }
        let mut paths = Paths::new(&[], Names::Exact)?;
        for pattern in patterns {
            paths.push(pattern, steps(pattern)?)?;
        }
        let (event, mut payload) = (paths.begin(), Vec::new());
        paths.advance(&event, &mut payload, Way::Member("payload"));
        let finder = |name: &str| Finder::new(name).into_owned();
        let is_plain = |name: &&str| !name.contains(|c: char| c == '"' || c == '\\' || c.is_control());
        let needles = paths
            .last_names()
            .filter(|names| names.iter().all(is_plain))
            .map(|names| names.into_iter().map(finder).collect());
        Ok(Self(Some(Arc::new(Inner { paths, event, payload, needles }))))
    }

    /// Whether nothing is masked.
    pub fn is_none(&self) -> bool {
        self.0.is_none()
    }

    /// An event's JSON without what is masked; `None` where nothing of it is.
    pub fn event(&self, text: &str) -> Option<Redacted> {
        self.look(text, |inner| (&inner.event, Kept::Event))
    }

    /// A payload's JSON without what is masked; `None` where nothing of it is.
    pub fn payload(&self, text: &str) -> Option<Redacted> {
        self.look(text, |inner| (&inner.payload, Kept::Payload))
    }

    /// The beginning of a payload, of `most` bytes about, without what is masked; as far as it can be understood.
    pub fn beginning<'t>(&self, payload: &'t str, most: usize) -> Cow<'t, str> {
        let Some(inner) = &self.0 else { return Cow::Borrowed(payload) };
        let head = &payload[..payload.floor_char_boundary(most)];
        // What lists show was read before: it is JSON.
        // A mask of the whole payload has its name outside of it.
        if !inner.paths.is_end(&inner.payload) && inner.has_none(head) {
            return Cow::Borrowed(head);
        }
        match self.payload(head) {
            None => Cow::Borrowed(head),
            // What is cut off is no secret.
            Some(Redacted { hits, broken: Some(broken), .. }) => {
                Cow::Owned(replaced(&head[..head.floor_char_boundary(broken)], &hits, None))
            }
            Some(redacted) => Cow::Owned(redacted.text),
        }
    }

    /// Whether what lies there in an event is masked, or is in something that is.
    pub fn hides(&self, at: &Pointer) -> bool {
        self.0.as_ref().is_some_and(|inner| inner.way(at).is_none())
    }

    /// As [`Masks::hides`], of a place in a payload.
    pub fn hides_in_payload(&self, at: &Pointer) -> bool {
        let names = std::iter::once("payload").chain(at.names().iter().map(String::as_str));
        !self.is_none() && self.hides(&Pointer::of(names))
    }

    /// What lies there in an event, given as JSON that may be cut, without what is masked of it.
    pub(super) fn part<'t>(&self, at: &Pointer, json: &'t str) -> Cow<'t, str> {
        let Some(inner) = &self.0 else { return Cow::Borrowed(json) };
        let Some(reached) = inner.way(at) else { return Cow::Borrowed(super::REDACTED) };
        if !json.starts_with(['{', '[']) || inner.paths.is_lost(&reached) {
            return Cow::Borrowed(json);
        }
        let kept = match at.names() {
            [] => Kept::Event,
            [only] if only == "payload" => Kept::Payload,
            _ => Kept::Nothing,
        };
        let Walked { hits, broken } = walk(json, &inner.paths, reached, kept);
        Cow::Owned(replaced(json, &hits, broken))
    }

    /// The values of an event that are masked.
    pub(super) fn hidden<'t>(&self, text: &'t str) -> Vec<&'t str> {
        let Some(inner) = &self.0 else { return Vec::new() };
        let Walked { hits, .. } = walk(text, &inner.paths, inner.event.clone(), Kept::Event);
        hits.into_iter().filter_map(|hit| text.get(hit)).collect()
    }

    fn look(&self, text: &str, begin: impl Fn(&Inner) -> (&Reached, Kept)) -> Option<Redacted> {
        let inner = self.0.as_ref()?;
        let (start, kept) = begin(inner);
        if inner.paths.is_end(start) {
            let hits = std::iter::once(0..text.len()).collect();
            return Some(Redacted { text: REDACTED_JSON.to_owned(), values: 1, hits, broken: None });
        }
        let Walked { hits, broken } = walk(text, &inner.paths, start.clone(), kept);
        if hits.is_empty() && broken.is_none() {
            return None;
        }
        let values = hits.len() + usize::from(broken.is_some_and(|broken| broken < text.len()));
        Some(Redacted { text: replaced(text, &hits, broken), values, hits, broken })
    }
}

impl Inner {
    /// Whether nothing of a text can be masked, because it has none of the names.
    fn has_none(&self, text: &str) -> bool {
        let Some(needles) = &self.needles else { return false };
        memchr::memchr(b'\\', text.as_bytes()).is_none()
            && needles.iter().all(|needle| needle.find(text.as_bytes()).is_none())
    }

    /// How far the paths are there; `None` where one of them ends on the way.
    fn way(&self, at: &Pointer) -> Option<Reached> {
        let names = at.names();
        let is_kept = match names {
            [only] => OF_EVENT.contains(&only.as_str()),
            [payload, only] => payload == "payload" && only == OF_PAYLOAD,
            _ => false,
        };
        let (mut here, mut next) = (self.event.clone(), Vec::new());
        for name in names {
            self.paths.advance(&here, &mut next, Way::Either(name));
            std::mem::swap(&mut here, &mut next);
            if self.paths.is_end(&here) && !is_kept {
                return None;
            }
        }
        Some(here)
    }
}

impl Redacted {
    /// Where what lay in these bytes lies now; `None` where it is masked, or in something that is.
    pub(super) fn moved(&self, range: &Range<usize>) -> Option<Range<usize>> {
        let is_in = |hit: &Range<usize>| hit.start <= range.start && range.end <= hit.end;
        let is_behind = self.broken.is_some_and(|broken| broken < range.end);
        if is_behind || self.hits.iter().any(is_in) {
            return None;
        }
        let place = |at: usize| {
            let before = self.hits.iter().take_while(|hit| hit.end <= at);
            before.fold(at, |at, hit| at + REDACTED_JSON.len() - hit.len())
        };
        Some(place(range.start)..place(range.end))
    }
}

/// The steps of a mask from the top of an event.
fn steps(pattern: &str) -> Result<Vec<Step>, BadPattern> {
    let bad = |why| BadPattern { pattern: pattern.to_owned(), why };
    let mut steps = pattern::read(pattern, Names::Exact)?;
    let is_bare = |word: &str| {
        let behind = pattern.strip_prefix(word);
        behind.is_some_and(|behind| behind.starts_with('.'))
    };
    if let [only] = steps.as_slice() {
        return match only {
            Step::Name(name) | Step::Place(_, name) => Ok(vec![Step::Any, Step::Name(name.clone())]),
            _ => Err(bad("it says nothing but stars: name a member, or write 'payload.*'")),
        };
    }
    if is_bare("event") {
        steps.remove(0);
    } else if !is_bare("payload") && steps.first() != Some(&Step::Any) {
        return Err(bad("a path begins with 'payload.', 'event.' or '**.'"));
    }
    let named: Option<Vec<&str>> = steps
        .iter()
        .map(|step| match step {
            Step::Name(name) => Some(name.as_str()),
            _ => None,
        })
        .collect();
    match named.as_deref() {
        Some([only]) if OF_EVENT.contains(only) => Err(bad(IS_SHOWN)),
        Some(["payload", only]) if *only == OF_PAYLOAD => Err(bad(IS_SHOWN)),
        _ => Ok(steps),
    }
}

const IS_SHOWN: &str = "lists, filters and the names of tenants are made of it, so it cannot be masked";
