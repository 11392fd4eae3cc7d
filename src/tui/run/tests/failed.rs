//! Reading failed events and acting on them, beside the loop: in order, in time, the newest question alone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tokio::sync::mpsc;
use tokio::time::{Duration, timeout};

use super::stage::{session, watching_it};
use crate::bus::{
    BusError, Counted, DiscardOrder, FailedAt, FailedEvent, FailedPage, FailedQuery, FailedQueue,
    FailedSource, FailedWhole, Follower, Foreseen, JournalEntry, KeptPlan, NoFailedQueue, RetriedBy, Runs,
    Session, Verb,
};
use crate::event::StreamKey;
use crate::tui::effect::{Deed, EffectDone};
use crate::tui::run::failed::FailedDesk;
use crate::tui::run::watching::Watching;

/// Sends so many pages, then ends, or never does.
struct Pages {
    pages: u64,
    hangs: bool,
}

fn nowhere() -> NoFailedQueue {
    NoFailedQueue("nothing fails here".to_owned())
}

#[async_trait]
impl FailedQueue for Pages {
    async fn read(&self, query: &FailedQuery, out: mpsc::Sender<FailedPage>) -> Result<(), BusError> {
        for n in 0..self.pages {
            let totals = BTreeMap::from([(FailedSource::DeadLetters, Counted::Exactly(n))]);
            let page = FailedPage { totals: Some(totals), other_tenants: n, ..FailedPage::default() };
            if out.send(page).await.is_err() {
                return Ok(());
            }
        }
        if self.hangs {
            std::future::pending::<()>().await;
        }
        if query.at_most == Some(7) {
            return Err(BusError::Unsupported("no".to_owned()));
        }
        Ok(())
    }

    async fn whole(&self, _: &FailedAt) -> Result<Option<FailedWhole>, BusError> {
        std::future::pending().await
    }

    async fn foresee(&self, _: &[FailedEvent], _: Runs) -> Result<Foreseen, BusError> {
        Ok(Foreseen::default())
    }

    fn follower(&self, plan: &str) -> Box<dyn Follower> {
        nowhere().follower(plan)
    }

    async fn journal(&self, at_most: usize) -> Result<Vec<JournalEntry>, BusError> {
        if self.hangs { std::future::pending().await } else { nowhere().journal(at_most).await }
    }

    async fn plan(&self, id: &str) -> Result<Option<KeptPlan>, BusError> {
        nowhere().plan(id).await
    }

    async fn retried_by(
        &self,
        plan: &str,
        since: DateTime<Utc>,
        streams: &BTreeSet<StreamKey>,
    ) -> Result<RetriedBy, BusError> {
        nowhere().retried_by(plan, since, streams).await
    }

    async fn may(&self, _: Verb) -> Result<(), BusError> {
        Ok(())
    }
}

fn watching(pages: u64, hangs: bool) -> Watching {
    watching_it(Session {
        failed: Arc::new(Pages { pages, hangs }),
        operator: Err("this context is read-only".to_owned()),
        ..session("prod", &Arc::default())
    })
}

fn query() -> FailedQuery {
    FailedQuery::of(FailedSource::FAILED)
}

async fn next(answers: &mut mpsc::Receiver<EffectDone>) -> EffectDone {
    timeout(Duration::from_mins(1), answers.recv()).await.unwrap().unwrap()
}

#[tokio::test(start_paused = true)]
async fn pages_come_in_order_and_the_end_comes_last() {
    let (sender, mut answers) = mpsc::channel(4);
    let (mut desk, watching) = (FailedDesk::new(sender), watching(30, false));
    desk.read(Some(&watching), 3, query());
    for n in 0..30 {
        let EffectDone::FailedPage { reading: 3, page } = next(&mut answers).await else { panic!("a page") };
        assert_eq!(page.other_tenants, n);
    }
    assert_eq!(next(&mut answers).await, EffectDone::FailedRead { reading: 3, answer: Ok(()) });
    let why = BusError::Unsupported("no".to_owned());
    desk.read(Some(&watching), 4, FailedQuery { at_most: Some(7), ..query() });
    for _ in 0..30 {
        assert!(matches!(next(&mut answers).await, EffectDone::FailedPage { reading: 4, .. }));
    }
    assert_eq!(next(&mut answers).await, EffectDone::FailedRead { reading: 4, answer: Err(why) });
}

#[tokio::test(start_paused = true)]
async fn what_is_never_answered_ends_all_the_same() {
    let (sender, mut answers) = mpsc::channel(4);
    let (mut desk, watching) = (FailedDesk::new(sender), watching(1, true));
    desk.read(Some(&watching), 1, query());
    assert!(matches!(next(&mut answers).await, EffectDone::FailedPage { .. }));
    let EffectDone::FailedRead { answer: Err(why), .. } = next(&mut answers).await else { panic!("the end") };
    assert!(why.what().contains("took too long"), "{why}");
    let stream = StreamKey::new("event::A").unwrap();
    let at = FailedAt::DeadLetter { stream, id: crate::event::EntryId::ZERO };
    desk.show(Some(&watching), at.clone());
    let EffectDone::Shown { answer: Err(_), .. } = next(&mut answers).await else { panic!("no answer") };
    desk.journal(Some(&watching), 10);
    let EffectDone::Journal { context, answer: Err(why) } = next(&mut answers).await else {
        panic!("no answer")
    };
    assert!(context == "prod" && why.what().contains("took too long"), "{why}");
    // No key leads to it; if one did, it would say why nothing is done.
    let refused =
        desk.act(Some(&watching), Deed::Discard(vec![DiscardOrder::new(at)], crate::bus::Because::default()));
    assert_eq!(refused, Some(EffectDone::Refused("this context is read-only".to_owned())));
}

#[tokio::test(start_paused = true)]
async fn a_new_reading_replaces_the_one_before() {
    let (sender, mut answers) = mpsc::channel(4);
    let (mut desk, watching) = (FailedDesk::new(sender), watching(1, true));
    desk.read(Some(&watching), 1, query());
    assert!(matches!(next(&mut answers).await, EffectDone::FailedPage { reading: 1, .. }));
    desk.read(Some(&watching), 2, query());
    assert!(matches!(next(&mut answers).await, EffectDone::FailedPage { reading: 2, .. }));
    assert!(matches!(next(&mut answers).await, EffectDone::FailedRead { reading: 2, .. }));
    assert!(timeout(Duration::from_mins(1), answers.recv()).await.is_err(), "nothing of the first one");
}
