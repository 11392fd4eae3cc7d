//! Discarding, putting back, removing for good, and importing.

use std::io::Write as _;
use std::process::{Command, Stdio};

use tidings::bus::{
    Action, ActionError, Because, BusError, DiscardOrder, Exported, FailedAt, Imported, Operator, RetryOrder,
    Runs,
};
use tidings::event::EntryId;

use crate::letters::{
    STREAM, TENANT, add, because, dead, event, fill, key, length, letter, locked, lying, operator, own,
    retry_one,
};
use crate::redis_server::PrivateRedis;
use crate::sessions::{Admin, alga, native};

const LETTERS: &str = "event::TICKET_CREATED:dead-letter";
const DISCARDED: &str = "event::TICKET_CREATED:discarded";

#[tokio::test]
async fn a_dead_letter_is_put_aside_with_who_when_and_why_and_comes_back_as_it_was() {
    let server = PrivateRedis::start();
    let (mut admin, operator) = (Admin::at(&server.url()).await, operator(&native(&server.url())));
    let fields = letter(0, "mail", 2);
    let at = dead(STREAM, add(&mut admin, LETTERS, &fields).await);
    let places = [at.clone()];
    let aside = operator
        .discard(&DiscardOrder::all(&places), &because("jo@web-1", "p"))
        .await
        .unwrap()
        .remove(0)
        .unwrap();
    assert_eq!(length(&mut admin, LETTERS).await, 0);
    let (id, lies) = lying(&mut admin, DISCARDED).await.remove(0);
    assert_eq!(aside, FailedAt::Discarded { stream: key(STREAM), id: id.parse().unwrap() });
    assert_eq!(lies[..fields.len()], fields);
    let (from, when) = (at.id().to_string(), lies[fields.len() + 1].1.clone());
    assert!(chrono::DateTime::parse_from_rfc3339(&when).is_ok(), "{when}");
    assert_eq!(
        lies[fields.len()..],
        own(&[
            ("discardedBy", "jo@web-1"),
            ("discardedAt", &when),
            ("discardReason", "mended"),
            ("discardedFrom", &from)
        ])
    );
    // A double press finds what it did; another operator finds nothing.
    assert_eq!(
        operator.discard(&DiscardOrder::all(&places), &because("jo@web-1", "p")).await.unwrap(),
        [Ok(aside.clone())]
    );
    assert_eq!(
        operator.discard(&DiscardOrder::all(&places), &because("al", "p")).await.unwrap(),
        [Err(ActionError::Gone)]
    );

    let back = operator.restore(std::slice::from_ref(&aside)).await.unwrap().remove(0).unwrap();
    assert_eq!(length(&mut admin, DISCARDED).await, 0);
    let (id, lies) = lying(&mut admin, LETTERS).await.remove(0);
    assert_eq!(back, dead(STREAM, id.parse().unwrap()));
    let mut restored = fields.clone();
    restored.push(("restoredFrom".to_owned(), aside.id().to_string()));
    assert_eq!(lies, restored);
    assert_eq!(operator.restore(std::slice::from_ref(&aside)).await.unwrap(), [Ok(back.clone())], "again");

    // Round and round it does not grow.
    let aside =
        operator.discard(&DiscardOrder::all(&[back]), &Because::default()).await.unwrap().remove(0).unwrap();
    let back = operator.restore(std::slice::from_ref(&aside)).await.unwrap().remove(0).unwrap();
    let (_, lies) = lying(&mut admin, LETTERS).await.remove(0);
    assert_eq!(lies.len(), fields.len() + 1);
    // And its handler is given what it was given before.
    retry_one(&operator, RetryOrder::new(back, Runs::Failed), "p").await.unwrap();
    let (_, body) = lying(&mut admin, &format!("{STREAM}:retry:mail")).await.remove(0);
    let names: Vec<&str> = body.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["event", "attempt", "crashes", "retryOf", "plan", "history", "trace"]);
    assert_eq!(operator.restore(&[aside]).await.unwrap(), [Err(ActionError::Gone)]);
}

#[tokio::test]
async fn on_the_bus_of_alga_it_lies_outside_algas_keys_and_comes_back_to_be_retried_to_the_byte() {
    const ALGA: &str = "alga-psa:event-stream:global:TICKET_CREATED";
    let server = PrivateRedis::start();
    let (mut admin, operator) = (Admin::at(&server.url()).await, operator(&alga(&server.url())));
    let fields = own(&[
        ("event", &event(0)),
        ("channel", "global"),
        ("sourceStream", ALGA),
        ("sourceMessageId", "1-0"),
        ("deliveries", "11"),
        ("deadLetteredAt", "2026-11-23T19:42:38.555Z"),
    ]);
    let at = dead(ALGA, add(&mut admin, &format!("{ALGA}:dead-letter"), &fields).await);
    let aside =
        operator.discard(&DiscardOrder::all(&[at]), &because("jo", "p")).await.unwrap().remove(0).unwrap();
    assert_eq!(length(&mut admin, &format!("tidings:discarded:{ALGA}")).await, 1);
    let back = operator.restore(&[aside]).await.unwrap().remove(0).unwrap();
    retry_one(&operator, RetryOrder::new(back, Runs::Failed), "p").await.unwrap();
    assert_eq!(lying(&mut admin, ALGA).await.remove(0).1, fields[..2]);
}

#[tokio::test]
async fn purging_removes_for_good_and_only_what_is_named() {
    let server = PrivateRedis::start();
    let (mut admin, operator) = (Admin::at(&server.url()).await, operator(&native(&server.url())));
    let places = fill(&mut admin, 3, "mail").await;
    let aside = operator
        .discard(&DiscardOrder::all(&places[..1]), &because("jo", "p"))
        .await
        .unwrap()
        .remove(0)
        .unwrap();
    assert_eq!(operator.purge(&[places[1].clone(), aside.clone()]).await.unwrap(), [Ok(()), Ok(())]);
    assert_eq!(
        operator.purge(&[places[1].clone(), aside]).await.unwrap(),
        [Err(ActionError::Gone), Err(ActionError::Gone)]
    );
    assert_eq!((length(&mut admin, LETTERS).await, length(&mut admin, DISCARDED).await), (1, 0));
    for other in
        ["pending:1-1:mail:event::TICKET_CREATED", "waiting:1-1:mail:event::TICKET_CREATED", "dead:1-1:other"]
    {
        let answer = operator.purge(&[other.parse().unwrap()]).await.unwrap().remove(0);
        assert!(matches!(answer, Err(ActionError::Unsuitable(_))), "{other}: {answer:?}");
    }
}

#[tokio::test]
async fn an_import_adds_what_is_not_there_and_refuses_what_could_not_be_retried() {
    let server = PrivateRedis::start();
    let settings = native(&server.url());
    let (mut admin, operator) = (Admin::at(&server.url()).await, operator(&settings));
    let bytes = |fields: &[(String, String)]| -> Vec<(Vec<u8>, Vec<u8>)> {
        fields.iter().map(|(name, value)| (name.clone().into_bytes(), value.clone().into_bytes())).collect()
    };
    let one = |fields: &[(String, String)]| (key(STREAM), bytes(fields));
    let file = [one(&letter(0, "mail", 2)), one(&letter(0, "sla", 2)), one(&letter(1, "mail", 2))];
    let first = crate::importing::import(&*operator, &file).await.unwrap();
    let again = crate::importing::import(&*operator, &file).await.unwrap();
    assert!(first.iter().all(Result::is_ok));
    assert_eq!(first, again, "each lies there once");
    let lies = lying(&mut admin, LETTERS).await;
    assert_eq!(lies.len(), 3);
    assert_eq!(lies[0].1, letter(0, "mail", 2));
    // An exported discard comes back as a dead letter.
    let mut discarded = letter(5, "mail", 2);
    discarded.extend(own(&[
        ("discardedBy", "jo"),
        ("discardedAt", "x"),
        ("discardReason", ""),
        ("discardedFrom", "1-1"),
    ]));
    crate::importing::import(&*operator, &[one(&discarded)]).await.unwrap().remove(0).unwrap();
    assert_eq!(lying(&mut admin, LETTERS).await[3].1, letter(5, "mail", 2));

    let mut elsewhere = letter(2, "mail", 2);
    "event::TICKET_CLOSED"
        .clone_into(&mut elsewhere.iter_mut().find(|(name, _)| name == "sourceStream").unwrap().1);
    let many: Vec<_> = (0..4_000).map(|n| (format!("f{n}"), String::new())).collect();
    let large = own(&[("event", &"x".repeat(1024 * 1024 + 1))]);
    let without = |name: &str| letter(7, "mail", 1).into_iter().filter(|(known, _)| known != name).collect();
    for (fields, refused) in [
        (own(&[]), "no fields"),
        (elsewhere, "another stream"),
        (many, "4000 fields"),
        (large, "bytes"),
        (without("sourceMessageId"), "sourceMessageId"),
        (without("handler"), "handler"),
    ] {
        let answer = crate::importing::import(&*operator, &[one(&fields)]).await.unwrap().remove(0);
        assert!(matches!(&answer, Err(ActionError::Invalid(why)) if why.contains(refused)), "{answer:?}");
    }
    let answer = crate::importing::import(&*operator, &[(key("other"), bytes(&letter(0, "mail", 1)))])
        .await
        .unwrap()
        .remove(0);
    assert!(matches!(answer, Err(ActionError::Unsuitable(_))));
    let answer = crate::importing::import(&*locked(&settings, "globex"), &file[..1]).await.unwrap().remove(0);
    assert!(matches!(answer, Err(ActionError::Tenant(tenant)) if tenant.as_str() == TENANT));
    let firsts = lying(&mut admin, LETTERS).await.into_iter().filter(|(_, fields)| fields[0].1 == event(0));
    assert_eq!(firsts.count(), 2, "mail's and sla's");
}

fn exported(range: std::ops::Range<u64>) -> Vec<Exported> {
    let letter = |n| {
        let fields = letter(n, "mail", 2).into_iter();
        let fields = fields.map(|(name, value)| (name.into_bytes(), value.into_bytes())).collect();
        Exported { stream: key(STREAM), lay: None, fields }
    };
    range.map(letter).collect()
}

/// How many were added, and how many lay there.
async fn import(operator: &dyn Operator, letters: Vec<Exported>) -> (usize, usize) {
    let mut importer = operator.importer(letters, false);
    let mut counts = (0, 0);
    loop {
        let answers = importer.next().await.unwrap();
        if answers.is_empty() {
            return counts;
        }
        for answer in answers {
            match answer.unwrap() {
                Imported { was_there: false, .. } => counts.0 += 1,
                Imported { was_there: true, .. } => counts.1 += 1,
            }
        }
    }
}

#[tokio::test]
async fn no_letter_is_imported_twice_however_many_lie_there_and_whoever_else_imports() {
    let server = PrivateRedis::start();
    let settings = native(&server.url());
    let (mut admin, operator) = (Admin::at(&server.url()).await, operator(&settings));
    assert_eq!(import(&*operator, exported(0..1_500)).await, (1_500, 0));
    // Those of the file lie behind more than any script looks at.
    assert_eq!(import(&*operator, exported(10_000..12_500)).await, (2_500, 0));
    assert_eq!(import(&*operator, exported(0..1_500)).await, (0, 1_500));
    assert_eq!(length(&mut admin, LETTERS).await, 4_000);

    let other = crate::letters::operator(&settings);
    let (one, two) =
        tokio::join!(import(&*operator, exported(20_000..22_000)), import(&*other, exported(20_000..22_000)));
    assert_eq!((one.0 + two.0, one.1 + two.1), (2_000, 2_000));
    assert_eq!(length(&mut admin, LETTERS).await, 6_000);
}

#[tokio::test]
async fn an_import_catches_up_with_letters_that_came_since_it_looked() {
    let server = PrivateRedis::start();
    let (mut admin, operator) = (Admin::at(&server.url()).await, operator(&native(&server.url())));
    let mut importer = operator.importer(exported(0..600), false);
    assert_eq!(importer.next().await.unwrap().len(), 200);
    // Somebody adds some of the file, behind many more.
    for n in (300..310).chain(5_000..6_500) {
        add(&mut admin, LETTERS, &letter(n, "mail", 2)).await;
    }
    let mut there = 0;
    loop {
        let answers: Vec<Imported> =
            importer.next().await.unwrap().into_iter().collect::<Result<_, _>>().unwrap();
        if answers.is_empty() {
            break;
        }
        there += answers.iter().filter(|imported| imported.was_there).count();
    }
    assert_eq!((there, length(&mut admin, LETTERS).await), (10, 600 + 1_500));
}

#[tokio::test]
async fn the_script_of_an_import_adds_nothing_where_it_cannot_look_through_what_came() {
    const TEXT: &str = concat!(
        include_str!("../../src/broker/redis/lua/rights.lua"),
        include_str!("../../src/broker/redis/lua/newest.lua"),
        include_str!("../../src/broker/redis/lua/import.lua")
    );
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    for n in 0..1_001 {
        add(&mut admin, LETTERS, &own(&[("sourceMessageId", &format!("{n}-1"))])).await;
    }
    let newer = lying(&mut admin, LETTERS).await;
    for (after, said) in [("0-0", "behind"), (newer[1].0.as_str(), "999"), (newer[1_000].0.as_str(), "0")] {
        let source = format!("7{after}");
        let letter = ["2", "sourceMessageId", source.as_str()].map(str::as_bytes);
        let call = [&["EVAL", TEXT, "1", LETTERS, after].map(str::as_bytes)[..], &letter].concat();
        let answer = format!("{:?}", admin.send(&call).await);
        let added = u64::from(said != "behind");
        assert!(answer.contains(said) && answer.contains("added") == (added == 1), "{after}: {answer}");
        let id = lying(&mut admin, LETTERS).await[1_000 + usize::from(added == 1)].0.clone();
        if added == 1 {
            assert_ne!(id, newer[1_000].0);
            admin.run(&format!("XDEL {LETTERS} {id}")).await;
        }
        assert_eq!(length(&mut admin, LETTERS).await, 1_001, "{after}");
    }
}

#[tokio::test]
async fn an_import_that_loses_its_server_goes_on_with_the_same_letters() {
    let server = PrivateRedis::start();
    let (mut admin, operator) = (Admin::at(&server.url()).await, operator(&native(&server.url())));
    let mut importer = operator.importer(exported(0..3), false);
    admin.run("ACL SETUSER default -xrange").await;
    let refused = importer.next().await.unwrap();
    let names_it = |answer: &Result<Imported, ActionError>| matches!(answer, Err(ActionError::Denied(why)) if why.contains("xrange"));
    assert!(refused.len() == 3 && refused.iter().all(names_it), "{refused:?}");
    admin.run("ACL SETUSER default +xrange").await;
    let mut importer = operator.importer(exported(0..3), false);
    drop(server);
    assert!(matches!(importer.next().await, Err(BusError::Unavailable { .. })));
    assert!(
        matches!(importer.next().await, Err(BusError::Unavailable { .. })),
        "the same again, not the end"
    );
}

#[tokio::test]
async fn the_largest_entries_go_round_whole() {
    let server = PrivateRedis::start();
    let (mut admin, operator) = (Admin::at(&server.url()).await, operator(&native(&server.url())));
    // As wide as finishing leaves one: folded.
    let mut fields = letter(0, "mail", 2);
    let beside: Vec<_> = (0..3_799).map(|n| (format!("f{n}"), "v".to_owned())).collect();
    fields.splice(1..2, beside.clone());
    let at = dead(STREAM, add(&mut admin, LETTERS, &fields).await);
    let aside =
        operator.discard(&DiscardOrder::all(&[at]), &because("jo", "p")).await.unwrap().remove(0).unwrap();
    let back = operator.restore(&[aside]).await.unwrap().remove(0).unwrap();
    retry_one(&operator, RetryOrder::new(back, Runs::Failed), "p").await.unwrap();
    let (_, body) = lying(&mut admin, &format!("{STREAM}:retry:mail")).await.remove(0);
    assert_eq!(body[6..], beside);
    // Wider than any of ours: it stays.
    let wide: Vec<_> =
        (0..5_000).map(|n| (format!("f{n}"), "v".to_owned())).chain(letter(0, "mail", 2)).collect();
    let at = dead(STREAM, add(&mut admin, LETTERS, &wide).await);
    let answer = retry_one(&operator, RetryOrder::new(at.clone(), Runs::Failed), "p").await;
    assert!(matches!(&answer, Err(ActionError::Unsuitable(why)) if why.contains("fields")), "{answer:?}");
    let answer = operator.discard(&DiscardOrder::all(&[at]), &because("jo", "p")).await.unwrap().remove(0);
    assert!(matches!(&answer, Err(ActionError::Unsuitable(_))), "{answer:?}");
    assert_eq!(length(&mut admin, LETTERS).await, 1);
}

fn letter_fields(n: u64) -> Vec<(Vec<u8>, Vec<u8>)> {
    letter(n, "mail", 2).into_iter().map(|(name, value)| (name.into_bytes(), value.into_bytes())).collect()
}

/// What `redis-cli` answers to these lines.
fn redis_cli(server: &PrivateRedis, lines: &[String]) -> String {
    let port = server.url().rsplit(':').next().unwrap().split('/').next().unwrap().to_owned();
    let mut child = Command::new("redis-cli")
        .args(["-p", &port])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("redis-cli comes with redis-server");
    child.stdin.take().unwrap().write_all((lines.join("\n") + "\n").as_bytes()).unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
}

#[tokio::test]
async fn what_would_be_sent_is_what_redis_cli_would_take_and_does() {
    let server = PrivateRedis::start();
    let (mut admin, operator) = (Admin::at(&server.url()).await, operator(&native(&server.url())));
    let by = because("jo@web-1", "p");
    let places = fill(&mut admin, 4, "mail").await;
    let key = key(STREAM);
    let fields = letter_fields(9);
    let pending = |id: EntryId| FailedAt::Pending { stream: key.clone(), group: "sla".into(), id };
    admin.run("HSET event::$handlers sla 1").await;
    admin.run("XGROUP CREATE event::TICKET_CREATED sla 0 MKSTREAM").await;
    let mut given = Vec::new();
    for n in 20..22 {
        given.push(pending(add(&mut admin, STREAM, &own(&[("event", &event(n))])).await));
    }
    admin.run("XREADGROUP GROUP sla gone COUNT 2 STREAMS event::TICKET_CREATED >").await;
    // The scripts are known to the server from then on.
    let aside = operator.discard(&DiscardOrder::all(&places[..2]), &by).await.unwrap();
    let [aside, other] = [0, 1].map(|n| aside[n].clone().unwrap());
    operator.restore(&[other]).await.unwrap().remove(0).unwrap();
    operator.purge(&places[2..3]).await.unwrap().remove(0).unwrap();
    operator.release(&given[..1], true).await.unwrap().remove(0).unwrap();
    let exported = |fields| Exported { stream: key.clone(), lay: None, fields };
    let (whole, other, empty) = (exported(fields), exported(letter_fields(8)), exported(Vec::new()));
    operator.importer(vec![whole.clone()], true).next().await.unwrap().remove(0).unwrap();
    let [letters, put_aside] = [length(&mut admin, LETTERS).await, length(&mut admin, DISCARDED).await];
    assert_eq!([letters, put_aside], [3, 1]);
    for (action, [letters, put_aside]) in [
        (Action::Discard(&DiscardOrder::new(places[3].clone())), [2, 2]),
        (Action::Restore(&aside), [3, 1]),
        (Action::Import(&other), [4, 1]),
        (Action::Release { at: &given[1], force: true }, [4, 1]),
    ] {
        let lines = operator.preview_action(&action, &by);
        assert_eq!(lines.len(), 1, "{action:?}");
        let told = redis_cli(&server, &lines);
        assert!(!told.contains("ERR") && !told.contains("NOSCRIPT"), "{lines:?}: {told}");
        let lengths = [length(&mut admin, LETTERS).await, length(&mut admin, DISCARDED).await];
        assert_eq!(lengths, [letters, put_aside], "{lines:?}: {told}");
    }
    let owners: redis::Value = admin.run("XPENDING event::TICKET_CREATED sla - + 9 $released").await;
    assert!(matches!(&owners, redis::Value::Array(all) if all.len() == 2), "{owners:?}");
    let (id, _) = lying(&mut admin, LETTERS).await.remove(0);
    let first = dead(STREAM, id.parse().unwrap());
    let lines = operator.preview_action(&Action::Purge(&first), &by);
    assert_eq!(length(&mut admin, LETTERS).await, 4, "nothing was sent");
    redis_cli(&server, &lines);
    assert_eq!(length(&mut admin, LETTERS).await, 3);
    // What cannot be done has no commands; a locked run reads first whose it is.
    assert_eq!(operator.preview_action(&Action::Release { at: &first, force: false }, &by), [""; 0]);
    assert_eq!(operator.preview_action(&Action::Import(&empty), &by), [""; 0]);
    let locked = locked(&native(&server.url()), TENANT);
    let lines = locked.preview_action(&Action::Discard(&DiscardOrder::new(first.clone())), &by);
    assert!(
        lines.len() == 2 && lines[0].starts_with("XRANGE event::TICKET_CREATED:dead-letter "),
        "{lines:?}"
    );
}
