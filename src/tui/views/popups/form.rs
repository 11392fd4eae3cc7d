//! What is asked before anything is done to failed events.
//!
//! ```text
//! ┌─ Retry plan ────────────────────────────────────────────────────────────┐
//! │ 412 events, frozen 14:02:31   (+6 since: not in this plan)              │
//! │ tenant   Acme MSP 380 · Northwind IT 32                                 │
//! │ error    SMTP 451 greylisted for <uuid> 400 · time-out 12               │
//! │ age      2 m to 3 h                                                     │
//! │ reaches  ticket-email 412                                               │
//! │                                                                         │
//! │ runs     (●) failed handlers   ( ) all handlers   ( ) as a new event    │
//! │ pace     (●) at once  ( ) ramp 1,5,25 stop 20%  ( ) 5/s  ( ) 50/s       │
//! │ reason   mail server is back                                            │
//! │                                              [ Cancel ]    Retry 412    │
//! └─────────────────────────────────────────────────────────────────────────┘
//! ```

use ratatui::Frame;
use ratatui::layout::Rect;

use super::form_lines::{Line, lines};
use super::form_words::{go, range_words, runs_words, title, which};
use super::{cover, middle, most_lines};
use crate::text::{count, display_safe, width};
use crate::tui::app::sending::{FileDraft, SendDraft};
use crate::tui::app::{App, Extent, Form, Pane, Part, Popup, RUNS, Slot, What, paces};
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::{TextField, Words, field, frame_around, mark_sign, row, span};

/// Cells of a form, where there is room.
const WIDE: usize = 92;
/// Cells of what stands before a choice or a field.
pub(super) const LABEL: usize = 9;
/// Lines of the frame, and the blank one above the choices.
const AROUND: usize = 3;

/// The cells of a line.
fn cells(area: Rect) -> usize {
    WIDE.min(usize::from(area.width).saturating_sub(4)).saturating_sub(4)
}

/// Lines below what is said: the choices, the fields and the buttons.
fn below(form: &Form) -> usize {
    (form.slots().len() - 1).max(1)
}

/// How many lines are said, and how many of them fit.
pub(super) fn extent(area: Rect, (form, app): (&Form, &App)) -> Extent {
    let lines = lines(form, cells(area), app, ".").len();
    let page = usize::from(most_lines(area)).saturating_sub(AROUND + below(form)).min(lines);
    Extent { lines, page, columns: cells(area), width: cells(area) }
}

/// The path of a file that is offered in line `row` of what is said.
pub(super) fn offer_in(area: Rect, form: &Form, row: usize) -> Option<&str> {
    match &form.what {
        What::File(draft) => super::file_lines::offer_in(draft, cells(area), row),
        _ => None,
    }
}

/// Draws it.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, (form, app): (&Form, &App), theme: &Theme) {
    let symbols = theme.symbols();
    let cells = cells(area);
    let lines: Vec<Line> = lines(form, cells, app, symbols.dot);
    let page = extent(area, (form, app)).page;
    let top = form.top.min(lines.len().saturating_sub(page));
    let left = lines.len().saturating_sub(top + page);
    let more = |sign: &str, lines: usize| (lines > 0).then(|| format!("{sign} {}", count(lines as u64)));
    let more = [more(symbols.up, top), more(symbols.more, left)];
    let note = more.into_iter().flatten().collect::<Vec<_>>().join("  ");
    let place = middle(area, cells + 4, page + AROUND + below(form));
    let inside = frame_around(frame, place, (title(form), &note), theme);
    let inside = Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside };
    cover(app, inside);
    let said = Rect { height: u16::try_from(page).unwrap_or(u16::MAX).min(inside.height), ..inside };
    app.areas.add(said, Part::Rows(Pane::Said, top));
    for (at, line) in lines.iter().skip(top).take(page).enumerate() {
        let words =
            Words::new(theme).put(line.label.clone(), Meaning::Dim).put(line.text.clone(), line.meaning);
        words.draw(frame, row(inside, at));
    }
    let slots = form.slots();
    for (at, slot) in slots.iter().take(below(form)).enumerate() {
        let place = row(inside, page + 1 + at);
        if !matches!(slot, Slot::Cancel | Slot::Go) {
            app.areas.add(place, Part::Slot(*slot));
            let label = u16::try_from(LABEL).unwrap_or(place.width).min(place.width);
            let typed = Rect { x: place.x + label, width: place.width - label, ..place };
            app.areas.add(typed, Part::Typed(Some(*slot), 0));
        }
        draw_slot(frame, place, (*slot, form, app), theme);
    }
}

fn draw_slot(frame: &mut Frame<'_>, place: Rect, (slot, form, app): (Slot, &Form, &App), theme: &Theme) {
    let has_keys = form.focus == slot;
    let typed = (has_keys, slot, app);
    let label = |text: &str| slot_label(text, has_keys, theme);
    if has_keys && slot != Slot::Cancel {
        mark_sign(frame, place, true, theme);
    }
    match (slot, &form.what) {
        (Slot::Runs, What::Retry(draft)) => {
            let choices = RUNS.map(|runs| (runs_words(runs).to_owned(), runs == draft.plan.runs));
            radio(frame, place, (label("runs"), &choices, slot, app), theme);
        }
        (Slot::Pace, What::Retry(draft)) => {
            let choices = paces().map(|pace| {
                let is_chosen = pace == draft.plan.pace;
                (pace.to_string().replace('-', " "), is_chosen)
            });
            radio(frame, place, (label("pace"), &choices, slot, app), theme);
        }
        (Slot::Force, What::Release { force, .. }) => {
            let choices = [
                ("only stuck ones".to_owned(), !force),
                ("also running ones, which may run twice".to_owned(), *force),
            ];
            radio(frame, place, (label("which"), &choices, slot, app), theme);
        }
        (Slot::Which, What::Export(draft)) => {
            let choices = which(draft, "all that is shown,");
            radio(frame, place, (label("which"), &choices, slot, app), theme);
        }
        (Slot::Which, What::ExportEvents(draft)) => {
            let choices: Vec<_> = draft
                .ranges()
                .into_iter()
                .map(|range| (range_words(draft, range), range == draft.range))
                .collect();
            radio(frame, place, (label("which"), &choices, slot, app), theme);
        }
        (Slot::Since, What::ExportEvents(draft)) => {
            let hint = "14:02, -2h, yesterday 14:02, 2026-11-28, an entry id";
            draw_field(frame, place, (label("back to"), Some(&draft.since), hint, typed), theme);
        }
        (_, What::Send(draft)) if draw_of_send(frame, place, (slot, form, draft, app), theme) => {}
        (_, What::File(draft)) if draw_of_file(frame, place, (slot, form, draft, app), theme) => {}
        (Slot::File, What::Shelf(ask)) => {
            let name = display_safe(&ask.label()).into_owned();
            draw_field(frame, place, (label(&name), form.file.as_ref(), "", typed), theme);
        }
        (Slot::File, _) => {
            let hint = "a file name";
            draw_field(frame, place, (label("file"), form.file.as_ref(), hint, typed), theme);
        }
        (Slot::Reason, _) => {
            let hint = if form.needs_reason {
                "why: the journal keeps it; asked for here"
            } else {
                "why: the journal keeps it"
            };
            draw_field(frame, place, (label("reason"), form.reason.as_ref(), hint, typed), theme);
        }
        (Slot::Typed, _) => {
            let hint = format!("type {} to go on", form.count());
            draw_field(frame, place, (label("number"), form.typed.as_ref(), &hint, typed), theme);
        }
        // Cancel and Go share a line.
        _ => buttons(frame, place, (form, app), theme),
    }
}

/// What there is to choose before one event is sent, or copies of it; false where it is none of that.
fn draw_of_send(
    frame: &mut Frame<'_>,
    place: Rect,
    (slot, form, draft, app): (Slot, &Form, &SendDraft, &App),
    theme: &Theme,
) -> bool {
    let has_keys = form.focus == slot;
    let label = |text: &str| slot_label(text, has_keys, theme);
    match slot {
        Slot::Override => {
            let choices = [
                ("as its schema says".to_owned(), !draft.overrides),
                ("send although it does not fit".to_owned(), draft.overrides),
            ];
            radio(frame, place, (label("schema"), &choices, slot, app), theme);
        }
        Slot::Fill => {
            let fills = draft.fills == Some(true);
            let choices = [
                ("filled in, anew for each copy".to_owned(), fills),
                ("as they are typed".to_owned(), !fills),
            ];
            radio(frame, place, (label("{{..}}"), &choices, slot, app), theme);
        }
        Slot::Workflow => {
            let choice = |text: &str, copy| (text.to_owned(), draft.workflow == Some(copy));
            let choices = [
                choice("as the context has it", None),
                choice("with a flat copy", Some(true)),
                choice("without", Some(false)),
            ];
            radio(frame, place, (label("workflow"), &choices, slot, app), theme);
        }
        Slot::Copies => {
            let hint =
                format!("1 to {}, each with an id of its own", count(crate::tui::app::sending::MOST_COPIES));
            draw_field(
                frame,
                place,
                (label("copies"), Some(&draft.copies), &hint, (has_keys, slot, app)),
                theme,
            );
        }
        Slot::Rate => {
            let hint = "as fast as they are taken; or so many copies a second";
            draw_field(frame, place, (label("rate"), Some(&draft.rate), hint, (has_keys, slot, app)), theme);
        }
        _ => return false,
    }
    true
}

/// Draws a slot that only the form of a file of events has; false of another one.
fn draw_of_file(
    frame: &mut Frame<'_>,
    place: Rect,
    (slot, form, draft, app): (Slot, &Form, &FileDraft, &App),
    theme: &Theme,
) -> bool {
    let has_keys = form.focus == slot;
    let label = |text: &str| slot_label(text, has_keys, theme);
    match slot {
        Slot::BadLines => {
            let choices = [
                ("send nothing while there are some".to_owned(), !draft.skips_bad),
                ("pass over them".to_owned(), draft.skips_bad),
            ];
            radio(frame, place, (label("bad ones"), &choices, slot, app), theme);
        }
        Slot::BadFile => {
            let hint = "a new file for the bad lines; without one they are listed only";
            draw_field(
                frame,
                place,
                (label("bad into"), Some(&draft.bad_file), hint, (has_keys, slot, app)),
                theme,
            );
        }
        Slot::Rate => {
            let hint = "as fast as they are taken; or so many events a second";
            draw_field(frame, place, (label("rate"), Some(&draft.rate), hint, (has_keys, slot, app)), theme);
        }
        Slot::File => {
            let hint = "the path of a file; Tab completes it, ~ is home";
            draw_field(frame, place, (label("file"), form.file.as_ref(), hint, (has_keys, slot, app)), theme);
        }
        _ => return false,
    }
    true
}

fn slot_label<'t>(text: &str, has_keys: bool, theme: &'t Theme) -> Words<'t> {
    Words::new(theme).left(text, LABEL, if has_keys { Meaning::Accent } else { Meaning::Dim })
}

fn draw_field(
    frame: &mut Frame<'_>,
    place: Rect,
    (label, text, hint, (has_keys, slot, app)): (
        Words<'_>,
        Option<&crate::tui::app::Field>,
        &str,
        (bool, Slot, &App),
    ),
    theme: &Theme,
) {
    let Some(text) = text else { return };
    let before = u16::try_from(label.cells()).unwrap_or(0).min(place.width);
    let rest = Rect { x: place.x + before, width: place.width - before, ..place };
    if has_keys {
        label.draw(frame, place);
        let noted = (&app.areas, Some(slot));
        return field(frame, rest, &TextField { field: text, placeholder: hint, noted }, theme);
    }
    let (shown, meaning) = match text.text() {
        "" => (hint.to_owned(), Meaning::Dim),
        text => (display_safe(text).into_owned(), Meaning::Text),
    };
    label.put(shown, meaning).draw(frame, place);
}

/// `( ) at once   (●) ramp`; where not all of them fit, the chosen one and which it is: `(●) ramp  2 of 5`.
fn radio(
    frame: &mut Frame<'_>,
    place: Rect,
    (label, choices, slot, app): (Words<'_>, &[(String, bool)], Slot, &App),
    theme: &Theme,
) {
    let has_keys = matches!(&app.popup, Some(Popup::Form(form)) if form.focus == slot);
    let chosen = choices.iter().position(|(_, is_chosen)| *is_chosen);
    let mut words = label;
    // A sign in brackets and a blank before each, and three between them, so that none belongs to the wrong text; one
    // where that is what lets all of them stand there.
    let texts = choices.iter().map(|(text, _)| width(text) + 4).sum::<usize>();
    let needed = |gap: usize| words.cells() + texts + gap * choices.len().saturating_sub(1);
    let gap = [3, 2, 1].into_iter().find(|gap| needed(*gap) <= usize::from(place.width));
    let fits = gap.is_some();
    for (at, (text, is_chosen)) in choices.iter().enumerate() {
        if !fits && at != chosen.unwrap_or(0) {
            continue;
        }
        words = words.gap(gap.filter(|_| at > 0).unwrap_or(0));
        let (sign, meaning) = match (is_chosen, has_keys) {
            (true, true) => (theme.symbols().live, Meaning::Selection),
            (true, false) => (theme.symbols().live, Meaning::Text),
            (false, _) => (" ", Meaning::Dim),
        };
        let before = words.cells();
        words = words.put(format!("({sign}) {text}"), meaning);
        let behind = at.cast_signed() - chosen.unwrap_or(at).cast_signed();
        app.areas.add(span(place, before, words.cells()), Part::Choice(slot, behind));
    }
    if !fits {
        // What is behind it is pressed as the next one.
        let before = words.cells();
        let of = format!("{} of {}", chosen.unwrap_or(0) + 1, choices.len());
        words = words.gap(2).put(of, Meaning::Dim);
        let next = if chosen.is_some_and(|chosen| chosen + 1 < choices.len()) {
            1
        } else {
            1 - choices.len().cast_signed()
        };
        app.areas.add(span(place, before, words.cells()), Part::Choice(slot, next));
    }
    words.draw(frame, place);
}

fn buttons(frame: &mut Frame<'_>, place: Rect, (form, app): (&Form, &App), theme: &Theme) {
    let button = |text: &str, slot: Slot, meaning: Meaning| {
        if form.focus == slot {
            Words::new(theme).put(format!("[ {text} ]"), Meaning::Selection)
        } else {
            Words::new(theme).put(format!("  {text}  "), meaning)
        }
    };
    let meaning = if form.objection(&app.clock).is_some() { Meaning::Dim } else { Meaning::Text };
    let cancel = match form.what {
        What::Leave | What::Switch(_) => "Stay",
        What::Unsent => "Close",
        _ => "Cancel",
    };
    let mut words = button(cancel, Slot::Cancel, Meaning::Text);
    let cancel = words.cells();
    if form.slots().contains(&Slot::Go) {
        words = words.gap(2).then(button(&go(form), Slot::Go, meaning));
    }
    let before = usize::from(place.width).saturating_sub(words.cells());
    app.areas.add(span(place, before, before + cancel), Part::Button(Slot::Cancel));
    app.areas.add(span(place, before + cancel + 2, before + words.cells()), Part::Button(Slot::Go));
    words.draw_right(frame, place);
}
