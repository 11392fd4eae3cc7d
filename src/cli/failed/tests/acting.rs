//! Verbs that act.

use std::collections::BTreeMap;

use super::*;

#[tokio::test]
async fn what_is_retried_is_followed_and_stands_in_the_journal() {
    let house = House::new();
    house.letters(30).await;
    let worker = house.work(|| Ok(()));
    let lines = house.json("retry --state dead --limit 25 --wait --yes --reason mail+is+back").await;
    matches("failed retry", &lines);
    assert_eq!((&lines[0]["succeeded"], &lines[0]["total"]), (&json!(25), &json!(25)));
    assert_eq!(house.ids("list").await.len(), 5);
    worker.stop().await.unwrap();
    let journal = house.site.session.failed.journal(9).await.unwrap();
    let deeds: Vec<_> = journal.iter().map(|entry| (entry.deed.word(), entry.reason.as_deref())).collect();
    assert_eq!(deeds, [("plan-finished", Some("mail is back")), ("plan-started", Some("mail is back"))]);
    assert!(journal[0].who.contains('@') && journal[0].plan.as_deref() == lines[0]["plan"].as_str());
}

#[tokio::test]
async fn a_ramp_stops_after_the_canary_and_goes_on_when_its_handler_is_mended() {
    let house = House::new();
    house.letters(40).await;
    let worker = house.work(|| Err(HandlerError::permanent("SMTP 451 greylisted")));
    let told = house.run("retry --state dead --ramp --stop-at 20 --wait --yes").await.unwrap();
    assert_eq!(told.exit, Exit::Failed, "{}", told.notes);
    assert!(
        told.notes.contains("stopped: 1 of 1 failed again (SMTP 451 greylisted), more than 20 %"),
        "{}",
        told.notes
    );
    assert!(told.out.contains("1 of 40 events retried, 1 failed again, 39 left"), "{}", told.out);
    worker.stop().await.unwrap();
    let (_, plan) = told.notes.split_once("--resume ").unwrap();
    let worker = house.work(|| Ok(()));
    let told = house.run(&format!("retry --resume {} --wait --yes", plan.trim())).await.unwrap();
    // The canary is a dead letter again, which is another one.
    assert!(told.out.contains("40 of 40 events retried, 39 succeeded, 1 failed again"), "{}", told.out);
    assert_eq!((told.exit, house.ids("list").await.len()), (Exit::Failed, 1));
    let told = house.run("retry --state dead --wait --yes").await.unwrap();
    assert_eq!((told.exit, house.ids("list").await.len()), (Exit::Ok, 0), "{}", told.notes);
    worker.stop().await.unwrap();
    let unknown = house.run("retry --resume plan-none --yes").await.err().unwrap();
    assert!(
        unknown.exit == Exit::Failed && unknown.what.contains("there is no plan 'plan-none'"),
        "{unknown}"
    );
}

#[tokio::test]
async fn what_is_put_aside_comes_back_and_only_a_purge_is_for_good() {
    let house = House::new();
    house.letters(5).await;
    let ids = house.ids("list").await;
    let lines = house.json(&format!("discard {} {} --yes --reason obsolete", ids[0], ids[1])).await;
    matches("failed discard", &lines);
    assert_eq!(house.ids("list").await.len(), 3);
    let discarded = house.ids("list --state discarded").await;
    assert_eq!(discarded.len(), 2);
    assert!(lines.iter().all(|line| discarded.contains(&line["now"].as_str().unwrap().to_owned())));
    let again = house.run(&format!("discard {} --yes", ids[0])).await.unwrap();
    assert_eq!(again.exit, Exit::Failed);
    let back = house.run(&format!("restore {} --yes", discarded[0])).await.unwrap();
    assert!(back.exit == Exit::Ok && back.out.starts_with("restored  discarded:"), "{}", back.out);
    assert_eq!(house.ids("list").await.len(), 4);
    // Without a state a purge is about what was put aside.
    let purged = house.run("purge --limit 100 --yes").await.unwrap();
    assert_eq!((purged.exit, purged.out.lines().count()), (Exit::Ok, 1));
    assert_eq!(house.ids("list").await.len(), 4);
    house.run("purge --state dead --limit 3 --yes").await.unwrap();
    assert_eq!(house.ids("list").await.len(), 1);
    let deeds: Vec<_> = house.site.session.failed.journal(9).await.unwrap();
    let deeds: Vec<_> = deeds.iter().rev().map(|entry| (entry.deed.word(), entry.count)).collect();
    assert_eq!(deeds, [("discarded", 2), ("restored", 1), ("purged", 1), ("purged", 3)]);
}

#[tokio::test]
async fn what_is_no_dead_letter_refuses_the_file_or_is_left_out_by_line_and_reason() {
    let house = House::new();
    house.letters(2).await;
    let lines = house.json("export --state dead").await;
    house.run("purge --state dead --yes").await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("letters");
    let mut file = format!("{}\nnot json\n\n", lines[0]).into_bytes();
    file.extend(format!("{{\"id\":\"due:7-1:event::A\",\"fields\":{{}}}}\n{}\n", lines[1]).bytes());
    file.extend(b"\xff\n");
    std::fs::write(&path, &file).unwrap();
    let import = format!("import {} --yes", path.display());
    let refused = house.run(&import).await.err().unwrap();
    assert!(refused.what.contains("line 2: it is no JSON object"), "{}", refused.what);
    assert!(refused.what.contains("nothing was imported"), "{}", refused.what);
    assert_eq!(house.ids("list").await, [""; 0], "half a file is no import");
    for (skip, left) in [("--skip-bad --dry-run", 0), ("--skip-bad", 2)] {
        let told = house.run(&format!("{import} {skip}")).await.unwrap();
        assert_eq!((told.exit, house.ids("list").await.len()), (Exit::Failed, left), "{}", told.notes);
        for said in [
            "line 2 is left out: it is no JSON object",
            "line 4 is left out: due:7-1:event::A was no dead letter",
            "line 6 is left out: it is no UTF-8 text",
            "3 lines are left out",
        ] {
            assert!(told.notes.contains(said), "{}", told.notes);
        }
    }
    std::fs::write(&path, "{}\n").unwrap();
    let told = house.run(&format!("{import} --skip-bad")).await.unwrap();
    assert_eq!(told.exit, Exit::Failed);
    assert!(
        told.notes.contains("nothing was imported: none of its lines is a dead letter"),
        "{}",
        told.notes
    );
}

#[tokio::test]
async fn an_export_is_put_back_to_the_byte_and_no_letter_twice() {
    let house = House::new();
    house.letters(3).await;
    let before = house.json("export --state dead").await;
    matches("failed export", &before);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("letters");
    let lines: Vec<_> = before.iter().map(ToString::to_string).collect();
    std::fs::write(&path, lines.join("\n")).unwrap();
    let import = format!("import {} --yes", path.display());
    let told = house.run(&import).await.unwrap();
    assert_eq!((told.exit, house.ids("list").await.len()), (Exit::Ok, 3), "each lies there already");
    assert!(told.notes.contains("0 of 3 imported; 3 lay there already"), "{}", told.notes);
    assert_eq!(house.site.session.failed.journal(9).await.unwrap(), [], "nothing was done");
    house.run("purge --state dead --yes").await.unwrap();
    assert_eq!(house.ids("list").await, [""; 0]);
    let lines = house.json(&import).await;
    matches("failed import", &lines);
    let fields = |lines: &[Value]| {
        let by_entry = |line: &Value| (line["entryId"].to_string(), line["fields"].clone());
        lines.iter().map(by_entry).collect::<BTreeMap<_, _>>()
    };
    let after = house.json("export --state dead").await;
    assert_eq!(fields(&after), fields(&before));
    let events = house.run("export --events --handler ticket-email").await.unwrap();
    let mut found: Vec<_> = events.out.lines().collect();
    found.sort_unstable();
    assert_eq!(found, [1, 2, 3].map(|n| event(n, ACME)), "as they were published, to the letter");
}

#[tokio::test]
async fn an_edited_event_keeps_who_it_is_and_the_dead_letter_stays_until_it_is_accepted() {
    let house = House::new();
    house.letters(1).await;
    let [id] = <[String; 1]>::try_from(house.ids("list").await).unwrap();
    for (set, why) in [
        ("ticketId=7", "ticketId: expected"),
        ("tenantId=00000000-0000-4000-8000-000000000002", "stays its tenant's"),
        ("a.=1", "is not a path"),
    ] {
        let error = house.run(&format!("edit {id} --set {set} --yes")).await.err().unwrap();
        assert!(error.to_string().matches(why).count() == 1, "{error}");
    }
    let same = house.run(&format!("edit {id} --set n:=1.50 --yes")).await.unwrap();
    assert!(same.exit == Exit::Failed && same.notes.contains("nothing was changed"), "{}", same.notes);
    assert_eq!(house.ids("list").await.len(), 1);
    let worker = house.work(|| Ok(()));
    let told = house.run(&format!("edit {id} --set n:=2 --wait --yes")).await.unwrap();
    assert!(told.exit == Exit::Ok && told.out.ends_with(": succeeded\n"), "{}{}", told.out, told.notes);
    assert!(told.notes.contains("-   \"n\": 1.50\n+   \"n\": 2\n"), "{}", told.notes);
    worker.stop().await.unwrap();
    assert_eq!(house.ids("list").await.len(), 0);
    house.put([letter(2, ACME, "ticket-email")]).await;
    let [id] = <[String; 1]>::try_from(house.ids("list").await).unwrap();
    let lines = house.json(&format!("edit {id} --set n:=3 --yes")).await;
    matches("failed edit", &lines);
    assert_eq!(lines[0]["eventId"], json!(event_id(2).to_string()));
    let journal = house.site.session.failed.journal(1).await.unwrap();
    assert_eq!(journal[0].deed.word(), "edited");
}

#[tokio::test]
async fn a_locked_run_sees_and_touches_its_tenant_only() {
    let house = House::new();
    house.put([letter(1, ACME, "sla"), letter(2, NORTHWIND, "sla"), letter(3, NORTHWIND, "sla")]).await;
    let all = house.ids("list").await;
    let locked = house.locked_to(ACME);
    let own = locked.ids("list").await;
    assert_eq!(own.len(), 1);
    let told = locked.run("list").await.unwrap();
    assert!(told.notes.contains("2 failed events of tenants outside the lock"), "{}", told.notes);
    let other = all.iter().find(|id| !own.contains(id)).unwrap();
    let told = locked.run(&format!("discard {other} --yes")).await.unwrap();
    assert_eq!((told.exit, house.ids("list").await.len()), (Exit::Failed, 3));
    // A lock is a selection.
    let told = locked.run("retry --yes").await.unwrap();
    assert!(told.exit == Exit::Ok && told.out.contains("1 of 1 event retried"), "{}", told.out);
    assert_eq!(house.ids("list --state dead").await.len(), 2);
}

#[tokio::test]
async fn a_run_that_may_not_write_says_why_and_reads_all_the_same() {
    let mut house = House::new();
    house.letters(1).await;
    let [id] = <[String; 1]>::try_from(house.ids("list").await).unwrap();
    house.site.session = house.site.session.clone().read_only("this run has --read-only");
    for verb in ["retry", "edit", "discard", "restore", "release", "purge"] {
        let error = house.run(&format!("{verb} {id} --yes")).await.err().unwrap();
        assert!(
            error.exit == Exit::Failed && error.what.contains("this run has --read-only"),
            "{verb}: {error}"
        );
    }
    let error = house.run("import /dev/null --yes").await.err().unwrap();
    assert!(error.what.contains("nothing was imported: this run has --read-only"), "{error}");
    assert_eq!(house.ids("list").await.len(), 1);
    assert_eq!(house.json("export --state dead").await.len(), 1);
}

#[tokio::test]
async fn production_wants_a_reason_and_a_number() {
    let mut house = House::new();
    house.letters(101).await;
    house.site.session.info.production = true;
    let error = house.run("discard --state dead --yes").await.err().unwrap();
    assert!(error.exit == Exit::Usage && error.what.contains("without a reason"), "{error}");
    let error = house.run("discard --state dead --yes --reason obsolete").await.err().unwrap();
    assert_eq!((error.exit, error.next.as_deref()), (Exit::Usage, Some("Say --yes=101.")));
    assert_eq!(house.ids("list").await.len(), 101);
    let told = house.run("discard --state dead --yes=101 --reason obsolete").await.unwrap();
    assert_eq!((told.exit, told.out.lines().count()), (Exit::Ok, 101));
}

#[tokio::test]
async fn a_bus_that_is_away_is_said() {
    let house = House::new();
    house.letters(1).await;
    house.broker.faults().down("told to");
    for verb in ["list", "retry --state dead --yes", "discard --state dead --yes", "export"] {
        let error = house.run(verb).await.err().unwrap();
        assert!(error.exit == Exit::Failed && error.what.contains("told to"), "{verb}: {error}");
    }
}

/// An output that nobody reads.
struct Unread;

impl std::io::Write for Unread {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn what_was_done_stands_in_the_journal_though_nobody_reads_what_is_told() {
    let house = House::new();
    house.letters(450).await;
    let exported = house.run("export --limit 300").await.unwrap().out;
    let file = std::env::temp_dir().join(format!("tidings-unread-{}.jsonl", std::process::id()));
    std::fs::write(&file, exported).unwrap();
    house.run("purge --state dead --limit 300 --yes").await.unwrap();
    let journal = async || {
        let journal = house.site.session.failed.journal(99).await.unwrap();
        journal.iter().map(|entry| (entry.deed.word(), entry.count)).next()
    };
    for (command, deed) in [
        (format!("import {} --yes", file.display()), "imported"),
        ("discard --state dead --yes".to_owned(), "discarded"),
        ("restore --state discarded --yes".to_owned(), "restored"),
        ("purge --state dead --yes".to_owned(), "purged"),
    ] {
        let before = house.ids("list --state dead").await.len();
        let cli = Cli::try_parse_from(["tidings", "failed"].into_iter().chain(command.split(' '))).unwrap();
        let Some(Verb::Failed(args)) = cli.verb else { panic!("{command}") };
        let mut test = TestDesk::text();
        let mut unread = Unread;
        let mut desk =
            crate::cli::desk::Desk { out: crate::cli::output::Out::new(&mut unread), ..test.desk() };
        let ended = perform(&args.verb.unwrap(), &|| Ok(registry()), &house.site, &mut desk).await;
        drop(desk);
        assert_eq!(ended, Err(Stop::PipeClosed), "{command}");
        let done = house.ids("list --state dead").await.len().abs_diff(before) as u64;
        assert!(done > 0, "{command}");
        assert_eq!(journal().await, Some((deed, done)), "{command}: {}", test.notes());
        let is_told = test.notes().contains(&format!("{done} of "));
        assert_eq!(is_told, deed != "restored", "all of it was: {}", test.notes());
    }
    std::fs::remove_file(&file).unwrap();
}
