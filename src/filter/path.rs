//! A path into an event, and what the value there must be.

use std::cmp::Ordering;

use memchr::memmem::Finder;

use super::escape::unescape;
use super::number::Number;
use super::pattern::Pattern;
use super::scan::{elements, members};

/// One step into a value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    /// A member by its name; of an array, that member of each element.
    Name(String),
    /// A number: an element by its place, or a member of that name.
    Place(usize, String),
    /// `*`: every element or member.
    Every,
}

/// What a value is compared with.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Check {
    /// It is there.
    Exists,
    /// It is one of these.
    Equals(Vec<Literal>),
    /// It is there, and none of these.
    Differs(Vec<Literal>),
    /// It looks like one of these.
    Like(Vec<Pattern>),
    /// It is a number beyond this one.
    Compare(Relation, String),
}

/// How a number compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Relation {
    pub(super) fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

/// A value as it is written in a filter.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Literal {
    /// Without quotes and escapes.
    pub(super) text: String,
    /// Quoted values are texts, never numbers or words such as `true`.
    pub(super) quoted: bool,
}

impl Literal {
    fn is(&self, value: &str) -> bool {
        match inside(value) {
            Some(text) => *text == self.text || (!self.quoted && same_number(&text, &self.text)),
            None => !self.quoted && (value == self.text || same_number(value, &self.text)),
        }
    }
}

/// A path and its check.
#[derive(Debug, Clone)]
pub(super) struct PathTest {
    steps: Vec<Step>,
    check: Check,
    /// Text that every JSON has that passes, unless it has escapes: what lacks it is not looked into.
    needle: Option<Box<Finder<'static>>>,
}

impl PartialEq for PathTest {
    fn eq(&self, other: &Self) -> bool {
        (&self.steps, &self.check) == (&other.steps, &other.check)
    }
}

/// What was found at the end of a path.
#[derive(Clone, Copy, Default)]
struct Found {
    there: bool,
    hit: bool,
}

impl Found {
    fn or(self, other: Self) -> Self {
        Self { there: self.there || other.there, hit: self.hit || other.hit }
    }
}

impl PathTest {
    pub(super) fn new(steps: Vec<Step>, check: Check) -> Self {
        let needle = needle(&steps, &check).map(|needle| Box::new(Finder::new(&needle).into_owned()));
        Self { steps, check, needle }
    }

    /// The path alone.
    pub(super) fn into_steps(self) -> Vec<Step> {
        self.steps
    }

    /// Whether `json` passes.
    pub(super) fn matches(&self, json: &str) -> bool {
        let bytes = json.as_bytes();
        if let Some(needle) = &self.needle
            && needle.find(bytes).is_none()
            && memchr::memchr(b'\\', bytes).is_none()
        {
            return false;
        }
        let found = self.walk(json, &self.steps);
        match self.check {
            Check::Exists => found.there,
            Check::Differs(_) => found.there && !found.hit,
            Check::Equals(_) | Check::Like(_) | Check::Compare(..) => found.hit,
        }
    }

    /// Follows the rest of the path from `value`. The depth is that of the path, whatever the JSON holds.
    fn walk(&self, value: &str, steps: &[Step]) -> Found {
        let Some((step, rest)) = steps.split_first() else { return self.arrive(value) };
        let mut found = Found::default();
        step_into(value, step, &mut |part| {
            found = found.or(self.walk(part, rest));
            true
        });
        found
    }

    /// At the end of the path: an array stands for its elements.
    fn arrive(&self, value: &str) -> Found {
        let hit = if value.starts_with('[') {
            elements(value).any(|element| self.check.hits(element))
        } else {
            self.check.hits(value)
        };
        Found { there: true, hit }
    }
}

impl Check {
    /// Whether one value is a hit; of [`Check::Differs`], whether it is one of those it must not be.
    fn hits(&self, value: &str) -> bool {
        if value.starts_with(['{', '[']) {
            return false;
        }
        match self {
            Self::Exists => true,
            Self::Equals(literals) | Self::Differs(literals) => {
                literals.iter().any(|literal| literal.is(value))
            }
            Self::Like(patterns) => {
                let text = inside(value);
                let text = text.as_deref().unwrap_or(value);
                patterns.iter().any(|pattern| pattern.matches(text))
            }
            Self::Compare(relation, number) => {
                let text = inside(value);
                compare(text.as_deref().unwrap_or(value), number)
                    .is_some_and(|ordering| relation.holds(ordering))
            }
        }
    }
}

/// Hands on every value that `step` leads to from `value`, until `each` says that it is enough.
pub(super) fn step_into<'a>(value: &'a str, step: &Step, each: &mut dyn FnMut(&'a str) -> bool) {
    let is_array = value.starts_with('[');
    let one = |part: Option<&'a str>, each: &mut dyn FnMut(&'a str) -> bool| part.is_none_or(each);
    match step {
        Step::Name(name) if is_array => {
            elements(value).all(|element| one(member(element, name), each));
        }
        Step::Place(place, _) if is_array => {
            one(elements(value).nth(*place), each);
        }
        Step::Name(name) | Step::Place(_, name) => {
            one(member(value, name), each);
        }
        Step::Every if is_array => {
            elements(value).all(each);
        }
        Step::Every => {
            members(value).all(|(_, part)| each(part));
        }
    }
}

/// The member `name` of the object `json`; of a repeated one the last counts, as in `JSON.parse`.
fn member<'a>(json: &'a str, name: &str) -> Option<&'a str> {
    // An escape is longer than what it stands for.
    let spelt = |key: &str| key.len() > name.len() && key.contains('\\') && unescape(key) == name;
    members(json).filter(|(key, _)| *key == name || spelt(key)).last().map(|(_, value)| value)
}

/// What a JSON string says; `None` for other values.
fn inside(value: &str) -> Option<std::borrow::Cow<'_, str>> {
    value.strip_prefix('"')?.strip_suffix('"').map(unescape)
}

fn compare(a: &str, b: &str) -> Option<Ordering> {
    Some(Number::read(a)?.compare(&Number::read(b)?))
}

fn same_number(a: &str, b: &str) -> bool {
    compare(a, b) == Some(Ordering::Equal)
}

/// Text that JSON without escapes must have to pass: the one value it must hold, else the last name of the path.
fn needle(steps: &[Step], check: &Check) -> Option<String> {
    let plain =
        |text: &str| !text.is_empty() && !text.contains(|c: char| c == '"' || c == '\\' || c.is_control());
    if let Check::Equals(literals) = check
        && let [literal] = literals.as_slice()
        && plain(&literal.text)
        && (literal.quoted || Number::read(&literal.text).is_none())
    {
        let Literal { text, quoted } = literal;
        return Some(if *quoted { format!("\"{text}\"") } else { text.clone() });
    }
    steps.iter().rev().find_map(|step| match step {
        Step::Name(name) => plain(name).then(|| format!("\"{name}\"")),
        Step::Place(..) | Step::Every => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(name: &str) -> Step {
        Step::Name(name.to_owned())
    }

    fn equals(text: &str, quoted: bool) -> Check {
        Check::Equals(vec![Literal { text: text.to_owned(), quoted }])
    }

    #[test]
    fn arrays_stand_for_their_elements_one_level_deep() {
        let json = r#"{"a":[{"b":1},{"b":[2,3]},[{"b":4}]],"c":[[5]]}"#;
        let at = |steps: &[Step], n: &str| PathTest::new(steps.to_vec(), equals(n, false)).matches(json);
        let (a, b) = (name("a"), name("b"));
        for (n, found) in [("1", true), ("2", true), ("3", true), ("4", false)] {
            assert_eq!(at(&[a.clone(), b.clone()], n), found, "{n}");
        }
        assert!(at(&[a.clone(), Step::Every, Step::Every, b.clone()], "4"));
        assert!(at(&[a.clone(), Step::Place(0, "0".into()), b.clone()], "1"));
        assert!(!at(&[a, Step::Place(1, "1".into()), b], "1"));
        assert!(!at(&[name("c")], "5") && at(&[name("c"), Step::Every], "5"));
    }

    #[test]
    fn what_may_not_hold_the_needle_is_looked_into_all_the_same() {
        for json in [
            r#"{"s":"on_hold"}"#,
            r#"{"\u0073":"on_hold"}"#,
            r#"{"s":"on\u005fhold"}"#,
            r#"{"s":"x","s":"on_hold"}"#,
        ] {
            assert!(PathTest::new(vec![name("s")], equals("on_hold", true)).matches(json), "{json}");
            assert!(PathTest::new(vec![name("s")], Check::Exists).matches(json), "{json}");
        }
        assert!(
            !PathTest::new(vec![name("s")], equals("on_hold", true)).matches(r#"{"s":"on_hold","s":"x"}"#)
        );
        assert!(PathTest::new(vec![name("s")], equals("1e3", false)).matches(r#"{"s":1000}"#));
        assert!(PathTest::new(vec![name("7")], Check::Exists).matches(r#"{"7":null}"#));
    }

    #[test]
    fn a_path_into_depth_costs_no_stack() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(200_000), "]".repeat(200_000));
        assert!(!PathTest::new(vec![name("a"), name("b")], Check::Exists).matches(&deep));
        assert!(PathTest::new(vec![name("a")], Check::Exists).matches(&deep));
    }
}
