//! What a verb would do that is no retry, before it does anything.

use serde::Serialize;

use super::preview::{SummaryFacts, about, lines, safe, send};
use super::site::Site;
use crate::bus::Deed;
use crate::cli::desk::Desk;
use crate::cli::exit::Stop;
use crate::plan::Summary;
use crate::text::plural;

/// What would be done, in JSON.
#[derive(Debug, Serialize)]
struct WouldLine<'a> {
    would: WouldFacts<'a>,
}

/// What there is to know of it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct WouldFacts<'a> {
    deed: &'static str,
    #[serde(flatten)]
    summary: SummaryFacts<'a>,
    reason: Option<&'a str>,
}

/// Shows what it is about, and the exact commands of each event, by its name.
pub(super) fn show(
    deed: Deed,
    summary: &Summary,
    reason: Option<&str>,
    each: impl ExactSizeIterator<Item = (String, Vec<String>)>,
    site: &Site,
    desk: &mut Desk<'_>,
) -> Result<(), Stop> {
    if desk.is_json() {
        let would = WouldFacts { deed: deed.word(), summary: SummaryFacts::of(summary), reason };
        desk.out.json(&WouldLine { would })?;
        return send(each, desk);
    }
    let head = format!("{} would be {deed}", plural(summary.count, "event", "events"));
    let mut rows = about(summary, site, desk).to_vec();
    rows.push(("reason", reason.map(safe).unwrap_or_default()));
    rows.push(("sends", "exactly this:".to_owned()));
    for line in lines(head, &rows) {
        desk.out.line(&line)?;
    }
    send(each, desk)
}
