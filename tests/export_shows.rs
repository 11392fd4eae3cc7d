//! What is on the disk after an export was ended by leaving: the program in a terminal, on a server that is held still while
//! it is written.

#![cfg(all(feature = "cli", target_os = "linux"))]
#![expect(clippy::unwrap_used, reason = "all of this is tests; a failing one must say where")]

#[path = "support/letters.rs"]
mod letters;
#[path = "support/pty.rs"]
mod pty;
#[path = "support/redis_server.rs"]
mod redis_server;
#[path = "support/screen.rs"]
mod screen;
#[path = "support/sessions.rs"]
mod sessions;
#[path = "support/terminal.rs"]
mod terminal;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use redis_server::PrivateRedis;
use screen::Screen;
use sessions::{Admin, FOREVER};
use terminal::Terminal;

fn dashboard(server: &PrivateRedis, home: &Path) -> Terminal {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidings"));
    command
        .args(["--url", &server.url(), "--read-only"])
        .current_dir(home)
        .env_clear()
        .env("HOME", home)
        .env("TZ", "UTC")
        .env("TERM", "xterm-256color");
    Terminal::open(&command, (140, 40))
}

/// The files of a folder that are no configuration, in order.
fn files(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|item| item.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> =
        names.filter(|name| name.contains("jsonl") || name.contains("tidings-")).collect();
    names.sort();
    names
}

/// Waits until the folder holds so many files.
fn until_there_are(files_wanted: usize, folder: &Path) {
    let end = Instant::now() + FOREVER;
    while files(folder).len() != files_wanted {
        assert!(Instant::now() < end, "{:?}", files(folder));
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Begins an export into `kept.jsonl`, with keys that lead from the form to its button.
fn begin(terminal: &mut Terminal, (title, to_file): (&str, &str)) {
    terminal.press("\x13");
    terminal.until("a file is asked for", |screen| screen.text().contains(title));
    terminal.press(to_file);
    terminal.press("\x15kept.jsonl");
    terminal.until("it is named", |screen| screen.text().contains("file     kept.jsonl"));
}

/// What the form in the middle says, in one line.
fn said(screen: &Screen) -> String {
    let text = screen.text();
    let lines = text.lines().map(|line| line.chars().skip(25).take(90).collect::<String>());
    let words: Vec<_> =
        lines.flat_map(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).collect();
    words.join(" ").replace("│ ", "").replace(" │", "")
}

/// Leaves while an export is under way, and says so.
fn leave(mut terminal: Terminal, on_disk: &str) {
    terminal.press("q");
    terminal.until("it is asked", |screen| {
        let text = said(screen);
        text.contains("An export is under way") && text.contains(&format!("Leaving ends it: {on_disk}."))
    });
    terminal.press("\t\r");
    assert_eq!(terminal.end(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_leaving_says_of_the_file_of_failed_events_is_so() {
    let server = PrivateRedis::start();
    letters::fill(&mut Admin::at(&server.url()).await, 3, "mail").await;
    tokio::task::spawn_blocking(move || {
        let home = tempfile::tempdir().unwrap();
        for (before, on_disk) in
            [(None, "no file is left of it"), (Some("mine\n"), "kept.jsonl is as it was")]
        {
            if let Some(before) = before {
                fs::write(home.path().join("kept.jsonl"), before).unwrap();
            }
            let mut terminal = dashboard(&server, home.path());
            terminal.press("4");
            terminal.until("they are listed", |screen| screen.text().contains("FAILED  3 events"));
            begin(&mut terminal, ("takes all of them back", "\x1b[A\x1b[A"));
            if before.is_some() {
                terminal.press("\r\t\r");
                terminal.until("it is asked", |screen| screen.text().contains("is there already"));
                server.stop();
                terminal.press("\t\r");
            } else {
                server.stop();
                terminal.press("\r\t\r");
            }
            until_there_are(1 + usize::from(before.is_some()), home.path());
            leave(terminal, on_disk);
            server.cont();
            let kept = fs::read_to_string(home.path().join("kept.jsonl")).ok();
            assert_eq!((kept.as_deref(), files(home.path()).len()), (before, usize::from(before.is_some())));
        }
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_leaving_says_of_the_file_of_events_on_the_bus_is_so() {
    let server = PrivateRedis::start();
    let mut connection = redis_server::dial(&server.url()).await;
    for n in 1..=3 {
        let id = uuid::Uuid::from_u128(n);
        let text = format!(
            r#"{{"id":"{id}","eventType":"TICKET","timestamp":"2023-11-14T22:13:20Z","tenantId":"189c996e-43d3-4c53-9f4e-dbe5c1c5e9e6","payload":{{}}}}"#
        );
        let mut add = redis::cmd("XADD");
        add.arg("event::TICKET").arg("*").arg("event").arg(text);
        add.query_async::<String>(&mut connection).await.unwrap();
    }
    tokio::task::spawn_blocking(move || {
        let home = tempfile::tempdir().unwrap();
        let mut terminal = dashboard(&server, home.path());
        terminal.press("2");
        terminal.until("they are listed", |screen| screen.text().matches("TICKET").count() >= 3);
        // All that lies on the bus.
        terminal.press("\x13");
        terminal.until("a file is asked for", |screen| screen.text().contains("tidings publish --events"));
        terminal.press("\t  ");
        terminal.until("all of it", |screen| screen.text().contains("to the newest that came"));
        terminal.press("\t\x15kept.jsonl");
        terminal.until("it is named", |screen| screen.text().contains("file     kept.jsonl"));
        server.stop();
        terminal.press("\r\t\r");
        until_there_are(1, home.path());
        leave(terminal, "no file is left of it");
        assert_eq!(files(home.path()), [""; 0]);
        server.cont();
        // Ctrl-C asks nothing, and leaves nothing.
        let mut terminal = dashboard(&server, home.path());
        terminal.press("4");
        terminal.until("it is there", |screen| screen.text().contains("FAILED"));
        terminal.interrupt();
    })
    .await
    .unwrap();
}
