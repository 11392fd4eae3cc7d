//! What time alone changes.

use super::{errors, health, lens, rewind, scope};
use crate::tui::app::App;

/// Once a second.
pub(super) fn tick(app: &mut App) {
    app.expire_toast();
    health::hear(app);
    if !app.is_paused() {
        renew_flow(app);
        scope::count_tenants(app);
        rewind::refresh(app);
        app.failed.sift.refresh();
    }
    lens::advance(app, lens::SLICE);
}

/// Asks for the rates anew. They cost a walk over the whole window, so nobody does it more often than needed. Without a
/// connection they stay what they were when the last word came: a rate that falls to 0 would say that the bus is quiet.
pub(super) fn renew_flow(app: &mut App) {
    let as_of = app.monitor.link().stale_since().unwrap_or(app.clock.now);
    let flow = app.monitor.flow(&app.scope, as_of);
    app.flow.renew(flow, as_of);
    errors::renew(app);
}
