//! Writing events into a file: what is marked, what is under the cursor, or all that is shown.

use std::collections::VecDeque;

use super::{marks, reveal, sweep};
use crate::event::Entry;
use crate::text::{count, display_safe, plural};
use crate::tui::app::{
    App, EventsDraft, ExportDraft, Exporting, Field, Form, Popup, Range, Source, View, What,
};
use crate::tui::effect::{Effect, ExportStep};
use crate::tui::host::NotExported;

/// So many events are handed over at a time, and about so many bytes: a few milliseconds, so that no key waits.
const MOST_ENTRIES: usize = 2_000;
const MOST_BYTES: usize = 1 << 20;

/// Asks for a file, and which events are to be in it.
pub(super) fn ask(app: &mut App) {
    marks::end_range(app);
    let (chosen, hidden) = app.events.selected();
    // What is shown around matches is not meant.
    let lens = &app.events.lens;
    let mut shown: Vec<u64> = lens.rows().filter(|seq| lens.is_hit(*seq)).collect();
    shown.sort_unstable();
    let takes_shown = chosen.is_empty();
    let ends = app.ends();
    let range = match (takes_shown, shown.is_empty()) {
        (false, _) => Range::Selected,
        (true, false) => Range::Loaded,
        (true, true) if ends.is_none() => Range::Loaded,
        (true, true) => Range::All,
    };
    let held = ExportDraft { chosen, shown, takes_shown, hidden, exists: None };
    let draft = EventsDraft { held, range, since: Field::default(), ends };
    open(app, draft, &format!("events-{}.jsonl", app.clock.date(app.clock.now)));
}

fn open(app: &mut App, draft: EventsDraft, file: &str) {
    let form = Form::for_file(What::ExportEvents(Box::new(draft)), file);
    app.popup = Some(Popup::Form(Box::new(form)));
}

/// Has the file made.
pub(super) fn begin(app: &mut App, form: Form) -> Vec<Effect> {
    let file = form.file.map(|file| file.text().trim().to_owned()).unwrap_or_default();
    let What::ExportEvents(draft) = form.what else { return Vec::new() };
    let replaces = draft.held.exists.as_ref() == Some(&file);
    let source = if draft.reads_bus() {
        match sweep::begin(app, &draft) {
            Ok(sweep) => Source::Bus(Box::new(sweep)),
            Err(why) => {
                app.tell(why);
                return Vec::new();
            }
        }
    } else {
        let held = draft.held;
        Source::Held(VecDeque::from(if held.takes_shown { held.shown } else { held.chosen }))
    };
    app.tell_so_far(format!("exporting to {}", display_safe(&file)));
    app.events.exports += 1;
    let number = app.events.exports;
    let step = ExportStep::Open { file: file.clone(), replaces };
    let exporting =
        Exporting { number, file, replaces, source, written: 0, gone: 0, redacted: 0, keeps: false };
    app.events.exporting = Some(Box::new(exporting));
    vec![Effect::ExportEvents { number, step }]
}

/// Ends what is being written, where a person looks at it. `None` where nothing is.
pub(super) fn cancel(app: &mut App) -> Option<Vec<Effect>> {
    if app.popup.is_some() || app.view != View::Events || app.errors.page.is_some() {
        return None;
    }
    // What the screen says that Esc ends comes first: a search, a jump, an event that is read.
    if app.rewind.coming.is_some() || app.events.reads_whole(app.view) {
        return None;
    }
    app.events.exporting.as_ref().map(|exporting| exporting.keeps).map(|keeps| {
        if keeps {
            app.tell("all of it is written by now: the file stays");
            return Vec::new();
        }
        give_up(app)
    })
}

/// Ends what is being written, and says what is on the disk then; one that is whole stays.
pub(super) fn give_up(app: &mut App) -> Vec<Effect> {
    let Some(exporting) = app.events.exporting.take_if(|exporting| !exporting.keeps) else {
        return Vec::new();
    };
    let of = exporting.total().map(|total| format!(" of {}", count(total))).unwrap_or_default();
    let on_disk = exporting.left_on_disk();
    app.tell(format!("the export is ended after {}{of}: {on_disk}", count(exporting.written)));
    vec![Effect::ExportEvents { number: exporting.number, step: ExportStep::GiveUp }]
}

/// What was asked for is done: the next piece, or the end.
pub(super) fn written(
    app: &mut App,
    number: u64,
    answer: Result<(), NotExported>,
    kept: bool,
) -> Vec<Effect> {
    let Some(exporting) = app.events.exporting.take_if(|exporting| exporting.number == number) else {
        // It was ended, or begun on another bus: what was written of it is of no use.
        return vec![Effect::ExportEvents { number, step: ExportStep::GiveUp }];
    };
    let file = display_safe(&exporting.file).into_owned();
    match answer {
        Ok(()) if kept => {
            let mut told = format!("exported {} to {file}", plural(exporting.written, "event", "events"));
            if let Source::Bus(sweep) = &exporting.source {
                told.push_str(&sweep::told(sweep));
            }
            if exporting.gone > 0 {
                told = format!("{told}; {} had left memory", count(exporting.gone));
            }
            if exporting.redacted > 0 {
                told = format!(
                    "{told}; {} redacted: {} reveals first",
                    count(exporting.redacted),
                    reveal::key(app)
                );
            }
            app.tell(told);
        }
        Ok(()) => return next(app, exporting),
        Err(NotExported::Exists) if app.popup.is_none() => {
            let exists = Some(exporting.file.clone());
            let draft = match exporting.source {
                Source::Bus(sweep) => {
                    let draft = sweep.draft;
                    EventsDraft { held: ExportDraft { exists, ..draft.held }, ..draft }
                }
                Source::Held(left) => {
                    let (chosen, shown) = (left.into(), Vec::new());
                    let held = ExportDraft { chosen, shown, takes_shown: false, hidden: 0, exists };
                    EventsDraft { held, range: Range::Selected, since: Field::default(), ends: None }
                }
            };
            open(app, draft, &exporting.file);
        }
        Err(NotExported::Exists) => app.tell(format!("nothing was exported: {file} is there already")),
        Err(NotExported::Failed(why)) => app.tell(format!("nothing was exported: {}", display_safe(&why))),
        // It was ended before it was asked: nobody waits for this.
        Err(NotExported::Ended(_)) => {}
    }
    Vec::new()
}

/// The next piece; where nothing is left, the file is kept.
pub(super) fn next(app: &mut App, mut exporting: Box<Exporting>) -> Vec<Effect> {
    let number = exporting.number;
    let (mut entries, mut bytes): (Vec<Entry>, usize) = (Vec::new(), 0);
    while entries.len() < MOST_ENTRIES && bytes < MOST_BYTES {
        let (entry, masks) = match &mut exporting.source {
            Source::Held(left) => {
                let Some(seq) = left.pop_front() else { break };
                let entry = app.entry(seq).and_then(|row| row.to_entry());
                (entry, app.redacting.of_entry(seq))
            }
            Source::Bus(sweep) => {
                let Some(entry) = sweep.waiting.pop_front() else { break };
                (Some(entry), app.redacting.elsewhere())
            }
        };
        let Some(entry) = entry else {
            exporting.gone += 1;
            continue;
        };
        let shown = masks.entry(&entry).into_owned();
        exporting.redacted += u64::from(shown != entry);
        bytes += shown.size();
        entries.push(shown);
    }
    exporting.written += entries.len() as u64;
    let far = match &exporting.source {
        Source::Held(left) if left.is_empty() => None,
        Source::Held(left) => {
            exporting.total().map(|total| format!("{} of {}", count(total - left.len() as u64), count(total)))
        }
        Source::Bus(sweep) => Some(sweep::progress(app, sweep, exporting.written)),
    };
    if let Some(far) = far {
        app.tell_so_far(format!("exporting to {}: {far}; Esc ends it", display_safe(&exporting.file)));
    }
    let effect = match &mut exporting.source {
        _ if !entries.is_empty() => Effect::ExportEvents { number, step: ExportStep::Write(entries) },
        Source::Bus(sweep) if !sweep.is_read => Effect::ReadToExport { number, query: sweep.query() },
        _ => {
            exporting.keeps = true;
            Effect::ExportEvents { number, step: ExportStep::Keep }
        }
    };
    app.events.exporting = Some(exporting);
    vec![effect]
}
