//! Which entries are shown: the filter's pass over what is retained, and holding the screen still.

use super::{events, hits, rewind, tick};
use crate::monitor::Order;
use crate::tui::app::rewind::over;
use crate::tui::app::{App, Column};

/// How many entries one message looks at, fewer where texts are long: a few milliseconds, so that a pass never holds up a key.
pub(super) const SLICE: u64 = 20_000;

/// Looks at up to `budget` more entries.
pub(super) fn advance(app: &mut App, budget: u64) {
    let is_behind = app.events.lens.advance(over(&app.monitor, &app.rewind), app.clock.now, budget);
    app.behind = rewind::advance_aside(app, budget) || is_behind;
    if !is_behind {
        events::hold_cursor(app);
        hits::settle(app);
    }
}

/// After the filter or the scope changed: the newest matches are on the next frame.
pub(super) fn renew(app: &mut App) {
    let over = over(&app.monitor, &app.rewind);
    app.events.lens.set(app.filter.live.good.clone(), app.scope.clone(), over);
    rewind::renew_aside(app);
    advance(app, SLICE);
}

/// Another order. The cursor stays on its event; without one the first rows are shown.
pub(super) fn sort(app: &mut App) {
    set_order(app, app.events.lens.order().next());
}

fn set_order(app: &mut App, order: Order) {
    app.events.lens.set_order(order, over(&app.monitor, &app.rewind));
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
    if let Some(shown) = app.rewind.shown.as_deref_mut().filter(|shown| !shown.is_parked) {
        shown.aside.lens.thaw();
        tick::renew_flow(app);
    } else if app.is_paused() {
        app.events.lens.thaw();
        tick::renew_flow(app);
    } else {
        app.events.lens.freeze(&app.monitor);
    }
}
