//! From deliveries to attempts: what cannot be handled at all goes to the dead letters at once.

use std::sync::Arc;

use tokio::time::sleep;

use super::PAUSES;
use super::lanes::{Job, Lanes, fields};
use super::table::Held;
use crate::bus::{
    Admission, BusError, Delivery, Disposition, Finish, FinishAs, Intake, Membership, Reason, RetryPolicy,
};
use crate::event::{Content, Entry, Event, FaultKind, Field};

/// Judges deliveries, and starts their attempts.
pub(super) struct Dispatcher {
    pub(super) intake: Intake,
    pub(super) policy: RetryPolicy,
    pub(super) lanes: Arc<Lanes>,
    /// With a dedup window: who knows what was done.
    pub(super) memory: Option<Arc<dyn Membership>>,
}

impl Dispatcher {
    /// Takes a batch in.
    pub(super) async fn take(&mut self, batch: Vec<Held>) {
        let Some(memory) = self.memory.clone() else {
            for held in batch {
                if let Some(job) = self.judge(held).await {
                    self.lanes.submit(job);
                }
            }
            return;
        };
        let mut first = Vec::with_capacity(batch.len());
        for held in batch {
            // They must stand among those under way before it is asked what was done: one that ends in between would be
            // neither.
            first.extend(self.judge(held).await.and_then(|job| self.lanes.enter(job)));
        }
        let done = done_already(&*memory, &first, &self.lanes).await;
        for (job, done) in first.into_iter().zip(done) {
            if done {
                self.lanes.pass_over(job).await;
            } else {
                self.lanes.submit(job);
            }
        }
    }

    /// What is to be run of a delivery; everything else of it is finished here.
    async fn judge(&mut self, (delivery, hold): Held) -> Option<Job> {
        let Delivery { claim, mut raw, attempt, crashes, history, source, plan, force } = delivery;
        let beside = beside(&mut raw.fields);
        let finish = |event, about, attempt, what| Finish {
            claim: claim.clone(),
            source: source.clone(),
            event,
            about,
            attempt,
            crashes,
            plan: plan.clone(),
            force,
            what,
        };
        match self.intake.admit(raw) {
            Admission::Entry(entry) if !self.lanes.admits(&entry) => {
                self.lanes.skip(finish(entry.event_id, None, attempt, FinishAs::Skipped)).await;
            }
            Admission::Entry(entry) => match Event::of(entry) {
                Ok(event) => {
                    if let Some(Disposition::DeadLetter(reason)) =
                        Disposition::after_crashes(crashes, &self.policy)
                    {
                        let error =
                            vec![format!("its worker ended or stalled {crashes} times while it had it")];
                        let fields = Arc::new(fields(event.text(), &beside));
                        let what = FinishAs::Dead { fields, reason, error, history };
                        let about = Some((event.event_type().clone(), event.tenant().clone()));
                        self.lanes.finish_untried(finish(Some(event.id()), about, attempt, what)).await;
                        return None;
                    }
                    let event = Arc::new(event);
                    return Some(Job {
                        claim,
                        hold,
                        source,
                        event,
                        beside,
                        attempt,
                        crashes,
                        history,
                        plan,
                        force,
                    });
                }
                Err(entry) => {
                    let (event, about) = (entry.event_id, entry.event_type.clone().zip(entry.tenant.clone()));
                    // One that fitted before, and was tried.
                    let tried = attempt.saturating_sub(1);
                    let dead = dead(*entry, beside, history);
                    self.lanes.finish_untried(finish(event, about, tried, dead)).await;
                }
            },
            // This worker is locked to other tenants: the event is none of its business.
            Admission::OtherTenant | Admission::Unattributed => {
                self.lanes.skip(finish(None, None, 0, FinishAs::Skipped)).await;
            }
        }
        None
    }
}

/// Which of `jobs` the handler has done before. A broker that is out of reach is waited for; one that refuses to say must
/// not keep the handler from working: then they run.
async fn done_already(memory: &dyn Membership, jobs: &[Job], lanes: &Lanes) -> Vec<bool> {
    let is_asked = |job: &Job| !job.force;
    let events: Vec<_> = jobs
        .iter()
        .filter(|job| is_asked(job))
        .map(|job| (job.source.stream.clone(), job.event.id()))
        .collect();
    let mut answers = Vec::new().into_iter();
    let mut pauses = PAUSES;
    // When nothing begins any more, all of it is given back anyway.
    while !events.is_empty() && !lanes.is_closed() {
        match memory.done_already(&events).await {
            Ok(done) => {
                answers = done.into_iter();
                break;
            }
            Err(BusError::Unavailable { what }) => {
                tracing::warn!(events = events.len(), "looking for what was done before failed: {what}");
                sleep(pauses.pause()).await;
            }
            Err(why) => {
                tracing::warn!(
                    events = events.len(),
                    "what was done before is not known, and runs again: {}",
                    why.what()
                );
                break;
            }
        }
    }
    jobs.iter().map(|job| is_asked(job) && answers.next().unwrap_or(false)).collect()
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
                let at = if report.path.is_empty() { String::new() } else { format!("{}: ", report.path) };
                format!("{at}expected {}, found {}", report.expected, report.found)
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
