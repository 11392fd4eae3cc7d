//! Findings over several looks, and what cannot be seen.

use chrono::TimeDelta;

use super::{consumer, handler, look, now, of_handler, pending};
use crate::bus::{BusFacts, ConsumerReport, Examined, Finding, HandlerReport, Level, Unseen};
use crate::monitor::health::{CheckState, Health};

#[test]
fn rising_lag_takes_three_looks_without_a_fall() {
    for (lags, rises) in [
        (&[100, 200][..], false),
        (&[100, 200, 300], true),
        (&[100, 110, 115], false),
        (&[10_000, 10_050, 10_100], false),
        (&[300, 200, 100], false),
        (&[500, 100, 200], false),
        (&[500, 100, 200, 300], true),
        (&[0, 0, 0], false),
    ] {
        let mut health = Health::default();
        for (at, lag) in (0..).zip(lags) {
            let report = handler(*lag, vec![consumer("c", 0, 1, true)]);
            health.look(look(of_handler(report)), now() + TimeDelta::seconds(at * 10));
        }
        let found: Vec<_> = health.findings().into_iter().filter(|known| known.lint.check == "lag").collect();
        assert_eq!(found.len(), usize::from(rises), "{lags:?}: {found:?}");
        assert_eq!(
            health.checks().any(|(check, ..)| check == "lag"),
            lags.len() > 2,
            "a trend takes three looks"
        );
    }
}

#[test]
fn a_finding_has_a_first_time_and_goes_and_is_forgotten() {
    let mut health = Health::default();
    // It does not say when it was last seen: nothing is said of its clock.
    let alive = ConsumerReport { last_seen: None, ..consumer("c", 0, 1, true) };
    let (bad, good) = (handler(9, vec![]), handler(9, vec![alive]));
    let at = |minutes| now() + TimeDelta::minutes(minutes);
    health.look(look(of_handler(bad.clone())), at(0));
    health.look(look(of_handler(bad.clone())), at(1));
    let known = health.findings()[0].clone();
    assert_eq!((known.first, known.last, known.gone), (at(0), at(1), None));
    assert_eq!(health.counts(), (1, 0));
    health.look(look(of_handler(good.clone())), at(2));
    let known = health.findings()[0].clone();
    assert_eq!((known.first, known.last, known.gone), (at(0), at(1), Some(at(2))));
    assert_eq!(health.counts(), (0, 0), "what is gone counts no more");
    health.look(look(of_handler(bad)), at(3));
    assert_eq!((health.findings()[0].first, health.findings()[0].gone), (at(0), None), "it came back");
    health.look(look(of_handler(good.clone())), at(4));
    health.look(look(of_handler(good)), at(14));
    assert!(health.findings().is_empty(), "long gone");
}

#[test]
fn what_cannot_be_seen_is_neither_well_nor_wrong() {
    let next = Some("grant +xpending to see it".to_owned());
    let unseen = Unseen { check: "pending", why: "cannot be seen: NOPERM".to_owned(), next };
    let report = HandlerReport {
        pending: 1,
        waiting: vec![pending(240, 1)],
        ..handler(0, vec![consumer("c", 1, 1, true)])
    };
    let mut health = Health::default();
    health.look(look(BusFacts { unseen: vec![unseen], ..of_handler(report) }), now());
    assert!(health.findings().is_empty(), "{:?}", health.findings());
    let state = health.checks().find(|(check, ..)| *check == "pending").unwrap().2;
    assert!(matches!(state, CheckState::Unseen { .. }), "{state:?}");
    let told = health.report().into_iter().find(|finding| finding.check == "pending").unwrap();
    assert_eq!((told.level, told.mend.as_deref()), (Level::Note, Some("grant +xpending to see it")));
}

#[test]
fn findings_of_the_server_are_lints_too_and_the_worst_comes_first() {
    let finding = |check, level, is_unseen| Finding {
        check,
        level,
        found: format!("{check}\x1b[2J"),
        mend: Some("do this\nthen that".to_owned()),
        is_unseen,
    };
    let mut health = Health::default();
    let findings = vec![
        finding("clock", Level::Warning, false),
        finding("version", Level::Ok, false),
        finding("memory-policy", Level::Fault, false),
        finding("clients", Level::Note, true),
    ];
    health.look(Examined { findings: findings.clone(), ..Examined::default() }, now());
    let found: Vec<_> = health.findings().iter().map(|known| known.lint.check).collect();
    assert_eq!(found, ["memory-policy", "clock"]);
    assert_eq!(health.findings()[0].lint.what, "memory-policy\\x1b[2J", "safe to show");
    assert_eq!(health.findings()[0].lint.next, ["do this", "then that"]);
    assert_eq!(health.counts(), (1, 1));
    assert_eq!(health.report(), findings, "doctor says them as they are");
    health.look(Examined::default(), now());
    assert_eq!(health.counts(), (0, 0));
}
