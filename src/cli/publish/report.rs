//! What became of each event.

use serde::Serialize;

use crate::bus::{PublishError, Published};
use crate::cli::desk::Desk;
use crate::cli::exit::{Exit, Stop};
use crate::cli::paint::Meaning;
use crate::event::NewEvent;
use crate::text::display_safe;

/// What is said when nobody reads standard output any more. What a person asked to be sent does not hang on that.
pub(super) const UNREAD: &str = "nobody reads standard output any more: sending goes on";

/// How it went so far.
#[derive(Debug, Default)]
pub(super) struct Report {
    failed: bool,
    unknown: bool,
}

/// A published event in JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PublishedLine<'a> {
    event_id: String,
    entry_id: String,
    stream: &'a str,
    repeated: bool,
}

/// An event of `--dry-run` in JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PreviewLine<'a> {
    event_id: String,
    commands: &'a [String],
}

impl Report {
    /// Tells of an event that the broker took.
    pub(super) fn published(published: &Published, desk: &mut Desk<'_>) -> Result<(), Stop> {
        let Published { event, stream, entry, repeated } = published;
        if desk.is_json() {
            return desk.out.json(&PublishedLine {
                event_id: event.to_string(),
                entry_id: entry.to_string(),
                stream: stream.as_str(),
                repeated: *repeated,
            });
        }
        let word = if *repeated { "was there" } else { "published" };
        let line = format!("{}  {event}  {entry}  {stream}", desk.paint.paint(Meaning::Good, word));
        desk.out.line(&line)
    }

    /// Tells what would be sent.
    pub(super) fn preview(event: &NewEvent, commands: &[String], desk: &mut Desk<'_>) -> Result<(), Stop> {
        if desk.is_json() {
            return desk.out.json(&PreviewLine { event_id: event.id().to_string(), commands });
        }
        commands.iter().try_for_each(|command| desk.out.line(&display_safe(command)))
    }

    /// Tells of an event that was not published, or may have been.
    pub(super) fn refused(&mut self, event: &NewEvent, error: &PublishError, desk: &mut Desk<'_>) {
        let (id, event_type) = (event.id(), event.event_type());
        let unknown = matches!(error, PublishError::Unknown(_));
        self.unknown |= unknown;
        self.failed |= !unknown;
        desk.notes.say(&format!("error: event {id}: {error}"));
        if unknown {
            desk.notes.say(&format!(
                "  Run this again with --id {id} and without --count: if it was appended, it is not appended twice within a day."
            ));
        }
        if let PublishError::Invalid(fault) = error {
            for report in &fault.reports {
                desk.notes.say(&format!("  {report}"));
            }
            desk.notes
                .say(&format!("  Mend the payload; `tidings types show {event_type}` prints its schema."));
        }
    }

    /// What it comes to: one event whose outcome is unknown makes the whole unknown.
    pub(super) fn exit(&self) -> Exit {
        match (self.unknown, self.failed) {
            (true, _) => Exit::Unknown,
            (false, true) => Exit::Failed,
            (false, false) => Exit::Ok,
        }
    }
}
