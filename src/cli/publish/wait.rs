//! `--wait`: what was published is followed through its handlers to the outcome.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use clap::Args;
use serde::Serialize;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::overheard::Ear;
use crate::bus::{BusError, Fate, FateWatch, Inspector, PublishError, Published, Stage};
use crate::cli::desk::Desk;
use crate::cli::exit::{Exit, Stop};
use crate::cli::paint::Meaning;
use crate::event::NewEvent;
use crate::text::{count, display_safe, parse_duration, plural, rfc3339_ms};

/// The most events that are followed.
const FOLLOWED: usize = 1_000;

/// What is said of waiting.
#[derive(Debug, Clone, Copy, Args)]
pub(in crate::cli) struct WaitArgs {
    /// Follow what is published to its outcome with each handler, and print that. Exit code 1: a handler gave it up, or
    /// nobody received it; 3: not known in time. At most 1,000 events are followed
    #[arg(long, conflicts_with = "dry_run")]
    pub(in crate::cli) wait: bool,
    /// With --wait: for how long, once all is sent
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration, requires = "wait")]
    pub(in crate::cli) wait_timeout: Duration,
}

fn duration(text: &str) -> Result<Duration, String> {
    parse_duration(text).map_err(|error| error.to_string())
}

/// Notes what was taken.
#[derive(Debug, Default)]
pub(super) struct Noting(Mutex<Taken>);

/// What was taken: the first ones, and how many came behind them.
#[derive(Debug, Default)]
struct Taken {
    published: Vec<Published>,
    more: u64,
}

impl Noting {
    fn taken(&self) -> Taken {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Ear for Noting {
    async fn hear(&self, _: &[NewEvent], answers: &[Result<Published, PublishError>]) {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for published in answers.iter().flatten() {
            if taken.published.len() < FOLLOWED {
                taken.published.push(published.clone());
            } else {
                taken.more += 1;
            }
        }
    }
}

/// One that is followed.
struct Followed {
    published: Published,
    /// What is known; `None` before the first look.
    fates: Option<Vec<Fate>>,
    /// Whose outcome was printed.
    told: BTreeSet<String>,
    /// Why nothing is known of it, or nothing new.
    error: Option<BusError>,
}

/// What became of an event with one handler, in JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct FateLine<'a> {
    event_id: String,
    entry_id: String,
    stream: &'a str,
    handler: Option<&'a str>,
    state: &'static str,
    consumer: Option<&'a str>,
    deliveries: Option<u64>,
    attempt: Option<u32>,
    next_at: Option<String>,
    reason: Option<&'static str>,
    error: Option<&'a str>,
}

/// Follows what was published, and prints what became of it. `sent` is how sending went.
pub(super) async fn follow(
    noting: &Noting,
    inspector: &Arc<dyn Inspector>,
    args: WaitArgs,
    sent: Exit,
    desk: &mut Desk<'_>,
) -> Result<Exit, Stop> {
    let Taken { published, more } = noting.taken();
    if published.is_empty() || desk.stop.is_cancelled() {
        return Ok(sent);
    }
    // What was published is known before anything becomes of it.
    desk.out.flush()?;
    let (out, mut changes) = mpsc::channel(16);
    // Dropped, it ends them all.
    let mut watches = JoinSet::new();
    for (at, published) in published.iter().enumerate() {
        let mut watch = FateWatch::new(Arc::clone(inspector), published.clone());
        let out = out.clone();
        watches.spawn(async move {
            while let Some(told) = watch.next().await {
                if out.send((at, told)).await.is_err() {
                    return;
                }
            }
        });
    }
    drop(out);
    let blank = |published| Followed { published, fates: None, told: BTreeSet::new(), error: None };
    let mut all: Vec<_> = published.into_iter().map(blank).collect();
    let end = Instant::now() + args.wait_timeout;
    let stop = desk.stop.clone();
    loop {
        let (at, told) = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            change = changes.recv() => match change {
                Some(change) => change,
                None => break,
            },
            () = sleep_until(end) => break,
        };
        if let Some(followed) = all.get_mut(at) {
            note(followed, told, desk)?;
        }
    }
    drop(watches);
    conclude(&all, more, sent, desk)
}

/// Takes note of what was told of one, and prints what is final.
fn note(followed: &mut Followed, told: Result<Vec<Fate>, BusError>, desk: &mut Desk<'_>) -> Result<(), Stop> {
    match told {
        Ok(fates) => {
            for fate in fates.iter().filter(|fate| fate.stage.is_final()) {
                if followed.told.insert(fate.name.clone()) {
                    tell(&followed.published, Some(fate), desk)?;
                }
            }
            (followed.fates, followed.error) = (Some(fates), None);
            desk.out.flush()
        }
        Err(error) => {
            followed.error = Some(error);
            Ok(())
        }
    }
}

/// Prints how it stands with those whose outcome is not known; answers how the run ends.
fn conclude(all: &[Followed], more: u64, sent: Exit, desk: &mut Desk<'_>) -> Result<Exit, Stop> {
    let (mut given_up, mut unknown, mut nobody) = (0, 0, 0);
    let mut why = None;
    for Followed { published, fates, error, .. } in all {
        for fate in fates.iter().flatten() {
            match fate.stage {
                Stage::Succeeded => {}
                Stage::Dead { .. } | Stage::Trimmed => given_up += 1,
                _ => {
                    tell(published, Some(fate), desk)?;
                    unknown += 1;
                }
            }
        }
        match fates {
            // It was not looked at, or nothing new could be learned: whoever receives it by now may be unknown.
            None => unknown += 1,
            Some(_) if error.is_some() => unknown += 1,
            Some(fates) if fates.is_empty() && !desk.stop.is_cancelled() => {
                tell(published, None, desk)?;
                nobody += 1;
            }
            Some(_) => {}
        }
        why = why.or(error.as_ref());
    }
    desk.out.flush()?;
    if let Some(why) = why {
        let next = why.next().map_or_else(String::new, |next| format!("\n  {next}"));
        desk.notes.say(&format!("error: what became of it is not known: {}{next}", why.what()));
    }
    if more > 0 {
        let limit = count(FOLLOWED as u64);
        desk.notes.say(&format!(
            "{} not followed: {limit} are the most",
            plural(more, "more event was", "more events were")
        ));
    }
    if nobody > 0 {
        desk.notes.say(
            "nobody received it: no handler takes this type on this bus; `tidings handlers` shows who takes what",
        );
    }
    if unknown > 0 && why.is_none() && !desk.stop.is_cancelled() {
        desk.notes.say("not all outcomes are known by now; --wait-timeout waits longer");
    }
    Ok(match sent {
        Exit::Ok if given_up + nobody > 0 => Exit::Failed,
        Exit::Ok if unknown + more > 0 => Exit::Unknown,
        sent => sent,
    })
}

/// Prints what is known of one with a handler, or that nobody received it.
fn tell(published: &Published, fate: Option<&Fate>, desk: &mut Desk<'_>) -> Result<(), Stop> {
    let word = fate.map_or("nobody", |fate| fate.stage.word());
    let stage = fate.map(|fate| &fate.stage);
    if desk.is_json() {
        let mut line = FateLine {
            event_id: published.event.to_string(),
            entry_id: published.entry.to_string(),
            stream: published.stream.as_str(),
            handler: fate.map(|fate| fate.name.as_str()),
            state: word,
            consumer: None,
            deliveries: None,
            attempt: None,
            next_at: None,
            reason: None,
            error: None,
        };
        match stage {
            Some(Stage::Running { consumer, deliveries }) => {
                (line.consumer, line.deliveries) = (Some(consumer.as_str()), Some(*deliveries));
            }
            Some(Stage::Retrying { attempt, next_at, error }) => {
                (line.attempt, line.error) = (Some(*attempt), error.as_deref());
                line.next_at = next_at.map(rfc3339_ms);
            }
            Some(Stage::Dead { reason, error }) => {
                (line.reason, line.error) = (reason.map(crate::bus::Reason::word), error.as_deref());
            }
            Some(Stage::Waiting | Stage::Succeeded | Stage::Trimmed) | None => {}
        }
        return desk.out.json(&line);
    }
    let meaning = match stage {
        Some(Stage::Succeeded) => Meaning::Good,
        Some(Stage::Dead { .. } | Stage::Trimmed) => Meaning::Bad,
        Some(Stage::Waiting | Stage::Running { .. } | Stage::Retrying { .. }) | None => Meaning::Warning,
    };
    let mut parts = vec![desk.paint.paint(meaning, &format!("{word:<9}")), published.event.to_string()];
    parts.extend(fate.map(|fate| desk.paint.paint(Meaning::Name, &display_safe(&fate.name))));
    let more = stage.map(|stage| more_of(stage, desk)).filter(|more| !more.is_empty());
    parts.extend(more.map(|more| display_safe(&more).into_owned()));
    desk.out.line(&parts.join("  "))
}

/// What else there is to say: `attempt 3 at 2026-11-23 14:02:34.000: SMTP 451 greylisted`.
fn more_of(stage: &Stage, desk: &Desk<'_>) -> String {
    let because =
        |error: &Option<String>| error.as_ref().map_or_else(String::new, |error| format!(": {error}"));
    match stage {
        Stage::Running { consumer, .. } => format!("with {consumer}"),
        Stage::Retrying { attempt, next_at, error } => {
            let when = next_at.map_or_else(String::new, |at| format!(" at {}", desk.show_time(at)));
            format!("attempt {attempt}{when}{}", because(error))
        }
        Stage::Dead { reason, error } => {
            format!("{}{}", reason.map_or("given up", crate::bus::Reason::word), because(error))
        }
        Stage::Trimmed => "gone from its stream before it was given to anybody".to_owned(),
        Stage::Waiting | Stage::Succeeded => String::new(),
    }
}

#[cfg(test)]
mod tests;
