//! The dashboard.

use super::connect::Contexts;
use super::desk::Desk;
use super::exit::{Exit, Stop};

pub(super) fn run(_contexts: Contexts, _desk: Desk<'_>) -> Result<Exit, Stop> {
    Err(Stop::failed("the dashboard is not wired yet", "Wait for it."))
}
