//! What happened around the event that is open: looked up in what is retained, else read from the bus.

use crate::bus::{Around, BusError, FailedAt};
use crate::tui::app::{App, EACH, Surroundings};
use crate::tui::effect::Effect;

/// Looks anew while more may come after it.
pub(super) fn tick(app: &mut App) -> Option<Effect> {
    let detail = app.failed.detail.as_ref()?;
    if detail.around.is_settled() { None } else { look(app) }
}

/// Looks. What was found before stays where memory does not reach back so far any more.
pub(super) fn look(app: &mut App) -> Option<Effect> {
    let detail = app.failed.detail.as_mut()?;
    let spot = match detail.spot() {
        Ok(spot) => spot,
        Err(why) => {
            detail.around = why;
            return None;
        }
    };
    if let Some(around) = app.monitor.around(&spot, EACH) {
        detail.around = Surroundings::Kept(around);
        return None;
    }
    match &detail.around {
        Surroundings::Kept(_) | Surroundings::Read(_) => None,
        Surroundings::Asked(asked) if **asked == spot => None,
        _ => {
            let at = detail.event.at.clone();
            let spot = Box::new(spot);
            detail.around = Surroundings::Asked(spot.clone());
            Some(Effect::ReadAround { at, spot })
        }
    }
}

/// Takes what the bus says.
pub(in crate::tui::update) fn take(app: &mut App, at: &FailedAt, answer: Result<Around, BusError>) {
    let Some(detail) = app.failed.detail.as_mut().filter(|detail| detail.event.at == *at) else { return };
    if let Surroundings::Asked(spot) = &detail.around {
        detail.around = match answer {
            Ok(around) => Surroundings::Read(around),
            Err(why) => Surroundings::NotRead(spot.clone(), why),
        };
    }
}
