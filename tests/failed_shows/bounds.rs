//! What a plan, a filter and a tenant lock leave alone.

use std::collections::BTreeSet;

use crate::house::{ACME, GLOBEX, House, lines};
use crate::letters::{STREAM, TENANT, add, copies, event_id, fill, length, letter, lying};
use crate::program::{Program, start};
use crate::sessions::{Admin, until};

const LETTERS: &str = "event::TICKET_CREATED:dead-letter";
const DISCARDED: &str = "event::TICKET_CREATED:discarded";
/// Dead letters of each tenant and handler.
const EACH: u64 = 5;

async fn retried(admin: &mut Admin, handler: &str) -> BTreeSet<String> {
    let copies = copies(admin, &format!("{STREAM}:retry:{handler}")).await;
    assert!(copies.values().all(|count| *count == 1), "{copies:?}");
    copies.into_keys().collect()
}

async fn in_stream(admin: &mut Admin, key: &str) -> BTreeSet<String> {
    lying(admin, key).await.into_iter().map(|(id, _)| id).collect()
}

async fn ended(program: &mut Program) -> Option<i32> {
    until("it ends", async || program.0.try_wait().unwrap().is_some()).await;
    program.0.wait().unwrap().code()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_dies_while_a_plan_runs_is_left_to_the_next() {
    const FROZEN: u64 = 60;
    const LATE: u64 = 40;
    let house = House::with("");
    let mut admin = house.admin().await;
    fill(&mut admin, FROZEN, "mail").await;
    let which =
        ["failed", "retry", "--filter", "is:dead handler:mail", "--yes", "--rate", "20", "-o", "json"];
    let mut plan = start(&house, "jo", &which);
    until("it retries", async || length(&mut admin, LETTERS).await < FROZEN).await;
    let mut late = BTreeSet::new();
    for n in FROZEN..FROZEN + LATE {
        late.insert(add(&mut admin, LETTERS, &letter(n, "mail", 2)).await.to_string());
    }
    let by_then = retried(&mut admin, "mail").await.len() as u64;
    assert!(by_then < FROZEN, "the plan still ran when the last of them died");
    assert_eq!(ended(&mut plan).await, Some(0), "{}", house.read("jo.notes"));
    let told = &lines(&house.read("jo.out"))[0];
    assert_eq!((&told["total"], &told["left"], &told["gone"]), (&FROZEN.into(), &0.into(), &0.into()));
    let frozen: BTreeSet<String> = (0..FROZEN).map(event_id).collect();
    assert_eq!(retried(&mut admin, "mail").await, frozen);
    assert_eq!(in_stream(&mut admin, LETTERS).await, late);
    // Going on with the plan is about the same events.
    let plan = told["plan"].as_str().unwrap();
    let (code, _, notes) = house.run(&["failed", "retry", "--resume", plan, "--yes", "--rate", "1000"]);
    assert_eq!(code, 0, "{notes}");
    assert_eq!(retried(&mut admin, "mail").await, frozen);
    assert_eq!(in_stream(&mut admin, LETTERS).await, late);
    eprintln!("{LATE} died after {by_then} of {FROZEN} were retried: {FROZEN} retried, {} left", late.len());
}

/// Five dead letters of each of two tenants and two handlers; answers the ids of `(tenant, handler)`.
async fn mixed(admin: &mut Admin) -> impl Fn(&str, &str) -> BTreeSet<String> + use<> {
    let mut placed = Vec::new();
    for n in 0..4 * EACH {
        let tenant = if n % 2 == 0 { ACME } else { GLOBEX };
        let handler = if n / 2 % 2 == 0 { "mail" } else { "sla" };
        let mut fields = letter(n, handler, 2);
        fields[0].1 = fields[0].1.replace(TENANT, tenant);
        placed.push((tenant, handler, add(admin, LETTERS, &fields).await.to_string()));
    }
    move |tenant, handler| {
        let of = placed.iter().filter(|(of, by, _)| *of == tenant && *by == handler);
        of.map(|(_, _, id)| id.clone()).collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_and_a_filter_hold_for_everything_that_is_done_to_many() {
    let house = House::with("");
    let mut admin = house.admin().await;
    let placed = mixed(&mut admin).await;
    let all = in_stream(&mut admin, LETTERS).await;
    assert_eq!(all.len() as u64, 4 * EACH);
    let run = |tenant: &str, arguments: &[&str]| {
        let (code, out, notes) = house.run(&[&["--tenant", tenant, "-o", "json"], arguments].concat());
        (code, lines(&out), notes)
    };
    let ids = |lines: &[serde_json::Value]| -> BTreeSet<String> {
        lines.iter().map(|line| line["id"].as_str().unwrap().split(':').nth(1).unwrap().to_owned()).collect()
    };

    let (code, exported, notes) = run(ACME, &["failed", "export", "--filter", "handler:mail"]);
    assert_eq!((code, ids(&exported)), (0, placed(ACME, "mail")), "{notes}");
    assert!(exported.iter().all(|line| line["tenant"] == ACME));
    // Without a filter the lock alone says which.
    let (_, exported, _) = run(GLOBEX, &["failed", "export"]);
    assert_eq!(ids(&exported), &placed(GLOBEX, "mail") | &placed(GLOBEX, "sla"));

    let (code, discarded, notes) = run(ACME, &["failed", "discard", "--filter", "handler:mail", "--yes"]);
    assert_eq!((code, ids(&discarded)), (0, placed(ACME, "mail")), "{notes}");
    assert_eq!(in_stream(&mut admin, LETTERS).await, &all - &placed(ACME, "mail"));
    for verb in ["restore", "purge"] {
        let (_, done, notes) = run(GLOBEX, &["failed", verb, "--state", "discarded", "--yes"]);
        assert!(done.is_empty() && notes.contains("nothing fits"), "{verb}: {notes}");
        assert_eq!(length(&mut admin, DISCARDED).await, EACH, "{verb}");
    }

    let (code, told, notes) = run(GLOBEX, &["failed", "retry", "--filter", "handler:sla", "--yes"]);
    assert_eq!((code, &told[0]["total"]), (0, &EACH.into()), "{notes}");
    let kept = &(&all - &placed(ACME, "mail")) - &placed(GLOBEX, "sla");
    assert_eq!(in_stream(&mut admin, LETTERS).await, kept);
    assert_eq!(retried(&mut admin, "sla").await.len() as u64, EACH);

    // Naming another tenant's event, or all of them at once, is no way around the lock.
    let foreign = format!("dead:{}:{STREAM}", placed(GLOBEX, "mail").first().unwrap());
    for verb in ["retry", "discard", "purge", "export"] {
        let yes: &[&str] = if verb == "export" { &[] } else { &["--yes"] };
        let (code, done, notes) = run(ACME, &[&["failed", verb, &foreign], yes].concat());
        assert!(code == 1 && done.is_empty(), "{verb}: {code} {notes}");
        assert_eq!(in_stream(&mut admin, LETTERS).await, kept, "{verb}");
    }
    eprintln!("of {} dead letters {EACH} each were exported, discarded and retried, and no other", all.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_run_that_goes_on_with_a_plan_of_all_tenants_leaves_the_others_alone() {
    let house = House::with("");
    let mut admin = house.admin().await;
    let placed = mixed(&mut admin).await;
    let slow = ["failed", "retry", "--filter", "is:dead", "--yes", "--rate", "0.1"];
    let plan = start(&house, "jo", &slow);
    until("it retries", async || length(&mut admin, LETTERS).await < 4 * EACH).await;
    drop(plan);
    let left = in_stream(&mut admin, LETTERS).await;
    let (_, out, _) = house.run(&["journal", "-o", "json"]);
    let plan = lines(&out)[0]["plan"].as_str().unwrap().to_owned();
    let resume =
        ["--tenant", ACME, "-o", "json", "failed", "retry", "--resume", &plan, "--yes", "--rate", "1000"];
    let (code, out, notes) = house.run(&resume);
    let foreign = &placed(GLOBEX, "mail") | &placed(GLOBEX, "sla");
    assert_eq!(code, 1, "some were refused: {out}{notes}");
    let expected: BTreeSet<String> = left.intersection(&foreign).cloned().collect();
    assert!(expected.len() >= 8, "killed early: {left:?}");
    assert_eq!(in_stream(&mut admin, LETTERS).await, expected);
    let told = &lines(&out)[0];
    eprintln!("{} of {} were left to others: {told}", expected.len(), 4 * EACH);
}
