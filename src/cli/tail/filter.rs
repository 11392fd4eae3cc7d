//! `--filter`: the filter language, applied to entries as they come.

use crate::cli::desk::Desk;
use crate::cli::exit::Stop;
use crate::cli::filter::parse_filter;
use crate::event::{Entry, TenantLabels};
use crate::filter::{Filter, Subject};
use crate::monitor::FailureLog;

/// So many failed attempts are read before the first event.
const FAILURES: usize = 10_000;

/// The filter of a tail; without one everything fits.
#[derive(Debug)]
pub(super) struct TailFilter(Filter);

impl TailFilter {
    /// Reads the filter; a mistake is shown with a caret.
    pub(super) fn parse(text: Option<&str>) -> Result<Self, Stop> {
        let filter = parse_filter(text)?;
        if let Some(state) = filter.asks_of_failed_only() {
            return Err(Stop::usage(
                format!(
                    "'is:{}' is known of failed events only, and tail prints what is published",
                    state.word()
                ),
                "`tidings failed list` takes the same filter.",
            ));
        }
        Ok(Self(filter))
    }

    /// How many of the newest failed attempts it wants to know; none if it does not ask for them.
    pub(super) fn failures(&self) -> Option<usize> {
        self.0.asks_for_failures().then_some(FAILURES)
    }

    /// Whether `entry` is printed, as far as its failed attempts are known by now.
    pub(super) fn matches(
        &self,
        entry: &Entry,
        (labels, failures): (&TenantLabels, &FailureLog),
        desk: &Desk<'_>,
    ) -> bool {
        let subject = || Subject::of(entry, labels, failures.of_event(entry.event_id));
        self.0.is_empty() || self.0.matches(&subject(), desk.now())
    }
}
