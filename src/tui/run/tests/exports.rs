//! Exports beside the loop: how far they are, and what is left of a file that nobody waits for any more.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use tokio::sync::mpsc;
use tokio::time::{Duration, sleep, timeout};

use super::post::Disk;
use super::stage::{session, watching_it};
use crate::bus::{FailedAt, FailedQueue, Store};
use crate::event::{Entry, Masks, TenantId};
use crate::tui::effect::{EffectDone, ExportStep};
use crate::tui::host::{
    BadLinesFile, EventsFile, Export, Exported, FileStamp, Host, NewEventsFile, NotExported, Underway,
};
use crate::tui::run::export::ExportDesk;
use crate::tui::run::failed::FailedDesk;

/// A machine whose disk takes its time, and which knows how many files are there.
#[derive(Default)]
struct Slow {
    kept: Arc<AtomicUsize>,
    /// Those that are being written.
    open: Arc<AtomicUsize>,
}

/// A file in the making, which is removed when it is dropped.
struct Making {
    kept: Arc<AtomicUsize>,
    open: Arc<AtomicUsize>,
}

const TIME: Duration = Duration::from_millis(500);

impl Drop for Making {
    fn drop(&mut self) {
        self.open.fetch_sub(1, Ordering::SeqCst);
    }
}

#[async_trait]
impl NewEventsFile for Making {
    async fn write(&mut self, _: Vec<Entry>) -> Result<(), NotExported> {
        sleep(TIME).await;
        Ok(())
    }

    async fn keep(self: Box<Self>) -> Result<(), NotExported> {
        sleep(10 * TIME).await;
        self.kept.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

#[async_trait]
impl Host for Slow {
    async fn edit(&self, _: String, _: &'static str) -> Result<String, String> {
        Err("nobody edits here".to_owned())
    }

    async fn export(
        &self,
        export: &Export,
        _: Arc<dyn FailedQueue>,
        underway: Arc<Underway>,
    ) -> Result<Exported, NotExported> {
        let total = export.events.len() as u64;
        for written in 1..=total {
            tokio::select! {
                () = underway.ended() => return Err(NotExported::Ended(underway.written())),
                () = sleep(TIME) => underway.note(written),
            }
        }
        Ok(Exported { written: total, gone: 0 })
    }

    async fn open_events(&self, _: &str, _: Option<FileStamp>) -> Result<EventsFile, String> {
        Err("there is none".to_owned())
    }

    async fn paths(&self, _: &str) -> Result<Vec<String>, String> {
        Ok(Vec::new())
    }

    async fn bad_lines(&self, _: &str) -> Result<Box<dyn BadLinesFile>, String> {
        Err("there is none".to_owned())
    }

    fn refusal(&self, _: &TenantId) -> Option<String> {
        None
    }

    async fn create(&self, _: &str, _: bool) -> Result<Box<dyn NewEventsFile>, NotExported> {
        self.open.fetch_add(1, Ordering::SeqCst);
        Ok(Box::new(Making { kept: Arc::clone(&self.kept), open: Arc::clone(&self.open) }))
    }

    fn store(&self) -> Arc<dyn Store> {
        Disk::memory()
    }
}

async fn next(answers: &mut mpsc::Receiver<EffectDone>) -> EffectDone {
    timeout(Duration::from_mins(1), answers.recv()).await.unwrap().unwrap()
}

/// What is left after a file was opened, these steps were taken, and the dashboard was left: kept files, and open ones.
async fn left_after(steps: Vec<ExportStep>, is_met: bool) -> (usize, usize) {
    let slow = Arc::new(Slow::default());
    let host: Arc<dyn Host> = slow.clone();
    let (sender, mut answers) = mpsc::channel(4);
    let mut desk = ExportDesk::new(sender.clone());
    let open = ExportStep::Open { file: "a".to_owned(), replaces: false };
    assert_eq!(desk.perform(&host, 1, open), None);
    next(&mut answers).await;
    assert_eq!(slow.open.load(Ordering::SeqCst), 1);
    for step in steps {
        assert_eq!(desk.perform(&host, 1, step), None);
    }
    if is_met {
        desk.meet(sender);
    }
    // Nobody takes what is answered from here on.
    answers.close();
    desk.leave(20 * TIME).await;
    (slow.kept.load(Ordering::SeqCst), slow.open.load(Ordering::SeqCst))
}

#[tokio::test(start_paused = true)]
async fn what_is_not_whole_is_removed_before_the_dashboard_is_left_and_what_is_whole_stays() {
    let write = || ExportStep::Write(Vec::new());
    for is_met in [false, true] {
        assert_eq!(left_after(vec![], is_met).await, (0, 0));
        // While a piece is written, which takes its time.
        assert_eq!(left_after(vec![write()], is_met).await, (0, 0));
        assert_eq!(left_after(vec![write(), ExportStep::GiveUp], is_met).await, (0, 0));
        assert_eq!(left_after(vec![ExportStep::Keep], is_met).await, (1, 0));
    }
}

fn export(events: usize) -> Export {
    let at: FailedAt = "dead:7-1:event::A".parse().unwrap();
    Export { file: "a".to_owned(), replaces: false, events: vec![at; events], masks: Masks::NONE }
}

#[tokio::test(start_paused = true)]
async fn how_far_an_export_of_failed_events_is_comes_before_its_end_and_only_where_it_is_new() {
    let (sender, mut answers) = mpsc::channel(4);
    let (mut desk, watching) = (FailedDesk::new(sender), watching_it(session("prod", &Arc::default())));
    assert_eq!(desk.export(Some(&watching), Arc::new(Slow::default()), Box::new(export(4))), None);
    let mut told = Vec::new();
    let answer = loop {
        match next(&mut answers).await {
            EffectDone::ExportedSoFar(written) => told.push(written),
            EffectDone::Exported { answer, .. } => break answer,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!((told, answer), (vec![1, 2, 3], Ok(Exported { written: 4, gone: 0 })));
}

#[tokio::test(start_paused = true)]
async fn an_export_of_failed_events_is_ended_by_hand_and_by_another_context() {
    let (sender, mut answers) = mpsc::channel(4);
    let (mut desk, watching) = (FailedDesk::new(sender), watching_it(session("prod", &Arc::default())));
    desk.export(Some(&watching), Arc::new(Slow::default()), Box::new(export(100)));
    assert_eq!(next(&mut answers).await, EffectDone::ExportedSoFar(1));
    desk.end_export();
    let EffectDone::Exported { answer, .. } = next(&mut answers).await else { panic!("no answer") };
    assert_eq!(answer, Err(NotExported::Ended(1)));
    // Where nobody could be told, it ends as well, and the dashboard is left no earlier.
    desk.export(Some(&watching), Arc::new(Slow::default()), Box::new(export(100)));
    let (elsewhere, mut others) = mpsc::channel(4);
    desk.meet(elsewhere);
    desk.leave().await;
    assert!(others.try_recv().is_err(), "another context hears nothing of it");
}
