//! Many paths at once: where each of them is, on the way into a text.

use super::pattern::{self, BadPattern, Names, Step};
use super::walk::{Walked, walk};

/// Paths, and names that count wherever they are.
#[derive(Debug, Clone, Default)]
pub struct Paths {
    /// The steps of all paths, one path behind the other, each with its end.
    steps: Vec<Step>,
    /// Where each path begins in them.
    starts: Vec<usize>,
    alike: bool,
    /// Whether a name is one of those that count wherever they are.
    known: Option<fn(&str) -> bool>,
}

/// How far each path has come: a bit for each of its steps.
pub(super) type Reached = Vec<u64>;

/// One step from a value into it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Way<'n> {
    /// A member of an object.
    Member(&'n str),
    /// An item of a list.
    Item(usize),
    /// One or the other: a JSON Pointer does not say which.
    Either(&'n str),
}

impl PartialEq for Paths {
    fn eq(&self, other: &Self) -> bool {
        let parts = |it: &Self| (it.alike, it.known.is_some());
        self.steps == other.steps && parts(self) == parts(other)
    }
}

impl Eq for Paths {}

impl Paths {
    /// Paths into a text; a single name counts wherever it is.
    ///
    /// # Errors
    ///
    /// One of them is none.
    pub fn new(patterns: &[String], names: Names) -> Result<Self, BadPattern> {
        let mut paths = Self { alike: names == Names::Alike, ..Self::default() };
        for pattern in patterns {
            let mut steps = pattern::read(pattern, names)?;
            if let [only @ (Step::Name(_) | Step::Place(..))] = steps.as_slice() {
                let name = match only {
                    Step::Place(_, name) | Step::Name(name) => name.clone(),
                    Step::One | Step::Any | Step::End => String::new(),
                };
                steps = vec![Step::Any, Step::Name(name)];
            }
            if names == Names::Alike && matches!(steps.first(), Some(Step::Name(first)) if first == "payload")
            {
                steps.remove(0);
            }
            paths.push(pattern, steps)?;
        }
        Ok(paths)
    }

    /// Also members whose name, without case and separators, is one of these.
    #[must_use]
    pub fn and_known(self, known: fn(&str) -> bool) -> Self {
        Self { known: Some(known), ..self }
    }

    /// Whether an object that names a value beside it (`{"name": .., "value": ..}`) stands for a member with that name.
    pub(super) fn reads_pairs(&self) -> bool {
        self.known.is_some()
    }

    pub(super) fn push(&mut self, pattern: &str, steps: Vec<Step>) -> Result<(), BadPattern> {
        if steps.iter().all(|step| *step == Step::Any) {
            let why = "it says nothing but '**': name a member, or '*' for each";
            return Err(BadPattern { pattern: pattern.to_owned(), why });
        }
        self.starts.push(self.steps.len());
        self.steps.extend(steps);
        self.steps.push(Step::End);
        Ok(())
    }

    /// `json` with a sign in place of each value that a path leads to, and the bytes where these were. Null stays: that
    /// there is none is no secret.
    pub fn apply(&self, json: &str) -> (String, Vec<std::ops::Range<usize>>) {
        let Walked { hits, broken } = walk(json, self, self.begin(), super::walk::Kept::Nothing);
        (super::walk::replaced(json, &hits, broken), hits)
    }

    /// Before the first step.
    pub(super) fn begin(&self) -> Reached {
        let mut reached = vec![0; self.steps.len().div_ceil(64)];
        for start in &self.starts {
            self.set(&mut reached, *start);
        }
        reached
    }

    /// What is reached from `from`, one step further in.
    pub(super) fn advance(&self, from: &[u64], to: &mut Reached, step: Way<'_>) {
        to.clear();
        to.resize(from.len(), 0);
        let alike = match step {
            Way::Member(name) | Way::Either(name) if self.alike => Some(pattern::plain(name)),
            _ => None,
        };
        let (member, item) = match step {
            Way::Member(name) => (Some(name), None),
            Way::Item(at) => (None, Some(at)),
            Way::Either(name) => (Some(name), name.parse().ok()),
        };
        let member = alike.as_deref().or(member);
        for at in ones(from) {
            let (goes_on, stays) = match self.steps.get(at) {
                // Positions may be left out: a list stands for its items.
                Some(Step::Name(name)) => (member == Some(name.as_str()), item.is_some()),
                Some(Step::One) => (true, item.is_some()),
                Some(Step::Any) => (false, true),
                Some(Step::Place(place, name)) => {
                    (item == Some(*place) || member == Some(name.as_str()), false)
                }
                Some(Step::End) | None => (false, false),
            };
            if goes_on {
                self.set(to, at + 1);
            }
            if stays {
                self.set(to, at);
            }
        }
    }

    /// Whether a path ends here.
    pub(super) fn is_end(&self, reached: &[u64]) -> bool {
        ones(reached).any(|at| self.steps.get(at) == Some(&Step::End))
    }

    /// Whether nothing that lies here can be meant.
    pub(super) fn is_lost(&self, reached: &[u64]) -> bool {
        self.known.is_none() && reached.iter().all(|bits| *bits == 0)
    }

    /// Whether a member of that name counts wherever it is.
    pub(super) fn knows(&self, name: &str) -> bool {
        self.known.is_some_and(|known| known(&pattern::plain(name)))
    }

    /// A name that stands in every text in which something is hidden: one for each path that has one.
    pub(super) fn last_names(&self) -> Option<Vec<&str>> {
        let ends = self.starts.iter().skip(1).copied().chain([self.steps.len()]);
        let last = |(start, end): (&usize, usize)| match self.steps.get(*start..end)? {
            [.., Step::Name(name), Step::End] => Some(name.as_str()),
            _ => None,
        };
        self.starts.iter().zip(ends).map(last).collect()
    }

    /// Sets a bit, and those behind steps that may be left out.
    fn set(&self, reached: &mut [u64], mut at: usize) {
        loop {
            if let Some(bits) = reached.get_mut(at / 64) {
                *bits |= 1 << (at % 64);
            }
            if self.steps.get(at) != Some(&Step::Any) {
                return;
            }
            at += 1;
        }
    }
}

/// Which bits are set.
fn ones(reached: &[u64]) -> impl Iterator<Item = usize> + '_ {
    reached.iter().enumerate().flat_map(|(word, bits)| {
        let mut left = *bits;
        std::iter::from_fn(move || {
            let at = (left != 0).then(|| left.trailing_zeros() as usize)?;
            left &= left - 1;
            Some(word * 64 + at)
        })
    })
}
