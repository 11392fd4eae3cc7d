//! A file of events: what is known of it before it is sent, and what of it was not published.

use crate::compose::{Doubt, Survey, Told};
use crate::event::Channel;
use crate::text::{count, display_safe, plural};
use crate::tui::app::Field;
use crate::tui::host::{BadWritten, FileStamp};

/// So many lines that were not published are kept; the others are counted.
const KEPT: usize = 1_000;

/// A file of events before it is sent.
#[derive(Debug, Clone)]
pub struct FileDraft {
    /// The number of the question: answers come back with it.
    pub number: u64,
    /// The file that is looked at, or was: as it was typed.
    pub named: String,
    /// What is known of it.
    pub look: FileLook,
    /// Whether bad lines are passed over; else nothing is sent while there are some.
    pub skips_bad: bool,
    /// How many events a second, as it is typed; nothing for as fast as they are taken.
    pub rate: Field,
    /// A new file for the bad lines, as it is typed; nothing for none.
    pub bad_file: Field,
    /// What the path that is typed may be.
    pub offers: Vec<String>,
    /// The channel that all of them are published on; without one each goes to the profile's own.
    pub channel: Option<Channel>,
    /// Why this session may not publish, if it may not. Safe to show.
    pub may: Result<(), String>,
}

/// What is known of a file.
#[derive(Debug, Clone, PartialEq)]
pub enum FileLook {
    /// None was named yet.
    Nothing,
    /// It is being looked at.
    Now {
        /// So far.
        survey: Box<Survey>,
        /// Bytes that were read.
        read: u64,
        /// Bytes of it.
        of: u64,
    },
    /// It was looked at as a whole.
    Done {
        /// What it holds.
        survey: Box<Survey>,
        /// The file as it was then: what has changed since is not sent.
        stamp: FileStamp,
    },
    /// It cannot be read: why, and what to do. Safe to show.
    Failed(String),
}

impl FileDraft {
    /// Before a file was named.
    pub fn new(number: u64, channel: Option<Channel>, may: Result<(), String>) -> Self {
        Self {
            number,
            named: String::new(),
            look: FileLook::Nothing,
            skips_bad: false,
            rate: Field::default(),
            bad_file: Field::default(),
            offers: Vec::new(),
            channel,
            may,
        }
    }

    /// What it holds, once all of it was looked at.
    pub fn survey(&self) -> Option<&Survey> {
        match &self.look {
            FileLook::Done { survey, .. } => Some(survey),
            _ => None,
        }
    }

    /// How many events would be sent.
    pub fn count(&self) -> u64 {
        self.survey().map_or(0, |survey| survey.good)
    }

    /// How many a second; an error where that is no number.
    pub fn rate(&self) -> Result<Option<f64>, &'static str> {
        super::draft::rate_of(&self.rate)
    }

    /// The file for the bad lines, where one is named.
    pub fn bad_file(&self) -> Option<String> {
        let typed = self.bad_file.text().trim();
        (!typed.is_empty()).then(|| typed.to_owned())
    }

    /// Why it cannot be sent as it stands, if it cannot. `typed` is the name as it stands in its field.
    pub fn objection(&self, typed: &str) -> Option<String> {
        if let Err(why) = &self.may {
            return Some(why.clone());
        }
        if typed.trim().is_empty() {
            return Some("name a file: Tab goes to it".to_owned());
        }
        if typed.trim() != self.named {
            return Some("this file was not looked at yet: go up to its name, and press Enter".to_owned());
        }
        let survey = match &self.look {
            FileLook::Done { survey, .. } => survey,
            FileLook::Failed(why) => return Some(why.clone()),
            FileLook::Nothing | FileLook::Now { .. } => {
                return Some("it is being looked at: wait a moment".to_owned());
            }
        };
        if survey.good == 0 {
            return Some("it holds no event that could be sent".to_owned());
        }
        if survey.bad > 0 && !self.skips_bad {
            let lines = plural(survey.bad, "line is", "lines are");
            return Some(format!("{lines} bad: mend the file, or go up to 'bad ones' and press space"));
        }
        self.rate().err().map(ToOwned::to_owned)
    }
}

/// A line that was not published, or of which nobody knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsent {
    /// Its number, from 1 on.
    pub number: u64,
    /// What became of it.
    pub fate: UnsentFate,
    /// The id of its event, where it is one.
    pub event: Option<crate::event::EventId>,
    /// Why. Safe to show.
    pub why: String,
}

/// What became of such a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnsentFate {
    /// It is no event that could be published.
    Bad,
    /// It is certain that it is not on the bus.
    NotSent,
    /// It may be there, or not.
    Unknown,
}

impl UnsentFate {
    /// In a word or two.
    pub fn word(self) -> &'static str {
        match self {
            Self::Bad => "bad",
            Self::NotSent => "not sent",
            Self::Unknown => "unknown",
        }
    }
}

impl Unsent {
    /// What of a batch was not published.
    pub fn of(told: &[Told]) -> Vec<Self> {
        use crate::bus::PublishError;
        let safe = |why: &dyn ToString| display_safe(&why.to_string()).into_owned();
        let unsent = |told: &Told| match told {
            Told::Bad(line) => {
                Some(Self { number: line.number, fate: UnsentFate::Bad, event: None, why: line.why.clone() })
            }
            Told::Event(_, Ok(_)) => None,
            Told::Event(line, Err(error)) => {
                let fate = match error {
                    PublishError::Unknown(_) => UnsentFate::Unknown,
                    PublishError::NotSent(_) | PublishError::Full(_) => UnsentFate::NotSent,
                    _ => UnsentFate::Bad,
                };
                Some(Self { number: line.number, fate, event: Some(line.event.id()), why: safe(error) })
            }
        };
        told.iter().filter_map(unsent).collect()
    }
}

/// A file that is being sent, or was.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FileSent {
    /// Its name, as it was typed.
    pub name: String,
    /// What of it was not published: the first of them. Nobody knows of these comes before all others.
    pub unsent: Vec<Unsent>,
    /// How many more there are.
    pub more: u64,
    /// A new file for the bad lines, where one was named.
    pub bad_file: Option<String>,
    /// What is in it now; or why it is not whole. Safe to show.
    pub written: Option<Result<BadWritten, String>>,
}

impl FileSent {
    /// Takes more of them in. Those of which nobody knows are always kept: they are one batch at most.
    pub fn take(&mut self, unsent: Vec<Unsent>) {
        for line in unsent {
            if line.fate == UnsentFate::Unknown || self.unsent.len() < KEPT {
                self.unsent.push(line);
            } else {
                self.more += 1;
            }
        }
    }

    /// Whether any line was not published.
    pub fn has_unsent(&self) -> bool {
        !self.unsent.is_empty()
    }

    /// What is to be said of the file with the bad lines, in one line, and whether it is as it should be. Safe to show.
    pub fn of_bad_file(&self) -> Option<(String, bool)> {
        let named = display_safe(self.bad_file.as_deref()?).into_owned();
        Some(match &self.written {
            None => (format!("bad lines go to {named}"), true),
            Some(Ok(BadWritten { lines: 0, .. })) => {
                ("no line was bad: no file was left for them".to_owned(), true)
            }
            Some(Ok(written)) => {
                let lines = plural(written.lines, "bad line is", "bad lines are");
                let (file, reasons) = (display_safe(&written.file), display_safe(&written.reasons));
                (format!("{lines} in {file}, and what is wrong in {reasons}"), true)
            }
            Some(Err(why)) => (why.clone(), false),
        })
    }
}

/// `3, 5 to 8`: the lines of which nobody knows.
pub fn ranges(doubts: &[Doubt]) -> String {
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for doubt in doubts {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == doubt.number => *last = doubt.number,
            _ => ranges.push((doubt.number, doubt.number)),
        }
    }
    let show = |(first, last): (u64, u64)| match last - first {
        0 => count(first),
        _ => format!("{} to {}", count(first), count(last)),
    };
    ranges.into_iter().map(show).collect::<Vec<_>>().join(", ")
}

/// What a path that is typed may become: the text as far as it is clear, and what it may be from there on.
pub fn completed(typed: &str, paths: &[String]) -> Option<String> {
    let (first, others) = paths.split_first()?;
    let common = others.iter().fold(first.as_str(), |common, path| {
        let end = common.char_indices().zip(path.chars()).find(|((_, a), b)| a != b).map(|((at, _), _)| at);
        let end = end.unwrap_or_else(|| common.len().min(path.len()));
        common.get(..end).unwrap_or_default()
    });
    (common.len() > typed.len() && common.starts_with(typed)).then(|| common.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compose::Blame;
    use crate::event::EventId;

    fn stamp() -> FileStamp {
        FileStamp::default()
    }

    fn looked(good: u64, bad: u64) -> FileDraft {
        let mut draft = FileDraft::new(1, None, Ok(()));
        draft.named = "a".to_owned();
        let listed = (0..bad).map(|number| Blame { number, why: "no JSON".to_owned() }).collect();
        let survey = Survey { lines: good + bad, good, bad, listed, ..Survey::default() };
        draft.look = FileLook::Done { survey: Box::new(survey), stamp: stamp() };
        draft
    }

    #[test]
    fn a_file_is_sent_only_where_all_of_it_was_looked_at_and_is_good_or_the_bad_is_passed_over() {
        let says = |draft: &FileDraft, typed: &str, what: &str| {
            let objection = draft.objection(typed).unwrap();
            assert!(objection.contains(what), "{objection}");
        };
        assert_eq!(looked(2, 0).objection("a"), None);
        says(&looked(2, 0), "", "name a file");
        says(&looked(2, 0), "b", "was not looked at");
        says(&looked(0, 3), "a", "no event that could be sent");
        says(&looked(2, 1), "a", "1 line is bad");
        let skips = FileDraft { skips_bad: true, ..looked(2, 1) };
        assert_eq!(skips.objection("a"), None);
        says(&FileDraft { rate: Field::new("fast"), ..skips }, "a", "events a second");
        says(&FileDraft { may: Err("read-only".to_owned()), ..looked(2, 0) }, "a", "read-only");
        let failed = FileLook::Failed("it is a folder".to_owned());
        says(&FileDraft { look: failed, ..looked(2, 0) }, "a", "it is a folder");
        let now = FileLook::Now { survey: Box::default(), read: 1, of: 2 };
        says(&FileDraft { look: now, ..looked(2, 0) }, "a", "being looked at");
    }

    #[test]
    fn what_was_not_published_is_bounded_and_the_unknown_are_always_kept() {
        let line = |number, fate| Unsent { number, fate, event: None, why: String::new() };
        let mut file = FileSent::default();
        file.take((1..=1_500).map(|number| line(number, UnsentFate::Bad)).collect());
        file.take(vec![line(1_501, UnsentFate::Unknown)]);
        assert_eq!((file.unsent.len(), file.more), (KEPT + 1, 500));
        assert_eq!(file.unsent.last().map(|line| line.number), Some(1_501));
    }

    #[test]
    fn lines_of_which_nobody_knows_are_named_in_ranges() {
        let doubts = [1_204, 1_205, 1_206, 1_209].map(|number| Doubt { number, event: EventId::random() });
        assert_eq!(ranges(&doubts), "1,204 to 1,206, 1,209");
    }

    #[test]
    fn a_path_is_completed_as_far_as_it_is_clear() {
        let paths = |all: &[&str]| all.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(completed("ev", &paths(&["events.jsonl"])), Some("events.jsonl".to_owned()));
        assert_eq!(completed("e", &paths(&["events-1", "events-2"])), Some("events-".to_owned()));
        assert_eq!(completed("events-", &paths(&["events-1", "events-2"])), None);
        assert_eq!(completed("é", &paths(&["éa", "éb", "é"])), None);
        assert_eq!(completed("x", &[]), None);
    }
}
