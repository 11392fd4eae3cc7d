//! What a verb would do that is no retry, before it does anything.

use serde::Serialize;

use super::preview::{ShareLine, ages, errors, lines, millis, send, shares};
use super::site::Site;
use crate::bus::Deed;
use crate::cli::desk::Desk;
use crate::cli::exit::Stop;
use crate::plan::Summary;
use crate::text::{display_safe, plural};

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
    count: u64,
    tenants: Vec<ShareLine<'a>>,
    types: Vec<ShareLine<'a>>,
    handlers: Vec<ShareLine<'a>>,
    errors: Vec<ShareLine<'a>>,
    newest_ms: Option<u64>,
    oldest_ms: Option<u64>,
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
        let would = WouldFacts {
            deed: deed.word(),
            count: summary.count,
            tenants: ShareLine::all(&summary.tenants),
            types: ShareLine::all(&summary.types),
            handlers: ShareLine::all(&summary.handlers),
            errors: ShareLine::all(&summary.errors),
            newest_ms: summary.ages.map(|(newest, _)| millis(newest)),
            oldest_ms: summary.ages.map(|(_, oldest)| millis(oldest)),
            reason,
        };
        desk.out.json(&WouldLine { would })?;
        return send(each, desk);
    }
    let head = format!("{} would be {deed}", plural(summary.count, "event", "events"));
    let safe = |text: &str| display_safe(text).into_owned();
    let rows = [
        ("tenant", shares(&summary.tenants, &|tenant| site.labels.show(tenant), desk)),
        ("type", shares(&summary.types, &safe, desk)),
        ("handler", shares(&summary.handlers, &safe, desk)),
        ("error", errors(summary, desk)),
        ("age", ages(summary)),
        ("reason", reason.map(safe).unwrap_or_default()),
        ("sends", "exactly this:".to_owned()),
    ];
    for line in lines(head, &rows) {
        desk.out.line(&line)?;
    }
    send(each, desk)
}
