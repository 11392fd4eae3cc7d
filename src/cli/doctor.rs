//! `tidings doctor`: what is wrong with a bus, and how to mend it.

use std::time::Duration;

use clap::Args;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

use super::args::{Patience, duration};
use super::connect::Contexts;
use super::desk::Desk;
use super::exit::{Exit, Stop};
use super::paint::Meaning;
use super::patient::patiently;
use crate::bus::{self, BusError, ChannelScope, Connector, Finding, Level, Session, Start, Watch};
use crate::event::TenantLabels;
use crate::monitor::{FailedTally, Health, Limits, Monitor};
use crate::text::{display_safe, pad_end, width};

/// Pages and signals that may wait.
const WAITING: usize = 16;
/// How much of what was is heard before what comes.
const NEWEST: usize = 1_000;
/// Between two looks at least,
const PAUSE: Duration = Duration::from_secs(2);
/// and so many looks there are at least: a trend takes three.
const LOOKS: u32 = 3;

/// `tidings doctor`
#[derive(Debug, Args)]
pub(super) struct DoctorArgs {
    /// Go on looking and listening for so long: what takes a trend is judged, too, such as rising lag, retry loops and
    /// events that break their schema
    #[arg(long = "for", value_name = "TIME", value_parser = duration)]
    pub(super) go_on: Option<Duration>,
    #[command(flatten)]
    pub(super) patience: Patience,
}

/// Ends with 1 when anything is at fault.
pub(super) async fn run(args: &DoctorArgs, contexts: &Contexts, desk: &mut Desk<'_>) -> Result<Exit, Stop> {
    let session = contexts.open_chosen()?;
    let labels = contexts.labels(&session.info.name);
    let Some(first) = patiently(args.patience, desk, || session.inspector.examine()).await? else {
        return Ok(Exit::Ok);
    };
    let mut health = Health::new(!session.info.locked_to.is_empty());
    health.look(first, desk.now());
    read_dead(&session, &labels, &mut health, desk).await?;
    if let Some(go_on) = args.go_on
        && !go_on_looking(&session, (go_on, args.patience), labels, &mut health, desk).await?
    {
        return Ok(Exit::Ok);
    }
    report(&health.report(), desk)
}

/// Reads dead letters, as many as the dashboard counts. What has none, or may not be read, is passed over: `streams` and
/// `rights-look` say so.
async fn read_dead(
    session: &Session,
    labels: &TenantLabels,
    health: &mut Health,
    desk: &Desk<'_>,
) -> Result<(), Stop> {
    let (out, mut pages) = mpsc::channel(WAITING);
    let query = FailedTally::query();
    let reading = session.failed.read(&query, out);
    let taking = async {
        while let Some(page) = pages.recv().await {
            health.read_dead(&page.events, desk.now());
        }
    };
    match tokio::join!(reading, taking).0 {
        Ok(()) => health.end_dead(labels, desk.now()),
        Err(error @ BusError::Unavailable { .. }) => return Err(error.into()),
        Err(_) => {}
    }
    Ok(())
}

/// Looks and listens for so long. Answers whether it came to its end: Ctrl-C ends it before.
async fn go_on_looking(
    session: &Session,
    (go_on, patience): (Duration, Patience),
    labels: TenantLabels,
    health: &mut Health,
    desk: &Desk<'_>,
) -> Result<bool, Stop> {
    let watch = Watch {
        start: Start::Last(NEWEST),
        follow: true,
        channels: ChannelScope::All,
        patience: bus::Patience::GiveUp(patience.connect_timeout),
        failures: Some(NEWEST),
    };
    let stop = desk.stop.child_token();
    let _stop_at_the_end = stop.clone().drop_guard();
    let (out, mut signals) = mpsc::channel(WAITING);
    let mut monitor = Monitor::new(Limits::default(), labels);
    let end = Instant::now() + go_on;
    let pause = PAUSE.min(go_on / LOOKS);
    let looking = async {
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            let wait = sleep(pause.min(left));
            tokio::pin!(wait);
            loop {
                tokio::select! {
                    () = &mut wait => break,
                    Some(signal) = signals.recv() => monitor.apply(signal, desk.now()),
                }
            }
            health.look(session.inspector.examine().await?, desk.now());
        }
    };
    let watched = tokio::select! {
        ended = session.observer.observe(watch, out, stop.clone()) => ended,
        looked = looking => looked,
        () = desk.stop.cancelled() => return Ok(false),
    };
    watched?;
    health.hear(&monitor, desk.now());
    read_dead(session, monitor.labels(), health, desk).await?;
    Ok(true)
}

fn report(findings: &[Finding], desk: &mut Desk<'_>) -> Result<Exit, Stop> {
    let name_cells = findings.iter().map(|finding| width(finding.check)).max().unwrap_or(0);
    for finding in findings {
        if desk.is_json() {
            desk.out.json(finding)?;
            continue;
        }
        let (word, meaning) = match finding.level {
            Level::Ok => ("ok", Meaning::Good),
            Level::Note => ("note", Meaning::Quiet),
            Level::Warning => ("warning", Meaning::Warning),
            Level::Fault => ("fault", Meaning::Bad),
        };
        desk.out.line(&format!(
            "{}  {}  {}",
            desk.paint.paint(meaning, &pad_end(word, 7)),
            pad_end(finding.check, name_cells),
            display_safe(&finding.found)
        ))?;
        for line in finding.mend.iter().flat_map(|mend| mend.lines()) {
            desk.out.line(&format!(
                "{:indent$}{}",
                "",
                display_safe(line),
                indent = 7 + 2 + name_cells + 2
            ))?;
        }
    }
    let faulty = findings.iter().any(|finding| finding.level == Level::Fault);
    Ok(if faulty { Exit::Failed } else { Exit::Ok })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::test_desk::TestDesk;

    fn finding(level: Level, mend: Option<&str>) -> Finding {
        let found = "user\x1b[2J x".to_owned();
        Finding { check: "acl", level, found, mend: mend.map(ToOwned::to_owned), is_unseen: false }
    }

    #[test]
    fn a_fault_ends_with_one() {
        for (level, exit) in [
            (Level::Ok, Exit::Ok),
            (Level::Note, Exit::Ok),
            (Level::Warning, Exit::Ok),
            (Level::Fault, Exit::Failed),
        ] {
            let mut test = TestDesk::text();
            let findings = [finding(Level::Ok, None), finding(level, None)];
            assert_eq!(test.run(|desk| report(&findings, desk)), Ok(exit));
        }
    }

    #[test]
    fn findings_say_how_to_mend_them() {
        let mut test = TestDesk::text();
        let finding = finding(Level::Fault, Some("ACL SETUSER x\nthen again"));
        test.run(|desk| report(&[finding], desk)).unwrap();
        insta::assert_snapshot!(test.out(), @r"
        fault    acl  user\x1b[2J x
                      ACL SETUSER x
                      then again
        ");
    }
}
