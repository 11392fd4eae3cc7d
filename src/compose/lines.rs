//! Lines of a file or of a pipe, each of them a whole event: what is none says why, and is kept to the letter.

use std::io::{self, BufRead, BufReader, Read};

use super::Offer;
use crate::bus::PublishError;
use crate::event::{FaultKind, NewEvent};

/// The longest line that is held whole, in bytes. No event may be nearly as large, and a file without line ends must not
/// fill the memory.
pub const LONGEST: usize = 8 * 1024 * 1024;

/// The mark that some programs put before the first line of a file in UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Why an id is not made for an event without one: a run that is made again would make another.
const WITHOUT_ID: &str = "; without an id of its own, running the same again would publish it twice";

/// An event, and the number of the line that it stands on: from 1 on.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The number.
    pub number: u64,
    /// The event.
    pub event: NewEvent,
}

impl Line {
    /// The line again, where a publisher that was asked about its event has nothing against it; else why it is bad.
    pub fn vetted(self, answer: Result<(), PublishError>) -> Offer {
        match answer.err().and_then(|error| BadLine::refused(self.number, &self.event, &error)) {
            Some(bad) => Err(bad),
            None => Ok(self),
        }
    }
}

/// A line that cannot be published, whatever the broker says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadLine {
    /// Its number, from 1 on.
    pub number: u64,
    /// What it says, to the letter, without the line end.
    pub text: Vec<u8>,
    /// It is longer than [`LONGEST`], and `text` is its beginning only.
    pub is_cut: bool,
    /// What kind of fault it has.
    pub kind: BadKind,
    /// Why it cannot be published, safe to show.
    pub why: String,
}

/// What is wrong with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BadKind {
    /// It is no event: no JSON, no UTF-8, a part of the envelope is missing; or it does not fit the schema of its type.
    Fault(FaultKind),
    /// It is larger than events may be.
    Size,
    /// Its tenant is refused.
    Tenant,
}

impl BadKind {
    /// The word for it in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Fault(kind) => kind.word(),
            Self::Size => "size",
            Self::Tenant => "tenant",
        }
    }
}

impl BadLine {
    /// The line of an event that was refused for what it is; `None` where `error` is about the broker.
    pub fn refused(number: u64, event: &NewEvent, error: &PublishError) -> Option<Self> {
        let kind = match error {
            PublishError::Invalid(fault) => BadKind::Fault(fault.kind),
            PublishError::TooLarge { .. } => BadKind::Size,
            PublishError::Tenant { .. } => BadKind::Tenant,
            PublishError::NotSent(_) | PublishError::Full(_) | PublishError::Unknown(_) => return None,
        };
        let text = event.text().as_bytes().to_vec();
        Some(Self { number, text, is_cut: false, kind, why: safe(&error.to_string()) })
    }
}

/// Reads a line's bytes as an event.
///
/// ```
/// use tidings::compose::lines::{BadKind, read};
/// use tidings::event::FaultKind;
/// let bad = read(7, b"{\"id\":".to_vec()).unwrap_err();
/// assert_eq!((bad.number, bad.kind, bad.text.len()), (7, BadKind::Fault(FaultKind::Json), 6));
/// ```
pub fn read(number: u64, text: Vec<u8>) -> Result<Line, BadLine> {
    let bad = |text, kind, why: &str| BadLine {
        number,
        text,
        is_cut: false,
        kind: BadKind::Fault(kind),
        why: safe(why),
    };
    let text = match String::from_utf8(text) {
        Ok(text) => text,
        Err(error) => {
            let why = format!("not UTF-8: a wrong byte at offset {}", error.utf8_error().valid_up_to());
            return Err(bad(error.into_bytes(), FaultKind::Utf8, &why));
        }
    };
    match NewEvent::from_text(text.clone()) {
        Ok(event) => Ok(Line { number, event }),
        Err(fault) => {
            let has_no_id =
                fault.kind == FaultKind::Missing && fault.reports.first().is_some_and(|it| it.path == "/id");
            let more = if has_no_id { WITHOUT_ID } else { "" };
            Err(bad(text.into_bytes(), fault.kind, &format!("{}{more}", fault.summary())))
        }
    }
}

/// How many lines there are that hold anything, without reading what they say.
pub fn count(mut from: impl Read) -> io::Result<u64> {
    let mut first = Vec::new();
    from.by_ref().take(BYTE_ORDER_MARK.len() as u64).read_to_end(&mut first)?;
    if first == BYTE_ORDER_MARK {
        first.clear();
    }
    let mut from = BufReader::with_capacity(64 * 1024, io::Cursor::new(first).chain(from));
    let (mut lines, mut holds) = (0, false);
    loop {
        let held = from.fill_buf()?;
        if held.is_empty() {
            return Ok(lines + u64::from(holds));
        }
        for byte in held {
            if *byte == b'\n' {
                lines += u64::from(holds);
                holds = false;
            } else {
                holds |= !byte.is_ascii_whitespace();
            }
        }
        let length = held.len();
        from.consume(length);
    }
}

/// The lines of a file or a pipe, one at a time. Empty lines are passed over, and counted in the numbers.
pub struct Lines<R> {
    from: BufReader<R>,
    number: u64,
}

impl<R: Read> Lines<R> {
    /// Of `from`.
    pub fn of(from: R) -> Self {
        Self { from: BufReader::with_capacity(64 * 1024, from), number: 0 }
    }

    /// Whether the next line is there already: without it, reading may wait for whoever writes.
    pub fn has_more(&self) -> bool {
        self.from.buffer().contains(&b'\n')
    }

    /// The next line that holds anything. `None` at the end.
    pub fn next_line(&mut self) -> io::Result<Option<Result<Line, BadLine>>> {
        loop {
            let mut text = Vec::new();
            if self.from.by_ref().take(LONGEST as u64 + 1).read_until(b'\n', &mut text)? == 0 {
                return Ok(None);
            }
            self.number += 1;
            let number = self.number;
            if text.len() > LONGEST && text.last() != Some(&b'\n') {
                text.truncate(LONGEST);
                self.skip_line()?;
                let why = format!("it is longer than {LONGEST} bytes: only its beginning is kept");
                return Ok(Some(Err(BadLine { number, text, is_cut: true, kind: BadKind::Size, why })));
            }
            if text.last() == Some(&b'\n') {
                text.pop();
                if text.last() == Some(&b'\r') {
                    text.pop();
                }
            }
            if number == 1 && text.starts_with(BYTE_ORDER_MARK) {
                text.drain(..BYTE_ORDER_MARK.len());
            }
            if !text.iter().all(u8::is_ascii_whitespace) {
                return Ok(Some(read(number, text)));
            }
        }
    }

    /// Passes over what is left of a line, without holding it.
    fn skip_line(&mut self) -> io::Result<()> {
        loop {
            let held = self.from.fill_buf()?;
            let (length, is_end) = match held.iter().position(|byte| *byte == b'\n') {
                Some(at) => (at + 1, true),
                None => (held.len(), held.is_empty()),
            };
            self.from.consume(length);
            if is_end {
                return Ok(());
            }
        }
    }
}

fn safe(text: &str) -> String {
    crate::text::display_safe(text).into_owned()
}
