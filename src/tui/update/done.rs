//! What became of effects.

use super::{compose, export, failed, form, health, reveal, rewind, send, shelf, sweep};
use crate::bus::{BusSignal, Link};
use crate::monitor::Monitor;
use crate::text::plural;
use crate::tui::app::{App, HealthState, Rights};
use crate::tui::effect::{Effect, EffectDone};

/// Above this many bytes many terminals take nothing, or only a part, and none of them says so.
const SURELY_COPIED: usize = 56_000;

pub(super) fn take(app: &mut App, done: EffectDone) -> Vec<Effect> {
    match done {
        EffectDone::Opened { info, labels, operator, publisher, schemas } => {
            app.context = info;
            send::meet(app, publisher);
            app.health = HealthState::new(!app.context.locked_to.is_empty());
            app.rights = Rights::of(operator);
            app.schemas = schemas;
            app.ended = false;
            if labels != app.setup.labels {
                app.setup.labels = labels;
                // Nothing was heard yet, so nothing is lost.
                app.monitor = Monitor::new(app.setup.limits, app.setup.labels.clone());
            }
            compose::meet(app);
        }
        EffectDone::Ended { context, why } => {
            if context != app.context.name {
                return Vec::new();
            }
            let next = why.next().unwrap_or("Ctrl-r tries again.").to_owned();
            let link = Link::Fatal { why: why.what().to_owned(), next, retry_at: app.clock.now };
            app.monitor.apply(BusSignal::Link(link), app.clock.now);
            app.ended = true;
        }
        EffectDone::Surveyed { context, answer } => {
            if context == app.context.name {
                app.handlers.renew(answer, app.clock.now);
            }
        }
        EffectDone::Examined { context, answer } => {
            if context == app.context.name {
                health::take(app, *answer);
            }
        }
        EffectDone::Inspected { context, handler, answer } => {
            if context == app.context.name {
                app.handlers.renew_closely(&handler, answer, app.clock.now);
            }
        }
        EffectDone::FailedPage { reading, page } => failed::page(app, reading, *page),
        EffectDone::FailedRead { reading, answer } => failed::read(app, reading, answer),
        EffectDone::Journal { context, answer } => {
            if context == app.context.name {
                failed::journal(app, answer);
            }
        }
        EffectDone::Rights { context, answers } => {
            if context == app.context.name {
                app.rights.take(answers);
            }
        }
        EffectDone::Shown { context, at, answer } => {
            if context == app.context.name {
                return failed::shown(app, &at, answer);
            }
        }
        EffectDone::Around { context, at, answer } => {
            if context == app.context.name {
                failed::around(app, &at, answer);
            }
        }
        EffectDone::Foreseen { plan, runs, answer, commands } => {
            failed::foreseen(app, (&plan, runs), answer, commands);
        }
        EffectDone::Acted { context, acted } => {
            if context == app.context.name {
                return failed::acted(app, *acted);
            }
        }
        EffectDone::Followed(told) => app.tell(told),
        EffectDone::Taken(taken) => app.failed.remove(&taken),
        EffectDone::PlanAt(progress) => form::progress(app, *progress),
        EffectDone::Refused(why) => app.tell(why),
        EffectDone::NoPlan(why) => {
            app.plan = None;
            app.tell(why);
        }
        EffectDone::Exported { export, answer } => failed::exported(app, *export, answer),
        EffectDone::ExportedSoFar(written) => failed::exported_so_far(app, written),
        EffectDone::EventsWritten { number, answer, kept } => {
            return export::written(app, number, answer, kept);
        }
        EffectDone::Edited(answer) => return edited(app, answer),
        EffectDone::Compose(done) => return send::done(app, *done),
        EffectDone::ReadBack { number, query, answer } => rewind::take(app, number, &query, answer),
        EffectDone::ReadToExport { number, query, answer } => {
            return sweep::read(app, number, &query, answer);
        }
        EffectDone::Copied(bytes) => {
            let told =
                format!("copied {}{}", plural(bytes as u64, "byte", "bytes"), reveal::told_of_copy(app));
            if bytes > SURELY_COPIED {
                app.tell(format!("{told}; many terminals do not take so much"));
            } else {
                app.tell(told);
            }
        }
    }
    Vec::new()
}

/// A text that was lent goes back to where it was taken from.
fn edited(app: &mut App, answer: Result<String, String>) -> Vec<Effect> {
    if let Some(effects) = shelf::edited(app, &answer) {
        return effects;
    }
    if !compose::edited(app, &answer) {
        form::edited(app, answer);
    }
    Vec::new()
}
