//! Streams that nobody consumes, although others of the bus are consumed.

use super::finding::{entries, examples, note, ok, some, warning};
use crate::broker::redis::survey::{Surveyed, SurveyedGroup};
use crate::bus::Finding;
use crate::text::{count, display_safe};

const CHECK: &str = "groups";

/// `group`: the name that the consumers' group has in this profile. Nothing is said of a bus without streams.
pub(super) fn judge(streams: &[Surveyed], group: &str) -> Option<Finding> {
    if streams.is_empty() {
        return None;
    }
    let shown = display_safe(group);
    let has = |stream: &&Surveyed| stream.groups.iter().any(|found| found.name == group.as_bytes());
    let (with, without): (Vec<_>, Vec<_>) = streams.iter().partition(has);
    if with.is_empty() {
        return Some(warning(
            CHECK,
            format!("no stream has the group '{shown}'{}: nobody handles these events", others(streams)),
            "has Alga ever run on this bus? If its group has another name, set alga_psa.group in the context",
        ));
    }
    let found = format!(
        "{} of {} have the group '{shown}'",
        count(with.len() as u64),
        some(streams.len() as u64, "stream")
    );
    if without.is_empty() {
        return Some(ok(CHECK, found));
    }
    let holding: Vec<_> = without.iter().filter(|stream| stream.length > 0).collect();
    if holding.is_empty() {
        let keys: Vec<_> = without.iter().map(|stream| stream.source.key.to_string()).collect();
        return Some(note(CHECK, format!("{found}; the others are empty: {}", examples(&keys)), None));
    }
    let keys: Vec<_> =
        holding.iter().map(|stream| format!("{} ({})", stream.source.key, entries(stream.length))).collect();
    Some(warning(
        CHECK,
        format!("{found}; nobody handles the entries of {}", examples(&keys)),
        "start the program that subscribes to these types; it makes the group",
    ))
}

/// `; there are the groups 'a', 'b'`
fn others(streams: &[Surveyed]) -> String {
    let mut names: Vec<_> =
        streams.iter().flat_map(|stream| stream.groups.iter().map(SurveyedGroup::text)).collect();
    names.sort();
    names.dedup();
    if names.is_empty() {
        return String::new();
    }
    let names: Vec<_> = names.iter().map(|name| format!("'{}'", display_safe(name))).collect();
    format!(" (there are {})", examples(&names))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::broker::redis::discovery::Source;
    use crate::bus::Level;
    use crate::event::{EntryId, EventType, StreamKey};

    fn stream(length: u64, group: Option<&str>) -> Surveyed {
        let groups = group.map(|name| SurveyedGroup {
            name: name.as_bytes().to_vec(),
            pending: 0,
            consumers: 0,
            last_delivered: EntryId::ZERO,
            read: None,
            lag: None,
        });
        Surveyed {
            source: Source {
                key: StreamKey::new("s:A").unwrap(),
                event_type: EventType::new("A").unwrap(),
                channel: None,
            },
            length,
            added: None,
            first: None,
            last: None,
            groups: groups.into_iter().collect(),
            dead_letters: 0,
            dead_letters_known: true,
        }
    }

    #[test]
    fn streams_without_the_group_stand_out() {
        for (streams, level, shown) in [
            (vec![stream(5, Some("g")), stream(0, Some("g"))], Level::Ok, "2 of 2 streams"),
            (vec![stream(5, Some("g")), stream(0, None)], Level::Note, "the others are empty: s:A"),
            (
                vec![stream(5, Some("g")), stream(7, Some("h"))],
                Level::Warning,
                "the entries of s:A (7 entries)",
            ),
            (vec![stream(5, None)], Level::Warning, "no stream has the group 'g': nobody"),
            (vec![stream(5, Some("h\x1b"))], Level::Warning, "(there are 'h\\x1b')"),
        ] {
            let finding = judge(&streams, "g").unwrap();
            assert_eq!(finding.level, level, "{}", finding.found);
            assert!(finding.found.contains(shown), "{}", finding.found);
        }
        assert_eq!(judge(&[], "g"), None);
    }
}
