//! One handler: how quick it is, who works for it, what is in flight, what is tried again, and its dead letters.
//!
//! Each section knows how many lines it takes ([`Section::height`]) and draws them; a further one has its place in
//! [`SECTIONS`].

mod attempts;
mod consumers;
mod errors;
mod letters;
mod retries;
mod speed;

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::bus::{Counted, HandlerReport};
use crate::text::{count, cut_end, display_safe, width};
use crate::tui::app::{App, Extent};
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::{Words, row};

/// Parts of a line, and what they mean.
type Parts = Vec<(String, Meaning)>;

/// What a section is drawn from.
struct Subject<'a> {
    report: &'a HandlerReport,
    app: &'a App,
    /// Cells of a line.
    room: usize,
}

/// A section of the detail.
struct Section {
    /// How many lines it takes; 0 where it has nothing to say.
    height: fn(&Subject<'_>) -> usize,
    lines: fn(&Subject<'_>, &Theme) -> Vec<Parts>,
}

const SECTIONS: [Section; 6] = [
    Section { height: speed::height, lines: speed::lines },
    Section { height: errors::height, lines: errors::lines },
    Section { height: consumers::height, lines: consumers::lines },
    Section { height: attempts::height, lines: attempts::lines },
    Section { height: retries::height, lines: retries::lines },
    Section { height: letters::height, lines: letters::lines },
];

/// How much there is, and how much of it fits into `area`.
pub(super) fn extent(area: Rect, app: &App) -> Extent {
    let room = usize::from(area.width);
    let lines = app.handlers.chosen().map_or(0, |report| {
        let subject = Subject { report, app, room };
        let heights = SECTIONS.iter().map(|section| (section.height)(&subject)).filter(|height| *height > 0);
        // A blank line between two.
        heights.map(|height| height + 1).sum::<usize>().saturating_sub(1)
    });
    let page = usize::from(area.height).saturating_sub(1);
    Extent { lines, page, columns: room, width: room }
}

/// What is said behind a title where there is more than is shown: `  (20 of 1,315+)`.
fn of_all(shown: usize, all: Counted) -> String {
    if all.number() > shown as u64 || !all.is_exact() {
        format!("  ({} of {})", count(shown as u64), all.show())
    } else {
        String::new()
    }
}

/// Draws the handler under the cursor.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let Some(report) = app.handlers.chosen() else { return };
    let symbols = theme.symbols();
    let title = display_safe(&report.name).into_owned();
    let fill = usize::from(area.width).saturating_sub(width(&title) + 3);
    let heading = Words::new(theme)
        .put(symbols.rule, Meaning::Rule)
        .gap(1)
        .put(title, Meaning::title(app.handlers.whole))
        .gap(1)
        .put(symbols.rule.repeat(fill), Meaning::Rule);
    heading.draw(frame, area);
    let subject = Subject { report, app, room: usize::from(area.width) };
    let mut lines: Vec<Parts> = Vec::new();
    for section in SECTIONS.iter().filter(|section| (section.height)(&subject) > 0) {
        if !lines.is_empty() {
            lines.push(Vec::new());
        }
        lines.extend((section.lines)(&subject, theme));
    }
    let page = usize::from(area.height).saturating_sub(1);
    for (at, parts) in lines.into_iter().skip(app.handlers.top).take(page).enumerate() {
        let words = parts.into_iter().fold(Words::new(theme), |words, (text, meaning)| {
            let left = usize::from(area.width).saturating_sub(words.cells());
            words.put(cut_end(&text, left).into_owned(), meaning)
        });
        words.draw(frame, row(area, 1 + at));
    }
}
