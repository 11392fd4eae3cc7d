//! Pauses between tries of what fails: each twice as long as the one before, up to a limit.

use std::time::Duration;

use super::random_unit;

/// How long to wait before the next try.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BackOff {
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl BackOff {
    /// Begins with `first`.
    pub(crate) const fn new(first: Duration, longest: Duration) -> Self {
        Self { first, longest, next: first }
    }

    /// The pause before the next try.
    pub(crate) fn pause(&mut self) -> Duration {
        let pause = self.next;
        self.next = pause.saturating_mul(2).min(self.longest);
        pause
    }

    /// Begins anew: it went well, or forward.
    pub(crate) fn reset(&mut self) {
        self.next = self.first;
    }
}

/// A quarter more or less, at random: so that many who wait for the same do not all come back at one moment.
pub(crate) fn about(pause: Duration) -> Duration {
    pause.mul_f64(0.75 + random_unit() / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_begin_anew() {
        let mut back_off = BackOff::new(Duration::from_millis(250), Duration::from_millis(1_700));
        let mut ms = || back_off.pause().as_millis();
        assert_eq!([ms(), ms(), ms(), ms(), ms()], [250, 500, 1_000, 1_700, 1_700]);
        back_off.reset();
        assert_eq!(back_off.pause().as_millis(), 250);
        let spread = about(Duration::from_secs(100)).as_secs();
        assert!((75..=125).contains(&spread), "{spread}");
    }
}
