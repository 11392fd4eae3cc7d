//! What is selected, what of it a verb can be done to, and what is said of the rest.

use super::*;

#[tokio::test]
async fn what_is_named_and_cannot_be_done_ends_with_1_and_says_what_it_is_for() {
    let house = House::new();
    house.letters(2).await;
    let [id, other] = <[String; 2]>::try_from(house.ids("list").await).unwrap();
    for (verb, done) in [("release", "released"), ("restore", "restored")] {
        let told = house.run(&format!("{verb} {id} --yes")).await.unwrap();
        let why = format!(
            "{id}: it cannot be {done}: dead letters are for `failed retry`, `failed edit`, `failed discard` and `failed purge`\nnothing was {done}\n"
        );
        assert_eq!((told.exit, told.notes), (Exit::Failed, why));
        // By the event's id, too.
        let told = house.run(&format!("{verb} {} --state dead --yes", event_id(1))).await.unwrap();
        assert!(told.exit == Exit::Failed && told.notes.contains("dead letters are for"), "{}", told.notes);
    }
    house.run(&format!("discard {id} --yes")).await.unwrap();
    let [aside] = <[String; 1]>::try_from(house.ids("list --state discarded").await).unwrap();
    for command in ["retry", "retry --dry-run", "discard"] {
        let told = house.run(&format!("{command} {aside} --yes")).await.unwrap();
        let why = "discarded events are for `failed restore` and `failed purge`";
        assert!(told.exit == Exit::Failed && told.notes.contains(why), "{}", told.notes);
        assert!(!told.notes.contains("nothing fits"), "{}", told.notes);
    }
    let error = house.run(&format!("edit {aside} --set n:=2 --yes")).await.err().unwrap();
    assert!(error.what.contains("it cannot be edited: discarded events are for"), "{error}");
    // What can be done is done all the same.
    let told = house.run(&format!("discard {aside} {other} --yes")).await.unwrap();
    assert_eq!((told.exit, house.ids("list --state discarded").await.len()), (Exit::Failed, 2));
    assert!(told.out.starts_with(&format!("discarded  {other}")), "{}", told.out);
}

#[tokio::test]
async fn a_selection_may_find_nothing_and_says_of_what_it_finds_why_it_cannot_be_done() {
    let house = House::new();
    house.letters(3).await;
    let ids = house.ids("list").await;
    for (verb, done) in [
        ("retry", "was retried"),
        ("retry --dry-run", "would be retried"),
        ("discard", "was discarded"),
        ("restore", "was restored"),
        ("release", "was released"),
        ("purge", "was purged"),
    ] {
        let told = house.run(&format!("{verb} --filter type:NONE --yes")).await.unwrap();
        let fits_nothing = told.notes.ends_with(&format!("nothing {done}: nothing fits\n"));
        assert!(told.exit == Exit::Ok && fits_nothing, "{verb}: {}", told.notes);
    }
    house.run(&format!("discard {} --yes", ids[0])).await.unwrap();
    let told = house.run("retry --state discarded --yes").await.unwrap();
    let why = "1 that fits cannot be retried: discarded events are for `failed restore` and `failed purge`\nnothing was retried\n";
    assert_eq!((told.exit, told.notes.as_str()), (Exit::Failed, why));
    // Some of it can be done: that is no failure.
    let told = house.run("restore --state failed,discarded --yes").await.unwrap();
    assert_eq!((told.exit, told.out.lines().count()), (Exit::Ok, 1), "{}", told.notes);
    assert!(told.notes.contains("2 that fit cannot be restored: dead letters are for"), "{}", told.notes);
    assert_eq!(house.ids("list").await.len(), 3);
}

#[tokio::test]
async fn a_limit_counts_what_the_verb_can_be_done_to() {
    let house = House::new();
    house.letters(5).await;
    let ids = house.ids("list").await;
    house.run(&format!("discard {} {} {} --yes", ids[0], ids[1], ids[2])).await.unwrap();
    // Dead letters are found before what was put aside.
    assert_eq!(house.ids("list --state dead,discarded --limit 2").await, ids[3..]);
    let told = house.run("restore --state dead,discarded --limit 2 --yes").await.unwrap();
    assert_eq!((told.exit, told.out.lines().count()), (Exit::Ok, 2), "{}", told.notes);
    assert!(told.notes.contains("2 that fit cannot be restored: dead letters are for"), "{}", told.notes);
    // By name, too.
    let [aside] = <[String; 1]>::try_from(house.ids("list --state discarded").await).unwrap();
    let dead = house.ids("list").await;
    let told = house.run(&format!("retry {aside} {} {} {} --limit 2 --yes", dead[0], dead[1], dead[2])).await;
    let told = told.unwrap();
    assert!(told.exit == Exit::Failed && told.out.contains("2 of 2 events retried"), "{}", told.out);
}

#[tokio::test]
async fn what_is_named_and_is_not_there_ends_with_1_and_is_named() {
    let house = House::new();
    house.letters(2).await;
    let [id, _] = <[String; 2]>::try_from(house.ids("list").await).unwrap();
    let gone = "dead:1-1:event::NONE";
    for verb in ["retry", "retry --dry-run", "discard", "restore", "release", "purge"] {
        for name in [gone.to_owned(), event_id(77).to_string()] {
            let told = house.run(&format!("{verb} {name} --yes")).await.unwrap();
            assert!(told.exit == Exit::Failed && told.out.is_empty(), "{verb}: {}", told.out);
            assert!(told.notes.contains(&format!("{name} is not there")), "{verb}: {}", told.notes);
            assert!(!told.notes.contains("nothing fits"), "{verb}: {}", told.notes);
        }
    }
    let error = house.run(&format!("edit {gone} --set n:=2 --yes")).await.err().unwrap();
    assert!(error.exit == Exit::Failed && error.what.contains("is not there any more"), "{error}");
    for verb in ["list", "export"] {
        let told = house.run(&format!("{verb} {}", event_id(77))).await.unwrap();
        assert_eq!(told.exit, Exit::Failed, "{verb}: {}", told.notes);
        assert!(told.notes.contains("is not there: nothing of it is failed"), "{verb}: {}", told.notes);
    }
    // The rest is done all the same.
    let told = house.run(&format!("discard {gone} {id} {} --yes", event_id(77))).await.unwrap();
    assert_eq!((told.exit, told.out.lines().count(), house.ids("list").await.len()), (Exit::Failed, 1, 1));
    // A filter that leaves out what was named is a selection that finds nothing.
    let [left] = <[String; 1]>::try_from(house.ids("list").await).unwrap();
    let told = house.run(&format!("discard {left} --handler sla --yes")).await.unwrap();
    assert!(told.exit == Exit::Ok && told.notes.contains("nothing fits"), "{}", told.notes);
}

#[tokio::test]
async fn what_became_a_dead_letter_without_an_attempt_was_not_tried() {
    let house = House::new();
    let mut fields = letter(1, ACME, "sla");
    let attempts = fields.iter_mut().find(|(name, _)| name == b"attempts").unwrap();
    attempts.1 = b"0".to_vec();
    house.put([fields, letter(2, ACME, "sla")]).await;
    let told = house.run("list").await.unwrap();
    let tried: Vec<_> = told.out.lines().skip(1).map(|line| line.contains("  not tried  ")).collect();
    assert_eq!(tried, [false, true], "{}", told.out);
}
