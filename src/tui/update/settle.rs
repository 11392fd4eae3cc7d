//! After every message: cursors in their tables and on the screen, whatever changed, the size included.

use super::{
    compose, detail, errors, events, failed, flow, form, handlers, health, help, marks, palette, picker,
    reveal, rewind,
};
use crate::tui::app::{App, FlowPane};

pub(super) fn settle(app: &mut App) {
    let pages = FlowPane::ALL.map(|pane| (pane, flow::page(app, pane)));
    for (pane, page) in pages {
        let len = app.flow.rows(pane);
        if let Some(table) = app.flow.table(pane) {
            table.settle(len, page.unwrap_or(1));
        }
    }
    // A pane for which there is no room any more cannot have the focus.
    let is_shown = |pane: FlowPane| pages.iter().any(|(known, page)| *known == pane && page.is_some());
    if !is_shown(app.flow.focus)
        && let Some(shown) = FlowPane::ALL.into_iter().find(|pane| is_shown(*pane))
    {
        app.flow.focus = shown;
    }
    rewind::settle(app);
    events::settle(app);
    marks::settle(app);
    reveal::settle(app);
    handlers::settle(app);
    health::settle(app);
    errors::settle(app);
    detail::settle(app);
    failed::settle(app);
    compose::settle(app);
    form::settle(app);
    picker::settle(app);
    palette::settle(app);
    help::settle(app);
}
