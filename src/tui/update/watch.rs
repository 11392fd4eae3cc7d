//! Which bus is watched, and what of it.

use crate::bus::{ChannelScope, ContextInfo, Watch};
use crate::tui::app::App;
use crate::tui::effect::Effect;

/// Tries to connect now. Where watching has ended, it begins anew.
pub(super) fn reconnect(app: &mut App) -> Vec<Effect> {
    app.tell("trying to connect now");
    if app.ended {
        let scope = app.scope.clone();
        app.forget_bus();
        app.scope = scope;
        super::lens::renew(app);
        return observe(app);
    }
    vec![Effect::Reconnect]
}

/// Watches the demo in place of the bus that cannot be reached.
pub(super) fn demo(app: &mut App) -> Vec<Effect> {
    if let Err(why) = app.may_leave_context() {
        app.tell(why);
        return Vec::new();
    }
    let Some(demo) = app.setup.demo.clone() else { return Vec::new() };
    app.context = ContextInfo { name: demo, ..ContextInfo::default() };
    // It has no channels.
    app.watch = Watch { channels: ChannelScope::All, ..app.setup.watch.clone() };
    app.forget_bus();
    observe(app)
}

/// Watches other channels of the same bus. It is read anew, so what is known of it begins anew too: reading on in what
/// is there would count its events twice.
pub(super) fn channels(app: &mut App, channels: ChannelScope) -> Vec<Effect> {
    let (known, tenant) = (std::mem::take(&mut app.channels), app.scope.tenant.clone());
    app.watch.channels = channels;
    app.forget_bus();
    app.channels = known;
    app.scope.tenant = tenant;
    super::lens::renew(app);
    observe(app)
}

fn observe(app: &App) -> Vec<Effect> {
    vec![Effect::Observe { context: app.context.name.clone(), watch: app.watch.clone() }]
}
