//! A dashboard in a terminal: what is pressed there, and what stands on its screen.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "test support: each test uses a part, and a fault must say where"
)]

use std::fs::File;
use std::io::Write as _;
use std::process::{Child, Command};
use std::sync::mpsc::Receiver;
use std::time::Instant;

use crate::pty::{self, FRAME_DONE};
use crate::screen::Screen;
use crate::sessions::FOREVER;

/// A program that draws frames, in a terminal; killed when dropped.
pub struct Terminal {
    ours: File,
    program: Child,
    written: Receiver<Vec<u8>>,
    /// What stands there.
    pub screen: Screen,
}

impl Terminal {
    /// Starts what `command` says in a terminal of this size.
    pub fn open(command: &Command, size: (u16, u16)) -> Self {
        let (ours, program) = pty::start(command, size);
        let written = pty::listen(&ours);
        Self { ours, program, written, screen: Screen::new(size) }
    }

    /// Presses keys.
    pub fn press(&mut self, keys: &str) {
        self.ours.write_all(keys.as_bytes()).unwrap();
    }

    /// Reads on, frame by frame, until the screen is like this.
    pub fn until(&mut self, what: &str, enough: impl Fn(&Screen) -> bool) {
        let end = Instant::now() + FOREVER;
        let mut bytes = Vec::new();
        let mut footers = Vec::new();
        loop {
            if self.screen.frame(&bytes, FRAME_DONE) {
                bytes.clear();
                if enough(&self.screen) {
                    return;
                }
                footers.push(self.screen.footer());
                footers.dedup();
                continue;
            }
            // A dashboard draws its clock for ever.
            let read = self.written.recv_timeout(end.saturating_duration_since(Instant::now()));
            assert!(read.is_ok(), "waited in vain: {what}\n{}\n{footers:?}", self.screen.text());
            bytes = read.unwrap_or_default();
        }
    }

    /// How it ended.
    pub fn end(mut self) -> Option<i32> {
        self.program.wait().unwrap().code()
    }

    /// Ends it by Ctrl-C, and makes sure that it says so.
    pub fn interrupt(mut self) {
        self.press("\x03");
        assert_eq!(self.program.wait().unwrap().code(), Some(130), "{}", self.screen.text());
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}
