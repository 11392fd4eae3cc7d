//! A file of events: what is asked for, and what came of it.

use crate::compose::Survey;
use crate::event::Channel;
use crate::tui::app::sending::Unsent;
use crate::tui::host::{BadWritten, FileStamp};

/// Something to be done with a file of events.
#[derive(Debug, Clone, PartialEq)]
pub enum FileEffect {
    /// Look at this file, in place of what is looked at now.
    Look {
        /// The number of the question.
        number: u64,
        /// The file, as it was typed.
        file: String,
        /// The channel that all of it would be published on.
        channel: Option<Channel>,
    },
    /// Look no further, where this is what is looked at still.
    Forget {
        /// The number of the question.
        number: u64,
    },
    /// Say what a path may become that is typed.
    Complete {
        /// The number of the question.
        number: u64,
        /// As far as it is typed.
        typed: String,
    },
    /// Send it.
    Send(Box<FileOrder>),
}

/// A file that is to be sent.
#[derive(Debug, Clone, PartialEq)]
pub struct FileOrder {
    /// The number of the sending.
    pub number: u64,
    /// The file, as it was typed.
    pub file: String,
    /// The file as it was when it was looked at.
    pub stamp: FileStamp,
    /// Whether bad lines are passed over.
    pub skips_bad: bool,
    /// So many a second, at most.
    pub rate: Option<f64>,
    /// Lines in all, good or bad.
    pub lines: u64,
    /// A new file for the bad lines.
    pub bad_file: Option<String>,
    /// The channel that all of it is published on.
    pub channel: Option<Channel>,
}

impl FileEffect {
    /// Whether it changes anything on the bus.
    pub fn is_acting(&self) -> bool {
        matches!(self, Self::Send(_))
    }
}

/// What became of it.
#[derive(Debug, Clone, PartialEq)]
pub enum FileDone {
    /// How far a look has come.
    LooksAt {
        /// The number of the question.
        number: u64,
        /// So far.
        survey: Box<Survey>,
        /// Bytes that were read.
        read: u64,
        /// Bytes of the file.
        of: u64,
    },
    /// What a file holds, or why that is not known: for people, in one line.
    Looked {
        /// The number of the question.
        number: u64,
        /// The answer.
        answer: Result<(Box<Survey>, FileStamp), String>,
    },
    /// What a path may become.
    Completed {
        /// The number of the question.
        number: u64,
        /// What was typed.
        typed: String,
        /// Files and folders, in order; or why they are not known.
        answer: Result<Vec<String>, String>,
    },
    /// Nothing was sent: why, for people.
    NotBegun {
        /// The number of the sending.
        number: u64,
        /// Why.
        why: String,
    },
    /// Lines that were not published, or of which nobody knows it.
    Unsent {
        /// The number of the sending.
        number: u64,
        /// These.
        lines: Vec<Unsent>,
    },
    /// The file with the bad lines is written, or cannot be: why, for people.
    Written {
        /// The number of the sending.
        number: u64,
        /// The answer.
        answer: Result<BadWritten, String>,
    },
}
