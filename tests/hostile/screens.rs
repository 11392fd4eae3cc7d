//! A dashboard in a terminal of which every byte is kept.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write as _;
use std::process::{Child, Command};
use std::sync::mpsc::Receiver;
use std::time::Instant;

use crate::checker::{Writer, judge};
use crate::corpus;
use crate::pty::{self, FRAME_DONE};
use crate::screen::Screen;
use crate::sessions::FOREVER;

/// Two keys that do nothing anywhere, which is told: what was pressed before was heard, and drawn.
const FENCES: [(&str, &str); 2] = [("Q", "Q does nothing here"), ("B", "B does nothing here")];

/// A dashboard; killed when dropped.
pub(crate) struct Dashboard {
    ours: File,
    program: Child,
    size: (u16, u16),
    written: Receiver<Vec<u8>>,
    /// All that was written.
    all: Vec<u8>,
    screen: Screen,
    /// The marks of the texts that were seen in whole frames.
    marks: BTreeSet<String>,
    fences: usize,
}

impl Dashboard {
    pub(crate) fn open(command: &Command, size: (u16, u16)) -> Self {
        let (ours, program) = pty::start(command, size);
        let written = pty::listen(&ours);
        let (all, marks) = (Vec::new(), BTreeSet::new());
        Self { ours, program, size, written, all, screen: Screen::new(size), marks, fences: 0 }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.program.id()
    }

    pub(crate) fn press(&mut self, keys: &str) {
        self.ours.write_all(keys.as_bytes()).unwrap();
    }

    pub(crate) fn text(&self) -> String {
        self.screen.text()
    }

    /// Pastes a text, as a terminal says it.
    pub(crate) fn paste(&mut self, text: &str) {
        self.press(&format!("\x1b[200~{text}\x1b[201~"));
    }

    /// Reads on, frame by frame, until the screen is like this.
    pub(crate) fn until(&mut self, what: &str, enough: impl Fn(&str) -> bool) {
        let end = Instant::now() + FOREVER;
        let mut bytes = Vec::new();
        loop {
            if self.screen.frame(&bytes, FRAME_DONE) {
                bytes.clear();
                let text = self.screen.text();
                let marks = text.match_indices(corpus::MARK).filter_map(|(at, _)| text.get(at..at + 4));
                self.marks.extend(marks.map(str::to_owned));
                if enough(&text) {
                    return;
                }
                continue;
            }
            let read = self.written.recv_timeout(end.saturating_duration_since(Instant::now()));
            assert!(read.is_ok(), "waited in vain: {what}\n{}", self.screen.text());
            bytes = read.unwrap_or_default();
            self.all.extend_from_slice(&bytes);
        }
    }

    /// Reads on until the screen says this.
    pub(crate) fn until_it_says(&mut self, text: &str) {
        self.until(text, |screen| screen.contains(text));
    }

    /// Waits until all that lies on the bus is read.
    pub(crate) fn until_all_is_read(&mut self) {
        self.until("all is read", |screen| screen.contains("● live") && !screen.contains("reading history"));
    }

    /// An escape that is no beginning of another key.
    pub(crate) fn escape(&mut self) {
        self.press("\x1b\x1b[201~");
    }

    /// Presses keys one after the other, each of them outside of a text field, and waits until what it does is drawn.
    pub(crate) fn go<'k>(&mut self, keys: impl IntoIterator<Item = &'k str>) {
        for key in keys {
            let (fence, told) = FENCES[self.fences % 2];
            self.fences += 1;
            if key == "\x1b" {
                self.escape();
            } else {
                self.press(key);
            }
            self.press(fence);
            // What is told of the end of the bus may come after what is told of the fence, and in its place.
            self.until(&format!("{key:?} is done"), |screen| {
                screen.contains(told) || screen.contains("this is the oldest event")
            });
        }
    }

    /// Ends it by Ctrl-C, and makes sure that nothing of what was written does harm; how many texts were seen.
    pub(crate) fn end(mut self) -> (usize, Vec<String>) {
        self.press("\x03");
        while let Ok(bytes) = self.written.recv_timeout(FOREVER) {
            self.all.extend_from_slice(&bytes);
        }
        let code = self.program.wait().unwrap().code();
        let found = judge(&self.all, Writer::Dashboard(self.size.0, self.size.1));
        let faults = &found.faults[..found.faults.len().min(8)];
        assert!(faults.is_empty(), "the dashboard leaks:\n{}", faults.join("\n"));
        assert_eq!(code, Some(130), "{}", self.screen.text());
        (self.marks.len(), found.copies)
    }
}

impl Drop for Dashboard {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}
