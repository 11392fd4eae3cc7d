//! One copy of each type and tenant, however many events carry it.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

/// Holds at most this many values; a bus with more distinct ones than this gets fresh copies.
const CAPACITY: usize = 65_536;

/// Shares equal values: turns text into the one clone that was made of it before.
#[derive(Debug)]
pub struct Interner<T> {
    known: HashMap<u64, T>,
    hasher: RandomState,
}

impl<T> Default for Interner<T> {
    fn default() -> Self {
        Self { known: HashMap::new(), hasher: RandomState::new() }
    }
}

impl<T: Clone + AsRef<str> + Eq> Interner<T> {
    /// The shared copy of `value`.
    pub fn share(&mut self, value: T) -> T {
        let key = self.hasher.hash_one(value.as_ref());
        match self.known.get(&key) {
            Some(shared) if *shared == value => shared.clone(),
            Some(_) => value,
            None => {
                if self.known.len() < CAPACITY {
                    self.known.insert(key, value.clone());
                }
                value
            }
        }
    }
}
