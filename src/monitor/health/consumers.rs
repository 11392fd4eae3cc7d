//! Groups that have something to do, and nobody who does it.

use std::collections::BTreeMap;
use std::time::Duration;

use super::lint::{Judged, Lint, Place};
use super::look::{Look, name};
use super::words::{examples, shell, span, waits};
use crate::bus::{GroupFacts, Level, StreamFacts};
use crate::text::{count, display_safe, plural};

/// A consumer that has work waiting and has asked for nothing for so long is taken for dead.
const DEAD: Duration = Duration::from_mins(10);
/// A consumer without work that was quiet for so long was left behind by a program that ended.
const LEFT_BEHIND: Duration = Duration::from_hours(24);
/// So many of them are worth a word.
const CROWD: usize = 20;
/// So many streams of a group are named in the evidence.
const NAMED: usize = 20;

/// Handlers that are registered give signs of life, and are judged by those: `handlers`.
pub(super) fn judge(look: &Look<'_>) -> Judged {
    let groups = look.groups().count();
    let busy: Vec<_> = look.groups().filter(|(_, group)| group.unread() > 0 || group.pending > 0).collect();
    let mut abandoned: BTreeMap<&str, Vec<(&StreamFacts, &GroupFacts)>> = BTreeMap::new();
    for (stream, group) in &busy {
        if !look.is_registered(&group.name) && is_abandoned(group) {
            abandoned.entry(&group.name).or_default().push((*stream, *group));
        }
    }
    let groups = plural(groups as u64, "group", "groups");
    let passed = match busy.len() {
        0 => format!("{groups}, and nothing waits for any of them"),
        busy => format!("{} of {groups} with work waiting, and consumers at it", count(busy as u64)),
    };
    Judged::new(abandoned.into_iter().map(|(name, parts)| lint(name, &parts)).collect(), passed)
}

fn quietest(group: &GroupFacts) -> Option<Duration> {
    group.consumers.iter().map(|consumer| consumer.idle).min()
}

/// Whether nobody is at it.
fn is_abandoned(group: &GroupFacts) -> bool {
    quietest(group).is_none_or(|idle| idle >= DEAD)
}

fn lint(group: &str, parts: &[(&StreamFacts, &GroupFacts)]) -> Lint {
    let sum = |of: fn(&GroupFacts) -> u64| parts.iter().map(|(_, group)| of(group)).sum::<u64>();
    let waiting = waits(&[(sum(GroupFacts::unread), "unread"), (sum(|group| group.pending), "pending")]);
    let quiet = match parts.iter().filter_map(|(_, group)| quietest(group)).min() {
        Some(idle) => format!("nobody asked for more in {}", span(idle)),
        None => "no consumer".to_owned(),
    };
    let shown = match parts {
        [(stream, group)] => name(stream, group),
        _ => format!("{} on {} streams", display_safe(group), count(parts.len() as u64)),
    };
    let each: Vec<_> = parts
        .iter()
        .map(|(stream, group)| {
            let waiting = waits(&[(group.unread(), "unread"), (group.pending, "pending")]);
            let key = display_safe(stream.stream.as_str());
            let consumers = plural(group.consumers.len() as u64, "consumer", "consumers");
            match quietest(group) {
                Some(idle) => format!("{key}: {waiting}; {consumers}, the last word {} ago", span(idle)),
                None => format!("{key}: {waiting}; no consumer"),
            }
        })
        .collect();
    let mut evidence: Vec<_> = each.iter().take(NAMED).cloned().collect();
    if each.len() > NAMED {
        evidence.push(format!("and {}", plural((each.len() - NAMED) as u64, "more stream", "more streams")));
    }
    evidence.push(format!("threshold: no consumer, or none that asked for more in {}", span(DEAD)));
    let event_type = if let [(stream, _)] = parts { Some(stream.event_type.clone()) } else { None };
    Lint {
        check: "consumers",
        level: Level::Warning,
        place: Place { event_type, ..Place::handler(group) },
        what: format!("work waits and nobody is at it: {shown} ({waiting}, {quiet})"),
        evidence,
        next: vec![
            "look whether the program that consumes them runs".to_owned(),
            format!("tidings handlers show {}", shell(group)),
        ],
    }
}

/// Consumers that programs left behind.
pub(super) fn judge_left(look: &Look<'_>) -> Judged {
    let mut streams = Vec::new();
    let mut left = 0;
    for (stream, group) in look.groups() {
        let quiet =
            group.consumers.iter().filter(|consumer| consumer.pending == 0 && consumer.idle > LEFT_BEHIND);
        let quiet = quiet.count();
        left += quiet;
        if quiet > 0 {
            streams.push(format!("{}: {quiet}", name(stream, group)));
        }
    }
    let passed = "few consumers are without work for more than a day".to_owned();
    if left < CROWD {
        return Judged::new(Vec::new(), passed);
    }
    let lint = Lint {
        check: "consumers-left",
        level: Level::Note,
        place: Place::default(),
        what: format!(
            "{} without work for more than a day: left by programs that ended",
            plural(left as u64, "consumer", "consumers")
        ),
        evidence: vec![
            examples(&streams, NAMED),
            format!("threshold: {CROWD} that were quiet for {}", span(LEFT_BEHIND)),
        ],
        next: vec![
            "harmless; XGROUP DELCONSUMER removes one, and is safe only while it has nothing pending"
                .to_owned(),
        ],
    };
    Judged::new(vec![lint], passed)
}
