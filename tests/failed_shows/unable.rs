//! A server that can write nothing for a while.

use crate::house::House;
use crate::letters::{add, fill, length, letter};
use crate::screen::Screen;
use crate::terminal::Terminal;

const LETTERS: &str = "event::TICKET_CREATED:dead-letter";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_ends_where_the_server_has_no_memory_and_goes_on_with_the_same_file() {
    const ALL: u64 = 450;
    let house = House::with("");
    let mut admin = house.admin().await;
    fill(&mut admin, ALL, "mail").await;
    let (code, file, notes) = house.run(&["failed", "export", "--state", "dead"]);
    assert_eq!((code, file.lines().count()), (0, 450), "{notes}");
    std::fs::write(house.path("letters.jsonl"), file).unwrap();
    admin.run(&format!("DEL {LETTERS}")).await;
    admin.run("CONFIG SET maxmemory 1").await;
    let import = ["failed", "import", "letters.jsonl", "--yes", "--reason", "moved"];
    let (code, out, notes) = house.run(&import);
    assert_eq!((code, out.as_str()), (1, ""), "{notes}");
    assert!(notes.contains("OOM") && notes.contains("maxmemory"), "{notes}");
    assert!(notes.contains("the other 250 of the file were not tried"), "{notes}");
    assert!(notes.contains("0 of 450 imported"), "{notes}");
    assert_eq!(length(&mut admin, LETTERS).await, 0);
    admin.run("CONFIG SET maxmemory 0").await;
    add(&mut admin, LETTERS, &letter(3, "mail", 2)).await;
    let (code, _, notes) = house.run(&import);
    assert_eq!((code, length(&mut admin, LETTERS).await), (0, ALL), "{notes}");
    assert!(notes.contains("449 of 450 imported; 1 lay there already"), "{notes}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dashboard_does_not_look_healthy_while_writes_are_refused() {
    let house = House::with("");
    let mut admin = house.admin().await;
    fill(&mut admin, 3, "mail").await;
    admin.run("CONFIG SET maxmemory 1").await;
    let mut terminal = Terminal::open(&house.command(&[]), (140, 40));
    // It learns that by its first look at the server.
    let head = |screen: &Screen| screen.text().lines().next().unwrap_or_default().to_owned();
    terminal.until("it says so", |screen| head(screen).contains("live, writes refused: OOM"));
    admin.run("CONFIG SET maxmemory 0").await;
    // Health, and a look at once.
    terminal.press("6\x12");
    terminal.until("a look tells that it is over", |screen| {
        head(screen).contains("live") && !head(screen).contains("refused")
    });
    // Now by what a write of its own is told: a dead letter is to be put aside.
    terminal.press("4");
    terminal.until("dead letters are listed", |screen| screen.text().contains("✗ dead"));
    admin.run("CONFIG SET maxmemory 1").await;
    terminal.press("GD");
    terminal.until("it is asked", |screen| screen.text().contains("Discard 1"));
    terminal.press("\t\r");
    terminal.until("it says so anew", |screen| head(screen).contains("live, writes refused: OOM"));
    terminal.interrupt();
}
