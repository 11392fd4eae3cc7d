//! The form that asks before anything is done, and the editor of a payload.

use super::{export, failed, file, send, shelf};
use crate::text::display_safe;
use crate::tui::app::{App, EditedDraft, Field, Form, Popup, RUNS, Slot, View, What, paces};
use crate::tui::effect::Effect;
use crate::tui::effect::Question;

/// Goes to another part of the form.
pub(super) fn step(app: &mut App, by: isize) -> Vec<Effect> {
    let Some(Popup::Form(form)) = &mut app.popup else { return Vec::new() };
    let leaves_file = form.focus == Slot::File && matches!(form.what, What::File(_));
    form.step(by);
    if leaves_file { file::look(app, false) } else { Vec::new() }
}

/// Gives the keys to a part of the form.
pub(super) fn point(app: &mut App, slot: Slot) -> Vec<Effect> {
    let Some(Popup::Form(form)) = &mut app.popup else { return Vec::new() };
    let leaves_file = form.focus == Slot::File && slot != Slot::File && matches!(form.what, What::File(_));
    if form.focus != slot {
        file::drop_offers(form);
    }
    form.focus = slot;
    if leaves_file { file::look(app, false) } else { Vec::new() }
}

/// Changes a field of the form.
pub(super) fn edit(form: &mut Form, change: impl FnOnce(&mut Field) -> bool) {
    if let Some(field) = form.field() {
        change(field);
    }
    file::drop_offers(form);
    form.renew_typed();
}

/// Shows the exact commands, or hides them.
pub(super) fn commands(app: &mut App) {
    if let Some(Popup::Form(form)) = &mut app.popup {
        form.shows_commands = !form.shows_commands;
        // They come last; what is beyond the end is put right later.
        form.top = if form.shows_commands { usize::MAX } else { 0 };
    }
}

/// The next of `all` after `now`, or the one before.
fn turned<T: PartialEq + Clone>(all: &[T], now: &T, by: isize) -> Option<T> {
    let at = all.iter().position(|known| known == now).unwrap_or(0);
    all.get((at + all.len()).saturating_add_signed(by) % all.len().max(1)).cloned()
}

/// Changes the choice that has the keys.
pub(super) fn change(app: &mut App, by: isize) -> Vec<Effect> {
    let Some(Popup::Form(form)) = &mut app.popup else { return Vec::new() };
    match (form.focus, &mut form.what) {
        (_, What::Unsent) => {}
        (Slot::Cancel | Slot::Go, _) => {
            form.focus = if form.focus == Slot::Cancel { Slot::Go } else { Slot::Cancel };
        }
        (Slot::Runs, What::Retry(draft)) => {
            draft.plan.runs = turned(&RUNS, &draft.plan.runs, by).unwrap_or_default();
            return failed::foresee(app);
        }
        (Slot::Pace, What::Retry(draft)) => {
            draft.plan.pace = turned(&paces(), &draft.plan.pace, by).unwrap_or_default();
        }
        (Slot::Which, What::Export(draft)) => draft.takes_shown = !draft.takes_shown,
        (Slot::BadLines, What::File(draft)) => draft.skips_bad = !draft.skips_bad,
        (Slot::Which, What::ExportEvents(draft)) => {
            let range = turned(&draft.ranges(), &draft.range, by).unwrap_or(draft.range);
            draft.choose(range);
        }
        (Slot::Force, What::Release { force, .. }) => *force = !*force,
        (Slot::Override | Slot::Fill | Slot::Workflow, What::Send(_)) => return send::turn(app, by),
        _ => {}
    }
    Vec::new()
}

/// Enter: does what has the keys.
pub(super) fn choose(app: &mut App) -> Vec<Effect> {
    let Some(Popup::Form(form)) = &mut app.popup else { return Vec::new() };
    match form.focus {
        Slot::Cancel => {
            close(app);
            Vec::new()
        }
        Slot::Go => {
            if let Some(why) = form.objection(&app.clock) {
                if let Some(slot) = form.objects_to(&app.clock) {
                    form.focus = slot;
                }
                app.tell(why);
                return Vec::new();
            }
            // What it is about may be forbidden by now.
            let verb = verb(&form.what);
            if let Some(Err(why)) = verb.map(|verb| app.rights.allow(verb)) {
                app.tell(why);
                return Vec::new();
            }
            match app.popup.take() {
                Some(Popup::Form(form)) if matches!(form.what, What::Shelf(_)) => {
                    shelf::done_asking(app, *form)
                }
                Some(Popup::Form(form)) if matches!(form.what, What::Send(_)) => send::choose(app, *form),
                Some(Popup::Form(form)) if matches!(form.what, What::File(_)) => file::choose(app, *form),
                Some(Popup::Form(form)) if matches!(form.what, What::ExportEvents(_)) => {
                    export::begin(app, *form)
                }
                Some(Popup::Form(form)) => failed::choose(app, *form),
                _ => Vec::new(),
            }
        }
        Slot::File if matches!(form.what, What::File(_)) => {
            // What it holds decides what can be done.
            form.focus = if form.file.as_ref().is_some_and(|file| file.text().trim().is_empty()) {
                Slot::File
            } else {
                Slot::Cancel
            };
            file::look(app, true)
        }
        _ => step(app, 1),
    }
}

fn verb(what: &What) -> Option<crate::bus::Verb> {
    use crate::bus::Verb;
    match what {
        What::Retry(_) | What::Edited(_) => Some(Verb::Retry),
        What::Discard(_) => Some(Verb::Discard),
        What::Release { .. } => Some(Verb::Release),
        What::Export(_)
        | What::ExportEvents(_)
        | What::CancelPlan
        | What::Leave
        | What::Switch(_)
        | What::Anew
        | What::RevealAll
        | What::Send(_)
        | What::File(_)
        | What::Unsent
        | What::Shelf(_) => None,
    }
}

/// Closes the form: back to the editor, where it was opened from there. Esc in a field leaves the field first.
pub(super) fn close(app: &mut App) {
    let Some(Popup::Form(form)) = &mut app.popup else { return };
    if form.has_field() {
        form.focus = Slot::Cancel;
        return;
    }
    if matches!(form.what, What::Shelf(_)) {
        return shelf::come_back(app);
    }
    let is_edited = matches!(form.what, What::Edited(_));
    app.popup = (is_edited && app.draft.is_some()).then_some(Popup::Edit);
}

/// Scrolls what the form shows.
pub(super) fn scroll(app: &mut App, to: super::movement::Movement) {
    let extent = crate::tui::views::popups::form(app);
    if let Some(Popup::Form(form)) = &mut app.popup {
        form.top = to.target(form.top, extent.lines.saturating_sub(extent.page) + 1, extent.page);
    }
}

/// Keeps what is shown within what there is.
pub(super) fn settle(app: &mut App) {
    if let Some(Popup::Form(form)) = &mut app.popup
        && !matches!(form.focus, Slot::File | Slot::BadFile)
    {
        file::drop_offers(form);
    }
    let extent = crate::tui::views::popups::form(app);
    if let Some(Popup::Form(form)) = &mut app.popup {
        form.top = form.top.min(extent.lines.saturating_sub(extent.page));
    }
}

/// A key for the editor.
pub(super) fn type_in(app: &mut App, key: crossterm::event::KeyEvent) {
    let Some(draft) = &mut app.draft else { return };
    if draft.area.input(key) {
        draft.check(app.schemas.0.as_deref());
    }
}

/// Pasted text, for the editor.
pub(super) fn paste(app: &mut App, text: &str) {
    let Some(draft) = &mut app.draft else { return };
    if draft.area.insert_str(text.replace("\r\n", "\n").replace('\r', "\n")) {
        draft.check(app.schemas.0.as_deref());
    }
}

/// Opens the text in an editor of the person's own.
pub(super) fn open_editor(app: &mut App) -> Vec<Effect> {
    let Some(draft) = &app.draft else { return Vec::new() };
    vec![Effect::EditText { text: draft.typed(), suffix: ".json" }]
}

/// What the editor left of the text; where it left nothing, the text stays as it was.
pub(super) fn edited(app: &mut App, answer: Result<String, String>) {
    let (Some(draft), Some(Popup::Edit)) = (&mut app.draft, &app.popup) else { return };
    match answer {
        Ok(text) if draft.replace(&text) => draft.check(app.schemas.0.as_deref()),
        Ok(_) => app.tell("nothing was changed in the editor"),
        Err(why) => app.tell(format!("the text is as it was: {}", display_safe(&why))),
    }
}

/// Shows what was changed, before it is sent.
pub(super) fn review(app: &mut App) -> Vec<Effect> {
    let Some(draft) = &app.draft else { return Vec::new() };
    if !draft.is_changed() {
        app.tell("nothing was changed: Esc closes it, and r retries the event as it is");
        return Vec::new();
    }
    let after = match draft.event_as_typed() {
        Ok(event) => event,
        Err(why) => {
            app.tell(why);
            return Vec::new();
        }
    };
    let edited = EditedDraft {
        event: draft.event.clone(),
        before: draft.before.clone(),
        after,
        faults: draft.faults.clone(),
        commands: Vec::new(),
    };
    let question = Question {
        plan: edited.event.at.to_string(),
        events: Vec::new(),
        runs: edited.order().runs,
        order: edited.order(),
        because: crate::bus::Because { who: app.setup.who.clone(), ..Default::default() },
    };
    let form = Form::new(What::Edited(Box::new(edited)), app.context.production);
    app.popup = Some(Popup::Form(Box::new(form)));
    vec![Effect::Foresee(Box::new(question))]
}

/// Holds the plan, or goes on with it.
pub(super) fn pause_plan(app: &mut App) -> Vec<Effect> {
    let Some(plan) = &mut app.plan else { return Vec::new() };
    plan.is_held = !plan.is_held;
    vec![if plan.is_held { Effect::PausePlan } else { Effect::ResumePlan }]
}

/// Asks whether the plan is to be ended; one that retries no more is hidden.
pub(super) fn cancel_plan(app: &mut App) {
    if let Some(plan) = app.plan.as_mut().filter(|plan| !plan.is_retrying()) {
        plan.is_hidden = true;
        return;
    }
    app.popup = Some(Popup::Form(Box::new(Form::new(What::CancelPlan, false))));
}

/// How far the plan has come.
pub(super) fn progress(app: &mut App, progress: crate::plan::Progress) {
    let Some(plan) = app.plan.as_mut().filter(|plan| plan.progress.plan == progress.plan) else { return };
    plan.progress = progress;
    let is_over = plan.progress.phase.is_over();
    // An end that is not well is told at once; a good one when all is known.
    let is_bad = is_over && plan.progress.phase != crate::plan::Phase::Finished;
    if !plan.is_told && (is_bad || plan.progress.is_settled()) {
        plan.is_told = true;
        let outcome = plan.outcome();
        app.tell(outcome);
    }
    if app.view == View::Failed && is_over {
        app.failed.reading.hurry();
    }
}

/// Whether a form is open.
pub(super) fn is_open(app: &App) -> bool {
    matches!(app.popup, Some(Popup::Form(_)))
}
