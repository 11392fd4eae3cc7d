//! `tidings work`: runs the handlers of the config, and prints what their attempts came to.

mod fleet;
mod line;
mod metrics;
mod plan;
mod signals;

use std::net::SocketAddr;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use tokio::sync::mpsc;

use super::args::Patience;
use super::connect::Contexts;
use super::desk::Desk;
use super::exit::{Exit, Stop};
use super::patient::patiently;
use super::run::runtime;
use crate::bus::{Connector as _, Consumer, Intake, StartAt, Worker};
use crate::handlers::{Leftovers, LogLine};
use fleet::{Fleet, Record};
use line::{AttemptLine, Printer};
use metrics::Metrics;
use plan::Tools;
use signals::Signals;

pub(super) use signals::is_ignored;

/// Lines that may wait to be printed. Whoever reads slowly misses some, and is told how many: the handlers do not wait.
const WAITING_LINES: usize = 4_096;
/// Lines of `log` handlers that may wait to be printed; then those handlers wait.
const WAITING_LOG: usize = 256;
/// Lines that are printed at a time.
const BATCH: usize = 256;

/// `tidings work`
#[derive(Debug, Args)]
pub(super) struct WorkArgs {
    /// Run only these handlers
    #[arg(long, value_name = "NAME", num_args = 1..)]
    pub(super) only: Vec<String>,
    /// End when nothing is left to do
    #[arg(long)]
    pub(super) drain: bool,
    /// Where handlers go on whose consumer group somebody removed: with what is published from now on, or with the oldest
    /// event that is there
    #[arg(long, value_name = "WHERE")]
    pub(super) start: Option<StartWord>,
    /// Serve metrics for Prometheus at `http://ADDR/metrics`
    #[arg(long, value_name = "ADDR")]
    pub(super) metrics: Option<SocketAddr>,
    #[command(flatten)]
    pub(super) patience: Patience,
}

/// `--start`
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum StartWord {
    /// With what is published from now on
    New,
    /// With the oldest event that is there
    Beginning,
}

/// Runs on a runtime of its own: what a signal means to a worker is more than to other verbs.
pub(super) fn run(args: &WorkArgs, contexts: &Contexts, mut desk: Desk<'_>) -> Result<Exit, Stop> {
    let runtime = runtime()?;
    let outcome = runtime.block_on(work(args, contexts, &mut desk));
    let flushed = if matches!(outcome, Err(Stop::PipeClosed)) { Ok(()) } else { desk.out.flush() };
    // A connection that is just being made must not hold up the end.
    runtime.shutdown_background();
    outcome.and_then(|exit| flushed.map(|()| exit))
}

/// The other ends of what the handlers say.
struct Said {
    attempts: mpsc::Receiver<AttemptLine>,
    log: mpsc::Receiver<LogLine>,
    notes: mpsc::Receiver<String>,
}

async fn work(args: &WorkArgs, contexts: &Contexts, desk: &mut Desk<'_>) -> Result<Exit, Stop> {
    if contexts.lock().is_locked() {
        return Err(Stop::usage(
            "`tidings work` takes no --tenant: all workers of a handler share one group, so what one of them is given, and \
             does not look at, no other is ever given",
            "Narrow the handler itself, on all its workers, in the config file: tenants = [\"ID\"] below its [[handlers]].",
        ));
    }
    let (attempts, said_attempts) = mpsc::channel(WAITING_LINES);
    let (log, said_log) = mpsc::channel(WAITING_LOG);
    let (notes, said_notes) = mpsc::channel(BATCH);
    let leftovers = Leftovers::default();
    let dropped = Arc::default();
    let tools = Tools {
        attempts,
        log,
        leftovers: leftovers.clone(),
        dropped: Arc::clone(&dropped),
        clock: Arc::clone(&desk.clock),
        trust: std::cell::OnceCell::new(),
    };
    let orders = plan::orders(&args.only, contexts, &tools, desk)?;
    drop(tools);
    let name = &contexts.effective().context;
    let session = contexts.open_chosen()?;
    let consumer = session.consumer.clone().map_err(|why| refused(contexts, &why))?;
    let publisher = session.publisher.clone().map_err(|why| refused(contexts, &why))?;
    let registry = contexts.registry(name).map_err(|error| Stop::error(Exit::Usage, error, None))?;
    let intake = Intake::new(Arc::new(registry), contexts.lock().clone());
    let signals = Signals::listen(desk.stop.clone(), leftovers.clone())?;
    let metrics = match args.metrics {
        Some(address) => Some(Metrics::bind(address).await?),
        None => None,
    };
    if patiently(args.patience, desk, || publisher.reach()).await?.is_none() {
        return Ok(signals.exit());
    }
    if let Some(start) = args.start {
        restart(&*consumer, &orders, start, desk).await?;
    }
    let mut output = Printer::new(contexts.labels(name), orders.iter().map(plan::Order::name));
    let names = orders.iter().map(|order| order.name().as_str()).collect::<Vec<_>>().join(", ");
    let start = |order: plan::Order| {
        let name = order.name().clone();
        (name, Worker::start(Arc::clone(&consumer), intake.clone(), order.into_subscription()))
    };
    let fleet = Fleet::of(orders.into_iter().map(start), signals.clone(), leftovers, notes);
    desk.notes.say(&format!("running at {}: {names}", session.info.target));
    if let Some(metrics) = metrics {
        desk.notes.say(&format!("metrics at http://{}/metrics", metrics.address()));
        metrics.start(fleet.gauges(), Arc::clone(&dropped));
    }
    let running = fleet.start(args.drain);
    let said = Said { attempts: said_attempts, log: said_log, notes: said_notes };
    let printed = print(said, &mut output, &signals, desk).await;
    let record = running.await.map_err(|error| {
        Stop::failed(
            format!("the handlers broke off: {error}"),
            "This is a fault of Tidings: please report it.",
        )
    })?;
    printed?;
    report(&record, dropped.load(std::sync::atomic::Ordering::Relaxed), desk);
    Ok(if record.any_failed() { Exit::Failed } else { signals.exit() })
}

/// Makes groups anew that somebody removed.
async fn restart(
    consumer: &dyn Consumer,
    orders: &[plan::Order],
    start: StartWord,
    desk: &mut Desk<'_>,
) -> Result<(), Stop> {
    let (start, how) = match start {
        StartWord::New => (StartAt::New, "new: goes on with what is published from now on"),
        StartWord::Beginning => (StartAt::Beginning, "beginning: handles all again that is there"),
    };
    for order in orders {
        let streams = consumer.restart(order.name(), order.types(), start).await.map_err(|why| {
            let next = why.next().unwrap_or("Try again.").to_owned();
            Stop::failed(format!("--start: {}", why.what()), &next)
        })?;
        for stream in streams {
            desk.notes.say(&format!("{}: {stream}: --start {how}", order.name()));
        }
    }
    Ok(())
}

fn refused(contexts: &Contexts, why: &str) -> Stop {
    let next = contexts.what_next(
        "Handlers acknowledge what they are done with, and that is writing; `tidings tail` only reads.",
    );
    Stop::failed(format!("no handler was run: {why}"), &next)
}

/// Prints until all who could say something have ended. When nobody reads any more, the handlers are stopped.
async fn print(
    mut said: Said,
    output: &mut Printer,
    signals: &Signals,
    desk: &mut Desk<'_>,
) -> Result<(), Stop> {
    let mut printed = Ok(());
    let (mut attempts, mut lines) = (Vec::with_capacity(BATCH), Vec::with_capacity(BATCH));
    let mut unwritten = Vec::new();
    loop {
        tokio::select! {
            1.. = said.attempts.recv_many(&mut attempts, BATCH) => {}
            1.. = said.log.recv_many(&mut lines, BATCH) => {}
            Some(note) = said.notes.recv() => {
                desk.notes.say(&note);
                continue;
            }
            else => return printed,
        }
        if printed.is_ok() {
            printed = output.print(attempts.drain(..), &mut lines, desk);
            if printed.is_err() {
                signals.stop();
            }
        }
        attempts.clear();
        // Dropped, they would be failures. Those who wait for them are cut off, and their events come again.
        unwritten.append(&mut lines);
    }
}

fn report(record: &Record, dropped: u64, desk: &mut Desk<'_>) {
    for line in record.lines() {
        desk.notes.say(&line);
    }
    if dropped > 0 {
        desk.notes.say(&format!(
            "{} not printed: standard output was read too slowly",
            crate::text::plural(dropped, "line was", "lines were")
        ));
    }
}
