//! What a plan is made of.

use super::*;

#[test]
fn frozen_are_the_events_once_each_and_what_failed_later_came_since() {
    let mut events: Vec<_> = [3, 1, 2, 1].into_iter().map(event).collect();
    let plan = Plan::freeze(&events, "2026-11-23T12:02:31Z".parse().unwrap(), "jo@web-1");
    assert_eq!(plan.items, [at(1), at(2), at(3)]);
    assert_eq!(plan.summary.count, 3);
    assert_eq!(plan.late(&events), 0);
    let later = "2026-11-23T12:02:32Z".parse().ok();
    for (n, of) in [(7, None), (8, Some(plan.id.as_str())), (1, None)] {
        events.push(FailedEvent { last_failed_at: later, plan: of.map(Into::into), ..event(n) });
    }
    assert_eq!(plan.late(&events), 1, "neither its own, nor what is in it");
    let resumed = Plan::resume(plan.kept(), "jo@web-1").unwrap();
    assert_eq!((resumed.items, resumed.id, resumed.summary.count), (plan.items, plan.id, 3));
}

#[test]
fn of_what_waits_a_plan_knows_which_attempt_was_frozen_also_when_it_is_gone_on_with() {
    let waiting: FailedAt = "waiting:7-0:mail:event::A".parse().unwrap();
    let waits = FailedEvent { at: waiting.clone(), attempts: Some(2), ..event(0) };
    let dead = FailedEvent { attempts: Some(5), ..event(1) };
    let plan = Plan::freeze(&[&waits, &dead], "2026-11-23T12:02:31Z".parse().unwrap(), "jo@web-1");
    for plan in [plan.clone(), Plan::resume(plan.kept(), "al@web-2").unwrap()] {
        assert_eq!((plan.order(&waiting).attempts, plan.order(&dead.at).attempts), (Some(2), None));
    }
}

#[test]
fn a_plan_of_another_version_says_that_its_pace_is_unknown() {
    let kept = crate::bus::KeptPlan { pace: "warp 9".to_owned(), ..plan(1).kept() };
    let error = Plan::resume(kept, "jo@web-1").unwrap_err().to_string();
    assert!(error.contains("'warp 9' is no pace"), "{error}");
}
