//! What became of a file of events so far, beside the numbers: its bar, and its lines that were not published.

use super::outcome::Line;
use crate::compose::Progress;
use crate::text::{count, cut_end, display_safe, plural};
use crate::tui::app::sending::{FileSent, SentMany, UnsentFate, ranges};
use crate::tui::theme::{Meaning, Symbols};

/// Cells of the bar, and of a name.
const BAR: u64 = 12;
const NAME: usize = 40;
/// So many lines that were not published are named here; a key shows all.
const NAMED: usize = 3;

/// The file's name, and how far it is.
pub(super) fn name(file: &FileSent, progress: &Progress, symbols: &Symbols) -> Line {
    let total = progress.total.unwrap_or(progress.asked);
    let full = (progress.asked.min(total) * BAR).checked_div(total).unwrap_or(BAR);
    let signs = |sign: &str, n: u64| sign.repeat(usize::try_from(n).unwrap_or(0));
    vec![
        (format!("{}   ", cut_end(&display_safe(&file.name), NAME)), Meaning::Accent),
        (signs(symbols.heat[3], full), Meaning::Ok),
        (signs(symbols.heat[1], BAR - full), Meaning::Dim),
    ]
}

/// What of it was not published, and where that is.
pub(super) fn put(many: &SentMany, file: &FileSent, cells: usize, lines: &mut Vec<Line>) {
    let room = cells.saturating_sub(2);
    let mut say = |text: &str, meaning| lines.push(vec![(format!("  {}", cut_end(text, room)), meaning)]);
    if !many.progress.doubts.is_empty() {
        let text = format!(
            "unknown, published or not: {} {}; sending the file again makes it known",
            if many.progress.doubts.len() == 1 { "line" } else { "lines" },
            ranges(&many.progress.doubts)
        );
        say(&text, Meaning::Waiting);
    }
    if let Some((text, is_well)) = file.of_bad_file() {
        say(&text, if is_well { Meaning::Dim } else { Meaning::Failed });
    }
    for unsent in file.unsent.iter().filter(|it| it.fate != UnsentFate::Unknown).take(NAMED) {
        let number = count(unsent.number);
        say(&format!("line {number}: {}: {}", unsent.fate.word(), unsent.why), Meaning::Failed);
    }
    let others = (file.unsent.len() as u64 + file.more).saturating_sub(many.progress.unknown + NAMED as u64);
    if others > 0 {
        say(&format!("and {}", plural(others, "more line", "more lines")), Meaning::Dim);
    }
}
