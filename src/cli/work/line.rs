//! A line for each attempt, and for what `log` handlers say.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::bus::{Attempt, Disposition};
use crate::cli::desk::Desk;
use crate::cli::exit::Stop;
use crate::cli::paint::Meaning;
use crate::event::{EntryId, EventId, EventType, HandlerName, StreamKey, TenantId, TenantLabels};
use crate::handlers::LogLine;
use crate::text::{cut_end, display_safe, pad_end, rfc3339_ms, span, whole_ms, width};

/// Of an error, so many cells are printed: the record of the failure has all of it.
const ERROR_CELLS: usize = 400;

/// An attempt, kept until it is printed.
#[derive(Debug)]
pub(super) struct AttemptLine {
    at: DateTime<Utc>,
    handler: HandlerName,
    event: Option<EventId>,
    event_type: Option<EventType>,
    tenant: Option<TenantId>,
    stream: StreamKey,
    entry: EntryId,
    attempt: u32,
    ms: u64,
    error: Vec<String>,
    disposition: Disposition,
}

impl AttemptLine {
    pub(super) fn of(attempt: &Attempt<'_>, at: DateTime<Utc>) -> Self {
        Self {
            at,
            handler: attempt.handler.clone(),
            event: attempt.event,
            event_type: attempt.event_type.cloned(),
            tenant: attempt.tenant.cloned(),
            stream: attempt.source.stream.clone(),
            entry: attempt.source.id,
            attempt: attempt.attempt,
            ms: whole_ms(attempt.took),
            error: attempt.error.to_vec(),
            disposition: attempt.disposition,
        }
    }

    fn outcome(&self) -> &'static str {
        match self.disposition {
            Disposition::Ack => "done",
            Disposition::RetryAfter(_) => "retry",
            Disposition::DeadLetter(_) => "dead",
        }
    }
}

/// An attempt in JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct AttemptJson<'a> {
    at: String,
    handler: &'a str,
    outcome: &'static str,
    r#type: Option<&'a str>,
    tenant: Option<&'a str>,
    label: Option<&'a str>,
    event_id: Option<String>,
    stream: &'a str,
    entry_id: String,
    attempt: u32,
    ms: u64,
    reason: Option<&'static str>,
    retry_in_ms: Option<u64>,
    error: &'a [String],
}

/// A line of a `log` handler in JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct LogJson<'a> {
    at: String,
    handler: &'a str,
    r#type: &'a str,
    tenant: &'a str,
    label: Option<&'a str>,
    event_id: String,
    about: &'a str,
}

/// Prints lines.
pub(super) struct Printer {
    labels: TenantLabels,
    handler_cells: usize,
}

impl Printer {
    /// For these handlers.
    pub(super) fn new<'a>(labels: TenantLabels, handlers: impl Iterator<Item = &'a HandlerName>) -> Self {
        let handler_cells = handlers.map(|name| width(name.as_str())).max().unwrap_or(0);
        Self { labels, handler_cells }
    }

    /// Prints these, and sees to it that they are written. Where they cannot be, `lines` keeps its own.
    pub(super) fn print(
        &self,
        attempts: impl Iterator<Item = AttemptLine>,
        lines: &mut Vec<LogLine>,
        desk: &mut Desk<'_>,
    ) -> Result<(), Stop> {
        lines.retain(LogLine::is_wanted);
        for line in lines.iter() {
            self.log(line, desk)?;
        }
        for attempt in attempts {
            self.attempt(&attempt, desk)?;
        }
        desk.out.flush()?;
        lines.drain(..).for_each(LogLine::written);
        Ok(())
    }

    fn attempt(&self, line: &AttemptLine, desk: &mut Desk<'_>) -> Result<(), Stop> {
        let tenant = line.tenant.as_ref().map(TenantId::as_str);
        if desk.is_json() {
            return desk.out.json(&AttemptJson {
                at: rfc3339_ms(line.at),
                handler: line.handler.as_str(),
                outcome: line.outcome(),
                r#type: line.event_type.as_ref().map(EventType::as_str),
                tenant,
                label: tenant.and_then(|tenant| self.labels.label(tenant)),
                event_id: line.event.map(|event| event.to_string()),
                stream: line.stream.as_str(),
                entry_id: line.entry.to_string(),
                attempt: line.attempt,
                ms: line.ms,
                reason: match line.disposition {
                    Disposition::DeadLetter(reason) => Some(reason.word()),
                    Disposition::Ack | Disposition::RetryAfter(_) => None,
                },
                retry_in_ms: match line.disposition {
                    Disposition::RetryAfter(pause) => Some(whole_ms(pause)),
                    Disposition::Ack | Disposition::DeadLetter(_) => None,
                },
                error: &line.error,
            });
        }
        let meaning = match line.disposition {
            Disposition::Ack => Meaning::Good,
            Disposition::RetryAfter(_) => Meaning::Warning,
            Disposition::DeadLetter(_) => Meaning::Bad,
        };
        let event_type = line.event_type.as_ref().map_or_else(|| line.stream.as_str(), EventType::as_str);
        let mut parts = vec![
            self.head(line.at, &line.handler, desk),
            desk.paint.paint(meaning, &pad_end(line.outcome(), 5)),
            display_safe(event_type).into_owned(),
            tenant.map_or_else(|| "-".to_owned(), |tenant| self.labels.show(tenant)),
            line.event.map_or_else(|| line.entry.to_string(), short),
        ];
        if line.attempt > 0 {
            parts.push(span(Duration::from_millis(line.ms)));
        }
        if line.attempt > 1 {
            parts.push(format!("attempt {}", line.attempt));
        }
        parts.extend(next(line.disposition));
        let mut text = parts.join("  ");
        if !line.error.is_empty() {
            let error = line.error.join(": ");
            text.push_str(": ");
            text.push_str(&cut_end(&display_safe(&error), ERROR_CELLS));
        }
        desk.out.line(&text)
    }

    fn log(&self, line: &LogLine, desk: &mut Desk<'_>) -> Result<(), Stop> {
        let (event, at) = (&line.event, desk.now());
        let tenant = event.tenant().as_str();
        if desk.is_json() {
            return desk.out.json(&LogJson {
                at: rfc3339_ms(at),
                handler: line.handler.as_str(),
                r#type: event.event_type().as_str(),
                tenant,
                label: self.labels.label(tenant),
                event_id: event.id().to_string(),
                about: &line.about,
            });
        }
        let parts = [
            self.head(at, &line.handler, desk),
            pad_end("", 5),
            display_safe(event.event_type().as_str()).into_owned(),
            self.labels.show(tenant),
            short(event.id()),
            line.about.clone(),
        ];
        desk.out.line(parts.join("  ").trim_end())
    }

    fn head(&self, at: DateTime<Utc>, handler: &HandlerName, desk: &Desk<'_>) -> String {
        let time = desk.zone.place(at).format("%H:%M:%S%.3f").to_string();
        let name = pad_end(handler.as_str(), self.handler_cells);
        format!("{}  {}", desk.paint.paint(Meaning::Quiet, &time), desk.paint.paint(Meaning::Name, &name))
    }
}

/// The first digits of an id, which are enough to find it by.
fn short(event: EventId) -> String {
    event.to_string().chars().take(8).collect()
}

fn next(disposition: Disposition) -> Option<String> {
    match disposition {
        Disposition::Ack => None,
        Disposition::RetryAfter(pause) => Some(format!("again in {}", span(pause))),
        Disposition::DeadLetter(reason) => Some(reason.word().to_owned()),
    }
}
