//! A program and all that it started, as one process group: whatever happens to the attempt, the group ends.

use std::collections::BTreeMap;
use std::io;
use std::process::ExitStatus;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::Child;
use tokio::runtime::Handle;
use tokio::time::timeout;
use tokio_util::task::TaskTracker;

/// How long a group has, after it was asked to end, until it is killed.
const GRACE: Duration = Duration::from_secs(2);

/// The group of a program that runs. Dropped before the program has ended, it is asked to end, and killed if it does
/// not.
#[derive(Debug)]
pub(super) struct Group {
    id: Option<GroupId>,
    child: Option<Child>,
    leftovers: Leftovers,
}

/// The id of a process group: that of its first process.
#[derive(Debug, Clone, Copy)]
struct GroupId(Pid);

impl GroupId {
    fn raw(self) -> i32 {
        self.0.as_raw_nonzero().get()
    }

    fn of(child: &Child) -> Option<Self> {
        Pid::from_raw(i32::try_from(child.id()?).ok()?).map(Self)
    }

    fn signal(self, signal: Signal) {
        // It fails when nobody is left, which is what is wanted.
        let _ = kill_process_group(self.0, signal);
    }
}

impl Group {
    /// The group that `child` leads.
    pub(super) fn of(child: Child, leftovers: Leftovers) -> Self {
        let id = GroupId::of(&child);
        if let Some(id) = id {
            leftovers.note(id);
        }
        Self { id, child: Some(child), leftovers }
    }

    /// Waits until the program has ended; then what it started ends too.
    pub(super) async fn wait(&mut self) -> io::Result<ExitStatus> {
        let Some(child) = &mut self.child else {
            return Err(io::Error::other("it has ended before"));
        };
        let status = child.wait().await;
        // At once: when all of the group have ended, its number may become another's.
        self.kill();
        self.child = None;
        if let Some(id) = self.id {
            self.leftovers.forget(id);
        }
        status
    }

    /// Asks all of it to end.
    pub(super) fn ask_to_end(&self) {
        self.signal(Signal::TERM);
    }

    /// Ends all of it.
    pub(super) fn kill(&self) {
        self.signal(Signal::KILL);
    }

    fn signal(&self, signal: Signal) {
        if let (Some(id), Some(_)) = (self.id, &self.child) {
            id.signal(signal);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let (Some(id), Some(child)) = (self.id, self.child.take()) {
            self.leftovers.end(id, child);
        }
    }
}

/// Programs whose attempts were broken off, and that are being ended. Shared by all handlers of a process, which waits
/// for it last.
#[derive(Debug, Clone, Default)]
pub struct Leftovers {
    ending: TaskTracker,
    /// The groups that there are, of running attempts as well.
    alive: Arc<Mutex<BTreeMap<i32, GroupId>>>,
}

impl Leftovers {
    /// Waits until all have ended: no longer than two seconds, as they are killed then.
    pub async fn gone(&self) {
        self.ending.close();
        self.ending.wait().await;
    }

    /// Kills every program that runs, also of attempts under way: for a process that ends without waiting for anything.
    pub fn kill(&self) {
        self.alive().values().for_each(|id| id.signal(Signal::KILL));
    }

    fn alive(&self) -> MutexGuard<'_, BTreeMap<i32, GroupId>> {
        self.alive.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, id: GroupId) {
        self.alive().insert(id.raw(), id);
    }

    fn forget(&self, id: GroupId) {
        self.alive().remove(&id.raw());
    }

    fn end(&self, id: GroupId, mut child: Child) {
        let killing = KillAtLast(id);
        if Handle::try_current().is_err() {
            return;
        }
        id.signal(Signal::TERM);
        let leftovers = self.clone();
        self.ending.spawn(async move {
            let _ = timeout(GRACE, child.wait()).await;
            drop(killing);
            let _ = child.wait().await;
            leftovers.forget(id);
        });
    }
}

/// Kills the group, also when the runtime ends before its time is over.
struct KillAtLast(GroupId);

impl Drop for KillAtLast {
    fn drop(&mut self) {
        self.0.signal(Signal::KILL);
    }
}
