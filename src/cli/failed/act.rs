//! What the verbs that act on failed events have in common: frozen once, agreed with, done in chunks, told one by one.

use std::sync::Arc;

use serde::Serialize;

use super::args::{Agreeing, Selecting};
use super::consent::events;
use super::select::Selection;
use super::site::Site;
use super::suits::Aim;
use super::would;
use crate::bus::{ActionError, Because, BusError, Deed, FailedAt, FailedEvent, Operator, Verb};
use crate::cli::desk::Desk;
use crate::cli::exit::{Exit, Stop};
use crate::cli::paint::Meaning;
use crate::cli::who::who;
use crate::plan::Summary;
use crate::text::{count, display_safe};

/// Events that are sent together.
pub(super) const CHUNK: usize = 200;

/// What to know of events whose answer nobody waits for.
const NOT_WAITED_FOR: &str =
    "up to 200 events may have been acted on, or not; `tidings failed list` shows what is still there";

/// What is done, for people and for the journal.
pub(super) struct Act {
    pub(super) verb: Verb,
    pub(super) deed: Deed,
    /// `Discard`
    pub(super) order: &'static str,
    pub(super) aim: Aim,
    /// For showing what would be sent.
    pub(super) preview: fn(&dyn Operator, &FailedEvent, &Because) -> Vec<String>,
}

/// What became of one: where it lies now, and what else to know.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Done {
    pub(super) now: Option<FailedAt>,
    pub(super) note: Option<String>,
}

/// What became of one, in JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct DoneLine<'a> {
    id: &'a str,
    done: bool,
    now: Option<String>,
    note: Option<&'a str>,
    error: Option<String>,
}

/// How it went so far.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) done: u64,
    failed: bool,
    unknown: bool,
    /// Whether what was told of it could be written.
    written: Result<(), Stop>,
}

impl Default for Report {
    fn default() -> Self {
        Self { done: 0, failed: false, unknown: false, written: Ok(()) }
    }
}

impl Report {
    /// Tells of one. Once nothing more can be written, it is counted only: what was done must stand in the journal all the
    /// same.
    pub(super) fn tell(
        &mut self,
        id: &str,
        word: &str,
        answer: &Result<Done, ActionError>,
        desk: &mut Desk<'_>,
    ) {
        match answer {
            Ok(_) => self.done += 1,
            Err(ActionError::Unknown(_)) => self.unknown = true,
            Err(_) => self.failed = true,
        }
        if self.written.is_ok() {
            self.written = say(id, word, answer, desk);
        }
    }

    /// Writes what was told so far; answers whether anybody reads on.
    pub(super) fn is_read(&mut self, desk: &mut Desk<'_>) -> bool {
        if self.written.is_ok() {
            self.written = desk.out.flush();
        }
        self.written.is_ok()
    }

    /// Tells of a call that came to nothing, and may have done all the same.
    pub(super) fn broke_off(&mut self, error: &BusError, desk: &mut Desk<'_>) {
        self.is_read(desk);
        self.unknown |= matches!(error, BusError::Unavailable { .. });
        self.failed = true;
        desk.notes.say(&format!("error: {}", error.what()));
        desk.notes.say(&format!("  {}", error.next().unwrap_or("Doing the same again is safe.")));
    }

    /// What it comes to: one whose outcome is unknown makes the whole unknown.
    ///
    /// # Errors
    /// What was told could not be written.
    pub(super) fn exit(self) -> Result<Exit, Stop> {
        self.written?;
        Ok(match (self.unknown, self.failed) {
            (true, _) => Exit::Unknown,
            (false, true) => Exit::Failed,
            (false, false) => Exit::Ok,
        })
    }
}

/// Says what became of one.
fn say(id: &str, word: &str, answer: &Result<Done, ActionError>, desk: &mut Desk<'_>) -> Result<(), Stop> {
    if desk.is_json() {
        return desk.out.json(&DoneLine {
            id,
            done: answer.is_ok(),
            now: answer.as_ref().ok().and_then(|done| done.now.as_ref()).map(ToString::to_string),
            note: answer.as_ref().ok().and_then(|done| done.note.as_deref()),
            error: answer.as_ref().err().map(ToString::to_string),
        });
    }
    match answer {
        Ok(done) => {
            let mut line = format!("{}  {}", desk.paint.paint(Meaning::Good, word), display_safe(id));
            if let Some(now) = &done.now {
                line.push_str(desk.paint.sign("  → ", "  -> "));
                line.push_str(&display_safe(&now.to_string()));
            }
            if let Some(note) = &done.note {
                line.push_str("  ");
                line.push_str(&display_safe(note));
            }
            desk.out.line(&line)
        }
        Err(error) => {
            desk.out.flush()?;
            desk.notes.say(&format!("error: {id}: {error}"));
            Ok(())
        }
    }
}

/// Where they lie.
pub(super) fn places(events: &[FailedEvent]) -> Vec<FailedAt> {
    events.iter().map(|event| event.at.clone()).collect()
}

/// Freezes what is selected, asks, and does it.
pub(super) async fn run(
    act: &Act,
    which: &Selecting,
    agreeing: &Agreeing,
    site: &Site,
    desk: &mut Desk<'_>,
    step: impl AsyncFn(
        &dyn Operator,
        &[FailedEvent],
        &Because,
    ) -> Result<Vec<Result<Done, ActionError>>, BusError>,
) -> Result<Exit, Stop> {
    if agreeing.dry_run {
        return dry_run(act, which, agreeing, site, desk).await;
    }
    let done = act.aim.done;
    let nothing = format!("nothing was {done}");
    let operator = site.operator(&nothing)?;
    let selection = Selection::for_acting(which, &act.aim, site)?;
    agreeing.check(&site.session.info)?;
    if !site.may(act.verb, desk).await? {
        return Ok(Exit::Interrupted);
    }
    let Some(frozen) = selection.freeze(site, desk).await? else { return Ok(Exit::Interrupted) };
    frozen.say_rest(done, &nothing, desk);
    let left = frozen.exit();
    if frozen.events.is_empty() {
        return Ok(left);
    }
    let total = frozen.events.len() as u64;
    let what = format!("{} {}", act.order, events(total));
    if !agreeing.is_given(&what, total, &site.session.info, desk)? {
        desk.notes.say(&nothing);
        return Ok(Exit::Failed);
    }
    let because = Because { who: who(), plan: None, reason: agreeing.reason.clone() };
    let mut report = Report::default();
    for chunk in frozen.events.chunks(CHUNK) {
        if desk.stop.is_cancelled() {
            break;
        }
        // Not cut short by Ctrl-C: an answer comes within the command time-out, and without it the outcome would be
        // unknown.
        let held = desk.busy.sending(NOT_WAITED_FOR);
        let answered = step(operator.as_ref(), chunk, &because).await;
        drop(held);
        match answered {
            Ok(answers) => {
                for (event, answer) in chunk.iter().zip(&answers) {
                    report.tell(&event.at.to_string(), done, answer, desk);
                }
            }
            Err(error) => {
                report.broke_off(&error, desk);
                break;
            }
        }
        if !report.is_read(desk) {
            break;
        }
    }
    if report.done < total {
        desk.notes.say(&format!("{} of {} {done}", count(report.done), count(total)));
    }
    write_down(&operator, act.deed, &because, report.done, desk).await;
    let exit = report.exit()?;
    Ok(if exit == Exit::Ok { left } else { exit })
}

/// Freezes what is selected, and shows what would be done to it.
async fn dry_run(
    act: &Act,
    which: &Selecting,
    agreeing: &Agreeing,
    site: &Site,
    desk: &mut Desk<'_>,
) -> Result<Exit, Stop> {
    let selection = Selection::for_acting(which, &act.aim, site)?;
    let operator = site.operator("what would be done is not known")?;
    let Some(frozen) = selection.freeze(site, desk).await? else { return Ok(Exit::Interrupted) };
    frozen.say_rest(act.aim.done, &format!("nothing would be {}", act.aim.done), desk);
    if !frozen.events.is_empty() {
        let because = Because { who: who(), plan: None, reason: agreeing.reason.clone() };
        let commands =
            |event: &FailedEvent| (event.at.to_string(), (act.preview)(operator.as_ref(), event, &because));
        let each = frozen.events.iter().map(commands);
        let summary = Summary::of(&frozen.events, desk.now());
        would::show(act.deed, &summary, agreeing.reason.as_deref(), each, site, desk)?;
    }
    Ok(frozen.exit())
}

/// Writes into the journal what has happened, whether that works or not.
pub(super) async fn write_down(
    operator: &Arc<dyn Operator>,
    deed: Deed,
    because: &Because,
    events: u64,
    desk: &mut Desk<'_>,
) {
    if events == 0 {
        return;
    }
    if let Err(error) = operator.record(deed, because, events, None).await {
        desk.notes.say(&format!("'{deed}' is not in the journal: {}", error.what()));
    }
}
