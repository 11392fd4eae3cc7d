//! What is asked of the bus for the form, whatever made it worth asking: a type that was chosen, a change that was taken
//! back, another context.

use super::known;
use crate::bus::BusError;
use crate::event::StreamKey;
use crate::text::display_safe;
use crate::tui::app::compose::{Known, Taken};
use crate::tui::app::{App, View};
use crate::tui::effect::{Effect, SendEffect, Shipment};

/// Asks what is not known yet.
pub(crate) fn ask(app: &mut App) -> Vec<Effect> {
    if app.view != View::Compose {
        return Vec::new();
    }
    let now = app.clock.now;
    let seek = app.compose.seek().map(|(number, event_type, tenant)| SendEffect::Seek {
        number,
        event_type,
        tenant,
    });
    let aim = app
        .compose
        .aim(now)
        .map(|(number, event)| SendEffect::Aim(Shipment { number, event, in_doubt: false }));
    seek.into_iter().chain(aim).map(|effect| Effect::Compose(Box::new(effect))).collect()
}

/// Takes what came of looking for an event of the type.
pub(crate) fn sought(app: &mut App, number: u64, answer: Result<Option<String>, BusError>) {
    let trouble = answer.as_ref().err().cloned();
    let taken = app.compose.take_example(number, answer, known!(app));
    match (taken, trouble) {
        (Taken::Offers, _) => {
            app.tell("an event of this type was found: the form offers its fields, and what was typed stays");
        }
        (Taken::Failed, Some(why)) => {
            let next = match &why {
                BusError::Unsupported(_) => "Type its fields, or begin with an event that was seen",
                why => why.next().unwrap_or("It is looked for again when the view is opened anew"),
            };
            app.tell(display_safe(&format!("no event to begin with: {}. {next}", why.what())).into_owned());
        }
        _ => {}
    }
}

/// Takes where the event would go.
pub(crate) fn aimed(app: &mut App, number: u64, stream: Option<StreamKey>) {
    app.compose.take_target(number, stream);
}
