//! What a person has opened in a form, and what was chosen that the text does not tell.

use std::collections::{BTreeMap, BTreeSet};

use crate::event::json::Pointer;

/// Which objects and lists of a form are open, and which kinds were chosen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Opened {
    open: BTreeSet<Pointer>,
    chosen: BTreeMap<Pointer, usize>,
}

impl Opened {
    /// Opens the row at a place.
    pub fn open(&mut self, at: Pointer) {
        self.open.insert(at);
    }

    /// Closes the row at a place; what is open inside it stays so.
    pub fn close(&mut self, at: &Pointer) {
        self.open.remove(at);
    }

    /// Whether the row at a place is open; the whole always is.
    pub fn is_open(&self, at: &Pointer) -> bool {
        at.is_root() || self.open.contains(at)
    }

    /// Remembers that the value at a place is meant to be its kind `variant` (counted from 0). It is taken for that one
    /// wherever it can be.
    pub fn choose(&mut self, at: Pointer, variant: usize) {
        self.chosen.insert(at, variant);
    }

    /// The kind that was chosen at a place.
    pub fn chosen(&self, at: &Pointer) -> Option<usize> {
        self.chosen.get(at).copied()
    }

    /// Follows item `nth` of a list out of it.
    pub fn item_removed(&mut self, list: &Pointer, nth: usize) {
        self.renumber(list, |at| match at.cmp(&nth) {
            std::cmp::Ordering::Less => Some(at),
            std::cmp::Ordering::Equal => None,
            std::cmp::Ordering::Greater => Some(at - 1),
        });
    }

    /// Follows item `from` of a list to its new place.
    pub fn item_moved(&mut self, list: &Pointer, from: usize, to: usize) {
        self.renumber(list, |at| {
            Some(if at == from {
                to
            } else if from < at && at <= to {
                at - 1
            } else if to <= at && at < from {
                at + 1
            } else {
                at
            })
        });
    }

    fn renumber(&mut self, list: &Pointer, new: impl Fn(usize) -> Option<usize>) {
        let moved = |at: Pointer| {
            let depth = list.names().len();
            let nth = at.names().get(depth).filter(|_| at.is_within(list)).and_then(|name| name.parse().ok());
            let Some(nth) = nth else { return Some(at) };
            let mut names = at.names().to_vec();
            if let Some(name) = names.get_mut(depth) {
                *name = new(nth)?.to_string();
            }
            Some(Pointer::of(names))
        };
        self.open = std::mem::take(&mut self.open).into_iter().filter_map(moved).collect();
        let chosen = std::mem::take(&mut self.chosen).into_iter();
        self.chosen = chosen.filter_map(|(at, variant)| Some((moved(at)?, variant))).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_open_follows_its_item() {
        let at = |text: &str| Pointer::read(text).expect("a pointer");
        let mut opened = Opened::default();
        for place in ["/list/0", "/list/1/x", "/list/2", "/other/1"] {
            opened.open(at(place));
        }
        opened.choose(at("/list/2"), 1);
        opened.item_moved(&at("/list"), 2, 0);
        let open =
            |opened: &Opened| opened.open.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        assert_eq!(open(&opened), "/list/0 /list/1 /list/2/x /other/1");
        assert_eq!(opened.chosen(&at("/list/0")), Some(1));
        opened.item_removed(&at("/list"), 1);
        assert_eq!(open(&opened), "/list/0 /list/1/x /other/1");
        opened.close(&at("/list/0"));
        assert!(opened.is_open(&at("")) && !opened.is_open(&at("/list/0")));
    }
}
