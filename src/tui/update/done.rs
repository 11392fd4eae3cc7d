//! What became of effects.

use crate::bus::{BusSignal, Link};
use crate::monitor::Monitor;
use crate::text::count;
use crate::tui::app::App;
use crate::tui::effect::EffectDone;

/// Above this many bytes many terminals take nothing, or only a part, and none of them says so.
const SURELY_COPIED: usize = 56_000;

pub(super) fn take(app: &mut App, done: EffectDone) {
    match done {
        EffectDone::Opened { info, labels } => {
            app.context = info;
            app.ended = false;
            if labels != app.setup.labels {
                app.setup.labels = labels;
                // Nothing was heard yet, so nothing is lost.
                app.monitor = Monitor::new(app.setup.limits, app.setup.labels.clone());
            }
        }
        EffectDone::Ended { context, why } => {
            if context != app.context.name {
                return;
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
        EffectDone::Inspected { context, handler, answer } => {
            if context == app.context.name {
                app.handlers.renew_closely(&handler, answer, app.clock.now);
            }
        }
        EffectDone::Copied(bytes) => {
            let told = format!("copied {} bytes", count(bytes as u64));
            if bytes > SURELY_COPIED {
                app.tell(format!("{told}; many terminals do not take so much"));
            } else {
                app.tell(told);
            }
        }
    }
}
