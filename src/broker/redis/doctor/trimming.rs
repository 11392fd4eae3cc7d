//! Entries that trimming took before they were read, or is about to.

use super::finding::{examples, fault, ok, warning};
use super::waiting::Group;
use crate::bus::Finding;
use crate::text::count;

const CHECK: &str = "trimming";
/// Publishers trim roughly: nearer than this to the limit, any append may push entries out.
const MARGIN: u64 = 100;
const MEND: &str = "let the consumers catch up: look whether they run, and whether a handler fails; until then publish \
    less, or raise the length that publishers trim to";

/// `limit`: the length that publishers trim to, where the profile has one.
pub(super) fn judge(groups: &[Group], limit: Option<u64>) -> Vec<Finding> {
    if groups.is_empty() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    let lost: Vec<_> = groups.iter().filter_map(lost).collect();
    if !lost.is_empty() {
        findings.push(fault(
            CHECK,
            format!("entries are gone that were never handled: {}", examples(&lost)),
            MEND,
        ));
    }
    let endangered: Vec<_> = match limit {
        Some(limit) => groups.iter().filter_map(|group| endangered(group, limit)).collect(),
        None => Vec::new(),
    };
    if !endangered.is_empty() {
        findings.push(warning(
            CHECK,
            format!("trimming is about to eat unread entries: {}", examples(&endangered)),
            MEND,
        ));
    }
    if findings.is_empty() {
        let found = match limit {
            Some(limit) => {
                format!("publishers trim to about {} entries; no unread entry is near that", count(limit))
            }
            None => "no unread entry was trimmed".to_owned(),
        };
        findings.push(ok(CHECK, found));
    }
    findings
}

/// What `group` lost.
fn lost(group: &Group) -> Option<String> {
    let name = group.name();
    if let Some(pending) = group.oldest_pending
        && group.facts.pending > 0
        && group.first.is_none_or(|first| pending < first)
    {
        return Some(format!(
            "{name}: pending entries from {pending} on are trimmed, and cannot be handled again"
        ));
    }
    // Everything that it has read is gone. Whether unread entries went too, only counts can tell.
    let removed = group.added?.checked_sub(group.length)?;
    if group.first.is_some_and(|first| first <= group.facts.last_delivered) {
        return None;
    }
    let unread = removed.checked_sub(group.facts.read?)?;
    (unread > 0).then(|| format!("{name}: {} unread", count(unread)))
}

/// What `group` is about to lose.
fn endangered(group: &Group, limit: u64) -> Option<String> {
    let first = group.first?;
    if group.length + MARGIN <= limit {
        return None;
    }
    let oldest_is_unread = group.facts.last_delivered < first;
    let oldest_is_pending = group.oldest_pending.is_some_and(|pending| pending <= first);
    // A full stream is the rule on a busy bus; what matters is how much of it is unread.
    let mostly_unread = group.unread().saturating_mul(2) >= limit;
    (oldest_is_unread || oldest_is_pending || mostly_unread).then(|| {
        format!(
            "{}: {} of about {} entries, {} unread and {} pending",
            group.name(),
            count(group.length),
            count(limit),
            count(group.unread()),
            count(group.facts.pending)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::super::waiting::example::group;
    use super::*;
    use crate::bus::Level;
    use crate::event::EntryId;

    fn levels(group: Group, limit: Option<u64>) -> Vec<Level> {
        judge(&[group], limit).iter().map(|finding| finding.level).collect()
    }

    #[test]
    fn a_stream_full_of_unread_entries_is_in_danger() {
        for (group, level) in [
            (group(0, 0, 0, 0), Level::Ok),
            (group(900, 1, 0, 900), Level::Ok),
            (group(901, 1, 0, 901), Level::Warning),
            (group(1_000, 1, 990, 10), Level::Ok),
            (group(1_000, 1, 400, 600), Level::Warning),
        ] {
            assert_eq!(levels(group.clone(), Some(1_000)), [level], "{group:?}");
            assert_eq!(levels(group, None), [Level::Ok]);
        }
        let mut pending = group(1_000, 7, 990, 10);
        pending.facts.pending = 1;
        pending.oldest_pending = Some(EntryId::new(8, 0));
        assert_eq!(levels(pending.clone(), Some(1_000)), [Level::Ok]);
        pending.oldest_pending = Some(EntryId::new(7, 0));
        assert_eq!(levels(pending, Some(1_000)), [Level::Warning]);
    }

    #[test]
    fn what_was_trimmed_unread_is_lost() {
        // 30 were added, 10 are left from 21 on, the group has read up to 15.
        let with = |added, read, last_delivered| {
            let mut group = group(10, 21, last_delivered, 10);
            group.added = added;
            group.facts.read = read;
            group
        };
        for (group, lost) in [
            (with(Some(30), Some(15), 15), true),
            (with(Some(30), Some(20), 20), false),
            (with(Some(30), Some(25), 25), false),
            (with(Some(10), Some(0), 0), false),
            (with(Some(30), None, 15), false),
            (with(None, None, 15), false),
        ] {
            let findings = judge(std::slice::from_ref(&group), None);
            assert_eq!(findings[0].level == Level::Fault, lost, "{group:?}");
            assert_eq!(findings[0].found.contains("g on event::A: 5 unread"), lost);
        }
    }

    #[test]
    fn pending_entries_that_are_gone_are_lost() {
        let mut gone = group(10, 21, 30, 0);
        gone.facts.pending = 3;
        gone.oldest_pending = Some(EntryId::new(5, 0));
        assert_eq!(levels(gone.clone(), None), [Level::Fault]);
        gone.first = None;
        assert_eq!(levels(gone, None), [Level::Fault]);
    }
}
