//! The program as a person has it open: the release build, in a terminal of its own, on a real Redis.

#![allow(dead_code, reason = "each bench uses a part of it")]

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::process::{Child, Command};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::pty::{self, FRAME_DONE};
use crate::screen::Screen;

/// How long the screen may take to show what it is told to.
const PATIENCE: Duration = Duration::from_mins(2);

/// A dashboard, killed when dropped.
pub(crate) struct Dashboard {
    ours: File,
    program: Child,
    seen: Arc<Seen>,
    _home: TempDir,
}

/// The program that is measured: the one that was built with the bench, or, to compare, that of `TIDINGS_BENCH_PROGRAM`.
pub(crate) fn program() -> OsString {
    std::env::var_os("TIDINGS_BENCH_PROGRAM").unwrap_or_else(|| env!("CARGO_BIN_EXE_tidings").into())
}

/// What came out of it.
struct Seen {
    bytes: AtomicU64,
    frames: AtomicU64,
    screen: Mutex<Screen>,
}

impl Dashboard {
    /// Opens one on the bus at `url`, with these lines in its config.
    pub(crate) fn open(url: &str, config: &str, size: (u16, u16)) -> Self {
        Self::watched(url, config, size, |_, _| {})
    }

    /// As [`Dashboard::open`]; of each frame `each` is told what is on the screen, and when it was whole.
    pub(crate) fn watched(
        url: &str,
        config: &str,
        size: (u16, u16),
        mut each: impl FnMut(&Screen, Instant) + Send + 'static,
    ) -> Self {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("config.toml");
        fs::write(&file, format!("{config}\n[contexts.bench]\nurl = \"{url}\"\nread_only = true\n")).unwrap();
        let mut command = Command::new(program());
        command.args(["--context", "bench", "--config"]).arg(&file).env("HOME", home.path());
        let (ours, program) = pty::start(&command, size);
        let seen = Arc::new(Seen {
            bytes: AtomicU64::new(0),
            frames: AtomicU64::new(0),
            screen: Mutex::new(Screen::new(size)),
        });
        let mut from = ours.try_clone().unwrap();
        std::thread::spawn({
            let seen = Arc::clone(&seen);
            move || {
                let mut bytes = vec![0; 256 * 1024];
                // It ends with the program: then there is nothing to read, which is an error.
                while let Ok(read @ 1..) = from.read(&mut bytes) {
                    let at = Instant::now();
                    seen.bytes.fetch_add(read as u64, Ordering::Relaxed);
                    let mut screen = seen.screen.lock().unwrap();
                    let mut written = &bytes[..read];
                    while screen.frame(written, FRAME_DONE) {
                        written = &[];
                        seen.frames.fetch_add(1, Ordering::Relaxed);
                        each(&screen, at);
                    }
                }
            }
        });
        Self { ours, program, seen, _home: home }
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.program.id()
    }

    /// Presses keys.
    pub(crate) fn press(&mut self, keys: &str) {
        self.ours.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until this is on the screen.
    pub(crate) fn until(&self, text: &str) {
        let end = Instant::now() + PATIENCE;
        while !self.text().contains(text) {
            assert!(Instant::now() < end, "'{text}' did not come on the screen:\n{}", self.text());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// What is on the screen.
    pub(crate) fn text(&self) -> String {
        self.seen.screen.lock().unwrap().text()
    }

    /// How many frames were drawn, and the bytes of all.
    pub(crate) fn written(&self) -> (u64, u64) {
        (self.seen.frames.load(Ordering::Relaxed), self.seen.bytes.load(Ordering::Relaxed))
    }
}

impl Drop for Dashboard {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}
