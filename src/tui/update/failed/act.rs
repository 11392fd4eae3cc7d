//! What can be done to failed events: which of them, and what is asked before.

use std::sync::Arc;

use crate::bus::{Because, DiscardOrder, FailedEvent};
use crate::event::FailedState;
use crate::plan::{Pace, Plan, Summary};
use crate::text::{age, count, plural};
use crate::tui::app::{
    App, Chosen, Draft, Form, Origin, Popup, RetryDraft, RunningPlan, What, can_be_released, can_be_retried,
    errors_in_common, marked_hidden,
};
use crate::tui::effect::{Deed, Effect, ExitReason, Question};
use crate::tui::update::{compose, reveal};

/// Those that fit, and why the others are left out.
fn fitting(
    events: Vec<Arc<FailedEvent>>,
    hidden: usize,
    fits: fn(&FailedEvent) -> bool,
    why: &str,
) -> (Vec<Arc<FailedEvent>>, Vec<String>) {
    let (fitting, others): (Vec<_>, Vec<_>) = events.into_iter().partition(|event| fits(event));
    let mut notes = Vec::new();
    if hidden > 0 {
        notes.push(marked_hidden(hidden));
    }
    if !others.is_empty() {
        let more = plural(others.len() as u64, "more is left out", "more are left out");
        notes.push(format!("{more}: {why}"));
    }
    (fitting, notes)
}

/// On whose behalf something is done.
fn because(app: &App, reason: Option<String>) -> Because {
    Because { who: app.setup.who.clone(), plan: None, reason }
}

/// Makes a plan of what is selected.
pub(in crate::tui::update) fn retry(app: &mut App) -> Vec<Effect> {
    super::end_range(app);
    let (events, hidden) = app.failed.selected();
    let (beyond, origin) = (beyond_group(app), origin(app));
    plan_of(app, (events, hidden), beyond, origin)
}

/// What is selected is taken from a group, or one by one.
fn origin(app: &App) -> Origin {
    let failed = &app.failed;
    let cursor = failed.open_table().cursor.filter(|_| failed.marks.is_empty() && failed.detail.is_none());
    let group = cursor.and_then(|at| failed.group_in(at));
    group.map_or(Origin::Named, |group| Origin::Group(group.key.clone()))
}

/// Makes a plan of everything that is shown.
pub(in crate::tui::update) fn retry_all(app: &mut App) -> Vec<Effect> {
    let events = app.failed.shown();
    let beyond = beyond_memory(app);
    let origin = app.failed.group.as_ref().map_or(Origin::Shown, |open| Origin::Group(open.key.clone()));
    plan_of(app, (events, 0), beyond, origin)
}

/// What a selection by what is shown leaves out because it is not known here.
fn beyond_memory(app: &App) -> Option<String> {
    let list = &app.failed.list;
    if list.not_kept() > 0 {
        let n = plural(list.not_kept(), "more is", "more are");
        return Some(format!("{n} not in memory: left out; `tidings failed` acts on all of them"));
    }
    (!list.is_complete()).then(|| "what was not read yet is left out".to_owned())
}

/// The same, where a group is selected.
fn beyond_group(app: &App) -> Option<String> {
    let failed = &app.failed;
    (failed.marks.is_empty() && failed.shows_groups()).then(|| beyond_memory(app)).flatten()
}

fn plan_of(
    app: &mut App,
    (events, hidden): (Vec<Arc<FailedEvent>>, usize),
    beyond: Option<String>,
    origin: Origin,
) -> Vec<Effect> {
    if app.plan.as_ref().is_some_and(RunningPlan::is_retrying) {
        app.tell("a retry plan is running: wait for its end, or X ends it");
        return Vec::new();
    }
    let why = "a retry is for dead letters and waiting retries";
    let (events, notes) = fitting(events, hidden, can_be_retried, why);
    if events.is_empty() {
        app.tell("none of these can be retried: a retry is for dead letters and waiting retries");
        return Vec::new();
    }
    let mut notes = notes;
    notes.extend(beyond);
    let invalid = events.iter().filter(|event| event.state == FailedState::Invalid).count();
    if invalid > 0 {
        let (one, more) = ("is invalid: it fails again as it is", "are invalid: they fail again as they are");
        notes.push(format!("{}; e edits one before it is retried", plural(invalid as u64, one, more)));
    }
    let mut plan = Plan::freeze(&events, app.clock.now, &app.setup.who);
    plan.pace = if plan.items.len() > 1 { Pace::ramp() } else { Pace::AtOnce };
    let errors = errors_in_common(&plan.summary);
    let (foreseen, commands) = (None, Vec::new());
    let draft = RetryDraft { plan, events, foreseen, commands, origin, late: 0, errors, notes };
    app.popup = Some(Popup::Form(Box::new(Form::new(What::Retry(Box::new(draft)), app.context.production))));
    foresee(app)
}

/// Asks what the plan in the form would do.
pub(in crate::tui::update) fn foresee(app: &mut App) -> Vec<Effect> {
    let Some(Popup::Form(form)) = &mut app.popup else { return Vec::new() };
    let What::Retry(draft) = &mut form.what else { return Vec::new() };
    draft.foreseen = None;
    let Some(first) = draft.plan.items.first() else { return Vec::new() };
    vec![Effect::Foresee(Box::new(Question {
        plan: draft.plan.id.clone(),
        events: draft.events.clone(),
        runs: draft.plan.runs,
        order: draft.plan.order(first),
        because: draft.plan.because(),
    }))]
}

fn chosen(app: &App, fits: fn(&FailedEvent) -> bool, why: &str) -> Chosen {
    let (events, hidden) = app.failed.selected();
    let (events, mut notes) = fitting(events, hidden, fits, why);
    notes.extend(beyond_group(app));
    let summary = Summary::of(events.iter().map(AsRef::as_ref), app.clock.now);
    let errors = errors_in_common(&summary);
    Chosen { events, summary, errors, notes }
}

/// Asks whether what is selected is to be put aside.
pub(in crate::tui::update) fn discard(app: &mut App) {
    super::end_range(app);
    let chosen = chosen(app, can_be_retried, "only dead letters and waiting retries can be put aside");
    if chosen.events.is_empty() {
        return app.tell("none of these can be discarded: only dead letters and waiting retries can be");
    }
    app.popup = Some(Popup::Form(Box::new(Form::new(What::Discard(chosen), app.context.production))));
}

/// Asks whether what is selected is to be offered again.
pub(in crate::tui::update) fn release(app: &mut App) {
    super::end_range(app);
    let mut chosen = chosen(app, can_be_released, "only what is pending can be offered again");
    if chosen.events.is_empty() {
        return app.tell("none of these is pending: r retries dead letters");
    }
    let not_stuck: Vec<_> = chosen.events.iter().filter(|event| event.state != FailedState::Stuck).collect();
    if !not_stuck.is_empty() {
        let n = not_stuck.len() as u64;
        let (are, they) = if n == 1 { ("is", "it may run twice") } else { ("are", "they may run twice") };
        let heard = not_stuck.iter().filter_map(|event| event.idle).min();
        let heard = match heard.map(age).as_deref() {
            None => String::new(),
            Some("now") => ", who was last heard of just now".to_owned(),
            Some(age) => format!(", who was last heard of {age} ago"),
        };
        chosen.notes.push(format!(
            "{} {are} not stuck: somebody may be at work{heard}. Only 'also running ones' releases what is not stuck, \
             and then {they}",
            count(n)
        ));
    }
    let what = What::Release { chosen, force: false };
    app.popup = Some(Popup::Form(Box::new(Form::new(what, app.context.production))));
}

/// Puts back what was discarded last.
pub(in crate::tui::update) fn undo(app: &mut App) -> Vec<Effect> {
    let Some(events) = app.failed.discarded.pop() else { return Vec::new() };
    app.tell(format!("putting {} back", count(events.len() as u64)));
    app.failed.restoring.extend(events.iter().cloned());
    vec![Effect::Act(Box::new(Deed::Restore(events, because(app, None))))]
}

/// Opens the payload of the event under the cursor in an editor; what was typed before is still there.
pub(in crate::tui::update) fn edit(app: &mut App) {
    let Some(event) = one(app) else { return app.tell("edit one event at a time: put the cursor on one") };
    let whole = app.failed.detail.as_ref().and_then(|detail| detail.whole.as_ref());
    let whole = whole.and_then(|whole| whole.as_ref().ok()?.as_ref());
    let text = whole.and_then(|whole| whole.event.text.clone()).or_else(|| event.text.clone());
    let Some(text) = text else {
        return app.tell("its JSON is not in memory: Enter opens it, then e edits it");
    };
    if app.redacting.of_failed(&event.at).event(&text).is_some() {
        let why = reveal::refusal(app);
        return app.tell(why);
    }
    if app.draft.as_ref().is_none_or(|draft| draft.event.at != event.at) {
        let Some(draft) = Draft::new(event, text, app.schemas.0.as_deref()) else {
            return app.tell("it has no payload that can be read: it cannot be edited here");
        };
        app.draft = Some(Box::new(draft));
    }
    app.popup = Some(Popup::Edit);
}

/// The one event that is selected.
fn one(app: &App) -> Option<Arc<FailedEvent>> {
    match &app.failed.under_cursor()[..] {
        [event] => Some(Arc::clone(event)),
        _ => None,
    }
}

/// Does what the form asks for.
pub(in crate::tui::update) fn choose(app: &mut App, form: Form) -> Vec<Effect> {
    let reason = form.reason();
    let ats = |events: &[Arc<FailedEvent>]| events.iter().map(|event| event.at.clone()).collect::<Vec<_>>();
    let deed = match form.what {
        What::Retry(draft) => {
            let mut plan = draft.plan;
            plan.reason = reason;
            app.plan = Some(RunningPlan::new(&plan.id, plan.items.len() as u64));
            app.failed.marks.clear();
            return vec![Effect::StartPlan(Box::new(plan))];
        }
        What::Discard(chosen) => {
            let orders = chosen.events.iter().map(|event| DiscardOrder::of(event)).collect();
            Deed::Discard(orders, because(app, reason))
        }
        What::Release { chosen, force } => Deed::Release(ats(&chosen.events), force, because(app, reason)),
        What::Edited(draft) => {
            let plan = Plan::freeze(std::slice::from_ref(&draft.event), app.clock.now, &app.setup.who);
            Deed::Edit(draft.order(), Because { plan: Some(plan.id), ..because(app, reason) })
        }
        What::Export(draft) => {
            let file = form.file.map(|file| file.text().trim().to_owned()).unwrap_or_default();
            return super::export::begin(app, *draft, file);
        }
        // That is none of this view's.
        What::Send(_) | What::File(_) | What::Unsent | What::Shelf(_) | What::ExportEvents(_) => {
            return Vec::new();
        }
        What::CancelPlan => return vec![Effect::CancelPlan],
        What::Anew => {
            compose::anew(app);
            return Vec::new();
        }
        What::RevealAll => {
            reveal::reveal_all(app);
            return Vec::new();
        }
        What::Leave => return vec![Effect::Quit(ExitReason::Quit)],
        What::Switch(goal) => return crate::tui::update::watch::go(app, goal),
    };
    app.tell("asked, and not answered yet");
    vec![Effect::Act(Box::new(deed))]
}
