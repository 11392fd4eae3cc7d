//! Objects that name a value beside it, `{"name": "Authorization", "value": "Bearer .."}`: headers, variables and settings
//! are often written so. Which of the two comes first does not matter.

use std::ops::Range;

/// Members that name the other one, and members that hold what is named.
const NAMES: [&str; 5] = ["name", "key", "header", "field", "variable"];
const VALUES: [&str; 2] = ["value", "values"];

/// What is known of one object.
#[derive(Debug, Default)]
pub(super) struct Pair {
    /// Whether its name is one of a secret.
    is_secret: bool,
    /// Where values begin and end, of those that came before the name.
    values: Vec<Range<usize>>,
    /// Where the value begins that is being read.
    open: Option<usize>,
}

impl Pair {
    /// A member begins, and its value at `at`. Whether the value is a secret.
    pub(super) fn member(&mut self, name: &str, at: usize) -> bool {
        let is_value = VALUES.iter().any(|known| name.eq_ignore_ascii_case(known));
        self.open = (is_value && !self.is_secret).then_some(at);
        is_value && self.is_secret
    }

    /// The value of a member has ended with this text, but for white space.
    pub(super) fn ended(&mut self, before: &str) {
        let end = before.trim_end_matches([' ', '\t', '\n', '\r']).len();
        self.values.extend(self.open.take().map(|start| start..end));
    }

    /// The object turns out to name a secret: what is to be hidden of it, besides what is hidden already.
    pub(super) fn named(&mut self) -> Vec<Range<usize>> {
        self.is_secret = true;
        std::mem::take(&mut self.values)
    }
}

/// Whether a member with this name names what stands beside it.
pub(super) fn is_name(member: &str) -> bool {
    NAMES.iter().any(|known| member.eq_ignore_ascii_case(known))
}

/// Adds a place to those that are found, in order; what lies in it goes with it.
pub(super) fn add(hits: &mut Vec<Range<usize>>, place: Range<usize>) {
    hits.retain(|hit| !(place.start <= hit.start && hit.end <= place.end));
    let at = hits.partition_point(|hit| hit.start < place.start);
    hits.insert(at, place);
}
