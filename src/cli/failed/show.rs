//! `tidings failed show`: one failed event, with all that is known of it.

use std::sync::Arc;

use clap::Args;
use serde::Serialize;

use super::args::one;
use super::line::{COLUMNS, FailedLine, row, time};
use super::site::Site;
use crate::bus::{FailedAt, FailedEvent, FailedWhole, Failure, FailureKind};
use crate::cli::desk::Desk;
use crate::cli::exit::{Exit, Stop};
use crate::cli::fields::Fields;
use crate::cli::paint::Meaning;
use crate::cli::patient::patiently;
use crate::cli::table::Table;
use crate::event::{Field, Masks, REDACTED};
use crate::text::{display_safe, span};
use crate::tui::app::Clock;
use crate::tui::pretty::indented;

/// `tidings failed show`
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct ShowArgs {
    /// Its id, as `failed list -o json` gives it
    #[arg(value_name = "ID", value_parser = one)]
    id: FailedAt,
}

/// All that is known of it, in JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct WholeLine<'a> {
    #[serde(flatten)]
    event: FailedLine<'a>,
    reason: Option<&'a str>,
    plan: Option<&'a str>,
    outcome: Option<&'static str>,
    errors: &'a [String],
    history: Vec<FailureLine<'a>>,
    published: Option<PlaceLine>,
    retried: Vec<RetriedLine<'a>>,
    fields: Fields<'a>,
}

/// A failed attempt.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct FailureLine<'a> {
    at: String,
    ms: u64,
    kind: FailureKind,
    errors: &'a [String],
}

/// Where an entry lies.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PlaceLine {
    stream: String,
    entry_id: String,
}

/// A retry by hand.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct RetriedLine<'a> {
    at: String,
    who: &'a str,
    plan: &'a str,
    edited: bool,
    to: Vec<PlaceLine>,
    outcome: &'static str,
}

impl PlaceLine {
    fn of(claim: &crate::bus::Claim) -> Self {
        Self { stream: claim.stream.as_str().to_owned(), entry_id: claim.id.to_string() }
    }
}

pub(super) async fn run(args: &ShowArgs, site: &Site, desk: &mut Desk<'_>) -> Result<Exit, Stop> {
    let asked = patiently(site.patience, desk, || site.session.failed.whole(&args.id)).await?;
    let Some(whole) = asked else { return Ok(Exit::Interrupted) };
    let whole = shown(whole.ok_or_else(|| gone(&args.id))?, &site.masks);
    if desk.is_json() {
        desk.out.json(&line(&whole))?;
    } else {
        print(&whole, site, desk)?;
    }
    Ok(Exit::Ok)
}

/// What is shown of it: nothing that is masked.
pub(super) fn shown(whole: FailedWhole, masks: &Masks) -> FailedWhole {
    if masks.is_none() {
        return whole;
    }
    let whole = said(whole, masks);
    let Some(text) = &whole.event.text else {
        return FailedWhole { fields: masks.fields(&whole.fields).into_owned(), ..whole };
    };
    let redacted: Arc<str> = masks.event(text).map_or_else(|| Arc::clone(text), |it| it.text.into());
    let field = |(name, value): &Field| {
        let value = match name.as_slice() {
            b"event" => redacted.as_bytes().to_vec(),
            // A flat copy for workflows has the payload by itself; what did not fit is packed into one more field.
            b"payload" | b"moreFields" => REDACTED.as_bytes().to_vec(),
            // Whatever else holds JSON may hold the event, or its payload.
            _ => match std::str::from_utf8(value) {
                Ok(text) if text.trim_start().starts_with(['{', '[']) => {
                    let found = masks.event(text).or_else(|| masks.payload(text));
                    found.map_or_else(|| value.clone(), |redacted| redacted.text.into_bytes())
                }
                _ => value.clone(),
            },
        };
        (name.clone(), value)
    };
    let fields = whole.fields.iter().map(field).collect();
    let event = FailedEvent { text: Some(redacted), ..whole.event };
    FailedWhole { event, fields, ..whole }
}

/// Its errors, without what is masked in it.
fn said(whole: FailedWhole, masks: &Masks) -> FailedWhole {
    let text = whole.event.text.as_deref();
    let chain =
        |chain: &[String]| chain.iter().map(|it| masks.said(text, it).into_owned()).collect::<Vec<_>>();
    let error = chain(&whole.error);
    let failure = |failure: &Failure| Failure { error: chain(&failure.error), ..failure.clone() };
    let history = whole.history.iter().map(failure).collect();
    let field = |(name, value): &Field| {
        let value = match (name.as_slice(), std::str::from_utf8(value)) {
            (b"event", _) | (_, Err(_)) => value.clone(),
            (_, Ok(value)) => masks.said(text, value).into_owned().into_bytes(),
        };
        (name.clone(), value)
    };
    let fields = whole.fields.iter().map(field).collect();
    let event = super::list::said(whole.event.clone(), masks);
    FailedWhole { event, fields, error, history, ..whole }
}

/// What is not there, and how to find out why.
pub(super) fn gone(at: &FailedAt) -> Stop {
    Stop::failed(
        format!("{at} is not there any more"),
        "`tidings failed list` shows what is, and `tidings journal` what was done.",
    )
}

fn line(whole: &FailedWhole) -> WholeLine<'_> {
    let event = &whole.event;
    let history = whole.history.iter().map(|failure| FailureLine {
        at: time(failure.at),
        ms: failure.ms,
        kind: failure.kind,
        errors: &failure.error,
    });
    let retried = whole.lineage.retried.iter().map(|retried| RetriedLine {
        at: time(retried.at),
        who: &retried.who,
        plan: &retried.plan,
        edited: retried.edited,
        to: retried.to.iter().map(PlaceLine::of).collect(),
        outcome: retried.outcome.words(),
    });
    WholeLine {
        event: FailedLine::of(event),
        reason: event.reason.as_deref(),
        plan: event.plan.as_deref(),
        outcome: event.outcome.map(crate::bus::Followed::words),
        errors: &whole.error,
        history: history.collect(),
        published: whole.lineage.published.as_ref().map(PlaceLine::of),
        retried: retried.collect(),
        fields: Fields::Raw(&whole.fields),
    }
}

fn print(whole: &FailedWhole, site: &Site, desk: &mut Desk<'_>) -> Result<(), Stop> {
    let clock = Clock { now: desk.now(), zone: desk.zone };
    let mut table = Table::new(&COLUMNS);
    table.row(row(&whole.event, &site.labels, clock, desk.paint));
    let mut lines = table.lines(desk.paint);
    section("error", whole.error.iter().map(|error| safe(error)), &mut lines, desk);
    section("attempts", whole.history.iter().map(|failure| attempt(failure, desk)), &mut lines, desk);
    let published = whole.lineage.published.iter().map(|claim| format!("{} {}", claim.stream, claim.id));
    section("published", published, &mut lines, desk);
    let retried = whole.lineage.retried.iter().map(|retried| {
        let edited = if retried.edited { ", edited" } else { "" };
        let (who, plan) = (safe(&retried.who), safe(&retried.plan));
        format!("{}  by {who}, {plan}{edited}: {}", desk.show_time(retried.at), retried.outcome.words())
    });
    section("retried by hand", retried, &mut lines, desk);
    if let Some(text) = &whole.event.text {
        section("event", indented(text).lines().map(safe), &mut lines, desk);
    }
    let others = whole.fields.iter().filter(|(name, _)| whole.event.text.is_none() || name != b"event");
    section(
        "fields",
        others.map(|(name, value)| format!("{} {}", bytes(name), bytes(value))),
        &mut lines,
        desk,
    );
    lines.iter().try_for_each(|line| desk.out.line(line))
}

fn section(title: &str, rows: impl Iterator<Item = String>, lines: &mut Vec<String>, desk: &Desk<'_>) {
    let mut rows = rows.peekable();
    if rows.peek().is_some() {
        lines.push(String::new());
        lines.push(desk.paint.paint(Meaning::Quiet, title));
        lines.extend(rows.map(|row| format!("  {row}")));
    }
}

fn attempt(failure: &Failure, desk: &Desk<'_>) -> String {
    let error = failure.error.iter().map(|error| safe(error)).collect::<Vec<_>>().join(": ");
    {
        let took = span(std::time::Duration::from_millis(failure.ms));
        format!("{}  {took}  {}  {error}", desk.show_time(failure.at), how(failure.kind))
    }
}

fn how(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Error => "failed",
        FailureKind::Permanent => "failed for good",
        FailureKind::TimedOut => "timed out",
        FailureKind::Panicked => "panicked",
        FailureKind::Crashed => "crashed",
    }
}

fn safe(text: &str) -> String {
    display_safe(text).into_owned()
}

fn bytes(bytes: &[u8]) -> String {
    safe(&String::from_utf8_lossy(bytes))
}
