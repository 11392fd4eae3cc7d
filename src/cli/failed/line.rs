//! A failed event as it is listed: its JSON (docs/json.md), and its row.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use crate::bus::FailedEvent;
use crate::cli::paint::{Meaning, Paint};
use crate::cli::table::{Cell, Column};
use crate::event::{FailedState, TenantLabels};
use crate::text::{age, display_safe, idle};
use crate::tui::app::Clock;

/// One line of `failed list -o json`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FailedLine<'a> {
    id: String,
    state: &'static str,
    #[serde(rename = "type")]
    event_type: &'a str,
    tenant: Option<&'a str>,
    channel: Option<&'a str>,
    handler: Option<&'a str>,
    stream: &'a str,
    entry_id: Option<String>,
    event_id: Option<String>,
    attempts: Option<u64>,
    max_attempts: Option<u64>,
    error: Option<&'a str>,
    first_failed_at: Option<String>,
    last_failed_at: Option<String>,
    next_at: Option<String>,
    idle_ms: Option<u64>,
}

/// A moment in JSON.
pub(in crate::cli) fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

impl<'a> FailedLine<'a> {
    pub(super) fn of(event: &'a FailedEvent) -> Self {
        Self {
            id: event.at.to_string(),
            state: event.state.word(),
            event_type: event.event_type.as_str(),
            tenant: event.tenant.as_ref().map(AsRef::as_ref),
            channel: event.channel.as_ref().map(AsRef::as_ref),
            handler: event.handler.as_deref(),
            stream: event.stream.as_str(),
            entry_id: event.source.map(|id| id.to_string()),
            event_id: event.event.map(|id| id.to_string()),
            attempts: event.attempts,
            max_attempts: event.max_attempts,
            error: event.error.as_deref(),
            first_failed_at: event.first_failed_at.map(time),
            last_failed_at: event.last_failed_at.map(time),
            next_at: event.next_at.map(time),
            idle_ms: event.idle.map(|idle| u64::try_from(idle.as_millis()).unwrap_or(u64::MAX)),
        }
    }
}

/// The columns of a row.
pub(super) const COLUMNS: [Column; 9] = [
    Column("STATE", false),
    Column("AGE", false),
    Column("HANDLER", false),
    Column("TYPE", false),
    Column("TENANT", false),
    Column("CHANNEL", false),
    Column("ATTEMPTS", false),
    Column("ID", false),
    Column("ERROR", false),
];

/// Its row.
pub(super) fn row(event: &FailedEvent, labels: &TenantLabels, clock: Clock, paint: Paint) -> Vec<Cell> {
    let plain = |text: String| (text, None);
    let safe =
        |text: Option<&str>| plain(text.map_or_else(|| "-".to_owned(), |text| display_safe(text).into()));
    let since = event.failed_at().map(|at| age((clock.now - at).to_std().unwrap_or_default()));
    let attempts = match (event.attempts, event.max_attempts) {
        (Some(0), None) => "not tried".to_owned(),
        (Some(attempts), Some(most)) => format!("{attempts} of {most}"),
        (Some(attempts), None) => attempts.to_string(),
        (None, _) => "-".to_owned(),
    };
    let mut told: Vec<_> =
        event.error.as_deref().map(|error| display_safe(error).into_owned()).into_iter().collect();
    if let Some(next) = event.next_at {
        told.push(match (next - clock.now).to_std() {
            // Less than a second is 'now' in words: that is due.
            Ok(left) if left < Duration::from_secs(1) => "due".to_owned(),
            Ok(left) => format!("next in {}", age(left)),
            Err(_) => match (clock.now - next).to_std().unwrap_or_default() {
                since if since < Duration::from_secs(1) => "due".to_owned(),
                since => format!("due {} ago", age(since)),
            },
        });
    }
    told.extend(event.idle.map(idle));
    told.extend(event.outcome.map(|outcome| outcome.words().to_owned()));
    vec![
        state(event.state, paint),
        plain(since.unwrap_or_else(|| "-".to_owned())),
        (
            event.handler.as_deref().map_or_else(|| "-".to_owned(), |name| display_safe(name).into()),
            Some(Meaning::Name),
        ),
        plain(event.event_type.to_string()),
        plain(event.tenant.as_ref().map_or_else(|| "-".to_owned(), |tenant| labels.show(tenant.as_str()))),
        event.channel.as_ref().map_or_else(|| plain(String::new()), |channel| safe(Some(channel.as_str()))),
        plain(attempts),
        // Whole, however long: it is what other verbs take.
        plain(display_safe(&event.at.to_string()).into_owned()),
        plain(told.join(paint.sign(" · ", " | "))),
    ]
}

fn state(state: FailedState, paint: Paint) -> Cell {
    let (sign, meaning) = match state {
        FailedState::Dead => (paint.sign("✗", "x"), Meaning::Bad),
        FailedState::Invalid => (paint.sign("⚠", "!"), Meaning::Bad),
        FailedState::Stuck => ("!", Meaning::Bad),
        FailedState::Retrying => (paint.sign("◌", "o"), Meaning::Warning),
        FailedState::Running => (paint.sign("·", "."), Meaning::Quiet),
        FailedState::Retried => (paint.sign("↻", "r"), Meaning::Quiet),
        FailedState::Discarded => (paint.sign("–", "-"), Meaning::Quiet),
    };
    (format!("{sign} {}", state.word()), Some(meaning))
}
