//! `--events`: which lines, how they are taken, and the look at all of them before anything is sent.

use std::fs::File;
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use clap::Args;

use super::bad::BadLines;
use crate::bus::Publisher;
use crate::cli::desk::Desk;
use crate::cli::exit::{Stop, shown};
use crate::cli::failed::rate;
use crate::compose::{Admission, Line, look};

/// What is said of a file of events.
#[derive(Debug, Clone, Default, Args)]
pub(in crate::cli) struct LinesArgs {
    /// Publish whole events instead, one a line as JSON, from a file or - for standard input: what
    /// `failed export --events` and `tail -o json | jq -c .event` print. Each keeps its id, so that running the same
    /// again within a day makes no doubles; one without an id is bad. A file with a bad line is refused as a whole; standard input ends at the first one
    #[arg(
        long,
        value_name = "FILE|-",
        conflicts_with_all = ["event_type", "payload", "payload_file", "set", "id", "count"]
    )]
    pub(in crate::cli) events: Option<PathBuf>,
    /// With --events: publish the good lines, and list the bad ones
    #[arg(long, requires = "events", conflicts_with = "event_type")]
    pub(in crate::cli) skip_bad: bool,
    /// With --events: a new file for the bad lines, to the letter, to be mended and published; what is wrong with each
    /// goes into FILE.reasons.jsonl
    #[arg(long, value_name = "FILE", requires = "events", conflicts_with = "event_type")]
    pub(in crate::cli) bad_lines: Option<PathBuf>,
    /// With --events: publish so many a second, at most
    #[arg(
        long,
        value_name = "N",
        requires = "events",
        conflicts_with = "event_type",
        value_parser = rate
    )]
    pub(in crate::cli) rate: Option<f64>,
}

/// A file of events, or a pipe with them.
pub(super) struct EventLines<'a>(pub(super) &'a Path);

impl EventLines<'_> {
    /// Whether it can be read more than once.
    pub(super) fn is_file(&self) -> bool {
        self.0.as_os_str() != "-" && self.0.metadata().is_ok_and(|about| about.is_file())
    }

    pub(super) fn open(&self) -> Result<Box<dyn Read + Send>, Stop> {
        if self.0.as_os_str() == "-" {
            return Ok(Box::new(io::stdin()));
        }
        if self.0.is_dir() {
            return Err(self.unreadable(&io::ErrorKind::IsADirectory.into()));
        }
        let file = File::open(self.0).map_err(|error| self.unreadable(&error))?;
        Ok(Box::new(file))
    }

    pub(super) fn unreadable(&self, error: &io::Error) -> Stop {
        Stop::failed(
            format!("--events '{}' cannot be read: {error}", shown(&self.0.display())),
            "It takes a JSON event a line, as `tidings failed export --events` writes them.",
        )
    }

    /// Looks at every line, holding one at a time, as publishing will: the bad ones are told, `good` is called with each
    /// of the others. Answers how many lines there are; `None` when Ctrl-C came first.
    pub(super) fn look(
        &self,
        admission: &Admission,
        publisher: &dyn Publisher,
        bad: &mut BadLines,
        desk: &mut Desk<'_>,
        mut good: impl FnMut(&Line, &mut Desk<'_>) -> Result<(), Stop>,
    ) -> Result<Option<u64>, Stop> {
        let judge = |line| {
            let line = admission.admit(line)?;
            let answer = publisher.vet(&line.event);
            line.vetted(answer)
        };
        let looked = look(self.open()?, judge, |offer| {
            if desk.stop.is_cancelled() {
                return ControlFlow::Break(Ok(None));
            }
            let told = match offer {
                Ok(line) => good(&line, desk),
                Err(line) => bad.add(&line, desk),
            };
            told.map_or_else(|stop| ControlFlow::Break(Err(stop)), ControlFlow::Continue)
        });
        match looked.map_err(|error| self.unreadable(&error))? {
            ControlFlow::Continue(count) => Ok(Some(count)),
            ControlFlow::Break(end) => end,
        }
    }
}
