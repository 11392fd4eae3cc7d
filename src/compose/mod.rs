//! Composing events by hand: templates with placeholders, and what is remembered of what was sent. Pure, but for the
//! engine that sends; the dashboard and the verbs share it.

mod fill;
mod placeholder;
mod redaction;
mod sent;
mod template;

pub use fill::{FillError, FillFault, Filling, fill, labels, literal};
pub use redaction::{BadPattern, Redaction};
pub use sent::{Outcome, Sent, SentError};
pub use template::{Template, TemplateError};

#[cfg(test)]
mod text_tests;
