//! Type, tenant, channel and id of the event, and the stream that it goes to.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::text::{cut_end, display_safe};
use crate::tui::app::compose::{Basis, Line, Seeking};
use crate::tui::app::{App, Pane, Part};
use crate::tui::theme::{Meaning, Theme};
use crate::tui::views::cursor::mark_cursor;
use crate::tui::widgets::{Words, inset, row};

/// Cells of a name.
const NAME: usize = 9;

/// Lines of it, the one that divides it from the fields included.
pub(super) fn height(app: &App) -> u16 {
    if app.compose.has_channels { 6 } else { 5 }
}

/// Draws it.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let compose = &app.compose;
    let focused = !compose.edits_json();
    let area = inset(area);
    app.areas.add(area, Part::Rows(Pane::Head, 0));
    let cells = usize::from(area.width).saturating_sub(NAME);
    let mut lines = vec![(Some(Line::Type), "TYPE", of_type(app, cells, theme))];
    lines.push((Some(Line::Tenant), "TENANT", of_tenant(app, cells, theme)));
    if compose.has_channels {
        lines.push((Some(Line::Channel), "CHANNEL", of_channel(app, theme)));
    }
    lines.push((None, "STREAM", of_stream(app, cells, theme)));
    let id = Words::new(theme).put(compose.id.to_string(), Meaning::Dim);
    lines.push((None, "ID", id.put("   stays until it is sent", Meaning::Dim)));
    for (at, (line, name, words)) in lines.into_iter().enumerate() {
        let place = row(area, at);
        let is_here = line.as_ref() == Some(compose.line());
        let meaning = if is_here && focused { Meaning::TitleFocused } else { Meaning::Title };
        Words::new(theme).left(name, NAME, meaning).then(words).draw(frame, place);
        if is_here {
            mark_cursor(frame, place, (app, focused), theme);
        }
    }
}

fn of_type<'t>(app: &App, cells: usize, theme: &'t Theme) -> Words<'t> {
    let Some(event_type) = &app.compose.event_type else {
        return Words::new(theme).put("none yet: Enter chooses one", Meaning::Waiting);
    };
    let words = Words::new(theme).put(event_type.to_string(), Meaning::EventType);
    let title =
        app.schemas.0.as_ref().and_then(|schemas| schemas.info(event_type)).and_then(|info| info.title);
    let (note, meaning) = match (app.compose.basis(), title) {
        (Basis::Nothing, _) => (without_schema(app), Meaning::Waiting),
        (Basis::Example, _) => ("no schema: made after the newest one".to_owned(), Meaning::Unchecked),
        (_, Some(title)) => (display_safe(&title).into_owned(), Meaning::Dim),
        _ => (String::new(), Meaning::Dim),
    };
    let room = cells.saturating_sub(words.cells() + 3);
    words.gap(3).put(cut_end(&note, room).into_owned(), meaning)
}

/// What there is to begin with.
fn without_schema(app: &App) -> String {
    let why = match app.compose.seeking() {
        None => "and no event of it is known".to_owned(),
        Some(Seeking::Now) => "looking for one on the bus".to_owned(),
        Some(Seeking::None | Seeking::Found(_)) if app.compose.locked().is_empty() => {
            "and no event of it is on the bus".to_owned()
        }
        Some(Seeking::None | Seeking::Found(_)) => "none of this run's tenants was found".to_owned(),
        Some(Seeking::Failed(why)) => format!("and none was found: {}", display_safe(why)),
    };
    format!("no schema, {why}")
}

fn of_stream<'t>(app: &App, cells: usize, theme: &'t Theme) -> Words<'t> {
    let words = Words::new(theme);
    match (&app.compose.event_type, app.compose.target()) {
        (None, _) => words.put("that of its type", Meaning::Dim),
        (Some(_), None) => words,
        (Some(_), Some(None)) => words.put("not known before it is sent", Meaning::Dim),
        (Some(_), Some(Some(stream))) => {
            words.put(cut_end(&display_safe(stream.as_str()), cells).into_owned(), Meaning::Text)
        }
    }
}

fn of_tenant<'t>(app: &App, cells: usize, theme: &'t Theme) -> Words<'t> {
    let Some(tenant) = &app.compose.tenant else {
        return Words::new(theme).put("none yet: Enter chooses one", Meaning::Waiting);
    };
    let label = app.monitor.labels().show(tenant.as_str());
    let id = display_safe(tenant.as_str()).into_owned();
    let words = Words::new(theme).put(label.clone(), Meaning::Tenant);
    if !app.compose.may_be(tenant) {
        return words.gap(3).put("outside of this run's lock", Meaning::Failed);
    }
    let room = cells.saturating_sub(words.cells() + 3);
    if label == id { words } else { words.gap(3).put(cut_end(&id, room).into_owned(), Meaning::Dim) }
}

fn of_channel<'t>(app: &App, theme: &'t Theme) -> Words<'t> {
    match (&app.compose.channel, &app.context.channel) {
        (Some(channel), _) => Words::new(theme).put(channel.to_string(), Meaning::Text),
        (None, Some(own)) => Words::new(theme).put(format!("{own}   that of the profile"), Meaning::Dim),
        (None, None) => Words::new(theme).put("that of the profile", Meaning::Dim),
    }
}
