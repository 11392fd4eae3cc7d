//! What worker processes wrote of what ran.

use std::fs;
use std::path::Path;

use uuid::Uuid;

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Done,
    Retry,
    Permanent,
}

impl Ending {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Retry => "retry",
            Self::Permanent => "permanent",
        }
    }
}

/// One attempt that began.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    pub(crate) handler: String,
    pub(crate) event: Uuid,
    pub(crate) attempt: u32,
    pub(crate) began_us: u64,
    /// Nothing when it was broken off.
    pub(crate) ending: Option<Ending>,
}

/// What one process wrote.
#[derive(Debug, Default)]
pub(crate) struct Log {
    pub(crate) runs: Vec<Run>,
    /// When the machine did not run it.
    pub(crate) gaps: Vec<(u64, u64)>,
}

/// Reads what a process wrote so far; nothing, when it has not begun.
pub(crate) fn read(path: &Path) -> Log {
    let mut log = Log::default();
    let text = fs::read_to_string(path).unwrap_or_default();
    // What is being written now ends without a line break.
    for line in text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')) {
        let parts: Vec<&str> = line.split(' ').collect();
        let at: u64 = parts[0].parse().unwrap();
        if parts[1] == "gap" {
            log.gaps.push((parts[2].parse().unwrap(), at));
            continue;
        }
        let (handler, event, attempt) = (parts[2], parts[3].parse().unwrap(), parts[4].parse().unwrap());
        if parts[1] == "starts" {
            let handler = handler.to_owned();
            log.runs.push(Run { handler, event, attempt, began_us: at, ending: None });
            continue;
        }
        let ending = [Ending::Done, Ending::Retry, Ending::Permanent];
        let ending = ending.into_iter().find(|ending| ending.word() == parts[1]).unwrap();
        let same = |run: &&mut Run| {
            (&*run.handler, run.event, run.attempt) == (handler, event, attempt) && run.ending.is_none()
        };
        log.runs.iter_mut().rev().find(same).unwrap().ending = Some(ending);
    }
    log
}
