//! Handlers that would be given what is retried, and that nobody runs: it waits for them, and nobody sees it fail or succeed.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::time::timeout;

use crate::bus::{BusError, FailedEvent, Foreseen, Inspector};
use crate::event::{Channel, EventType};
use crate::text::{count, display_safe};

/// The most types that are asked about,
const TYPES: usize = 50;
/// and handlers that are named.
const NAMED: usize = 5;

/// How long asking may take: a plan can be made without.
const ANSWER: Duration = Duration::from_secs(5);

/// Adds to the notes of `foreseen` which of its handlers nobody runs, as far as the bus says; and why, where that is not
/// known.
pub async fn note_unattended(
    inspector: &dyn Inspector,
    events: impl IntoIterator<Item = &FailedEvent>,
    foreseen: &mut Foreseen,
) {
    let targets = events.into_iter().map(|event| (&event.event_type, event.channel.as_ref())).collect();
    note_targets(inspector, targets, foreseen).await;
}

async fn note_targets(inspector: &dyn Inspector, targets: BTreeSet<Target<'_>>, foreseen: &mut Foreseen) {
    if foreseen.handlers.is_empty() {
        return;
    }
    let asking = at_work(inspector, targets);
    let answer = timeout(ANSWER, asking).await.unwrap_or_else(|_| {
        let what = format!("asking took longer than {} s", ANSWER.as_secs());
        Err(BusError::Unavailable { what })
    });
    match answer {
        Ok(Some(at_work)) => {
            let idle = |name: &&String| at_work.get(*name).copied().unwrap_or(0) == 0;
            let idle: Vec<&String> = foreseen.handlers.keys().filter(idle).collect();
            foreseen.notes.extend(told(&idle));
        }
        // Of types that were not asked about, somebody may be there. And a bus that cannot say it has no handlers.
        Ok(None) | Err(BusError::Unsupported(_)) => {}
        Err(why) => {
            let why = display_safe(why.what()).into_owned();
            foreseen.notes.push(format!("whether anybody runs its handlers is not known: {why}"));
        }
    }
}

/// A type, and the channel it is for.
type Target<'a> = (&'a EventType, Option<&'a Channel>);

/// How many work for each handler, by name; `None` where there are too many types to ask.
async fn at_work(
    inspector: &dyn Inspector,
    targets: BTreeSet<Target<'_>>,
) -> Result<Option<BTreeMap<String, u64>>, BusError> {
    if targets.len() > TYPES {
        return Ok(None);
    }
    let mut at_work: BTreeMap<String, u64> = BTreeMap::new();
    for (event_type, channel) in targets {
        for receiver in inspector.receivers(event_type, channel).await?.groups {
            *at_work.entry(receiver.name).or_default() += receiver.consumers;
        }
    }
    Ok(Some(at_work))
}

fn told(idle: &[&String]) -> Option<String> {
    let named: Vec<_> = idle.iter().take(NAMED).map(|name| display_safe(name).into_owned()).collect();
    let more = idle.len().saturating_sub(NAMED) as u64;
    let more = if more > 0 { format!(" and {} more", count(more)) } else { String::new() };
    (!named.is_empty()).then(|| {
        format!("nobody runs {}{more} now: what is retried waits until a worker does", named.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;

    use super::*;
    use crate::bus::{
        Examined, Fate, HandlerDetail, HandlerReport, Looked, Published, Receiver, Receivers, StreamReport,
    };

    /// Of each type these work for it; of others nothing is known.
    struct Crews(Vec<(&'static str, Vec<(&'static str, u64)>)>);

    #[async_trait]
    impl Inspector for Crews {
        async fn streams(&self) -> Result<Looked<StreamReport>, BusError> {
            unreachable!("nobody asks for it")
        }

        async fn handlers(&self) -> Result<Looked<HandlerReport>, BusError> {
            unreachable!("nobody asks for it")
        }

        async fn handler(&self, _: &HandlerReport) -> Result<HandlerDetail, BusError> {
            unreachable!("nobody asks for it")
        }

        async fn receivers(
            &self,
            event_type: &EventType,
            _: Option<&Channel>,
        ) -> Result<Receivers, BusError> {
            let known = self.0.iter().find(|(name, _)| *name == event_type.as_str());
            let Some((_, crew)) = known else {
                return Err(BusError::Unavailable { what: "the link\u{1b} broke".to_owned() });
            };
            let group = |(name, consumers): &(&str, u64)| Receiver {
                name: (*name).to_owned(),
                consumers: *consumers,
            };
            Ok(Receivers { groups: crew.iter().map(group).collect(), ..Receivers::default() })
        }

        async fn fates(&self, _: &Published) -> Result<Vec<Fate>, BusError> {
            unreachable!("nobody asks for it")
        }

        async fn examine(&self) -> Result<Examined, BusError> {
            unreachable!("nobody asks for it")
        }
    }

    async fn notes(crews: Crews, types: &[&str], handlers: &[&str]) -> Vec<String> {
        let types: Vec<EventType> = types.iter().map(|name| EventType::new(name).unwrap()).collect();
        let handlers = handlers.iter().map(|name| ((*name).to_owned(), 1)).collect();
        let mut foreseen = Foreseen { handlers, ..Foreseen::default() };
        note_targets(&crews, types.iter().map(|it| (it, None)).collect(), &mut foreseen).await;
        foreseen.notes
    }

    #[tokio::test]
    async fn handlers_that_nobody_runs_are_named() {
        let crews = || {
            Crews(vec![("A", vec![("mail", 0), ("sla", 2)]), ("B", vec![("mail", 1), ("od\u{202e}d", 0)])])
        };
        assert_eq!(notes(crews(), &["A"], &["sla"]).await, [""; 0]);
        assert_eq!(
            notes(crews(), &["A"], &["mail", "sla"]).await,
            ["nobody runs mail now: what is retried waits until a worker does"]
        );
        // For one of the types somebody is there.
        assert_eq!(notes(crews(), &["A", "B"], &["mail"]).await, [""; 0]);
        // What has no group has nobody, and its name is shown without harm.
        assert_eq!(
            notes(crews(), &["A", "B"], &["gone", "od\u{202e}d"]).await,
            ["nobody runs gone, od\u{FFFD}d now: what is retried waits until a worker does"
                .replace("od\u{FFFD}d", &display_safe("od\u{202e}d"))]
        );
        let many: Vec<String> = (0..8).map(|n| format!("h{n}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let told = notes(crews(), &["A"], &many).await.concat();
        assert!(told.starts_with("nobody runs h0, h1, h2, h3, h4 and 3 more now"), "{told}");
    }

    #[tokio::test]
    async fn what_cannot_be_known_is_said() {
        let told = notes(Crews(Vec::new()), &["A"], &["mail"]).await.concat();
        assert!(told.starts_with("whether anybody runs its handlers is not known: the link"), "{told}");
        assert!(!told.contains('\u{1b}'));
        assert_eq!(notes(Crews(Vec::new()), &["A"], &[]).await, [""; 0], "nobody is reached at all");
    }
}
