//! What may be meant by what is typed: below the field, over the rows there.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::schema::form::Source;
use crate::text::{display_safe, pad_end, width};
use crate::tui::app::compose::OpenField;
use crate::tui::app::{App, Pane, Part};
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::{Words, mark_row, row};

/// Most lines.
const LINES: usize = 6;

/// Draws them below `place`, within `area`; above it where there is no room below.
pub(super) fn draw(
    frame: &mut Frame<'_>,
    (area, place): (Rect, Rect),
    (open, names, app): (&OpenField, usize, &App),
    theme: &Theme,
) {
    let all = &open.suggestions;
    let below = usize::from((area.y + area.height).saturating_sub(place.y + 1));
    let above = usize::from(place.y.saturating_sub(area.y));
    let (is_below, room) = if below >= above.min(3) { (true, below) } else { (false, above) };
    let lines = all.len().min(LINES).min(room);
    if lines == 0 {
        return;
    }
    let taken = open.taken.unwrap_or(0);
    let first = (taken + 1).saturating_sub(lines);
    let skip = u16::try_from(names + 2).unwrap_or(place.width).min(place.width);
    let height = u16::try_from(lines).unwrap_or(0);
    let y = if is_below { place.y + 1 } else { place.y - height };
    let list = Rect { x: place.x + skip, y, width: place.width - skip, height };
    app.areas.add(list, Part::Rows(Pane::Suggestions, first));
    let texts: Vec<_> =
        all.iter().skip(first).take(lines).map(|it| display_safe(&it.text).into_owned()).collect();
    let room = usize::from(list.width).saturating_sub(12);
    let cells = texts.iter().map(|text| width(text)).max().unwrap_or(0).min(room);
    for (at, text) in texts.iter().enumerate() {
        let line = row(list, at);
        let Some(suggestion) = all.get(first + at) else { continue };
        let source = match suggestion.source {
            Source::Seen => "seen",
            Source::Choice => "choice",
            Source::Schema => "schema",
        };
        let free = usize::from(line.width).saturating_sub(cells + 10);
        // What was typed, marked in it: where making it safe has not moved it.
        let matched = suggestion.matched.clone();
        let split = (*text == suggestion.text)
            .then(|| (text.get(..matched.start), text.get(matched.clone()), text.get(matched.end..)));
        let words = Words::new(theme);
        let words = match split {
            Some((Some(before), Some(found), Some(behind))) => words
                .put(before.to_owned(), Meaning::Text)
                .put(found.to_owned(), Meaning::Match)
                .put(behind.to_owned(), Meaning::Text),
            _ => words.put(text.clone(), Meaning::Text),
        };
        let words = if words.cells() > cells {
            Words::new(theme).put(pad_end(text, cells), Meaning::Text)
        } else {
            let left = cells - words.cells();
            words.gap(left)
        };
        words.gap(2).left(source, 8, Meaning::Dim).gap(free).draw(frame, line);
        if open.taken == Some(first + at) {
            mark_row(frame, line, Meaning::Selection, theme);
        }
    }
}
