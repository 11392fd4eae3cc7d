//! So many a second, evenly: a token bucket on tokio's clock.

use std::time::Duration;

use tokio::time::Instant;

/// Nobody is told to wait longer at a time: asked again then, it tells how much longer.
const LONGEST: Duration = Duration::from_hours(24);

/// Lets through `rate` a second, in chunks of at most a tenth of that. After a slow step it catches up, by what a
/// second allows; after a pause it does not.
#[derive(Debug)]
pub(crate) struct Bucket {
    rate: f64,
    tokens: f64,
    at: Instant,
}

impl Bucket {
    pub(crate) fn new(rate: f64) -> Self {
        let mut bucket = Self { rate, tokens: 0.0, at: Instant::now() };
        // The first chunk goes at once.
        bucket.tokens = bucket.chunk() as f64;
        bucket
    }

    /// How many go together.
    pub(crate) fn chunk(&self) -> usize {
        // Between 1 and a small number: the cast cuts off what is behind the point.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped to small numbers"
        )]
        let chunk = (self.rate / 10.0).clamp(1.0, 1_000.0) as usize;
        chunk
    }

    /// How long until `wanted` may go: nothing when they may now.
    pub(crate) fn wait(&mut self, wanted: usize) -> Duration {
        self.fill();
        let missing = wanted as f64 - self.tokens;
        if missing <= 1e-6 {
            return Duration::ZERO;
        }
        // A rate may be so small that no clock counts so far.
        Duration::try_from_secs_f64(missing / self.rate).map_or(LONGEST, |wait| wait.min(LONGEST))
    }

    /// So many went.
    pub(crate) fn take(&mut self, taken: usize) {
        self.tokens -= taken as f64;
    }

    /// After a pause: what was not used then is not used later.
    pub(crate) fn forget(&mut self) {
        self.fill();
        self.tokens = self.tokens.min(0.0);
    }

    fn fill(&mut self) {
        let now = Instant::now();
        let most = self.rate.max(self.chunk() as f64);
        self.tokens = (self.tokens + (now - self.at).as_secs_f64() * self.rate).min(most);
        self.at = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_rate_of_nearly_nothing_waits_and_breaks_nothing() {
        for rate in [f64::MIN_POSITIVE, 1e-300, 1e-20, 1e-6] {
            let mut bucket = Bucket::new(rate);
            assert_eq!(bucket.wait(1), Duration::ZERO, "the first goes at once");
            bucket.take(1);
            assert_eq!(bucket.wait(1), LONGEST, "{rate}");
        }
    }
}
