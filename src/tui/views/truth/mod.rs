//! The line of truth: what of the stream is on the screen, and what is not; in views of something else, of that.

mod numbers;
mod told;

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::monitor::Order;
use crate::text::{count, cut_end, display_safe, width};
use crate::tui::app::rewind::Shown;
use crate::tui::app::{App, Editing, Narrows};
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::{TextField, Words, field, inset, mark_row};
use numbers::{Item, Of, fitting};

/// Before a filter that is being typed.
const PROMPT: &str = "filter ";

/// Before words that the journal is narrowed to.
const IN_JOURNAL: &str = "find in the journal ";

/// Draws the line of truth; over the rule above it, what is wrong with the filter that is being typed.
pub(super) fn draw(frame: &mut Frame<'_>, (rule, area): (Rect, Rect), app: &App, theme: &Theme) {
    let (rule, area) = (inset(rule), inset(area));
    let room = usize::from(area.width);
    let told = told::of(app);
    let of_events = if told.is_none() { Some(of_events(app)) } else { None };
    let numbers = |room| match (&told, &of_events) {
        (Some(told), _) => fitting(&told.items, told.of.as_ref(), room, theme),
        (None, Some((items, of))) => fitting(items, Some(of), room, theme),
        (None, None) => Words::new(theme),
    };
    if let Some(editing) = &app.filter.editing {
        let counts = numbers(room / 2);
        let cells = u16::try_from(counts.cells() + 3).unwrap_or(area.width);
        counts.draw_right(frame, area);
        let place = Rect { width: area.width.saturating_sub(cells), ..area };
        draw_field(frame, (rule, place), (editing, app), theme);
        return;
    }
    let state = match &told {
        Some(told) => Words::new(theme).put(told.state.0.clone(), told.state.1),
        None => state(app, theme),
    };
    let is_narrowed = told.as_ref().is_none_or(|told| told.is_narrowed);
    let filter = if is_narrowed { filter_text(app) } else { String::new() };
    // Numbers that are 0 give way to it.
    let wanted = if filter.is_empty() { 0 } else { (width(&filter) + 10).min((room * 2 / 5).max(26)) };
    let counts = numbers(room.saturating_sub(state.cells() + wanted + 2));
    // Where even the fewest counts leave no room, how far it is from the newest gives way: the list says it too.
    let has_room = state.cells() + counts.cells() < room;
    let state = if has_room || told.is_some() { state } else { state_word(app, theme) };
    let left = room.saturating_sub(state.cells() + counts.cells() + 2);
    let state = match filter.as_str() {
        "" => state,
        filter => state
            .gap(3)
            .put(PROMPT, Meaning::Dim)
            .put(cut_end(filter, left.saturating_sub(3 + PROMPT.len())).into_owned(), Meaning::Accent),
    };
    state.draw(frame, area);
    counts.draw_right(frame, area);
}

fn filter_text(app: &App) -> String {
    display_safe(app.filter.applied()).into_owned()
}

fn draw_field(
    frame: &mut Frame<'_>,
    (rule, area): (Rect, Rect),
    (editing, app): (&Editing, &App),
    theme: &Theme,
) {
    let (prompt, placeholder) = match editing.narrows {
        Narrows::Events => (PROMPT, "type:TICKET_* tenant:acme is:invalid"),
        Narrows::Journal => (IN_JOURNAL, "words of who, what, plan, reason or note"),
    };
    Words::new(theme).put(prompt, Meaning::Dim).draw(frame, area);
    let before = u16::try_from(prompt.len()).unwrap_or(0).min(area.width);
    let place = Rect { x: area.x + before, width: area.width - before, ..area };
    let text_field = TextField { field: &editing.field, placeholder, noted: (&app.areas, None) };
    field(frame, place, &text_field, theme);
    let Some(error) = app.filter.live.error.as_ref().filter(|_| app.filter.is_typed()) else { return };
    let text = editing.field.text();
    let cells_to = |byte: usize| width(&display_safe(&text[..text.floor_char_boundary(byte)]));
    let scrolled = text_field.scrolled(usize::from(place.width));
    let (from, to) = (cells_to(error.at.start), cells_to(error.at.end));
    let left = from.saturating_sub(scrolled).min(usize::from(place.width));
    let wide = to.saturating_sub(scrolled).saturating_sub(left).min(usize::from(place.width) - left);
    let cells = |cells: usize| u16::try_from(cells).unwrap_or(u16::MAX);
    mark_row(frame, Rect { x: place.x + cells(left), width: cells(wide), ..place }, Meaning::Failed, theme);
    let hint = error.hint.as_ref().map(|hint| format!(". {}", display_safe(hint))).unwrap_or_default();
    let what = format!("{} {}{hint} ", theme.symbols().open, display_safe(&error.what));
    let room = usize::from(rule.width);
    let what = cut_end(&what, room).into_owned();
    // Above what is wrong; further to the left where it would not fit.
    let start = cells((usize::from(before) + left).min(room - width(&what)));
    let words = Words::new(theme).put(what, Meaning::Failed);
    words.draw(frame, Rect { x: rule.x + start, width: rule.width - start, ..rule });
}

/// What the line tells of events.
fn of_events(app: &App) -> (Vec<Item>, Of) {
    if let Some(shown) = app.rewound() {
        return of_the_past(shown, app);
    }
    let (counts, lens) = (app.monitor.counts(), &app.events.lens);
    let shown = Item::new("shown", lens.shown() as u64, Meaning::Text);
    let hidden = Item::new("hidden", lens.hidden(), Meaning::Text);
    // Among others that are shown, too, what matches is what was asked for.
    let matching = lens.has_context().then(|| Item::new("matching", lens.matching() as u64, Meaning::Text));
    let first = matching.into_iter().chain([shown, hidden]);
    let others = [
        Item::rare("marked", app.events.marks.len() as u64, Meaning::Accent),
        Item::rare("not searched yet", lens.unseen(app.over()), Meaning::Waiting),
        Item::new("invalid", counts.invalid, Meaning::Failed),
        Item::new("dropped", counts.dropped, Meaning::Waiting),
        Item::new("trimmed", counts.trimmed, Meaning::Failed),
        Item::rare("gaps", counts.gaps_unknown, Meaning::Failed),
        Item::rare("other tenants", counts.other_tenants, Meaning::Text),
        Item::rare("unattributed", counts.unattributed, Meaning::Waiting),
    ];
    (first.chain(others).collect(), Of { all: counts.received, what: "received" })
}

/// What the line tells of events that are read back.
fn of_the_past(shown: &Shown, app: &App) -> (Vec<Item>, Of) {
    let (stretch, lens) = (&shown.stretch, &app.events.lens);
    let matching = lens.has_context().then(|| Item::new("matching", lens.matching() as u64, Meaning::Text));
    let items = [
        Item::new("shown", lens.shown() as u64, Meaning::Text),
        Item::new("hidden", lens.hidden() + stretch.left_out, Meaning::Text),
        Item::rare("marked", app.events.marks.len() as u64, Meaning::Accent),
        Item::rare("other tenants", stretch.past.withheld(), Meaning::Text),
    ];
    (matching.into_iter().chain(items).collect(), Of { all: stretch.read(), what: "read back" })
}

fn state<'t>(app: &App, theme: &'t Theme) -> Words<'t> {
    let more = match (app.is_paused(), app.events.lens.new_since() as u64, app.events.top_row() as u64) {
        (true, new @ 1.., _) if !app.is_rewound() => format!(" +{} new", count(new)),
        (_, _, 0) => String::new(),
        (_, _, above) => format!(" +{} above", count(above)),
    };
    state_word(app, theme).put(more, Meaning::Waiting)
}

fn state_word<'t>(app: &App, theme: &'t Theme) -> Words<'t> {
    let words = Words::new(theme);
    let words = if app.is_rewound() {
        words.put("rewound", Meaning::Waiting)
    } else if app.is_paused() {
        words.put("paused", Meaning::Waiting)
    } else if app.events.is_following() {
        // Without a connection nothing is followed, and a colour alone does not say so.
        let is_live = app.monitor.link().is_live() && !app.ended;
        if is_live { words.put("following", Meaning::Ok) } else { words.put("not connected", Meaning::Stale) }
    } else {
        words.put("browsing", Meaning::Waiting)
    };
    match app.events.lens.order() {
        Order::Time => words,
        order => words.put(format!(" by {}", order.word()), Meaning::Waiting),
    }
}
