//! Writing failed events into a file.

use std::sync::Arc;

use crate::bus::FailedEvent;
use crate::text::{count, display_safe, plural};
use crate::tui::app::{App, ExportDraft, Form, Popup, What};
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
    app.tell(format!("exporting to {}", display_safe(&file)));
    let masks = app.redacting.elsewhere().clone();
    let replaces = draft.exists.as_ref() == Some(&file);
    let events = if draft.takes_shown { draft.shown } else { draft.chosen };
    vec![Effect::Export(Box::new(Export { file, replaces, events, masks }))]
}

/// Says what came of it; asks where a file would be replaced.
pub(in crate::tui::update) fn exported(app: &mut App, export: Export, answer: Result<Exported, NotExported>) {
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
        Err(NotExported::Exists) => app.tell(format!("nothing was exported: {file} is there already")),
        Err(NotExported::Failed(why)) => app.tell(format!("nothing was exported: {}", display_safe(&why))),
    }
}
