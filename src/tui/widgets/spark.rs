//! Small charts in tables.

use super::chart::scaled;
use crate::tui::theme::Theme;

/// How many cells a spark of `buckets` takes where there is room for `room`: a divisor, so that all its cells stand for
/// the same time.
pub(crate) fn spark_cells(buckets: usize, room: usize) -> usize {
    (1..=buckets.min(room)).rev().find(|cells| buckets.is_multiple_of(*cells)).unwrap_or(0)
}

/// `values` in `cells` bars, drawn together where there are more and drawn out where there are twice as many cells or
/// more; none at all is blank. The highest leaves an eighth of
/// its cell free: bars of rows that lie one below the other would grow into one picture.
pub(crate) fn spark(values: &[u64], cells: usize, theme: &Theme) -> String {
    let per_cell = values.len().checked_div(cells).unwrap_or(0).max(1);
    let each = cells.checked_div(values.len()).unwrap_or(0).max(1);
    let sums: Vec<u64> = values.chunks(per_cell).map(|chunk| chunk.iter().sum()).collect();
    let most = sums.iter().copied().max().unwrap_or(0).max(1) as f64;
    let bars = &theme.symbols().bars;
    let bar = |sum: &u64| match scaled(*sum as f64 / most, bars.len() - 1, *sum > 0) {
        0 => " ",
        height => bars[height - 1],
    };
    let line: String = sums.iter().flat_map(|sum| [sum].repeat(each)).take(cells).map(bar).collect();
    crate::text::pad_end(&line, cells)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::Look;

    #[test]
    fn cells_stand_for_the_same_time() {
        for (room, cells) in [(40, 30), (30, 30), (29, 15), (12, 10), (7, 6), (1, 1), (0, 0)] {
            assert_eq!(spark_cells(30, room), cells);
        }
        let (theme, _) = Theme::load(&Look::default());
        assert_eq!(spark(&[0, 1, 4, 8], 4, &theme), " ▁▄▇");
        assert_eq!(spark(&[0, 0, 8, 8], 2, &theme), " ▇");
        assert_eq!(spark(&[1, 8], 4, &theme), "▁▁▇▇", "drawn out");
        assert_eq!(spark(&[], 3, &theme), "   ");
    }
}
