//! Numbers of the line: as many as fit, the important ones last to go.

use crate::text::count;
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::Words;

/// One number.
pub(super) struct Item {
    label: &'static str,
    value: u64,
    /// What it means when it is not 0.
    meaning: Meaning,
    /// It is left out while it is 0, however much room there is.
    rare: bool,
}

impl Item {
    /// One that is shown also while it is 0, where there is room.
    pub(super) fn new(label: &'static str, value: u64, meaning: Meaning) -> Self {
        Self { label, value, meaning, rare: false }
    }

    /// One that is there only where there is something to tell.
    pub(super) fn rare(label: &'static str, value: u64, meaning: Meaning) -> Self {
        Self { rare: true, ..Self::new(label, value, meaning) }
    }

    fn words<'t>(&self, words: Words<'t>) -> Words<'t> {
        let meaning = if self.value == 0 { Meaning::Dim } else { self.meaning };
        let label = if matches!(self.meaning, Meaning::Text) { Meaning::Dim } else { meaning };
        words.put(self.label, label).gap(1).put(count(self.value), meaning)
    }
}

/// `of 41,512 received`
pub(super) struct Of {
    /// Of so many in all.
    pub(super) all: u64,
    /// What those are; the first word to go.
    pub(super) what: &'static str,
}

/// In which order numbers give way: the last of these first, and before the first three of them how many there are in all.
const IMPORTANT: [&str; 6] = ["matching", "marked", "faults", "shown", "trimmed", "gaps"];
const MORE_THAN_ALL: usize = 3;

/// The numbers, in as many words as fit into `room`. Those that are 0 go first, then the word behind the last one, then
/// the least important: `items` stand in the order of the line. The first always stays.
pub(super) fn fitting<'t>(items: &[Item], of: Option<&Of>, room: usize, theme: &'t Theme) -> Words<'t> {
    let line = |kept: &[bool], of: Option<&Of>, end: bool| {
        let shown = items.iter().zip(kept).filter(|(_, kept)| **kept);
        let mut words = shown.fold(Words::new(theme), |words, (item, _)| {
            let gap = if words.cells() > 0 { 2 } else { 0 };
            item.words(words.gap(gap))
        });
        if let Some(of) = of {
            let gap = if words.cells() > 0 { 2 } else { 0 };
            words = words.gap(gap).put("of ", Meaning::Dim).put(count(of.all), Meaning::Text);
            words = words.put(if end { format!(" {}", of.what) } else { String::new() }, Meaning::Dim);
        }
        words
    };
    let mut kept: Vec<bool> = items.iter().map(|item| !item.rare || item.value > 0).collect();
    let all = line(&kept, of, true);
    if all.cells() <= room {
        return all;
    }
    for (kept, (at, item)) in kept.iter_mut().zip(items.iter().enumerate()) {
        *kept &= item.value > 0 || at == 0;
    }
    let words = line(&kept, of, true);
    if words.cells() <= room {
        return words;
    }
    let mut of = of;
    loop {
        let words = line(&kept, of, false);
        if words.cells() <= room {
            return words;
        }
        let least = (1..items.len()).filter(|at| kept[*at]).max_by_key(|at| (rank(&items[*at]), *at));
        match least {
            Some(least) if of.is_none() || rank(&items[least]) >= MORE_THAN_ALL => kept[least] = false,
            _ if of.is_some() => of = None,
            _ => return words,
        }
    }
}

fn rank(item: &Item) -> usize {
    IMPORTANT.iter().position(|label| *label == item.label).unwrap_or(match item.meaning {
        Meaning::Failed => IMPORTANT.len(),
        Meaning::Waiting => IMPORTANT.len() + 1,
        _ if item.label == "hidden" => IMPORTANT.len(),
        _ => IMPORTANT.len() + 2,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::Look;

    #[test]
    fn what_matters_least_goes_first_and_what_matches_last() {
        let theme = Theme::load(&Look::default()).0;
        let items = [
            Item::new("shown", 312, Meaning::Text),
            Item::new("hidden", 41_200, Meaning::Text),
            Item::rare("matching", 12, Meaning::Text),
            Item::rare("marked", 3, Meaning::Accent),
            Item::new("invalid", 0, Meaning::Failed),
            Item::rare("other tenants", 9, Meaning::Text),
            Item::rare("gaps", 0, Meaning::Failed),
        ];
        let of = Of { all: 41_512, what: "received" };
        let at = |room| fitting(&items, Some(&of), room, &theme).text();
        assert_eq!(
            at(200),
            "shown 312  hidden 41,200  matching 12  marked 3  invalid 0  other tenants 9  of 41,512 received"
        );
        assert_eq!(
            at(92),
            "shown 312  hidden 41,200  matching 12  marked 3  other tenants 9  of 41,512 received"
        );
        assert_eq!(at(78), "shown 312  hidden 41,200  matching 12  marked 3  other tenants 9  of 41,512");
        assert_eq!(at(60), "shown 312  hidden 41,200  matching 12  marked 3  of 41,512");
        assert_eq!(at(50), "shown 312  matching 12  marked 3  of 41,512");
        assert_eq!(at(35), "shown 312  matching 12  marked 3");
        assert_eq!(at(25), "shown 312  matching 12");
        assert_eq!(at(5), "shown 312");
        assert_eq!(fitting(&items[..1], None, 5, &theme).text(), "shown 312");
    }
}
