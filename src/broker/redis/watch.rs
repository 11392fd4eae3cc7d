//! Watching streams: on each connection the streams are looked at, then history is read, then what comes.

use std::sync::Arc;
use std::time::Duration;

use redis::Cmd;
use tokio::time::Instant;

use super::connection::{Dialer, Role};
use super::discovery::{Discovery, Pass, TICK};
use super::facts::{self, Look};
use super::failures::FailureWatch;
use super::feed::{Feed, Halt};
use super::growth::Growth;
use super::history::Merge;
use super::pace::Pace;
use super::profile::Layout;
use super::supervisor::{Supervisor, Trip};
use super::tracks::Tracks;
use super::wire::{ANSWER, Wire};
use crate::bus::{BusError, BusSignal, Intake, Start, Watch};
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
    pub(super) discovery: Discovery,
    pub(super) growth: Growth,
    pub(super) tracks: Tracks,
    /// Where failed attempts are wanted, and the profile records them.
    pub(super) failures: Option<FailureWatch>,
    pub(super) pace: Pace,
    /// Which stream is asked first, where not all are asked at once.
    pub(super) turn: usize,
    /// How many are to be asked in turn before one read waits for all: where entries are large, all at once may be too much.
    pub(super) unasked: usize,
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
            failures: FailureWatch::of(&layout, watch.failures),
            discovery: Discovery::new(layout),
            growth: Growth::new(Instant::now()),
            tracks: Tracks::new(watch.channels.clone(), watch.start),
            pace: Pace::default(),
            turn: 0,
            unasked: 0,
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
            self.begin_failures(&mut wire).await?;
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
        self.count_keys(wire).await?;
        let pass = self.supervisor.wanted(self.discovery.whole_pass(wire)).await?;
        self.tracks.begin(&pass, server.now_ms);
        let keys = self.tracks.all().iter().map(|track| &track.place.key);
        let looks = self.supervisor.wanted(facts::streams(wire, keys)).await?;
        self.tracks.begin_history(looks)?;
        self.run_id = server.run_id;
        self.supervisor.connected(server.facts).await?;
        self.say_discovered().await?;
        if let Start::Last(count) = self.watch.start {
            self.rewind(wire, count).await?;
        }
        Ok(())
    }

    /// On a later connection: whether the server is another one, and whether it kept its data.
    async fn come_back(&mut self, wire: &mut Wire) -> Result<(), Trip> {
        let server = self.supervisor.wanted(facts::server(wire, self.dialer.target(), true)).await?;
        let looks = self.look(wire, (0..self.tracks.all().len()).collect()).await?;
        // Before anything is said of the connection: one on which nothing may be read is none.
        let mut lost = self.tracks.judge_loss(&looks)?;
        self.supervisor.connected(server.facts).await?;
        let restarted = server.run_id != self.run_id;
        self.run_id = server.run_id;
        lost.extend(self.renew_failures(wire).await?);
        let kept = lost.is_empty();
        self.say_lost(lost).await?;
        if restarted && kept {
            self.feed.signal(BusSignal::Restarted).await?;
        }
        Ok(self.say_discovered().await?)
    }

    /// What these streams say of themselves.
    async fn look(&self, wire: &mut Wire, at: Vec<usize>) -> Result<Vec<(usize, Look)>, Trip> {
        let keys = at.iter().map(|at| &self.tracks.all()[*at].place.key);
        let looks = self.supervisor.wanted(facts::streams(wire, keys)).await?;
        Ok(at.into_iter().zip(looks).collect())
    }

    /// Looks at streams, and says which of them lost their data.
    async fn look_and_judge(&mut self, wire: &mut Wire, at: Vec<usize>) -> Result<Vec<(usize, Look)>, Trip> {
        let looks = self.look(wire, at).await?;
        let lost = self.tracks.judge_loss(&looks)?;
        self.say_lost(lost).await?;
        Ok(looks)
    }

    /// A read of all streams was refused. One key that is no stream, or that may not be read, does that to all: when
    /// a look at each finds it, the others are read on.
    pub(super) async fn refused(&mut self, wire: &mut Wire, error: BusError) -> Result<(), Trip> {
        let before = self.tracks.readable();
        if matches!(error, BusError::Fatal { .. } | BusError::Refused { .. }) {
            self.look_and_judge(wire, (0..self.tracks.all().len()).collect()).await?;
            self.say_discovered().await?;
        }
        if self.tracks.readable() < before || self.failures_refused(wire).await? {
            Ok(())
        } else {
            Err(error.into())
        }
    }

    async fn say_lost(&self, lost: Vec<StreamKey>) -> Result<(), Halt> {
        if lost.is_empty() { Ok(()) } else { self.feed.signal(BusSignal::DataLost(lost)).await }
    }

    pub(super) async fn say_discovered(&mut self) -> Result<(), Halt> {
        match self.tracks.report(self.discovery.interval()) {
            Some(report) => self.feed.signal(report).await,
            None => Ok(()),
        }
    }

    /// Now and then: streams that are new, gone or made anew, and what trimming took between two reads.
    pub(super) async fn tick(&mut self, wire: &mut Wire) -> Result<(), Trip> {
        if Instant::now() < self.next_tick {
            return self.notice_growth(wire).await;
        }
        if self.some_are_gone(wire).await? {
            self.look_and_judge(wire, (0..self.tracks.all().len()).collect()).await?;
        }
        let lost = self.renew_failures(wire).await?;
        self.say_lost(lost.into_iter().collect()).await?;
        // An answer holds two entries of each stream.
        let looks = self.tracks.next_looks(self.pace.count(2));
        let looks = self.look_and_judge(wire, looks).await?;
        self.compare(looks).await?;
        if let Some(pass) = self.supervisor.wanted(self.discovery.tick(wire)).await? {
            self.take_pass(wire, &pass).await?;
        }
        self.say_discovered().await?;
        self.next_tick = Instant::now() + TICK;
        Ok(())
    }

    /// Takes what a pass over all keys found. How many streams of it are new, or there again.
    pub(super) async fn take_pass(&mut self, wire: &mut Wire, pass: &Pass) -> Result<usize, Trip> {
        let (new_from, again) = self.tracks.renew(pass);
        let new: Vec<usize> = (new_from..self.tracks.all().len()).collect();
        let count = new.len() + again;
        self.look_and_judge(wire, new).await?;
        Ok(count)
    }

    /// Whether a key that was there is not there any more. One command, whatever the number of streams.
    async fn some_are_gone(&mut self, wire: &mut Wire) -> Result<bool, Trip> {
        const DOING: &str = "looking whether streams are still there";
        let there: Vec<_> = self.tracks.all().iter().filter(|track| track.readable()).collect();
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

    async fn compare(&mut self, looks: Vec<(usize, Look)>) -> Result<(), Trip> {
        for (at, look) in looks {
            let track = &mut self.tracks.all_mut()[at];
            if let Look::There(facts) = look
                && let Some(gap) = track.compare(&facts)
            {
                self.feed.signal(BusSignal::Gap(gap)).await?;
            }
        }
        Ok(())
    }
}
