//! Writing events into a file: what is marked, what is under the cursor, or all that is shown.

use std::collections::VecDeque;

use super::{marks, reveal};
use crate::event::Entry;
use crate::text::{count, display_safe, plural};
use crate::tui::app::{App, ExportDraft, Exporting, Form, Popup, View, What};
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
    let draft = ExportDraft { chosen, shown, takes_shown, hidden, exists: None };
    open(app, draft, &format!("events-{}.jsonl", app.clock.date(app.clock.now)));
}

fn open(app: &mut App, draft: ExportDraft<u64>, file: &str) {
    let form = Form::for_file(What::ExportEvents(Box::new(draft)), file);
    app.popup = Some(Popup::Form(Box::new(form)));
}

/// Has the file made.
pub(super) fn begin(app: &mut App, form: Form) -> Vec<Effect> {
    let file = form.file.map(|file| file.text().trim().to_owned()).unwrap_or_default();
    let What::ExportEvents(draft) = form.what else { return Vec::new() };
    let replaces = draft.exists.as_ref() == Some(&file);
    let seqs = if draft.takes_shown { draft.shown } else { draft.chosen };
    app.tell(format!("exporting to {}", display_safe(&file)));
    app.events.exports += 1;
    let number = app.events.exports;
    let step = ExportStep::Open { file: file.clone(), replaces };
    app.events.exporting = Some(Box::new(Exporting {
        number,
        file,
        replaces,
        left: VecDeque::from(seqs),
        written: 0,
        gone: 0,
        redacted: 0,
    }));
    vec![Effect::ExportEvents { number, step }]
}

/// Ends what is being written, where a person looks at it. `None` where nothing is.
pub(super) fn cancel(app: &mut App) -> Option<Vec<Effect>> {
    if app.popup.is_some() || app.view != View::Events || app.errors.page.is_some() {
        return None;
    }
    let exporting = app.events.exporting.take()?;
    let file = display_safe(&exporting.file).into_owned();
    let on_disk = on_disk(&file, exporting.replaces);
    app.tell(format!(
        "the export is ended after {} of {}: {on_disk}",
        count(exporting.written),
        count(exporting.total())
    ));
    Some(vec![Effect::ExportEvents { number: exporting.number, step: ExportStep::GiveUp }])
}

/// What is on the disk after an export that was ended.
pub(super) fn on_disk(file: &str, replaces: bool) -> String {
    if replaces { format!("{file} is as it was") } else { format!("what was written of {file} is removed") }
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
            let draft = ExportDraft {
                chosen: exporting.left.into(),
                shown: Vec::new(),
                takes_shown: false,
                hidden: 0,
                exists: Some(exporting.file.clone()),
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
fn next(app: &mut App, mut exporting: Box<Exporting>) -> Vec<Effect> {
    let number = exporting.number;
    let (mut entries, mut bytes): (Vec<Entry>, usize) = (Vec::new(), 0);
    while entries.len() < MOST_ENTRIES
        && bytes < MOST_BYTES
        && let Some(seq) = exporting.left.pop_front()
    {
        match app.entry(seq).and_then(|row| row.to_entry()) {
            Some(entry) => {
                let shown = app.redacting.of_entry(seq).entry(&entry).into_owned();
                exporting.redacted += u64::from(shown != entry);
                bytes += shown.size();
                entries.push(shown);
            }
            None => exporting.gone += 1,
        }
    }
    exporting.written += entries.len() as u64;
    let step = if entries.is_empty() { ExportStep::Keep } else { ExportStep::Write(entries) };
    if !exporting.left.is_empty() {
        let done = exporting.total() - exporting.left.len() as u64;
        let file = display_safe(&exporting.file);
        let told =
            format!("exporting to {file}: {} of {}; Esc ends it", count(done), count(exporting.total()));
        app.tell(told);
    }
    app.events.exporting = Some(exporting);
    vec![Effect::ExportEvents { number, step }]
}
