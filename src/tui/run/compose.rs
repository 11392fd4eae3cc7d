//! What is done for the Compose view, beside the event loop: asking, publishing, and following what was published. Every
//! answer has a time-out, so that nothing on the screen waits for ever.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, timeout, timeout_at};

use super::watching::Watching;
use super::{Now, shelf};
use crate::bus::{BusError, FateWatch, Form, Inspector, PublishError, Published, Publisher, Store};
use crate::compose::{Line, Redaction, Sender, Sending, Sent, Source};
use crate::event::{EventId, NewEvent};
use crate::tui::app::sending::filled;
use crate::tui::effect::{Copies, EffectDone, FatesTold, Prospect, SendDone, SendEffect, Shipment};

/// How long asking may take, and publishing: that has time-outs of its own, which are shorter.
const ANSWER: Duration = Duration::from_secs(10);
const PUBLISH: Duration = Duration::from_mins(1);
/// How long an event is followed.
const FOLLOWED: Duration = Duration::from_mins(20);
/// How long the dashboard waits for what is being published when it is left.
const LEAVING: Duration = Duration::from_secs(10);

/// What is on its way.
pub(super) struct ComposeDesk {
    answers: mpsc::Sender<EffectDone>,
    store: Arc<dyn Store>,
    now: Now,
    /// What is being published: it is never broken off.
    publishing: JoinSet<()>,
    following: Option<AbortHandle>,
    copies: Option<(u64, Sending)>,
}

impl ComposeDesk {
    pub(super) fn new(answers: mpsc::Sender<EffectDone>, (store, now): (Arc<dyn Store>, Now)) -> Self {
        Self { answers, store, now, publishing: JoinSet::new(), following: None, copies: None }
    }

    /// Another context is opened: what was followed before is followed no more, and answers go there.
    pub(super) fn meet(&mut self, answers: mpsc::Sender<EffectDone>) {
        self.answers = answers;
        if let Some(following) = self.following.take() {
            following.abort();
        }
    }

    /// Does it. What comes of it comes when it comes; an answer at once needs no waiting.
    pub(super) fn perform(&mut self, watching: Option<&Watching>, effect: SendEffect) -> Option<EffectDone> {
        match effect {
            SendEffect::Ask(shipment) => self.ask(watching, &shipment),
            SendEffect::Send(shipment) => self.send(watching, shipment),
            SendEffect::Follow { number, published } => {
                self.follow(watching, number, published);
                None
            }
            SendEffect::Copies(copies) => self.send_copies(watching, copies),
            SendEffect::Hold => self.steer(Sending::pause),
            SendEffect::GoOn => self.steer(Sending::resume),
            SendEffect::End => self.steer(Sending::cancel),
            SendEffect::Shelf(effect) => {
                let context = watching.map(|watching| watching.context.clone()).unwrap_or_default();
                shelf::perform(Arc::clone(&self.store), context, effect, self.answers.clone());
                None
            }
        }
    }

    #[expect(clippy::unnecessary_wraps, reason = "as what else is done here")]
    /// Asks who would receive it; what publishing would do is known at once.
    fn ask(&self, watching: Option<&Watching>, shipment: &Shipment) -> Option<EffectDone> {
        let (number, event) = (shipment.number, &shipment.event);
        let Some(watching) = watching else {
            return Some(done(SendDone::Receivers { number, answer: Err(nowhere()) }));
        };
        let answers = self.answers.clone();
        let inspector = Arc::clone(&watching.inspector);
        let (event_type, channel) = (event.event_type().clone(), event.channel().cloned());
        tokio::spawn(async move {
            let asking = inspector.receivers(&event_type, channel.as_ref());
            let answer = timeout(ANSWER, asking).await.unwrap_or_else(|_| Err(late()));
            // Nobody waits for it any more when the dashboard has ended.
            let _ = answers.send(done(SendDone::Receivers { number, answer })).await;
        });
        let prospect = match &watching.preview {
            Some(preview) => Prospect {
                commands: preview.preview(event, Form::Once),
                stream: preview.target(event),
                vetted: preview.vet(event),
            },
            None => Prospect { commands: Vec::new(), stream: None, vetted: Ok(()) },
        };
        Some(done(SendDone::Prospect { number, prospect }))
    }

    fn send(&mut self, watching: Option<&Watching>, shipment: Shipment) -> Option<EffectDone> {
        let Shipment { number, event } = shipment;
        let refused = |why: String| {
            let context = watching.map(|watching| watching.context.clone()).unwrap_or_default();
            let answer = Err(PublishError::NotSent(why));
            Some(done(SendDone::Sent { number, context, event: Box::new(event.clone()), answer }))
        };
        let Some(watching) = watching else { return refused(nowhere().what().to_owned()) };
        let publisher = match &watching.publisher {
            Ok(publisher) => Arc::clone(publisher),
            // No key leads here, and if one did, nothing would be done.
            Err(why) => return refused(why.clone()),
        };
        let context = watching.context.clone();
        let (answers, store, now) = (self.answers.clone(), Arc::clone(&self.store), Arc::clone(&self.now));
        self.publishing.spawn(async move {
            let answer = publish(publisher.as_ref(), &event).await;
            let sent = Sent::of(&event, &answer, now());
            let event = Box::new(event);
            let told = SendDone::Sent { number, context: context.clone(), event, answer };
            // The screen first: a slow disk must not hold up what became of it.
            let _ = answers.send(done(told)).await;
            keep(store.as_ref(), &context, &sent, &answers).await;
        });
        None
    }

    fn follow(&mut self, watching: Option<&Watching>, number: u64, published: Published) {
        if let Some(earlier) = self.following.take() {
            earlier.abort();
        }
        let Some(watching) = watching else { return };
        let (inspector, answers) = (Arc::clone(&watching.inspector), self.answers.clone());
        let task = tokio::spawn(follow(inspector, published, number, answers));
        self.following = Some(task.abort_handle());
    }

    fn send_copies(&mut self, watching: Option<&Watching>, copies: Copies) -> Option<EffectDone> {
        let number = copies.number;
        let publisher = match watching.map(|watching| watching.publisher.clone()) {
            Some(Ok(publisher)) => publisher,
            refused => {
                let why = refused.and_then(Result::err).unwrap_or_else(|| nowhere().what().to_owned());
                let phase = crate::compose::SendPhase::Stopped(why);
                let progress =
                    crate::compose::Progress { phase, total: Some(copies.count), ..Default::default() };
                return Some(done(SendDone::CopiesAt { number, progress: Box::new(progress) }));
            }
        };
        let context = watching.map(|watching| watching.context.clone()).unwrap_or_default();
        let (told, outcomes) = mpsc::channel(4);
        let sender =
            Sender::new(publisher).skip_bad(true).rate(copies.rate).total(Some(copies.count)).tell(told);
        let (answers, store, now) = (self.answers.clone(), Arc::clone(&self.store), Arc::clone(&self.now));
        self.copies = Some((number, sender.start(Source::made(offers(copies, Arc::clone(&now))))));
        self.publishing.spawn(keep_first(outcomes, (store, context), now, answers));
        None
    }

    fn steer(&self, wish: fn(&Sending)) -> Option<EffectDone> {
        if let Some((_, sending)) = &self.copies {
            wish(sending);
        }
        None
    }

    /// How far the copies have come, when that changes. May be cancelled at any time.
    pub(super) async fn progress(&mut self) -> EffectDone {
        match &mut self.copies {
            Some((number, sending)) => match sending.progress.changed().await {
                Ok(()) => {
                    let progress = Box::new(sending.progress.borrow_and_update().clone());
                    done(SendDone::CopiesAt { number: *number, progress })
                }
                Err(_) => pending().await,
            },
            None => pending().await,
        }
    }

    /// Lets what is being published come to its end.
    pub(super) async fn leave(&mut self) {
        if let Some(following) = self.following.take() {
            following.abort();
        }
        if let Some((_, sending)) = &self.copies {
            sending.cancel();
        }
        // Nobody takes what they still tell.
        let (nobody, _) = mpsc::channel(1);
        self.answers = nobody;
        let by = Instant::now() + LEAVING;
        while let Ok(Some(_)) = timeout_at(by, self.publishing.join_next()).await {}
        if !self.publishing.is_empty() {
            tracing::warn!("what was being published was not answered in time; its outcome is unknown");
        }
    }
}

fn done(done: SendDone) -> EffectDone {
    EffectDone::Compose(Box::new(done))
}

fn nowhere() -> BusError {
    BusError::Unavailable { what: "no context is open: Ctrl-r tries again".to_owned() }
}

fn late() -> BusError {
    BusError::Unavailable { what: "asking who receives it took too long".to_owned() }
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

/// Puts what was sent into the history.
async fn keep(store: &dyn Store, context: &str, sent: &Sent, answers: &mpsc::Sender<EffectDone>) {
    let line = sent.to_line(&Redaction::default());
    if let Err(why) = store.keep_sent(context, &[line]).await {
        let _ = answers.send(done(SendDone::NotKept(why.to_string()))).await;
    }
}

/// Puts the first of many copies into the history, and takes what is told of the others.
async fn keep_first(
    mut outcomes: mpsc::Receiver<Vec<crate::compose::Told>>,
    (store, context): (Arc<dyn Store>, String),
    now: Now,
    answers: mpsc::Sender<EffectDone>,
) {
    let mut is_first = true;
    while let Some(told) = outcomes.recv().await {
        let first = told.into_iter().find_map(|told| match told {
            crate::compose::Told::Event(line, answer) => Some((line, answer)),
            crate::compose::Told::Bad(_) => None,
        });
        if let (Some((line, answer)), true) = (first, is_first) {
            is_first = false;
            keep(store.as_ref(), &context, &Sent::of(&line.event, &answer, now()), &answers).await;
        }
    }
}

/// The copies, each when its turn comes.
fn offers(copies: Copies, now: Now) -> impl Iterator<Item = crate::compose::Offer> + Send {
    let is_unchecked = copies.first.is_unchecked();
    (1..=copies.count).map(move |number| {
        let first = &copies.first;
        let event = match &copies.filled {
            _ if number == 1 => Ok(first.clone()),
            Some(payload) => filled(first, payload, EventId::random(), (now(), number)),
            None => filled_as_typed(first, now()),
        };
        let event = event.map(|event| if is_unchecked { event.unchecked() } else { event });
        let event = event.map(|event| match first.workflow_copy() {
            Some(copy) => event.with_workflow_copy(copy),
            None => event,
        });
        event.map(|event| Line { number, event }).map_err(|why| crate::compose::BadLine {
            number,
            text: first.text().as_bytes().to_vec(),
            is_cut: false,
            kind: crate::compose::BadKind::Fault(crate::event::FaultKind::Json),
            why,
        })
    })
}

/// The same again, under an id of its own.
fn filled_as_typed(first: &NewEvent, now: chrono::DateTime<chrono::Utc>) -> Result<NewEvent, String> {
    let event = NewEvent::compose(EventId::random(), first.event_type(), now, first.payload());
    let event = event.map_err(|fault| fault.summary())?;
    Ok(match first.channel() {
        Some(channel) => event.on_channel(channel.clone()),
        None => event,
    })
}

/// Tells what becomes of an event, until nothing more does or it takes too long.
async fn follow(
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
