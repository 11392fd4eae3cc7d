//! A folder of one's own, and the program in a terminal in it.

use std::ffi::OsStr;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::checker::{Writer, judge};
use crate::{corpus, pty};

/// A home that holds nothing but what a test puts there; `url` is where its bus is.
pub(crate) struct Room {
    folder: tempfile::TempDir,
    url: String,
}

/// What a run wrote to its terminal, both outputs, and how it ended.
pub(crate) struct Ran {
    pub(crate) written: Vec<u8>,
    pub(crate) code: Option<i32>,
}

impl Room {
    pub(crate) fn new(url: &str) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), url: url.to_owned() }
    }

    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file, and the folders it lies in.
    pub(crate) fn write(&self, name: impl AsRef<Path>, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub(crate) fn command<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tidings"));
        command.args(arguments).current_dir(self.folder.path()).env_clear();
        // An editor that is not there is not replaced by another one.
        command
            .env("EDITOR", "false")
            .env("REDIS_URL", &self.url)
            .env("HOME", self.folder.path())
            .env("USER", "hq81\x1b[3J\u{202e}");
        command
    }

    /// Runs a verb to its end in a terminal.
    pub(crate) fn run<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Ran {
        run(&self.command(arguments))
    }

    /// Runs a verb, for people and as JSON, and makes sure that nothing hostile comes out; how many marks stood in each.
    pub(crate) fn verb<A: AsRef<OsStr>>(&self, arguments: &[A]) -> (usize, usize) {
        let arguments: Vec<&OsStr> = arguments.iter().map(AsRef::as_ref).collect();
        let text = self.run(&arguments);
        text.is_harmless(&arguments);
        let json = self.run(&[&arguments[..], &["-o".as_ref(), "json".as_ref()]].concat());
        json.is_harmless(&arguments);
        (corpus::marks(&text.written), corpus::marks(&json.written))
    }
}

impl Ran {
    /// Nothing hostile, and it ended by itself, without a panic.
    pub(crate) fn is_harmless(&self, what: &[&OsStr]) {
        let found = judge(&self.written, Writer::Verb);
        let shown = String::from_utf8_lossy(&self.written);
        let faults = &found.faults[..found.faults.len().min(8)];
        assert!(faults.is_empty(), "{what:?} leaks:\n{}", faults.join("\n"));
        let code = self.code.unwrap_or(-1);
        assert!(
            (0..=3).contains(&code) && !shown.contains("panicked"),
            "{what:?} ended with {code}: {shown}"
        );
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.written).replace("\r\n", "\n")
    }
}

/// Runs a program to its end in a terminal.
pub(crate) fn run(command: &Command) -> Ran {
    let (mut terminal, mut program) = pty::start(command, (140, 40));
    let mut written = Vec::new();
    // The error says that the other end is closed, which is the end.
    let _ = terminal.read_to_end(&mut written);
    Ran { written, code: program.wait().unwrap().code() }
}

/// Does `each` with every item, four at a time, each in a room of its own where nobody listens.
pub(crate) fn side_by_side<T: Sync>(items: &[T], each: impl Fn(&Room, &T) + Sync) {
    let (next, each) = (AtomicUsize::new(0), &each);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let room = Room::new("redis://127.0.0.1:1/0");
                while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                    each(&room, item);
                }
            });
        }
    });
}
