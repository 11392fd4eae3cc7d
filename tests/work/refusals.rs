//! What it refuses to do, and how it says so.

use crate::house::{ACME, House};

const LOG: &str = "[[handlers]]\nname = \"log\"\ntypes = [\"*\"]\nkind = \"log\"\n";

#[tokio::test]
async fn it_says_why_not_and_what_to_do() {
    let contexts = format!(
        "{LOG}[contexts.prod]\nurl = \"{{url}}\"\nproduction = true\n[contexts.vault]\nurl = \"{{url}}\"\nread_only = true\n"
    );
    let house = House::with(&contexts);
    for (arguments, exit, phrases) in [
        (&["work", "--profile", "alga-psa"][..], 1, &["its own handlers", "--context"][..]),
        (&["work", "--profile", "pubsub"], 1, &["only listens"]),
        (&["work", "--read-only"], 1, &["--read-only", "tidings tail"]),
        (&["work", "--context", "prod"], 1, &["production", "--write"]),
        (&["work", "--context", "vault"], 1, &["read_only = true"]),
        (&["work", "--only", "lg"], 2, &["'lg'", "There are: log."]),
        (&["work", "--metrics", "here"], 2, &["--metrics"]),
        (&["--tenant", ACME, "work", "--drain"], 2, &["--tenant", "share one group", "tenants = ["]),
        (&["work", "--url", "redis://127.0.0.1:1", "--connect-timeout", "1ms"], 1, &["127.0.0.1:1"]),
    ] {
        let (code, out, notes) = house.run(arguments);
        assert_eq!((code, out.as_str()), (exit, ""), "{arguments:?}: {notes}");
        for phrase in phrases {
            assert!(notes.contains(phrase), "{arguments:?} has no '{phrase}': {notes}");
        }
    }
    let (code, _, notes) = house.run(&["work", "--context", "prod", "--write", "--drain"]);
    assert_eq!(code, 0, "{notes}");
}

#[tokio::test]
async fn without_handlers_it_says_how_to_configure_one() {
    let (code, _, notes) = House::with("").run(&["work"]);
    assert_eq!(code, 2);
    assert!(notes.contains("[[handlers]]") && notes.contains("tidings config path"), "{notes}");
}

#[tokio::test]
async fn what_a_handler_needs_and_has_not_is_told_before_anything_runs() {
    let hook = "[[handlers]]\nname = \"hook\"\ntypes = [\"*\"]\nkind = \"webhook\"\nurl = \"https://example.com/s3cret\"\n";
    let house = House::with(&format!("{hook}secret_env = \"NOT_SET\"\n"));
    let (code, _, notes) = house.run(&["work", "--drain"]);
    assert!(code == 2 && notes.contains("'hook' signs with NOT_SET"), "{code} {notes}");
    let labels = "[tenants]\na = \"Acme\"\nb = \"Acme\"\n";
    let house = House::with(&format!("{labels}{LOG}tenants = [\"acme\"]\n"));
    let (code, _, notes) = house.run(&["work", "--drain"]);
    assert!(code == 2 && notes.contains("'log'") && notes.contains("2 tenants: a, b"), "{code} {notes}");
}
