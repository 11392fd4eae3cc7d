//! The event: `{id, eventType, timestamp, payload{tenantId, ..}}`, its validated ids, and the entry that holds it in
//! a stream. Plain data: nothing here reads, writes or waits.
//!
//! The payload's text is kept as it came; numbers, key order and duplicate keys survive every path through Tidings.

mod about;
mod entry;
mod envelope;
mod failed;
mod fault;
mod id;
mod intern;
pub mod json;
mod label;
mod new;
mod payload;
mod pick;
mod redact;
mod whole;

pub use about::{About, line_of, parts_of};
pub use entry::{Content, Entry, Field, Verdict};
pub use envelope::{Envelope, MAX_DEPTH, depth_exceeds, parse_instant};
pub use failed::FailedState;
pub use fault::{Fault, FaultKind, Report};
pub use id::{Channel, EntryId, EventId, EventType, HandlerName, IdError, StreamKey, TenantId};
pub use intern::Interner;
pub use label::TenantLabels;
pub use new::NewEvent;
pub use payload::{Changes, Invoice, Project, Ticket, TimeEntry, TypedPayload, WorkItem};
pub use pick::pick;
pub use redact::{BadPattern, Masks, Names, Paths, REDACTED, Redacted};
pub use whole::Event;
