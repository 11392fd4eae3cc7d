//! The chaos oracle: everything at once, for a while.

use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::crew::end_all;
use crate::nemesis::{Kind, Scene};
use crate::oracle::judge;
use crate::producer::{Producer, Rates, Sent};
use crate::runs;
use crate::seed::{Chance, number};
use crate::worker::{FLAKY, FRAGILE, HANDLERS, STEADY, STRICT};

const LEASE: Duration = Duration::from_secs(2);
/// How long faults are made, in seconds; and what is drawn in every run that is given no seed.
const SECONDS: u64 = 22;
const SEED: u64 = 3;
const RATES: Rates = Rates { ms: 4, slow: 10, failing: 15, hopeless: 2, permanent: 3 };

#[test]
fn every_accepted_event_is_done_or_dead_once_whatever_happens() {
    let seed = number("TIDINGS_CHAOS_SEED").unwrap_or(SEED);
    let seconds = number("TIDINGS_CHAOS_SECONDS").unwrap_or(SECONDS);
    println!(
        "seed {seed}, {seconds} s; again with TIDINGS_CHAOS_SEED={seed} TIDINGS_CHAOS_SECONDS={seconds}"
    );
    let mut chance = Chance::of(seed);
    let mut scene = Scene::new(LEASE);
    let producers: Vec<_> = [Some(700), None]
        .into_iter()
        .map(|poison| {
            let chance = Chance::of(chance.draw());
            Producer::start(&scene.proxy.url(), chance, RATES, poison)
        })
        .collect();
    for _ in 0..3 {
        scene.hire(&[STEADY, FLAKY, STRICT], 8);
    }
    for _ in 0..2 {
        scene.hire(&[FRAGILE], 8);
    }
    producers[0].wait_for_more(100);
    let begun = Instant::now();
    let mut kinds = Kind::MADE;
    let mut round = 0;
    let crashed = |scene: &Scene| scene.faults.iter().any(|fault| fault.kind == Kind::Crash);
    // Long enough for every kind, also where the machine is slow.
    while begun.elapsed() < Duration::from_secs(seconds) || round < kinds.len() || !crashed(&scene) {
        // Every kind comes once before any comes again.
        if round % kinds.len() == 0 {
            chance.shuffle(&mut kinds);
        }
        scene.wait(chance.between(Duration::from_millis(100), LEASE / 2));
        scene.strike(kinds[round % kinds.len()], &mut chance);
        round += 1;
    }
    let mut sent = Sent::default();
    for producer in producers {
        while !producer.has_ended() {
            scene.wait(Duration::from_millis(10));
        }
        sent.merge(producer.finish());
    }
    let faults_us = crate::worker::now_us();
    drain(&mut scene);
    end_all(std::mem::take(&mut scene.crew));
    assert_eq!(scene.books.left(&HANDLERS), 0, "what was done stays done");
    let ledger = scene.books.ledger();
    let processes: Vec<_> = scene.logs.iter().map(|(pid, path)| (*pid, runs::read(path))).collect();
    let verdict = judge(&sent, &ledger, &processes, &scene.faults);
    println!("{}", verdict.figures);
    let drained = Duration::from_micros(crate::worker::now_us() - faults_us);
    println!("drained in {drained:?}; {} worker processes", processes.len());
    let first: Vec<_> = verdict.wrong.iter().take(20).collect();
    assert!(verdict.wrong.is_empty(), "seed {seed}: {} wrong: {first:#?}", verdict.wrong.len());
    for kind in Kind::MADE.into_iter().chain([Kind::Crash]) {
        let happened: Vec<_> = scene.faults.iter().filter(|fault| fault.kind == kind).collect();
        assert!(!happened.is_empty(), "seed {seed}: no {kind:?} happened");
    }
    let hit = |kind: Kind| {
        let of_kind = scene.faults.iter().filter(|fault| fault.kind == kind);
        of_kind.flat_map(|fault| &fault.in_flight).collect::<Vec<&(String, Uuid)>>()
    };
    assert!(!hit(Kind::Crash).is_empty(), "seed {seed}: events that end their process were in flight");
}

/// Until every handler has done everything.
fn drain(scene: &mut Scene) {
    let deadline = Instant::now() + Duration::from_mins(2);
    while scene.books.left(&HANDLERS) > 0 {
        assert!(Instant::now() < deadline, "it is never done; pending: {:#?}", scene.books.pending());
        scene.wait(Duration::from_millis(50));
    }
}
