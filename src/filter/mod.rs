//! The one filter language of the dashboard and of every verb.

mod subject;

pub use subject::{Standing, Subject};
