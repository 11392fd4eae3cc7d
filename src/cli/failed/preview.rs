//! What a retry would do, before it does anything.

use std::time::Duration;

use serde::Serialize;

use super::line::time;
use super::site::Site;
use crate::bus::{BusError, FailedEvent, Foreseen, Runs};
use crate::cli::desk::Desk;
use crate::cli::exit::Stop;
use crate::cli::patient::patiently;
use crate::plan::{Plan, Share, Summary, note_unattended};
use crate::text::{age, count, display_safe, plural};

/// Of each kind so many are named in text; the rest is counted.
const NAMED: usize = 5;
/// Commands of so many events are shown in text.
pub(super) const EVENTS: usize = 10;

/// A plan in JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PlanLine<'a> {
    plan: PlanFacts<'a>,
}

/// What there is to know of it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PlanFacts<'a> {
    frozen_at: String,
    #[serde(flatten)]
    summary: SummaryFacts<'a>,
    runs: &'static str,
    pace: String,
    reason: Option<&'a str>,
    reaches: Vec<ShareLine<'a>>,
    skipped: u64,
    skipped_runs: u64,
    notes: &'a [String],
}

/// What it is about, in JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SummaryFacts<'a> {
    count: u64,
    tenants: Vec<ShareLine<'a>>,
    types: Vec<ShareLine<'a>>,
    handlers: Vec<ShareLine<'a>>,
    errors: Vec<ShareLine<'a>>,
    newest_ms: Option<u64>,
    oldest_ms: Option<u64>,
}

impl<'a> SummaryFacts<'a> {
    pub(super) fn of(summary: &'a Summary) -> Self {
        let millis = |age: Duration| u64::try_from(age.as_millis()).unwrap_or(u64::MAX);
        Self {
            count: summary.count,
            tenants: ShareLine::all(&summary.tenants),
            types: ShareLine::all(&summary.types),
            handlers: ShareLine::all(&summary.handlers),
            errors: ShareLine::all(&summary.errors),
            newest_ms: summary.ages.map(|(newest, _)| millis(newest)),
            oldest_ms: summary.ages.map(|(_, oldest)| millis(oldest)),
        }
    }
}

/// What it is about, in rows of text.
pub(super) fn about(summary: &Summary, site: &Site, desk: &Desk<'_>) -> [(&'static str, String); 5] {
    [
        ("tenant", shares(&summary.tenants, &|tenant| site.labels.show(tenant), desk)),
        ("type", shares(&summary.types, &safe, desk)),
        ("handler", shares(&summary.handlers, &safe, desk)),
        ("error", errors(summary, desk)),
        ("age", ages(summary)),
    ]
}

/// As it may be shown.
pub(super) fn safe(text: &str) -> String {
    display_safe(text).into_owned()
}

/// How many have something in common; `name` is null where nothing says what.
#[derive(Debug, Serialize)]
struct ShareLine<'a> {
    name: Option<&'a str>,
    count: u64,
}

/// The commands of one event, in JSON.
#[derive(Debug, Serialize)]
pub(super) struct CommandsLine {
    pub(super) id: String,
    pub(super) commands: Vec<String>,
}

impl<'a> ShareLine<'a> {
    fn all(shares: &'a [Share]) -> Vec<Self> {
        let name = |share: &'a Share| (!share.name.is_empty()).then_some(share.name.as_str());
        shares.iter().map(|share| Self { name: name(share), count: share.count }).collect()
    }
}

/// What to know before anything is done.
pub(super) fn warnings(foreseen: &Foreseen, total: u64) -> Vec<String> {
    let mut all = foreseen.notes.clone();
    if foreseen.skipped > 0 {
        all.push(format!(
            "{} of {} would run nobody: every handler that is known has done them; --force runs them all the same",
            count(foreseen.skipped),
            count(total)
        ));
    }
    if foreseen.skipped_runs > 0 {
        let runs = plural(foreseen.skipped_runs, "run is", "runs are");
        all.push(format!("{runs} skipped, because a handler has done them"));
    }
    all
}

/// What retrying would do, and who of its handlers nobody runs.
pub(super) async fn foresee(plan: &Plan, events: &[FailedEvent], site: &Site) -> Result<Foreseen, BusError> {
    let mut foreseen = site.session.failed.foresee(events, plan.runs).await?;
    note_unattended(site.session.inspector.as_ref(), events, &mut foreseen).await;
    Ok(foreseen)
}

/// Shows the plan, and the exact commands.
pub(super) async fn show(
    plan: &Plan,
    events: &[FailedEvent],
    site: &Site,
    desk: &mut Desk<'_>,
) -> Result<(), Stop> {
    let mut foreseen = Foreseen::default();
    if !events.is_empty() {
        let asked = patiently(site.patience, desk, || foresee(plan, events, site)).await?;
        let Some(seen) = asked else { return Ok(()) };
        foreseen = seen;
    }
    let operator = site.operator("the commands are not known")?;
    let because = plan.because();
    let commands = |at: &crate::bus::FailedAt| operator.preview(&plan.order(at), &because);
    if desk.is_json() {
        desk.out.json(&PlanLine { plan: facts(plan, &foreseen) })?;
    } else {
        for line in text(plan, &foreseen, site, desk) {
            desk.out.line(&line)?;
        }
    }
    send(plan.items.iter().map(|at| (at.to_string(), commands(at))), desk)
}

/// Shows the exact commands of each event.
pub(super) fn send(
    each: impl ExactSizeIterator<Item = (String, Vec<String>)>,
    desk: &mut Desk<'_>,
) -> Result<(), Stop> {
    let more = each.len().saturating_sub(EVENTS);
    if desk.is_json() {
        for (id, commands) in each {
            desk.out.json(&CommandsLine { id, commands })?;
        }
        return Ok(());
    }
    for (_, commands) in each.take(EVENTS) {
        for command in commands {
            desk.out.line(&format!("  {}", display_safe(&command)))?;
        }
    }
    if more > 0 {
        let more = plural(more as u64, "more event", "more events");
        desk.out.line(&format!("  and the same for {more}; -o json prints all"))?;
    }
    Ok(())
}

fn facts<'a>(plan: &'a Plan, foreseen: &'a Foreseen) -> PlanFacts<'a> {
    let reaches = foreseen.handlers.iter().map(|(name, count)| ShareLine { name: Some(name), count: *count });
    PlanFacts {
        frozen_at: time(plan.frozen_at),
        summary: SummaryFacts::of(&plan.summary),
        runs: plan.runs.word(),
        pace: plan.pace.to_string(),
        reason: plan.reason.as_deref(),
        reaches: reaches.collect(),
        skipped: foreseen.skipped,
        skipped_runs: foreseen.skipped_runs,
        notes: &foreseen.notes,
    }
}

fn text(plan: &Plan, foreseen: &Foreseen, site: &Site, desk: &Desk<'_>) -> Vec<String> {
    let summary = &plan.summary;
    let frozen = format!(
        "{}, frozen {}",
        plural(summary.count, "event", "events"),
        desk.zone.place(plan.frozen_at).format("%H:%M:%S")
    );
    let reaches: Vec<_> =
        foreseen.handlers.iter().map(|(name, n)| Share { name: name.clone(), count: *n }).collect();
    let runs = match plan.runs {
        Runs::Failed => "only the handlers that did not succeed",
        Runs::All => "all handlers, whatever they have done",
        Runs::AsNew => "all handlers, as an event with a new id",
    };
    let mut rows = about(summary, site, desk).to_vec();
    rows.extend([
        ("runs", runs.to_owned()),
        ("reaches", shares(&reaches, &safe, desk)),
        ("pace", plan.pace.to_string()),
        ("reason", plan.reason.as_deref().map(safe).unwrap_or_default()),
    ]);
    rows.extend(warnings(foreseen, summary.count).into_iter().map(|note| ("note", safe(&note))));
    rows.push(("sends", "exactly this:".to_owned()));
    lines(frozen, &rows)
}

/// A head, and the rows that say something.
pub(super) fn lines(head: String, rows: &[(&str, String)]) -> Vec<String> {
    let row = |(name, value): &(&str, String)| format!("{name:<9}{value}");
    std::iter::once(head).chain(rows.iter().filter(|(_, value)| !value.is_empty()).map(row)).collect()
}

/// The largest shares, by name.
fn shares(shares: &[Share], show: &dyn Fn(&str) -> String, desk: &Desk<'_>) -> String {
    let named = shares.iter().take(NAMED).map(|share| {
        let name = if share.name.is_empty() { "(unknown)".to_owned() } else { show(&share.name) };
        format!("{name} {}", count(share.count))
    });
    let more = shares.len().saturating_sub(NAMED) as u64;
    let more = (more > 0).then(|| format!("{} more", count(more)));
    named.chain(more).collect::<Vec<_>>().join(desk.paint.sign(" · ", " | "))
}

/// What happened; nothing where the bus does not record it.
fn errors(summary: &Summary, desk: &Desk<'_>) -> String {
    let is_recorded = summary.errors.iter().any(|share| !share.name.is_empty());
    let told = || shares(&summary.errors, &safe, desk);
    is_recorded.then(told).unwrap_or_default()
}

/// How long ago they failed.
fn ages(summary: &Summary) -> String {
    match summary.ages {
        Some((newest, oldest)) if age(newest) == age(oldest) => age(newest),
        Some((newest, oldest)) => format!("{} to {}", age(newest), age(oldest)),
        None => String::new(),
    }
}
