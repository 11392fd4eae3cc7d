//! Questions about the bus that is watched: asked beside the event loop; the answer comes when it comes.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::timeout;

use super::watching::Watching;
use crate::bus::{BusError, HandlerReport, Inspector};
use crate::tui::effect::EffectDone;

/// How long looking at the handlers may take,
const SURVEY: Duration = Duration::from_secs(10);
/// and at all that health is judged by.
const EXAMINE: Duration = Duration::from_secs(30);

/// Asks what each handler was given and has not finished.
pub(super) fn survey(watching: Option<&Watching>, answers: &mpsc::Sender<EffectDone>) {
    look(watching, answers, |inspector, context| async move {
        let answer = timeout(SURVEY, inspector.handlers()).await.unwrap_or_else(|_| Err(late()));
        EffectDone::Surveyed { context, answer }
    });
}

/// Looks closely at a handler.
pub(super) fn inspect(
    watching: Option<&Watching>,
    answers: &mpsc::Sender<EffectDone>,
    report: HandlerReport,
) {
    look(watching, answers, |inspector, context| async move {
        let answer = timeout(SURVEY, inspector.handler(&report)).await.unwrap_or_else(|_| Err(late()));
        EffectDone::Inspected { context, handler: report.name, answer }
    });
}

/// Looks the server and the bus over.
pub(super) fn examine(watching: Option<&Watching>, answers: &mpsc::Sender<EffectDone>) {
    look(watching, answers, |inspector, context| async move {
        let late = || BusError::Unavailable { what: "looking the bus over took too long".to_owned() };
        let answer = timeout(EXAMINE, inspector.examine()).await.unwrap_or_else(|_| Err(late()));
        EffectDone::Examined { context, answer: Box::new(answer) }
    });
}

/// Asks the bus that is watched.
fn look<W>(
    watching: Option<&Watching>,
    answers: &mpsc::Sender<EffectDone>,
    question: impl FnOnce(Arc<dyn Inspector>, String) -> W,
) where
    W: Future<Output = EffectDone> + Send + 'static,
{
    let Some(watching) = watching else { return };
    let looking = question(Arc::clone(&watching.inspector), watching.context.clone());
    let answers = answers.clone();
    tokio::spawn(async move {
        // Nobody waits for it any more when the dashboard has ended, or another bus is watched.
        let _ = answers.send(looking.await).await;
    });
}

fn late() -> BusError {
    BusError::Unavailable { what: "looking at the handlers took too long".to_owned() }
}
