//! What failed and waits to be tried again, soonest first.

use super::{Parts, Subject, of_all};
use crate::bus::{Counted, WaitingRetry};
use crate::text::{display_safe, pad_end};
use crate::tui::theme::{Meaning, Theme};

/// From this width on there is room for the stream.
const WIDE: usize = 110;

/// Those that may be shown: of the tenant in scope, or of nobody knows whom.
fn shown<'a>(subject: &Subject<'a>) -> Vec<&'a WaitingRetry> {
    let app = subject.app;
    let in_scope = |retry: &&WaitingRetry| {
        let tenant = retry.failed.as_ref().and_then(|failed| failed.tenant.as_ref());
        tenant.is_none() || app.handlers.in_scope(tenant, app.scope.tenant.as_ref())
    };
    let detail = app.handlers.closely().and_then(|closely| closely.detail.as_ref());
    detail.map(|detail| detail.retries.iter().filter(in_scope).collect()).unwrap_or_default()
}

/// Only in a profile with a schedule.
pub(super) fn height(subject: &Subject<'_>) -> usize {
    if subject.report.scheduled.is_none() { 0 } else { 1 + shown(subject).len().max(1) }
}

pub(super) fn lines(subject: &Subject<'_>, _: &Theme) -> Vec<Parts> {
    let shown = shown(subject);
    let all = subject.report.scheduled.unwrap_or(Counted::Exactly(0));
    let title = format!("RETRYING, soonest first{}", of_all(shown.len(), all));
    let mut lines = vec![vec![(title, Meaning::Title)]];
    if shown.is_empty() {
        let why = subject.app.handlers.why_not_closely().unwrap_or("nothing waits to be tried again");
        lines.push(vec![(display_safe(why).into_owned(), Meaning::Dim)]);
    }
    lines.extend(shown.into_iter().map(|retry| line(retry, subject)));
    lines
}

fn line(retry: &WaitingRetry, Subject { app, room, .. }: &Subject<'_>) -> Parts {
    let due = match app.clock.seconds_until(retry.due) {
        0 => "due".to_owned(),
        seconds => format!("in {seconds} s"),
    };
    let mut parts =
        vec![(format!("{due:<10}"), Meaning::Waiting), (format!("{}  ", retry.source), Meaning::Text)];
    if *room >= WIDE {
        parts.push((format!("{}  ", retry.stream), Meaning::Text));
    }
    match &retry.failed {
        Some(failed) => {
            let tenant = failed.tenant.as_ref().map_or_else(String::new, |tenant| {
                display_safe(&app.monitor.labels().show(tenant.as_str())).into_owned()
            });
            parts.push((format!("{}  ", pad_end(&tenant, 14)), Meaning::Tenant));
            let attempt = if *room >= WIDE { "attempt " } else { "" };
            parts.push((format!("{attempt}{} failed  ", failed.attempt), Meaning::Dim));
            parts.push((display_safe(&failed.error).into_owned(), Meaning::Failed));
        }
        None if !app.context.locked_to.is_empty() => {
            let why = "of a tenant outside the lock, or its last failure is older than what is looked at";
            parts.push((why.to_owned(), Meaning::Dim));
        }
        None => parts.push(("its last failure is older than what is looked at".to_owned(), Meaning::Dim)),
    }
    parts
}
