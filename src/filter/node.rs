//! A filter as a tree: terms, joined.

use std::ops::Range;

use chrono::{DateTime, Utc};

use super::Subject;
use super::test::Test;

/// A part of a filter, and where it stands in the text. Where it stands is no part of what it is: two nodes are equal
/// if they ask the same.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) at: Range<usize>,
    /// Whether it has brackets of its own there.
    pub(super) bracketed: bool,
    pub(super) kind: Kind,
}

/// What a node asks.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    Test(Test),
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

impl Node {
    /// All of `nodes`, or any of them; one node is itself. The cheap ones come first, as they often decide alone.
    pub(super) fn join(join: fn(Vec<Node>) -> Kind, mut nodes: Vec<Node>) -> Option<Self> {
        let at = nodes.first()?.at.start..nodes.last()?.at.end;
        if nodes.len() == 1 {
            return nodes.pop();
        }
        nodes.sort_by_key(Node::cost);
        Some(Self { at, bracketed: false, kind: join(nodes) })
    }

    pub(super) fn matches(&self, subject: &Subject<'_>, now: DateTime<Utc>) -> bool {
        match &self.kind {
            Kind::All(nodes) => nodes.iter().all(|node| node.matches(subject, now)),
            Kind::Any(nodes) => nodes.iter().any(|node| node.matches(subject, now)),
            Kind::Not(node) => !node.matches(subject, now),
            Kind::Test(test) => test.matches(subject, now),
        }
    }

    fn cost(&self) -> u32 {
        match &self.kind {
            Kind::All(nodes) | Kind::Any(nodes) => nodes.iter().map(Self::cost).fold(0, u32::saturating_add),
            Kind::Not(node) => node.cost(),
            Kind::Test(test) => test.cost(),
        }
    }

    /// Whether any of its tests is as wanted.
    pub(super) fn has(&self, wanted: &dyn Fn(&Test) -> bool) -> bool {
        match &self.kind {
            Kind::All(nodes) | Kind::Any(nodes) => nodes.iter().any(|node| node.has(wanted)),
            Kind::Not(node) => node.has(wanted),
            Kind::Test(test) => wanted(test),
        }
    }

    /// Hands on every test that is asked as it stands, and not turned round.
    pub(super) fn each_asked(&self, each: &mut dyn FnMut(&Test)) {
        match &self.kind {
            Kind::All(nodes) | Kind::Any(nodes) => nodes.iter().for_each(|node| node.each_asked(each)),
            Kind::Not(_) => {}
            Kind::Test(test) => each(test),
        }
    }

    /// What must all hold, in the order of the text, brackets aside.
    pub(super) fn conjuncts(&self) -> Vec<&Self> {
        let Kind::All(nodes) = &self.kind else { return vec![self] };
        let mut found: Vec<_> = nodes.iter().flat_map(Self::conjuncts).collect();
        found.sort_by_key(|node| node.at.start);
        found
    }
}
