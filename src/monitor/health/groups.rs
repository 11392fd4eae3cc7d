//! Streams that nobody handles, although others of the bus are handled.

use super::lint::{Judged, Lint, Place};
use super::look::Look;
use super::words::examples;
use crate::bus::{Level, StreamFacts};
use crate::text::{count, display_safe, plural};

const CHECK: &str = "groups";
/// So many streams are named one by one; a bus with more of them has another trouble than those.
const NAMED: usize = 50;

pub(super) fn judge(look: &Look<'_>) -> Judged {
    let streams = &look.facts.streams;
    let wanted = look.facts.group.as_deref();
    let has = |stream: &&StreamFacts| match wanted {
        Some(wanted) => stream.groups.iter().any(|group| group.name == wanted),
        None => !stream.groups.is_empty(),
    };
    let (with, without): (Vec<_>, Vec<_>) = streams.iter().partition(has);
    let group =
        wanted.map_or_else(|| "a group".to_owned(), |name| format!("the group '{}'", display_safe(name)));
    let all = plural(streams.len() as u64, "stream", "streams");
    let holding: Vec<_> = without.iter().filter(|stream| stream.length > 0).collect();
    let mut passed = format!("{} of {all} have {group}", count(with.len() as u64));
    if !without.is_empty() && holding.is_empty() {
        let keys: Vec<_> = without.iter().map(|stream| stream.stream.to_string()).collect();
        passed = format!("{passed}; the others are empty: {}", examples(&keys, 3));
    }
    if holding.is_empty() {
        return Judged::new(Vec::new(), passed);
    }
    if with.is_empty() {
        return Judged::new(vec![nobody(look, &group, holding.len())], passed);
    }
    let mut lints: Vec<_> =
        holding.iter().take(NAMED).map(|stream| unhandled(stream, &group, &passed)).collect();
    if let Some(more) = holding.len().checked_sub(NAMED).filter(|more| *more > 0) {
        lints.push(Lint {
            what: format!(
                "nobody handles the entries of {}",
                plural(more as u64, "more stream", "more streams")
            ),
            place: Place::default(),
            ..unhandled(holding[0], &group, &passed)
        });
    }
    Judged::new(lints, passed)
}

/// No stream at all is handled. On a bus of our own that may be meant: others may listen without groups.
fn nobody(look: &Look<'_>, group: &str, holding: usize) -> Lint {
    let mut others: Vec<_> =
        look.groups().map(|(_, group)| format!("'{}'", display_safe(&group.name))).collect();
    others.sort();
    others.dedup();
    let others =
        if others.is_empty() { String::new() } else { format!(" (there are {})", examples(&others, 3)) };
    let streams = plural(holding as u64, "stream holds", "streams hold");
    let (level, next) = match look.facts.group {
        Some(_) => (
            Level::Warning,
            "has Alga ever run on this bus? If its group has another name, set alga_psa.group in the context",
        ),
        None => {
            (Level::Note, "start what handles them (tidings work, or your own program): it makes its group")
        }
    };
    Lint {
        check: CHECK,
        level,
        place: Place::default(),
        what: format!("no stream has {group}{others}: nobody handles these events"),
        evidence: vec![format!("{streams} entries, and none of them has {group}")],
        next: vec![next.to_owned()],
    }
}

fn unhandled(stream: &StreamFacts, group: &str, passed: &str) -> Lint {
    let entries = plural(stream.length, "entry", "entries");
    let key = display_safe(stream.stream.as_str());
    Lint {
        check: CHECK,
        level: Level::Warning,
        place: Place {
            stream: Some(stream.stream.clone()),
            event_type: Some(stream.event_type.clone()),
            ..Place::default()
        },
        what: format!("nobody handles the entries of {key} ({entries})"),
        evidence: vec![format!("{key} holds {entries} and has not {group}"), passed.to_owned()],
        next: vec![
            "start the program that subscribes to this type; it makes the group".to_owned(),
            "Enter shows its events".to_owned(),
        ],
    }
}
