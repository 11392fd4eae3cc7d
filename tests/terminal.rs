//! The program in a terminal: it gives it back as it was, and it ends when the terminal is gone.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "all of this is tests; a failing one must say where")]

#[path = "support/pty.rs"]
mod pty;

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::{Child, Command};

use pty::FRAME_DONE;
use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};

const ALTERNATE: &str = "\x1b[?1049h";
const ORIGINAL: &str = "\x1b[?1049l";

/// A program that runs in a terminal of its own, which answers no questions.
struct Session {
    terminal: File,
    program: Child,
    /// What was written to the terminal so far.
    written: String,
}

impl Session {
    /// Opens the demo, and waits until something is drawn.
    fn demo() -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tidings"));
        command.arg("demo");
        let (terminal, program) = pty::start(&command, (100, 30));
        let mut this = Self { terminal, program, written: String::new() };
        this.read_until(|written| written.contains(ALTERNATE) && written.contains(FRAME_DONE));
        this
    }

    fn read_until(&mut self, enough: impl Fn(&str) -> bool) {
        let mut bytes = [0; 4096];
        while !enough(&self.written) {
            let read = self.terminal.read(&mut bytes).unwrap();
            assert!(read > 0, "the program ended early");
            self.written.push_str(&String::from_utf8_lossy(&bytes[..read]));
        }
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(self.program.id().try_into().unwrap()).unwrap()
    }

    /// How it ended; its last words are in `written`.
    fn end(&mut self) -> Option<i32> {
        let mut rest = Vec::new();
        // The error says that the other end is closed, which is the end.
        let _ = self.terminal.read_to_end(&mut rest);
        self.written.push_str(&String::from_utf8_lossy(&rest));
        self.program.wait().unwrap().code()
    }
}

#[test]
fn the_terminal_is_given_back_however_it_ends() {
    type How = fn(&mut Session);
    let ways: [(How, i32); 4] = [
        (|session| session.terminal.write_all(b"q").unwrap(), 0),
        (|session| session.terminal.write_all(b"\x03").unwrap(), 130),
        (|session| kill_process(session.pid(), Signal::INT).unwrap(), 130),
        (|session| kill_process(session.pid(), Signal::TERM).unwrap(), 143),
    ];
    for (how, code) in ways {
        let mut session = Session::demo();
        assert!(!tcgetattr(&session.terminal).unwrap().local_modes.contains(LocalModes::ICANON));
        how(&mut session);
        assert_eq!(session.end(), Some(code));
        let behind = session.written.rsplit_once(ORIGINAL).map(|(_, behind)| behind);
        assert_eq!(behind, Some("\x1b[?25h"), "nothing is written behind it but the cursor");
        assert!(session.written.contains("\x1b[?2004l"), "pasting is as before");
        let (ours, theirs) = (session.written.find("\x1b[8l"), session.written.rfind("\x1b[8h"));
        assert!(ours.is_some() && ours < theirs, "the order of right-to-left text is as before");
    }
}

#[test]
fn it_ends_when_the_terminal_is_gone() {
    let Session { terminal, mut program, .. } = Session::demo();
    drop(terminal);
    assert_eq!(program.wait().unwrap().code(), Some(129));
}

#[test]
fn a_terminal_that_takes_nothing_does_not_hold_up_the_end() {
    let mut session = Session::demo();
    let doing = format!("/proc/{}/syscall", session.program.id());
    // Nobody reads any more, and each size asks for a whole frame, until a write waits.
    for columns in (100..150).cycle() {
        let size = Winsize { ws_col: columns, ws_row: 30, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&session.terminal, size).unwrap();
        // The call that its main thread waits in, and the file it is about: standard output.
        if std::fs::read_to_string(&doing).unwrap().split_whitespace().nth(1) == Some("0x1") {
            break;
        }
    }
    kill_process(session.pid(), Signal::TERM).unwrap();
    assert_eq!(session.program.wait().unwrap().code(), Some(143));
}

#[test]
fn where_nobody_could_continue_it_it_goes_on() {
    let mut session = Session::demo();
    session.terminal.write_all(b"\x1a").unwrap();
    session.read_until(|written| written.matches(ALTERNATE).count() == 2);
    session.terminal.write_all(b"q").unwrap();
    assert_eq!(session.end(), Some(0));
}

#[test]
fn the_handlers_of_the_demo_are_there_when_they_are_listed() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidings"));
    let output = command.args(["--context", "demo", "-o", "json", "handlers"]).output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!((output.status.code(), told.lines().count()), (Some(0), 6), "{told}");
    assert!(told.lines().all(|line| line.contains(r#""alive":true"#)), "{told}");
}

#[test]
fn without_a_terminal_it_says_what_to_do() {
    let output = Command::new(env!("CARGO_BIN_EXE_tidings")).arg("demo").output().unwrap();
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(2), &b""[..]));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("needs a terminal") && told.contains("tidings tail"), "{told}");
}
