//! Groups that have something to do, and nobody who does it.

use std::time::Duration;

use super::finding::{examples, note, ok, some, warning};
use super::waiting::{Group, Waiting};
use crate::bus::Finding;
use crate::text::age;

const CHECK: &str = "consumers";
const LEFT: &str = "consumers-left";
/// A consumer that has work waiting and has asked for nothing for so long is taken for dead.
const DEAD: Duration = Duration::from_mins(10);
/// A consumer without work that was quiet for so long was left behind by a program that ended.
const LEFT_BEHIND: Duration = Duration::from_hours(24);
/// So many of them are worth a word.
const CROWD: usize = 20;

/// Nothing is said of a bus without groups.
pub(super) fn judge(waiting: &Waiting) -> Vec<Finding> {
    if waiting.groups.is_empty() {
        return Vec::new();
    }
    if let Some(refusal) = &waiting.consumers_unseen {
        return vec![refusal.finding(CHECK)];
    }
    let mut findings = vec![judge_work(&waiting.groups)];
    findings.extend(judge_crowd(&waiting.groups));
    findings
}

fn judge_work(groups: &[Group]) -> Finding {
    let busy: Vec<_> = groups.iter().filter(|group| group.unread() > 0 || group.facts.pending > 0).collect();
    let abandoned: Vec<_> = busy.iter().filter_map(|group| abandoned(group)).collect();
    if abandoned.is_empty() {
        return ok(
            CHECK,
            match busy.len() {
                0 => format!("{}, and nothing waits for any of them", some(groups.len() as u64, "group")),
                busy => format!(
                    "{} of {} with work waiting, and consumers at it",
                    busy,
                    some(groups.len() as u64, "group")
                ),
            },
        );
    }
    warning(
        CHECK,
        format!(
            "{} with work waiting and no live consumer: {}",
            some(abandoned.len() as u64, "group"),
            examples(&abandoned)
        ),
        "look whether the program that consumes them runs",
    )
}

/// What waits in `group` in vain; `None` while someone is at it.
fn abandoned(group: &Group) -> Option<String> {
    let quietest = match group.consumers.iter().map(|consumer| consumer.idle).min() {
        Some(idle) if idle < DEAD => return None,
        Some(idle) => format!("nobody asked for more in {}", age(idle)),
        None => "no consumer".to_owned(),
    };
    let pending = group.facts.pending;
    Some(format!("{}: {} unread, {pending} pending, {quietest}", group.name(), group.unread()))
}

fn judge_crowd(groups: &[Group]) -> Option<Finding> {
    let left = groups.iter().flat_map(|group| &group.consumers);
    let left = left.filter(|consumer| consumer.pending == 0 && consumer.idle > LEFT_BEHIND).count();
    (left >= CROWD).then(|| {
        note(
            LEFT,
            format!(
                "{} without work for more than a day: left by programs that ended",
                some(left as u64, "consumer")
            ),
            Some("harmless; XGROUP DELCONSUMER removes one, and is safe only while it has nothing pending"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::super::waiting::{Consumer, example};
    use super::*;
    use crate::broker::redis::doctor::seen::Refusal;
    use crate::bus::Level;

    fn group(lag: u64, pending: u64, idle: &[u64]) -> Group {
        let mut group = example::group(10, 1, 1, lag);
        group.facts.pending = pending;
        group.consumers =
            idle.iter().map(|seconds| Consumer { pending: 0, idle: Duration::from_secs(*seconds) }).collect();
        group
    }

    #[test]
    fn work_without_workers_stands_out() {
        for (group, level, shown) in [
            (group(0, 0, &[]), Level::Ok, "1 group, and nothing waits"),
            (group(0, 0, &[9_000]), Level::Ok, "nothing waits"),
            (group(5, 0, &[9_000, 3]), Level::Ok, "consumers at it"),
            (group(5, 0, &[]), Level::Warning, "g on event::A: 5 unread, 0 pending, no consumer"),
            (group(0, 2, &[9_000, 7_200]), Level::Warning, "2 pending, nobody asked for more in 2 h"),
        ] {
            let waiting = Waiting { groups: vec![group], ..Waiting::default() };
            let [finding] = &judge(&waiting)[..] else { panic!() };
            assert_eq!(finding.level, level, "{}", finding.found);
            assert!(finding.found.contains(shown), "{}", finding.found);
        }
    }

    #[test]
    fn many_left_behind_are_worth_a_word() {
        let waiting = |left| Waiting { groups: vec![group(0, 0, &vec![90_000; left])], ..Waiting::default() };
        assert_eq!(judge(&waiting(19)).len(), 1);
        assert_eq!(judge(&waiting(20))[1].check, LEFT);
    }

    #[test]
    fn consumers_that_may_not_be_seen_are_a_note() {
        let refusal = Refusal::new("XINFO CONSUMERS", "NOPERM");
        let waiting =
            Waiting { groups: vec![group(5, 0, &[])], consumers_unseen: Some(refusal), ..Waiting::default() };
        assert_eq!(judge(&waiting)[0].mend.as_deref(), Some("grant +xinfo|consumers to see it"));
        assert!(judge(&Waiting::default()).is_empty());
    }
}
