//! Deliveries that were lost on their way: pending with us, and unknown to us.

use std::collections::HashSet;
use std::sync::{Arc, MutexGuard, PoisonError};

use redis::{Pipeline, Value};

use super::groups::Reading;
use super::member::{Member, delivery};
use super::reader::end_wait;
use crate::broker::redis::codec;
use crate::bus::{BusError, Claim, Delivery, Finish, FinishAs, Finished, Membership as _, Reason};
use crate::event::{EntryId, StreamKey};

/// How many pending entries are looked at in a step, to find lost deliveries.
const PENDING: usize = 1_000;

impl Member {
    /// Lets a connection that was given up wait no longer: what it is given later nobody would look for.
    pub(super) async fn end_given_up(&self) -> Result<(), BusError> {
        let mut given_up = self.given_up.lock().await;
        if let Some(number) = *given_up {
            end_wait(self.commands(), number).await?;
            *given_up = None;
        }
        Ok(())
    }

    /// What is pending with us in one stream, and not known: about `at_most`.
    pub(super) async fn lost_in(
        &self,
        stream: &StreamKey,
        reading: &Reading,
        known: &HashSet<&Claim>,
        at_most: usize,
    ) -> Result<Vec<Delivery>, BusError> {
        const DOING: &str = "looking for lost deliveries";
        let unreadable = |fault| self.unreadable(fault, DOING);
        let (mut found, mut from) = (Vec::new(), "-".to_owned());
        while found.len() < at_most {
            let listed = self.pending(stream, &from, DOING).await?;
            let whole = listed.len() >= PENDING;
            from = listed.last().map_or(from, |(id, _)| format!("({id}"));
            let mut unknown = listed;
            unknown.retain(|(id, _)| !known.contains(&Claim { stream: stream.clone(), id: *id }));
            if !unknown.is_empty() {
                let mut bodies = Pipeline::with_capacity(unknown.len());
                for (id, _) in &unknown {
                    bodies.cmd("XRANGE").arg(stream.as_str()).arg(id.to_string()).arg(id.to_string());
                }
                let answers = self.commands().ask(&mut bodies, DOING).await?;
                for (answer, (id, deliveries)) in answers.into_iter().zip(unknown) {
                    let entries = codec::entries(answer).map_err(unreadable)?;
                    if entries.is_empty() {
                        self.note_unburied(tombstone(stream, reading, id));
                    }
                    found.extend(
                        entries.into_iter().map(|entry| delivery(stream, reading, entry, deliveries)),
                    );
                }
            }
            if !whole {
                break;
            }
        }
        Ok(found)
    }

    fn unburied(&self) -> MutexGuard<'_, Vec<Finish>> {
        self.unburied.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes dead letters of deliveries that were lost on their way and are trimmed by now: nobody else would look after
    /// them. What the server refuses to write is tried again.
    pub(super) async fn bury(&self) -> Result<(), BusError> {
        let all = std::mem::take(&mut *self.unburied());
        if all.is_empty() {
            return Ok(());
        }
        let answers = match self.finish(&all).await {
            Ok(answers) => answers,
            Err(why) => {
                for finish in all {
                    self.note_unburied(finish);
                }
                return Err(why);
            }
        };
        for (finish, answer) in all.into_iter().zip(answers) {
            if answer == Finished::Refused {
                self.note_unburied(finish);
            }
        }
        Ok(())
    }

    fn note_unburied(&self, finish: Finish) {
        let mut unburied = self.unburied();
        if unburied.iter().all(|other| other.claim != finish.claim) {
            unburied.push(finish);
        }
    }

    /// A page of what is pending with us in a stream: ids, and how often each was delivered.
    async fn pending(
        &self,
        stream: &StreamKey,
        from: &str,
        doing: &str,
    ) -> Result<Vec<(EntryId, u64)>, BusError> {
        let mut question = redis::pipe();
        let ask = question.cmd("XPENDING").arg(stream.as_str()).arg(self.groups.handler.as_str());
        ask.arg(from).arg("+").arg(PENDING).arg(&self.name);
        let answer = match self.commands().ask(&mut question, doing).await {
            Ok(mut answers) => answers.pop().unwrap_or(Value::Nil),
            // The group or the stream is gone: nothing of it is pending.
            Err(BusError::Refused { .. }) => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let read = |item| {
            let [id, _, _, deliveries] = codec::exactly(item, "a pending entry has four parts")?;
            Ok((codec::entry_id(&id)?, codec::number(&deliveries).unwrap_or(1)))
        };
        let unreadable = |fault| self.unreadable(fault, doing);
        codec::list(answer)
            .map_err(unreadable)?
            .into_iter()
            .map(|item| read(item).map_err(unreadable))
            .collect()
    }
}

/// What is left of a delivery that was trimmed before it came.
fn tombstone(stream: &StreamKey, reading: &Reading, id: EntryId) -> Finish {
    Finish {
        claim: Claim { stream: stream.clone(), id },
        source: Claim { stream: reading.source.key.clone(), id },
        event: None,
        about: None,
        attempt: 0,
        crashes: 0,
        plan: None,
        force: false,
        what: FinishAs::Dead {
            fields: Arc::default(),
            reason: Reason::Trimmed,
            error: vec!["it was trimmed from its stream before it was handled".to_owned()],
            history: Vec::new(),
        },
    }
}
