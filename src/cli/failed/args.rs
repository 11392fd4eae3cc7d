//! Arguments that several verbs of `tidings failed` have.

use std::str::FromStr;

use clap::Args;

use crate::bus::{FailedAt, FailedAtError, Runs};
use crate::event::{EventId, FailedState};
use crate::plan::Pace;
use crate::text::nearest;

/// Which failed events: by name, or a selection.
#[derive(Debug, Clone, Default, Args)]
pub(in crate::cli) struct Selecting {
    /// Ids of failed events, as `failed list -o json` gives them, or UUIDs of events
    #[arg(value_name = "ID")]
    pub(super) ids: Vec<Name>,
    /// Only what fits, such as 'handler:ticket-email error:451 age>10m'
    #[arg(long, short, value_name = "EXPR")]
    pub(super) filter: Option<String>,
    /// Only in these states: dead, invalid, stuck, retrying, running, retried, discarded, or failed for the first four
    #[arg(long, value_name = "STATE", value_delimiter = ',')]
    pub(super) state: Vec<StateWord>,
    /// Only of this handler, by its whole name; may be repeated
    #[arg(long, value_name = "NAME")]
    pub(super) handler: Vec<String>,
    /// At most N: the first that `failed list` shows, of those that the verb can be done to
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub(super) limit: Option<usize>,
}

impl Selecting {
    /// Whether anything says which.
    pub(super) fn is_empty(&self) -> bool {
        self.ids.is_empty()
            && self.filter.is_none()
            && self.state.is_empty()
            && self.handler.is_empty()
            && self.limit.is_none()
    }
}

/// What an argument calls by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Name {
    /// A failed event.
    At(FailedAt),
    /// An event: everything that failed of it.
    Event(EventId),
}

impl FromStr for Name {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(event) = text.parse() {
            return Ok(Self::Event(event));
        }
        text.parse().map(Self::At).map_err(|error| error.to_string())
    }
}

/// The id of one failed event. An event's own id is none: several handlers may have failed at it.
pub(super) fn one(text: &str) -> Result<FailedAt, String> {
    if let Ok(event) = text.parse::<EventId>() {
        return Err(format!(
            "that is the id of an event: `tidings failed list --filter id:{event} -o json` gives the ids of what failed of it"
        ));
    }
    text.parse().map_err(|error: FailedAtError| error.to_string())
}

/// A state, or all that need a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StateWord {
    Failed,
    One(FailedState),
}

impl StateWord {
    /// The word for it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::One(one) => one.word(),
        }
    }

    /// Whether it takes `state`.
    pub(super) fn takes(self, state: FailedState) -> bool {
        match self {
            Self::Failed => state.is_failed(),
            Self::One(one) => one == state,
        }
    }
}

impl FromStr for StateWord {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        if word == "failed" {
            return Ok(Self::Failed);
        }
        FailedState::of(word).map(Self::One).ok_or_else(|| {
            let words: Vec<_> =
                std::iter::once("failed").chain(FailedState::ALL.map(FailedState::word)).collect();
            let hint =
                nearest(word, &words).map(|near| format!("did you mean '{near}'? ")).unwrap_or_default();
            format!("{hint}a state is one of {}", words.join(", "))
        })
    }
}

/// Whether a person is asked, and why it is done.
#[derive(Debug, Clone, Default, Args)]
pub(in crate::cli) struct Agreeing {
    /// Change nothing: show how many of what it is about, and the exact commands; also where a run may not write
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Do not ask. In a production context, for more than 100 events, it takes their number: --yes=412
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "", value_name = "COUNT")]
    pub(super) yes: Option<Yes>,
    /// Why, for the journal; a production context wants one
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    pub(super) reason: Option<String>,
}

/// `--yes`, or `--yes=412`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Yes(pub(super) Option<u64>);

impl FromStr for Yes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "" => Ok(Self(None)),
            text => text.parse().map(|count| Self(Some(count))).map_err(|_| "it takes a number".to_owned()),
        }
    }
}

/// What a retry runs.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(in crate::cli) struct Running {
    /// Run all handlers again, also those that have succeeded
    #[arg(long)]
    pub(super) force: bool,
    /// Send each as an event with a new id: all handlers run
    #[arg(long, conflicts_with = "force")]
    pub(super) as_new: bool,
}

impl Running {
    pub(super) fn runs(self) -> Runs {
        match (self.as_new, self.force) {
            (true, _) => Runs::AsNew,
            (false, true) => Runs::All,
            (false, false) => Runs::Failed,
        }
    }
}

/// How fast.
#[derive(Debug, Clone, Default, Args)]
pub(in crate::cli) struct Pacing {
    /// So many a second, evenly
    #[arg(long, value_name = "N", value_parser = rate)]
    pub(super) rate: Option<f64>,
    /// In steps: so many, then wait for what becomes of them, then the next, then the rest (1,5,25 if not said)
    #[arg(long, num_args = 0..=1, default_missing_value = "1,5,25", value_name = "STEPS")]
    pub(super) ramp: Option<Steps>,
    /// Stop a ramp when more than this share of those with an outcome failed again, in per cent (20 if not said)
    #[arg(long, requires = "ramp", value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(..=100))]
    pub(super) stop_at: Option<u8>,
}

impl Pacing {
    /// The pace that was asked for, if any was.
    pub(super) fn pace(&self) -> Option<Pace> {
        match (&self.ramp, self.rate) {
            (Some(Steps(steps)), rate) => {
                let stop_at = self.stop_at.unwrap_or(Pace::STOP_AT);
                Some(Pace::Ramp { steps: steps.clone(), stop_at, rate })
            }
            (None, Some(rate)) => Some(Pace::PerSecond(rate)),
            (None, None) => None,
        }
    }
}

/// The steps of a ramp.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Steps(Vec<usize>);

impl FromStr for Steps {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let steps: Option<Vec<usize>> =
            text.split(',').map(|step| step.parse().ok().filter(|step| *step > 0)).collect();
        steps.map(Self).ok_or_else(|| "steps are numbers from 1, with commas between them: 1,5,25".to_owned())
    }
}

/// So many a second.
pub(in crate::cli) fn rate(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(rate) if (0.01..=100_000.0).contains(&rate) => Ok(rate),
        _ => Err("a rate is a number from 0.01 to 100000".to_owned()),
    }
}

fn at_least_one(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|limit| *limit > 0).ok_or_else(|| "it takes a number from 1".to_owned())
}

/// A reason that says something; the journal has no room for more than a few lines.
fn reason(text: &str) -> Result<String, String> {
    const MOST: usize = 1_000;
    match text.trim() {
        "" => Err("it says nothing".to_owned()),
        text if text.len() > MOST => Err(format!("it is longer than {MOST} bytes")),
        text => Ok(text.to_owned()),
    }
}
