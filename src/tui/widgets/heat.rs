//! Cells whose colour and density say how much there is.

use super::Words;
use crate::text::{count, short_count, width};
use crate::tui::theme::{Meaning, Theme};

/// Cells of a number in place of blocks.
const NUMBER: usize = 6;

/// How hot `value` is where `most` is the hottest: 0 for none, 4 for the most. By the square root, so that a little
/// can be told from nothing, and much from the most.
pub(crate) fn heat_level(value: u64, most: u64) -> usize {
    if value == 0 || most == 0 {
        return 0;
    }
    super::chart::scaled((value as f64 / most as f64).sqrt(), 4, true)
}

/// A cell of `cells` cells, the last of them blank: blocks, or a number where neither colour nor density can be told
/// apart; behind it how many are invalid, as exactly as there is room.
pub(crate) fn heat_cell(
    (value, invalid): (u64, u64),
    (level, meaning): (usize, Meaning),
    cells: usize,
    theme: &Theme,
) -> Words<'_> {
    let symbols = theme.symbols();
    let words = Words::new(theme);
    let words = match (theme.heat_in_numbers(), value) {
        (true, 0) => words.right(symbols.none, NUMBER, meaning),
        (true, value) => {
            let exact = count(value);
            let number = if width(&exact) > NUMBER { short_count(value) } else { exact };
            words.right(&number, NUMBER, meaning)
        }
        (false, 0) => words.put(symbols.none, meaning),
        (false, _) => words.put(symbols.heat[level.min(4)].repeat(3), meaning),
    };
    let room = cells.saturating_sub(words.cells() + 1);
    let ways = [count(invalid), short_count(invalid), String::new()];
    let mut signs = ways.iter().map(|number| format!(" {}{number}", symbols.failed));
    let words = match signs.find(|sign| width(sign) <= room) {
        Some(sign) if invalid > 0 => words.put(sign, Meaning::Failed),
        _ => words,
    };
    let left = cells.saturating_sub(words.cells());
    words.gap(left)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::{Depth, Look, Theme};

    #[test]
    fn cells_never_touch_and_a_fault_is_always_seen() {
        for (no_color, counts, shown) in [
            (false, (9, 0), "▒▒▒       "),
            (false, (9, 483), "▒▒▒ ✗483  "),
            (false, (9, 1_992), "▒▒▒ ✗1.9k "),
            (true, (24_726, 3), "24,726 ✗3 "),
            (true, (24_726, 1_992), "24,726 ✗  "),
            (true, (1_324_726, 0), "  1.3M    "),
        ] {
            let depth = if no_color { Depth::None } else { Depth::True };
            let (theme, _) = Theme::load(&Look { depth, ..Look::default() });
            let line = heat_cell(counts, (2, Meaning::Heat2), 10, &theme).line().to_string();
            assert_eq!(line, shown, "{counts:?}");
        }
    }

    #[test]
    fn little_is_not_nothing_and_much_is_not_the_most() {
        let levels: Vec<_> = [0, 1, 100, 300, 700, 1000].iter().map(|n| heat_level(*n, 1000)).collect();
        assert_eq!(levels, [0, 1, 1, 2, 3, 4]);
        assert_eq!((heat_level(5, 0), heat_level(1, 1)), (0, 4));
    }
}
