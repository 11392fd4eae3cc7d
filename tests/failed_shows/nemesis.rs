//! Two operators retry the same thousand dead letters at once, while both programs are killed and their connections cut.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::process::ExitStatusExt as _;
use std::time::Duration;

use crate::house::{House, lines};
use crate::letters::{STREAM, copies, event_id, field, fill, length, lying};
use crate::program::{Program, start};
use crate::sessions::{Admin, until};

const COUNT: u64 = 1_000;
/// So many of each round are retried before its first connections are cut; twice that, and one program is killed; three
/// times, and the other.
const PORTIONS: [u64; 4] = [37, 61, 23, 50];
const JOURNAL: &str = "event::$journal";
/// With less than this left a round is not interfered with any more.
const LAST: u64 = 300;

/// What was done to the programs.
#[derive(Debug, Default)]
struct Figures {
    rounds: u64,
    /// Programs that `kill -9` ended while dead letters were left.
    killed: u64,
    /// Connections that were cut.
    cut: u64,
    fresh: u64,
    resumed: u64,
}

impl Figures {
    /// Whether that was trouble enough to have shown anything.
    fn suffice(&self) -> bool {
        self.killed >= 6 && self.cut >= 6 && self.fresh >= 2 && self.resumed >= 2
    }
}

/// Starts `failed retry` as `who`, of a plan that is gone on with or of all that is dead now.
fn retry(house: &House, who: &str, resume: Option<&str>) -> Program {
    let which = match resume {
        Some(plan) => ["--resume", plan],
        None => ["--filter", "is:dead handler:mail"],
    };
    let always = ["failed", "retry", "--yes", "--rate", "400", "-o", "json"];
    start(house, who, &[&always[..], &which[..]].concat())
}

/// The plans of the journal, oldest first, each once.
fn plans(house: &House) -> Vec<String> {
    let (code, out, notes) = house.run(&["journal", "--last", "1000", "-o", "json"]);
    assert_eq!(code, 0, "{notes}");
    let mut plans: Vec<String> = Vec::new();
    for line in lines(&out) {
        let plan = line["plan"].as_str().unwrap().to_owned();
        if !plans.contains(&plan) {
            plans.push(plan);
        }
    }
    plans
}

async fn left(admin: &mut Admin) -> u64 {
    length(admin, &format!("{STREAM}:dead-letter")).await
}

/// Cuts every connection but the one that asks; answers how many.
async fn cut(admin: &mut Admin) -> u64 {
    admin.get("CLIENT KILL TYPE normal SKIPME yes").await
}

/// Ends it as `kill -9` does; true when that is what ended it, and dead letters were left after it.
async fn kill9(mut program: Program, admin: &mut Admin) -> bool {
    program.0.kill().unwrap();
    let status = program.0.wait().unwrap();
    status.signal() == Some(9) && left(admin).await > 0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_operators_that_are_killed_again_and_again_retry_each_of_a_thousand_once() {
    let mut figures = Figures::default();
    // On a machine that is too busy to interfere in time, one thousand may be over before much has happened to it.
    for thousands in 1..=5 {
        let books = a_thousand(&mut figures).await;
        eprintln!("{books}");
        if figures.suffice() {
            eprintln!("after {thousands} x {COUNT}: {figures:?}");
            return;
        }
    }
    assert!(figures.suffice(), "too little happened to them: {figures:?}");
}

/// Answers what came of it.
async fn a_thousand(figures: &mut Figures) -> String {
    let house = House::with("");
    let mut admin = house.admin().await;
    let places = fill(&mut admin, COUNT, "mail").await;
    loop {
        let before = left(&mut admin).await;
        let known = plans(&house);
        let written = length(&mut admin, JOURNAL).await;
        let round = usize::try_from(figures.rounds).unwrap();
        // One goes on with the first plan, which holds all of the thousand; the other now with the newest, now afresh.
        let other = known.last().filter(|_| round % 2 == 1);
        let resumes = [known.first(), other];
        let both = ["jo", "al"];
        let [first, mut second] = [0, 1].map(|at| retry(&house, both[at], resumes[at].map(String::as_str)));
        let old = resumes.iter().flatten().count() as u64;
        figures.rounds += 1;
        figures.resumed += old;
        figures.fresh += 2 - old;
        if before < LAST {
            for (who, mut program) in both.into_iter().zip([first, second]) {
                until("it ends", async || program.0.try_wait().unwrap().is_some()).await;
                let notes = house.read(&format!("{who}.notes"));
                assert_eq!(program.0.wait().unwrap().code(), Some(0), "{who}: {notes}");
            }
            break;
        }
        // A connection that is cut while events are still selected ends the program, and nothing was done by then.
        until("both plans have begun", async || {
            length(&mut admin, JOURNAL).await >= written + 2 || left(&mut admin).await == 0
        })
        .await;
        let portion = PORTIONS[round % PORTIONS.len()];
        for times in 1..=2 {
            until("they retry", async || left(&mut admin).await + times * portion <= before).await;
            tokio::time::sleep(Duration::from_millis(times * portion % 7)).await;
            figures.cut += cut(&mut admin).await;
        }
        figures.killed += u64::from(kill9(first, &mut admin).await);
        until("the other goes on", async || {
            let goes_on = left(&mut admin).await + 3 * portion <= before;
            let ended = !goes_on && second.0.try_wait().unwrap().is_some();
            assert!(!ended, "it ended by itself: {}", house.read("al.notes"));
            goes_on
        })
        .await;
        figures.killed += u64::from(kill9(second, &mut admin).await);
    }

    let retry_stream = format!("{STREAM}:retry:mail");
    assert_eq!(left(&mut admin).await, 0);
    let once = |copies: &BTreeMap<String, u64>| (0..COUNT).all(|n| copies.get(&event_id(n)) == Some(&1));
    let found = copies(&mut admin, &retry_stream).await;
    assert_eq!((found.len() as u64, length(&mut admin, &retry_stream).await), (COUNT, COUNT));
    assert!(once(&found), "none is lost, none is doubled");

    let mut by_operator: BTreeMap<String, u64> = BTreeMap::new();
    let mut named = BTreeSet::new();
    let records = lying(&mut admin, &format!("{STREAM}:retried")).await;
    for (_, fields) in &records {
        let who = field(fields, "who").unwrap().split('@').next().unwrap().to_owned();
        *by_operator.entry(who).or_default() += 1;
        assert!(named.insert(field(fields, "deadLetterId").unwrap().to_owned()), "named twice: {fields:?}");
    }
    let expected: BTreeSet<_> =
        places.iter().map(|at| at.to_string().split(':').nth(1).unwrap().to_owned()).collect();
    assert_eq!(named, expected, "each dead letter has its record");

    // Whoever goes on with any of the plans once more doubles nothing.
    let plans = plans(&house);
    for plan in &plans {
        let (code, out, notes) =
            house.run(&["failed", "retry", "--resume", plan, "--yes", "--rate", "100000", "-o", "json"]);
        assert_eq!(code, 0, "{out}{notes}");
    }
    assert!(once(&copies(&mut admin, &retry_stream).await), "nothing is doubled by going on");
    assert_eq!(length(&mut admin, &retry_stream).await, COUNT);
    assert_eq!(length(&mut admin, &format!("{STREAM}:retried")).await, COUNT);

    assert_eq!(by_operator.values().sum::<u64>(), COUNT);
    format!(
        "{COUNT} of {COUNT} once, 0 lost, 0 doubled; by {by_operator:?}; {} plans, each gone on with once more",
        plans.len()
    )
}
