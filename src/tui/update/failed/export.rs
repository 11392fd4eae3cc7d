//! Writing failed events into a file.

use std::sync::Arc;

use crate::bus::FailedEvent;
use crate::text::{count, display_safe, plural};
use crate::tui::app::{App, ExportDraft, ExportingFailed, Form, Popup, View, What, left_on_disk};
use crate::tui::effect::Effect;
use crate::tui::host::{Export, Exported, NotExported};

/// Asks for a file, and which events are to be in it.
pub(in crate::tui::update) fn export(app: &mut App) {
    super::end_range(app);
    let places = |events: Vec<Arc<FailedEvent>>| events.iter().map(|event| event.at.clone()).collect();
    let (chosen, hidden) = app.failed.selected();
    let draft = ExportDraft {
        chosen: places(chosen),
        shown: places(app.failed.shown()),
        takes_shown: false,
        hidden,
        exists: None,
    };
    let file = format!("failed-{}.jsonl", app.clock.date(app.clock.now));
    ask(app, draft, &file);
}

fn ask(app: &mut App, mut draft: ExportDraft, file: &str) {
    draft.takes_shown |= draft.chosen.is_empty();
    let form = Form::for_file(What::Export(Box::new(draft)), file);
    app.popup = Some(Popup::Form(Box::new(form)));
}

/// Has them written.
pub(super) fn begin(app: &mut App, draft: ExportDraft, file: String) -> Vec<Effect> {
    let masks = app.redacting.elsewhere().clone();
    let replaces = draft.exists.as_ref() == Some(&file);
    let events = if draft.takes_shown { draft.shown } else { draft.chosen };
    let total = events.len() as u64;
    let told = plural(total, "event", "events");
    app.tell_so_far(format!("exporting {told} to {}; Esc ends it", display_safe(&file)));
    let exporting = ExportingFailed { file: file.clone(), replaces, total, written: 0, ends: false };
    app.failed.exporting = Some(Box::new(exporting));
    vec![Effect::Export(Box::new(Export { file, replaces, events, masks }))]
}

/// Ends what is being written, where a person looks at it: what came of it is said when it is known. `None` where nothing
/// is.
pub(in crate::tui::update) fn cancel(app: &mut App) -> Option<Vec<Effect>> {
    if app.popup.is_some() || app.view != View::Failed || app.errors.page.is_some() {
        return None;
    }
    let exporting = app.failed.exporting.as_mut()?;
    exporting.ends = true;
    let file = display_safe(&exporting.file).into_owned();
    app.tell(format!("ending the export to {file}"));
    Some(vec![Effect::EndExport])
}

/// Says how far it is.
pub(in crate::tui::update) fn exported_so_far(app: &mut App, written: u64) {
    let Some(exporting) = app.failed.exporting.as_mut() else { return };
    exporting.written = written;
    if exporting.ends {
        return;
    }
    let (file, total) = (display_safe(&exporting.file).into_owned(), count(exporting.total));
    app.tell_so_far(format!("exporting to {file}: {} of {total}; Esc ends it", count(written)));
}

/// Says what came of it; asks where a file would be replaced.
pub(in crate::tui::update) fn exported(app: &mut App, export: Export, answer: Result<Exported, NotExported>) {
    let exporting = app.failed.exporting.take();
    let file = display_safe(&export.file).into_owned();
    match answer {
        Ok(Exported { written, gone }) => {
            let mut told = format!("exported {} to {file}", plural(written, "event", "events"));
            if gone > 0 {
                told = format!("{told}; {} not there any more", count(gone));
            }
            if !export.masks.is_none() {
                told = format!("{told}; lines without what is masked cannot be imported");
            }
            app.tell(told);
        }
        Err(NotExported::Exists) if app.popup.is_none() => {
            let draft = ExportDraft {
                chosen: export.events,
                shown: Vec::new(),
                takes_shown: false,
                hidden: 0,
                exists: Some(export.file.clone()),
            };
            ask(app, draft, &export.file);
        }
        Err(NotExported::Ended(written)) => {
            let total = exporting.map_or(export.events.len() as u64, |exporting| exporting.total);
            let on_disk = left_on_disk(&export.file, export.replaces, written);
            app.tell(format!("the export is ended after {} of {}: {on_disk}", count(written), count(total)));
        }
        Err(NotExported::Exists) => app.tell(format!("nothing was exported: {file} is there already")),
        Err(NotExported::Failed(why)) => app.tell(format!("nothing was exported: {}", display_safe(&why))),
    }
}
