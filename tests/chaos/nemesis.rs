//! What breaks things: each fault is drawn by chance, made, and written down with what was in flight at that moment.

use std::collections::HashSet;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use uuid::Uuid;

use crate::books::{Books, Pending};
use crate::crew::Hand;
use crate::proxy::Proxy;
use crate::redis_server::PrivateRedis;
use crate::seed::Chance;
use crate::worker::{FRAGILE, Orders, now_us};

/// What can break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// `kill -9` of a worker.
    KillWorker,
    /// A worker does not run for a while.
    StopWorker,
    /// A worker is told to end, and another one comes.
    ReplaceWorker,
    /// A worker was ended by an event.
    Crash,
    /// `kill -9` of Redis.
    KillRedis,
    /// Redis does not run for a while.
    StopRedis,
    /// Every connection is reset.
    Reset,
    /// What is sent goes nowhere, and nobody is told.
    Swallow,
}

impl Kind {
    /// Those that the nemesis makes; crashes are made by events.
    pub(crate) const MADE: [Self; 7] = [
        Self::KillWorker,
        Self::StopWorker,
        Self::ReplaceWorker,
        Self::KillRedis,
        Self::StopRedis,
        Self::Reset,
        Self::Swallow,
    ];
}

/// A fault that happened.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) kind: Kind,
    /// Whose fault it was, where it was a worker's.
    pub(crate) pid: Option<u32>,
    pub(crate) from_us: u64,
    pub(crate) to_us: u64,
    /// What may run once more because of it: handlers and events.
    pub(crate) in_flight: HashSet<(String, Uuid)>,
}

/// The bus, its workers, and what happened to them.
pub(crate) struct Scene {
    pub(crate) server: PrivateRedis,
    pub(crate) proxy: Proxy,
    pub(crate) books: Books,
    pub(crate) crew: Vec<Hand>,
    pub(crate) faults: Vec<Fault>,
    /// Every worker process that ever was: its id, and what it wrote.
    pub(crate) logs: Vec<(u32, PathBuf)>,
    folder: tempfile::TempDir,
    lease: Duration,
    /// Crashed while the books could not be read.
    unburied: Vec<(u32, u64)>,
}

impl Scene {
    pub(crate) fn new(lease: Duration) -> Self {
        let server = PrivateRedis::start_durable();
        Self {
            proxy: Proxy::start(server.port()),
            books: Books::at(&server.url()),
            server,
            crew: Vec::new(),
            faults: Vec::new(),
            logs: Vec::new(),
            folder: tempfile::tempdir().unwrap(),
            lease,
            unburied: Vec::new(),
        }
    }

    /// One more worker process for these handlers.
    pub(crate) fn hire(&mut self, handlers: &[&str], concurrency: usize) {
        let handlers = handlers.iter().map(|handler| (*handler).to_owned()).collect();
        let (url, log, lease) = (self.proxy.url(), PathBuf::new(), self.lease);
        self.start(Orders { url, log, handlers, lease, concurrency });
    }

    fn start(&mut self, orders: Orders) {
        let log = self.folder.path().join(format!("{}.log", self.logs.len()));
        let hand = Hand::start(Orders { log: log.clone(), ..orders });
        self.logs.push((hand.pid(), log));
        self.crew.push(hand);
    }

    /// Looks after workers that ended by themselves, for so long.
    pub(crate) fn wait(&mut self, time: Duration) {
        let end = Instant::now() + time;
        while Instant::now() < end {
            self.tend();
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Another one comes for each worker that ended by itself.
    pub(crate) fn tend(&mut self) {
        while let Some(at) = self.crew.iter_mut().position(Hand::has_ended) {
            let ended = self.crew.swap_remove(at);
            self.unburied.push((ended.pid(), now_us()));
            self.start(ended.orders.clone());
        }
        if !self.unburied.is_empty()
            && self.server.state().is_some_and(|state| state != 'T')
            && let Ok(pending) = self.books.try_pending()
        {
            for (pid, at_us) in std::mem::take(&mut self.unburied) {
                self.note(Kind::Crash, Some(pid), at_us, [pending.clone()]);
            }
        }
    }

    /// Writes a fault down; of a worker's, only what was its own was in flight.
    fn note(
        &mut self,
        kind: Kind,
        pid: Option<u32>,
        from_us: u64,
        seen: impl IntoIterator<Item = Vec<Pending>>,
    ) {
        let of = pid.map(|pid| format!("-{pid}-"));
        let in_flight = seen
            .into_iter()
            .flatten()
            .filter(|pending| of.as_ref().is_none_or(|of| pending.consumer.contains(of)))
            .filter_map(|pending| Some((pending.handler, pending.event?)))
            .collect();
        self.faults.push(Fault { kind, pid, from_us, to_us: now_us(), in_flight });
    }

    /// Makes one fault.
    pub(crate) fn strike(&mut self, kind: Kind, chance: &mut Chance) {
        let from_us = now_us();
        let at = chance.index(self.crew.len());
        let (short, long) = (self.lease / 8, self.lease * 2);
        match kind {
            Kind::KillWorker => {
                let mut hand = self.crew.swap_remove(at);
                hand.kill9();
                let pending = self.books.pending();
                self.note(kind, Some(hand.pid()), from_us, [pending]);
                self.wait(chance.between(Duration::ZERO, self.lease));
                self.start(hand.orders.clone());
            }
            Kind::StopWorker => {
                let hand = self.crew.swap_remove(at);
                hand.stop();
                // What comes to it while it sleeps is its own as well.
                let seen = self.watch(chance.between(short, long));
                hand.cont();
                self.note(kind, Some(hand.pid()), from_us, seen);
                self.crew.push(hand);
            }
            Kind::ReplaceWorker => {
                let hand = self.crew.swap_remove(at);
                let (pid, orders) = (hand.pid(), hand.orders.clone());
                let is_fragile = orders.handlers.iter().any(|handler| handler == FRAGILE);
                self.start(orders);
                hand.tell_to_end();
                let mut leaving = hand;
                // Others may be ended by events meanwhile, and must not lie there until their lease is over.
                while !leaving.has_ended() {
                    self.wait(Duration::from_millis(10));
                }
                let status = leaving.terminate();
                if is_fragile && status.signal() == Some(Signal::KILL.as_raw()) {
                    // An event that it had begun with before it was told has ended it.
                    println!("an event ended worker {pid} while it was leaving");
                    self.unburied.push((pid, now_us()));
                } else {
                    let so = "a worker that is told to end does so in good order";
                    assert!(status.success(), "{so}: {status}");
                }
                self.note(kind, Some(pid), from_us, []);
            }
            Kind::Crash => unreachable!("events do that"),
            Kind::KillRedis => {
                self.server.kill9();
                self.wait(chance.between(Duration::ZERO, short));
                self.server.restart();
                self.books = Books::at(&self.server.url());
                let pending = self.books.pending();
                self.note(kind, None, from_us, [pending]);
            }
            Kind::StopRedis => {
                self.server.stop();
                // Asked now, so that the answer tells of the first moment in which it goes on.
                let (books, server) = (&mut self.books, &self.server);
                let pending = thread::scope(|scope| {
                    let asked = scope.spawn(|| books.pending());
                    thread::sleep(chance.between(short, long));
                    server.cont();
                    asked.join().unwrap()
                });
                self.note(kind, None, from_us, [pending]);
            }
            Kind::Reset => {
                let open = self.proxy.reset();
                assert!(open > 0, "there were connections to reset");
                // Connections come back long before a lease is over: that explains no double.
                self.note(kind, None, from_us, []);
            }
            Kind::Swallow => {
                self.proxy.swallow();
                let seen = self.watch(chance.between(short, long));
                self.proxy.forward();
                self.note(kind, None, from_us, seen);
            }
        }
    }

    /// What is pending meanwhile, again and again.
    fn watch(&mut self, time: Duration) -> Vec<Vec<Pending>> {
        let end = Instant::now() + time;
        let mut seen = vec![self.books.pending()];
        while Instant::now() < end {
            self.wait(Duration::from_millis(50));
            seen.push(self.books.pending());
        }
        seen
    }
}
