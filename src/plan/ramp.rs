//! What a ramp does between its steps: it waits for what becomes of them, and stops where too much fails again.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::drive::{Driver, End};
use super::{Phase, why};
use crate::text::{age, count};

/// A step of a ramp is waited for until so long nothing is heard of any of it.
const NO_NEWS: Duration = Duration::from_mins(2);

impl Driver {
    /// Waits until every event of the last step has an outcome, or too long nothing was heard of any of them.
    pub(super) async fn wait_for_outcomes(&mut self) -> Result<(), End> {
        let mut progress = self.shared.subscribe();
        self.shared.stir.notify_one();
        let (mut news, mut since) = (self.shared.of_step().1, Instant::now());
        loop {
            if self.heed().await? {
                since = Instant::now();
            }
            let (step, now) = self.shared.of_step();
            if now != news {
                (news, since) = (now, Instant::now());
            }
            if step.running == 0 {
                self.shared.enter(Phase::Retrying);
                return Ok(());
            }
            let (known, all) = (step.retried() - step.running, step.retried());
            let of = format!("{} of {} that were retried", count(known), count(all));
            if since.elapsed() >= NO_NEWS {
                let silence = format!("nothing was heard for {}", age(NO_NEWS));
                if news == 0 {
                    let why = format!("{silence} of its last step: is the handler running? Known are {of}");
                    return Err(End::Stopped(why));
                }
                self.shared.note(format!("{silence}: it goes on with what is known of {of}"));
                self.shared.enter(Phase::Retrying);
                return Ok(());
            }
            self.shared.enter(Phase::Waiting(format!("for what becomes of its step: known are {of}")));
            tokio::select! {
                _ = progress.changed() => {}
                _ = self.wishes.changed() => {}
                () = sleep(NO_NEWS.saturating_sub(since.elapsed())) => {}
            }
        }
    }

    /// Stops when too many of those that were retried in this run failed again, or cannot be followed: a ramp does not go
    /// on blind.
    pub(super) async fn judge(&self, stop_at: u8) -> Result<(), End> {
        let fresh = self.shared.fresh();
        let failed = fresh.failed_again();
        let known = failed + fresh.succeeded;
        if (failed + fresh.lost) * 100 <= u64::from(stop_at) * (known + fresh.lost) {
            return Ok(());
        }
        let unknown = match fresh.lost {
            0 => String::new(),
            lost => format!(", and what became of {} more cannot be known", count(lost)),
        };
        let error =
            why::failed_again(self.ports.failed.as_ref(), &self.plan.id, &self.shared.failed_again()).await;
        let error = error.map_or_else(String::new, |error| format!(" ({error})"));
        let (failed, known) = (count(failed), count(known));
        Err(End::Stopped(format!("{failed} of {known} failed again{error}{unknown}, more than {stop_at} %")))
    }
}
