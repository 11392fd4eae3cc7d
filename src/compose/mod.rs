//! Composing events by hand: templates with placeholders, what is remembered of what was sent, and the engine that sends
//! one or many. Pure, but for that engine; the dashboard and the verbs share it.
//!
//! * [`lines`]: a line of a file becomes an event, or a reason why it is none.
//! * [`Survey`]: what a file of them holds, and which lines are bad, before anything is sent.
//! * [`Sender`]: publishes a [`Source`] of events in order, in batches, at a pace; what became of each is told, and counted
//!   in a [`Progress`].

mod admission;
mod doubt;
mod drive;
mod fill;
mod leavable;
pub mod lines;
mod placeholder;
mod progress;
mod redaction;
mod send;
mod sent;
mod source;
mod survey;
mod template;

pub use admission::{Admission, Refusal};
pub use doubt::{Doubting, after_doubt};
pub use fill::{FillError, FillFault, Filling, fill, labels, literal};
pub use leavable::Leavable;
pub use lines::{BadKind, BadLine, Line};
pub use progress::{Doubt, Progress, SendPhase};
pub use redaction::Redaction;
pub use send::{Sender, Sending, Told};
pub use sent::{Outcome, Sent, SentError};
pub use source::{Offer, Source};
pub use survey::{Blame, Counts, LISTED, Survey, look};
pub use template::{Template, TemplateError};

#[cfg(test)]
mod sending_tests;
#[cfg(test)]
mod text_tests;
