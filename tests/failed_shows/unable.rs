//! A server that can write nothing for a while.

use crate::house::House;
use crate::letters::{add, fill, length, letter};

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
