//! The tasks of a worker: none of them breaks off unseen, and none outlives the worker.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, OnceLock};

use futures_util::FutureExt as _;
use tokio::task::{AbortHandle, JoinHandle};
use tokio_util::sync::CancellationToken;

use super::WorkerError;
use crate::bus::{BusError, panic_text};

/// The tasks of one worker. They end with this.
pub(super) struct Parts {
    /// The worker ends in order when one of them breaks off: without it the others would wait for ever.
    stop: CancellationToken,
    broken: Arc<OnceLock<String>>,
    tasks: Vec<AbortHandle>,
}

impl Parts {
    /// None yet, of a worker that ends with `stop`.
    pub(super) fn new(stop: CancellationToken) -> Self {
        Self { stop, broken: Arc::default(), tasks: Vec::new() }
    }

    /// One more.
    pub(super) fn run(&mut self, work: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
        let (stop, broken) = (self.stop.clone(), Arc::clone(&self.broken));
        let task = tokio::spawn(async move {
            if let Err(panic) = AssertUnwindSafe(work).catch_unwind().await {
                let _ = broken.set(panic_text(&*panic).to_owned());
                stop.cancel();
            }
        });
        self.tasks.push(task.abort_handle());
        task
    }

    /// Ends them; whether one had broken off.
    pub(super) fn end(self, handler: &str) -> Result<(), WorkerError> {
        self.broken.get().map_or(Ok(()), |why| Err(broke_off(handler, why)))
    }
}

impl Drop for Parts {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}

/// The worker of `handler` panicked.
pub(super) fn panicked(handler: &str, panic: &(dyn Any + Send)) -> WorkerError {
    broke_off(handler, panic_text(panic))
}

fn broke_off(handler: &str, why: &str) -> WorkerError {
    let what = format!("its worker broke off: panicked: {}", crate::text::display_safe(why));
    let next = "Its events go to other workers. Look at the filter that it was given (`Subscription::only`); without one this \
                is a fault of Tidings: please report it.";
    WorkerError { handler: handler.to_owned(), why: BusError::Fatal { what, next: next.to_owned() } }
}
