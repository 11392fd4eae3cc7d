//! An export of what lies on the bus: page after page is read, sifted, and written, and none is kept.

use super::export;
use crate::bus::{ArchivePage, ArchiveQuery, BusError};
use crate::event::EntryId;
use crate::monitor::{Lens, Past, Retained};
use crate::text::{count, display_safe};
use crate::tui::app::{App, EventsDraft, Exporting, Source, Sweep};
use crate::tui::effect::{Effect, ExportStep};

/// So many seconds without an answer end it.
const TRIES: u32 = 120;

/// What is read, of which range. Text is why not.
pub(super) fn begin(app: &App, draft: &EventsDraft) -> Result<Sweep, String> {
    let (since, until) = draft.span(&app.clock)?;
    let lens = Lens::new(app.filter.live.good.clone(), app.scope.clone(), &app.monitor);
    let mut draft = draft.clone();
    // Their numbers mean nothing by the time they would be needed.
    (draft.held.chosen, draft.held.shown) = (Vec::new(), Vec::new());
    Ok(Sweep {
        draft,
        lens,
        channels: app.watch.channels.clone(),
        reached: since.previous().unwrap_or(EntryId::ZERO),
        until,
        looked_at: 0,
        waiting: std::collections::VecDeque::new(),
        is_read: false,
        denied: None,
        tries: 0,
        asks: false,
    })
}

/// Takes a page in.
pub(super) fn read(
    app: &mut App,
    number: u64,
    query: &ArchiveQuery,
    answer: Result<Box<ArchivePage>, BusError>,
) -> Vec<Effect> {
    let Some(mut exporting) = app.events.exporting.take_if(|exporting| exporting.number == number) else {
        // Its channel or its watch is another one by now: what was written of it is of no use.
        return vec![Effect::ExportEvents { number, step: ExportStep::GiveUp }];
    };
    let Source::Bus(sweep) = &mut exporting.source else {
        app.events.exporting = Some(exporting);
        return Vec::new();
    };
    if query.from != sweep.reached || sweep.is_read || !sweep.waiting.is_empty() {
        app.events.exporting = Some(exporting);
        return Vec::new();
    }
    sweep.asks = false;
    let mut page = match answer {
        Ok(page) => *page,
        Err(why) => return unanswered(app, exporting, &why),
    };
    sweep.tries = 0;
    if let Some(denied) = page.denied.first() {
        let stream = display_safe(denied.stream.as_str()).into_owned();
        sweep.denied = Some((stream, page.denied.len()));
    }
    let withheld = page.other_tenants + page.unattributed;
    let is_stuck = page.entries.is_empty() && withheld == 0;
    sweep.is_read = page.is_end || page.reached >= sweep.until || is_stuck;
    page.entries.retain(|entry| entry.id <= sweep.until);
    sweep.looked_at += page.entries.len() as u64 + withheld;
    sweep.reached = page.reached;
    let over = Retained::from(&app.monitor);
    sweep.waiting = Past::matching(page.entries, &sweep.lens, over, app.clock.now).into();
    export::next(app, exporting)
}

/// The bus does not answer: what is written stays, and it is asked again; in the end a person decides anew.
fn unanswered(app: &mut App, mut exporting: Box<Exporting>, why: &BusError) -> Vec<Effect> {
    let n = count(exporting.written);
    let what = display_safe(why.what()).into_owned();
    let Source::Bus(sweep) = &mut exporting.source else { return Vec::new() };
    sweep.tries += 1;
    if matches!(why, BusError::Unavailable { .. }) && sweep.tries < TRIES {
        app.tell(format!("the export waits after {n}, asked again each second, Esc ends it: {what}"));
        app.events.exporting = Some(exporting);
        return Vec::new();
    }
    let on_disk = export::left_on_disk(&exporting);
    app.tell(format!("the export is ended after {n}: {what}; {on_disk}"));
    vec![Effect::ExportEvents { number: exporting.number, step: ExportStep::GiveUp }]
}

/// Once a second: asks again what was not answered.
pub(super) fn again(app: &mut App) -> Vec<Effect> {
    let Some(exporting) = app.events.exporting.as_deref_mut() else { return Vec::new() };
    match &mut exporting.source {
        Source::Bus(sweep) if sweep.tries > 0 && !sweep.asks => {
            sweep.asks = true;
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
    let told = format!("; {} looked at on the bus", count(sweep.looked_at));
    match &sweep.denied {
        Some((stream, 1)) => format!("{told}; the user may not read {stream}: nothing of it is there"),
        Some((stream, n)) => {
            format!("{told}; the user may not read {stream} and {} more: nothing of them is there", n - 1)
        }
        None => told,
    }
}
