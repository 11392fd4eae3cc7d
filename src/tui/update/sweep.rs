//! An export of what lies on the bus: page after page is read, sifted, and written, and none is kept.

use chrono::TimeDelta;

use super::export;
use crate::bus::{ArchivePage, ArchiveQuery, BusError};
use crate::monitor::{Lens, Past, Retained};
use crate::text::{count, display_safe};
use crate::tui::app::{App, EventsDraft, Exporting, Source, Sweep};
use crate::tui::effect::{Effect, ExportStep};

/// So long it is tried, from the first time on that the bus did not answer.
const TRIED_FOR: TimeDelta = TimeDelta::minutes(2);

/// What is read, of which range. Text is why not.
pub(super) fn begin(app: &App, draft: &EventsDraft) -> Result<Sweep, String> {
    let span = draft.span(&app.clock)?;
    let lens = Lens::new(app.filter.live.good.clone(), app.scope.clone(), &app.monitor);
    let mut draft = draft.clone();
    // Their numbers mean nothing by the time they would be needed.
    (draft.held.chosen, draft.held.shown) = (Vec::new(), Vec::new());
    Ok(Sweep::new(draft, lens, app.watch.channels.clone(), span))
}

/// Takes a page in.
pub(super) fn read(
    app: &mut App,
    number: u64,
    query: &ArchiveQuery,
    answer: Result<Box<ArchivePage>, BusError>,
) -> Vec<Effect> {
    // One that was ended was given up then.
    let Some(mut exporting) = app.events.exporting.take_if(|exporting| exporting.number == number) else {
        return Vec::new();
    };
    let Source::Bus(sweep) = &mut exporting.source else {
        app.events.exporting = Some(exporting);
        return Vec::new();
    };
    if query.from != sweep.reached || sweep.is_read || !sweep.waiting.is_empty() {
        app.events.exporting = Some(exporting);
        return Vec::new();
    }
    let page = match answer {
        Ok(page) if page.is_stuck(query) => {
            let what = format!("it gets no further than {}, which is not the end", query.from);
            return unanswered(app, exporting, &BusError::Unavailable { what });
        }
        Ok(page) => *page,
        Err(why) => return unanswered(app, exporting, &why),
    };
    let entries = sweep.take(page, app.clock.now);
    if sweep.rests {
        app.events.exporting = Some(exporting);
        return Vec::new();
    }
    let over = Retained::from(&app.monitor);
    sweep.waiting = Past::matching(entries, &sweep.lens, over, app.clock.now).into();
    export::next(app, exporting)
}

/// The bus does not answer: what is written stays, and it is asked again; in the end a person decides anew.
fn unanswered(app: &mut App, mut exporting: Box<Exporting>, why: &BusError) -> Vec<Effect> {
    let n = count(exporting.written);
    let what = display_safe(why.what()).into_owned();
    let Source::Bus(sweep) = &mut exporting.source else { return Vec::new() };
    let last = *sweep.silent_since.get_or_insert(app.clock.now) + TRIED_FOR;
    if matches!(why, BusError::Unavailable { .. }) && app.clock.now < last {
        sweep.rests = true;
        let last = app.clock.time(last);
        app.tell_so_far(format!("the export waits after {n}, tried until {last}, Esc ends it: {what}"));
        app.events.exporting = Some(exporting);
        return Vec::new();
    }
    let on_disk = exporting.left_on_disk();
    app.tell(format!("the export is ended after {n}: {on_disk}; {what}"));
    vec![Effect::ExportEvents { number: exporting.number, step: ExportStep::GiveUp }]
}

/// Once a second: asks again what was not answered, or not settled.
pub(super) fn again(app: &mut App) -> Vec<Effect> {
    let Some(exporting) = app.events.exporting.as_deref_mut() else { return Vec::new() };
    match &mut exporting.source {
        Source::Bus(sweep) if sweep.rests => {
            sweep.rests = false;
            vec![Effect::ReadToExport { number: exporting.number, query: sweep.query() }]
        }
        _ => Vec::new(),
    }
}

/// How far it is.
pub(super) fn progress(app: &App, sweep: &Sweep, written: u64) -> String {
    let to = sweep.reached.time().filter(|_| sweep.looked_at > 0);
    let to = to.map(|at| format!(", up to {}", app.clock.date_time(at))).unwrap_or_default();
    format!("{} of {} looked at{to}", count(written), count(sweep.looked_at))
}

/// What was read, once all of it is written.
pub(super) fn told(sweep: &Sweep) -> String {
    let unread = sweep.unread.as_ref().map(|unread| format!("; {unread}")).unwrap_or_default();
    format!("; {} looked at on the bus{unread}", count(sweep.looked_at))
}
