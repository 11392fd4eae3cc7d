//! Publishing on an embedded bus.

use async_trait::async_trait;

use super::bus::millis;
use super::{Arrival, MemoryBroker, Place, quote};
use crate::bus::{BusError, Form, PublishError, Published, Publisher};
use crate::event::{IdError, NewEvent, StreamKey};

#[async_trait]
impl Publisher for MemoryBroker {
    async fn publish(&self, events: &[NewEvent], form: Form) -> Vec<Result<Published, PublishError>> {
        // Vetted before the bus is locked: schemas take their time.
        let vetted: Vec<_> = events
            .iter()
            .map(|event| {
                self.vet(event)?;
                place(event).map_err(|error| PublishError::NotSent(error.to_string()))
            })
            .collect();
        let limit = self.bus.settings.max_stream_length;
        self.bus.change(|state| {
            // Once it is locked: who reads after that clock finds what was published by it.
            let now = millis((self.bus.clock)());
            events
                .iter()
                .zip(vetted)
                .map(|(event, place)| {
                    let place = place?;
                    state.reachable().map_err(|error| PublishError::NotSent(error.to_string()))?;
                    if let Some(why) = &state.refusal {
                        return Err(PublishError::NotSent(format!("the embedded broker refused it: {why}")));
                    }
                    let stream = place.stream().clone();
                    let earlier = match form {
                        Form::Batch => None,
                        Form::Once => state.markers.find(now, &stream, event.id()),
                    };
                    let entry = earlier.unwrap_or_else(|| {
                        let arrival = Arrival::json(place, event.text());
                        let entry = state.append(now, &arrival.place, arrival.fields, limit);
                        if form == Form::Once {
                            state.markers.set(now, stream.clone(), event.id(), entry);
                        }
                        entry
                    });
                    if state.answers_to_lose > 0 {
                        state.answers_to_lose -= 1;
                        return Err(PublishError::Unknown(
                            "the embedded broker was told to lose its answer".to_owned(),
                        ));
                    }
                    Ok(Published { event: event.id(), stream, entry, repeated: earlier.is_some() })
                })
                .collect()
        })
    }

    async fn reach(&self) -> Result<(), BusError> {
        self.bus.state().reachable()
    }

    /// Nothing is sent, as the bus is in this process: what would be sent to a Redis that is laid out like it.
    fn preview(&self, event: &NewEvent, form: Form) -> Vec<String> {
        let Ok(place) = place(event) else { return Vec::new() };
        let stream = place.stream().as_str();
        let arrival = Arrival::json(place.clone(), event.text());
        let add = quote::add(stream, &arrival.fields);
        match form {
            Form::Batch => vec![add],
            Form::Once => {
                let marker = format!("{stream}:sent:{}", event.id());
                vec![add, format!("SET {} ENTRY_ID EX 86400 NX", quote::quoted(marker.as_bytes()))]
            }
        }
    }

    fn vet(&self, event: &NewEvent) -> Result<(), PublishError> {
        if event.workflow_copy() == Some(true) {
            return Err(PublishError::NotSent("the embedded bus has no copy for workflows".to_owned()));
        }
        self.intake.vet(event, self.bus.settings.max_event_bytes)
    }

    fn target(&self, event: &NewEvent) -> Option<StreamKey> {
        place(event).ok().map(|place| place.stream().clone())
    }
}

fn place(event: &NewEvent) -> Result<Place, IdError> {
    Place::new(event.event_type().clone(), event.channel().cloned())
}
