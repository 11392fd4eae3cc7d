//! Watching streams: on each connection the streams are looked at, then history is read, then what comes.

use std::sync::Arc;
use std::time::Duration;

use redis::Cmd;
use tokio::time::Instant;

use super::connection::{Dialer, Role};
use super::discovery::{Discovery, TICK};
use super::facts::{self, StreamFacts};
use super::feed::{Feed, Halt};
use super::history::Merge;
use super::pace::Pace;
use super::profile::Layout;
use super::supervisor::{Supervisor, Trip};
use super::tracks::Tracks;
use super::wire::{ANSWER, Wire};
use crate::bus::{BusSignal, Intake, Start, Watch};
use crate::event::StreamKey;

/// How long a read waits for something to come. Never for ever: each answer is a sign of life.
pub(super) const BLOCK: Duration = Duration::from_secs(1);

/// One watch over streams.
pub(super) struct StreamWatch {
    dialer: Dialer,
    pub(super) watch: Watch,
    pub(super) intake: Intake,
    pub(super) feed: Feed,
    pub(super) supervisor: Supervisor,
    discovery: Discovery,
    pub(super) tracks: Tracks,
    pub(super) pace: Pace,
    pub(super) merge: Merge,
    run_id: Option<String>,
    phase: Phase,
    /// When the streams are looked at again.
    next_tick: Instant,
}

/// How far a watch has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// It does not know the streams yet.
    Preparing,
    /// It reads what was there when it began.
    History,
    /// It reads what comes.
    Live,
}

impl StreamWatch {
    pub(super) fn new(
        dialer: Dialer,
        layout: Layout,
        watch: Watch,
        intake: Intake,
        feed: Feed,
        nudge: Arc<tokio::sync::Notify>,
    ) -> Self {
        let supervisor = Supervisor::new(feed.clone(), watch.patience, nudge);
        Self {
            dialer,
            intake,
            feed,
            supervisor,
            discovery: Discovery::new(layout),
            tracks: Tracks::new(watch.channels.clone(), watch.start),
            pace: Pace::default(),
            merge: Merge::default(),
            run_id: None,
            phase: Phase::Preparing,
            next_tick: Instant::now(),
            watch,
        }
    }

    /// Watches until nobody wants it any more, or all that was asked for has been sent.
    pub(super) async fn run(mut self) -> Result<(), Halt> {
        self.supervisor.begin(self.dialer.target()).await?;
        loop {
            match self.connect_and_read().await {
                Ok(()) => return Ok(()),
                Err(Trip::Halt(halt)) => return Err(halt),
                Err(Trip::Lost(error)) => self.supervisor.lost(error).await?,
            }
        }
    }

    async fn connect_and_read(&mut self) -> Result<(), Trip> {
        let target = self.dialer.target().to_owned();
        let dialing = self.dialer.dial(Role::Reader { block: BLOCK });
        let connection = self.supervisor.dial(&target, dialing).await?;
        let mut wire = Wire::new(connection, &target, BLOCK + ANSWER);
        if self.phase == Phase::Preparing {
            self.prepare(&mut wire).await?;
            self.phase = Phase::History;
        } else {
            self.come_back(&mut wire).await?;
        }
        self.next_tick = Instant::now() + TICK;
        if self.phase == Phase::History {
            self.read_history(&mut wire).await?;
            self.feed.signal(BusSignal::CaughtUp).await?;
            self.supervisor.at_work();
            self.phase = Phase::Live;
        }
        if self.watch.follow { self.read_live(&mut wire).await } else { Ok(()) }
    }

    /// On the first connection: which streams there are, and what of them is history.
    async fn prepare(&mut self, wire: &mut Wire) -> Result<(), Trip> {
        let server = self.supervisor.wanted(facts::server(wire, self.dialer.target(), true)).await?;
        let pass = self.supervisor.wanted(self.discovery.whole_pass(wire)).await?;
        self.tracks.begin(&pass, server.now_ms);
        let facts = self.supervisor.wanted(facts::streams(wire, self.tracks.keys())).await?;
        for (track, facts) in self.tracks.all_mut().iter_mut().zip(&facts) {
            match facts {
                Some(facts) => track.begin(facts),
                // It went while we looked.
                None => track.gone = true,
            }
        }
        self.run_id = server.run_id;
        self.supervisor.connected(server.facts).await?;
        if let Some(report) = self.tracks.report(&pass, self.discovery.interval()) {
            self.feed.signal(report).await?;
        }
        if let Start::Last(count) = self.watch.start {
            self.rewind(wire, count).await?;
        }
        Ok(())
    }

    /// On a later connection: whether the server is another one, and whether it kept its data.
    async fn come_back(&mut self, wire: &mut Wire) -> Result<(), Trip> {
        let server = self.supervisor.wanted(facts::server(wire, self.dialer.target(), true)).await?;
        let facts = self.supervisor.wanted(facts::streams(wire, self.tracks.keys())).await?;
        self.supervisor.connected(server.facts).await?;
        let restarted = server.run_id != self.run_id;
        self.run_id = server.run_id;
        let lost = self.judge_loss(&facts).await?;
        if restarted && !lost {
            self.feed.signal(BusSignal::Restarted).await?;
        }
        Ok(())
    }

    /// Says which streams lost their data. Whether any did.
    async fn judge_loss(&mut self, facts: &[Option<StreamFacts>]) -> Result<bool, Halt> {
        let lost: Vec<StreamKey> = self.tracks.judge_loss(facts);
        if lost.is_empty() {
            return Ok(false);
        }
        self.feed.signal(BusSignal::DataLost(lost)).await?;
        Ok(true)
    }

    /// Now and then: streams that are new or gone, and what trimming took between two reads.
    pub(super) async fn tick(&mut self, wire: &mut Wire) -> Result<(), Trip> {
        if Instant::now() < self.next_tick {
            return Ok(());
        }
        if self.some_are_gone(wire).await? {
            let facts = self.supervisor.wanted(facts::streams(wire, self.tracks.keys())).await?;
            self.judge_loss(&facts).await?;
        }
        self.compare_touched(wire).await?;
        if let Some(pass) = self.supervisor.wanted(self.discovery.tick(wire)).await? {
            self.tracks.renew(&pass);
            if let Some(report) = self.tracks.report(&pass, self.discovery.interval()) {
                self.feed.signal(report).await?;
            }
        }
        self.next_tick = Instant::now() + TICK;
        Ok(())
    }

    /// Whether a key that was there is not there any more. One command, whatever the number of streams.
    async fn some_are_gone(&mut self, wire: &mut Wire) -> Result<bool, Trip> {
        const DOING: &str = "looking whether streams are still there";
        let there: Vec<_> = self.tracks.all().iter().filter(|track| !track.gone).collect();
        if there.is_empty() {
            return Ok(false);
        }
        let mut exists = Cmd::new();
        exists.arg("EXISTS");
        for track in &there {
            exists.arg(track.place.key.as_str());
        }
        let found = self.supervisor.wanted(wire.ask(&exists, DOING)).await?;
        Ok(super::codec::number(&found) != Some(there.len() as u64))
    }

    async fn compare_touched(&mut self, wire: &mut Wire) -> Result<(), Trip> {
        let touched: Vec<usize> = (0..self.tracks.all().len())
            .filter(|at| self.tracks.all().get(*at).is_some_and(|track| track.touched))
            .collect();
        let keys: Vec<_> = touched.iter().map(|at| &self.tracks.all()[*at].place.key).collect();
        let facts = self.supervisor.wanted(facts::streams(wire, keys)).await?;
        for (at, facts) in touched.into_iter().zip(facts) {
            let gap = facts.and_then(|facts| self.tracks.all_mut()[at].compare(&facts));
            if let Some(gap) = gap {
                self.feed.signal(BusSignal::Gap(gap)).await?;
            }
        }
        Ok(())
    }
}
