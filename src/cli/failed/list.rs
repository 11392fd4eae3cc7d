//! `tidings failed list`: each failed event in a line.

use clap::Args;

use super::args::Selecting;
use super::line::{COLUMNS, FailedLine, row};
use super::select::{Selection, Usual};
use super::site::Site;
use crate::bus::FailedEvent;
use crate::cli::desk::Desk;
use crate::cli::exit::{Exit, Stop};
use crate::cli::nothing::{NO_STREAMS, has_no_streams};
use crate::cli::table::Table;
use crate::event::Masks;
use crate::tui::app::Clock;

/// Rows that are laid out together.
const ROWS: usize = 1_000;

/// `tidings failed list`
#[derive(Debug, Clone, Default, Args)]
pub(in crate::cli) struct ListArgs {
    #[command(flatten)]
    which: Selecting,
}

pub(super) async fn run(args: &ListArgs, site: &Site, desk: &mut Desk<'_>) -> Result<Exit, Stop> {
    let selection = Selection::of(&args.which, Usual::Failed, site)?;
    let mut table = Table::new(&COLUMNS);
    let clock = Clock { now: desk.now(), zone: desk.zone };
    let seen = selection
        .visit(site, desk, async |events, desk| {
            for event in &events.into_iter().map(|event| said(event, &site.masks)).collect::<Vec<_>>() {
                if desk.is_json() {
                    desk.out.json(&FailedLine::of(event))?;
                    continue;
                }
                table.row(row(event, &site.labels, clock, desk.paint));
                if table.len() >= ROWS {
                    print(&mut table, desk)?;
                }
            }
            Ok(())
        })
        .await?;
    print(&mut table, desk)?;
    seen.missing.say(desk);
    let is_empty = seen.found == 0 && seen.missing.is_empty() && !seen.interrupted;
    if is_empty && seen.is_unseen {
        desk.notes.say("no failed event that fits in what may be looked at");
        return Ok(Exit::Failed);
    }
    if is_empty {
        let streamless = !seen.has_read && has_no_streams(&site.session).await;
        desk.notes.say(if streamless { NO_STREAMS } else { "no failed event that fits" });
    }
    Ok(if seen.missing.is_empty() { Exit::Ok } else { Exit::Failed })
}

/// An event whose error does not quote what is masked in it.
pub(super) fn said(event: FailedEvent, masks: &Masks) -> FailedEvent {
    let error = event.error.as_deref().map(|error| masks.said(event.text.as_deref(), error).into());
    FailedEvent { error, ..event }
}

fn print(table: &mut Table, desk: &mut Desk<'_>) -> Result<(), Stop> {
    if table.len() > 0 {
        for line in table.drain(desk.paint) {
            desk.out.line(&line)?;
        }
    }
    Ok(())
}
