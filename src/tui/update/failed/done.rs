//! What became of what was asked.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use super::is_locked;
use crate::bus::{ActionError, BusError, FailedAt, FailedPage, FailedWhole, Foreseen, Runs};
use crate::text::{age, count, display_safe};
use crate::tui::app::{App, Origin, Popup, Purpose, View, What, can_be_retried};
use crate::tui::effect::{Acted, Done, Effect, Landed};
use crate::tui::update::health;

/// Takes a page of the reading that is on its way.
pub(in crate::tui::update) fn page(app: &mut App, reading: u64, page: FailedPage) {
    if app.failed.reading.purpose(reading).is_some() {
        app.monitor.meet(page.events.iter().filter_map(|event| event.tenant.as_ref()));
        health::read(app, &page.events);
    }
    match app.failed.reading.purpose(reading) {
        Some(Purpose::List) => app.failed.take(page),
        Some(Purpose::Count) => app.failed.reading.count(&page),
        None => {}
    }
}

/// The reading came to its end.
pub(in crate::tui::update) fn read(app: &mut App, reading: u64, answer: Result<(), BusError>) {
    let Some(purpose) = app.failed.reading.purpose(reading) else { return };
    if purpose == Purpose::List {
        app.failed.list.end(answer.is_ok());
        app.failed.sift.wake();
    }
    if answer.is_ok() {
        health::end_read(app);
    }
    let locked = is_locked(app);
    app.failed.reading.end(answer, locked, app.clock.now);
    if purpose == Purpose::List {
        count_late(app);
    }
}

/// Counts what came since the plan in the form was frozen.
fn count_late(app: &mut App) {
    let Some(Popup::Form(form)) = &mut app.popup else { return };
    let What::Retry(draft) = &mut form.what else { return };
    let sift = &app.failed.sift;
    let rows = sift.rows().iter().map(|row| row.event.as_ref());
    draft.late = match &draft.origin {
        Origin::Named => 0,
        Origin::Shown => draft.plan.late(rows.filter(|event| can_be_retried(event))),
        Origin::Group(key) => {
            let rows = sift.group(key).into_iter().flat_map(|group| &group.rows);
            let events = rows.filter_map(|row| sift.rows().get(*row as usize)).map(|row| row.event.as_ref());
            draft.plan.late(events.filter(|event| can_be_retried(event)))
        }
    };
}

/// Takes all that is known of the event that is open.
pub(in crate::tui::update) fn shown(
    app: &mut App,
    at: &FailedAt,
    answer: Result<Option<Box<FailedWhole>>, BusError>,
) -> Vec<Effect> {
    let Some(detail) = app.failed.detail.as_mut().filter(|detail| detail.event.at == *at) else {
        return Vec::new();
    };
    if let Ok(Some(whole)) = &answer {
        detail.event = Arc::new(whole.event.clone());
    }
    // What was known stays where it cannot be asked again.
    if answer.is_ok() || detail.whole.as_ref().is_none_or(Result::is_err) {
        detail.whole = Some(answer);
    }
    super::around::look(app).into_iter().collect()
}

/// Takes what the plan in the form would do.
pub(in crate::tui::update) fn foreseen(
    app: &mut App,
    (plan, runs): (&str, Runs),
    answer: Result<Foreseen, BusError>,
    commands: Vec<String>,
) {
    let Some(Popup::Form(form)) = &mut app.popup else { return };
    match &mut form.what {
        What::Retry(draft) if draft.plan.id == plan && draft.plan.runs == runs => {
            draft.foreseen = Some(answer);
            draft.commands = commands;
        }
        What::Edited(draft) if draft.event.at.to_string() == plan => draft.commands = commands,
        _ => {}
    }
}

/// Why nothing was done about one event, in the words of the screen.
fn refusal(why: &ActionError) -> String {
    match why {
        ActionError::Busy { idle_ms } => {
            let ago = match age(Duration::from_millis(*idle_ms)).as_str() {
                "now" => "just now".to_owned(),
                age => format!("{age} ago"),
            };
            format!(
                "somebody may still be at it, who was last heard of {ago}; L with 'also running ones' releases it all \
                 the same, and it may run twice"
            )
        }
        why => why.to_string(),
    }
}

/// What was to be put back and stayed, or may have, can be put back again: doing that twice is safe. Answers whether there
/// is any.
fn keep_undo(app: &mut App, gone: &[FailedAt], mut stayed: Vec<FailedAt>, broke_off: bool) -> bool {
    let answered: HashSet<&FailedAt> = gone.iter().chain(&stayed).collect();
    let asked = std::mem::take(&mut app.failed.restoring);
    let mut silent: Vec<_> = asked.into_iter().filter(|at| !answered.contains(at)).collect();
    if broke_off {
        stayed.append(&mut silent);
    }
    app.failed.restoring = silent;
    let is_any = !stayed.is_empty();
    app.failed.discarded.extend(is_any.then_some(stayed));
    is_any
}

/// Takes what became of a deed, and says it.
pub(in crate::tui::update) fn acted(app: &mut App, acted: Acted) -> Vec<Effect> {
    let Acted { done, each, broke_off, not_recorded } = acted;
    let mut gone = Vec::new();
    let (mut landed, mut known, mut refused) = (Vec::new(), None, Vec::new());
    let (mut did, mut stayed) = (0, Vec::new());
    for (at, outcome) in each {
        match outcome {
            Ok(where_) => {
                did += 1;
                match where_ {
                    Landed::At(now) => landed.push(now),
                    Landed::Same(note) => known = note.or(known),
                    Landed::Sent => {}
                }
                gone.push(at);
            }
            Err(why @ ActionError::Gone) => {
                refused.push(why.to_string());
                gone.push(at);
            }
            Err(why) => {
                refused.push(refusal(&why));
                stayed.push(at);
            }
        }
    }
    app.failed.remove(&gone);
    if done == Done::Discarded && !landed.is_empty() {
        app.failed.discarded.push(landed);
    }
    let left = done == Done::Restored && keep_undo(app, &gone, stayed, broke_off.is_some());
    if done == Done::Edited && did > 0 {
        // The original was kept until here.
        app.draft = None;
    }
    let word = match done {
        Done::Discarded => "discarded",
        Done::Restored => "put back",
        Done::Released => "offered again",
        Done::Edited => "edited and retried",
    };
    let mut told = format!("{} {word}", count(did));
    if let Some(note) = known {
        told = format!("{told} ({note})");
    }
    if let Some(first) = refused.first() {
        told = format!("{told}; {} not: {first}", count(refused.len() as u64));
    }
    if let Some(why) = broke_off {
        told = format!("{told}; the rest was not, as far as is known: {}", why.what());
    }
    if let Some(why) = not_recorded {
        told = format!("{told}; not in the journal: {}", why.what());
    }
    if done == Done::Discarded && did > 0 {
        told = format!("{told}; u puts back");
    }
    if left {
        told = format!("{told}; u tries again");
    }
    app.tell(display_safe(&told).into_owned());
    // What lies where now is read again soon; the detail, if one is open, is of before.
    app.failed.reading.hurry();
    if app.view != View::Failed {
        return Vec::new();
    }
    match &app.failed.detail {
        // One that was released lies where it lay, with a consumer again.
        Some(detail) if done != Done::Released && gone.contains(&detail.event.at) => {
            app.failed.detail = None;
            Vec::new()
        }
        Some(detail) => vec![Effect::ShowFailed(detail.event.at.clone())],
        None => Vec::new(),
    }
}
