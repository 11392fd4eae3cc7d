//! How fast a plan goes.

use std::fmt;
use std::str::FromStr;

/// How fast a plan goes.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Pace {
    /// As fast as the broker takes them.
    #[default]
    AtOnce,
    /// So many a second, evenly.
    PerSecond(f64),
    /// In steps: so many, then wait for what becomes of them, then the next; behind the last step all that is left, at
    /// `rate` where that is given. It stops by itself when of those that have an outcome more than `stop_at` per cent
    /// failed again.
    Ramp {
        /// How many in each step.
        steps: Vec<usize>,
        /// From 0 to 100.
        stop_at: u8,
        /// So many a second behind the last step.
        rate: Option<f64>,
    },
}

impl Pace {
    /// A canary, then more: what is offered first.
    pub const STEPS: [usize; 3] = [1, 5, 25];
    /// The share that may fail again, in per cent.
    pub const STOP_AT: u8 = 20;

    /// The usual ramp.
    pub fn ramp() -> Self {
        Self::Ramp { steps: Self::STEPS.to_vec(), stop_at: Self::STOP_AT, rate: None }
    }
}

/// As the command line writes it: `at-once`, `50/s`, `ramp 1,5,25 stop 20%`, `ramp 1,5,25 stop 20% then 50/s`.
impl fmt::Display for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtOnce => f.write_str("at-once"),
            Self::PerSecond(rate) => write!(f, "{rate}/s"),
            Self::Ramp { steps, stop_at, rate } => {
                f.write_str("ramp ")?;
                if !steps.is_empty() {
                    let steps: Vec<_> = steps.iter().map(ToString::to_string).collect();
                    write!(f, "{} ", steps.join(","))?;
                }
                write!(f, "stop {stop_at}%")?;
                rate.map_or(Ok(()), |rate| write!(f, " then {rate}/s"))
            }
        }
    }
}

/// Why a text names no pace.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{}' is no pace: write at-once, 50/s, or 'ramp 1,5,25 stop 20%'", crate::text::display_safe(.0))]
pub struct PaceError(String);

impl FromStr for Pace {
    type Err = PaceError;

    fn from_str(text: &str) -> Result<Self, PaceError> {
        read(text).ok_or_else(|| PaceError(text[..text.floor_char_boundary(100)].to_owned()))
    }
}

fn sizes(text: &str) -> Option<Vec<usize>> {
    text.split(',').map(|step| step.parse().ok().filter(|step| *step > 0)).collect()
}

fn read(text: &str) -> Option<Pace> {
    let rate = |text: &str| {
        let rate: f64 = text.strip_suffix("/s")?.parse().ok()?;
        (rate.is_finite() && (0.01..=100_000.0).contains(&rate)).then_some(rate)
    };
    let words: Vec<&str> = text.split_whitespace().collect();
    match words.as_slice() {
        ["at-once"] => Some(Pace::AtOnce),
        [one] => rate(one).map(Pace::PerSecond),
        ["ramp", words @ ..] => {
            // Without steps it goes at once, and stops all the same.
            let (steps, behind) = match words {
                ["stop", behind @ ..] => (Vec::new(), behind),
                [steps, "stop", behind @ ..] => (sizes(steps)?, behind),
                _ => return None,
            };
            let [share, rest @ ..] = behind else { return None };
            let stop_at = share.strip_suffix('%')?.parse().ok().filter(|share| *share <= 100)?;
            let rate = match rest {
                [] => None,
                ["then", text] => Some(rate(text)?),
                _ => return None,
            };
            Some(Pace::Ramp { steps, stop_at, rate })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pace_is_read_as_it_is_written() {
        for pace in [
            Pace::AtOnce,
            Pace::PerSecond(0.5),
            Pace::PerSecond(500.0),
            Pace::ramp(),
            Pace::Ramp { steps: vec![3], stop_at: 0, rate: Some(50.0) },
            Pace::Ramp { steps: vec![], stop_at: 13, rate: None },
            Pace::Ramp { steps: vec![], stop_at: 13, rate: Some(0.5) },
        ] {
            assert_eq!(pace.to_string().parse(), Ok(pace));
        }
        for text in [
            "",
            "fast",
            "0/s",
            "-1/s",
            "NaN/s",
            "ramp",
            "ramp 0 stop 20%",
            "ramp 1 stop 101%",
            "ramp 1,, stop 2%",
            "ramp stop",
            "ramp 1 stop",
            "ramp stop 2% 50/s",
            "1",
        ] {
            assert!(text.parse::<Pace>().is_err(), "{text}");
        }
    }
}
