//! Small numbers for repeated text, so that a retained entry costs little more than its JSON.

use std::collections::HashMap;
use std::hash::Hash;

/// Stands for one value of a [`Symbols`] table, or for none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Symbol(u32);

impl Symbol {
    /// No value: the entry has no such part.
    pub(super) const NONE: Self = Self(u32::MAX);
    /// Many values in one: where counting each would cost too much memory.
    pub(super) const OTHERS: Self = Self(u32::MAX - 1);

    /// Where what is known of it stands in a list by symbol.
    pub(super) fn place(self) -> usize {
        self.0 as usize
    }
}

/// Counts how often each value is held and forgets it with its last holder: memory stays bounded by what is
/// retained, even on a bus that makes up a new tenant for every event.
#[derive(Debug)]
pub(super) struct Symbols<T> {
    slots: Vec<Option<(T, u32)>>,
    known: HashMap<T, u32>,
    free: Vec<u32>,
}

impl<T> Default for Symbols<T> {
    fn default() -> Self {
        Self { slots: Vec::new(), known: HashMap::new(), free: Vec::new() }
    }
}

impl<T: Clone + Eq + Hash> Symbols<T> {
    /// The symbol of `value`, held once more.
    pub(super) fn hold_value(&mut self, value: Option<&T>) -> Symbol {
        let Some(value) = value else { return Symbol::NONE };
        if let Some(&at) = self.known.get(value) {
            self.hold(Symbol(at));
            return Symbol(at);
        }
        let at = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            u32::try_from(self.slots.len() - 1).unwrap_or(Symbol::OTHERS.0)
        });
        if let Some(slot) = self.slots.get_mut(at as usize) {
            *slot = Some((value.clone(), 1));
            self.known.insert(value.clone(), at);
        }
        Symbol(at)
    }

    /// Holds `symbol` once more.
    pub(super) fn hold(&mut self, symbol: Symbol) {
        if let Some(Some((_, holders))) = self.slots.get_mut(symbol.0 as usize) {
            *holders += 1;
        }
    }

    /// Lets go of `symbol` once.
    pub(super) fn release(&mut self, symbol: Symbol) {
        let Some(slot) = self.slots.get_mut(symbol.0 as usize) else { return };
        let Some((value, holders)) = slot else { return };
        *holders -= 1;
        if *holders == 0 {
            self.known.remove(value);
            *slot = None;
            self.free.push(symbol.0);
        }
    }

    /// The value of `symbol`; `None` for [`Symbol::NONE`] and [`Symbol::OTHERS`].
    pub(super) fn value(&self, symbol: Symbol) -> Option<&T> {
        self.slots.get(symbol.0 as usize)?.as_ref().map(|(value, _)| value)
    }

    /// The symbol of `value`, if anything holds it.
    pub(super) fn find(&self, value: &T) -> Option<Symbol> {
        self.known.get(value).copied().map(Symbol)
    }

    /// Above every symbol that was given out so far.
    pub(super) fn end(&self) -> usize {
        self.slots.len()
    }

    /// Every value that is held, with its symbol.
    pub(super) fn held(&self) -> impl Iterator<Item = (Symbol, &T)> {
        let symbol = |at| Symbol(u32::try_from(at).unwrap_or(Symbol::OTHERS.0));
        self.slots.iter().enumerate().filter_map(move |(at, slot)| Some((symbol(at), &slot.as_ref()?.0)))
    }

    /// Every value that is held.
    pub(super) fn values(&self) -> impl Iterator<Item = &T> {
        self.slots.iter().flatten().map(|(value, _)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_forgotten_with_its_last_holder() {
        let mut symbols = Symbols::<String>::default();
        let (a, b) = ("a".to_owned(), "b".to_owned());
        let first = symbols.hold_value(Some(&a));
        assert_eq!(symbols.hold_value(Some(&a)), first);
        symbols.release(first);
        assert_eq!(symbols.value(first), Some(&a));
        symbols.release(first);
        assert_eq!((symbols.value(first), symbols.find(&a)), (None, None));
        assert_eq!(symbols.hold_value(Some(&b)), first, "its place is used again");
        assert_eq!(symbols.hold_value(None), Symbol::NONE);
        symbols.release(Symbol::NONE);
        assert_eq!(symbols.values().count(), 1);
    }
}
