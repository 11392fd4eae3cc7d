//! Templates, and what was sent: a list to start from, with all that is known of the line under the cursor below it.
//!
//! ```text
//! ┌─ Templates ─────────────────────────────────────────────────────────────┐
//! │ type to narrow                                                           │
//! │ on-hold           TICKET_UPDATED    for the drill at noon                │
//! │ broken          ✗ line 2 of the file: no such key                        │
//! │ ──────────────────────────────────────────────────────────────────────── │
//! │ asks for reason, hours   tenant acme                                     │
//! │ /home/jo/.config/tidings/templates/on-hold.toml                          │
//! └───────────────────────────────────────────────────────────────── 1 of 2 ─┘
//! ```

use ratatui::Frame;
use ratatui::layout::Rect;

use super::{below, cover, middle, most_lines, narrowing};
use crate::compose::{Outcome, Sent};
use crate::text::{count, cut_end, cut_middle, cut_safe, display_safe, plural, width};
use crate::tui::action::Action;
use crate::tui::app::shelf::{Kept, KeptTemplate, Shelf};
use crate::tui::app::{App, Pane, Part};
use crate::tui::theme::{Meaning, Theme};
use crate::tui::views::keys::key_for;
use crate::tui::widgets::{Words, folded, frame_around, mark_row, mark_sign, row, rule};

/// Cells of the list, where there is room.
const WIDE: usize = 110;
/// Lines that are no choices: the frame, the field, the rule, and what is said of the line under the cursor.
const AROUND: usize = 3 + 1 + BELOW;
const BELOW: usize = 3;
/// Cells of a name, of a type and of a tenant, at most.
const NAME: usize = 28;
const TENANT: usize = 20;

/// How many lines fit on the screen.
pub(super) fn page(area: Rect, choices: usize) -> usize {
    usize::from(most_lines(area)).saturating_sub(AROUND).clamp(1, choices.max(1))
}

/// Draws the list. Its size follows all of it, not what fits what is typed: so it does not jump.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, (shelf, app): (&Shelf, &App), theme: &Theme) {
    if shelf.is_empty() {
        return draw_empty(frame, area, (shelf, app), theme);
    }
    let picker = &shelf.picker;
    let page = page(area, picker.choices.len());
    let cells = WIDE.min(usize::from(area.width).saturating_sub(4));
    let place = middle(area, cells, page + AROUND);
    let unread = if shelf.unread > 0 {
        format!("without {} that cannot be read   ", plural(shelf.unread, "line", "lines"))
    } else {
        String::new()
    };
    let of =
        format!("{unread}{} of {}", count(picker.fitting.len() as u64), count(picker.choices.len() as u64));
    let inside = frame_around(frame, place, (shelf.title(), &of), theme);
    let inside = Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside };
    cover(app, inside);
    narrowing(frame, row(inside, 0), (&picker.field, app), theme);
    if picker.is_empty() {
        Words::new(theme).put("nothing fits what is typed", Meaning::Dim).draw(frame, row(inside, 1));
    }
    let columns = Columns::of(usize::from(inside.width), (shelf, app));
    let page = page.min(usize::from(inside.height).saturating_sub(1));
    app.areas.add(below(inside, page), Part::Rows(Pane::List, picker.list.top));
    for (at, choice) in picker.rows().enumerate().skip(picker.list.top).take(page) {
        let place = row(inside, 1 + at - picker.list.top);
        let words = match &shelf.kept {
            Kept::Templates(all) => all.get(choice.value).map(|it| of_template(it, &columns, theme)),
            Kept::Sent(all) => all.get(choice.value).map(|it| of_sent(it, (&columns, app), theme)),
        };
        if let Some(words) = words {
            words.draw(frame, place);
        }
        if picker.list.cursor == Some(at) {
            mark_row(frame, place, Meaning::Selection, theme);
            mark_sign(frame, place, true, theme);
        }
    }
    rule(frame, row(inside, 1 + page), Meaning::Rule, theme);
    for (at, words) in about(shelf, (usize::from(inside.width), app), theme).into_iter().enumerate() {
        words.draw(frame, row(inside, 2 + page + at));
    }
}

/// The widths of the columns: as wide as the longest of the first thousand, within bounds.
struct Columns {
    name: usize,
    event_type: usize,
    tenant: usize,
    rest: usize,
}

impl Columns {
    fn of(cells: usize, (shelf, app): (&Shelf, &App)) -> Self {
        let longest =
            |all: &mut dyn Iterator<Item = usize>, most: usize| all.take(1_000).max().unwrap_or(0).min(most);
        // Half of a narrow list is left for the types.
        let types = if cells < 90 { 24 } else { 39 };
        let (name, event_type, tenant) = match &shelf.kept {
            Kept::Templates(all) => (
                longest(
                    &mut all.iter().map(|it| width(&cut_safe(&it.stored.name, NAME))),
                    NAME.min(cells / 3),
                ),
                longest(
                    &mut all.iter().flat_map(|it| &it.read).map(|it| width(it.event_type.as_str())),
                    types,
                ),
                0,
            ),
            Kept::Sent(all) => (
                longest(&mut all.iter().map(|it| width(&time(it, app))), 16),
                longest(&mut all.iter().map(|it| width(it.event_type.as_str())), types),
                longest(&mut all.iter().map(|it| width(&tenant(it, app))), TENANT.min(cells / 4)),
            ),
        };
        let taken = name + 2 + 2 + event_type + 2 + if tenant > 0 { tenant + 2 } else { 0 };
        Self { name, event_type, tenant, rest: cells.saturating_sub(taken) }
    }
}

/// `on-hold   TICKET_UPDATED   for the drill at noon`
fn of_template<'t>(template: &KeptTemplate, columns: &Columns, theme: &'t Theme) -> Words<'t> {
    let symbols = theme.symbols();
    let (sign, meaning) = match (&template.read, template.is_unsaved) {
        (_, true) => (symbols.waiting, Meaning::Waiting),
        (Err(_), false) => (symbols.failed, Meaning::Failed),
        (Ok(_), false) => (" ", Meaning::Text),
    };
    let name = cut_safe(&template.stored.name, columns.name);
    let words =
        Words::new(theme).left(&name, columns.name, Meaning::Text).gap(1).left(sign, 1, meaning).gap(1);
    let words = words.gap(1);
    match &template.read {
        Ok(read) => {
            let note = cut_safe(read.note.as_deref().unwrap_or_default(), columns.rest.saturating_sub(1));
            let event_type = cut_middle(read.event_type.as_str(), columns.event_type).into_owned();
            words.left(&event_type, columns.event_type, Meaning::EventType).gap(2).put(note, Meaning::Dim)
        }
        Err(why) => {
            let room = columns.event_type + columns.rest + 1;
            words.put(cut_safe(&why.what, room), Meaning::Failed)
        }
    }
}

/// `14:02:31   ✓ TICKET_UPDATED   Acme MSP   published`
fn of_sent<'t>(sent: &Sent, (columns, app): (&Columns, &App), theme: &'t Theme) -> Words<'t> {
    let (sign, meaning) = sign(&sent.outcome, theme);
    let event_type = cut_middle(sent.event_type.as_str(), columns.event_type).into_owned();
    let words = Words::new(theme)
        .right(&time(sent, app), columns.name, Meaning::Time)
        .gap(2)
        .left(sign, 2, meaning)
        .left(&event_type, columns.event_type, Meaning::EventType)
        .gap(2)
        .left(&tenant(sent, app), columns.tenant, Meaning::Tenant)
        .gap(2);
    let mut told = word(&sent.outcome).to_owned();
    if sent.unchecked {
        told.push_str(", does not fit its schema");
    }
    words.put(cut_safe(&told, columns.rest), meaning)
}

fn sign(outcome: &Outcome, theme: &Theme) -> (&'static str, Meaning) {
    let symbols = theme.symbols();
    match outcome {
        Outcome::Published => (symbols.ok, Meaning::Ok),
        Outcome::Repeated => (symbols.ok, Meaning::Done),
        Outcome::NotSent(_) => (symbols.failed, Meaning::Failed),
        Outcome::Unknown(_) => (symbols.unknown, Meaning::Waiting),
    }
}

fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Published => "sent",
        Outcome::Repeated => "there already",
        Outcome::NotSent(_) => "not sent",
        Outcome::Unknown(_) => "unknown",
    }
}

/// The time of today, else the day with it.
fn time(sent: &Sent, app: &App) -> String {
    let (date, time) = (app.clock.date(sent.at), app.clock.time(sent.at));
    if date == app.clock.date(app.clock.now) {
        time
    } else {
        format!("{date} {}", &time[..time.floor_char_boundary(5)])
    }
}

fn tenant(sent: &Sent, app: &App) -> String {
    app.monitor.labels().show(sent.tenant.as_str())
}

/// What is known of the line under the cursor, in three lines at most.
fn about<'t>(shelf: &Shelf, (cells, app): (usize, &App), theme: &'t Theme) -> Vec<Words<'t>> {
    let line = |text: &str, meaning| Words::new(theme).put(cut_safe(text, cells), meaning);
    // In two lines at most.
    let lines = |text: &str, meaning| {
        let mut parts = folded(&cut_safe(text, 2 * cells), cells);
        if parts.len() > 2 {
            // Words that were not broken took more room.
            let rest = parts.split_off(1).join(" ");
            parts.push(cut_end(&rest, cells).into_owned());
        }
        parts.into_iter().map(|part| Words::new(theme).put(part, meaning)).collect::<Vec<_>>()
    };
    if let Some(template) = shelf.template() {
        let open = key_for_here(app, Action::OpenEditor);
        let (told, meaning) = match (&template.read, template.is_unsaved) {
            (_, true) => (
                format!("your editor left another text of it, which is not kept: {open} goes on with it"),
                Meaning::Waiting,
            ),
            (Err(why), false) => (why.what.clone(), Meaning::Failed),
            (Ok(read), false) => {
                let labels = read.labels();
                let asks = if labels.is_empty() {
                    "asks for nothing".to_owned()
                } else {
                    format!("asks for {}", labels.join(", "))
                };
                let tenant = read
                    .tenant
                    .as_ref()
                    .map(|it| format!("   tenant {}", app.monitor.labels().show(it)))
                    .unwrap_or_default();
                let channel = read.channel.as_ref().map(|it| format!("   channel {it}")).unwrap_or_default();
                (format!("{asks}{tenant}{channel}"), Meaning::Text)
            }
        };
        let mut said = lines(&told, meaning);
        said.push(line(&template.stored.place, Meaning::Dim));
        return said;
    }
    let Some(sent) = shelf.sent() else { return vec![line(&shelf.place, Meaning::Dim)] };
    let place = match (&sent.entry, &sent.stream) {
        (Some(entry), Some(stream)) => format!("   {entry}   {}", stream.as_str()),
        _ => String::new(),
    };
    let secrets = match sent.redacted.len() as u64 {
        0 => String::new(),
        n => format!("   {} not kept", plural(n, "secret", "secrets")),
    };
    let mut said = vec![line(&format!("{}{place}{secrets}", sent.event), Meaning::Text)];
    said.extend(if let Some(why) = sent.outcome.why() {
        lines(why, sign(&sent.outcome, theme).1)
    } else {
        let redacted = app.redacting.elsewhere().payload(&sent.payload);
        lines(redacted.as_ref().map_or(&sent.payload, |redacted| &redacted.text), Meaning::Dim)
    });
    said
}

/// What the key for `action` is called in the list.
fn key_for_here(app: &App, action: Action) -> String {
    let bindings = app.setup.keymap.bindings(app.contexts());
    let binding = bindings.iter().find(|binding| binding.action == action);
    binding.and_then(|binding| binding.keys.first()).map_or_else(String::new, ToString::to_string)
}

/// Nothing is in it: why, which key makes something, and where it would lie.
fn draw_empty(frame: &mut Frame<'_>, area: Rect, (shelf, app): (&Shelf, &App), theme: &Theme) {
    let key = |action| key_for(app, action).unwrap_or_else(|| "a key".to_owned());
    let place = display_safe(&shelf.place).into_owned();
    let mut parts = match &shelf.kept {
        Kept::Templates(_) => vec![
            (format!("{} There are no templates yet.", theme.symbols().none), Meaning::Text),
            (
                format!(
                    "{} keeps what is composed as one, under a name. In its payload {{{{uuid}}}}, {{{{now}}}}, {{{{tenant}}}}, {{{{number}}}} and {{{{prompt:label}}}} are filled in when it is used: here with Enter, or by `tidings publish --template NAME`.",
                    key(Action::SaveTemplate)
                ),
                Meaning::Text,
            ),
            (format!("They lie in {place}."), Meaning::Dim),
        ],
        Kept::Sent(_) => vec![
            (format!("{} Nothing was sent yet in this context.", theme.symbols().none), Meaning::Text),
            (
                format!(
                    "{} shows what would be sent, and asks. What is sent from here, or by `tidings publish`, is then in this list, without its secrets: Enter starts from it again.",
                    key(Action::Review)
                ),
                Meaning::Text,
            ),
            (format!("It lies in {place}."), Meaning::Dim),
        ],
    };
    if shelf.unread > 0 {
        let told = format!("Left out: {} that cannot be read.", plural(shelf.unread, "line", "lines"));
        parts.insert(1, (told, Meaning::Failed));
    }
    let cells = 76.min(usize::from(area.width).saturating_sub(4)).saturating_sub(4);
    let mut lines: Vec<(String, Meaning)> = Vec::new();
    for (at, (text, meaning)) in parts.into_iter().enumerate() {
        if at > 0 {
            lines.push((String::new(), Meaning::Text));
        }
        lines.extend(folded(&text, cells).into_iter().map(|line| (line, meaning)));
    }
    let close = format!("{} closes this", key_for_here(app, Action::Back));
    let inside =
        frame_around(frame, middle(area, cells + 4, lines.len() + 2), (shelf.title(), &close), theme);
    let inside = Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside };
    cover(app, inside);
    for (at, (text, meaning)) in lines.into_iter().enumerate() {
        Words::new(theme).put(text, meaning).draw(frame, row(inside, at));
    }
}
