//! What is said before the dashboard is left, where something would be lost by it.

use super::form_lines::Lines;
use crate::bus::ChannelScope;
use crate::text::{count, display_safe, plural};
use crate::tui::action::Action;
use crate::tui::app::{App, Goal, Loss, left_on_disk};
use crate::tui::keymap::Context;
use crate::tui::theme::Meaning;

/// Says it.
pub(super) fn say(app: &App, out: &mut Lines<'_>) {
    lost(app.losses(), "Leaving", app, out);
}

/// Says what watching something else breaks off.
pub(super) fn switch(goal: &Goal, app: &App, out: &mut Lines<'_>) {
    let here = display_safe(&app.context.name);
    let (question, what) = match goal {
        Goal::Context(name) => (format!("Open {} in place of {here}?", display_safe(name)), "Opening it"),
        Goal::Channels(ChannelScope::Only(channel)) => {
            (format!("Watch only the channel {channel} of {here}? The bus is read anew."), "That")
        }
        Goal::Channels(ChannelScope::All) => {
            (format!("Watch all channels of {here}? The bus is read anew."), "That")
        }
        Goal::Anew => (format!("Watch {here} anew?"), "That"),
    };
    out.say(&question, Meaning::Text);
    lost(app.lost_by(goal), what, app, out);
}

fn lost(losses: Vec<Loss>, what: &str, app: &App, out: &mut Lines<'_>) {
    if losses.is_empty() {
        // It has come to its end since this was asked.
        out.say("Nothing is lost by it any more.", Meaning::Ok);
    }
    for (nth, loss) in losses.into_iter().enumerate() {
        if nth > 0 {
            out.say("", Meaning::Text);
        }
        match loss {
            Loss::Plan => plan(what, app, out),
            Loss::Export => {
                let Some(exporting) = &app.events.exporting else { continue };
                let far = (exporting.written, exporting.total());
                export(what, far, &exporting.left_on_disk(), out);
            }
            Loss::ExportOfFailed => {
                let Some(exporting) = &app.failed.exporting else { continue };
                let far = (exporting.written, Some(exporting.total));
                export(what, far, &left_on_disk(&exporting.file, exporting.replaces, exporting.written), out);
            }
            Loss::Edited => {
                out.say("The payload that was edited, and not sent, is lost.", Meaning::Failed);
            }
            Loss::Copies { sent, total } => {
                let of = total.map(|total| format!(" of {}", count(total))).unwrap_or_default();
                let (what, them, lines) = match app.sending.file() {
                    Some(file) => (format!("{} is", display_safe(&file.name)), "it", " lines"),
                    None => ("Copies are".to_owned(), "them", ""),
                };
                out.say(
                    &format!("{what} being sent: {}{of}{lines} so far. Leaving ends {them} after the current batch: what is left is not sent.", count(sent)),
                    Meaning::Text,
                );
            }
            Loss::Answer => out.say(
                "An event was sent, and is not answered yet. Leaving waits for the answer, 10 s at most. The history tells what came of it.",
                Meaning::Text,
            ),
            Loss::Doubt(n) if app.sending.file().is_some() => {
                let lines = plural(n, "line", "lines");
                out.say(
                    &format!("{lines} of the file may be on the bus, or not. Sending the file again makes it known, and no doubles: also later, and with `tidings publish --events`."),
                    Meaning::Waiting,
                );
            }
            Loss::Doubt(n) => {
                let (what, again, ids) = match n {
                    1 => ("An event that was sent may be on the bus, or not.".to_owned(), "it", "id"),
                    n => (format!("{} that were sent may be on the bus, or not.", plural(n, "event", "events")), "them", "ids"),
                };
                out.say(
                    &format!("{what} Only while this runs, sending {again} again with the same {ids} clears it up. The history keeps the {ids}."),
                    Meaning::Waiting,
                );
            }
            Loss::Typed => typed(app, out),
            Loss::TypedElsewhere => typed_elsewhere(app, out),
        }
    }
}

fn export(what: &str, (written, total): (u64, Option<u64>), on_disk: &str, out: &mut Lines<'_>) {
    let events = match total {
        Some(total) => format!("{} of {}", count(written), plural(total, "event", "events")),
        None => plural(written, "event", "events"),
    };
    out.say(&format!("An export is under way: {events} so far. {what} ends it: {on_disk}."), Meaning::Text);
}

fn plan(what: &str, app: &App, out: &mut Lines<'_>) {
    let Some(plan) = &app.plan else { return };
    let tally = plan.progress.tally;
    out.say(
        &format!(
            "A retry plan is running: {} of {} retried. {what} stops it after its current step: what is left stays where it is, and nothing is lost or done twice.",
            count(tally.total() - tally.left),
            plural(tally.total(), "event is", "events are")
        ),
        Meaning::Text,
    );
    out.say("To go on with it later:", Meaning::Dim);
    out.say(&format!("tidings failed retry --resume {}", plan.progress.plan), Meaning::Accent);
}

fn typed(app: &App, out: &mut Lines<'_>) {
    let bindings = app.setup.keymap.bindings(&[Context::Compose]);
    let binding = bindings.iter().find(|binding| binding.action == Action::SaveTemplate);
    let key = binding.and_then(|binding| binding.keys.first());
    let keep = key.map(|key| format!(" {key} in Compose keeps it as a template.")).unwrap_or_default();
    out.say(
        &format!("What was typed in Compose was not sent, and is kept nowhere: leaving forgets it.{keep}"),
        Meaning::Text,
    );
}

fn typed_elsewhere(app: &App, out: &mut Lines<'_>) {
    let unsent = app.put_away.iter().filter(|(_, composed)| composed.has_unsent());
    let names: Vec<_> = unsent.map(|(name, _)| display_safe(name)).collect();
    out.say(
        &format!(
            "What was typed in Compose of other contexts was not sent, and is kept nowhere: leaving forgets it. Open to see it: {}.",
            names.join(", ")
        ),
        Meaning::Text,
    );
}
