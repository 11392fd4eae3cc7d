//! The filter and its field.

use super::lens;
use crate::tui::app::{App, Editing, Field};

/// Opens the field, with the filter as it was typed.
pub(super) fn open(app: &mut App) {
    let before = app.filter.live.text.clone();
    app.filter.editing = Some(Editing { field: Field::new(&before), before });
}

/// Changes the text in the field; what is a whole filter applies at once.
pub(super) fn edit(app: &mut App, change: impl FnOnce(&mut Field) -> bool) {
    let Some(editing) = &mut app.filter.editing else { return };
    if change(&mut editing.field) {
        let text = editing.field.text().to_owned();
        set(app, &text);
    }
}

/// Leaves the field, and keeps the filter.
pub(super) fn accept(app: &mut App) {
    if let Some(editing) = app.filter.editing.take()
        && editing.before != app.filter.live.text
    {
        // It is the person's own now: Esc takes it away, and leads nowhere else.
        app.trail = None;
    }
}

/// Leaves the field, and puts the filter back.
pub(super) fn cancel(app: &mut App) {
    if let Some(editing) = app.filter.editing.take() {
        set(app, &editing.before);
    }
}

/// Turns the filter round.
pub(super) fn invert(app: &mut App) {
    let inverted = inverted(app.filter.applied());
    app.trail = None;
    set(app, &inverted);
}

/// Makes `text` the filter. One that is not whole keeps the last that was.
pub(super) fn set(app: &mut App, text: &str) {
    app.filter.live.set(text);
    lens::renew(app);
}

/// `filter` and also `term`.
pub(super) fn narrowed(filter: &str, term: &str) -> String {
    let words = filter.split_whitespace();
    if filter.is_empty() || filter == term {
        term.to_owned()
    } else if words.clone().any(|word| word.eq_ignore_ascii_case("or")) {
        format!("({filter}) {term}")
    } else {
        format!("{filter} {term}")
    }
}

/// What `filter` hides; twice is once too many, and gives it back.
fn inverted(filter: &str) -> String {
    let inner = filter.strip_prefix("not (").and_then(|rest| rest.strip_suffix(')'));
    match inner {
        Some(inner) if is_one(inner) => inner.to_owned(),
        _ => format!("not ({filter})"),
    }
}

/// Whether a bracket before `text` would be closed by one behind it.
fn is_one(text: &str) -> bool {
    let (mut depth, mut quoted, mut escaped) = (0_i32, false, false);
    for c in text.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return false;
        }
    }
    depth == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_added() {
        for (filter, term, wanted) in [
            ("", "type:A", "type:A"),
            ("type:A", "type:A", "type:A"),
            ("type:A", "tenant:x", "type:A tenant:x"),
            ("type:A or type:B", "tenant:x", "(type:A or type:B) tenant:x"),
            ("color", "tenant:x", "color tenant:x"),
        ] {
            assert_eq!(narrowed(filter, term), wanted);
        }
    }

    #[test]
    fn turned_round_twice_is_what_it_was() {
        for filter in ["type:A", "type:A or b", "not (a) or (b)", "\")\" or a", "not x"] {
            assert_ne!(inverted(filter), filter);
            assert_eq!(inverted(&inverted(filter)), filter);
        }
        assert_eq!(inverted("not (a) or (b)"), "not (not (a) or (b))");
    }
}
