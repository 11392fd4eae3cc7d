//! Entries that trimming took before they were read, or is about to.

use super::lint::{Judged, Lint, Place};
use super::look::{Look, name};
use crate::bus::{GroupFacts, Level, StreamFacts};
use crate::text::{count, plural};

/// Publishers trim roughly: nearer than this to the limit, any append may push entries out.
const MARGIN: u64 = 100;
/// So many streams are named one by one.
const NAMED: usize = 50;

pub(super) fn judge(look: &Look<'_>) -> Judged {
    let limit = look.facts.limit;
    let mut lints = Vec::new();
    for (stream, group) in look.groups() {
        if let Some((what, evidence)) = lost(stream, group) {
            lints.push(lint(Level::Fault, (stream, group), what, evidence));
        }
        if let Some((what, evidence)) = limit.and_then(|limit| endangered(stream, group, limit)) {
            lints.push(lint(Level::Warning, (stream, group), what, evidence));
        }
    }
    // What is lost comes before what may be.
    lints.sort_by_key(|lint| std::cmp::Reverse(lint.level));
    if let Some(more) = lints.len().checked_sub(NAMED).filter(|more| *more > 0) {
        lints.truncate(NAMED);
        if let Some(last) = lints.last().cloned() {
            let what = format!("the same of {}", plural(more as u64, "more group", "more groups"));
            lints.push(Lint { what, place: Place::default(), ..last });
        }
    }
    let passed = match limit {
        Some(limit) => {
            format!("publishers trim to about {} entries; no unread entry is near that", count(limit))
        }
        None => "no unread entry was trimmed".to_owned(),
    };
    Judged::new(lints, passed)
}

fn lint(
    level: Level,
    (stream, group): (&StreamFacts, &GroupFacts),
    what: String,
    evidence: Vec<String>,
) -> Lint {
    Lint {
        check: "trimming",
        level,
        place: Place {
            stream: Some(stream.stream.clone()),
            event_type: Some(stream.event_type.clone()),
            ..Place::handler(&group.name)
        },
        what,
        evidence,
        next: vec![
            "let the consumers catch up: look whether they run, and whether a handler fails; until then publish less, or \
             raise the length that publishers trim to"
                .to_owned(),
        ],
    }
}

/// What `group` lost.
fn lost(stream: &StreamFacts, group: &GroupFacts) -> Option<(String, Vec<String>)> {
    let name = name(stream, group);
    let first = stream
        .first
        .map_or_else(|| "the stream is empty".to_owned(), |first| format!("its oldest entry is {first}"));
    if let Some(pending) = group.oldest_pending
        && group.pending > 0
        && stream.first.is_none_or(|first| pending < first)
    {
        return Some((
            format!(
                "entries are gone that were never handled: {name}: pending entries from {pending} on are trimmed, and cannot \
                 be handled again"
            ),
            vec![format!("the oldest of {} pending is {pending}; {first}", count(group.pending))],
        ));
    }
    // Everything that it has read is gone. Whether unread entries went too, only counts can tell.
    let (added, read) = (stream.added?, group.read?);
    let removed = added.checked_sub(stream.length)?;
    if stream.first.is_some_and(|first| first <= group.last_delivered) {
        return None;
    }
    let unread = removed.checked_sub(read).filter(|unread| *unread > 0)?;
    Some((
        format!("entries are gone that were never handled: {name}: {} unread", count(unread)),
        vec![format!(
            "{} were added, {} are left, the group has read {}; {first}",
            count(added),
            count(stream.length),
            count(read)
        )],
    ))
}

/// What `group` is about to lose.
fn endangered(stream: &StreamFacts, group: &GroupFacts, limit: u64) -> Option<(String, Vec<String>)> {
    let first = stream.first?;
    if stream.length + MARGIN <= limit {
        return None;
    }
    let oldest_is_unread = group.last_delivered < first;
    let oldest_is_pending = group.oldest_pending.is_some_and(|pending| pending <= first);
    // A full stream is the rule on a busy bus; what matters is how much of it is unread.
    let mostly_unread = group.unread().saturating_mul(2) >= limit;
    let why = if oldest_is_unread {
        "its oldest entry is unread"
    } else if oldest_is_pending {
        "its oldest entry is pending"
    } else if mostly_unread {
        "half of it or more is unread"
    } else {
        return None;
    };
    Some((
        format!(
            "trimming is about to eat unread entries: {}: {} of about {} entries, {} unread and {} pending",
            name(stream, group),
            count(stream.length),
            count(limit),
            count(group.unread()),
            count(group.pending)
        ),
        vec![format!(
            "{why}; threshold: fewer than {MARGIN} entries below the length that publishers trim to"
        )],
    ))
}
