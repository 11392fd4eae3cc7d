//! Templates and the history beside the loop: a disk that never answers is said to.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::post::Disk;
use crate::bus::{StoreError, StoredTemplate};
use crate::tui::effect::{EffectDone, SendDone, ShelfDone, ShelfEffect};
use crate::tui::run::shelf::perform;

async fn done(disk: &Arc<Disk>, effect: ShelfEffect) -> ShelfDone {
    let (sender, mut answers) = mpsc::channel(1);
    perform(Arc::clone(disk) as _, "prod".to_owned(), effect, sender).await;
    match answers.recv().await.unwrap() {
        EffectDone::Compose(done) => match *done {
            SendDone::Shelf(done) => done,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

fn keep(text: &str, replaces: bool) -> ShelfEffect {
    ShelfEffect::Keep { name: "ticket".to_owned(), text: text.to_owned(), replaces }
}

#[tokio::test(start_paused = true)]
async fn templates_are_kept_read_and_deleted() {
    let disk = Disk::memory();
    assert!(matches!(done(&disk, keep("a", false)).await, ShelfDone::Kept { answer: Ok(()), .. }));
    let again = done(&disk, keep("b", false)).await;
    assert!(matches!(again, ShelfDone::Kept { answer: Err(StoreError::Exists(_)), .. }), "{again:?}");
    assert!(matches!(done(&disk, keep("b", true)).await, ShelfDone::Kept { answer: Ok(()), .. }));
    let ShelfDone::Templates { answer: Ok(templates), .. } = done(&disk, ShelfEffect::Templates).await else {
        panic!("no templates")
    };
    let [StoredTemplate { name, text, .. }] = &templates[..] else { panic!("{templates:?}") };
    assert_eq!((name.as_str(), text.as_str()), ("ticket", "b"));
    let deleted = done(&disk, ShelfEffect::Delete("ticket".to_owned())).await;
    assert!(matches!(deleted, ShelfDone::Deleted { answer: Ok(()), .. }));
    assert!(
        matches!(done(&disk, ShelfEffect::Templates).await, ShelfDone::Templates { answer: Ok(none), .. } if none.is_empty())
    );
    let history = done(&disk, ShelfEffect::History).await;
    assert!(matches!(history, ShelfDone::History { answer: Ok(none), .. } if none.is_empty()));
}

#[tokio::test(start_paused = true)]
async fn a_dead_disk_is_answered_for() {
    let disk = Arc::new(Disk::Dead);
    for effect in
        [ShelfEffect::Templates, keep("a", false), ShelfEffect::Delete("a".to_owned()), ShelfEffect::History]
    {
        let why = match done(&disk, effect).await {
            ShelfDone::Templates { answer, .. } => answer.err(),
            ShelfDone::Kept { answer, .. } | ShelfDone::Deleted { answer, .. } => answer.err(),
            ShelfDone::History { answer, .. } => answer.err(),
        };
        assert!(why.unwrap().to_string().contains("the disk did not answer in 10 s"));
    }
}
