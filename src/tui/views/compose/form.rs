//! The fields of the payload, one a row.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::{suggestions, value};
use crate::schema::form::{Origin, Row};
use crate::text::{cut_end, cut_safe, width};
use crate::tui::app::compose::{Edits, Line, OpenField};
use crate::tui::app::{App, Pane, Part};
use crate::tui::theme::{Meaning, Theme};
use crate::tui::views::cursor::mark_cursor;
use crate::tui::widgets::{TextField, Words, field, inset, row};

/// Cells of a name, at least and at most.
const NAME: (usize, usize) = (10, 28);

/// Cells of a label that are looked at.
const LABEL: usize = 60;

/// Draws the rows that fit.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let compose = &app.compose;
    let area = inset(area);
    let focused = !compose.edits_json();
    let (rows, top, page) = (compose.rows(), compose.table.top, usize::from(area.height));
    app.areas.add(area, Part::Rows(Pane::Fields, top));
    let on_screen = || rows.iter().enumerate().skip(top).take(page);
    let names = on_screen().map(|(_, row)| width(&name(row))).max().unwrap_or(0).clamp(NAME.0, NAME.1);
    let names = names.min(usize::from(area.width) / 2);
    let cursor = compose.row_number();
    let mut open_at = None;
    for (at, field) in on_screen() {
        let place = row(area, at - top);
        let open =
            compose.field.as_deref().filter(|open| open.pointer == field.pointer || renamed(open, field));
        draw_row(frame, place, (field, names, app), theme);
        let is_here = cursor == Some(at) && matches!(compose.line(), Line::Field(_));
        match open {
            Some(open) if is_here || open.edits != Edits::Value => {
                open_at = Some((open, place));
            }
            _ if is_here => mark_cursor(frame, place, (app, focused), theme),
            _ => {}
        }
    }
    if let Some((open, place)) = open_at {
        draw_open(frame, place, (open, names, app), theme);
        suggestions::draw(frame, (area, place), (open, names, app), theme);
    }
}

/// Whether a field is the row of the name that is typed.
fn renamed(open: &OpenField, field: &Row) -> bool {
    let above = match open.edits {
        Edits::Name => open.pointer.split().map(|(above, _)| above),
        Edits::NewName => Some(open.pointer.clone()),
        Edits::Value => None,
    };
    above.is_some_and(|above| field.pointer == above.join(open.field.text()))
}

/// The name of a row, behind its indentation, with the sign of what it holds.
fn name(row: &Row) -> String {
    let label = match row.origin {
        Origin::Item => format!("[{}]", row.field.label),
        _ => cut_safe(&row.field.label, LABEL),
    };
    let depth = row.pointer.names().len();
    format!("{}{label}{}", "  ".repeat(depth.min(8)), if row.field.required && depth > 0 { " *" } else { "" })
}

fn draw_row(frame: &mut Frame<'_>, place: Rect, (field, names, app): (&Row, usize, &App), theme: &Theme) {
    let symbols = theme.symbols();
    let is_dim = app.compose.broken().is_some();
    let shade = |meaning| if is_dim { Meaning::Dim } else { meaning };
    let sign = match (field.opens && !field.pointer.is_root(), field.is_open) {
        (false, _) => " ",
        (true, true) => symbols.open,
        (true, false) => symbols.closed,
    };
    let text = name(field);
    let shown = cut_end(&text, names);
    let (label, star) = match shown.strip_suffix(" *") {
        Some(label) => (label.to_owned(), " *"),
        None => (shown.into_owned(), ""),
    };
    // The sign stands in the indentation, just before the name.
    let indent = label.len() - label.trim_start().len();
    let before = indent.saturating_sub(2);
    let label = label.trim_start().to_owned();
    let words = Words::new(theme)
        .gap(before)
        .put(if indent >= 2 { sign } else { "" }, Meaning::Dim)
        .gap(usize::from(indent >= 2))
        .put(label, shade(if field.pointer.is_root() { Meaning::Title } else { Meaning::JsonKey }))
        .put(star, shade(Meaning::Accent));
    let left = names.saturating_sub(words.cells());
    let room = usize::from(place.width).saturating_sub(names + 2);
    let value = value::words(field, (room, app), theme);
    words.gap(left + 2).then(value).draw(frame, place);
}

/// The row whose field is typed into.
fn draw_open(
    frame: &mut Frame<'_>,
    place: Rect,
    (open, names, app): (&OpenField, usize, &App),
    theme: &Theme,
) {
    let skip = u16::try_from(names + 2).unwrap_or(place.width).min(place.width);
    let of_name = open.edits != Edits::Value;
    let place = if of_name { place } else { Rect { x: place.x + skip, width: place.width - skip, ..place } };
    Words::new(theme).gap(usize::from(place.width)).draw(frame, place);
    let told = open.error.as_deref().map(|why| format!("{} {why}", theme.symbols().failed));
    let told = told.unwrap_or_default();
    let note = cut_end(&told, usize::from(place.width) / 2).into_owned();
    let prefix = if of_name { "name  " } else { "" };
    let prefixed = u16::try_from(prefix.len()).unwrap_or(0).min(place.width);
    Words::new(theme).put(prefix, Meaning::Dim).draw(frame, place);
    let noted = u16::try_from(width(&note) + 2).unwrap_or(place.width);
    let room = place.width.saturating_sub(prefixed).saturating_sub(if note.is_empty() { 0 } else { noted });
    let typed = Rect { x: place.x + prefixed, width: room, ..place };
    let placeholder = if of_name { "type a name" } else { "" };
    field(frame, typed, &TextField { field: &open.field, placeholder, noted: (&app.areas, None) }, theme);
    Words::new(theme).put(note, Meaning::Failed).draw_right(frame, place);
}
