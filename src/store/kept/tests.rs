//! Tests.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::*;

fn store(folder: &Path) -> FileStore {
    FileStore::new(Some(folder.join("a/templates")), Some(folder.join("b/history")))
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn lines(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|nth| format!("line {nth}")).collect()
}

#[tokio::test]
async fn nobody_else_can_read_what_is_kept() {
    let home = tempfile::tempdir().unwrap();
    let store = store(home.path());
    store.keep_template("ticket", "x = 1\n", false).await.unwrap();
    store.keep_sent("prod", &lines(0..2)).await.unwrap();
    for folder in ["a", "a/templates", "b", "b/history"] {
        assert_eq!(mode(&home.path().join(folder)), 0o700, "{folder}");
    }
    for file in ["a/templates/ticket.toml", "b/history/prod.jsonl", "b/history/.lock"] {
        assert_eq!(mode(&home.path().join(file)), 0o600, "{file}");
    }
    let history = home.path().join("b/history/prod.jsonl");
    fs::set_permissions(&history, fs::Permissions::from_mode(0o644)).unwrap();
    store.keep_sent("prod", &lines(2..3)).await.unwrap();
    assert_eq!(mode(&history), 0o600, "one that others could read");
    assert_eq!(fs::read_to_string(history).unwrap(), "line 0\nline 1\nline 2\n");
}

#[tokio::test]
async fn templates_are_kept_replaced_listed_and_deleted() {
    let home = tempfile::tempdir().unwrap();
    let store = store(home.path());
    assert_eq!(store.templates().await.unwrap(), []);
    for name in ["ticket", "Grüße an alle", "v1.2"] {
        store.keep_template(name, name, false).await.unwrap();
    }
    assert_eq!(
        store.keep_template("ticket", "new", false).await,
        Err(StoreError::Exists("ticket".to_owned()))
    );
    store.keep_template("ticket", "new", true).await.unwrap();
    fs::write(home.path().join("a/templates/README"), "").unwrap();
    fs::create_dir(home.path().join("a/templates/old.toml")).unwrap();
    let found = store.templates().await.unwrap();
    let found: Vec<_> = found.iter().map(|it| (it.name.as_str(), it.text.as_str())).collect();
    assert_eq!(found, [("Grüße an alle", "Grüße an alle"), ("ticket", "new"), ("v1.2", "v1.2")]);
    store.delete_template("ticket").await.unwrap();
    assert_eq!(store.delete_template("ticket").await, Err(StoreError::Unknown("ticket".to_owned())));
    let left: Vec<_> = fs::read_dir(home.path().join("a/templates")).unwrap().map(|it| it.unwrap()).collect();
    assert_eq!(left.len(), 5, "nothing is left behind: {left:?}");
}

#[tokio::test]
async fn a_link_to_a_template_stays_one() {
    let home = tempfile::tempdir().unwrap();
    let store = store(home.path());
    store.keep_template("a", "old", false).await.unwrap();
    let (link, real) = (home.path().join("a/templates/b.toml"), home.path().join("real.toml"));
    fs::write(&real, "old").unwrap();
    std::os::unix::fs::symlink(&real, &link).unwrap();
    store.keep_template("b", "new", true).await.unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(&real).unwrap(), "new");
}

#[tokio::test]
async fn hostile_names_stay_inside_of_their_folder() {
    let home = tempfile::tempdir().unwrap();
    let store = store(home.path());
    for name in
        ["", ".", "..", "../x", "a/b", "/x", "-x", ".x", "x.", "x ", "a\0b", "a\x1bb", &"x".repeat(101)]
    {
        for refused in [store.keep_template(name, "", true).await, store.delete_template(name).await] {
            assert!(matches!(refused, Err(StoreError::BadName(..))), "{name:?}: {refused:?}");
        }
    }
    assert!(!home.path().join("a").exists());
    let contexts = ["", ".", "..", "../x", "a/b", "%", "%2E", "ä", "a b", "PROD", "prod", "\0", "\n"];
    for context in contexts {
        store.keep_sent(context, &[format!("of {context:?}")]).await.unwrap();
    }
    for context in contexts {
        assert_eq!(store.sent(context, 9).await.unwrap(), [format!("of {context:?}")]);
    }
    assert_eq!(fs::read_dir(home.path().join("b/history")).unwrap().count(), contexts.len() + 1);
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1, "nothing outside");
}

#[tokio::test]
async fn the_oldest_lines_leave_a_full_history() {
    let home = tempfile::tempdir().unwrap();
    let store = store(home.path());
    store.keep_sent("c", &lines(0..499)).await.unwrap();
    store.keep_sent("c", &lines(499..503)).await.unwrap();
    let mut all: Vec<_> = lines(3..503);
    all.reverse();
    assert_eq!(store.sent("c", 1_000).await.unwrap(), all);
    assert_eq!(store.sent("c", 2).await.unwrap(), ["line 502", "line 501"]);
    let few = store.clone().keeping(3);
    few.keep_sent("c", &lines(503..504)).await.unwrap();
    let text = fs::read_to_string(history::path(&home.path().join("b/history"), "c")).unwrap();
    assert_eq!(text, "line 501\nline 502\nline 503\n");
    assert_eq!(fs::read_dir(home.path().join("b/history")).unwrap().count(), 2, "nothing is left behind");
}

#[tokio::test]
async fn a_history_has_a_bound_in_bytes_too_and_one_that_is_larger_is_read_from_its_end() {
    let home = tempfile::tempdir().unwrap();
    let store = store(home.path()).bounded(20);
    store.keep_sent("c", &lines(0..4)).await.unwrap();
    assert_eq!(store.sent("c", 9).await.unwrap(), ["line 3", "line 2"]);
    for lines in [["x".repeat(21), "end 3".to_owned()], ["end 4".to_owned(), "x".repeat(20)]] {
        let told = store.keep_sent("c", &lines).await.unwrap_err().to_string();
        assert!(
            told.contains("1 of them too large (2") && told.contains("all the others are kept"),
            "{told}"
        );
    }
    assert_eq!(store.sent("c", 9).await.unwrap(), ["end 4", "end 3", "line 3"], "no other goes for it");
    let path = history::path(&home.path().join("b/history"), "c");
    fs::write(&path, lines(10..99).join("\n") + "\n").unwrap();
    assert_eq!(store.sent("c", 9).await.unwrap(), ["line 98", "line 97"]);
    store.keep_sent("c", &["end".to_owned()]).await.unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "line 97\nline 98\nend\n");
}

#[tokio::test]
async fn a_line_that_was_cut_spoils_no_other() {
    let home = tempfile::tempdir().unwrap();
    let store = store(home.path());
    store.keep_sent("c", &lines(0..1)).await.unwrap();
    let path = history::path(&home.path().join("b/history"), "c");
    fs::write(&path, b"line 0\n\xff\xfe\nline").unwrap();
    assert_eq!(store.sent("c", 9).await.unwrap(), ["\u{fffd}\u{fffd}", "line 0"]);
    store.keep_sent("c", &["two\nparts".to_owned()]).await.unwrap();
    assert_eq!(store.sent("c", 2).await.unwrap(), ["twoparts", "line"]);
}

#[tokio::test]
async fn two_that_write_at_one_time_lose_nothing() {
    let home = tempfile::tempdir().unwrap();
    let writers = (0..4).map(|writer| {
        // Each is a store of its own, as of a process of its own: the lock is the file's.
        let store = store(home.path()).keeping(90);
        tokio::spawn(async move {
            for nth in 0..25 {
                store.keep_sent("c", &[format!("{writer} {nth}")]).await.unwrap();
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let found = store(home.path()).sent("c", 1_000).await.unwrap();
    assert_eq!(found.len(), 90, "the newest of a hundred");
    for writer in 0..4 {
        let own: Vec<usize> = found
            .iter()
            .filter_map(|line| line.strip_prefix(&format!("{writer} ")))
            .map(|nth| nth.parse().unwrap())
            .collect();
        let newest: Vec<usize> = (25 - own.len()..25).rev().collect();
        assert_eq!(own, newest, "in order, and none is missing");
    }
}

#[tokio::test]
async fn what_cannot_be_kept_says_which_file_why_and_what_to_do() {
    let home = tempfile::tempdir().unwrap();
    // A file where a folder should be fails for root, too.
    fs::write(home.path().join("a"), "").unwrap();
    fs::create_dir_all(home.path().join("b/history/c.jsonl")).unwrap();
    let store = store(home.path());
    for (failed, told) in [
        (store.keep_template("x", "", true).await, "a/templates' cannot be made: "),
        (
            store.keep_sent("c", &lines(0..1)).await,
            "c.jsonl' cannot be written: it is no file; look at who owns it",
        ),
        (store.sent("c", 1).await.map(|_| ()), "c.jsonl' cannot be read: it is no file; move it away"),
    ] {
        let failed = failed.unwrap_err().to_string();
        assert!(failed.contains(told), "{failed}");
    }
    let nowhere = FileStore::new(None, None);
    assert_eq!((nowhere.templates().await, nowhere.sent("c", 1).await), (Ok(vec![]), Ok(vec![])));
    for failed in [nowhere.keep_template("x", "", true).await, nowhere.keep_sent("c", &lines(0..1)).await] {
        assert!(failed.unwrap_err().to_string().contains("set HOME"));
    }
}

#[tokio::test]
async fn a_template_that_cannot_be_read_says_why_and_hides_no_other() {
    let home = tempfile::tempdir().unwrap();
    let store = store(home.path());
    store.keep_template("good", "text", false).await.unwrap();
    let folder = home.path().join("a/templates");
    fs::write(folder.join("latin.toml"), b"note = \"gr\xfc\xdfe\"").unwrap();
    fs::write(folder.join("large.toml"), "x".repeat(1024 * 1024 + 1)).unwrap();
    std::os::unix::fs::symlink(home.path().join("nowhere"), folder.join("link.toml")).unwrap();
    let found = store.templates().await.unwrap();
    let told: Vec<_> =
        found.iter().map(|it| (it.name.as_str(), it.fault.as_deref().unwrap_or(&it.text))).collect();
    assert_eq!(
        told,
        [
            ("good", "text"),
            ("large", "the file cannot be read: it is larger than 1048576 bytes; move it away"),
            ("latin", "the file cannot be read: it is not UTF-8, from byte 10 on; save it as UTF-8"),
            ("link", "the file cannot be read: the link leads nowhere; make what it leads to, or delete it"),
        ]
    );
    assert!(
        found[2].text.starts_with("# '") && found[2].text.contains("takes its place"),
        "{}",
        found[2].text
    );
    store.keep_template("latin", "new", true).await.unwrap();
    assert_eq!(store.templates().await.unwrap()[2].fault, None);
}
