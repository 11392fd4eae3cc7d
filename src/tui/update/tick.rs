//! What time alone changes.

use super::lens;
use crate::tui::app::App;

/// Once a second.
pub(super) fn tick(app: &mut App) {
    app.expire_toast();
    if !app.is_paused() {
        renew_flow(app);
    }
    app.events.lens.refresh(&app.monitor);
    lens::advance(app, lens::SLICE);
}

/// Asks for the rates anew. They cost a walk over the whole window, so nobody does it more often than needed.
pub(super) fn renew_flow(app: &mut App) {
    let flow = app.monitor.flow(&app.scope, app.clock.now);
    app.flow.renew(flow, app.clock.now);
}
