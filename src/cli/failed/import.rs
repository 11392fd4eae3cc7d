//! `tidings failed import`: puts exported dead letters back.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::act::{Done, Report, write_down};
use super::args::Agreeing;
use super::consent::events;
use super::letters::{Letter, Letters, read};
use super::site::Site;
use super::would;
use crate::bus::{Action, ActionError, Because, Deed, Operator, Verb};
use crate::cli::desk::Desk;
use crate::cli::exit::{Exit, Stop};
use crate::cli::who::who;
use crate::plan::{Summary, shares};
use crate::text::{count, plural};

/// `tidings failed import`
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct ImportArgs {
    /// A file that `failed export` wrote, or - for standard input
    #[arg(value_name = "FILE|-")]
    file: PathBuf,
    /// Put back also what was retried by hand or discarded since the export: it may run twice
    #[arg(long)]
    again: bool,
    /// Leave out lines that are no dead letters, and say which and why; without this one such line refuses the file
    #[arg(long)]
    skip_bad: bool,
    #[command(flatten)]
    pub(super) agreeing: Agreeing,
}

pub(super) async fn run(args: &ImportArgs, site: &Site, desk: &mut Desk<'_>) -> Result<Exit, Stop> {
    let operator = site.operator("nothing was imported")?;
    if args.agreeing.dry_run {
        return dry_run(args, &operator, site, desk);
    }
    // Known before anything is read: it would be read in vain, and it may come out of a pipe once only.
    if args.file.as_os_str() == "-" && args.agreeing.yes.is_none() {
        return Err(Stop::usage("nobody can be asked: standard input is the file", "Say --yes."));
    }
    // Read whole before anything is done: half a file is no import. And before anybody is asked: there may be nothing to ask.
    let Letters { good: letters, bad } = read(&args.file, args.skip_bad)?;
    let skipped = say_skipped(&bad, desk);
    if letters.is_empty() {
        desk.notes.say(&format!("nothing was imported: {}", why_nothing(skipped)));
        return Ok(skipped);
    }
    args.agreeing.check(&site.session.info)?;
    if !site.may(Verb::Import, desk).await? {
        return Ok(Exit::Interrupted);
    }
    let total = letters.len() as u64;
    let what = format!("Put back {}", events(total));
    if !args.agreeing.is_given(&what, total, &site.session.info, desk)? {
        desk.notes.say("nothing was imported");
        return Ok(Exit::Failed);
    }
    let done = import(letters, &operator, args, desk).await?;
    Ok(if done == Exit::Ok { skipped } else { done })
}

/// Says which lines were left out; those make the whole a failure.
fn say_skipped(bad: &[(usize, String)], desk: &mut Desk<'_>) -> Exit {
    for (line, why) in bad {
        desk.notes.say(&format!("line {line} is left out: {why}"));
    }
    if bad.is_empty() {
        return Exit::Ok;
    }
    desk.notes.say(&format!(
        "{} left out: no dead letters of an export",
        plural(bad.len() as u64, "line is", "lines are")
    ));
    Exit::Failed
}

fn why_nothing(skipped: Exit) -> &'static str {
    if skipped == Exit::Ok { "the file is empty" } else { "none of its lines is a dead letter" }
}

fn dry_run(
    args: &ImportArgs,
    operator: &Arc<dyn Operator>,
    site: &Site,
    desk: &mut Desk<'_>,
) -> Result<Exit, Stop> {
    let Letters { good: letters, bad } = read(&args.file, args.skip_bad)?;
    let skipped = say_skipped(&bad, desk);
    let reason = args.agreeing.reason.as_deref();
    let because = Because { who: who(), plan: None, reason: reason.map(str::to_owned) };
    let each: Vec<_> = letters
        .iter()
        .map(|letter| {
            let action = Action::Import(&letter.exported);
            (letter.id.clone(), operator.preview_action(&action, &because))
        })
        .collect();
    let refused: Vec<_> =
        each.iter().filter(|(_, commands)| commands.is_empty()).map(|(id, _)| id.clone()).collect();
    if letters.is_empty() {
        desk.notes.say(&format!("nothing would be imported: {}", why_nothing(skipped)));
        return Ok(skipped);
    }
    let said = |of: fn(&Letter) -> &str| shares(letters.iter().map(|letter| of(letter).to_owned()));
    let summary = Summary {
        count: letters.len() as u64,
        tenants: said(|letter| &letter.tenant),
        types: said(|letter| &letter.event_type),
        handlers: said(|letter| &letter.handler),
        ..Summary::default()
    };
    would::show(Deed::Imported, &summary, reason, each.into_iter(), site, desk)?;
    desk.out.flush()?;
    desk.notes.say("what lies there already, or has left since, is found out when it is done");
    for id in &refused {
        desk.notes.say(&format!(
            "{id}: it would be refused: it is no dead letter of this bus, or outside the lock"
        ));
    }
    Ok(if refused.is_empty() { skipped } else { Exit::Failed })
}

async fn import(
    letters: Vec<Letter>,
    operator: &Arc<dyn Operator>,
    args: &ImportArgs,
    desk: &mut Desk<'_>,
) -> Result<Exit, Stop> {
    let total = letters.len() as u64;
    let mut report = Report::default();
    let (ids, letters): (Vec<_>, Vec<_>) =
        letters.into_iter().map(|letter| (letter.id, letter.exported)).unzip();
    let mut importer = operator.importer(letters, args.again);
    let (mut ids, mut were_there) = (ids.into_iter(), 0);
    while !desk.stop.is_cancelled() {
        let held = desk.busy.sending("import the same file again: what lies there is not added twice");
        let answered = importer.next().await;
        drop(held);
        match answered {
            Ok(answers) if answers.is_empty() => break,
            Ok(answers) => {
                let cannot_write = answers.iter().any(|answer| matches!(answer, Err(ActionError::NotNow(_))));
                for (answer, id) in answers.into_iter().zip(ids.by_ref()) {
                    let was_there = answer.as_ref().is_ok_and(|imported| imported.was_there);
                    were_there += u64::from(was_there);
                    let word = if was_there { "was there" } else { "imported" };
                    let note = was_there.then(|| "it lies there already: nothing was added".to_owned());
                    let answer = answer.map(|imported| Done { now: Some(imported.at), note });
                    report.tell(&id, word, &answer, desk);
                }
                if cannot_write {
                    desk.out.flush()?;
                    desk.notes.say(&format!(
                        "the server can write nothing just now: the other {} of the file were not tried",
                        count(ids.len() as u64)
                    ));
                    desk.notes
                        .say("  Import the same file again when it can: what lies there is not added twice.");
                    break;
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
    let added = report.done - were_there;
    let there = match were_there {
        0 => String::new(),
        some => format!("; {} lay there already", count(some)),
    };
    if added < total {
        desk.notes.say(&format!("{} of {} imported{there}", count(added), count(total)));
    }
    let because = Because { who: who(), plan: None, reason: args.agreeing.reason.clone() };
    write_down(operator, Deed::Imported, &because, added, desk).await;
    report.exit()
}
