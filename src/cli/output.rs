//! The one way out: lines to standard output in batches, notes to standard error.

use std::borrow::Cow;
use std::io::{ErrorKind, Write};

use serde::Serialize;

use super::exit::{Exit, Stop};
use super::paint::Paint;
use crate::text::{display_safe, json_line};

/// A batch is written when it has so many bytes, also before its end.
const BATCH_BYTES: usize = 64 * 1024;

/// Standard output: lines are gathered, and written a batch at a time.
pub(super) struct Out<'a> {
    to: &'a mut dyn Write,
    name: String,
    batch: Vec<u8>,
    /// Whether what is done goes on when nobody reads it any more.
    goes_on: bool,
    is_unread: bool,
}

impl<'a> Out<'a> {
    /// Writes to `to`, which is standard output.
    pub(super) fn new(to: &'a mut dyn Write) -> Self {
        Self::named(to, "standard output".to_owned())
    }

    /// Writes to `to`, which errors call `name`.
    pub(super) fn named(to: &'a mut dyn Write, name: String) -> Self {
        Self { to, name, batch: Vec::new(), goes_on: false, is_unread: false }
    }

    /// From now on a closed pipe is no end: what is sent must not depend on who reads of it.
    pub(super) fn go_on_unread(&mut self) {
        self.goes_on = true;
    }

    /// Whether nobody reads any more, and it goes on.
    pub(super) fn is_unread(&self) -> bool {
        self.is_unread
    }

    /// Adds a line, or several. Text of a bus in it must have been made safe; where that was forgotten, it is done here.
    pub(super) fn line(&mut self, line: &str) -> Result<(), Stop> {
        self.batch.extend_from_slice(guarded(line).as_bytes());
        self.batch.push(b'\n');
        if self.batch.len() >= BATCH_BYTES { self.flush() } else { Ok(()) }
    }

    /// Adds `value` as a line of JSON, with hostile text escaped.
    pub(super) fn json(&mut self, value: &impl Serialize) -> Result<(), Stop> {
        match serde_json::to_string(value) {
            Ok(json) => self.line(&json_line(&json)),
            Err(error) => {
                Err(Stop::error(Exit::Failed, format!("this cannot be written as JSON: {error}"), None))
            }
        }
    }

    /// Writes what was gathered.
    pub(super) fn flush(&mut self) -> Result<(), Stop> {
        if self.is_unread {
            self.batch.clear();
            return Ok(());
        }
        let written = self.to.write_all(&self.batch).and_then(|()| self.to.flush());
        self.batch.clear();
        let Err(error) = written else { return Ok(()) };
        Err(match error.kind() {
            ErrorKind::BrokenPipe if self.goes_on => {
                self.is_unread = true;
                return Ok(());
            }
            ErrorKind::BrokenPipe => Stop::PipeClosed,
            _ => Stop::failed(
                format!("{} cannot be written: {error}", self.name),
                "Look at where it goes: a full disk?",
            ),
        })
    }
}

/// `text` without anything that a terminal obeys but line ends and our own colours: every line goes through here, so that
/// no verb can forget it. What is safe already stays as it is.
pub(super) fn guarded(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n')) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let ours = if first == '\n' { Some(&rest[..1]) } else { Paint::sequence(rest) };
        let part = if let Some(ours) = ours {
            out.push_str(ours);
            ours
        } else {
            let length = first.len_utf8();
            let end = rest[length..].find(['\x1b', '\n']).map_or(rest.len(), |at| length + at);
            out.push_str(&display_safe(&rest[..end]));
            &rest[..end]
        };
        rest = &rest[part.len()..];
    }
    Cow::Owned(out)
}

/// Standard error: short lines about the run itself. That they cannot be written is no reason to stop.
pub(super) struct Notes<'a> {
    to: &'a mut dyn Write,
}

impl<'a> Notes<'a> {
    /// Writes to `to`.
    pub(super) fn new(to: &'a mut dyn Write) -> Self {
        Self { to }
    }

    /// Writes `text`, made safe line by line, at once.
    pub(super) fn say(&mut self, text: &str) {
        let lines: String = text.lines().map(|line| display_safe(line).into_owned() + "\n").collect();
        // There is nowhere left to tell of it.
        let _ = self.to.write_all(lines.as_bytes()).and_then(|()| self.to.flush());
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    struct Fails(ErrorKind);

    impl Write for Fails {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_closed_pipe_is_a_quiet_end_and_a_full_disk_is_not() {
        let end = |kind| {
            let mut to = Fails(kind);
            let mut out = Out::new(&mut to);
            out.line("x").unwrap();
            out.flush().unwrap_err()
        };
        assert_eq!(end(ErrorKind::BrokenPipe), Stop::PipeClosed);
        let Stop::Error(complaint) = end(ErrorKind::StorageFull) else { panic!() };
        assert_eq!(complaint.exit, Exit::Failed);
    }

    #[test]
    fn what_goes_on_unread_takes_a_closed_pipe_for_no_end_and_a_full_disk_for_one() {
        let mut to = Fails(ErrorKind::BrokenPipe);
        let mut out = Out::new(&mut to);
        out.go_on_unread();
        assert!(out.flush().is_ok() && !out.is_unread(), "nothing was written yet");
        for _ in 0..2 {
            assert_eq!((out.line("x"), out.flush(), out.is_unread()), (Ok(()), Ok(()), true));
        }
        let mut to = Fails(ErrorKind::StorageFull);
        let mut out = Out::new(&mut to);
        out.go_on_unread();
        out.line("x").unwrap();
        assert!(matches!(out.flush(), Err(Stop::Error(_))) && !out.is_unread());
    }

    #[test]
    fn nothing_is_written_before_the_batch_is_full_or_flushed() {
        let mut to = Vec::new();
        let mut out = Out::new(&mut to);
        out.line("one").unwrap();
        assert!(out.batch.len() == 4);
        out.line(&"x".repeat(BATCH_BYTES)).unwrap();
        assert!(out.batch.is_empty());
        drop(out);
        assert_eq!(to.len(), 4 + BATCH_BYTES + 1);
    }

    #[test]
    fn of_what_a_verb_forgot_to_make_safe_only_colours_and_line_ends_get_out() {
        let colour = Paint { colour: true, ascii: false };
        let painted = colour.paint(crate::cli::paint::Meaning::Bad, "Ä日\u{301}");
        let line = format!("{painted}\nok \x1b[2J\x1b[31mred\x1b[8m\r\u{202e}\x1b");
        let expected = format!("{painted}\nok \\x1b[2J\x1b[31mred\\x1b[8m\\r\\u{{202e}}\\x1b");
        assert_eq!(guarded(&line), expected);
        assert!(matches!(guarded("plain\nlines"), Cow::Borrowed(_)));
    }

    #[test]
    fn notes_are_safe() {
        let mut to = Vec::new();
        Notes::new(&mut to).say("a\x1b[2J\nb\u{202e}");
        assert_eq!(String::from_utf8(to).unwrap(), "a\\x1b[2J\nb\\u{202e}\n");
    }
}
