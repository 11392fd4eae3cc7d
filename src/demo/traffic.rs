//! Plays a day on a bus: first some minutes of it as history, then as time goes by.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio_util::sync::CancellationToken;

use super::Settings;
use super::day::{Day, Planned, What};
use crate::broker::memory::{Arrival, Clock, MemoryBroker, Place};
use crate::event::EventType;

/// How much of the day has gone by when a demo starts.
const HISTORY: TimeDelta = TimeDelta::minutes(5);

/// History has at least and at most so many events a second, so that there is enough of it at a trickle, and not too
/// much of it at a flood.
const HISTORY_RATE: (f64, f64) = (5.0, 40.0);

/// Events are put on the bus at most this often, all that are due at once.
const TICK: Duration = Duration::from_millis(20);

/// The clock is looked at at least this often: it may be moved.
const LOOK: Duration = Duration::from_millis(250);

/// Who was asleep for longer than this (a suspended laptop) does not make up for it.
const ASLEEP: TimeDelta = TimeDelta::seconds(2);

/// A day, on its way to a bus.
pub(super) struct Traffic {
    day: Day,
    next: What,
    places: HashMap<&'static str, Option<Place>>,
}

impl Traffic {
    /// A day whose first minutes are history at `now`; these come dated, oldest first.
    pub(super) fn with_backlog(
        settings: Settings,
        now: DateTime<Utc>,
    ) -> (Vec<(DateTime<Utc>, Arrival)>, Self) {
        let rate = settings.rate.clamp(HISTORY_RATE.0, HISTORY_RATE.1);
        let mut day = Day::new(Settings { rate, ..settings }, now - HISTORY);
        let Planned { what: next, .. } = day.next();
        let mut traffic = Self { day, next, places: HashMap::new() };
        let mut backlog = Vec::new();
        while traffic.day.now() <= now {
            let at = traffic.day.now();
            backlog.extend(traffic.step().map(|arrival| (at, arrival)));
        }
        traffic.day.set_rate(settings.rate);
        (backlog, traffic)
    }

    /// Everything that has happened by `now` and was not taken yet.
    pub(super) fn due(&mut self, now: DateTime<Utc>) -> Vec<Arrival> {
        if now - self.day.now() > ASLEEP {
            self.day.skip_to(now);
        }
        let mut due = Vec::new();
        while self.day.now() <= now {
            due.extend(self.step());
        }
        due
    }

    /// How long until there is something to do.
    fn pause(&self, now: DateTime<Utc>) -> Duration {
        (self.day.now() - now).to_std().unwrap_or_default().clamp(TICK, LOOK)
    }

    /// Puts what is due on the bus, until it is told to stop.
    pub(super) async fn play(mut self, broker: MemoryBroker, clock: Clock, stop: CancellationToken) {
        loop {
            broker.append(self.due(clock()));
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                () = tokio::time::sleep(self.pause(clock())) => {}
            }
        }
    }

    /// The event that is planned; plans the one after it.
    fn step(&mut self) -> Option<Arrival> {
        let What { event_type, field, text, .. } = std::mem::replace(&mut self.next, self.day.next().what);
        // Every type of the cast is a good one, as a test makes sure.
        let place = self.places.entry(event_type).or_insert_with(|| {
            EventType::new(event_type).and_then(|event_type| Place::new(event_type, None)).ok()
        });
        Some(Arrival { place: place.clone()?, fields: vec![(field.into(), text.into_bytes())] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_435_200, 0).unwrap()
    }

    fn at(rate: f64) -> Settings {
        Settings { rate, seed: 0 }
    }

    #[test]
    fn a_first_screen_is_full_at_every_rate() {
        for rate in [0.01, 12.0, 20_000.0] {
            let (backlog, _) = Traffic::with_backlog(at(rate), noon());
            assert!((1_000..20_000).contains(&backlog.len()), "{} at {rate}", backlog.len());
            assert!(backlog.is_sorted_by_key(|(at, _)| *at));
            let (first, last) = (backlog[0].0, backlog[backlog.len() - 1].0);
            assert!(noon() - first > TimeDelta::minutes(4) && last <= noon(), "{first} to {last}");
        }
    }

    #[test]
    fn time_neither_loses_events_nor_makes_them_up() {
        let (_, mut coarse) = Traffic::with_backlog(at(20_000.0), noon());
        let (_, mut fine) = Traffic::with_backlog(at(20_000.0), noon());
        let end = noon() + TimeDelta::milliseconds(1_999);
        let whole = coarse.due(end);
        let mut parts = Vec::new();
        for ms in (0..1_999).step_by(17) {
            parts.extend(fine.due(noon() + TimeDelta::milliseconds(ms)));
        }
        parts.extend(fine.due(end));
        assert!(whole.len() > 10_000, "{}", whole.len());
        assert_eq!(parts, whole);
        assert_eq!(fine.due(end), [], "nothing is due twice");
    }

    #[test]
    fn who_was_asleep_does_not_make_up_for_it() {
        let (_, mut traffic) = Traffic::with_backlog(at(12.0), noon());
        assert!(traffic.due(noon() + TimeDelta::hours(8)).len() < 100);
        let then = noon() + TimeDelta::hours(8);
        let after = traffic.due(then + TimeDelta::milliseconds(1_900));
        assert!(!after.is_empty(), "and goes on");
    }

    #[test]
    fn pauses_are_neither_busy_nor_long() {
        let (_, mut traffic) = Traffic::with_backlog(at(20_000.0), noon());
        let later = noon() + TimeDelta::seconds(1);
        traffic.due(later);
        assert_eq!(traffic.pause(later), TICK, "the next is due before that");
        let (_, mut traffic) = Traffic::with_backlog(at(0.01), noon());
        traffic.due(later);
        assert_eq!(traffic.pause(later), LOOK, "the next is due in a minute or two");
    }
}
