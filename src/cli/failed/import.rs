//! `tidings failed import`: puts exported dead letters back.

use std::io::{self, BufRead};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde_json::{Map, Value};

use super::act::{Done, Report, write_down};
use super::args::Agreeing;
use super::consent::events;
use super::site::Site;
use super::would;
use crate::bus::{Action, Because, Deed, Exported, FailedAt, Operator, Verb};
use crate::cli::desk::Desk;
use crate::cli::exit::{Exit, Stop};
use crate::cli::fields::read_fields;
use crate::cli::lines::open;
use crate::cli::who::who;
use crate::plan::{Summary, shares};
use crate::text::count;

/// `tidings failed import`
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct ImportArgs {
    /// A file that `failed export` wrote, or - for standard input
    #[arg(value_name = "FILE|-")]
    file: PathBuf,
    /// Put back also what was retried by hand or discarded since the export: it may run twice
    #[arg(long)]
    again: bool,
    #[command(flatten)]
    pub(super) agreeing: Agreeing,
}

/// A dead letter of a file.
#[derive(Debug, PartialEq)]
struct Letter {
    id: String,
    exported: Exported,
    /// What the export says that it is of.
    event_type: String,
    tenant: String,
    handler: String,
}

pub(super) async fn run(args: &ImportArgs, site: &Site, desk: &mut Desk<'_>) -> Result<Exit, Stop> {
    let operator = site.operator("nothing was imported")?;
    if args.agreeing.dry_run {
        return dry_run(args, &operator, site, desk);
    }
    args.agreeing.check(&site.session.info)?;
    // Read whole before anything is done: half a file is no import.
    let letters = read(&args.file)?;
    if letters.is_empty() {
        desk.notes.say("nothing was imported: the file is empty");
        return Ok(Exit::Ok);
    }
    if !site.may(Verb::Import, desk).await? {
        return Ok(Exit::Interrupted);
    }
    let total = letters.len() as u64;
    if args.file.as_os_str() == "-" && args.agreeing.yes.is_none() {
        return Err(Stop::usage("nobody can be asked: standard input is the file", "Say --yes."));
    }
    let what = format!("Put back {}", events(total));
    if !args.agreeing.is_given(&what, total, &site.session.info, desk)? {
        desk.notes.say("nothing was imported");
        return Ok(Exit::Failed);
    }
    import(letters, &operator, args, desk).await
}

fn dry_run(
    args: &ImportArgs,
    operator: &Arc<dyn Operator>,
    site: &Site,
    desk: &mut Desk<'_>,
) -> Result<Exit, Stop> {
    let letters = read(&args.file)?;
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
        desk.notes.say("nothing would be imported: the file is empty");
        return Ok(Exit::Ok);
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
    Ok(if refused.is_empty() { Exit::Ok } else { Exit::Failed })
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
        match importer.next().await {
            Ok(answers) if answers.is_empty() => break,
            Ok(answers) => {
                for (answer, id) in answers.into_iter().zip(ids.by_ref()) {
                    let was_there = answer.as_ref().is_ok_and(|imported| imported.was_there);
                    were_there += u64::from(was_there);
                    let word = if was_there { "was there" } else { "imported" };
                    let note = was_there.then(|| "it lies there already: nothing was added".to_owned());
                    let answer = answer.map(|imported| Done { now: Some(imported.at), note });
                    report.tell(&id, word, &answer, desk);
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

fn read(path: &Path) -> Result<Vec<Letter>, Stop> {
    let name = || format!("'{}'", path.display());
    let unreadable = |error: io::Error| {
        Stop::failed(
            format!("{} cannot be read: {error}", name()),
            "Name a file that `tidings failed export` wrote, or - for standard input.",
        )
    };
    let mut lines = open(path).map_err(unreadable)?;
    letters(&mut lines).map_err(|fault| match fault {
        Fault::Io(error) => unreadable(error),
        Fault::Line(number, why) => Stop::failed(
            format!("{}, line {number}: {why}; nothing was imported", name()),
            "It takes lines as `tidings failed export` writes them.",
        ),
    })
}

#[derive(Debug)]
enum Fault {
    Io(io::Error),
    Line(usize, String),
}

fn letters(from: &mut dyn BufRead) -> Result<Vec<Letter>, Fault> {
    let mut letters = Vec::new();
    for (number, line) in from.lines().enumerate() {
        let line = line.map_err(Fault::Io)?;
        if !line.trim().is_empty() {
            letters.push(letter(&line).map_err(|why| Fault::Line(number + 1, why))?);
        }
    }
    Ok(letters)
}

fn letter(line: &str) -> Result<Letter, String> {
    let object: Map<String, Value> =
        serde_json::from_str(line).map_err(|error| format!("it is no JSON object: {error}"))?;
    let id = object.get("id").and_then(Value::as_str).ok_or("it has no 'id'")?;
    let at: FailedAt = id.parse().map_err(|error: crate::bus::FailedAtError| error.to_string())?;
    if !matches!(at, FailedAt::DeadLetter { .. } | FailedAt::Discarded { .. }) {
        return Err(format!("{at} was no dead letter: only those can be put back"));
    }
    let fields = object.get("fields").and_then(Value::as_object).ok_or("it has no 'fields'")?;
    let said = |of: &Map<String, Value>, name: &str| {
        of.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    Ok(Letter {
        id: id.to_owned(),
        event_type: said(&object, "type"),
        tenant: said(&object, "tenant"),
        handler: said(fields, "handler"),
        exported: Exported::from(&at, read_fields(fields)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_an_export_are_read_and_others_are_refused_by_number() {
        let good =
            r#"{"id":"dead:7-1:event::A","state":"dead","fields":{"event":"{}","b":{"base64":"/w=="}}}"#;
        let text = format!("{good}\n\n{}\n", good.replace("dead:7-1", "discarded:8-1"));
        let read = letters(&mut text.as_bytes()).unwrap();
        assert_eq!(read.len(), 2);
        assert_eq!(
            (read[0].id.as_str(), read[0].exported.stream.as_str()),
            ("dead:7-1:event::A", "event::A")
        );
        assert_eq!(read[0].exported.lay, Some(crate::event::EntryId::new(7, 1)));
        assert_eq!(
            read[0].exported.fields,
            [(b"event".to_vec(), b"{}".to_vec()), (b"b".to_vec(), vec![0xff])]
        );
        for (bad, why) in [
            ("[]", "no JSON object"),
            ("{}", "no 'id'"),
            (r#"{"id":"dead:7-1:event::A"}"#, "no 'fields'"),
            (r#"{"id":"alive","fields":{}}"#, "names no failed event"),
            (r#"{"id":"pending:7-1:g:event::A","fields":{}}"#, "was no dead letter"),
            (r#"{"id":"dead:7-1:event::A","fields":{"a":1}}"#, "the field 'a'"),
        ] {
            let text = format!("{good}\n{bad}\n");
            let Err(Fault::Line(2, told)) = letters(&mut text.as_bytes()) else { panic!("{bad}") };
            assert!(told.contains(why), "{told}");
        }
    }
}
