//! A dashboard on a stage: everything around the loop is played.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::{DateTime, FixedOffset, Utc};
use crossterm::event::Event;
use ratatui::layout::Size;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Duration, Instant, sleep};
use tokio_util::sync::CancellationToken;

pub(super) use super::desk::Desk;
use crate::bus::{
    BusError, BusSignal, Connector, ContextInfo, Examined, Fate, HandlerDetail, HandlerReport, Inspector,
    Looked, NoArchive, NoFailedQueue, Observer, Published, Publisher, Receivers, Session, Start,
    StreamReport, Watch, Writes,
};
use crate::event::{Channel, EventType};
use crate::tui::app::{App, Clock, Setup, Zone};
use crate::tui::effect::ExitReason;
use crate::tui::host::Host;
use crate::tui::keymap::Key;
use crate::tui::run::event_loop::EventLoop;
use crate::tui::run::input::{Inputs, Read, Told};
use crate::tui::run::lent::{Lender, Lent};
use crate::tui::run::screen::Screen;
use crate::tui::run::watching::Watching;
use crate::tui::theme::{Look, Theme};

/// What the screen was asked for.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// When each frame was drawn, and what it showed: received entries, the context.
    pub(super) frames: Vec<(Instant, u64, String)>,
    pub(super) copied: Vec<String>,
    pub(super) suspended: usize,
    pub(super) resumed: usize,
    pub(super) redrawn: usize,
    /// What the terminal was asked for, as to the mouse.
    pub(super) mouse: Vec<bool>,
    /// How often it was given to another program.
    pub(super) lent: usize,
    /// Whether the terminal is gone without anybody having been told.
    pub(super) is_gone: bool,
    /// Whether writing fails.
    pub(super) is_dead: bool,
}

struct Note(Arc<Mutex<Notes>>);

impl Note {
    fn write(&self, write: impl FnOnce(&mut Notes)) -> io::Result<()> {
        let mut notes = self.0.lock().unwrap();
        if notes.is_dead {
            return Err(io::Error::other("EIO"));
        }
        write(&mut notes);
        Ok(())
    }
}

impl Screen for Note {
    fn size(&self) -> io::Result<Size> {
        Ok(Size::new(80, 24))
    }

    fn draw(&mut self, app: &App, _theme: &Theme) -> io::Result<()> {
        let (received, context) = (app.monitor.counts().received, app.context.name.clone());
        self.write(|notes| notes.frames.push((Instant::now(), received, context)))
    }

    fn copy(&mut self, text: &str) -> io::Result<()> {
        self.write(|notes| notes.copied.push(text.to_owned()))
    }

    fn suspend(&mut self) -> io::Result<()> {
        self.write(|notes| notes.suspended += 1)
    }

    fn lend(&mut self) -> io::Result<()> {
        self.write(|notes| notes.lent += 1)
    }

    fn mouse(&mut self, is_ours: bool) -> io::Result<()> {
        self.write(|notes| notes.mouse.push(is_ours))
    }

    fn redraw(&mut self) -> io::Result<()> {
        self.write(|notes| notes.redrawn += 1)
    }

    fn resume(&mut self) -> io::Result<()> {
        self.write(|notes| notes.resumed += 1)
    }

    fn is_there(&self) -> bool {
        !self.0.lock().unwrap().is_gone
    }
}

/// An observer that says what the test gives it, and takes notes of how it was treated.
#[derive(Default)]
pub(super) struct Puppet {
    voices: Mutex<Vec<(mpsc::Sender<BusSignal>, Watch, CancellationToken)>>,
    nudges: Mutex<usize>,
    /// Whoever publishes in its context, where somebody does.
    pub(super) publisher: Mutex<Option<Arc<dyn Publisher>>>,
    end: Mutex<Option<Result<(), BusError>>>,
    ended: tokio::sync::Notify,
}

#[async_trait]
impl Observer for Puppet {
    async fn observe(
        &self,
        watch: Watch,
        out: mpsc::Sender<BusSignal>,
        stop: CancellationToken,
    ) -> Result<(), BusError> {
        self.voices.lock().unwrap().push((out, watch, stop));
        self.ended.notified().await;
        // Hangs up, as one that ends does.
        self.voices.lock().unwrap().clear();
        self.end.lock().unwrap().take().expect("no panic was asked for")
    }

    fn nudge(&self) {
        *self.nudges.lock().unwrap() += 1;
    }
}

#[async_trait]
impl Inspector for Puppet {
    async fn streams(&self) -> Result<Looked<StreamReport>, BusError> {
        Ok(Looked::whole(Vec::new()))
    }

    async fn handlers(&self) -> Result<Looked<HandlerReport>, BusError> {
        Ok(Looked::whole(Vec::new()))
    }

    async fn handler(&self, _: &HandlerReport) -> Result<HandlerDetail, BusError> {
        Ok(HandlerDetail::default())
    }

    async fn receivers(&self, _: &EventType, _: Option<&Channel>) -> Result<Receivers, BusError> {
        Ok(Receivers::default())
    }

    async fn fates(&self, _: &Published) -> Result<Vec<Fate>, BusError> {
        Ok(Vec::new())
    }

    async fn examine(&self) -> Result<Examined, BusError> {
        Ok(Examined::default())
    }
}

impl Puppet {
    /// The channel of its `n`-th watch.
    pub(super) fn voice(&self, n: usize) -> mpsc::Sender<BusSignal> {
        self.voices.lock().unwrap()[n].0.clone()
    }

    /// How often it was asked to watch.
    pub(super) fn watches(&self) -> usize {
        self.voices.lock().unwrap().len()
    }

    pub(super) fn was_stopped(&self, n: usize) -> bool {
        self.voices.lock().unwrap()[n].2.is_cancelled()
    }

    pub(super) fn nudges(&self) -> usize {
        *self.nudges.lock().unwrap()
    }

    /// Its watch ends so; without an end it panics.
    pub(super) fn end(&self, end: Option<Result<(), BusError>>) {
        *self.end.lock().unwrap() = end;
        self.ended.notify_one();
    }
}

/// Two contexts, each with its puppet; there is no third.
struct Puppets(HashMap<&'static str, Arc<Puppet>>);

impl Connector for Puppets {
    fn contexts(&self) -> Vec<String> {
        self.0.keys().map(ToString::to_string).collect()
    }

    fn open(&self, context: &str) -> Result<Session, BusError> {
        let puppet = self.0.get(context).ok_or_else(|| BusError::Fatal {
            what: format!("there is no context '{context}'"),
            next: "Choose another one.".to_owned(),
        })?;
        Ok(session(context, puppet))
    }
}

/// A context that this puppet speaks for.
pub(super) fn session(context: &str, puppet: &Arc<Puppet>) -> Session {
    Session {
        info: ContextInfo { name: context.to_owned(), ..ContextInfo::default() },
        observer: Arc::clone(puppet) as _,
        archive: Arc::new(NoArchive("nothing is kept here".to_owned())),
        inspector: Arc::clone(puppet) as _,
        failed: Arc::new(NoFailedQueue("nothing fails here".to_owned())),
        preview: None,
        publisher: puppet.publisher.lock().unwrap().clone().ok_or("nothing is published here".to_owned()),
        consumer: Err("nothing is handled here".to_owned()),
        operator: Err("nothing fails here".to_owned()),
        writes: Writes::default(),
    }
}

/// A watch of it.
pub(super) fn watching_it(session: Session) -> Watching {
    let watch = Watch::following(Start::Last(1));
    Watching::start("prod".to_owned(), session, watch)
}

/// A thread that reads keys, which lets go of them when it is asked to.
async fn reader(mut lent: mpsc::Receiver<Lent>, is_reading: Arc<AtomicBool>) {
    while let Some(lent) = lent.recv().await {
        is_reading.store(false, Ordering::SeqCst);
        lent.until_it_is_back().await;
        is_reading.store(true, Ordering::SeqCst);
    }
}

pub(super) fn now() -> DateTime<Utc> {
    "2026-11-23T13:02:31Z".parse().unwrap()
}

/// A dashboard that runs.
pub(super) struct Stage {
    pub(super) prod: Arc<Puppet>,
    pub(super) demo: Arc<Puppet>,
    pub(super) events: mpsc::Sender<io::Result<Read>>,
    pub(super) told: mpsc::Sender<Told>,
    pub(super) notes: Arc<Mutex<Notes>>,
    pub(super) running: JoinHandle<ExitReason>,
    pub(super) desk: Arc<Desk>,
    /// What a person saves, and ends the editor.
    pub(super) save: mpsc::Sender<Result<String, String>>,
    /// Whether keys are read here.
    pub(super) is_reading: Arc<AtomicBool>,
    /// How often it asked for the time: once for each message.
    pub(super) messages: Arc<AtomicUsize>,
}

impl Stage {
    /// Starts it on the context `prod`.
    pub(super) async fn start() -> Self {
        Self::start_on("prod").await
    }

    pub(super) async fn start_on(context: &str) -> Self {
        Self::start_with(context, |_| {}).await
    }

    /// Starts it in a state of the test's.
    pub(super) async fn start_with(context: &str, prepare: impl FnOnce(&mut App)) -> Self {
        Self::start_publishing(context, None, prepare).await
    }

    /// The same, with somebody who publishes in the context `prod`.
    pub(super) async fn start_publishing(
        context: &str,
        publisher: Option<Arc<dyn Publisher>>,
        prepare: impl FnOnce(&mut App),
    ) -> Self {
        let watch = Watch::following(Start::Last(10));
        let setup =
            Setup { demo: Some("demo".to_owned()), who: "jo@web-1".to_owned(), ..Setup::new(context, watch) };
        let zone = Zone::Fixed(FixedOffset::east_opt(0).unwrap());
        let (mut app, first) = App::start(setup, Clock { now: now(), zone }, Size::new(80, 24));
        prepare(&mut app);
        let (prod, demo) = (Arc::new(Puppet::default()), Arc::new(Puppet::default()));
        *prod.publisher.lock().unwrap() = publisher;
        let puppets = Puppets(HashMap::from([("prod", prod.clone()), ("demo", demo.clone())]));
        let notes = Arc::new(Mutex::new(Notes::default()));
        let (events, from_terminal) = mpsc::channel(64);
        let (told, from_outside) = mpsc::channel(8);
        let (lender, lent) = Lender::new();
        let is_reading = Arc::new(AtomicBool::new(true));
        tokio::spawn(reader(lent, Arc::clone(&is_reading)));
        let inputs = Inputs { told: from_outside, events: from_terminal, lender };
        let (save, saved) = mpsc::channel(1);
        let desk = Arc::new(Desk {
            given: Mutex::default(),
            saved: tokio::sync::Mutex::new(saved),
            store: Arc::default(),
            files: Arc::default(),
        });
        let ports = (Arc::new(puppets) as Arc<dyn Connector>, Arc::clone(&desk) as Arc<dyn Host>);
        let messages = Arc::new(AtomicUsize::new(0));
        let asked = Arc::clone(&messages);
        let clock = Arc::new(move || {
            asked.fetch_add(1, Ordering::SeqCst);
            now()
        });
        let stage = EventLoop::new(app, Look::default(), Note(notes.clone()), ports, clock);
        let running = tokio::spawn(stage.run(inputs, first));
        let this = Self { prod, demo, events, told, notes, running, desk, save, is_reading, messages };
        this.rest(100).await;
        this
    }

    /// Lets it run for so long, in paused time.
    pub(super) async fn rest(&self, ms: u64) {
        sleep(Duration::from_millis(ms)).await;
    }

    /// Presses keys, and lets it settle.
    pub(super) async fn press(&self, keys: &str) {
        for key in keys.split_whitespace() {
            let key: Key = key.parse().unwrap();
            self.events.send(Ok((Event::Key(key.into()), now()))).await.unwrap();
        }
        self.rest(50).await;
    }

    /// How many frames were drawn so far, and what the last one showed.
    pub(super) fn shown(&self) -> (usize, u64, String) {
        let notes = self.notes.lock().unwrap();
        let (_, received, context) = notes.frames.last().cloned().unwrap();
        (notes.frames.len(), received, context)
    }

    /// Why it ended.
    pub(super) async fn end(self) -> ExitReason {
        self.running.await.unwrap()
    }
}

/// A batch of `count` entries that cannot be read: the simplest there are.
pub(super) fn batch(count: usize) -> BusSignal {
    use crate::bus::{Batch, Origin};
    use crate::event::{Content, Entry, EntryId, Fault, FaultKind, Report, StreamKey, Verdict};
    let entry = Entry {
        stream: StreamKey::new("event::A").unwrap(),
        id: EntryId::new(u64::try_from(now().timestamp_millis()).unwrap(), 0),
        replayable: true,
        channel: None,
        event_type: None,
        tenant: None,
        event_id: None,
        timestamp: None,
        content: Content::Json { text: "{}".into(), payload: None },
        verdict: Verdict::Invalid(Box::new(Fault::new(
            FaultKind::Missing,
            Report::new("", "a type", "none"),
        ))),
    };
    BusSignal::Entries(Batch { origin: Origin::Live, entries: vec![entry; count] })
}
