//! However the dashboard ends, or is stopped for a while: the terminal is as before.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::{Child, Command};

use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::{Termios, tcgetattr};

use crate::pty::{self, FRAME_DONE};

const ALTERNATE: &str = "\x1b[?1049h";
const ORIGINAL: &str = "\x1b[?1049l";

/// Each mode that the dashboard sets, with how it is left again.
const MODES: [(&str, &str); 4] = [
    (ALTERNATE, ORIGINAL),
    ("\x1b[?2004h", "\x1b[?2004l"),
    ("\x1b[8l", "\x1b[8h"),
    // What is drawn hides the cursor.
    ("\x1b[?25l", "\x1b[?25h"),
];
/// Modes that stay set would trouble a shell; those that are never set need no leaving.
const OTHERS: [&str; 7] = ["?1000", "?1002", "?1003", "?1006", "?1015", "?1004", "?1007"];

/// A terminal, what runs in it, and how the terminal was before.
pub(crate) struct Held {
    pub(crate) terminal: File,
    pub(crate) program: Child,
    pub(crate) before: Termios,
    pub(crate) written: String,
}

impl Held {
    pub(crate) fn start(command: &Command) -> Self {
        let (terminal, program) = pty::start(command, (100, 30));
        let before = tcgetattr(&terminal).unwrap();
        Self { terminal, program, before, written: String::new() }
    }

    fn demo() -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tidings"));
        command.arg("demo").env("HOME", "/nonexistent");
        let mut this = Self::start(&command);
        this.read_to(ALTERNATE);
        this.read_to(FRAME_DONE);
        this
    }

    /// Waits until this is written, behind all that was waited for before.
    pub(crate) fn read_to(&mut self, text: &str) {
        let from = self.written.len();
        let mut bytes = [0; 4096];
        while !self.written[from.saturating_sub(text.len())..].contains(text) {
            let read = self.terminal.read(&mut bytes).unwrap();
            self.written.push_str(&String::from_utf8_lossy(&bytes[..read]));
        }
    }

    fn press(&mut self, keys: &str) {
        self.terminal.write_all(keys.as_bytes()).unwrap();
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(self.program.id().try_into().unwrap()).unwrap()
    }

    /// Reads the rest, and answers how it ended.
    pub(crate) fn end(&mut self) -> Option<i32> {
        let mut rest = Vec::new();
        // The error says that the other end is closed, which is the end.
        let _ = self.terminal.read_to_end(&mut rest);
        self.written.push_str(&String::from_utf8_lossy(&rest));
        self.program.wait().unwrap().code()
    }

    /// Every mode that was set is left, in the right order, and the line discipline is as before.
    pub(crate) fn is_as_before(&self) {
        let is_raw = !same(&self.before, &tcgetattr(&self.terminal).unwrap());
        assert!(!is_raw, "the modes of the line discipline are others than before");
        for (set, left) in MODES {
            let (set, left) = (self.written.rfind(set), self.written.rfind(left));
            assert!(set.is_some() && set < left, "{set:?} is left at {left:?}: {:?}", self.tail());
        }
        for mode in OTHERS {
            let (set, left) = (format!("\x1b[{mode}h"), format!("\x1b[{mode}l"));
            assert!(self.written.rfind(&set) <= self.written.rfind(&left), "{mode} stays set");
        }
        let (begun, ended) = (self.written.rfind("\x1b[?2026h"), self.written.rfind(FRAME_DONE));
        assert!(begun <= ended, "a frame is never shown: {:?}", self.tail());
        let flags = (self.written.matches("\x1b[>").count(), self.written.matches("\x1b[<").count());
        assert_eq!(flags.0, flags.1, "keyboard flags");
    }

    fn tail(&self) -> &str {
        &self.written[self.written.floor_char_boundary(self.written.len().saturating_sub(400))..]
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

fn same(before: &Termios, after: &Termios) -> bool {
    before.input_modes == after.input_modes
        && before.output_modes == after.output_modes
        && before.control_modes == after.control_modes
        && before.local_modes == after.local_modes
        && format!("{:?}", before.special_codes) == format!("{:?}", after.special_codes)
}

/// The state letter of a process: `T` is stopped.
fn state(pid: u32) -> Option<char> {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?.rsplit_once(") ")?.1.chars().next()
}

#[test]
fn every_signal_that_ends_it_gives_the_terminal_back() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130), (Signal::QUIT, 143), (Signal::HUP, 129)] {
        let mut held = Held::demo();
        assert!(!same(&held.before, &tcgetattr(&held.terminal).unwrap()), "it is in raw mode");
        kill_process(held.pid(), signal).unwrap();
        assert_eq!(held.end(), Some(code), "{signal:?}");
        held.is_as_before();
    }
}

#[test]
fn every_key_that_ends_it_gives_the_terminal_back() {
    // In a view, in a text field, in a popup, and in the form.
    for (keys, code) in [("q", 0), ("\x03", 130), ("/type:\x03", 130), ("?\x03", 130), ("5\x03", 130)] {
        let mut held = Held::demo();
        held.press(keys);
        assert_eq!(held.end(), Some(code), "{keys:?}");
        held.is_as_before();
    }
}

#[test]
fn a_dead_terminal_ends_it_wherever_one_is() {
    for keys in ["", "/type:", "?", "5"] {
        let mut held = Held::demo();
        if !keys.is_empty() {
            held.press(keys);
            held.read_to(FRAME_DONE);
        }
        held.terminal = File::open("/dev/null").unwrap();
        assert_eq!(held.program.wait().unwrap().code(), Some(129), "{keys:?}");
    }
}

#[test]
fn a_verb_ends_when_its_terminal_is_gone() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidings"));
    command.args(["tail", "--context", "demo"]).env("HOME", "/nonexistent");
    let mut held = Held::start(&command);
    held.read_to("\n");
    held.terminal = File::open("/dev/null").unwrap();
    // As SIGHUP ends what has not asked for it, or by the error of writing to what is gone.
    let status = held.program.wait().unwrap();
    assert!(!status.success() || status.code() == Some(0), "{status:?}");
}

#[test]
fn ctrl_z_stops_it_for_a_shell_and_fg_brings_it_back() {
    let mut command = Command::new("bash");
    command.args(["--norc", "--noprofile", "--noediting", "-i"]).env("HOME", "/nonexistent");
    let mut held = Held::start(&command);
    held.press(&format!("PS1='ready> '; {} demo\n", env!("CARGO_BIN_EXE_tidings")));
    held.read_to(ALTERNATE);
    held.read_to(FRAME_DONE);
    let shell = held.program.id();
    let children = std::fs::read_to_string(format!("/proc/{shell}/task/{shell}/children")).unwrap();
    let pid: u32 = children.trim().parse().unwrap();
    for _ in 0..2 {
        held.press("\x1a");
        held.read_to(ORIGINAL);
        held.read_to("ready> ");
        assert_eq!(state(pid), Some('T'));
        held.is_as_before();
        // The shell has its terminal: what is typed there is echoed, and done.
        held.press("echo it is $((40 + 2))\n");
        held.read_to("it is 42");
        held.press("fg\n");
        held.read_to(ALTERNATE);
        held.read_to(FRAME_DONE);
        assert!(!same(&held.before, &tcgetattr(&held.terminal).unwrap()), "it is in raw mode again");
    }
    held.press("q");
    held.read_to("ready> ");
    held.is_as_before();
    held.press("exit\n");
    assert_eq!(held.end(), Some(0));
}
