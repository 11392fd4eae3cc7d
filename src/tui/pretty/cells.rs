//! How wide the characters of those lines are in which not each takes one cell. With it, lines are put into rows of any
//! width without looking at their text again, however large that is.

use unicode_segmentation::UnicodeSegmentation;

use crate::text::width;

/// Characters next to each other that are equally wide.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Run {
    cells: u16,
    times: u16,
}

/// The characters of one line after the other; without those that take no cell, which fit anywhere.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Cells(Vec<Run>);

impl Cells {
    /// A line begins, with so many characters of one cell.
    pub(super) fn begin(&mut self, plain: u32) {
        let mut left = plain;
        // At least one run, so that nothing is added to the line before.
        while left > 0 {
            let times = u16::try_from(left).unwrap_or(u16::MAX);
            self.0.push(Run { cells: 1, times });
            left -= u32::from(times);
        }
        if plain == 0 {
            self.0.push(Run { cells: 1, times: 0 });
        }
    }

    /// The line goes on with `shown`.
    pub(super) fn push(&mut self, shown: &str) {
        for cluster in shown.graphemes(true) {
            let cells = u16::try_from(width(cluster)).unwrap_or(u16::MAX);
            match self.0.last_mut() {
                _ if cells == 0 => {}
                Some(run) if run.cells == cells && run.times < u16::MAX => run.times += 1,
                _ => self.0.push(Run { cells, times: 1 }),
            }
        }
    }

    /// Reads them in the order of the lines.
    pub(super) fn reader(&self) -> Reader<'_> {
        Reader(self.0.iter())
    }
}

/// Reads the lines one after the other.
pub(super) struct Reader<'c>(std::slice::Iter<'c, Run>);

impl Reader<'_> {
    /// In how many rows the next line lies, which takes `cells` in all: so many cells are in its first row, and in others.
    pub(super) fn rows(&mut self, cells: u32, (first, next): (usize, usize)) -> usize {
        let (mut rows, mut left, mut read) = (1, first, 0);
        while read < cells
            && let Some(run) = self.0.next()
        {
            let (wide, times) = (usize::from(run.cells), usize::from(run.times));
            read += u32::from(run.cells) * u32::from(run.times);
            let here = times.min(left / wide);
            left -= here * wide;
            let rest = times - here;
            if rest > 0 {
                let in_row = (next / wide).max(1);
                let more = rest.div_ceil(in_row);
                rows += more;
                left = next.saturating_sub((rest - (more - 1) * in_row) * wide);
            }
        }
        rows
    }
}
