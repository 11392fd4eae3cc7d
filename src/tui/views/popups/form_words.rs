//! The words of a form: what it is called, what its button does, and what its choices are.

use crate::bus::Runs;
use crate::text::count;
use crate::tui::app::{EventsDraft, ExportDraft, Form, Goal, Range, What};

/// What the button does that is not *Cancel*.
pub(super) fn go(form: &Form) -> String {
    let n = count(form.count() as u64);
    match &form.what {
        What::Retry(_) => format!("Retry {n}"),
        What::Discard(_) => format!("Discard {n}"),
        What::Release { .. } => format!("Release {n}"),
        What::Shelf(ask) => ask.go(form.file.as_ref().map_or("", |file| file.text())).to_owned(),
        What::Send(draft) if !draft.also.is_empty() => format!("Send {n} again"),
        What::Send(draft) if draft.is_again => "Send again".to_owned(),
        What::Send(draft) => match draft.count() {
            Some(1) => "Send".to_owned(),
            _ => format!("Send {n}"),
        },
        What::File(draft) if draft.survey().is_none() => "Send".to_owned(),
        What::File(_) => format!("Send {n}"),
        What::Unsent => String::new(),
        What::Edited(_) => "Send it edited".to_owned(),
        What::Export(_) | What::ExportEvents(_) if form.replaces() => "Replace it".to_owned(),
        What::ExportEvents(draft) if draft.reads_bus() => "Export".to_owned(),
        What::Export(_) | What::ExportEvents(_) => format!("Export {n}"),
        What::CancelPlan => "End the plan".to_owned(),
        What::Leave => "Leave".to_owned(),
        What::Switch(Goal::Context(_)) => "Open it".to_owned(),
        What::Switch(_) => "Read anew".to_owned(),
        What::Anew => "Start anew".to_owned(),
        What::RevealAll => "Reveal all".to_owned(),
    }
}

/// What stands above the form.
pub(super) fn title(form: &Form) -> &'static str {
    match &form.what {
        What::Retry(_) => "Retry plan",
        What::Discard(_) => "Discard",
        What::Release { .. } => "Release",
        What::Shelf(ask) => ask.title(),
        What::Send(draft) if !draft.also.is_empty() => "Send again, with the same ids",
        What::Send(draft) if draft.is_again => "Send again, with the same id",
        What::Send(_) => "Send",
        What::File(_) => "Send a file of events",
        What::Unsent => "Lines that were not published",
        What::Edited(_) => "Retry edited",
        What::Export(_) | What::ExportEvents(_) => "Export",
        What::CancelPlan => "End the retry plan",
        What::Leave => "Leave Tidings",
        What::Switch(Goal::Context(_)) => "Open another context",
        What::Switch(Goal::Channels(_)) => "Watch other channels",
        What::Switch(Goal::Anew) => "Watch anew",
        What::Anew => "Start anew",
        What::RevealAll => "Reveal all",
    }
}

/// A range of events, in a few words: four stand in one line.
pub(super) fn range_words(draft: &EventsDraft, range: Range) -> String {
    let n = |events: &[u64]| count(events.len() as u64);
    let has_bus = draft.ends.is_some();
    match range {
        Range::Selected if !has_bus => format!("what is selected, {}", n(&draft.held.chosen)),
        Range::Selected => format!("selected {}", n(&draft.held.chosen)),
        Range::Loaded if !has_bus => format!("all that match, {}", n(&draft.held.shown)),
        Range::Loaded => format!("loaded {}", n(&draft.held.shown)),
        Range::Since => "back to".to_owned(),
        Range::All => "whole bus".to_owned(),
    }
}

/// What can be written into a file.
pub(super) fn which<At>(draft: &ExportDraft<At>, all: &str) -> [(String, bool); 2] {
    let choice = |text: &str, events: &[At]| format!("{text} {}", count(events.len() as u64));
    [
        (choice("what is selected,", &draft.chosen), !draft.takes_shown),
        (choice(all, &draft.shown), draft.takes_shown),
    ]
}

/// What a retry runs, in a word or two.
pub(super) fn runs_words(runs: Runs) -> &'static str {
    match runs {
        Runs::Failed => "failed handlers",
        Runs::All => "all handlers",
        Runs::AsNew => "as a new event",
    }
}
