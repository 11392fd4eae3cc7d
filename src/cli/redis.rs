//! Opening a Redis.

use crate::broker::redis::Settings;
use crate::bus::{BusError, Intake, Session};

pub(super) fn open(
    name: &str,
    settings: &Settings,
    _intake: Intake,
    _production: bool,
    _read_only: Option<&str>,
) -> Result<Session, BusError> {
    Err(BusError::Unsupported(format!("{name}: {} is not wired yet", settings.profile.name())))
}
