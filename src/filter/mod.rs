//! The one filter language of the dashboard and of every verb.

mod stub;
mod subject;

pub use stub::{Filter, FilterError, LiveFilter};
pub use subject::{Standing, Subject};
