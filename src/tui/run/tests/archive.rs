//! Questions about what lies on a bus.

use std::future::pending;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::mpsc;
use tokio::time::{Duration, Instant};

use super::stage::{Puppet, session, watching_it};
use crate::bus::{Archive, ArchivePage, ArchiveQuery, BusError, ChannelScope, Direction};
use crate::event::EntryId;
use crate::tui::effect::EffectDone;
use crate::tui::run::archive::ArchiveDesk;

/// Never answers.
struct Mute;

#[async_trait]
impl Archive for Mute {
    async fn page(&self, _: &ArchiveQuery) -> Result<ArchivePage, BusError> {
        pending().await
    }
}

fn query() -> ArchiveQuery {
    ArchiveQuery::new(EntryId::MAX, Direction::Older, 10, ChannelScope::All)
}

fn answer(done: Option<EffectDone>) -> (u64, Result<Box<ArchivePage>, BusError>) {
    let Some(EffectDone::ReadBack { number, answer, .. }) = done else { panic!("{done:?}") };
    (number, answer)
}

#[tokio::test(start_paused = true)]
async fn a_page_has_its_time_and_the_last_question_takes_the_place_of_the_one_before() {
    let watching = watching_it(crate::bus::Session {
        archive: Arc::new(Mute),
        ..session("prod", &Arc::new(Puppet::default()))
    });
    let (answers, mut answered) = mpsc::channel(4);
    let mut desk = ArchiveDesk::new(answers);
    let start = Instant::now();
    assert_eq!(desk.read(Some(&watching), 1, query()), None);
    assert_eq!(desk.read(Some(&watching), 2, query()), None);
    let (number, late) = answer(answered.recv().await);
    assert!(start.elapsed() >= Duration::from_secs(10));
    assert!(number == 2 && matches!(late, Err(BusError::Unavailable { .. })), "{number} {late:?}");
    drop(desk);
    assert_eq!(answered.recv().await, None, "the first one was given up");
}

#[tokio::test(start_paused = true)]
async fn without_a_bus_that_is_watched_it_says_so_at_once() {
    let (answers, _answered) = mpsc::channel(4);
    let done = ArchiveDesk::new(answers).read(None, 7, query());
    let (number, why) = answer(done);
    assert!(number == 7 && why.is_err_and(|why| why.what() == "there is no connection"));
}
