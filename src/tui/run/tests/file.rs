//! A file of events beside the loop: whoever asks may be broken off at any time, and everything is answered all the same.

use std::io::Cursor;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::mpsc;
use tokio::time::{Duration, sleep, timeout};

use super::post::{Disk, How, Post, event, watching};
use super::stage::now;
use crate::bus::{FailedQueue, Store};
use crate::compose::BadLine;
use crate::event::TenantId;
use crate::tui::effect::{EffectDone, FileDone, FileEffect, FileOrder, SendDone, SendEffect};
use crate::tui::host::{
    BadLinesFile, BadWritten, EventsFile, Export, Exported, FileStamp, Host, NewEventsFile, NotExported,
    Underway,
};
use crate::tui::run::compose::ComposeDesk;

/// A machine whose disk takes its time.
struct Slow;

const TIME: Duration = Duration::from_millis(50);

#[async_trait]
impl Host for Slow {
    async fn edit(&self, _: String, _: &'static str) -> Result<String, String> {
        Err("nobody edits here".to_owned())
    }

    async fn export(
        &self,
        _: &Export,
        _: Arc<dyn FailedQueue>,
        _: Arc<Underway>,
    ) -> Result<Exported, NotExported> {
        Err(NotExported::Exists)
    }

    async fn open_events(&self, file: &str, as_of: Option<FileStamp>) -> Result<EventsFile, String> {
        sleep(TIME).await;
        let lines = Cursor::new(format!("{}\n", event().text()).repeat(file.len()));
        Ok(EventsFile { from: Box::new(lines), stamp: as_of.unwrap_or_default() })
    }

    async fn paths(&self, _: &str) -> Result<Vec<String>, String> {
        Ok(Vec::new())
    }

    async fn bad_lines(&self, _: &str) -> Result<Box<dyn BadLinesFile>, String> {
        Ok(Box::new(Slow))
    }

    fn refusal(&self, _: &TenantId) -> Option<String> {
        None
    }

    async fn create(&self, _: &str, _: bool) -> Result<Box<dyn NewEventsFile>, NotExported> {
        Err(NotExported::Exists)
    }

    fn store(&self) -> Arc<dyn Store> {
        Disk::memory()
    }
}

#[async_trait]
impl BadLinesFile for Slow {
    async fn add(&mut self, _: Vec<BadLine>) -> Result<(), String> {
        Ok(())
    }

    async fn finish(&mut self) -> Result<BadWritten, String> {
        sleep(TIME).await;
        Ok(BadWritten { lines: 0, file: String::new(), reasons: String::new() })
    }
}

fn desk() -> (ComposeDesk, mpsc::Receiver<EffectDone>) {
    let (sender, answers) = mpsc::channel(4);
    let mut desk = ComposeDesk::new(sender.clone(), Arc::new(Slow), (Disk::memory() as _, Arc::new(now)));
    desk.meet("prod", sender);
    (desk, answers)
}

fn of_file(done: EffectDone) -> FileDone {
    match done {
        EffectDone::Compose(done) => match *done {
            SendDone::File(done) => done,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

fn look(number: u64, file: &str) -> SendEffect {
    SendEffect::File(FileEffect::Look { number, file: file.to_owned(), channel: None })
}

#[tokio::test(start_paused = true)]
async fn a_file_that_is_ended_before_its_first_line_says_so_whatever_else_comes_meanwhile() {
    let (mut desk, _answers) = desk();
    let order = FileOrder {
        number: 7,
        file: "a".to_owned(),
        stamp: FileStamp::default(),
        skips_bad: true,
        rate: None,
        lines: 1,
        bad_file: Some("bad".to_owned()),
        channel: None,
    };
    let post = Post::new(How::Takes(0));
    let watching = watching(Ok(Arc::clone(&post)));
    desk.perform(Some(&watching), SendEffect::File(FileEffect::Send(Box::new(order))));
    desk.perform(Some(&watching), SendEffect::End);
    let mut told = None;
    for _ in 0..200 {
        // As the event loop does, where a key or a tick comes first.
        if let Ok(done) = timeout(Duration::from_millis(2), desk.progress()).await {
            told = Some(of_file(done));
            break;
        }
    }
    let Some(FileDone::NotBegun { number: 7, why }) = told else { panic!("{told:?}") };
    assert!(why.contains("ended by hand"), "{why}");
    assert!(post.given.lock().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_word_about_an_earlier_look_does_not_end_the_one_that_is_waited_for() {
    let (mut desk, mut answers) = desk();
    desk.perform(None, look(1, "a"));
    desk.perform(None, look(2, "ab"));
    desk.perform(None, SendEffect::File(FileEffect::Forget { number: 1 }));
    loop {
        match of_file(timeout(Duration::from_mins(1), answers.recv()).await.unwrap().unwrap()) {
            FileDone::LooksAt { .. } => {}
            FileDone::Looked { number: 2, answer: Ok((survey, _)) } => break assert_eq!(survey.good, 2),
            other => panic!("{other:?}"),
        }
    }
    // One that nobody waits for any more ends.
    desk.perform(None, look(3, "abc"));
    desk.perform(None, SendEffect::File(FileEffect::Forget { number: 3 }));
    assert!(timeout(Duration::from_mins(1), answers.recv()).await.is_err());
}
