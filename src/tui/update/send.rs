//! Sending what is composed.

use crate::tui::app::App;
use crate::tui::effect::Effect;

/// Shows what would be sent, and asks.
pub(super) fn open(_app: &mut App) -> Vec<Effect> {
    Vec::new()
}
