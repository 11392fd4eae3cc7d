//! Texts one behind the other, in blocks of a mebibyte. One block is as large as the other, and one that is given up is
//! filled again: so what comes and goes for days takes no more memory than what lies there.

use std::collections::VecDeque;

/// Bytes of a block. A text that is longer has a block of its own, just as large.
const BLOCK: usize = 1 << 20;
/// More than this is given back at the end of a block that is left because the next text does not fit.
const SLACK: usize = BLOCK / 16;

/// Texts, the oldest of which are forgotten first.
#[derive(Debug, Default)]
pub(super) struct Texts {
    blocks: VecDeque<String>,
    /// The number of the first of them. It may go round.
    first: u32,
    /// Given up, and filled next.
    spare: Option<String>,
}

/// Where a text lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    block: u32,
    start: u32,
    len: u32,
}

impl Place {
    /// No text: no block is so long.
    pub(super) const NONE: Self = Self { block: 0, start: u32::MAX, len: 0 };

    /// Its bytes.
    pub(super) fn len(self) -> usize {
        self.len as usize
    }
}

impl Texts {
    /// Puts a text behind all others.
    pub(super) fn push(&mut self, text: &str) -> Place {
        let fits = self.blocks.back().is_some_and(|block| block.len() + text.len() <= block.capacity());
        if !fits {
            self.open(text.len());
        }
        let block = self.first.wrapping_add(number(self.blocks.len().saturating_sub(1)));
        let Some(open) = self.blocks.back_mut() else { return Place::NONE };
        let place = Place { block, start: number(open.len()), len: number(text.len()) };
        open.push_str(text);
        place
    }

    /// A block that has room for a text of `len` bytes.
    fn open(&mut self, len: usize) {
        if let Some(full) = self.blocks.back_mut()
            && full.capacity() - full.len() > SLACK
        {
            full.shrink_to_fit();
        }
        let spare = self.spare.take_if(|_| len <= BLOCK);
        self.blocks.push_back(spare.unwrap_or_else(|| String::with_capacity(BLOCK.max(len))));
    }

    /// The text at `place`, unless it was forgotten: an empty one may be with the one before it.
    #[inline]
    pub(super) fn get(&self, place: Place) -> Option<&str> {
        let block = self.blocks.get(place.block.wrapping_sub(self.first) as usize)?;
        let start = place.start as usize;
        block.get(start..start + place.len())
    }

    /// Forgets the text at `place`, and all before it; an empty one may lie anywhere, and nothing is known of what is before it.
    pub(super) fn forget(&mut self, place: Place) {
        if place.len() == 0 {
            return;
        }
        while place.block != self.first && !self.blocks.is_empty() {
            self.give_up();
        }
        let is_last = |block: &String| place.start as usize + place.len() >= block.len();
        // The one at the end is still being filled.
        if self.blocks.len() > 1 && self.blocks.front().is_some_and(is_last) {
            self.give_up();
        }
    }

    fn give_up(&mut self) {
        self.first = self.first.wrapping_add(1);
        if let Some(mut block) = self.blocks.pop_front()
            && block.capacity() == BLOCK
        {
            block.clear();
            self.spare = Some(block);
        }
    }
}

fn number(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Bytes of memory that are held.
    fn held(texts: &Texts) -> usize {
        texts.blocks.iter().chain(&texts.spare).map(String::capacity).sum()
    }

    proptest! {
        #[test]
        fn what_is_not_forgotten_is_there(sizes in prop::collection::vec(prop_oneof![Just(0), 1_usize..400, Just(70_000), Just(700_000), Just(1_500_000)], 1..30), kept in 1_usize..12) {
            let mut texts = Texts { first: u32::MAX - 3, ..Texts::default() };
            let mut all = VecDeque::new();
            for (at, size) in sizes.into_iter().enumerate() {
                let text = char::from(b'a' + u8::try_from(at % 26).unwrap()).to_string().repeat(size);
                all.push_back((texts.push(&text), text));
                if all.len() > kept {
                    let (gone, _) = all.pop_front().unwrap();
                    texts.forget(gone);
                }
                for (place, text) in &all {
                    // An empty one may be forgotten with the one before it.
                    prop_assert_eq!(texts.get(*place).unwrap_or_default(), text.as_str());
                }
                let bytes: usize = all.iter().map(|(_, text)| text.len()).sum();
                prop_assert!(held(&texts) <= bytes + bytes / 15 + 4 * BLOCK, "{} for {bytes}", held(&texts));
            }
            prop_assert_eq!(texts.get(Place::NONE), None);
        }
    }

    #[test]
    fn blocks_are_filled_again_and_large_ones_are_given_back() {
        let mut texts = Texts::default();
        let text = "x".repeat(1_000);
        let mut all: VecDeque<_> = (0..10_000).map(|_| texts.push(&text)).collect();
        let full = held(&texts);
        assert!(full <= 11 * BLOCK, "{full}");
        for _ in 0..50_000 {
            all.push_back(texts.push(&text));
            texts.forget(all.pop_front().unwrap());
        }
        assert!(held(&texts) <= full + BLOCK, "{} after {full}", held(&texts));
        let large = "y".repeat(5 << 20);
        let places: Vec<_> = (0..20).map(|_| texts.push(&large)).collect();
        assert!(held(&texts) >= 100 << 20);
        all.into_iter().chain(places).for_each(|place| texts.forget(place));
        assert!(held(&texts) <= 6 * BLOCK, "the newest, and what is to be filled: {}", held(&texts));
    }
}
