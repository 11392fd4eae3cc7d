//! Reading and writing templates, and reading the history, beside the event loop: a disk may be slow.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::bus::{Store, StoreError};
use crate::tui::effect::{EffectDone, SendDone, ShelfDone, ShelfEffect};

/// How long a disk may take.
const ANSWER: Duration = Duration::from_secs(10);
/// So many lines of the history are shown.
const LINES: usize = 500;

/// Does it. The answer comes when it comes.
pub(super) async fn perform(
    store: Arc<dyn Store>,
    context: String,
    effect: ShelfEffect,
    answers: mpsc::Sender<EffectDone>,
) {
    let done = match effect {
        ShelfEffect::Templates => {
            ShelfDone::Templates { place: store.templates_place(), answer: in_time(store.templates()).await }
        }
        ShelfEffect::Keep { name, text, replaces } => {
            let answer = in_time(store.keep_template(&name, &text, replaces)).await;
            ShelfDone::Kept { name, text, answer }
        }
        ShelfEffect::Delete(name) => {
            let answer = in_time(store.delete_template(&name)).await;
            ShelfDone::Deleted { name, answer }
        }
        ShelfEffect::History => {
            let answer = in_time(store.sent(&context, LINES)).await;
            ShelfDone::History { place: store.history_place(&context), context, answer }
        }
    };
    // Nobody waits for it any more when the dashboard has ended.
    let _ = answers.send(EffectDone::Compose(Box::new(SendDone::Shelf(done)))).await;
}

async fn in_time<T>(answer: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    timeout(ANSWER, answer).await.unwrap_or_else(|_| {
        Err(StoreError::Failed(format!("the disk did not answer in {} s; try again", ANSWER.as_secs())))
    })
}
