//! The demo in a terminal: what is pressed there, and what stands on its screen.

use std::error::Error;
use std::fs::File;
use std::io::Write as _;
use std::num::NonZeroU16;
use std::path::Path;
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::pty::{self, FRAME_DONE};

/// As large as every pane has room, and no larger: letters in a README are small enough.
const SIZE: (u16, u16) = (132, 38);
/// Handlers fail within seconds; a slow machine takes its time.
const PATIENCE: Duration = Duration::from_mins(2);

/// The demo, in a terminal.
pub(crate) struct Tour {
    ours: File,
    program: Child,
    written: Receiver<Vec<u8>>,
    parser: vt100::Parser,
    /// What is written behind the last whole frame.
    rest: Vec<u8>,
    _home: tempfile::TempDir,
}

impl Tour {
    /// Starts the demo of `program`, for a person without any files.
    pub(crate) fn start(program: &Path) -> Result<Self, Box<dyn Error>> {
        let home = tempfile::tempdir()?;
        let mut command = Command::new(program);
        command.args(["demo", "--theme", "tide"]).current_dir(home.path()).env("HOME", home.path());
        command.env("COLORTERM", "truecolor").env("TZ", "UTC").env("LC_ALL", "C.UTF-8");
        let (ours, program) = pty::start(&command, SIZE);
        let written = pty::listen(&ours);
        let size = |cells: u16| NonZeroU16::new(cells).ok_or("a screen without cells");
        let parser = vt100::Parser::new(size(SIZE.1)?, size(SIZE.0)?, 0);
        Ok(Self { ours, program, written, parser, rest: Vec::new(), _home: home })
    }

    /// Presses `keys`, each when the one before is answered, and reads on until all of `words` are on the screen.
    pub(crate) fn go(&mut self, keys: &[&str], words: &[&str]) -> Result<(), Box<dyn Error>> {
        for key in keys {
            self.ours.write_all(key.as_bytes())?;
            self.frame()?;
        }
        let end = Instant::now() + PATIENCE;
        loop {
            let shown = self.screen().contents();
            let Some(missing) = words.iter().find(|word| !shown.contains(**word)) else { return Ok(()) };
            if Instant::now() > end {
                return Err(format!("'{missing}' does not come:\n{shown}").into());
            }
            self.frame()?;
        }
    }

    /// What stands on the screen.
    pub(crate) fn screen(&self) -> &vt100::Screen {
        self.parser.screen()
    }

    /// Ends it.
    pub(crate) fn end(mut self) -> Result<(), Box<dyn Error>> {
        self.ours.write_all(b"\x03")?;
        self.program.wait()?;
        Ok(())
    }

    /// Reads to the end of the next frame.
    fn frame(&mut self) -> Result<(), Box<dyn Error>> {
        loop {
            let done = FRAME_DONE.as_bytes();
            if let Some(at) = self.rest.windows(done.len()).position(|part| part == done) {
                let frame: Vec<u8> = self.rest.drain(..at + done.len()).collect();
                self.parser.process(&frame);
                return Ok(());
            }
            match self.written.recv_timeout(PATIENCE) {
                Ok(bytes) => self.rest.extend(bytes),
                Err(RecvTimeoutError::Timeout) => return Err("nothing is drawn any more".into()),
                Err(RecvTimeoutError::Disconnected) => {
                    let shown = String::from_utf8_lossy(&self.rest);
                    return Err(format!("the demo ended by itself:\n{shown}").into());
                }
            }
        }
    }
}

impl Drop for Tour {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}
