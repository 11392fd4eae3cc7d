//! What the observer tells.

use super::{lens, tick};
use crate::bus::{BusSignal, Link};
use crate::monitor::Lens;
use crate::tui::app::App;

/// While signals never stop, a filter's pass over older entries goes on with this many more at a time.
const BESIDE: u64 = 5_000;

pub(super) fn take(app: &mut App, signals: Vec<BusSignal>) {
    let mut arrived = 0;
    // Another connection, or none: the numbers are of another time now.
    let mut is_anew = false;
    for signal in signals {
        match &signal {
            BusSignal::Entries(batch) => {
                arrived += batch.entries.iter().map(|entry| Lens::price(entry.size())).sum::<u64>();
            }
            BusSignal::Link(Link::Live(_)) => {
                is_anew = true;
                // How it was before says nothing of the server that is there now.
                app.health.hurry();
            }
            BusSignal::CaughtUp | BusSignal::Link(_) => is_anew = true,
            // The first of them need not wait for the next second.
            BusSignal::FailureFeed(_) | BusSignal::Failures(_) => {
                is_anew |= app.flow.errors.groups.is_empty();
            }
            BusSignal::Discovered(report) => app.channels.extend(report.channels.iter().cloned()),
            _ => {}
        }
        let caught_up = signal == BusSignal::CaughtUp;
        app.monitor.apply(signal, app.clock.now);
        if caught_up {
            // What was there at the start is not new.
            app.errors.look(&app.monitor);
        }
    }
    // What arrived is shown at once.
    lens::advance(app, arrived + BESIDE);
    // The first numbers do not wait for the next second.
    if (is_anew || app.flow.as_of.is_none()) && !app.is_paused() {
        tick::renew_flow(app);
    }
}
