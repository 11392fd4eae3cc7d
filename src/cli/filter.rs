//! `--filter`, as every verb that has it reads it.

use super::exit::Stop;
use crate::filter::Filter;

/// Reads a filter; a mistake is shown with a caret. Without one everything fits.
pub(super) fn parse_filter(text: Option<&str>) -> Result<Filter, Stop> {
    let Some(text) = text else { return Ok(Filter::default()) };
    Filter::parse(text).map_err(|error| {
        Stop::usage(
            format!("--filter cannot be read:\n{}", error.caret(text)),
            "docs/filter.md explains the language.",
        )
    })
}
