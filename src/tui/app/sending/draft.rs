//! An event before it is sent: what it is, what there is against it, and what can be chosen.

use chrono::{DateTime, Utc};

use crate::bus::{BusError, PublishError, Receivers};
use crate::compose::{Filling, fill};
use crate::event::{Fault, FaultKind, NewEvent, Report};
use crate::schema::{Check, Registry};
use crate::text::display_safe;
use crate::tui::app::Field;
use crate::tui::effect::Prospect;

/// So many copies at most: more come from a file.
pub const MOST_COPIES: u64 = 1_000;

/// An event before it is sent.
#[derive(Debug, Clone)]
pub struct SendDraft {
    /// The number of the question: answers come back with it.
    pub number: u64,
    /// The event as it stands in the form: what was sent is known again by it.
    pub origin: NewEvent,
    /// The event as it was composed; of one that is sent again with its id, as it was sent.
    pub composed: NewEvent,
    /// The event as it would be sent: of several the first.
    pub event: NewEvent,
    /// Whether the placeholders of its payload are filled in; `None` where it has none.
    pub fills: Option<bool>,
    /// Why they cannot be filled in, if they cannot.
    pub unfillable: Option<String>,
    /// What its type's schema says against it. Safe to show.
    pub faults: Vec<String>,
    /// Whether it is sent although it does not fit.
    pub overrides: bool,
    /// Whether the flat copy for workflows is written with it: `None` as the context has it. Nothing in a profile
    /// without such copies.
    pub workflow: Option<Option<bool>>,
    /// How many copies, as it is typed.
    pub copies: Field,
    /// How many of them a second, as it is typed; nothing for as fast as they are taken.
    pub rate: Field,
    /// Whether it was sent before with the same id, and nobody knows what came of that.
    pub is_again: bool,
    /// Those that are sent again with it, each as it was sent, and under the id that it has.
    pub also: Vec<NewEvent>,
    /// Whether nobody has seen its tenant on this bus, and it has no label.
    pub is_stranger: bool,
    /// Why this session may not publish, if it may not. Safe to show.
    pub may: Result<(), String>,
    /// What publishing it would do; nothing while that is asked.
    pub prospect: Option<Prospect>,
    /// Who would receive it; nothing while that is asked.
    pub receivers: Option<Result<Receivers, BusError>>,
}

impl SendDraft {
    /// Before anything was asked.
    pub fn new(number: u64, composed: NewEvent, may: Result<(), String>) -> Self {
        Self {
            number,
            origin: composed.clone(),
            event: composed.clone(),
            fills: composed.payload().contains("{{").then_some(true),
            composed,
            unfillable: None,
            faults: Vec::new(),
            overrides: false,
            workflow: None,
            copies: Field::new("1"),
            rate: Field::default(),
            is_again: false,
            also: Vec::new(),
            is_stranger: false,
            may,
            prospect: None,
            receivers: None,
        }
    }

    /// Makes the event that would be sent, and looks it over. Placeholders that cannot be filled in are sent as they are
    /// typed.
    pub fn renew(&mut self, now: DateTime<Utc>, schemas: Option<&Registry>) {
        self.event = self.composed.clone();
        self.unfillable = None;
        if self.fills == Some(true) {
            match filled(&self.composed, self.composed.payload(), self.composed.id(), (now, 1)) {
                Ok(event) => self.event = event,
                Err(why) => {
                    self.unfillable = Some(why);
                    self.fills = Some(false);
                }
            }
        }
        self.faults = match schemas.map(|it| it.check(self.event.event_type(), self.event.payload())) {
            Some(Check::Invalid(reports)) => reports.iter().map(said).collect(),
            Some(Check::Valid | Check::Unchecked) | None => Vec::new(),
        };
        self.prospect = None;
        self.put_override();
        self.put_workflow();
    }

    /// Turns on or off whether it is sent although it does not fit.
    pub fn turn_override(&mut self) {
        self.overrides = !self.overrides;
        self.put_override();
        self.put_workflow();
    }

    /// Chooses whether the copy for workflows is written.
    pub fn turn_workflow(&mut self, by: isize) {
        const CHOICES: [Option<bool>; 3] = [None, Some(true), Some(false)];
        let Some(now) = self.workflow else { return };
        let at = CHOICES.iter().position(|choice| *choice == now).unwrap_or(0);
        let next = (at + CHOICES.len()).saturating_add_signed(by) % CHOICES.len();
        self.workflow = Some(CHOICES.get(next).copied().flatten());
        self.event = checked(&self.event);
        self.put_override();
        self.put_workflow();
    }

    fn put_workflow(&mut self) {
        // Where nothing is to be chosen it stays as it was composed, or sent.
        if let Some(copy) = self.workflow.unwrap_or_else(|| self.composed.workflow_copy()) {
            self.event = self.event.clone().with_workflow_copy(copy);
        }
    }

    fn put_override(&mut self) {
        if self.overrides && self.misfits() {
            self.event = self.event.clone().unchecked();
        } else if self.event.is_unchecked() {
            self.event = checked(&self.event);
        }
    }

    /// Takes what publishing it would do. What was asked about is judged by its schema, whatever a person said.
    pub fn learn(&mut self, prospect: Prospect) {
        if let (Err(PublishError::Invalid(fault)), true) = (&prospect.vetted, self.faults.is_empty()) {
            self.faults = fault.reports.iter().map(said).collect();
        }
        self.prospect = Some(prospect);
    }

    /// Whether it does not fit its schema.
    pub fn misfits(&self) -> bool {
        !self.faults.is_empty()
    }

    /// How many events it is about; nothing where that is no number. Under the ids that they have they are those.
    pub fn count(&self) -> Option<u64> {
        if self.is_again {
            return Some(1 + self.also.len() as u64);
        }
        let typed = self.copies.text().trim().replace(',', "");
        typed.parse().ok().filter(|count| (1..=MOST_COPIES).contains(count))
    }

    /// How many a second; an error where that is no number.
    pub fn rate(&self) -> Result<Option<f64>, &'static str> {
        rate_of(&self.rate)
    }

    /// Why it cannot be sent as it stands, if it cannot.
    pub fn objection(&self) -> Option<String> {
        if let Err(why) = &self.may {
            return Some(why.clone());
        }
        match self.prospect.as_ref().map(|prospect| &prospect.vetted) {
            None => return Some("what it would do is not known yet: wait a moment".to_owned()),
            Some(Err(PublishError::Invalid(_)) | Ok(())) => {}
            Some(Err(why)) => return Some(display_safe(&why.to_string()).into_owned()),
        }
        if self.misfits() && !self.overrides {
            return Some(
                "it does not fit its schema: mend it, or turn on 'send although it does not fit' with Tab and space"
                    .to_owned(),
            );
        }
        if self.count().is_none() {
            return Some(format!("copies are a number from 1 to {MOST_COPIES}"));
        }
        self.rate().err().map(ToOwned::to_owned)
    }
}

/// The rate that is typed; nothing for as fast as they are taken.
pub(super) fn rate_of(typed: &Field) -> Result<Option<f64>, &'static str> {
    match typed.text().trim() {
        "" => Ok(None),
        typed => match typed.trim_end_matches("/s").trim().parse::<f64>() {
            Ok(rate) if rate.is_finite() && rate > 0.0 => Ok(Some(rate)),
            _ => Err("the rate is a number of events a second, such as 5 or 0.5"),
        },
    }
}

/// `composed` with the placeholders of `payload` filled in, as the `nth` copy, under this id.
pub(crate) fn filled(
    composed: &NewEvent,
    payload: &str,
    id: crate::event::EventId,
    (now, nth): (DateTime<Utc>, u64),
) -> Result<NewEvent, String> {
    let mut filling = Filling::new(now, Some(composed.tenant().clone()));
    filling.number = nth;
    let payload = fill(payload, &mut filling).map_err(|why| display_safe(&why.to_string()).into_owned())?;
    let event = NewEvent::compose(id, composed.event_type(), now, &payload)
        .map_err(|fault| display_safe(&fault.summary()).into_owned())?;
    if event.tenant() != composed.tenant() {
        return Err("a placeholder would change the tenant".to_owned());
    }
    Ok(match composed.channel() {
        Some(channel) => event.on_channel(channel.clone()),
        None => event,
    })
}

/// The same event, to be judged by its schema again.
fn checked(event: &NewEvent) -> NewEvent {
    match (NewEvent::from_text(event.text().to_owned()), event.channel()) {
        (Ok(same), Some(channel)) => same.on_channel(channel.clone()),
        (Ok(same), None) => same,
        // Its text was read before.
        (Err(_), _) => event.clone(),
    }
}

fn said(report: &Report) -> String {
    display_safe(&Fault::new(FaultKind::Schema, report.clone()).summary()).into_owned()
}
