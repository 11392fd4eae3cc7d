//! Which entries are shown: the filter's pass over what is retained, and holding the screen still.

use super::{events, hits, tick};
use crate::monitor::Order;
use crate::tui::app::{App, Column};

/// How many entries one message looks at: a few milliseconds, so that a pass never holds up a key.
pub(super) const SLICE: u64 = 20_000;

/// Looks at up to `budget` more entries.
pub(super) fn advance(app: &mut App, budget: u64) {
    app.behind = app.events.lens.advance(&app.monitor, app.clock.now, budget);
    if !app.behind {
        events::hold_cursor(app);
        hits::settle(app);
    }
}

/// After the filter or the scope changed: the newest matches are on the next frame.
pub(super) fn renew(app: &mut App) {
    app.events.lens.set(app.filter.live.good.clone(), app.scope.clone(), &app.monitor);
    advance(app, SLICE);
}

/// Another order. The cursor stays on its event; without one the first rows are shown.
pub(super) fn sort(app: &mut App) {
    set_order(app, app.events.lens.order().next());
}

fn set_order(app: &mut App, order: Order) {
    app.events.lens.set_order(order, &app.monitor);
    advance(app, SLICE);
    app.tell(match order {
        Order::Time => "the newest first",
        Order::Type => "by type, and the newest of each first",
        Order::Tenant => "by tenant, and the newest of each first",
    });
}

/// Sorts by a column, as its heading says; back to time, where it is sorted by that column already.
pub(super) fn sort_by(app: &mut App, column: Column) {
    let order = match column {
        Column::Time | Column::Age => Order::Time,
        Column::Type => Order::Type,
        Column::Tenant => Order::Tenant,
        _ => return app.tell("the list can be sorted by time, by type and by tenant"),
    };
    let is_so = app.events.lens.order() == order;
    set_order(app, if is_so { Order::Time } else { order });
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
