//! The command palette.
//!
//! ```text
//! ┌─ Commands ──────────────────────────────────────────────────────────────┐
//! │ theme li▏                                                               │
//! │ theme light              Keep it for this run                           │
//! │ theme high-contrast      Keep it for this run                           │
//! │                                                                         │
//! │ Keep it for this run                                                    │
//! └────────────────────────────────────────────────────────────── 1 of 2 ───┘
//! ```

use ratatui::Frame;
use ratatui::layout::Rect;
use unicode_segmentation::UnicodeSegmentation;

use super::{below, cover, middle, most_lines};
use crate::text::{count, cut_end, width};
use crate::tui::app::{App, Command, Palette};
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::{TextField, Words, field, folded, frame_around, mark_row, mark_sign, row};

/// Lines that are no commands: the frame, the field, and what is told of the command under the cursor.
const AROUND: usize = 3 + TOLD;
const TOLD: usize = 2;
/// Lines of commands, where there is room; where there is plenty, half of it.
const LINES: usize = 16;
/// Columns of it all, and of keys.
const WIDE: usize = 104;
const KEYS: usize = 14;
/// Columns of names: as actions have them. A longer one takes what it needs, up to twice that.
const NAMES: usize = 22;

/// How many commands fit on the screen.
pub(super) fn page(area: Rect) -> usize {
    let most = usize::from(most_lines(area));
    most.saturating_sub(AROUND).clamp(1, LINES.max(most / 2))
}

/// Draws it, and answers where its lines lie. Its size is always the same: so it does not jump.
pub(super) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    (palette, app): (&Palette, &App),
    theme: &Theme,
) -> Rect {
    let page = page(area);
    let place = middle(area, WIDE, page + AROUND);
    let at = palette.list.cursor.map_or(0, |cursor| cursor + 1);
    let note = format!("{} of {}", count(at as u64), count(palette.len() as u64));
    let inside = frame_around(frame, place, ("Commands", &note), theme);
    let inside = Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside };
    let placeholder = "an action, type, tenant, context, theme, or filter";
    cover(app, inside);
    let noted = (&app.areas, None);
    field(frame, row(inside, 0), &TextField { field: &palette.field, placeholder, noted }, theme);
    if palette.is_empty() {
        Words::new(theme).put("nothing fits what is typed", Meaning::Dim).draw(frame, row(inside, 1));
    }
    let cells = usize::from(inside.width);
    let names = NAMES.min(cells / 2);
    for (at, line) in (palette.list.top..palette.len()).take(page).enumerate() {
        let Some((command, letters)) = palette.line(line) else { continue };
        let place = row(inside, 1 + at);
        self::line(command, letters, (cells, names), theme).draw(frame, place);
        if palette.list.cursor == Some(line) {
            mark_row(frame, place, Meaning::Selection, theme);
            mark_sign(frame, place, true, theme);
        }
    }
    told(frame, inside, palette, theme);
    below(inside, page)
}

fn line<'t>(
    command: &Command,
    letters: &[u32],
    (cells, names): (usize, usize),
    theme: &'t Theme,
) -> Words<'t> {
    let (name, help) = match command.refusal {
        None => (Meaning::Text, Meaning::Dim),
        Some(_) => (Meaning::Dim, Meaning::Dim),
    };
    let names = width(&command.name).clamp(names, (names * 2).min(cells * 3 / 5));
    let words = spelled(&command.name, letters, (names, name), theme);
    let keys = width(&command.keys).min(KEYS);
    let room = cells.saturating_sub(names + 2 + keys + 2);
    let says = command.refusal.as_ref().map_or_else(|| command.help.clone(), |why| format!("not now: {why}"));
    let key = if command.refusal.is_none() { Meaning::Key } else { Meaning::Dim };
    words.gap(2).left(&cut_end(&says, room), room, help).gap(2).right(&command.keys, keys, key)
}

/// A name in exactly `cells` cells, with the letters that were typed marked in it.
fn spelled<'t>(
    name: &str,
    letters: &[u32],
    (cells, meaning): (usize, Meaning),
    theme: &'t Theme,
) -> Words<'t> {
    let mut words = Words::new(theme);
    let name = cut_end(name, cells);
    for (at, cluster) in name.graphemes(true).enumerate() {
        let is_typed = letters.iter().any(|letter| usize::try_from(*letter) == Ok(at));
        words = if is_typed {
            words.styled(cluster.to_owned(), theme.style(Meaning::Match))
        } else {
            words.put(cluster.to_owned(), meaning)
        };
    }
    let rest = cells.saturating_sub(words.cells());
    words.gap(rest)
}

/// Below the list: all that is to be said of the command under the cursor.
fn told(frame: &mut Frame<'_>, inside: Rect, palette: &Palette, theme: &Theme) {
    let Some(command) = palette.chosen() else { return };
    let (text, meaning) = match &command.refusal {
        Some(why) => (format!("not now: {why}"), Meaning::Waiting),
        None => (command.help.clone(), Meaning::Dim),
    };
    let first = usize::from(inside.height).saturating_sub(TOLD);
    for (at, line) in folded(&text, usize::from(inside.width)).into_iter().take(TOLD).enumerate() {
        Words::new(theme).put(line, meaning).draw(frame, row(inside, first + at));
    }
}
