//! Watching an embedded bus.

use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::MemoryBroker;
use super::bus::Bus;
use super::cursor::{Cursors, Moves};
use super::failures::FailureCursor;
use super::page::Page;
use super::state::{Outage, State};
use super::stream::Found;
use crate::bus::{
    Admission, Batch, BusError, BusSignal, FailureBatch, FailureFeed, Intake, Link, Observer, Origin,
    Patience, ServerFacts, Start, TenantLock, Watch,
};

/// How many entries are read at a time.
const PAGE: usize = 500;

#[async_trait]
impl Observer for MemoryBroker {
    async fn observe(
        &self,
        watch: Watch,
        out: mpsc::Sender<BusSignal>,
        stop: CancellationToken,
    ) -> Result<(), BusError> {
        let deadline = match watch.patience {
            Patience::Forever => None,
            Patience::GiveUp(patience) => Some(Instant::now() + patience),
        };
        let watcher = Watcher {
            intake: Intake::clone(&self.intake),
            changes: self.bus.subscribe(),
            cursors: Cursors::new(watch.channels.clone(), watch.start),
            broker: self,
            watch,
            out,
            stop,
            origin: Origin::History,
            connected: false,
            restarts: self.bus.state().restarts,
            deadline,
        };
        match watcher.run().await {
            Ok(()) | Err(End::Stopped) => Ok(()),
            Err(End::Failed(error)) => Err(error),
        }
    }

    fn nudge(&self) {
        self.bus.nudges.notify_waiters();
    }
}

/// Why a watch ends before its time.
enum End {
    /// Nobody wants it any more.
    Stopped,
    /// There was no first connection in time.
    Failed(BusError),
}

struct Watcher<'a> {
    broker: &'a MemoryBroker,
    intake: Intake,
    changes: watch::Receiver<u64>,
    cursors: Cursors,
    watch: Watch,
    out: mpsc::Sender<BusSignal>,
    stop: CancellationToken,
    origin: Origin,
    connected: bool,
    /// How often the bus had restarted when it was reached last.
    restarts: u64,
    /// When to give up; `None` for never, and once there was a connection.
    deadline: Option<Instant>,
}

impl Watcher<'_> {
    async fn run(mut self) -> Result<(), End> {
        self.send(BusSignal::Link(Link::Connecting { target: Bus::TARGET.to_owned() })).await?;
        // Nothing is read yet: this fixes what is history.
        let page = self.reach(|cursors, state| cursors.page(state, 0)).await?;
        self.tell(page).await?;
        let lock = self.intake.lock().clone();
        self.begin_failures(&lock).await?;
        if let Start::Last(count) = self.watch.start {
            self.rewind(count).await?;
        }
        loop {
            self.changes.mark_unchanged();
            let read = self.reach(|cursors, state| {
                (cursors.page(state, PAGE), cursors.read_failures(&state.failures, &lock))
            });
            let (page, failures) = read.await?;
            let idle = page.found.is_empty() && failures.is_empty();
            self.tell_failures(failures).await?;
            self.tell(page).await?;
            if self.origin == Origin::History && self.cursors.at_end_of_history() {
                self.send(BusSignal::CaughtUp).await?;
                if !self.watch.follow {
                    return Ok(());
                }
                self.origin = Origin::Live;
                self.cursors.go_live();
            } else if idle {
                self.wait_for_change().await?;
            }
        }
    }

    /// Where failed attempts are wanted: the newest of them.
    async fn begin_failures(&mut self, lock: &TenantLock) -> Result<(), End> {
        let Some(wanted) = self.watch.failures else { return Ok(()) };
        self.send(BusSignal::FailureFeed(FailureFeed::Read)).await?;
        let history = self.reach(|cursors, state| {
            let (cursor, batch) = FailureCursor::start(&state.failures, wanted, lock);
            cursors.failures = Some(cursor);
            batch
        });
        let history = history.await?;
        self.tell_failures(history).await
    }

    async fn tell_failures(&self, batch: FailureBatch) -> Result<(), End> {
        if batch.is_empty() { Ok(()) } else { self.send(BusSignal::Failures(batch)).await }
    }

    /// Moves the cursors back over the newest `wanted` entries that may enter.
    async fn rewind(&mut self, mut wanted: usize) -> Result<(), End> {
        while wanted > 0 {
            let found = self.reach(|cursors, state| cursors.rewind(state, wanted.min(PAGE))).await?;
            if found.is_empty() {
                break;
            }
            wanted -= self.admissible(&found);
            // Judging a long history takes a while; others want to run too.
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    fn admissible(&mut self, found: &[Found]) -> usize {
        if self.intake.lock().is_locked() {
            let intake = &mut self.intake;
            found.iter().filter(|found| matches!(intake.admit(found.raw()), Admission::Entry(_))).count()
        } else {
            found.len()
        }
    }

    /// Reads the bus, as soon as it can be reached.
    async fn reach<T>(&mut self, read: impl Fn(&mut Cursors, &State) -> T) -> Result<T, End> {
        loop {
            let outage = match self.try_reach(&read) {
                Err(outage) => outage,
                Ok((restarts, answer)) => {
                    self.say_connected(restarts).await?;
                    return Ok(answer);
                }
            };
            self.connected = false;
            self.sit_out(outage).await?;
        }
    }

    fn try_reach<T>(&mut self, read: impl Fn(&mut Cursors, &State) -> T) -> Result<(u64, T), Outage> {
        let state = self.broker.bus.state();
        match &state.outage {
            Some(outage) => Err(outage.clone()),
            None => Ok((state.restarts, read(&mut self.cursors, &state))),
        }
    }

    async fn say_connected(&mut self, restarts: u64) -> Result<(), End> {
        let restarted = std::mem::replace(&mut self.restarts, restarts) != restarts;
        if !std::mem::replace(&mut self.connected, true) || restarted {
            self.deadline = None;
            self.send(BusSignal::Link(Link::Live(ServerFacts {
                version: "embedded".to_owned(),
                target: Bus::TARGET.to_owned(),
                clock_skew_ms: 0,
                replayable: true,
            })))
            .await?;
        }
        if restarted { self.send(BusSignal::Restarted).await } else { Ok(()) }
    }

    /// Says that the bus is down, with each try anew, until it is up again.
    async fn sit_out(&mut self, outage: Outage) -> Result<(), End> {
        for attempt in 1.. {
            let pause = backoff(attempt);
            let retry_at = (self.broker.bus.clock)() + pause;
            let Outage { since, why } = outage.clone();
            self.send(BusSignal::Link(Link::Down { since, why, retry_at, attempt })).await?;
            let until = Instant::now() + pause;
            let (until, last_try) = match self.deadline {
                Some(deadline) if deadline <= until => (deadline, true),
                _ => (until, false),
            };
            if self.mended_by(until).await? {
                break;
            }
            // A nudge may have cut the wait short.
            if last_try && Instant::now() >= until {
                return Err(End::Failed(outage.error()));
            }
        }
        Ok(())
    }

    async fn mended_by(&mut self, until: Instant) -> Result<bool, End> {
        let bus = &self.broker.bus;
        loop {
            self.changes.mark_unchanged();
            if bus.state().outage.is_none() {
                return Ok(true);
            }
            tokio::select! {
                changed = self.wait_for_change() => changed?,
                () = bus.nudges.notified() => return Ok(false),
                () = tokio::time::sleep_until(until) => return Ok(false),
            }
        }
    }

    async fn wait_for_change(&mut self) -> Result<(), End> {
        tokio::select! {
            () = self.stop.cancelled() => Err(End::Stopped),
            () = self.out.closed() => Err(End::Stopped),
            changed = self.changes.changed() => changed.map_err(|_| End::Stopped),
        }
    }

    /// Judges what was read, and sends it.
    async fn tell(&mut self, page: Page) -> Result<(), End> {
        let Moves { lost, discovered } = page.moves;
        if !lost.is_empty() {
            self.send(BusSignal::DataLost(lost)).await?;
        }
        if let Some(discovered) = discovered {
            self.send(BusSignal::Discovered(discovered)).await?;
        }
        for gap in page.gaps {
            self.send(BusSignal::Gap(gap)).await?;
        }
        let (mut other_tenants, mut unattributed) = (0, 0);
        let mut entries = Vec::with_capacity(page.found.len());
        for found in page.found {
            match self.intake.admit(found.raw()) {
                Admission::Entry(entry) => entries.push(entry),
                Admission::OtherTenant => other_tenants += 1,
                Admission::Unattributed => unattributed += 1,
            }
        }
        if !entries.is_empty() {
            self.send(BusSignal::Entries(Batch { origin: self.origin, entries })).await?;
        }
        if other_tenants + unattributed > 0 {
            self.send(BusSignal::Withheld { other_tenants, unattributed }).await?;
        }
        Ok(())
    }

    async fn send(&self, signal: BusSignal) -> Result<(), End> {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Err(End::Stopped),
            sent = self.out.send(signal) => sent.map_err(|_| End::Stopped),
        }
    }
}

/// How long to wait after so many tries: half a second, doubled up to eight.
fn backoff(attempt: u32) -> Duration {
    Duration::from_millis(500) * (1 << attempt.saturating_sub(1).min(4))
}
