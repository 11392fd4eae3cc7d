//! The program in a terminal: it gives it back as it was, and it ends when the terminal is gone.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "all of this is tests; a failing one must say where")]

#[path = "support/letters.rs"]
mod letters;
#[path = "support/pty.rs"]
mod pty;
#[path = "support/redis_server.rs"]
mod redis_server;
#[path = "support/sessions.rs"]
mod sessions;

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::{Child, Command};

use pty::FRAME_DONE;
use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};

use redis_server::PrivateRedis;
use sessions::Admin;

const ALTERNATE: &str = "\x1b[?1049h";
/// The mouse is told of; and no more.
const MOUSE_ON: &str = "\x1b[?1000h\x1b[?1002h\x1b[?1006h";
const MOUSE_OFF: &str = "\x1b[?1006l\x1b[?1002l\x1b[?1000l";
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
        Self::start(&["demo"], "vi", Path::new("."))
    }

    /// Runs `tidings ARGUMENTS` for a person who is in `folder` and whose editor is `editor`, and waits until something is drawn.
    fn start(arguments: &[&str], editor: &str, folder: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tidings"));
        command.args(arguments).current_dir(folder).env_remove("VISUAL").env("EDITOR", editor);
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

    fn press(&mut self, keys: &str) {
        self.terminal.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until `text` is written, behind all that was waited for before.
    fn read_to(&mut self, text: &str) {
        self.read_until(|written| written.contains(text));
        let end = self.written.find(text).unwrap() + text.len();
        self.written.drain(..end);
    }

    /// Opens the payload of the one dead letter there is, and then the editor.
    fn edit(&mut self) {
        self.press("4");
        self.read_to("mail");
        self.press("e");
        // What the screen shows already is not written again, so a text that stands alone.
        self.read_to("nothing is changed yet");
        self.press("\x0f");
    }

    fn is_raw(&self) -> bool {
        !tcgetattr(&self.terminal).unwrap().local_modes.contains(LocalModes::ICANON)
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
    let ways: [(How, i32); 5] = [
        (|session| session.terminal.write_all(b"q").unwrap(), 0),
        (|session| session.terminal.write_all(b"\x03").unwrap(), 130),
        (|session| kill_process(session.pid(), Signal::INT).unwrap(), 130),
        (|session| kill_process(session.pid(), Signal::TERM).unwrap(), 143),
        (|session| kill_process(session.pid(), Signal::HUP).unwrap(), 129),
    ];
    for (how, code) in ways {
        let mut session = Session::demo();
        assert!(session.is_raw());
        how(&mut session);
        assert_eq!(session.end(), Some(code));
        let behind = session.written.rsplit_once(ORIGINAL).map(|(_, behind)| behind);
        assert_eq!(behind, Some("\x1b[?25h"), "nothing is written behind it but the cursor");
        assert!(session.written.contains("\x1b[?2004l"), "pasting is as before");
        let (ours, theirs) = (session.written.find("\x1b[8l"), session.written.rfind("\x1b[8h"));
        assert!(ours.is_some() && ours < theirs, "the order of right-to-left text is as before");
        let (ours, theirs) = (session.written.find(MOUSE_ON), session.written.rfind(MOUSE_OFF));
        assert!(ours.is_some() && ours < theirs, "the mouse is the terminal's again");
        assert!(!session.written.contains("\x1b[?1003h"), "nobody asks for every motion");
    }
}

const FRAME_BEGINS: &str = "\x1b[?2026h";

#[test]
fn whatever_is_drawn_is_drawn_in_whole_frames() {
    let mut session = Session::demo();
    session.press("2jj?");
    session.read_until(|written| written.contains("Keys") && written.matches(FRAME_DONE).count() > 5);
    session.press("\x03");
    assert_eq!(session.end(), Some(130));
    let (_, drawn) = session.written.split_once(ALTERNATE).unwrap();
    let (drawn, _) = drawn.rsplit_once(ORIGINAL).unwrap();
    let mut parts = drawn.split(FRAME_BEGINS);
    let mut between = parts.next().unwrap().to_owned();
    let mut frames = 0;
    for part in parts {
        let (frame, after) =
            part.split_once(FRAME_DONE).expect("a frame that has begun ends before the next");
        assert!(frame.contains('H'), "nothing is drawn in it: {frame:?}");
        between.push_str(after);
        frames += 1;
    }
    assert!(frames > 3, "{frames}");
    // What stands between them sets modes: no cursor is moved there, and nothing is written or cleared.
    for sequence in between.split('\x1b').skip(1) {
        let is_mode = sequence.starts_with('[') && sequence.ends_with(['h', 'l']);
        // Once at the beginning: the screen is cleared before the first frame.
        assert!(is_mode || sequence == "[2J" || sequence == "[1;1H", "{sequence:?} in {between:?}");
    }
}

#[test]
fn where_nothing_happens_nothing_is_written_but_the_clock() {
    let server = PrivateRedis::start();
    let home = tempfile::tempdir().unwrap();
    let mut session = Session::start(&["--url", &server.url()], "vi", home.path());
    // Blanks are not written again, so a word alone.
    session.read_to("themselves.");
    session.read_to(FRAME_DONE);
    // First answers come when they come; then there are four frames of the clock alone.
    let mut found = Ok(());
    for _ in 0..5 {
        session.written.clear();
        session.read_until(|written| written.matches(FRAME_DONE).count() >= 4);
        let (frames, _) = session.written.rsplit_once(FRAME_DONE).unwrap();
        found = frames.split(FRAME_DONE).try_for_each(is_of_the_clock);
        if found.is_ok() {
            break;
        }
    }
    assert_eq!(found, Ok(()));
    session.press("q");
    assert_eq!(session.end(), Some(0));
}

/// The clock has eight cells at the right end of the first line, and a column behind it.
fn is_of_the_clock(frame: &str) -> Result<(), String> {
    for sequence in frame.split("\x1b[").filter(|sequence| sequence.contains('H')) {
        let (place, text) = sequence.split_once('H').unwrap();
        let (row, column) = place.split_once(';').unwrap();
        let is_there = row == "1" && column.parse::<u16>().unwrap() > 100 - 10;
        if !is_there || !text.chars().all(|c| c.is_ascii_digit() || c == ':') {
            return Err(format!("{sequence:?} in {frame:?}"));
        }
    }
    if frame.len() < 120 { Ok(()) } else { Err(frame.to_owned()) }
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
    // The mouse is the last that is taken.
    session.read_until(|written| written.matches(MOUSE_ON).count() == 2);
    let (given, taken) = (session.written.find(MOUSE_OFF), session.written.rfind(MOUSE_ON));
    assert!(given.is_some() && given < taken, "the mouse is given, and taken again");
    session.terminal.write_all(b"q").unwrap();
    assert_eq!(session.end(), Some(0));
}

#[test]
fn the_mouse_is_left_to_the_terminal_by_a_key_and_by_the_config_and_stays_so() {
    let mut session = Session::demo();
    session.press("M");
    session.read_to(MOUSE_OFF);
    // In the background and back, it stays the terminal's.
    session.press("\x1a");
    session.read_to(ALTERNATE);
    session.press("M");
    session.read_until(|written| written.contains(MOUSE_ON));
    let before = session.written.split(MOUSE_ON).next().unwrap();
    assert!(before.contains(FRAME_DONE), "it was drawn without, until it was asked for");
    session.press("q");
    assert_eq!(session.end(), Some(0));
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("config.toml"), "mouse = false\n").unwrap();
    let mut session = Session::start(&["demo", "--config", "config.toml"], "vi", home.path());
    session.press("q");
    assert_eq!(session.end(), Some(0));
    assert!(!session.written.contains(MOUSE_ON));
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

/// `tidings themes ARGUMENTS` of somebody with these theme files: exit code, output, notes.
fn themes(files: &[(&str, &str)], arguments: &[&str]) -> (Option<i32>, String, String) {
    let home = with_themes(files);
    let output = Command::new(env!("CARGO_BIN_EXE_tidings"))
        .arg("themes")
        .args(arguments)
        .env_clear()
        .env("TIDINGS_CONFIG", home.path().join("config.toml"))
        .output()
        .unwrap();
    let place = format!("{}/", home.path().display());
    let text = |bytes| String::from_utf8(bytes).unwrap().replace(&place, "");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// A folder with a config file and these themes.
fn with_themes(files: &[(&str, &str)]) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("config.toml"), "").unwrap();
    std::fs::create_dir(home.path().join("themes")).unwrap();
    for (name, text) in files {
        std::fs::write(home.path().join("themes").join(name), text).unwrap();
    }
    home
}

#[test]
fn themes_are_listed_with_where_they_come_from_and_what_is_wrong() {
    let files = [
        ("night.toml", "inherits = 'tide'\n[styles]\nscreen = {}\n"),
        ("light.toml", "inherits = 'light'\n"),
        ("broken.toml", "inherits = 'night'\n[styles]\nfaild = 'red'\n"),
    ];
    let (code, told, _) = themes(&files, &[]);
    assert_eq!(code, Some(0));
    let lines: Vec<_> =
        told.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(
        lines,
        [
            "THEME FROM INHERITS WRONG",
            "broken themes/broken.toml themes/broken.toml, line 3: 'faild' is not a meaning: did you mean 'failed'?",
            "dark built in",
            "high-contrast built in",
            "light themes/light.toml (in place of the built-in one) light, tide",
            "mono built in",
            "night themes/night.toml tide",
            "tide built in",
        ]
    );
    let (code, told, notes) = themes(&files, &["show", "night"]);
    assert_eq!((code, notes.as_str()), (Some(0), ""));
    assert!(told.starts_with("[styles]\nscreen = {}\ntext = { fg = \"#d9e6ec\" }\n"), "{told}");
    let (_, again, _) = themes(&[("copy.toml", &told)], &["show", "copy"]);
    assert_eq!(again, told, "what is shown is a theme file");
    let (code, told, notes) = themes(&files, &["show", "broken"]);
    assert_eq!((code, told.as_str()), (Some(1), ""));
    assert!(
        notes.starts_with("error: themes/broken.toml, line 3: 'faild'") && notes.contains("docs/themes.md")
    );
    let (code, _, notes) = themes(&files, &["show", "mnight"]);
    assert_eq!(code, Some(1));
    assert!(notes.contains("there is no theme 'mnight': did you mean 'night'?"), "{notes}");
}

#[test]
fn shells_complete_the_themes_that_come_with_the_program() {
    for shell in ["bash", "zsh", "fish"] {
        let output =
            Command::new(env!("CARGO_BIN_EXE_tidings")).args(["completions", shell]).output().unwrap();
        let script = String::from_utf8(output.stdout).unwrap();
        for name in ["dark", "light", "high-contrast", "mono", "tide", "truecolor"] {
            assert!(script.contains(name), "{shell}: {name}");
        }
    }
}

#[test]
fn a_mistake_in_a_theme_is_told_on_the_screen_and_the_default_is_used() {
    let home = with_themes(&[("night.toml", "[styles]\nfaild = 'red'\n")]);
    let config = home.path().join("config.toml");
    let arguments = ["demo", "--theme", "night", "--config", config.to_str().unwrap()];
    let mut session = Session::start(&arguments, "vi", home.path());
    session.read_until(|written| written.contains("themes/night.toml, line 2: 'faild' is not a meaning"));
    session.press("q");
    assert_eq!(session.end(), Some(0));
}

#[test]
fn colours_go_down_to_what_the_terminal_has_and_a_flag_beats_the_environment() {
    // What the background of 'tide' is in each.
    let ground = ["48;2;11;22;32", "48;5;233", "48;5;0"];
    for (variable, flag, expected) in [
        (("COLORTERM", "truecolor"), "auto", Some(0)),
        (("COLORTERM", ""), "auto", Some(1)),
        (("COLORTERM", ""), "16", Some(2)),
        (("NO_COLOR", "1"), "auto", None),
        (("COLORTERM", "truecolor"), "never", None),
        (("NO_COLOR", "1"), "256", Some(1)),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tidings"));
        command.args(["demo", "--theme", "tide", "--color", flag]).env(variable.0, variable.1);
        let (terminal, program) = pty::start(&command, (100, 30));
        let mut session = Session { terminal, program, written: String::new() };
        session.read_until(|written| written.contains(FRAME_DONE) && written.contains("Flow"));
        session.press("q");
        assert_eq!(session.end(), Some(0));
        for (at, colour) in ground.iter().enumerate() {
            let found = session.written.contains(&format!("{colour}m"));
            assert_eq!(found, Some(at) == expected, "{variable:?} --color {flag}: {colour}");
        }
        let has_any = session.written.contains("38;") || session.written.contains("48;");
        assert_eq!(has_any, expected.is_some(), "{variable:?} --color {flag}");
    }
}

/// A bus on which one event failed.
async fn one_dead_letter() -> PrivateRedis {
    let server = PrivateRedis::start();
    letters::fill(&mut Admin::at(&server.url()).await, 1, "mail").await;
    server
}

/// An editor that is a script, which gets the file's name as `$1`.
fn editor(folder: &tempfile::TempDir, script: &str) -> String {
    let path = folder.path().join("editor.sh");
    std::fs::write(&path, script).unwrap();
    format!("sh {}", path.display())
}

#[tokio::test]
async fn an_editor_has_the_terminal_to_itself_and_what_it_saves_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    // It reads lines as a shell does, and Ctrl-C is its own.
    let script = r#"trap 'echo INTERRUPTED >/dev/tty' INT
grep -q '^{' "$1" && echo HAS IT >/dev/tty
until read line </dev/tty; do :; done
printf '{"said":"%s"}\n' "$line" >"$1""#;
    let server = one_dead_letter().await;
    let mut session = Session::start(&["--url", &server.url()], &editor(&folder, script), folder.path());
    session.edit();
    session.read_to(ORIGINAL);
    session.read_to("HAS IT");
    assert!(!session.is_raw());
    session.press("\x03");
    session.read_to("INTERRUPTED");
    session.press("q4:wq\n");
    session.read_to(ALTERNATE);
    session.read_to(r#""said":"q4:wq"}"#);
    session.read_to(FRAME_DONE);
    assert!(session.is_raw());
    // The keys are ours again: Esc closes the box, and q quits once it is said that what was edited may be lost.
    session.press("\x1b");
    session.read_to(FRAME_DONE);
    session.press("q");
    session.read_to("not sent, is lost");
    session.press("\t\r");
    assert_eq!(session.end(), Some(0));
}

#[tokio::test]
async fn an_editor_that_fails_or_is_not_there_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let server = one_dead_letter().await;
    let failing = editor(&folder, r#"echo '{"lost":1}' >"$1"; exit 3"#);
    for (editor, why) in [
        (failing.as_str(), "the editor 'sh' ended with exit status: 3"),
        ("/no/such/editor --wait", "the editor '/no/such/editor' cannot be started"),
    ] {
        let mut session = Session::start(&["--url", &server.url()], editor, folder.path());
        session.edit();
        session.read_to(ORIGINAL);
        session.read_to(ALTERNATE);
        session.read_until(|written| written.contains(why));
        assert!(session.written.contains("as it was") && !session.written.contains("lost"), "{editor}");
        session.press("\x03");
        assert_eq!(session.end(), Some(130));
    }
}

#[tokio::test]
async fn an_export_holds_the_lines_of_the_verb_and_is_for_this_user_alone() {
    let server = one_dead_letter().await;
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["--url", &server.url(), "--read-only"];
    let mut session = Session::start(&arguments, "vi", folder.path());
    session.press("4");
    session.read_to("mail");
    session.press("\x13\x0c");
    session.read_to("takes all of them back");
    // From its end: the name that is suggested is of today.
    session.press("\x1b[A\x1b[A");
    session.press("\x15kept.jsonl\r\t\r");
    session.read_to("ed 1 event to kept.jsonl");
    let path = folder.path().join("kept.jsonl");
    let mut verb = Command::new(env!("CARGO_BIN_EXE_tidings"));
    let verb = verb.args(arguments).args(["failed", "export"]).output().unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), verb.stdout);
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    // Once more, with the name that is there.
    std::fs::write(&path, "mine\n").unwrap();
    session.press("\x13\x0c");
    session.read_to("takes all of them back");
    session.press("\x1b[A\x1b[A\x15kept.jsonl\r\t\r");
    session.read_to("is there already");
    assert_eq!(std::fs::read(&path).unwrap(), b"mine\n");
    session.press("\t\r");
    session.read_to("ed 1 event to kept.jsonl");
    assert_eq!(std::fs::read(&path).unwrap(), verb.stdout);
    session.press("q");
    assert_eq!(session.end(), Some(0));
}
