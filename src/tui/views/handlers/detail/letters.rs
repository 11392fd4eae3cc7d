//! Its newest dead letters.

use super::{Parts, Subject, of_all};
use crate::bus::{DeadLetterReport, HandlerDetail};
use crate::event::TenantId;
use crate::text::{cut_middle, display_safe, pad_end, plural, width};
use crate::tui::theme::{Meaning, Theme};

/// From this width on there is room for attempts and type.
const WIDE: usize = 100;
/// Cells of a tenant and of a type, at most.
const TENANT: usize = 24;
const TYPE: usize = 24;
/// Cells of a tenant where there is no room.
const NARROW_TENANT: usize = 14;

fn detail<'a>(subject: &Subject<'a>) -> Option<&'a HandlerDetail> {
    subject.app.handlers.closely().and_then(|closely| closely.detail.as_ref())
}

fn shown<'a>(subject: &Subject<'a>) -> Vec<&'a DeadLetterReport> {
    let app = subject.app;
    let in_scope =
        |letter: &&DeadLetterReport| app.handlers.in_scope(letter.tenant.as_ref(), app.scope.tenant.as_ref());
    detail(subject).map(|detail| detail.dead_letters.iter().filter(in_scope).collect()).unwrap_or_default()
}

/// What is not shown of what there is.
fn notes(subject: &Subject<'_>) -> Vec<String> {
    let Some(detail) = detail(subject) else { return Vec::new() };
    let mut notes = Vec::new();
    let outside = (detail.dead_letters.len() - shown(subject).len()) as u64;
    if outside > 0 {
        notes.push(format!("{} of the newest are of other tenants", plural(outside, "letter", "letters")));
    }
    if detail.withheld > 0 {
        let withheld = plural(detail.withheld, "letter", "letters");
        notes.push(format!("{withheld} of tenants outside the lock, or of an unknown one, not shown"));
    }
    notes.extend(detail.unseen.clone());
    if let Some(why) = subject.app.handlers.closely().and_then(|closely| closely.error.as_ref()) {
        notes.push(format!("retries and dead letters are old: asked again, {}", display_safe(why.what())));
    }
    notes
}

pub(super) fn height(subject: &Subject<'_>) -> usize {
    1 + shown(subject).len().max(1) + notes(subject).len()
}

pub(super) fn lines(subject: &Subject<'_>, theme: &Theme) -> Vec<Parts> {
    let shown = shown(subject);
    let title = format!("DEAD LETTERS, newest first{}", of_all(shown.len(), subject.report.dead_letters));
    let mut lines = vec![vec![(title, Meaning::Title)]];
    if shown.is_empty() {
        let why = subject.app.handlers.why_not_closely().unwrap_or("none");
        lines.push(vec![(display_safe(why).into_owned(), Meaning::Dim)]);
    }
    let tenants = shown.iter().map(|letter| width(&tenant(letter, subject, theme))).max();
    let types = shown.iter().map(|letter| width(letter.event_type.as_str())).max();
    let most = if subject.room >= WIDE { TENANT } else { NARROW_TENANT };
    let cells = (tenants.unwrap_or(0).min(most), types.unwrap_or(0).min(TYPE));
    lines.extend(shown.into_iter().map(|letter| line(letter, cells, subject, theme)));
    lines.extend(notes(subject).into_iter().map(|note| vec![(note, Meaning::Dim)]));
    lines
}

/// Whose event it is.
fn tenant(letter: &DeadLetterReport, Subject { app, .. }: &Subject<'_>, theme: &Theme) -> String {
    let show = |tenant: &TenantId| display_safe(&app.monitor.labels().show(tenant.as_str())).into_owned();
    letter.tenant.as_ref().map_or_else(|| theme.symbols().unknown.to_owned(), show)
}

fn line(
    letter: &DeadLetterReport,
    (tenants, types): (usize, usize),
    subject: &Subject<'_>,
    theme: &Theme,
) -> Parts {
    let Subject { report, app, room } = subject;
    let unknown = || theme.symbols().unknown.to_owned();
    let when = letter.at.map_or_else(unknown, |at| app.clock.ago(at));
    let reason =
        letter.reason.as_deref().map_or_else(|| "dead".to_owned(), |it| display_safe(it).into_owned());
    // Where there is no schedule, nobody counts attempts: what is known is how often it was given to somebody.
    let (one, more) =
        if report.scheduled.is_some() { ("attempt", "attempts") } else { ("delivery", "deliveries") };
    let attempts = letter.attempts.map_or_else(String::new, |n| plural(n, one, more));
    let error = letter.error.as_deref().map_or_else(
        || ("no error is recorded".to_owned(), Meaning::Dim),
        |error| (display_safe(error).into_owned(), Meaning::Failed),
    );
    let mut parts =
        vec![(format!("{when:<9} "), Meaning::Time), (format!("{}  ", pad_end(&reason, 9)), Meaning::Dead)];
    if *room >= WIDE {
        parts.push((format!("{attempts:>13}  "), Meaning::Dim));
        parts.push((
            format!("{}  ", pad_end(&cut_middle(letter.event_type.as_str(), types), types)),
            Meaning::EventType,
        ));
    }
    parts.push((format!("{}  ", pad_end(&tenant(letter, subject, theme), tenants)), Meaning::Tenant));
    parts.push(error);
    parts
}
