//! A day, event by event: what happens next, and how long after the one before.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeDelta, Timelike, Utc};

use super::Settings;
use super::cast::PROVIDERS;
use super::desk::{Act, Desk, Happening};
use super::flaw::Flaw;
use super::mood::{Mood, Moods};
use super::random::Random;
use crate::bus::Intake;

/// What usually happens, out of 100.
const USUALLY: [(Act, f64); 11] = [
    (Act::UpdateTicket, 46.0),
    (Act::CreateTicket, 14.0),
    (Act::CloseTicket, 15.0),
    (Act::SubmitTime, 8.0),
    (Act::ApproveTime, 5.0),
    (Act::UpdateProject, 6.0),
    (Act::CreateProject, 1.2),
    (Act::CloseProject, 0.9),
    (Act::GenerateInvoice, 1.6),
    (Act::FinalizeInvoice, 1.3),
    (Act::DiscoverAsset, 1.0),
];

/// What happens in a storm at the provider that it hits.
const IN_A_STORM: [(Act, f64); 3] =
    [(Act::RaiseAlert, 70.0), (Act::UpdateTicket, 22.0), (Act::CloseTicket, 8.0)];

/// In the afternoon people write down their time: so much more often.
const AFTERNOON: f64 = 2.5;

/// The next event of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// How long after the one before.
    pub after: Duration,
    /// What happens.
    pub what: What,
}

/// An event as it goes into a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct What {
    /// The type its stream is named for.
    pub event_type: &'static str,
    /// The name of the entry's only field.
    pub field: &'static str,
    /// What the field holds.
    pub text: String,
    /// What is to be said of it.
    pub kind: Kind,
}

/// What the native catalogue says of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It fits the schema of its type.
    Valid,
    /// Its type has no schema.
    Unchecked,
    /// It was broken on purpose.
    Flawed,
}

/// Plans a day. It has no clock: it begins when it is told, and its time goes by with its events.
#[derive(Debug)]
pub struct Day {
    random: Random,
    /// Events a second on a calm day.
    calm: f64,
    now: DateTime<Utc>,
    moods: Moods,
    desks: Vec<Desk>,
}

impl Day {
    /// The day of this seed, from `begins` on.
    pub fn new(settings: Settings, begins: DateTime<Utc>) -> Self {
        let mut random = Random::new(settings.seed);
        let desks = PROVIDERS.iter().map(|provider| Desk::new(provider, &mut random)).collect();
        let moods = Moods::new(&mut random);
        let mut day = Self { random, calm: 1.0, now: begins, moods, desks };
        day.set_rate(settings.rate);
        day
    }

    /// Goes on at so many events a second, on the average.
    pub fn set_rate(&mut self, rate: f64) {
        // `max` and `min` also put an end to NaN.
        self.calm = rate.max(0.01).min(1_000_000.0) / Moods::average();
    }

    /// When the last planned event happens.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Goes on at `now`: what would have happened until then does not.
    pub fn skip_to(&mut self, now: DateTime<Utc>) {
        self.now = now;
    }

    /// Plans the next event.
    #[expect(clippy::should_implement_trait, reason = "a day has no end, so an Option would be a lie")]
    pub fn next(&mut self) -> Planned {
        let before = self.now;
        self.pass_time();
        let mood = self.moods.now;
        let loudness = PROVIDERS.iter().enumerate().map(|(at, provider)| provider.share * mood.loudness(at));
        let at = self.random.weighted(loudness);
        let stormy = matches!(mood, Mood::Storm(noisy) if noisy == at);
        let what = if !stormy && self.random.chance(PROVIDERS[at].flawed / 100.0) {
            self.broken(at)
        } else {
            let act = self.act(stormy);
            let happening = self.desks[at].act(act, &mut self.random);
            let kind = if act == Act::DiscoverAsset { Kind::Unchecked } else { Kind::Valid };
            let text = self.text(&happening);
            What { event_type: happening.event_type, field: Intake::EVENT_FIELD, text, kind }
        };
        Planned { after: (self.now - before).to_std().unwrap_or_default(), what }
    }

    /// Lets time go by until the next event; where the mood changes before that, by the new mood's measure.
    fn pass_time(&mut self) {
        let mut seconds = 0.0;
        loop {
            let pause = self.random.pause(self.calm * self.moods.now.total());
            let left = self.moods.left();
            seconds += pause.min(left);
            if !self.moods.pass(pause.min(left), &mut self.random) {
                break;
            }
        }
        #[expect(clippy::cast_possible_truncation, reason = "pauses are hours at most, far below 2^63 ns")]
        let nanoseconds = (seconds * 1e9) as i64;
        self.now += TimeDelta::nanoseconds(nanoseconds);
    }

    fn act(&mut self, stormy: bool) -> Act {
        if stormy {
            return IN_A_STORM[self.random.weighted(IN_A_STORM.iter().map(|(_, weight)| *weight))].0;
        }
        let afternoon = (13..18).contains(&self.now.hour());
        let weight = |(act, weight): &(Act, f64)| match act {
            Act::SubmitTime | Act::ApproveTime if afternoon => weight * AFTERNOON,
            _ => *weight,
        };
        USUALLY[self.random.weighted(USUALLY.iter().map(weight))].0
    }

    /// A ticket's event that breaks a rule.
    fn broken(&mut self, at: usize) -> What {
        let flaw = Flaw::any(&mut self.random);
        let mut happening = self.desks[at].act(Act::UpdateTicket, &mut self.random);
        flaw.spoil(&mut happening, &mut self.random);
        let mut text = self.text(&happening);
        flaw.cut(&mut text);
        What { event_type: happening.event_type, field: flaw.field(), text, kind: Kind::Flawed }
    }

    fn text(&mut self, happening: &Happening) -> String {
        let Happening { event_type, payload } = happening;
        let id = self.random.uuid();
        let at = self.now.to_rfc3339_opts(SecondsFormat::Millis, true);
        format!(r#"{{"id":"{id}","eventType":"{event_type}","timestamp":"{at}","payload":{payload}}}"#)
    }
}
