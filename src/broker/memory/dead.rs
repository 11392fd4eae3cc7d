//! Dead letters: what a person has to look at.

use std::sync::Arc;

use crate::bus::{Claim, Failure, Reason};
use crate::event::{EntryId, Field, HandlerName};

/// An event that a handler could not handle.
#[derive(Debug, Clone, PartialEq)]
pub struct DeadLetter {
    /// Its position among the dead letters of its type; those of one type only grow.
    pub id: EntryId,
    /// Which handler's it is.
    pub handler: HandlerName,
    /// Where it was published.
    pub source: Claim,
    /// Its fields, as they were published; none where it was trimmed before anybody could keep them.
    pub fields: Arc<Vec<Field>>,
    /// How often it was tried.
    pub attempts: u32,
    /// Why it is here. `None`: it was put aside while it waited to be tried again, and put back.
    pub reason: Option<Reason>,
    /// What to say of it: what happened, and what caused that, and so on.
    pub error: Vec<String>,
    /// How its attempts failed, oldest first.
    pub history: Vec<Failure>,
    /// When it came here, in milliseconds since 1970.
    pub at_ms: u64,
}
