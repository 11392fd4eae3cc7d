//! What reading back is held to: the program in a terminal, on a private Redis with 20,000 events of which it holds the
//! newest 500, while more come.

#![cfg(all(feature = "cli", target_os = "linux"))]
#![expect(clippy::unwrap_used, reason = "all of this is tests; a failing one must say where")]

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

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use redis_server::{PrivateRedis, dial};
use screen::Screen;
use terminal::Terminal;

const LYING: u64 = 20_000;
/// Entry ids of those are 100 ms apart from here on: 2023-11-14 22:13:20 UTC.
const FIRST_MS: u64 = 1_700_000_000_000;
/// Rows enough that the way takes a hundred pages.
const SIZE: (u16, u16) = (150, 220);

fn key(n: u64) -> String {
    format!("event::TYPE_{}", n % 3)
}

/// The number stands at the beginning of what an event is about.
fn text(n: u64) -> String {
    let id = uuid::Uuid::from_u128(u128::from(n) + 1);
    format!(
        r#"{{"id":"{id}","eventType":"TYPE_{}","timestamp":"2023-11-14T22:13:20Z","tenantId":"189c996e-43d3-4c53-9f4e-dbe5c1c5e9e6","payload":{{"tenantId":"189c996e-43d3-4c53-9f4e-dbe5c1c5e9e6","number":"n{n:06}"}}}}"#,
        n % 3
    )
}

async fn fill(server: &PrivateRedis) {
    let mut connection = dial(&server.url()).await;
    for from in (0..LYING).step_by(2_000) {
        let mut pipeline = redis::pipe();
        for n in from..from + 2_000 {
            let id = format!("{}-0", FIRST_MS + n * 100);
            pipeline.cmd("XADD").arg(key(n)).arg(id).arg("event").arg(text(n)).ignore();
        }
        pipeline.query_async::<()>(&mut connection).await.unwrap();
    }
}

/// Publishes one after the other until it is told to end, and counts them.
async fn publish(url: String, published: Arc<AtomicU64>, ends: Arc<AtomicBool>) {
    let mut connection = dial(&url).await;
    while !ends.load(Ordering::SeqCst) {
        let n = LYING + published.load(Ordering::SeqCst);
        let mut add = redis::cmd("XADD");
        add.arg(key(n)).arg("*").arg("event").arg(text(n));
        add.query_async::<String>(&mut connection).await.unwrap();
        published.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

/// The number of the event in a line of the list: the first thing of its row that begins with `n` and has six digits;
/// the detail beside the list has its own further to the right.
fn number(line: &str) -> Option<u64> {
    let list: String = line.chars().take_while(|c| *c != '│').collect();
    let at = list.find("number n")? + "number n".len();
    list.get(at..at + 6)?.parse().ok()
}

/// The numbers of the events in the list, newest first.
fn numbers(screen: &Screen) -> Vec<u64> {
    screen.text().lines().filter_map(number).collect()
}

/// The number of the event that the cursor is on.
fn under_cursor(screen: &Screen) -> Option<u64> {
    screen.text().lines().filter(|line| line.starts_with('▌')).find_map(number)
}

fn dashboard(server: &PrivateRedis, home: &std::path::Path) -> Terminal {
    std::fs::write(home.join("config.toml"), "[history]\nlast = 500\n").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidings"));
    command
        .args(["--config", "config.toml", "--read-only"])
        .current_dir(home)
        .env_clear()
        .env("REDIS_URL", server.url())
        .env("HOME", home)
        .env("TZ", "UTC")
        .env("TERM", "xterm-256color");
    Terminal::open(&command, SIZE)
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_tail_to_the_first_event_to_a_time_and_back_nothing_is_missed_and_nothing_comes_twice() {
    let server = PrivateRedis::start();
    fill(&server).await;
    let home = tempfile::tempdir().unwrap();
    let (counted, ends) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let publishing = tokio::spawn(publish(server.url(), Arc::clone(&counted), Arc::clone(&ends)));
    let folder = home.path().to_owned();
    let counts = Arc::clone(&counted);
    tokio::task::spawn_blocking(move || {
        let mut terminal = dashboard(&server, &folder);
        terminal.until("events come", |screen| screen.text().contains("live"));
        terminal.press("2");
        terminal.until("they are listed", |screen| numbers(screen).len() > 150);
        there_and_back(&mut terminal);
        to_a_time(&mut terminal);
        back_to_now(&mut terminal, (&counts, &ends));
        terminal.interrupt();
    })
    .await
    .unwrap();
    publishing.await.unwrap();
}

/// Page by page to the first event: every one of those that lay there is on a screen, in order.
fn there_and_back(terminal: &mut Terminal) {
    terminal.press("j");
    terminal.until("the cursor is in the list", |screen| under_cursor(screen).is_some());
    let mut seen = BTreeSet::new();
    let mut at = under_cursor(&terminal.screen).unwrap();
    while at != 0 {
        // Not the next key before this one is handled: of two in one frame, a page is on no screen.
        terminal.press("\x1b[6~");
        terminal.until("another page", |screen| under_cursor(screen).is_some_and(|now| now < at));
        let page = numbers(&terminal.screen);
        assert!(page.windows(2).all(|pair| pair[0] == pair[1] + 1), "in order, none twice: {page:?}");
        at = under_cursor(&terminal.screen).unwrap();
        seen.extend(page);
    }
    let missed: Vec<_> = (0..LYING).filter(|n| !seen.contains(n)).collect();
    assert!(missed.is_empty(), "{missed:?}");
    terminal.press("\x1b[6~");
    terminal.until("it says that this is the end", |screen| screen.footer().contains("the oldest event"));
    assert!(terminal.screen.text().contains("rewound to 2023-11-14 22:13:20"), "{}", terminal.screen.text());
}

fn to_a_time(terminal: &mut Terminal) {
    // Event 9,000 is a quarter of an hour after the first.
    terminal.press("T");
    terminal.until("a time is asked for", |screen| screen.text().contains("Go to a time"));
    terminal.press("2023-11-14 22:28:20Z\r");
    terminal.until("it is there", |screen| screen.text().contains("rewound to 2023-11-14 22:28:20"));
    let page = numbers(&terminal.screen);
    let middle = page[page.len() / 2];
    assert!(page.contains(&9_000) && middle.abs_diff(9_000) < 5, "{page:?}");
}

/// What came meanwhile is all there, and the list follows.
fn back_to_now(terminal: &mut Terminal, (published, ends): (&AtomicU64, &AtomicBool)) {
    assert!(terminal.screen.text().contains(" came since"), "{}", terminal.screen.text());
    ends.store(true, Ordering::SeqCst);
    terminal.press("f");
    terminal.until("the last event is in the first row", |screen| {
        let newest = LYING + published.load(Ordering::SeqCst);
        numbers(screen).first() == Some(&(newest - 1)) && screen.text().contains("following")
    });
    let page = numbers(&terminal.screen);
    assert!(page.windows(2).all(|pair| pair[0] == pair[1] + 1), "{page:?}");
}
