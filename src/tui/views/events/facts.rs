//! What is known of an event, above its JSON.

use super::super::keys::advice;
use crate::event::TenantId;
use crate::filter::{FailureSeen, Standing};
use crate::monitor::Row;
use crate::text::{self, cut_end, display_safe};
use crate::tui::action::Action;
use crate::tui::app::{App, Revealed};
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::{Words, folded};

/// Cells of a label.
const LABEL: usize = 9;
/// Cells of a failed attempt; the whole of it is one key away.
const FAILURE: usize = 200;
/// More reports than this are counted.
const MAX_REPORTS: usize = 50;

/// One fact: its label, and what it is, with what that means.
struct Fact {
    label: &'static str,
    text: String,
    meaning: Meaning,
}

/// The facts of `entry`, in lines of at most `cells` cells.
pub(super) fn lines<'t>(of: (&Row<'_>, usize), cells: usize, app: &App, theme: &'t Theme) -> Vec<Words<'t>> {
    let mut lines: Vec<_> = facts(of, app).iter().flat_map(|fact| fact_lines(fact, cells, theme)).collect();
    lines.push(Words::new(theme));
    lines
}

/// How many lines [`lines`] has.
pub(super) fn count(of: (&Row<'_>, usize), cells: usize, app: &App) -> usize {
    let lines: usize = facts(of, app).iter().map(|fact| folded(&fact.text, room(cells)).len()).sum();
    lines + 1
}

fn facts((entry, hidden): (&Row<'_>, usize), app: &App) -> Vec<Fact> {
    let fact = |label, text: String, meaning| Fact { label, text, meaning };
    let masks = app.redacting.of_entry(entry.seq());
    let fault = entry.fault().map(|fault| masks.fault(fault, entry.text().is_some()));
    let (verdict, meaning) = match (entry.standing(), &fault) {
        (Standing::Valid, _) => ("✓ fits its schema".to_owned(), Meaning::Ok),
        (Standing::Unchecked, _) => ("unchecked: its type has no schema".to_owned(), Meaning::Unchecked),
        (Standing::Invalid, fault) => {
            let kind = fault.as_ref().map_or("", |fault| fault.kind.word());
            (format!("✗ invalid: {kind}"), Meaning::Failed)
        }
    };
    let mut facts = vec![fact("verdict", verdict, meaning)];
    let reports = fault.as_ref().map(|fault| fault.reports.as_slice()).unwrap_or_default();
    for report in reports.iter().take(MAX_REPORTS) {
        let place =
            if report.path.is_empty() { "the whole entry".into() } else { display_safe(&report.path) };
        facts.push(fact("", place.into_owned(), Meaning::Failed));
        let (expected, found) = (display_safe(&report.expected), display_safe(&report.found));
        facts.push(fact("", format!("expected {expected}, found {found}"), Meaning::Text));
    }
    let more = reports.len().saturating_sub(MAX_REPORTS);
    if more > 0 {
        facts.push(fact(
            "",
            format!("+{}", text::plural(more as u64, "more fault", "more faults")),
            Meaning::Failed,
        ));
    }
    facts.extend(redacted(entry.seq(), hidden, app));
    facts.extend(failures(entry, app));
    if let Some(id) = entry.event_id() {
        facts.push(fact("id", id.to_string(), Meaning::Text));
    }
    if let Some(tenant) = entry.tenant() {
        facts.push(fact("tenant", tenant_text(tenant, app), Meaning::Tenant));
    }
    let at = entry.timestamp().unwrap_or_else(|| entry.time());
    facts.push(fact("time", format!("{}  {}", app.clock.date_time(at), app.clock.ago(at)), Meaning::Text));
    if let Some(channel) = entry.channel() {
        facts.push(fact("channel", channel.to_string(), Meaning::Text));
    }
    if let Some(stream) = entry.stream() {
        facts.push(fact("stream", stream.to_string(), Meaning::Text));
    }
    let kept = if entry.replayable() { "can be read again" } else { "not kept by the broker" };
    facts.push(fact("entry", format!("{}  {kept}", entry.id()), Meaning::Text));
    facts
}

/// How many values are masked, and what shows them; or that they are shown.
fn redacted(seq: u64, hidden: usize, app: &App) -> Option<Fact> {
    if app.redacting.revealed == Some(Revealed::Entry(seq)) {
        let text = advice(app, Action::Reveal, "masks it again").unwrap_or_default();
        let text = format!("until you leave this event  {text}");
        return Some(Fact { label: "revealed", text, meaning: Meaning::Banner });
    }
    let advice = advice(app, Action::Reveal, "reveals").unwrap_or_default();
    let values = text::plural(hidden as u64, "value", "values");
    let text = format!("{values}  {advice}");
    (hidden > 0).then_some(Fact { label: "redacted", text, meaning: Meaning::Waiting })
}

/// What the handlers that failed at it did last.
fn failures(entry: &Row<'_>, app: &App) -> Vec<Fact> {
    let failures = app.monitor.failures().of_event(entry.event_id());
    let facts = FailureSeen::last_of_each(failures).enumerate().map(|(at, failure)| {
        let (what, meaning) =
            if failure.is_dead { ("dead", Meaning::Dead) } else { ("retry", Meaning::Waiting) };
        let attempt = text::count(u64::from(failure.attempt));
        let error = app.redacting.of_entry(entry.seq()).said(entry.text(), &failure.error);
        let text = format!("{}  attempt {attempt}, {what}  {error}", failure.handler);
        let text = cut_end(&display_safe(&text), FAILURE).into_owned();
        Fact { label: if at == 0 { "failed" } else { "" }, text, meaning }
    });
    facts.collect()
}

fn tenant_text(tenant: &TenantId, app: &App) -> String {
    match app.monitor.labels().label(tenant.as_str()) {
        Some(label) => format!("{}  {tenant}", display_safe(label)),
        None => tenant.to_string(),
    }
}

/// Cells for a fact's text.
fn room(cells: usize) -> usize {
    cells.saturating_sub(LABEL).max(8)
}

/// A fact in lines; long texts go on below where they began.
fn fact_lines<'t>(fact: &Fact, cells: usize, theme: &'t Theme) -> Vec<Words<'t>> {
    folded(&fact.text, room(cells))
        .into_iter()
        .enumerate()
        .map(|(at, part)| {
            let label = if at == 0 { fact.label } else { "" };
            let words = Words::new(theme).left(&cut_end(label, LABEL), LABEL, Meaning::Dim);
            words.put(part, fact.meaning)
        })
        .collect()
}
