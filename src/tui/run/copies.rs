//! Many copies of an event: each is made when its turn comes. And many that are sent once more as they are.

use chrono::{DateTime, Utc};

use super::Now;
use crate::compose::{BadKind, BadLine, Line, Offer};
use crate::event::{EventId, FaultKind, NewEvent};
use crate::tui::app::sending::filled;
use crate::tui::effect::Copies;

/// The copies, each when its turn comes.
pub(super) fn offers(copies: Copies, now: Now) -> impl Iterator<Item = Offer> + Send {
    let is_unchecked = copies.first.is_unchecked();
    (1..=copies.count).map(move |number| {
        let first = &copies.first;
        let event = match &copies.filled {
            _ if number == 1 => Ok(first.clone()),
            Some(payload) => filled(first, payload, EventId::random(), (now(), number)),
            None => as_typed(first, now()),
        };
        let event = event.map(|event| if is_unchecked { event.unchecked() } else { event });
        let event = event.map(|event| match first.workflow_copy() {
            Some(copy) => event.with_workflow_copy(copy),
            None => event,
        });
        event.map(|event| Line { number, event }).map_err(|why| BadLine {
            number,
            text: first.text().as_bytes().to_vec(),
            is_cut: false,
            kind: BadKind::Fault(FaultKind::Json),
            why,
        })
    })
}

/// The same again, under an id of its own.
fn as_typed(first: &NewEvent, now: DateTime<Utc>) -> Result<NewEvent, String> {
    let event = NewEvent::compose(EventId::random(), first.event_type(), now, first.payload());
    let event = event.map_err(|fault| fault.summary())?;
    Ok(match first.channel() {
        Some(channel) => event.on_channel(channel.clone()),
        None => event,
    })
}

/// The same ones again, each under the id that it has.
pub(super) fn again(events: Vec<NewEvent>) -> impl Iterator<Item = Offer> + Send {
    (1..).zip(events).map(|(number, event)| Ok(Line { number, event }))
}
