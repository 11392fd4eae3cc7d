//! What would be done is shown, and not done.

use super::*;

#[tokio::test]
async fn a_dry_run_shows_the_plan_and_changes_nothing() {
    let house = House::new();
    house.letters(11).await;
    house.put([letter(12, NORTHWIND, "sla")]).await;
    let before = house.json("list").await;
    let told = house.run("retry --dry-run --state dead --ramp --reason mail+server+is+back").await.unwrap();
    assert_eq!(told.exit, Exit::Ok);
    let (head, sends) = told.out.split_once("sends").unwrap();
    insta::assert_snapshot!(head);
    assert!(sends.contains("and the same for 2 more events"), "{sends}");
    let lines = house.json("retry --dry-run --state dead --rate 50").await;
    matches("failed retry --dry-run", &lines);
    assert_eq!((lines.len(), &lines[0]["plan"]["count"]), (13, &json!(12)));
    assert!(lines[1..].iter().all(|line| !line["commands"].as_array().unwrap().is_empty()));
    assert_eq!(house.json("list").await, before);
    let journal = house.site.session.failed.journal(9).await.unwrap();
    assert_eq!(journal, [], "a look is no deed");
}

#[tokio::test]
async fn every_verb_that_acts_shows_what_it_would_do_and_does_nothing() {
    let house = House::new();
    house.letters(11).await;
    house.put([letter(12, NORTHWIND, "sla"), letter(13, ACME, "sla")]).await;
    let aside = house.ids("list --handler sla --limit 1").await.remove(0);
    house.run(&format!("discard {aside} --yes")).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("letters");
    let lines: Vec<_> = house.json("export --state dead").await.iter().map(ToString::to_string).collect();
    std::fs::write(&path, lines.join("\n")).unwrap();
    let id = house.ids("list --handler ticket-email").await.remove(0);
    let before = house.json("list --state failed,discarded,retried").await;
    for (verb, count) in [
        ("discard --state dead --reason test+data".to_owned(), 12),
        ("restore --state discarded".to_owned(), 1),
        ("purge --state dead,discarded --limit 5".to_owned(), 5),
        (format!("import {}", path.display()), 12),
    ] {
        let name = verb.split(' ').next().unwrap();
        let told = house.run(&format!("{verb} --dry-run")).await.unwrap();
        let note = if name == "import" {
            "what lies there already, or has left since, is found out when it is done\n"
        } else {
            ""
        };
        assert_eq!((told.exit, told.notes.as_str()), (Exit::Ok, note), "{verb}");
        let head = format!("{count} event{} would be {}", if count == 1 { "" } else { "s" }, done(name));
        assert!(told.out.starts_with(&head), "{}", told.out);
        assert!(told.out.contains("sends    exactly this:\n  X"), "{}", told.out);
        let lines = house.json(&format!("{verb} --dry-run")).await;
        matches("failed discard --dry-run", &lines);
        assert_eq!((lines.len(), &lines[0]["would"]["count"]), (count + 1, &json!(count)));
        assert_eq!(lines[0]["would"]["deed"], json!(done(name)));
        assert!(lines[1..].iter().all(|line| !line["commands"].as_array().unwrap().is_empty()), "{verb}");
    }
    let told = house.run("discard --state dead --dry-run --reason test+data").await.unwrap();
    let (head, _) = told.out.split_once("sends").unwrap();
    insta::assert_snapshot!(head);
    let told = house.run("release --state dead --dry-run").await.unwrap();
    assert!(
        told.exit == Exit::Failed && told.notes.ends_with("nothing would be released\n"),
        "{}",
        told.notes
    );
    let told = house.run(&format!("edit {id} --set n:=2 --dry-run")).await.unwrap();
    assert!(told.exit == Exit::Ok && told.notes.contains("+   \"n\": 2\n"), "{}", told.notes);
    assert!(told.out.contains("XADD") && told.out.contains(r#"\"n\": 2"#), "{}", told.out);
    matches("failed edit --dry-run", &house.json(&format!("edit {id} --set n:=2 --dry-run")).await);
    assert_eq!(house.json("list --state failed,discarded,retried").await, before);
    let deeds = house.site.session.failed.journal(9).await.unwrap();
    assert_eq!(
        deeds.iter().map(|entry| entry.deed.word()).collect::<Vec<_>>(),
        ["discarded"],
        "only the arranging"
    );
    // What would be refused is said.
    let stranger = lines[0].replace("event::TICKET_UPDATED", "strange");
    std::fs::write(&path, format!("{}\n{stranger}\n", lines[1])).unwrap();
    let told = house.run(&format!("import {} --dry-run", path.display())).await.unwrap();
    assert_eq!(told.exit, Exit::Failed);
    assert!(told.notes.contains(":strange: it would be refused"), "{}", told.notes);
}

fn done(verb: &str) -> &'static str {
    match verb {
        "discard" => "discarded",
        "restore" => "restored",
        "purge" => "purged",
        _ => "imported",
    }
}
