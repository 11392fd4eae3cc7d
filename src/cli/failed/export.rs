//! `tidings failed export`: failed events with every field as it lies, for `failed import`, or their events alone.

use clap::Args;
use futures_util::stream::{self, StreamExt as _};
use serde::Serialize;

use super::args::Selecting;
use super::select::{Selection, Usual};
use super::show::shown;
use super::site::Site;
use crate::bus::{BusError, FailedAt, FailedEvent, FailedQueue, FailedWhole};
use crate::cli::desk::Desk;
use crate::cli::exit::{Exit, Stop};
use crate::cli::fields::Fields;
use crate::cli::output::Out;
use crate::event::Masks;
use crate::text::plural;
use crate::tui::host::Underway;

/// So many are asked for at a time.
const AT_ONCE: usize = 16;

/// `tidings failed export`
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct ExportArgs {
    #[command(flatten)]
    which: Selecting,
    /// Only the events, as they were published: what `publish --events` takes
    #[arg(long)]
    events: bool,
}

/// A failed event as it is exported.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ExportLine<'a> {
    id: String,
    state: &'static str,
    #[serde(rename = "type")]
    event_type: &'a str,
    tenant: Option<&'a str>,
    stream: &'a str,
    entry_id: Option<String>,
    /// It is not as it lies there, so it cannot be put back.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    redacted: bool,
    fields: Fields<'a>,
}

/// What did not make it.
#[derive(Default)]
struct Left {
    gone: u64,
    without_event: u64,
}

pub(super) async fn run(args: &ExportArgs, site: &Site, desk: &mut Desk<'_>) -> Result<Exit, Stop> {
    if args.events && !site.masks.is_none() {
        return Err(Stop::usage(
            "events without what is masked would be published so again: none was written",
            "Say --reveal, to write them whole, or leave out --events.",
        ));
    }
    let selection = Selection::of(&args.which, Usual::Failed, site)?;
    let mut left = Left::default();
    let seen = selection
        .visit(site, desk, async |events, desk| page(args, events, site, &mut left, desk).await)
        .await?;
    desk.out.flush()?;
    seen.missing.say(desk);
    if left.gone > 0 {
        let events = plural(left.gone, "event was", "events were");
        desk.notes.say(&format!("{events} gone before being read whole"));
    }
    if left.without_event > 0 {
        let events = plural(left.without_event, "entry holds", "entries hold");
        desk.notes.say(&format!(
            "{events} no event that can be read: `failed export` without --events keeps the fields"
        ));
    }
    // Who goes on by the exit code must not take a part for all.
    let whole = seen.missing.is_empty() && left.without_event == 0 && !seen.is_unseen;
    Ok(if whole { Exit::Ok } else { Exit::Failed })
}

async fn page(
    args: &ExportArgs,
    events: Vec<FailedEvent>,
    site: &Site,
    left: &mut Left,
    desk: &mut Desk<'_>,
) -> Result<(), Stop> {
    if args.events {
        for event in events {
            match &event.text {
                Some(text) => desk.out.line(&crate::text::json_line(text))?,
                None => left.without_event += 1,
            }
        }
        return Ok(());
    }
    let places = events.into_iter().map(|event| event.at);
    let (_, gone) =
        write(site.session.failed.as_ref(), places, (&site.masks, &Underway::default()), &mut desk.out)
            .await?;
    left.gone += gone;
    Ok(())
}

/// Writes each with every field as it lies now. Answers how many were written, and how many were not there any more.
pub(in crate::cli) async fn write(
    failed: &dyn FailedQueue,
    places: impl Iterator<Item = FailedAt>,
    (masks, underway): (&Masks, &Underway),
    out: &mut Out<'_>,
) -> Result<(u64, u64), Stop> {
    let asked = places.map(async |at| failed.whole(&at).await);
    let mut asked = std::pin::pin!(stream::iter(asked).buffered(AT_ONCE));
    let (mut written, mut gone) = (0, 0);
    while let Some(whole) = asked.next().await {
        let whole: Result<Option<FailedWhole>, BusError> = whole;
        match whole? {
            Some(whole) => {
                let lies = whole.fields.clone();
                let whole = shown(whole, masks);
                out.json(&line(&whole, whole.fields != lies))?;
                written += 1;
                underway.note(written);
            }
            None => gone += 1,
        }
    }
    Ok((written, gone))
}

fn line(whole: &FailedWhole, redacted: bool) -> ExportLine<'_> {
    let event = &whole.event;
    ExportLine {
        id: event.at.to_string(),
        state: event.state.word(),
        event_type: event.event_type.as_str(),
        tenant: event.tenant.as_ref().map(AsRef::as_ref),
        stream: event.stream.as_str(),
        entry_id: event.source.map(|id| id.to_string()),
        redacted,
        fields: Fields::Raw(&whole.fields),
    }
}
