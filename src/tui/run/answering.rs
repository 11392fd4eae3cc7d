//! Publishing one event, and following it: each ends with an answer, or with the reason why there is none.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use super::compose::{LEFT, done};
use crate::bus::{FateWatch, Form, Inspector, PublishError, Published, Publisher};
use crate::event::NewEvent;
use crate::tui::effect::{EffectDone, FatesTold, SendDone};

/// How long publishing may take: it has time-outs of its own, which are shorter.
const PUBLISH: Duration = Duration::from_mins(1);
/// How long an event is followed.
const FOLLOWED: Duration = Duration::from_mins(20);

/// Publishes one event, and answers in any case: also where publishing itself breaks off, or nobody waits any longer.
pub(super) async fn answer(
    publisher: Arc<dyn Publisher>,
    event: NewEvent,
    left: CancellationToken,
) -> Result<Published, PublishError> {
    let publishing = tokio::spawn(async move { publish(publisher.as_ref(), &event).await });
    let unknown = |why: &str| Err(PublishError::Unknown(why.to_owned()));
    tokio::select! {
        answer = publishing => answer.unwrap_or_else(|fault| {
            tracing::error!(%fault, "publishing broke off");
            unknown("publishing broke off by a fault of Tidings itself: please report it")
        }),
        () = left.cancelled() => unknown(LEFT),
    }
}

/// Publishes one event. What is not answered in time is unknown.
async fn publish(publisher: &dyn Publisher, event: &NewEvent) -> Result<Published, PublishError> {
    let publishing = publisher.publish(std::slice::from_ref(event), Form::Once);
    match timeout(PUBLISH, publishing).await {
        Ok(answers) => answers.into_iter().next().unwrap_or_else(|| {
            Err(PublishError::Unknown("the broker did not answer; this is a fault of Tidings".to_owned()))
        }),
        Err(_) => Err(PublishError::Unknown(format!("no answer in {} s", PUBLISH.as_secs()))),
    }
}

/// Tells what becomes of an event, until nothing more does or it takes too long.
pub(super) async fn follow(
    inspector: Arc<dyn Inspector>,
    published: Published,
    number: u64,
    answers: mpsc::Sender<EffectDone>,
) {
    let mut watch = FateWatch::new(inspector, published);
    let by = Instant::now() + FOLLOWED;
    loop {
        let told = match timeout_at(by, watch.next()).await {
            Ok(Some(Ok(fates))) => FatesTold::Now(fates),
            Ok(Some(Err(why))) => FatesTold::Trouble(why.what().to_owned()),
            Ok(None) => FatesTold::Over,
            Err(_) => FatesTold::GivenUp,
        };
        let is_over = matches!(told, FatesTold::Over | FatesTold::GivenUp);
        if answers.send(done(SendDone::Fates { number, told })).await.is_err() || is_over {
            break;
        }
    }
}
