//! What a row of the form says of its value.

use crate::event::Report;
use crate::schema::form::{FieldKind, Origin, Row, State};
use crate::text::{cut_end, cut_safe, display_safe, plural};
use crate::tui::app::App;
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::Words;

/// Value, fault and kind, in `room` cells.
pub(super) fn words<'t>(row: &Row, (room, app): (usize, &App), theme: &'t Theme) -> Words<'t> {
    let symbols = theme.symbols();
    let is_dim = app.compose.broken().is_some();
    let fault = match row.faults.as_slice() {
        _ if is_dim => String::new(),
        [] => String::new(),
        [fault] => format!("{} {}", symbols.failed, told(fault, row, room)),
        [fault, more @ ..] => format!("{} {} +{}", symbols.failed, told(fault, row, room), more.len()),
    };
    if is_dim && row.pointer.is_root() {
        let told = format!("{} the JSON is broken: these are the fields of before", symbols.failed);
        return Words::new(theme).put(cut_end(&told, room).into_owned(), Meaning::Failed);
    }
    let mut hint = hint(row);
    if app.compose.is_made_up(row) {
        hint.push_str(", made up");
    }
    let value = match &row.state {
        State::Absent | State::Broken(_) => String::new(),
        _ => cut_safe(row.shown.as_deref().unwrap_or_default(), room),
    };
    let meaning = match &row.state {
        _ if is_dim => Meaning::Dim,
        State::Null => Meaning::JsonWord,
        State::WrongKind => Meaning::Failed,
        _ => of_kind(&row.editor),
    };
    // The fault is told before all else; a long value is cut for it, but never to nothing.
    let fault_room = if fault.is_empty() {
        0
    } else {
        (room / 2).max(room.saturating_sub(crate::text::width(&value) + 2))
    };
    let fault = cut_end(&fault, fault_room).into_owned();
    let left = room.saturating_sub(crate::text::width(&fault) + if fault.is_empty() { 0 } else { 2 });
    let value = cut_end(&value, left).into_owned();
    let mut words = Words::new(theme);
    if value.is_empty() && fault.is_empty() {
        let (absent, what) =
            if row.state == State::Set { ("\"\"", Meaning::Dim) } else { (symbols.unknown, Meaning::Dim) };
        words = words.put(absent, what);
    }
    let was_empty = value.is_empty();
    words = words.put(value, meaning);
    if !fault.is_empty() {
        words = words.gap(if was_empty { 0 } else { 2 }).put(fault, Meaning::Failed);
    }
    let free = room.saturating_sub(words.cells());
    if crate::text::width(&hint) + 3 <= free && row.faults.is_empty() {
        words = words.gap(free - crate::text::width(&hint)).put(hint, Meaning::Dim);
    }
    words
}

fn of_kind(kind: &FieldKind) -> Meaning {
    match kind {
        FieldKind::Number(_) => Meaning::JsonNumber,
        FieldKind::Boolean => Meaning::JsonWord,
        FieldKind::Object { .. } | FieldKind::Free { .. } | FieldKind::List(_) => Meaning::Dim,
        _ => Meaning::JsonString,
    }
}

/// A fault as its own row tells it, in so many cells: what is missing or wrong, without the place.
fn told(fault: &Report, row: &Row, room: usize) -> String {
    let is_empty = row.state == State::Absent || row.shown.as_deref() == Some("");
    let text = if is_empty && row.field.required {
        // `a field "status" (one of open, closed)`: what it should be, in the validator's words.
        let inside = fault.expected.strip_prefix("a field \"").and_then(|it| it.split_once(" ("));
        let wanted = inside.and_then(|(_, wanted)| wanted.strip_suffix(')'));
        format!("required: {}", wanted.map_or_else(|| a(&kind(&row.editor)), str::to_owned))
    } else {
        // It may be about something inside that has no row of its own.
        let own = format!("/payload{}", row.pointer);
        match fault.path.strip_prefix(&own).filter(|inside| !inside.is_empty()) {
            Some(inside) => format!("{}: expected {}", inside.trim_start_matches('/'), fault.expected),
            None => format!("expected {}", fault.expected),
        }
    };
    cut_safe(&text, room)
}

fn a(what: &str) -> String {
    let is_vowel = what.starts_with(['a', 'e', 'i', 'o']);
    format!("{} {what}", if is_vowel { "an" } else { "a" })
}

/// The kind of a field in few words.
fn kind(kind: &FieldKind) -> String {
    match kind {
        FieldKind::Text(rules) => match (&rules.format, rules.max) {
            (Some(format), _) => display_safe(format).into_owned(),
            (None, Some(max)) => format!("text, at most {max}"),
            (None, None) => "text".to_owned(),
        },
        FieldKind::Number(rules) => {
            let name = kind.name();
            let from = rules.min.as_ref().map(|min| format!("from {min}"));
            let from = from.or_else(|| rules.above.as_ref().map(|above| format!("above {above}")));
            let to = rules.max.as_ref().map(|max| format!("to {max}"));
            let to = to.or_else(|| rules.below.as_ref().map(|below| format!("below {below}")));
            match (from, to) {
                (Some(from), Some(to)) => format!("{name}, {from} {to}"),
                (Some(one), None) | (None, Some(one)) => format!("{name}, {one}"),
                (None, None) => name.to_owned(),
            }
        }
        FieldKind::Choice(choices) if choices.len() > 1 => format!("choice of {}", choices.len()),
        FieldKind::List(rules) => match &rules.item {
            Some(item) => format!("list, each {}", display_safe(item)),
            None => kind.name().to_owned(),
        },
        _ => kind.name().to_owned(),
    }
}

/// What is known of a field beside its value.
fn hint(row: &Row) -> String {
    let mut parts = Vec::new();
    if row.repeats > 0 {
        parts.push(format!("{} repeated", plural(row.repeats as u64, "key", "keys")));
    }
    if let (FieldKind::Union(variants), Some(nth)) = (&row.field.kind, row.variant) {
        let label = variants.get(nth).map(|variant| display_safe(&variant.label).into_owned());
        parts.push(format!("{} ({} of {})", label.unwrap_or_default(), nth + 1, variants.len()));
    } else {
        parts.push(kind(&row.editor));
    }
    if row.field.nullable {
        parts.push("or null".to_owned());
    }
    if row.origin == Origin::Unnamed {
        parts.push("not in the schema".to_owned());
    }
    parts.join(", ")
}
