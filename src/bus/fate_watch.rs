//! Following a published event to its outcome, for verbs and the dashboard alike.

use std::sync::Arc;
use std::time::Duration;

use super::{BusError, Fate, Inspector, Published};

/// How long to wait before the second look: most events are handled at once.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// What waits for its next attempt may do so for a quarter of an hour, and each look costs the server some answers.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Watches what becomes of one published event: asks [`Inspector::fates`] at growing intervals, from a tenth of a second to
/// two seconds, and tells each change.
///
/// [`FateWatch::next`] may be dropped at any point, as `select!` does, and called again: nothing is lost. Dropping the watch
/// ends it.
pub struct FateWatch {
    inspector: Arc<dyn Inspector>,
    published: Published,
    /// What was told last.
    known: Option<Result<Vec<Fate>, BusError>>,
    pause: Duration,
    is_over: bool,
}

impl FateWatch {
    /// Watches `published`. Nothing is asked yet.
    pub fn new(inspector: Arc<dyn Inspector>, published: Published) -> Self {
        Self { inspector, published, known: None, pause: Duration::ZERO, is_over: false }
    }

    /// Which event it is.
    pub fn published(&self) -> &Published {
        &self.published
    }

    /// Waits until something is different from what was told last, and tells all of it, by the receivers' names. The first
    /// look is told whatever it finds; none at all means that nobody receives the event, for now. An error that may pass
    /// is told once, and the watch goes on. `None`: it is over, because nothing can change any more ([`FateWatch::are_final`])
    /// or an error told so.
    pub async fn next(&mut self) -> Option<Result<Vec<Fate>, BusError>> {
        while !self.is_over {
            tokio::time::sleep(self.pause).await;
            let now = self.inspector.fates(&self.published).await;
            self.pause = (self.pause.saturating_mul(3) / 2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
            if self.known.as_ref() == Some(&now) {
                continue;
            }
            // Where something happened, more may happen soon.
            self.pause = FIRST_PAUSE;
            self.is_over = match &now {
                Ok(fates) => Self::are_final(fates),
                Err(BusError::Unavailable { .. }) => false,
                Err(BusError::Fatal { .. } | BusError::Refused { .. } | BusError::Unsupported(_)) => true,
            };
            self.known = Some(now.clone());
            return Some(now);
        }
        None
    }

    /// Whether somebody received it, and nothing more comes of it with any of them.
    pub fn are_final(fates: &[Fate]) -> bool {
        !fates.is_empty() && fates.iter().all(|fate| fate.stage.is_final())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::sync::Mutex;

    use async_trait::async_trait;
    use tokio::time::Instant;

    use super::*;
    use crate::bus::{Examined, HandlerDetail, HandlerReport, Looked, Receivers, Stage, StreamReport};
    use crate::event::{Channel, EntryId, EventId, EventType, StreamKey};

    type Answer = Result<Vec<Fate>, BusError>;

    /// Answers one after the other, the last one again and again; when each was asked for.
    struct Script(Mutex<(VecDeque<Answer>, Vec<Instant>)>);

    #[async_trait]
    impl Inspector for Script {
        async fn streams(&self) -> Result<Looked<StreamReport>, BusError> {
            Ok(Looked::whole(Vec::new()))
        }
        async fn handlers(&self) -> Result<Looked<HandlerReport>, BusError> {
            Ok(Looked::whole(Vec::new()))
        }
        async fn handler(&self, _: &HandlerReport) -> Result<HandlerDetail, BusError> {
            Ok(HandlerDetail::default())
        }
        async fn receivers(&self, _: &EventType, _: Option<&Channel>) -> Result<Receivers, BusError> {
            Ok(Receivers::default())
        }
        async fn fates(&self, _: &Published) -> Answer {
            let (answers, asked) = &mut *self.0.lock().unwrap();
            asked.push(Instant::now());
            let answer = answers.pop_front().unwrap();
            if answers.is_empty() {
                answers.push_back(answer.clone());
            }
            answer
        }
        async fn examine(&self) -> Result<Examined, BusError> {
            Ok(Examined::default())
        }
    }

    #[expect(clippy::unnecessary_wraps, reason = "it stands among answers that are errors")]
    fn fates(stages: &[Stage]) -> Answer {
        let fate = |(n, stage): (usize, &Stage)| Fate { name: format!("h{n}"), stage: stage.clone() };
        Ok(stages.iter().enumerate().map(fate).collect())
    }

    fn watch(answers: impl IntoIterator<Item = Answer>) -> (Arc<Script>, FateWatch) {
        let script = Arc::new(Script(Mutex::new((answers.into_iter().collect(), Vec::new()))));
        let published = Published {
            event: EventId::random(),
            stream: StreamKey::new("event::A").unwrap(),
            entry: EntryId::new(1, 0),
            repeated: false,
        };
        (Arc::clone(&script), FateWatch::new(script, published))
    }

    #[tokio::test(start_paused = true)]
    async fn each_change_is_told_once_until_all_are_final() {
        let down = || Err(BusError::Unavailable { what: "gone".to_owned() });
        let (_, mut watch) = watch([
            fates(&[]),
            fates(&[]),
            fates(&[Stage::Waiting]),
            down(),
            down(),
            fates(&[Stage::Waiting]),
            fates(&[Stage::Succeeded, Stage::Waiting]),
            fates(&[Stage::Succeeded, Stage::Waiting]),
            fates(&[Stage::Succeeded, Stage::Trimmed]),
        ]);
        for told in [
            fates(&[]),
            fates(&[Stage::Waiting]),
            down(),
            fates(&[Stage::Waiting]),
            fates(&[Stage::Succeeded, Stage::Waiting]),
            fates(&[Stage::Succeeded, Stage::Trimmed]),
        ] {
            assert_eq!(watch.next().await, Some(told));
        }
        assert_eq!(watch.next().await, None);
        assert_eq!(watch.next().await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn it_asks_ever_less_often_and_soon_again_after_a_change() {
        let waits = std::iter::repeat_n(fates(&[Stage::Waiting]), 40);
        let changes = [fates(&[Stage::Succeeded, Stage::Waiting]), fates(&[Stage::Succeeded])];
        let (script, mut watch) = watch(waits.chain(changes));
        while watch.next().await.is_some() {}
        let asked = script.0.lock().unwrap().1.clone();
        let pauses: Vec<_> = asked.windows(2).map(|pair| pair[1] - pair[0]).collect();
        // The timer of the runtime counts whole milliseconds.
        let whole = |pause: Duration| pause.as_millis() / 10 * 10;
        let first: Vec<_> = pauses.iter().map(|pause| whole(*pause)).take(4).collect();
        assert_eq!(first, [100, 150, 220, 330]);
        assert!(pauses[..40].is_sorted(), "{pauses:?}");
        assert_eq!((whole(pauses[39]), whole(pauses[40])), (2_000, 100));
    }

    #[tokio::test(start_paused = true)]
    async fn what_no_time_mends_ends_it() {
        let (_, mut watch) = watch([Err(BusError::Unsupported("no".to_owned()))]);
        assert!(watch.next().await.unwrap().is_err());
        assert_eq!(watch.next().await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_is_dropped_loses_nothing() {
        let (_, mut watch) = watch([fates(&[Stage::Waiting]), fates(&[Stage::Succeeded])]);
        assert_eq!(watch.next().await, Some(fates(&[Stage::Waiting])));
        assert!(tokio::time::timeout(Duration::from_millis(50), watch.next()).await.is_err());
        assert_eq!(watch.next().await, Some(fates(&[Stage::Succeeded])));
    }
}
