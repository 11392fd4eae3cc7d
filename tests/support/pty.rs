//! The program in a terminal of its own, which answers no questions.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "test support: each test uses a part, and a fault must say where"
)]

use std::fs::{File, OpenOptions};
use std::io::Read as _;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// What is written when a frame is whole.
pub const FRAME_DONE: &str = "\x1b[?2026l";

/// Starts what `command` says in a terminal of this size; our end of it, and the program.
pub fn start(command: &Command, (columns, rows): (u16, u16)) -> (File, Child) {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let size = Winsize { ws_col: columns, ws_row: rows, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&terminal, size).unwrap();
    let name = ptsname(&terminal, Vec::new()).unwrap();
    let end = || OpenOptions::new().read(true).write(true).open(name.to_str().unwrap()).unwrap();
    let mut started = Command::new("setsid");
    started.arg("--ctty").arg(command.get_program()).args(command.get_args()).env_clear();
    started.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    if let Some(folder) = command.get_current_dir() {
        started.current_dir(folder);
    }
    started.env("TERM", "xterm-256color").env("PATH", "/usr/local/bin:/usr/bin:/bin");
    let program = started
        .stdin(Stdio::from(end()))
        .stdout(Stdio::from(end()))
        .stderr(Stdio::from(end()))
        .spawn()
        .unwrap();
    (File::from(terminal), program)
}

/// What is written to our end of a terminal, piece by piece, until the program has ended.
pub fn listen(ours: &File) -> Receiver<Vec<u8>> {
    let (out, written) = sync_channel(64);
    let mut from = ours.try_clone().unwrap();
    std::thread::spawn(move || {
        let mut bytes = vec![0; 64 * 1024];
        // It ends with the program: then there is nothing to read, which is an error.
        while let Ok(read @ 1..) = from.read(&mut bytes) {
            if out.send(bytes[..read].to_vec()).is_err() {
                break;
            }
        }
    });
    written
}
