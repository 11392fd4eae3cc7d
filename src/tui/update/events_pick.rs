//! What is chosen from lists in the Events view: what to copy, and the columns.

use super::reveal;
use crate::text::{cut_end, display_safe, plural};
use crate::tui::app::{App, Choice, Column, CopyWhat, EventsChoice, EventsPicker, Picker, Popup};
use crate::tui::effect::Effect;
use crate::tui::pretty::spot;
use crate::tui::views;

/// Cells of what a choice shows of a value.
const SHOWN: usize = 36;
/// Deeper values have no path to copy: no event that fits its schema lies so deep.
const DEEPEST: usize = 128;

/// Opens the list of what can be copied of the event under the cursor.
pub(super) fn copy_menu(app: &mut App) {
    let choices = copies(app);
    if choices.is_empty() {
        return app.tell("the event has left memory: there is nothing to copy");
    }
    let picker = Picker::new(choices, |_| false);
    let entry = app.events.cursor;
    app.popup = Some(Popup::Events(Box::new(EventsPicker { title: "Copy", entry, picker })));
}

fn copies(app: &App) -> Vec<Choice<EventsChoice>> {
    let Some(entry) = app.shown_entry() else { return Vec::new() };
    let choice = |name: &str, shown: &str, what| Choice {
        value: EventsChoice::Copy(what),
        name: name.to_owned(),
        note: short(shown),
        count: None,
    };
    let mut choices = Vec::new();
    let bytes = |text: &str| plural(text.len() as u64, "byte", "bytes");
    if let Some(text) = entry.text() {
        // What is under the cursor is meant first.
        choices.extend(under_cursor(app, text));
        choices.push(choice("event", &bytes(&app.as_shown(text)), CopyWhat::Event));
    }
    if let Some(id) = entry.event_id() {
        choices.push(choice("id", &id.to_string(), CopyWhat::Text(id.to_string())));
    }
    if let Some(payload) = entry.payload() {
        let redacted = app.redacting.of_entry(entry.seq()).payload(payload);
        let shown = redacted.as_ref().map_or(payload, |redacted| &redacted.text);
        choices.push(choice("payload", &bytes(shown), CopyWhat::Payload));
    }
    if let Some(tenant) = entry.tenant() {
        choices.push(choice("tenant", tenant.as_str(), CopyWhat::Text(tenant.to_string())));
    }
    choices.push(choice("entry id", &entry.id().to_string(), CopyWhat::Text(entry.id().to_string())));
    choices
}

/// The value under the detail's cursor, and where it stands, as a filter writes it.
fn under_cursor(app: &App, text: &str) -> Vec<Choice<EventsChoice>> {
    if !app.events.reads_detail() {
        return Vec::new();
    }
    let Some(under) = views::events::under(views::body(app), app) else { return Vec::new() };
    let text = under.laid.text(text);
    let offset = under.laid.sheet.offset(under.line);
    let Some(spot) = offset.and_then(|offset| spot(text, offset, DEEPEST)) else { return Vec::new() };
    let value = text.get(spot.value.clone()).unwrap_or_default();
    let mut choices = vec![Choice {
        name: "value".to_owned(),
        note: short(value),
        value: EventsChoice::Copy(CopyWhat::Text(inside(value))),
        count: None,
    }];
    if !spot.path.is_empty() {
        let is_of_payload = spot.path.starts_with("payload.");
        let path = if is_of_payload { spot.path } else { format!("event.{}", spot.path) };
        choices.push(Choice {
            name: "path".to_owned(),
            note: short(&path),
            value: EventsChoice::Copy(CopyWhat::Text(path)),
            count: None,
        });
    }
    choices
}

fn short(text: &str) -> String {
    // Of a large value no more is made safe than is shown.
    let beginning = &text[..text.floor_char_boundary(4 * SHOWN)];
    cut_end(&display_safe(beginning), SHOWN).into_owned()
}

/// Opens the list of columns.
pub(super) fn columns(app: &mut App) {
    let picker = Picker::new(column_choices(app), |_| false);
    app.popup = Some(Popup::Events(Box::new(EventsPicker { title: "Columns", entry: None, picker })));
}

fn column_choices(app: &App) -> Vec<Choice<EventsChoice>> {
    let choice = |column: Column| Choice {
        value: EventsChoice::Column(column),
        name: format!("[{}] {}", if app.events.columns.has(column) { "x" } else { " " }, column.word()),
        note: column.help().to_owned(),
        count: None,
    };
    Column::ALL.into_iter().map(choice).collect()
}

/// Does what is chosen: copies, or shows or hides a column; then the list stays open.
pub(super) fn choose(app: &mut App) -> Vec<Effect> {
    let Some(Popup::Events(open)) = &app.popup else { return Vec::new() };
    let (entry, chosen) = (open.entry, open.picker.chosen().map(|choice| choice.value.clone()));
    match chosen {
        Some(EventsChoice::Copy(what)) => {
            app.popup = None;
            let row = entry.and_then(|seq| app.entry(seq));
            let text = row.and_then(|row| {
                let masks = app.redacting.of_entry(row.seq());
                let (text, redacted) = match what {
                    CopyWhat::Event => (row.text()?, masks.event(row.text()?)),
                    CopyWhat::Payload => (row.payload()?, masks.payload(row.payload()?)),
                    CopyWhat::Text(text) => return Some(text),
                };
                Some(redacted.map_or_else(|| text.to_owned(), |redacted| redacted.text))
            });
            match text {
                Some(text) => return reveal::copied(app, text),
                None => app.tell("the event has left memory: there is nothing to copy"),
            }
        }
        Some(EventsChoice::Column(column)) => {
            if !app.events.columns.turn(column) {
                app.tell("the last column stays");
            }
            let choices = column_choices(app);
            if let Some(Popup::Events(open)) = &mut app.popup {
                open.picker.choices = choices;
            }
        }
        None => {}
    }
    Vec::new()
}

/// A value as it is pasted elsewhere: a text without its quotes and escapes, others as they are written.
fn inside(value: &str) -> String {
    serde_json::from_str::<String>(value).unwrap_or_else(|_| value.to_owned())
}
