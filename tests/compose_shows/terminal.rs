//! A dashboard in a terminal, and how many keys were pressed there.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::Child;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Instant;

use crate::house::House;
use crate::pty::{self, FRAME_DONE};
use crate::screen::Screen;
use crate::sessions::FOREVER;

const SIZE: (u16, u16) = (140, 40);

/// Killed when dropped.
pub(crate) struct Terminal {
    ours: File,
    program: Child,
    written: Receiver<Vec<u8>>,
    screen: Screen,
    /// So many keys were pressed.
    pub(crate) keys: usize,
}

impl Terminal {
    pub(crate) const ALT_ENTER: &'static str = "\x1b\r";

    /// Opens the dashboard, and waits until it is drawn and connected.
    pub(crate) fn open(house: &House, arguments: &[&str]) -> Self {
        let (terminal, program) = pty::start(&house.command(arguments), SIZE);
        let (out, written) = sync_channel(64);
        let mut from = terminal.try_clone().unwrap();
        std::thread::spawn(move || {
            let mut bytes = vec![0; 64 * 1024];
            // It ends with the program: then there is nothing to read, which is an error.
            while let Ok(read @ 1..) = from.read(&mut bytes) {
                if out.send(bytes[..read].to_vec()).is_err() {
                    break;
                }
            }
        });
        let mut this = Self { ours: terminal, program, written, screen: Screen::new(SIZE), keys: 0 };
        this.until("it is connected", |text| text.contains("● live"));
        this
    }

    /// Presses one key.
    pub(crate) fn press(&mut self, key: &str) {
        self.ours.write_all(key.as_bytes()).unwrap();
        self.keys += 1;
    }

    /// Types letter by letter.
    pub(crate) fn type_in(&mut self, text: &str) {
        for letter in text.chars() {
            self.press(&letter.to_string());
        }
    }

    pub(crate) fn text(&self) -> String {
        self.screen.text()
    }

    /// Reads on, frame by frame, until the screen is like this.
    pub(crate) fn until(&mut self, what: &str, enough: impl Fn(&str) -> bool) {
        let end = Instant::now() + FOREVER;
        let mut bytes = Vec::new();
        loop {
            if self.screen.frame(&bytes, FRAME_DONE) {
                bytes.clear();
                if enough(&self.screen.text()) {
                    return;
                }
                continue;
            }
            // A dashboard draws its clock for ever.
            let read = self.written.recv_timeout(end.saturating_duration_since(Instant::now()));
            assert!(read.is_ok(), "waited in vain: {what}\n{}", self.screen.text());
            bytes = read.unwrap_or_default();
        }
    }

    pub(crate) fn quit(mut self) {
        self.ours.write_all(b"\x03").unwrap();
        assert_eq!(self.program.wait().unwrap().code(), Some(130), "{}", self.screen.text());
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}
