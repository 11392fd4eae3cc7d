//! Doing something to failed events, a few hundred at a time.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::bus::{
    ActionError, Because, BusError, Deed as Journal, FailedAt, FailedQueue, Operator, Retried, RetryOrder,
};
use crate::text::display_safe;
use crate::tui::effect::{Acted, Deed, Done, EffectDone, Landed};

/// So many are done at a time.
const CHUNK: usize = 500;
/// How long that may take, and writing into the journal.
const ANSWER: Duration = Duration::from_secs(30);
const JOURNAL: Duration = Duration::from_secs(5);
/// How often, and for how long, an edited event is followed.
const LOOK: Duration = Duration::from_millis(500);
const FOLLOWED: Duration = Duration::from_mins(2);

/// What is known of each event.
type Each = Vec<(FailedAt, Result<Landed, ActionError>)>;

/// Does it, and says what became of each. When the dashboard is left it ends behind its current step, which is written into
/// the journal.
pub(super) async fn act(
    (operator, failed): (Arc<dyn Operator>, Arc<dyn FailedQueue>),
    deed: Deed,
    context: String,
    (answers, left): (mpsc::Sender<EffectDone>, CancellationToken),
) {
    let (done, journal, because) = match &deed {
        Deed::Discard(_, because) => (Done::Discarded, Journal::Discarded, because.clone()),
        Deed::Restore(_, because) => (Done::Restored, Journal::Restored, because.clone()),
        Deed::Release(_, _, because) => (Done::Released, Journal::Released, because.clone()),
        Deed::Edit(_, because) => (Done::Edited, Journal::Edited, because.clone()),
    };
    let mut each = Each::new();
    let mut retried = None;
    let broke_off = match deed {
        Deed::Edit(order, _) => {
            let answer = edit(operator.as_ref(), order, &because).await;
            answer.map(|(outcome, sent)| {
                each.push(outcome);
                retried = sent;
            })
        }
        deed => in_chunks(operator.as_ref(), (&deed, &because), &mut each, &left).await,
    }
    .err();
    let count = each.iter().filter(|(_, outcome)| outcome.is_ok()).count() as u64;
    let mut not_recorded = None;
    if count > 0 {
        let record = timeout(JOURNAL, operator.record(journal, &because, count, None)).await;
        not_recorded = record.unwrap_or_else(|_| Err(late())).err();
    }
    let acted = Box::new(Acted { done, each, broke_off, not_recorded });
    // Nobody waits for it any more when the dashboard has ended.
    let _ = answers.send(EffectDone::Acted { context, acted }).await;
    let Some(retried) = retried else { return };
    // Beside it: nothing waits for that, and nothing is lost with it.
    tokio::spawn(async move {
        if let Some(told) = follow(failed.as_ref(), retried).await {
            let _ = answers.send(EffectDone::Followed(told)).await;
        }
    });
}

/// A few hundred at a time; the first answer that does not come ends it.
async fn in_chunks(
    operator: &dyn Operator,
    (deed, because): (&Deed, &Because),
    each: &mut Each,
    left: &CancellationToken,
) -> Result<(), BusError> {
    let places: Vec<FailedAt> = match deed {
        Deed::Discard(orders, _) => orders.iter().map(|order| order.at.clone()).collect(),
        Deed::Restore(events, _) | Deed::Release(events, ..) => events.clone(),
        Deed::Edit(..) => Vec::new(),
    };
    for (n, chunk) in places.chunks(CHUNK).enumerate() {
        if left.is_cancelled() {
            break;
        }
        let range = n * CHUNK..n * CHUNK + chunk.len();
        let answer = timeout(ANSWER, one_chunk(operator, deed, because, range)).await;
        let answer = answer.unwrap_or_else(|_| Err(late()))?;
        each.extend(chunk.iter().cloned().zip(answer));
    }
    Ok(())
}

/// Those of the deed that stand in `range`.
async fn one_chunk(
    operator: &dyn Operator,
    deed: &Deed,
    because: &Because,
    range: Range<usize>,
) -> Result<Vec<Result<Landed, ActionError>>, BusError> {
    let at = |answers: Vec<Result<FailedAt, ActionError>>| {
        answers.into_iter().map(|answer| answer.map(Landed::At)).collect()
    };
    match deed {
        Deed::Discard(orders, _) => operator.discard(&orders[range], because).await.map(at),
        Deed::Restore(events, _) => operator.restore(&events[range]).await.map(at),
        Deed::Release(events, force, _) => {
            let answers = operator.release(&events[range], *force).await?;
            Ok(answers.into_iter().map(|answer| answer.map(Landed::Same)).collect())
        }
        Deed::Edit(..) => Ok(Vec::new()),
    }
}

/// Retries one event, edited.
async fn edit(
    operator: &dyn Operator,
    order: RetryOrder,
    because: &Because,
) -> Result<((FailedAt, Result<Landed, ActionError>), Option<Retried>), BusError> {
    let at = order.at.clone();
    let answer = timeout(ANSWER, operator.retry(&[order], because)).await;
    let first = answer.unwrap_or_else(|_| Err(late()))?.into_iter().next();
    let first = first.unwrap_or_else(|| Err(ActionError::Unknown("the broker did not answer".to_owned())));
    Ok(match first {
        Ok(retried) => ((at.clone(), Ok(Landed::Sent)), Some(Retried { from: at, ..retried })),
        Err(why) => ((at, Err(why)), None),
    })
}

/// Looks for what becomes of one event, until that is known or it took too long; then nothing is said.
async fn follow(failed: &dyn FailedQueue, retried: Retried) -> Option<String> {
    let mut follower = failed.follower(&retried.plan);
    let event =
        retried.event.map_or_else(|| "the edited event".to_owned(), |id| format!("event {id}, edited,"));
    follower.add(std::slice::from_ref(&retried));
    let since = Instant::now();
    while since.elapsed() < FOLLOWED {
        sleep(LOOK).await;
        // A look that fails is made again.
        let Ok(Ok(changes)) = timeout(ANSWER, follower.look()).await else { continue };
        if let Some((_, outcome)) =
            changes.into_iter().find(|(_, outcome)| outcome.is_final() || outcome.has_failed())
        {
            return Some(display_safe(&format!("{event} {}", outcome.words())).into_owned());
        }
    }
    None
}

fn late() -> BusError {
    BusError::Unavailable {
        what: "no answer in time: it may have been done, and doing it again is safe".to_owned(),
    }
}
