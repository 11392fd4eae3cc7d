//! How a day goes up and down: calm, a monitoring storm, calm, a quiet spell, calm, a rush.

use super::cast::PROVIDERS;
use super::random::Random;

/// How much louder a provider is whose monitoring raises a storm.
const STORM: f64 = 20.0;

/// A stretch of time with one character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    Calm,
    /// The monitoring of this provider, by its place in the cast, has gone wild.
    Storm(usize),
    Quiet,
    Rush,
}

/// What comes after what, and for how many seconds.
const ROUND: [(Mood, f64, f64); 6] = [
    (Mood::Calm, 20.0, 45.0),
    // Which provider is drawn anew each time.
    (Mood::Storm(0), 6.0, 12.0),
    (Mood::Calm, 30.0, 60.0),
    (Mood::Quiet, 8.0, 20.0),
    (Mood::Calm, 20.0, 45.0),
    (Mood::Rush, 10.0, 25.0),
];

impl Mood {
    /// How loud one provider is, against its share of a calm day.
    pub(super) fn loudness(self, provider: usize) -> f64 {
        match self {
            Self::Storm(noisy) if noisy == provider => STORM,
            Self::Calm | Self::Storm(_) => 1.0,
            Self::Quiet => 0.25,
            Self::Rush => 1.8,
        }
    }

    /// How loud all are together.
    pub(super) fn total(self) -> f64 {
        let each = PROVIDERS.iter().enumerate().map(|(at, provider)| provider.share * self.loudness(at));
        each.sum::<f64>() / PROVIDERS.iter().map(|provider| provider.share).sum::<f64>()
    }
}

/// The moods of a day, one after the other.
#[derive(Debug)]
pub(super) struct Moods {
    at: usize,
    pub(super) now: Mood,
    /// How long it lasts still, in seconds.
    left: f64,
}

impl Moods {
    pub(super) fn new(random: &mut Random) -> Self {
        let mut moods = Self { at: ROUND.len() - 1, now: Mood::Calm, left: 0.0 };
        moods.turn(random);
        moods
    }

    /// Lets `seconds` go by; answers whether the mood has changed.
    pub(super) fn pass(&mut self, seconds: f64, random: &mut Random) -> bool {
        self.left -= seconds;
        let turns = self.left <= 0.0;
        if turns {
            self.turn(random);
        }
        turns
    }

    /// How long the mood lasts still, in seconds.
    pub(super) fn left(&self) -> f64 {
        self.left
    }

    fn turn(&mut self, random: &mut Random) {
        self.at = (self.at + 1) % ROUND.len();
        let (mood, shortest, longest) = ROUND[self.at];
        self.left = random.between(shortest, longest);
        self.now = match mood {
            Mood::Storm(_) => Mood::Storm(random.weighted(noisy())),
            other => other,
        };
    }

    /// How loud a day is on the average, against a calm one.
    pub(super) fn average() -> f64 {
        let storm: f64 =
            noisy().enumerate().map(|(at, weight)| weight * Mood::Storm(at).total()).sum::<f64>()
                / noisy().sum::<f64>();
        let (mut loud, mut long) = (0.0, 0.0);
        for (mood, shortest, longest) in ROUND {
            let seconds = f64::midpoint(shortest, longest);
            let total = if matches!(mood, Mood::Storm(_)) { storm } else { mood.total() };
            loud += seconds * total;
            long += seconds;
        }
        loud / long
    }
}

/// Who may raise a storm: all noisy ones alike.
fn noisy() -> impl Iterator<Item = f64> + Clone {
    PROVIDERS.iter().map(|provider| f64::from(u8::from(provider.noisy)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_has_a_storm_of_each_noisy_provider_sooner_or_later() {
        let mut random = Random::new(3);
        let mut moods = Moods::new(&mut random);
        let mut storms = std::collections::BTreeSet::new();
        for _ in 0..200 {
            if let Mood::Storm(provider) = moods.now {
                assert!(PROVIDERS[provider].noisy);
                storms.insert(provider);
            }
            assert!(moods.pass(moods.left(), &mut random), "what is over turns");
        }
        assert_eq!(storms.len(), PROVIDERS.iter().filter(|provider| provider.noisy).count());
    }

    #[test]
    fn a_storm_is_loud_and_a_quiet_spell_is_not() {
        assert!(Mood::Storm(1).total() > 3.0 && Mood::Quiet.total() < 0.5);
        assert!((1.0..2.0).contains(&Moods::average()), "{}", Moods::average());
    }
}
