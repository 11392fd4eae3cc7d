//! `tidings publish --events`: the events of a file or of a pipe, never held whole.

use std::io::IsTerminal as _;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::bad::BadLines;
use super::lines::{EventLines, LinesArgs};
use super::report::{Report, UNREAD};
use super::totals::{line, tell, tell_unsent};
use crate::bus::{Form, Publisher};
use crate::cli::args::Patience;
use crate::cli::desk::Desk;
use crate::cli::exit::{Exit, Stop};
use crate::cli::patient::patiently;
use crate::compose::lines::count as count_lines;
use crate::compose::{Admission, Progress, SendPhase, Sender, Sending, Source, Told};
use crate::text::{count, plural};
use std::sync::Arc;

/// Between two lines about how far it is.
const INTERVAL: Duration = Duration::from_secs(2);
/// Batches of what was told that wait to be written.
const AHEAD: usize = 2;

/// How to go on. The marker of an id lives for a day.
const AGAIN: &str = "Run the same again, with the same lines: each keeps its id, so what is on the bus already is found there, and is not published twice within a day.";
const MEND: &str = "What came before it was sent. Mend it and run the same again (no double is made within a day), or pass over such lines with --skip-bad.";
/// Where the answer is not waited for.
const UNKNOWN: &str = "the newest lines may have been published, or not; run the same again, with the same lines: no double is made within a day";

/// A file of events, on its way.
pub(super) struct Many<'a> {
    pub(super) args: &'a LinesArgs,
    pub(super) lines: EventLines<'a>,
    pub(super) admission: Admission,
    pub(super) publisher: Arc<dyn Publisher>,
}

impl Many<'_> {
    /// Prints the exact commands, and what is bad.
    pub(super) fn preview(&self, desk: &mut Desk<'_>) -> Result<Exit, Stop> {
        let mut bad = BadLines::to(self.args.bad_lines.as_deref())?;
        let publisher = self.publisher.as_ref();
        self.lines.look(&self.admission, publisher, &mut bad, desk, |line, desk| {
            Report::preview(&line.event, &publisher.preview(&line.event, Form::Once), desk)
        })?;
        desk.out.flush()?;
        bad.finish(desk)?;
        Ok(if bad.found() > 0 { Exit::Failed } else { Exit::Ok })
    }

    /// Sends them. A file in which every line must be good is looked at as a whole before.
    pub(super) async fn send(&self, patience: Patience, desk: &mut Desk<'_>) -> Result<Exit, Stop> {
        let mut bad = BadLines::to(self.args.bad_lines.as_deref())?;
        let sent = self.send_past(&mut bad, patience, desk).await;
        // Also where something else went wrong: what was bad until then is written.
        let finished = bad.finish(desk);
        let (progress, next) = sent?;
        let exit = tell(&progress, next, desk)?;
        finished.map(|()| exit)
    }

    async fn send_past(
        &self,
        bad: &mut BadLines,
        patience: Patience,
        desk: &mut Desk<'_>,
    ) -> Result<(Progress, &'static str), Stop> {
        let cancelled = Progress { phase: SendPhase::Cancelled, ..Progress::default() };
        let mut total = None;
        if self.lines.is_file() {
            let counted = if self.args.skip_bad {
                Some(count_lines(self.lines.open()?).map_err(|error| self.lines.unreadable(&error))?)
            } else {
                self.lines.look(&self.admission, self.publisher.as_ref(), bad, desk, |_, _| Ok(()))?
            };
            let Some(lines) = counted else { return Ok((cancelled, "nothing was sent")) };
            total = Some(lines);
            if bad.found() > 0 {
                return Ok((
                    refused(lines, bad.found()),
                    "Mend them, or publish the others with --skip-bad.",
                ));
            }
        }
        let source = self.lines.open()?;
        // Nothing is sent before there is a connection, so that a server that is just coming up costs no event.
        if patiently(patience, desk, || self.publisher.reach()).await?.is_none() {
            return Ok((Progress { total, ..cancelled }, "interrupted: nothing was sent"));
        }
        let admission = self.admission.clone();
        let source = Source::lines(source, move |line| admission.admit(line))
            .map_err(|error| self.lines.unreadable(&error))?;
        let (out, told) = mpsc::channel(AHEAD);
        let _held = desk.busy.sending(UNKNOWN);
        let sending = Sender::new(Arc::clone(&self.publisher))
            .rate(self.args.rate)
            .skip_bad(self.args.skip_bad)
            .total(total)
            .tell(out)
            .start(source);
        let progress = to_the_end(&sending, told, bad, std::io::stderr().is_terminal(), desk).await?;
        let next = if bad.found() > 0 && !self.args.skip_bad { MEND } else { AGAIN };
        Ok((progress, next))
    }
}

/// A file with bad lines, of which nothing is sent.
fn refused(lines: u64, bad: u64) -> Progress {
    let of = format!("{} of {} bad", count(bad), plural(lines, "line is", "lines are"));
    let phase = SendPhase::Stopped(format!("{of}: nothing was published"));
    Progress { phase, total: Some(lines), asked: bad, bad, ..Progress::default() }
}

/// Watches until nothing more is sent, and tells of each. What cannot be written ends it, after its current batch.
async fn to_the_end(
    sending: &Sending,
    mut told: mpsc::Receiver<Vec<Told>>,
    bad: &mut BadLines,
    is_terminal: bool,
    desk: &mut Desk<'_>,
) -> Result<Progress, Stop> {
    let mut next = Instant::now() + INTERVAL;
    let (mut said, mut trouble) = (String::new(), None);
    let stop = desk.stop.clone();
    let mut asked_to_stop = false;
    desk.out.go_on_unread();
    let mut was_read = true;
    loop {
        tokio::select! {
            batch = told.recv() => {
                let Some(batch) = batch else { break };
                if trouble.is_none() && let Err(error) = write(batch, bad, desk) {
                    trouble = Some(error);
                    sending.cancel();
                }
                if was_read && desk.out.is_unread() {
                    was_read = false;
                    desk.notes.say(UNREAD);
                }
            }
            () = sleep_until(next) => {
                next += INTERVAL;
                let progress = sending.progress.borrow().clone();
                // Where nobody looks, only that it waits is worth a word, and once.
                let is_worth = is_terminal
                    || matches!(progress.phase, SendPhase::Waiting(_)) && said.is_empty();
                let line = line(&progress);
                if is_worth && line != said {
                    desk.notes.say(&line);
                    said = line;
                }
            }
            () = stop.cancelled(), if !asked_to_stop => {
                asked_to_stop = true;
                sending.cancel();
            }
        }
    }
    let progress = sending.ended().await;
    match trouble {
        Some(Stop::Error(mut error)) => {
            if progress.unknown > 0 {
                error.exit = Exit::Unknown;
            }
            // What was sent meanwhile is told all the same.
            desk.notes.say(&line(&progress));
            tell_unsent(&progress, desk);
            desk.notes.say(AGAIN);
            Err(Stop::Error(error))
        }
        Some(closed) => Err(closed),
        None => Ok(progress),
    }
}

fn write(batch: Vec<Told>, bad: &mut BadLines, desk: &mut Desk<'_>) -> Result<(), Stop> {
    for told in batch {
        match told {
            // In text the summary says enough: nobody reads a hundred thousand lines.
            Told::Event(_, Ok(published)) if desk.is_json() => Report::published(&published, desk)?,
            Told::Event(..) => {}
            Told::Bad(line) => bad.add(&line, desk)?,
        }
    }
    desk.out.flush()
}
