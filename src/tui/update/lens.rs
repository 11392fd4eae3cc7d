//! Which entries are shown: the filter's pass over what is retained, and holding the screen still.

use super::{events, tick};
use crate::monitor::Order;
use crate::tui::app::App;

/// How many entries one message looks at, fewer where texts are long: a few milliseconds, so that a pass never holds up a key.
pub(super) const SLICE: u64 = 20_000;

/// Looks at up to `budget` more entries.
pub(super) fn advance(app: &mut App, budget: u64) {
    app.behind = app.events.lens.advance(&app.monitor, app.clock.now, budget);
    if !app.behind {
        events::hold_cursor(app);
    }
}

/// After the filter or the scope changed: the newest matches are on the next frame.
pub(super) fn renew(app: &mut App) {
    app.events.lens.set(app.filter.live.good.clone(), app.scope.clone(), &app.monitor);
    advance(app, SLICE);
}

/// Another order. The cursor stays on its event; without one the first rows are shown.
pub(super) fn sort(app: &mut App) {
    let order = app.events.lens.order().next();
    app.events.lens.set_order(order, &app.monitor);
    advance(app, SLICE);
    app.tell(match order {
        Order::Time => "the newest first",
        Order::Type => "by type, and the newest of each first",
        Order::Tenant => "by tenant, and the newest of each first",
    });
}

/// Holds the screen still, or lets it go on. Numbers stand still with the rows: a person compares them.
pub(super) fn pause(app: &mut App) {
    if app.is_paused() {
        app.events.lens.thaw();
        tick::renew_flow(app);
    } else {
        app.events.lens.freeze(&app.monitor);
    }
}
