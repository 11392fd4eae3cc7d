//! The streams that were found, and what lies among them.

use super::finding::{entries, examples, fault, note, ok, some, warning};
use crate::broker::redis::asker::Asker;
use crate::broker::redis::profile::Layout;
use crate::broker::redis::question::Question;
use crate::broker::redis::survey::Survey;
use crate::broker::redis::{Profile, Settings, codec};
use crate::bus::{BusError, Finding};
use crate::event::StreamKey;
use crate::text::display_safe;

const CHECK: &str = "streams";
const DOING: &str = "looking for streams of another layout";

/// Keys may not be asked for at all.
pub(super) fn unseen(error: &BusError) -> Finding {
    fault(CHECK, error.what(), error.next().unwrap_or("look at the rights of this user with ACL GETUSER"))
}

pub(super) fn judge(survey: &Survey) -> Finding {
    let held = survey.streams.iter().map(|stream| stream.length).sum();
    let dead = survey.streams.iter().map(|stream| stream.dead_letters).sum();
    let found = format!("{} with {}", some(survey.streams.len() as u64, "type stream"), entries(held),);
    if let Some((_, why)) = survey.denied.first() {
        let keys: Vec<_> = survey.denied.iter().map(|(key, _)| key.to_string()).collect();
        return fault(
            CHECK,
            format!("{found}; {} may not be looked at ({}): {}", keys.len(), examples(&keys), why.what()),
            "grant this user the keys: ACL SETUSER USER ~PATTERN",
        );
    }
    if dead > 0 {
        return note(CHECK, format!("{found}; beside them lie {}", some(dead, "dead letter")), None);
    }
    ok(CHECK, found)
}

/// What else the database holds when nothing was found.
pub(super) struct Elsewhere {
    /// Another profile, and how many type streams it has under its default names.
    other: Option<(Profile, usize)>,
    /// How many keys there are at all.
    keys: Option<u64>,
}

/// Looks for the other profile's streams. What may not be asked is left out.
pub(super) async fn elsewhere(asker: &mut Asker, settings: &Settings) -> Result<Elsewhere, BusError> {
    let other = match settings.profile {
        Profile::AlgaPsa => Profile::Native,
        Profile::Native | Profile::PubSub => Profile::AlgaPsa,
    };
    let layout = Layout::of(&Settings { profile: other, ..settings.clone() });
    let found = match asker.discover(&layout).await {
        Ok(pass) => pass.sources.len(),
        Err(error @ BusError::Unavailable { .. }) => return Err(error),
        Err(_) => 0,
    };
    let keys = asker.ask(&Question::db_size(), DOING).await?.ok();
    Ok(Elsewhere {
        other: (found > 0).then_some((other, found)),
        keys: keys.and_then(|keys| codec::number(&keys)),
    })
}

pub(super) fn judge_none(settings: &Settings, elsewhere: &Elsewhere) -> Finding {
    let pattern = Layout::of(settings).scan_pattern();
    let keys = match elsewhere.keys {
        Some(keys) => format!(" (the database has {})", some(keys, "key")),
        None => String::new(),
    };
    let found = format!("no type streams under '{}'{keys}", display_safe(&pattern));
    match elsewhere.other {
        Some((profile, streams)) => {
            let name = profile.name();
            warning(
                CHECK,
                format!("{found}; but the profile {name} finds {}", some(streams as u64, "type stream")),
                format!("--profile {name}, or profile = \"{name}\" in the context"),
            )
        }
        // A bus on which nothing was published yet looks like this.
        None => note(
            CHECK,
            found,
            Some("if there should be some: is it the right profile, prefix and database number?"),
        ),
    }
}

pub(super) fn judge_strangers(strangers: &[StreamKey]) -> Option<Finding> {
    let keys: Vec<_> = strangers.iter().map(ToString::to_string).collect();
    (!keys.is_empty()).then(|| {
        note(
            "strangers",
            format!(
                "{} among the type streams, named for no event type: {}",
                some(keys.len() as u64, "stream"),
                examples(&keys)
            ),
            Some("their entries are shown nowhere; a type's name has upper-case letters, digits and underscores"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bus::Level;

    #[test]
    fn an_empty_bus_says_where_it_looked() {
        let settings = Settings::default();
        let nothing = judge_none(&settings, &Elsewhere { other: None, keys: Some(3) });
        assert_eq!(nothing.level, Level::Note);
        assert_eq!(nothing.found, "no type streams under 'event::*' (the database has 3 keys)");
        let other = Elsewhere { other: Some((Profile::AlgaPsa, 290)), keys: None };
        let other = judge_none(&settings, &other);
        assert_eq!(other.level, Level::Warning);
        assert!(other.found.contains("alga-psa finds 290 type streams"), "{}", other.found);
    }

    #[test]
    fn strangers_are_named_safely() {
        let keys =
            |names: &[&str]| names.iter().map(|name| StreamKey::new(name).unwrap()).collect::<Vec<_>>();
        assert_eq!(judge_strangers(&[]), None);
        let one = judge_strangers(&keys(&["event::\x1b[2J"])).unwrap().found;
        assert_eq!(one, "1 stream among the type streams, named for no event type: event::\\x1b[2J");
        let two = judge_strangers(&keys(&["event::a", "event::b"])).unwrap().found;
        assert!(two.starts_with("2 streams among"), "{two}");
    }
}
