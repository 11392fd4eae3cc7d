//! Four workers on one bus.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use uuid::Uuid;

use crate::books::Books;
use crate::crew::end_all;
use crate::nemesis::Scene;
use crate::oracle::judge;
use crate::producer::{Producer, Rates, with};
use crate::runs::{self, Ending, Run};
use crate::seed::{Chance, number};
use crate::worker::{FLAKY, HANDLERS, Rule, STEADY, STRICT, now_us};

const WORKERS: usize = 4;

/// What each process ran, by its id.
fn ran(scene: &Scene) -> BTreeMap<u32, Vec<Run>> {
    scene.logs.iter().map(|(pid, log)| (*pid, runs::read(log).runs)).collect()
}

#[test]
fn four_workers_share_the_load_and_take_over_from_one_that_was_killed() {
    let lease = Duration::from_secs(2);
    let mut scene = Scene::new(lease);
    for _ in 0..WORKERS {
        scene.hire(&[STEADY], 4);
    }
    let producer =
        Producer::start(&scene.proxy.url(), Chance::of(1), Rates { ms: 20, ..Rates::default() }, None);
    let all_work = |scene: &Scene| ran(scene).values().all(|runs| !runs.is_empty());
    let url = scene.server.url();
    Books::at(&url).until("all of them work", |_| all_work(&scene));
    // The first to come were given all that there was.
    scene.books.until("nothing is left of before", |books| books.left(&[STEADY]) < 20);
    let before = ran(&scene);
    producer.wait_for_more(1_000);
    let shares: Vec<_> = ran(&scene).iter().map(|(pid, runs)| runs.len() - before[pid].len()).collect();
    let all: usize = shares.iter().sum();
    println!("of {all} attempts the four made {shares:?}");
    assert!(shares.iter().all(|share| share * 10 >= all), "each does a fair part: {shares:?} of {all}");
    let sent = producer.finish();
    scene.books.until("all is done", |books| books.left(&[STEADY]) == 0);

    // Slow ones, so that some are in flight when one is killed.
    let mut chance = Chance::of(2);
    let slow = Rule { ms: 200, ..Rule::default() };
    let events: Vec<_> = (0..100).map(|_| with(&mut chance, slow)).collect();
    scene.books.add(&events);
    let own = |books: &mut Books, pid: u32| -> HashSet<Uuid> {
        let name = format!("-{pid}-");
        let pending = books.pending().into_iter().filter(|pending| pending.consumer.contains(&name));
        pending.filter_map(|pending| pending.event).collect()
    };
    let mut at = None;
    scene.books.until("one has some", |books| {
        at = scene.crew.iter().position(|hand| own(books, hand.pid()).len() > 3);
        at.is_some()
    });
    let mut killed = scene.crew.swap_remove(at.unwrap());
    killed.kill9();
    let killed_us = now_us();
    let left = own(&mut scene.books, killed.pid());
    assert!(!left.is_empty());
    scene.books.until("the others do the rest", |books| books.left(&[STEADY]) == 0);
    let ran = ran(&scene);
    let mut done: BTreeMap<Uuid, Vec<(u32, u64)>> = BTreeMap::new();
    for (pid, run) in ran.iter().flat_map(|(pid, runs)| runs.iter().map(move |run| (*pid, run))) {
        if run.ending == Some(Ending::Done) {
            done.entry(run.event).or_default().push((pid, run.began_us));
        }
    }
    let by_others = |event: &Uuid| done[event].iter().filter(|(pid, _)| *pid != killed.pid()).max();
    let last_us = left.iter().map(|event| by_others(event).expect("another did it").1).max().unwrap();
    println!(
        "{} entries of the killed one were begun by others within {:?}, at a lease of {lease:?}",
        left.len(),
        Duration::from_micros(last_us - killed_us)
    );
    let once = |event: &Uuid| done[event].len() == 1;
    assert!(
        events.iter().map(|event| event.id().uuid()).filter(|event| !left.contains(event)).all(|e| once(&e))
    );
    assert!(sent.accepted.keys().all(once), "nothing ran twice before");
    assert_eq!(done.len(), sent.accepted.len() + events.len());
}

#[test]
fn a_rolling_restart_of_all_four_loses_and_doubles_nothing() {
    let seed = number("TIDINGS_CHAOS_SEED").unwrap_or(5);
    // Nobody is to be helped by a lease that is over.
    let mut scene = Scene::new(Duration::from_mins(5));
    for _ in 0..WORKERS {
        scene.hire(&HANDLERS, 8);
    }
    let rates = Rates { ms: 4, slow: 10, failing: 15, hopeless: 1, permanent: 3 };
    let producer = Producer::start(&scene.proxy.url(), Chance::of(seed), rates, None);
    let mut busy = Vec::new();
    for _ in 0..WORKERS {
        producer.wait_for_more(100);
        scene.hire(&HANDLERS, 8);
        let old = scene.crew.remove(0);
        let name = format!("-{}-", old.pid());
        scene.books.until("it is in the middle of something", |books| {
            books.pending().iter().any(|pending| pending.consumer.contains(&name))
        });
        busy.push(scene.books.pending().iter().filter(|pending| pending.consumer.contains(&name)).count());
        assert!(old.terminate().success(), "it ends in good order");
        let under_its_name =
            scene.books.pending().into_iter().filter(|pending| pending.consumer.contains(&name));
        assert_eq!(under_its_name.count(), 0, "nothing is pending under a name that is gone");
    }
    producer.wait_for_more(100);
    let sent = producer.finish();
    scene.books.until("all is done", |books| books.left(&HANDLERS) == 0);
    end_all(std::mem::take(&mut scene.crew));
    let processes: Vec<_> = scene.logs.iter().map(|(pid, path)| (*pid, runs::read(path))).collect();
    let verdict = judge(&sent, &scene.books.ledger(), &processes, &[]);
    println!("seed {seed}; in flight when they were told to end: {busy:?}\n{}", verdict.figures);
    assert!(verdict.wrong.is_empty(), "seed {seed}: {:#?}", verdict.wrong);
    assert_eq!(verdict.figures.doubles, 0);
    let worked = processes.iter().filter(|(_, log)| !log.runs.is_empty()).count();
    assert_eq!(worked, 2 * WORKERS, "each of them did something");
    assert!(
        [FLAKY, STRICT]
            .iter()
            .all(|name| processes.iter().any(|(_, log)| log.runs.iter().any(|run| run.handler == *name)))
    );
}
