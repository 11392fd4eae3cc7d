//! What is done for the Compose view, beside the event loop: asking, publishing, and following what was published. Every
//! answer has a time-out, so that nothing on the screen waits for ever.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use super::answering::{answer, follow};
use super::copies::{again, offers};
use super::file::{Begun, FileDesk};
use super::history::History;
use super::seeking::seek;
use super::watching::Watching;
use super::{Now, shelf};
use crate::bus::{BusError, Form, PublishError, Published, Publisher, Store, Wish};
use crate::compose::{
    Doubting, Leavable, Offer, Progress, SendPhase, Sender, Sending, Sent, Source, after_doubt,
};
use crate::tui::effect::{
    EffectDone, FileDone, FileEffect, FileOrder, Prospect, SendDone, SendEffect, ShelfEffect, Shipment,
};
use crate::tui::host::Host;

/// How long asking may take.
const ANSWER: Duration = Duration::from_secs(10);
/// Why nobody knows what came of it.
pub(super) const LEFT: &str = "the dashboard was left before there was an answer";
/// How long it takes at most to write down that nobody knows, when the dashboard is left.
const GIVING_UP: Duration = Duration::from_millis(500);

/// What is on its way.
pub(super) struct ComposeDesk {
    answers: mpsc::Sender<EffectDone>,
    store: Arc<dyn Store>,
    now: Now,
    /// The context that is open, or could not be opened: what was sent there can be read without a connection.
    context: String,
    /// What is being published, or written down: it is never broken off.
    underway: JoinSet<()>,
    /// Tells that nobody waits for an answer any longer.
    left: CancellationToken,
    following: Option<(String, AbortHandle)>,
    /// What is sent many of: copies, or a file.
    copies: Option<(u64, Sending)>,
    /// What is done with files of events.
    files: FileDesk,
}

impl ComposeDesk {
    pub(super) fn new(
        answers: mpsc::Sender<EffectDone>,
        host: Arc<dyn Host>,
        (store, now): (Arc<dyn Store>, Now),
    ) -> Self {
        Self {
            files: FileDesk::new(host, answers.clone()),
            answers,
            store,
            now,
            context: String::new(),
            underway: JoinSet::new(),
            left: CancellationToken::new(),
            following: None,
            copies: None,
        }
    }

    /// The context `context` is opened: answers go there, and what was followed in another one is followed no more.
    pub(super) fn meet(&mut self, context: &str, answers: mpsc::Sender<EffectDone>) {
        context.clone_into(&mut self.context);
        self.files.meet(answers.clone());
        self.answers = answers;
        if let Some((_, following)) = self.following.take_if(|(of, _)| of != context) {
            following.abort();
        }
    }

    /// Does it. What comes of it comes when it comes; an answer at once needs no waiting.
    pub(super) fn perform(&mut self, watching: Option<&Watching>, effect: SendEffect) -> Option<EffectDone> {
        match effect {
            SendEffect::Seek { number, event_type, tenant } => {
                let (seeking, answers) = (seek(watching, event_type, tenant), self.answers.clone());
                tokio::spawn(async move {
                    let answer = seeking.await;
                    // Nobody waits for it any more when the dashboard has ended, or another bus is open.
                    let _ = answers.send(done(SendDone::Sought { number, answer })).await;
                });
                None
            }
            SendEffect::Aim(Shipment { number, event, .. }) => {
                let preview = watching.and_then(|watching| watching.preview.as_ref());
                let stream = preview.and_then(|preview| preview.target(&event));
                Some(done(SendDone::Aimed { number, stream }))
            }
            SendEffect::Ask(shipment) => Some(self.ask(watching, &shipment)),
            SendEffect::Send(shipment) => self.send(watching, shipment),
            SendEffect::Follow { number, published } => {
                self.follow(watching, number, published);
                None
            }
            SendEffect::Copies(copies) => {
                let (number, count, rate) = (copies.number, copies.count, copies.rate);
                let made = Box::new(offers(copies, Arc::clone(&self.now)));
                self.send_many(watching, (number, count, rate), made, false)
            }
            SendEffect::Again { number, events } => {
                let count = events.len() as u64;
                self.send_many(watching, (number, count, None), Box::new(again(events)), true)
            }
            SendEffect::Hold => self.steer(Wish::Hold),
            SendEffect::GoOn => self.steer(Wish::Go),
            SendEffect::End => self.steer(Wish::Cancel),
            SendEffect::File(FileEffect::Send(order)) => self.send_file(watching, *order),
            SendEffect::File(effect) => {
                self.files.perform(watching, effect);
                None
            }
            SendEffect::Shelf(effect) => {
                let writes = matches!(effect, ShelfEffect::Keep { .. } | ShelfEffect::Delete(_));
                let (store, context, answers) =
                    (Arc::clone(&self.store), self.context.clone(), self.answers.clone());
                let work = shelf::perform(store, context, effect, answers);
                if writes {
                    // What was to be kept is kept, also when the dashboard is left at once.
                    self.underway.spawn(work);
                } else {
                    tokio::spawn(work);
                }
                None
            }
        }
    }

    /// Asks who would receive it; what publishing would do is known at once.
    fn ask(&self, watching: Option<&Watching>, shipment: &Shipment) -> EffectDone {
        let (number, event) = (shipment.number, &shipment.event);
        let answers = self.answers.clone();
        let inspector = watching.map(|watching| Arc::clone(&watching.inspector));
        let (event_type, channel) = (event.event_type().clone(), event.channel().cloned());
        tokio::spawn(async move {
            let answer = match inspector {
                Some(inspector) => {
                    let asking = inspector.receivers(&event_type, channel.as_ref());
                    timeout(ANSWER, asking).await.unwrap_or_else(|_| Err(late()))
                }
                None => Err(nowhere()),
            };
            // Nobody waits for it any more when the dashboard has ended.
            let _ = answers.send(done(SendDone::Receivers { number, answer })).await;
        });
        let mut prospect = match watching.map(|watching| &watching.preview) {
            Some(Some(preview)) => Prospect {
                commands: preview.preview(event, Form::Once),
                stream: preview.target(event),
                vetted: preview.vet(event),
            },
            Some(None) => Prospect { commands: Vec::new(), stream: None, vetted: Ok(()) },
            None => {
                let vetted = Err(PublishError::NotSent(nowhere().what().to_owned()));
                Prospect { commands: Vec::new(), stream: None, vetted }
            }
        };
        if let (Some(_), Some(why)) = (watching, self.files.refused(event)) {
            prospect.vetted = Err(why);
        }
        done(SendDone::Prospect { number, prospect })
    }

    fn send(&mut self, watching: Option<&Watching>, shipment: Shipment) -> Option<EffectDone> {
        let Shipment { number, event, in_doubt } = shipment;
        let judged = move |answer| if in_doubt { after_doubt(answer) } else { answer };
        let answered = |answer| {
            let context = watching.map(|watching| watching.context.clone()).unwrap_or_default();
            let answer = judged(Err(answer));
            Some(done(SendDone::Sent { number, context, event: Box::new(event.clone()), answer }))
        };
        let refused = |why: String| answered(PublishError::NotSent(why));
        let Some(watching) = watching else { return refused(nowhere().what().to_owned()) };
        if let Some(why) = self.files.refused(&event) {
            return answered(why);
        }
        let publisher = match &watching.publisher {
            Ok(publisher) => Arc::clone(publisher),
            // No key leads here, and if one did, nothing would be done.
            Err(why) => return refused(why.clone()),
        };
        let history = self.history(watching);
        let left = self.left.clone();
        self.reap();
        self.underway.spawn(async move {
            let answer = judged(answer(publisher, event.clone(), left).await);
            let sent = Sent::of(&event, &answer, (history.now)());
            let context = history.context.clone();
            let told = SendDone::Sent { number, context, event: Box::new(event), answer };
            // The screen first: a slow disk must not hold up what became of it.
            let _ = history.answers.send(done(told)).await;
            history.keep(&sent).await;
        });
        None
    }

    /// Where it is kept what is sent in a context.
    fn history(&self, watching: &Watching) -> History {
        History {
            store: Arc::clone(&self.store),
            context: watching.context.clone(),
            now: Arc::clone(&self.now),
            answers: self.answers.clone(),
        }
    }

    /// Puts away what has come to its end.
    fn reap(&mut self) {
        while self.underway.try_join_next().is_some() {}
    }

    /// Whether something that was sent is not answered yet, or not written down.
    pub(super) fn is_busy(&mut self) -> bool {
        self.reap();
        !self.underway.is_empty()
    }

    fn follow(&mut self, watching: Option<&Watching>, number: u64, published: Published) {
        if let Some((_, earlier)) = self.following.take() {
            earlier.abort();
        }
        let Some(watching) = watching else { return };
        let (inspector, answers) = (Arc::clone(&watching.inspector), self.answers.clone());
        let task = tokio::spawn(follow(inspector, published, number, answers));
        self.following = Some((watching.context.clone(), task.abort_handle()));
    }

    /// Sends what is made when its turn comes: so many, at such a rate; or again, what may be there.
    fn send_many(
        &mut self,
        watching: Option<&Watching>,
        (number, count, rate): (u64, u64, Option<f64>),
        made: Box<dyn Iterator<Item = Offer> + Send>,
        in_doubt: bool,
    ) -> Option<EffectDone> {
        let refused = |why: String| {
            let phase = SendPhase::Stopped(why);
            let progress = Progress { phase, total: Some(count), ..Default::default() };
            Some(done(SendDone::CopiesAt { number, progress: Box::new(progress) }))
        };
        let Some(watching) = watching else { return refused(nowhere().what().to_owned()) };
        let publisher = match &watching.publisher {
            Ok(publisher) if in_doubt => Doubting::of(self.leavable(publisher)),
            Ok(publisher) => self.leavable(publisher),
            Err(why) => return refused(why.clone()),
        };
        let history = self.history(watching);
        let (told, outcomes) = mpsc::channel(4);
        let sender = Sender::new(publisher).skip_bad(true).rate(rate).total(Some(count)).tell(told);
        let files = self.files.refusing();
        let made = made.map(move |offer| if in_doubt { offer } else { offer.and_then(&files) });
        self.copies = Some((number, sender.start(Source::made(made))));
        self.reap();
        self.underway.spawn(history.keep_all(outcomes));
        None
    }

    /// One that is left when the dashboard is: so the history says of what has no answer then that it is unknown.
    fn leavable(&self, publisher: &Arc<dyn Publisher>) -> Arc<dyn Publisher> {
        Leavable::by(Arc::clone(publisher), self.left.clone(), LEFT)
    }

    /// Sends a file. What can be found out before anything is sent is found out beside the event loop.
    fn send_file(&mut self, watching: Option<&Watching>, order: FileOrder) -> Option<EffectDone> {
        let number = order.number;
        let refused = |why: String| Some(done(SendDone::File(FileDone::NotBegun { number, why })));
        let Some(watching) = watching else { return refused(nowhere().what().to_owned()) };
        let publisher = match &watching.publisher {
            Ok(publisher) => self.leavable(publisher),
            // No key leads here, and if one did, nothing would be done.
            Err(why) => return refused(why.clone()),
        };
        let history = self.history(watching);
        self.reap();
        let beginning = self.files.begin(publisher, history, order);
        self.underway.spawn(beginning);
        None
    }

    /// Sends what was begun.
    fn start(&mut self, begun: Begun) {
        let number = begun.number;
        let (sending, hearing) = begun.start();
        self.copies = Some((number, sending));
        self.underway.spawn(hearing);
    }

    fn steer(&mut self, wish: Wish) -> Option<EffectDone> {
        if self.files.is_beginning() {
            self.files.wish = wish;
        } else if let Some((_, sending)) = &self.copies {
            match wish {
                Wish::Go => sending.resume(),
                Wish::Hold => sending.pause(),
                Wish::Cancel | Wish::Leave => sending.cancel(),
            }
        }
        None
    }

    /// How far the copies, or the file, have come, when that changes. May be cancelled at any time.
    pub(super) async fn progress(&mut self) -> EffectDone {
        if self.files.is_beginning() {
            match self.files.begun().await {
                Ok(begun) => self.start(*begun),
                Err(refused) => return refused,
            }
        }
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

    /// Lets what is being published come to its end, for so long. What is not answered by then is unknown, and the history
    /// says so. May be broken off, and asked for again.
    pub(super) async fn leave(&mut self, patience: Duration) {
        if let Some((_, following)) = self.following.take() {
            following.abort();
        }
        self.files.leave();
        if let Some((_, sending)) = &self.copies {
            sending.cancel();
        }
        self.all_ended(patience).await;
        if !self.underway.is_empty() {
            tracing::warn!("what was being published was not answered in time; its outcome is unknown");
            self.left.cancel();
            self.all_ended(GIVING_UP).await;
        }
    }

    async fn all_ended(&mut self, within: Duration) {
        let by = Instant::now() + within;
        while let Ok(Some(_)) = timeout_at(by, self.underway.join_next()).await {}
    }
}

pub(super) fn done(done: SendDone) -> EffectDone {
    EffectDone::Compose(Box::new(done))
}

pub(super) fn nowhere() -> BusError {
    BusError::Unavailable { what: "no context is open: Ctrl-r tries again".to_owned() }
}

fn late() -> BusError {
    BusError::Unavailable { what: "asking who receives it took too long".to_owned() }
}
