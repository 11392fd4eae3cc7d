//! How a tenant is called where there is little room.

use crate::event::TenantId;
use crate::text::{cut_end, cut_middle};
use crate::tui::app::App;

/// What a tenant is called, safe to show, in at most so many cells. A label begins with what tells it from others; an id may
/// differ from another at its end alone, so that is kept.
pub(super) fn tenant_in(cells: usize, tenant: &TenantId, app: &App) -> String {
    let labels = app.monitor.labels();
    let name = labels.show(tenant.as_str());
    let cut = if labels.label(tenant.as_str()).is_some() { cut_end } else { cut_middle };
    cut(&name, cells).into_owned()
}
