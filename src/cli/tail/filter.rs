//! `--filter`: the filter language, applied to entries as they come.

use crate::cli::desk::Desk;
use crate::cli::exit::Stop;
use crate::event::{Entry, TenantLabels};
use crate::filter::{Filter, Subject};

/// The filter of a tail; without one everything fits.
#[derive(Debug)]
pub(super) struct TailFilter(Option<Filter>);

impl TailFilter {
    /// Reads the filter; a mistake is shown with a caret.
    pub(super) fn parse(text: Option<&str>) -> Result<Self, Stop> {
        let Some(text) = text else { return Ok(Self(None)) };
        match Filter::parse(text) {
            Ok(filter) => Ok(Self(Some(filter))),
            Err(error) => Err(Stop::usage(
                format!("--filter cannot be read:\n{}", error.caret(text)),
                "docs/filter.md explains the language.",
            )),
        }
    }

    /// Whether `entry` is printed.
    pub(super) fn matches(&self, entry: &Entry, labels: &TenantLabels, desk: &Desk<'_>) -> bool {
        self.0.as_ref().is_none_or(|filter| filter.matches(&Subject::of(entry, labels), desk.now()))
    }
}
