//! The keys that work in the view below, from the live keymap; searchable.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::{cover, middle};
use crate::text::{count, cut_end, display_safe, pad_end, width};
use crate::tui::action::Action;
use crate::tui::app::{App, Extent, HelpState, Pane, Part};
use crate::tui::keymap::{Binding, Context};
use crate::tui::theme::{Meaning, Theme};
use crate::tui::views::keys::advice;
use crate::tui::widgets::{TextField, Words, field, folded, frame_around, mark_row, mark_sign, row};

/// A line of the help.
enum Line {
    /// Where the keys below it work.
    Heading(Context),
    /// Keys, and what they do, and whether they do it now; without keys, the rest of what the line above says. Last the
    /// number of the action, among those that are listed.
    Keys(String, String, bool, usize),
    /// Between two parts.
    Blank,
}

/// How much of the help there is, and how much of it fits.
pub(super) fn extent(area: Rect, (state, app): (&HelpState, &App)) -> Extent {
    let lines = lines(area, (state, app));
    let place = place(area, app);
    let page = usize::from(place.height).saturating_sub(3);
    let width = usize::from(place.width).saturating_sub(4);
    Extent { lines: lines.len(), page, columns: width, width }
}

/// The actions that are listed, in order, with the first of its lines and how many there are.
pub(super) fn actions(area: Rect, (state, app): (&HelpState, &App)) -> Vec<(Action, usize, usize)> {
    let mut found: Vec<(Action, usize, usize)> =
        listed(state, app).into_iter().map(|it| (it.1, 0, 0)).collect();
    for (at, line) in lines(area, (state, app)).iter().enumerate() {
        if let Line::Keys(.., nth) = line
            && let Some((_, first, many)) = found.get_mut(*nth)
        {
            *first = if *many == 0 { at } else { *first };
            *many += 1;
        }
    }
    found
}

/// Draws the help.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, (state, app): (&HelpState, &App), theme: &Theme) {
    let all = lines(area, (state, app));
    let extent = extent(area, (state, app));
    let symbols = theme.symbols();
    let top = state.top.min(all.len().saturating_sub(extent.page));
    let below = all.len().saturating_sub(top + extent.page);
    let note = match (top, below) {
        (0, 0) => String::new(),
        (0, below) => format!("{} {} more", symbols.more, count(below as u64)),
        (top, 0) => format!("{} {} more", symbols.up, count(top as u64)),
        (top, below) => {
            format!("{} {}  {} {}", symbols.up, count(top as u64), symbols.more, count(below as u64))
        }
    };
    let inside = frame_around(frame, place(area, app), ("Keys", &note), theme);
    let inside = Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside };
    cover(app, inside);
    search(frame, row(inside, 0), (state, app), theme);
    refusal(frame, row(inside, 0), (state, app), theme);
    let body = Rect { y: inside.y + 1, height: inside.height.saturating_sub(1), ..inside };
    app.areas.add(body, Part::Rows(Pane::Help, top));
    if all.is_empty() {
        let elsewhere = advice(app, Action::Palette, "looks in all views")
            .map(|it| format!(": {it}"))
            .unwrap_or_default();
        let nothing =
            format!("nothing that can be done here says '{}'{elsewhere}", display_safe(query(state)));
        Words::new(theme).put(nothing, Meaning::Waiting).draw(frame, body);
    }
    let keys = keys_cells(app);
    for (at, line) in all.iter().skip(top).take(extent.page).enumerate() {
        let place = row(body, at);
        let words = match line {
            Line::Blank => continue,
            Line::Heading(context) => Words::new(theme).put(title(*context), Meaning::TitleFocused),
            Line::Keys(shown, what, is_alive, _) => {
                let (key, text) =
                    if *is_alive { (Meaning::Key, Meaning::Text) } else { (Meaning::Dim, Meaning::Dim) };
                let words = found(Words::new(theme), &pad_end(shown, keys), (query(state), key), theme);
                found(words.gap(2), what, (query(state), text), theme)
            }
        };
        words.draw(frame, place);
        if matches!(line, Line::Keys(.., nth) if *nth == state.cursor) {
            mark_row(frame, place, Meaning::Selection, theme);
        }
        if matches!(line, Line::Keys(shown, _, _, nth) if *nth == state.cursor && !shown.is_empty()) {
            mark_sign(frame, place, true, theme);
        }
    }
}

/// Why the action under the cursor cannot be done, beside what is searched for.
fn refusal(frame: &mut Frame<'_>, area: Rect, (state, app): (&HelpState, &App), theme: &Theme) {
    let under = listed(state, app).get(state.cursor).map(|(_, action, ..)| *action);
    let Some(why) = under.and_then(|action| state.refusals.get(&action)) else { return };
    let beside = width("search ").max(SEARCHED) + width(query(state));
    let room = usize::from(area.width).saturating_sub(beside + 2);
    let text = cut_end(&format!("not now: {why}"), room).into_owned();
    Words::new(theme).put(text, Meaning::Waiting).draw_right(frame, area);
}

/// Cells of what is said of the search, beside what is searched for.
const SEARCHED: usize = 12;

fn search(frame: &mut Frame<'_>, area: Rect, (state, app): (&HelpState, &App), theme: &Theme) {
    match &state.search {
        Some(search) => {
            Words::new(theme).put("search ", Meaning::Dim).draw(frame, area);
            let left = area.width.min(7);
            let place = Rect { x: area.x + left, width: area.width - left, ..area };
            field(
                frame,
                place,
                &TextField { field: search, placeholder: "", noted: (&app.areas, None) },
                theme,
            );
        }
        None if state.query.is_empty() => {
            let keys = app.setup.keymap.keys(Context::Help);
            if let Some((key, _)) = keys.iter().find(|(_, action)| *action == Action::Search) {
                Words::new(theme).put(format!("{key} searches"), Meaning::Dim).draw(frame, area);
            }
        }
        None => {
            let query = display_safe(&state.query).into_owned();
            Words::new(theme).put("search ", Meaning::Dim).put(query, Meaning::Accent).draw(frame, area);
        }
    }
}

/// What is searched for: as typed, while the field is open.
fn query(state: &HelpState) -> &str {
    state.search.as_ref().map_or(state.query.as_str(), |field| field.text())
}

/// The popup's place; it follows all keys, not those that were found: so it does not jump.
fn place(area: Rect, app: &App) -> Rect {
    let lines = lines(area, (&HelpState::default(), app)).len();
    middle(area, cells(area, app) + keys_cells(app) + 6, lines + 3)
}

/// Where text is typed, `?` is text: its keys are shown in the help of where it is opened.
const WITH_TEXT: &[(Context, &[Context])] = &[
    (Context::Failed, &[Context::Edit]),
    (Context::Compose, &[Context::ComposeField, Context::ComposeJson]),
];

/// Keys that do everywhere what they do elsewhere.
fn is_known(action: Action) -> bool {
    matches!(
        action,
        Action::Back
            | Action::ShowFlow
            | Action::ShowEvents
            | Action::ShowHandlers
            | Action::ShowFailed
            | Action::ShowHealth
    )
}

/// Where the keys work that are shown: below the help, and in the fields that are opened there.
fn contexts(app: &App) -> Vec<Context> {
    let mut contexts = app.contexts_below().to_vec();
    for (outer, inner) in WITH_TEXT {
        if let Some(at) = contexts.iter().position(|context| context == outer) {
            let behind = contexts.split_off(at + 1);
            contexts.extend(inner.iter().copied().chain(behind));
        }
    }
    contexts
}

fn bindings(app: &App) -> Vec<Binding> {
    let keymap = &app.setup.keymap;
    let mut bindings = keymap.bindings(app.contexts_below());
    for (_, inner) in WITH_TEXT.iter().filter(|(outer, _)| app.contexts_below().contains(outer)) {
        for context in *inner {
            let of_text = keymap.bindings(&[*context]);
            bindings.extend(of_text.into_iter().filter(|binding| !is_known(binding.action)));
        }
    }
    bindings
}

/// Cells for what a key does.
fn cells(area: Rect, app: &App) -> usize {
    let longest = bindings(app).iter().map(|binding| width(app.says(binding.action))).max().unwrap_or(0);
    longest.min(usize::from(area.width).saturating_sub(4 + 6 + keys_cells(app)))
}

fn keys_cells(app: &App) -> usize {
    bindings(app).iter().map(|binding| width(&joined(&binding.keys))).max().unwrap_or(0).min(18)
}

fn joined(keys: &[crate::tui::keymap::Key]) -> String {
    keys.iter().map(ToString::to_string).collect::<Vec<_>>().join("  ")
}

/// What is listed: the keys of the view below the help, in the order of where they work; only what says what is searched
/// for.
fn listed(state: &HelpState, app: &App) -> Vec<(String, Action, Context, bool)> {
    let wanted = query(state).to_lowercase();
    let (bindings, below) = (bindings(app), app.contexts_below());
    let mut listed = Vec::new();
    for context in contexts(app) {
        let here = bindings.iter().filter(|binding| binding.context == context);
        let named = here.map(|binding| (joined(&binding.keys), binding.action));
        let found = named.filter(|(keys, action)| {
            keys.to_lowercase().contains(&wanted)
                || app.says(*action).to_lowercase().contains(&wanted)
                || action.spelling().contains(&wanted)
        });
        // In a field that is not open yet a key will do what it says.
        listed.extend(found.map(|(keys, action)| {
            let works = !below.contains(&context) || !state.refusals.contains_key(&action);
            (keys, action, context, works)
        }));
    }
    listed
}

/// What is listed, in lines.
fn lines(area: Rect, (state, app): (&HelpState, &App)) -> Vec<Line> {
    let cells = cells(area, app);
    let mut lines = Vec::new();
    let mut heading = None;
    for (nth, (mut keys, action, context, works)) in listed(state, app).into_iter().enumerate() {
        if heading.replace(context) != Some(context) {
            if !lines.is_empty() {
                lines.push(Line::Blank);
            }
            lines.push(Line::Heading(context));
        }
        for part in folded(app.says(action), cells) {
            lines.push(Line::Keys(std::mem::take(&mut keys), part, works, nth));
        }
    }
    lines
}

fn title(context: Context) -> &'static str {
    match context {
        Context::Anywhere => "Everywhere",
        Context::Global => "In every view",
        Context::Rows => "In lists",
        Context::Flow => "Flow",
        Context::Events => "Events",
        Context::Handlers => "Handlers",
        Context::Failed => "Failed",
        Context::Health => "Health",
        Context::Journal => "In the journal",
        Context::Errors => "In errors",
        Context::Compose => "Compose",
        Context::ComposeField => "While a field is typed",
        Context::ComposeJson => "In the JSON",
        Context::Detail => "In an event",
        Context::Filter => "While a filter is typed",
        Context::Shelf => "In templates",
        Context::Picker => "In a list to choose from",
        Context::Palette => "In the command palette",
        Context::Form => "While something is asked",
        Context::FormField => "While a field of a form is typed",
        Context::PathField => "While the path of a file is typed",
        Context::Edit => "While a payload is edited",
        Context::Help => "In the help",
        Context::Search => "While a search is typed",
    }
}

/// `text`, with what was searched for marked in it.
fn found<'t>(words: Words<'t>, text: &str, (query, meaning): (&str, Meaning), theme: &'t Theme) -> Words<'t> {
    let lower = text.to_ascii_lowercase();
    let query = query.to_ascii_lowercase();
    let mut words = words;
    let mut at = 0;
    while let Some(place) = lower.get(at..).filter(|_| !query.is_empty()).and_then(|rest| rest.find(&query)) {
        let (from, to) = (at + place, at + place + query.len());
        words = words.put(text[at..from].to_owned(), meaning);
        words = words.styled(text[from..to].to_owned(), theme.style(Meaning::Match));
        at = to;
    }
    words.put(text[at..].to_owned(), meaning)
}
