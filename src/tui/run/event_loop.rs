//! The loop itself: it never waits for one thing alone, and never for anything without a bound.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};

use super::Now;
use super::archive::ArchiveDesk;
use super::compose::ComposeDesk;
use super::export::ExportDesk;
use super::failed::FailedDesk;
use super::input::{Inputs, Told, message};
use super::lent::{Editing, edited};
use super::looking;
use super::screen::Screen;
use super::step::{Step, gone_on_error};
use super::watching::{Watching, next_signals};
use crate::bus::{BusError, Connector, FailedAt, Watch};
use crate::plan::Progress;
use crate::tui::app::App;
use crate::tui::effect::{Effect, EffectDone, ExitReason, Schemas};
use crate::tui::host::Host;
use crate::tui::message::Message;
use crate::tui::theme::{Look, Theme};
use crate::tui::update::update;

/// Between two frames at least: thirty a second are smooth, and leave the terminal time.
pub(super) const FRAME: Duration = Duration::from_millis(33);
/// Between two ticks.
const SECOND: Duration = Duration::from_secs(1);
/// A process that was not stopped by then cannot be: nobody is there who could continue it.
const STOPPED_BY: Duration = Duration::from_millis(100);

/// Outcomes that may wait to be taken.
const WAITING_ANSWERS: usize = 4;

/// The dashboard as it runs.
pub(super) struct EventLoop<S> {
    pub(super) app: App,
    look: Look,
    pub(super) theme: Theme,
    /// The context that was opened last.
    context: Option<String>,
    pub(super) screen: S,
    connector: Arc<dyn Connector>,
    host: Arc<dyn Host>,
    now: Now,
    /// The editor that has the terminal, while one has it: nothing is drawn then.
    editing: Option<Editing>,
    pub(super) watching: Option<Watching>,
    /// What is done with failed events.
    pub(super) desk: FailedDesk,
    /// What is done for the Compose view.
    pub(super) shipping: ComposeDesk,
    /// Events on their way into a file.
    pub(super) exporting: ExportDesk,
    /// What is read back.
    archive: ArchiveDesk,
    sweeping: ArchiveDesk,
    /// Outcomes of effects that take their time.
    pub(super) answers: mpsc::Sender<EffectDone>,
    answered: mpsc::Receiver<EffectDone>,
    /// Whether something changed since the last frame.
    dirty: bool,
    next_frame: Instant,
    next_tick: Instant,
}

impl<S: Screen> EventLoop<S> {
    /// Loads the theme, and tells what is wrong with it.
    pub(super) fn new(
        mut app: App,
        look: Look,
        screen: S,
        (connector, host): (Arc<dyn Connector>, Arc<dyn Host>),
        now: Now,
    ) -> Self {
        let (theme, mistake) = Theme::load(&look);
        if let Some(mistake) = mistake {
            tracing::warn!("{mistake}");
            app.tell(mistake.to_string());
        }
        let start = Instant::now();
        let (answers, answered) = mpsc::channel(WAITING_ANSWERS);
        let shipping = ComposeDesk::new(answers.clone(), Arc::clone(&host), (host.store(), Arc::clone(&now)));
        Self {
            app,
            theme,
            look,
            context: None,
            screen,
            connector,
            host,
            now,
            editing: None,
            watching: None,
            desk: FailedDesk::new(answers.clone()),
            shipping,
            exporting: ExportDesk::new(answers.clone()),
            archive: ArchiveDesk::new(answers.clone()),
            sweeping: ArchiveDesk::to_export(answers.clone()),
            answers,
            answered,
            dirty: true,
            next_frame: start,
            next_tick: start + SECOND,
        }
    }

    /// Does `effects` first, then runs until the end.
    pub(super) async fn run(mut self, mut inputs: Inputs, effects: Vec<Effect>) -> ExitReason {
        let mut step = self.perform(effects, &mut inputs).await;
        let reason = loop {
            match step {
                ControlFlow::Break(reason) => break reason,
                ControlFlow::Continue(()) => step = self.step(&mut inputs).await,
            }
        };
        // From here on nobody takes what is answered: who answers must not wait for that.
        self.answered.close();
        Box::pin(self.leave(reason, &mut inputs)).await
    }

    /// One thing that comes in, and what follows from it.
    async fn step(&mut self, inputs: &mut Inputs) -> Step {
        self.draw_if_due()?;
        let now = Instant::now();
        // By the clock and not by a branch: signals that never stop must not stop the seconds.
        if now >= self.next_tick {
            self.next_tick = now + SECOND;
            if !self.screen.is_there() {
                return Step::Break(ExitReason::TerminalGone);
            }
            self.measure()?;
            return self.take(Message::Tick, inputs).await;
        }
        let has_work = self.app.has_work();
        let incoming = tokio::select! {
            biased;
            told = inputs.told.recv() => Incoming::Told(told),
            event = inputs.events.recv() => match event {
                Some(Ok(event)) => message(event).filter(|message| self.app.takes(message)).map_or(Incoming::Nothing, Incoming::Message),
                Some(Err(_)) | None => return Step::Break(ExitReason::TerminalGone),
            },
            // What a person asked for comes before what comes by itself, and never ends.
            Some(done) = self.answered.recv() => Incoming::Message(Message::Done(done)),
            signals = next_signals(&mut self.watching) => match signals {
                Ok(signals) => Incoming::Message(Message::Signals(signals)),
                Err(why) => Incoming::Ended(why),
            },
            progress = self.shipping.progress() => Incoming::Message(Message::Done(progress)),
            (progress, taken) = self.desk.progress() => Incoming::Plan(Box::new(progress), taken),
            answer = edited(&mut self.editing) => Incoming::Edited(answer),
            () = sleep_until(self.next_frame), if self.dirty && self.editing.is_none() => Incoming::Nothing,
            () = sleep_until(self.next_tick) => Incoming::Nothing,
            () = tokio::task::yield_now(), if has_work => Incoming::Message(Message::Spare),
        };
        match incoming {
            Incoming::Nothing => Step::Continue(()),
            Incoming::Message(message) => self.take(message, inputs).await,
            Incoming::Plan(progress, taken) => {
                self.take(Message::Done(EffectDone::Taken(taken)), inputs).await?;
                self.take(Message::Done(EffectDone::PlanAt(progress)), inputs).await
            }
            Incoming::Told(told) => self.obey(told),
            Incoming::Edited(answer) => {
                self.resume()?;
                // Keys are read again.
                self.editing = None;
                self.take(Message::Done(EffectDone::Edited(answer)), inputs).await
            }
            Incoming::Ended(why) => {
                let context = self.watching.take().map(|watching| watching.context).unwrap_or_default();
                tracing::warn!(context, why = why.what(), "watching has ended");
                self.take(Message::Done(EffectDone::Ended { context, why }), inputs).await
            }
        }
    }

    fn obey(&mut self, told: Option<Told>) -> Step {
        match told {
            Some(Told::Interrupt) => Step::Break(ExitReason::Interrupted),
            Some(Told::Terminate) | None => Step::Break(ExitReason::Terminated),
            Some(Told::HangUp) => Step::Break(ExitReason::TerminalGone),
            // The editor goes on, too, and the terminal is its own.
            Some(Told::Continue) if self.editing.is_some() => Step::Continue(()),
            Some(Told::Continue) => self.resume(),
        }
    }

    fn draw_if_due(&mut self) -> Step {
        let now = Instant::now();
        if !self.dirty || now < self.next_frame || self.editing.is_some() {
            return Step::Continue(());
        }
        self.dirty = false;
        self.next_frame = now + FRAME;
        gone_on_error(self.screen.draw(&self.app, &self.theme))
    }

    /// Lets `update` take a message, and does what it asks for.
    async fn take(&mut self, message: Message, inputs: &mut Inputs) -> Step {
        let effects = self.update(message);
        self.perform(effects, inputs).await
    }

    fn update(&mut self, message: Message) -> Vec<Effect> {
        self.app.clock.now = (self.now)();
        self.dirty = true;
        update(&mut self.app, message)
    }

    async fn perform(&mut self, effects: Vec<Effect>, inputs: &mut Inputs) -> Step {
        let mut effects = VecDeque::from(effects);
        while let Some(effect) = effects.pop_front() {
            let done = match effect {
                Effect::Quit(reason) => return Step::Break(reason),
                Effect::Observe { context, watch } => Some(self.observe(context, watch)),
                Effect::Reconnect => {
                    if let Some(watching) = &self.watching {
                        watching.nudge();
                    }
                    None
                }
                Effect::Survey => {
                    looking::survey(self.watching.as_ref(), &self.answers);
                    None
                }
                Effect::Examine => {
                    looking::examine(self.watching.as_ref(), &self.answers);
                    None
                }
                Effect::Inspect(report) => {
                    looking::inspect(self.watching.as_ref(), &self.answers, *report);
                    None
                }
                Effect::ReadFailed { reading, query } => {
                    self.desk.read(self.watching.as_ref(), reading, query);
                    None
                }
                Effect::ReadJournal { at_most } => {
                    self.desk.journal(self.watching.as_ref(), at_most);
                    None
                }
                Effect::AskRights => {
                    self.desk.ask_rights(self.watching.as_ref());
                    None
                }
                Effect::ShowFailed(at) => {
                    self.desk.show(self.watching.as_ref(), at);
                    None
                }
                Effect::ReadAround { at, spot } => {
                    self.desk.around(self.watching.as_ref(), at, *spot);
                    None
                }
                Effect::Foresee(question) => {
                    self.desk.foresee(self.watching.as_ref(), *question);
                    None
                }
                Effect::Act(deed) => self.desk.act(self.watching.as_ref(), *deed),
                Effect::StartPlan(plan) => self.desk.start(self.watching.as_ref(), *plan),
                Effect::PausePlan | Effect::ResumePlan | Effect::CancelPlan => {
                    self.desk.steer(&effect);
                    None
                }
                Effect::Export(export) => {
                    self.desk.export(self.watching.as_ref(), Arc::clone(&self.host), export)
                }
                Effect::EndExport => {
                    self.desk.end_export();
                    None
                }
                Effect::ExportEvents { number, step } => self.exporting.perform(&self.host, number, step),
                Effect::Compose(effect) => self.shipping.perform(self.watching.as_ref(), *effect),
                Effect::ReadBack { number, query } => {
                    self.archive.read(self.watching.as_ref(), number, query)
                }
                Effect::ReadToExport { number, query } => {
                    self.sweeping.read(self.watching.as_ref(), number, query)
                }
                Effect::Copy(text) => {
                    gone_on_error(self.screen.copy(&text))?;
                    Some(EffectDone::Copied(text.len()))
                }
                Effect::EditText { text, suffix } => self.lend(text, suffix, inputs).await?,
                Effect::Theme(name) => {
                    self.look.theme = name;
                    // What is wrong with a theme was told where it is listed.
                    self.theme = Theme::load(&self.look).0;
                    self.dirty = true;
                    None
                }
                Effect::Mouse(is_ours) => {
                    gone_on_error(self.screen.mouse(is_ours))?;
                    None
                }
                Effect::Redraw => {
                    gone_on_error(self.screen.redraw())?;
                    None
                }
                Effect::Suspend => {
                    self.suspend(inputs).await?;
                    None
                }
            };
            if let Some(done) = done {
                effects.extend(self.update(Message::Done(done)));
            }
        }
        Step::Continue(())
    }

    /// Watches `context` in place of what was watched. What that still sends can reach nobody.
    fn observe(&mut self, context: String, watch: Watch) -> EffectDone {
        self.watching = None;
        self.desk.stop_reading();
        if self.context.as_ref() != Some(&context) {
            // What is still answered about another bus reaches nobody: it would be shown under this one's name.
            (self.answers, self.answered) = mpsc::channel(WAITING_ANSWERS);
            self.desk.meet(self.answers.clone());
            self.exporting.meet(self.answers.clone());
            self.archive.meet(self.answers.clone());
            self.sweeping.meet(self.answers.clone());
            self.shipping.meet(&context, self.answers.clone());
            self.context = Some(context.clone());
        }
        match self.connector.open(&context) {
            Ok(session) => {
                let labels = self.connector.labels(&context);
                let schemas = Schemas(self.connector.schemas(&context));
                let operator = session.operator.as_ref().map(|_| ()).map_err(Clone::clone);
                let publisher = session.publisher.as_ref().map(|_| ()).map_err(Clone::clone);
                let info = session.info.clone();
                self.watching = Some(Watching::start(context, session, watch));
                EffectDone::Opened { info, labels, operator, publisher, schemas }
            }
            Err(why) => EffectDone::Ended { context, why },
        }
    }

    /// Stops this process. It goes on when it is continued, or at once where nothing could ever continue it.
    async fn suspend(&mut self, inputs: &mut Inputs) -> Step {
        gone_on_error(self.screen.suspend())?;
        match timeout(STOPPED_BY, inputs.told.recv()).await {
            Ok(told) => self.obey(told),
            Err(_) => self.resume(),
        }
    }

    /// Gives the terminal to an editor. What it leaves comes when it has ended; an answer at once is why it was not begun.
    async fn lend(
        &mut self,
        text: String,
        suffix: &'static str,
        inputs: &mut Inputs,
    ) -> ControlFlow<ExitReason, Option<EffectDone>> {
        let Some(loan) = inputs.lender.lend().await else {
            let why = "the terminal is still being read here, so no editor was started; try again".to_owned();
            return ControlFlow::Continue(Some(EffectDone::Edited(Err(why))));
        };
        inputs.forget_keys();
        gone_on_error(self.screen.lend())?;
        let host = Arc::clone(&self.host);
        self.editing = Some(Editing::start(loan, async move { host.edit(text, suffix).await }));
        ControlFlow::Continue(None)
    }

    fn resume(&mut self) -> Step {
        self.dirty = true;
        gone_on_error(self.screen.resume())?;
        self.measure()
    }

    /// Looks whether the terminal has another size: it tells so only while it is listened to.
    fn measure(&mut self) -> Step {
        match self.screen.size() {
            Ok(size) if size != self.app.size => {
                // A size asks for no effects.
                self.update(Message::Resize(size));
                Step::Continue(())
            }
            measured => gone_on_error(measured.map(|_| ())),
        }
    }
}

/// What one step waits for.
enum Incoming {
    Nothing,
    Message(Message),
    Told(Option<Told>),
    Edited(Result<String, String>),
    Plan(Box<Progress>, Vec<FailedAt>),
    Ended(BusError),
}
