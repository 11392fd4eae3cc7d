//! From deliveries to attempts: what cannot be handled at all goes to the dead letters at once.

use std::sync::Arc;

use super::lanes::{Job, Lanes, fields};
use super::table::Held;
use crate::bus::{Admission, Delivery, Disposition, Finish, FinishAs, Intake, Reason, RetryPolicy};
use crate::event::{Content, Entry, Event, FaultKind, Field};

/// Judges deliveries, and starts their attempts.
pub(super) struct Dispatcher {
    pub(super) intake: Intake,
    pub(super) policy: RetryPolicy,
    pub(super) lanes: Arc<Lanes>,
}

impl Dispatcher {
    /// Takes a delivery in.
    pub(super) async fn take(&mut self, (delivery, hold): Held) {
        let Delivery { claim, mut raw, attempt, crashes, history, source, plan } = delivery;
        let beside = beside(&mut raw.fields);
        let finish = |event, about, attempt, what| Finish {
            claim: claim.clone(),
            source: source.clone(),
            event,
            about,
            attempt,
            crashes,
            plan: plan.clone(),
            what,
        };
        match self.intake.admit(raw) {
            Admission::Entry(entry) if !self.lanes.admits(&entry) => {
                self.lanes.skip(finish(entry.event_id, None, attempt, FinishAs::Done)).await;
            }
            Admission::Entry(entry) => match Event::of(entry) {
                Ok(event) => {
                    if let Some(Disposition::DeadLetter(reason)) =
                        Disposition::after_crashes(crashes, &self.policy)
                    {
                        let error = vec![format!("its worker ended or stalled {crashes} times while it ran")];
                        let fields = Arc::new(fields(event.text(), &beside));
                        let what = FinishAs::Dead { fields, reason, error, history };
                        let about = Some((event.event_type().clone(), event.tenant().clone()));
                        self.lanes.finish_untried(finish(Some(event.id()), about, attempt, what)).await;
                        return;
                    }
                    let event = Arc::new(event);
                    self.lanes.submit(Job {
                        claim,
                        hold,
                        source,
                        event,
                        beside,
                        attempt,
                        crashes,
                        history,
                        plan,
                    });
                }
                Err(entry) => {
                    let (event, about) = (entry.event_id, entry.event_type.clone().zip(entry.tenant.clone()));
                    self.lanes.finish_untried(finish(event, about, 0, dead(*entry, beside, history))).await;
                }
            },
            // This worker is locked to other tenants: the event is none of its business.
            Admission::OtherTenant | Admission::Unattributed => {
                self.lanes.skip(finish(None, None, 0, FinishAs::Done)).await;
            }
        }
    }
}

/// Takes out what lies beside the event; `fields` keeps the event alone, or all where there is none.
fn beside(fields: &mut Vec<Field>) -> Vec<Field> {
    let is_event = |field: &Field| field.0 == Intake::EVENT_FIELD.as_bytes();
    match fields.iter().position(is_event) {
        Some(at) => {
            let event = fields.remove(at);
            std::mem::replace(fields, vec![event])
        }
        None => Vec::new(),
    }
}

/// What becomes of an entry that is no event, or does not fit its schema.
fn dead(entry: Entry, beside: Vec<Field>, history: Vec<crate::bus::Failure>) -> FinishAs {
    let (reason, error) = match entry.fault() {
        Some(fault) => {
            let reason = if fault.kind == FaultKind::Schema { Reason::Invalid } else { Reason::Malformed };
            let line = |report: &crate::event::Report| {
                format!("{}: expected {}, found {}", report.path, report.expected, report.found)
            };
            (reason, fault.reports.iter().map(line).collect())
        }
        None => (Reason::Malformed, vec!["a part of the envelope is missing".to_owned()]),
    };
    let fields = match entry.content {
        Content::Json { text, .. } => fields(&text, &beside),
        Content::Fields(mut fields) => {
            fields.extend(beside);
            fields
        }
    };
    FinishAs::Dead { fields: Arc::new(fields), reason, error, history }
}
