//! Tests.

use super::*;
use crate::bus::MemoryStore;
use crate::cli::test_desk::TestDesk;

const GOOD: &str =
    "type = \"A\"\nnote = \"mine\"\npayload = '{\"a\": \"{{prompt:who}}\", \"n\": {{number}}}'\n";

async fn store() -> MemoryStore {
    let store = MemoryStore::default();
    store.keep_template("ticket", GOOD, false).await.unwrap();
    store.keep_template("broken", "type = \"A\"\npayload = '{\"a\": \"{{x\x1b}}\"}'\n", false).await.unwrap();
    store
}

fn told(stop: &Stop) -> String {
    let Stop::Error(complaint) = stop else { panic!() };
    complaint.to_string()
}

#[tokio::test]
async fn each_template_is_listed_and_one_that_cannot_be_used_says_why() {
    let store = store().await;
    let mut test = TestDesk::text();
    test.run_async(async |desk| list::list(&store, desk).await).await.unwrap();
    let out = test.out();
    assert!(out.contains("ticket  A     -       -        who       mine"), "{out}");
    assert!(out.contains("broken") && out.contains("cannot be used: ") && !out.contains('\x1b'), "{out}");
    let mut test = TestDesk::json();
    test.run_async(async |desk| list::list(&store, desk).await).await.unwrap();
    let lines: Vec<serde_json::Value> =
        test.out().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[1]["name"], &lines[1]["prompts"][0]), (&"ticket".into(), &"who".into()));
    assert!(lines[0]["error"].is_string() && lines[1]["error"].is_null());
}

#[tokio::test]
async fn a_template_is_taken_from_a_file_copied_and_deleted() {
    let store = store().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.toml");
    std::fs::write(&file, GOOD).unwrap();
    let mut test = TestDesk::text();
    test.run_async(async |desk| {
        change::take("new", &file, &store, desk).await.unwrap();
        let again = change::take("new", &file, &store, desk).await.unwrap_err();
        assert!(told(&again).contains("there is a template 'new' already"), "{again:?}");
        change::copy("new", "copy", &store, desk).await.unwrap();
        assert!(change::copy("new", "ticket", &store, desk).await.is_err(), "never over one that is there");
        let bad = change::copy("new", "../x", &store, desk).await.unwrap_err();
        assert!(told(&bad).contains("cannot be the name of a template: a letter or a digit"), "{bad:?}");
        assert_eq!(change::delete("new", true, &store, desk).await, Ok(Exit::Ok));
        let gone = change::delete("copyy", true, &store, desk).await.unwrap_err();
        assert!(told(&gone).contains("Did you mean 'copy'?"), "{gone:?}");
        std::fs::write(&file, "type = \"A\"\npayload = '[{{number}}]'").unwrap();
        let wrong = change::take("list", &file, &store, desk).await.unwrap_err();
        assert!(told(&wrong).contains("payload: it is no JSON object"), "{wrong:?}");
    })
    .await;
    let names: Vec<_> = store.templates().await.unwrap().into_iter().map(|it| it.name).collect();
    assert_eq!(names, ["broken", "copy", "ticket"]);
}

#[tokio::test]
async fn what_the_store_says_is_told_with_what_to_do() {
    let store = MemoryStore::default();
    store.fail(Some("'/x' cannot be read: denied; look at who owns it"));
    let stop = named("x", &store).await.unwrap_err();
    assert_eq!(told(&stop), "error: '/x' cannot be read: denied\n  Look at who owns it.");
    store.fail(None);
    assert!(told(&named("x", &store).await.unwrap_err()).contains("There are none yet"));
}
