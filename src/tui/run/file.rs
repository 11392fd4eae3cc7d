//! A file of events, beside the event loop: looking at it, and sending it. A disk that does not answer, and a file that
//! never ends, hold up neither the screen nor the end of the dashboard.

use std::io::{self, Read};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::compose::done;
use super::history::History;
use super::watching::Watching;
use crate::bus::{Preview, PublishError, Publisher, Wish};
use crate::compose::{Admission, BadLine, Line, Offer, Sender, Sending, Source, Survey, Told, look};
use crate::event::{Channel, NewEvent};
use crate::tui::app::sending::Unsent;
use crate::tui::effect::{EffectDone, FileDone, FileEffect, FileOrder, SendDone};
use crate::tui::host::{BadLinesFile, EventsFile, Host};

/// How long a disk may take to open a file, and a server to answer.
const ANSWER: Duration = Duration::from_secs(10);
/// Between two words about how far a look has come.
const EVERY: Duration = Duration::from_millis(100);
/// Batches of what was told that may wait.
const AHEAD: usize = 4;
/// So many published events of a file are kept in the history: a file must not push everything else out of it.
const REMEMBERED: usize = 100;

/// What is done with files of events.
pub(super) struct FileDesk {
    host: Arc<dyn Host>,
    answers: mpsc::Sender<EffectDone>,
    /// The look that goes on, by its number; it ends when this is dropped.
    looking: Option<(u64, DropGuard)>,
    beginning: Option<Beginning>,
    /// What a person asked for while it was begun.
    pub(super) wish: Wish,
}

/// A file that is about to be sent.
struct Beginning {
    number: u64,
    answer: oneshot::Receiver<Result<Box<Begun>, String>>,
}

/// A file of which the first line can be sent.
pub(super) struct Begun {
    pub(super) number: u64,
    sender: Sender,
    source: Source,
    bad: Option<Box<dyn BadLinesFile>>,
    history: History,
    is_held: bool,
}

impl FileDesk {
    pub(super) fn new(host: Arc<dyn Host>, answers: mpsc::Sender<EffectDone>) -> Self {
        Self { host, answers, looking: None, beginning: None, wish: Wish::Go }
    }

    /// Another context is opened: answers go there.
    pub(super) fn meet(&mut self, answers: mpsc::Sender<EffectDone>) {
        self.answers = answers;
    }

    /// Why no event may be published for the tenant of this one, if so: the same as for the lines of a file.
    pub(super) fn refused(&self, event: &NewEvent) -> Option<PublishError> {
        let why = self.host.refusal(event.tenant())?;
        Some(PublishError::Tenant { tenant: event.tenant().clone(), why })
    }

    /// The same, for what is made one after the other.
    pub(super) fn refusing(&self) -> impl Fn(Line) -> Offer + Send + use<> {
        let admission = admission(&self.host, None);
        move |line| admission.admit(line)
    }

    /// Does what changes nothing on the bus.
    pub(super) fn perform(&mut self, watching: Option<&Watching>, effect: FileEffect) {
        match effect {
            FileEffect::Look { number, file, channel } => {
                let stop = CancellationToken::new();
                self.looking = Some((number, stop.clone().drop_guard()));
                let preview = watching.and_then(|watching| watching.preview.clone());
                let (host, answers) = (Arc::clone(&self.host), self.answers.clone());
                tokio::spawn(async move {
                    let admission = admission(&host, channel);
                    let looked =
                        survey((host, &file), (preview, admission), (number, &answers), stop.clone());
                    let answer = looked.await;
                    if !stop.is_cancelled() {
                        // Nobody waits for it any more when the dashboard has ended.
                        let _ = answers.send(told(FileDone::Looked { number, answer })).await;
                    }
                });
            }
            FileEffect::Forget { number } => {
                self.looking.take_if(|(of, _)| *of == number);
            }
            FileEffect::Complete { number, typed } => {
                let (host, answers) = (Arc::clone(&self.host), self.answers.clone());
                tokio::spawn(async move {
                    let answer = in_time(host.paths(&typed)).await;
                    let _ = answers.send(told(FileDone::Completed { number, typed, answer })).await;
                });
            }
            // It is begun.
            FileEffect::Send(_) => {}
        }
    }

    /// Finds out whether a file can be sent; the future does it, and must not be broken off.
    pub(super) fn begin(
        &mut self,
        publisher: Arc<dyn Publisher>,
        history: History,
        order: FileOrder,
    ) -> impl Future<Output = ()> + Send + use<> {
        let (out, answer) = oneshot::channel();
        self.beginning = Some(Beginning { number: order.number, answer });
        self.wish = Wish::Go;
        let host = Arc::clone(&self.host);
        async move {
            let begun = begin(host, publisher, history, order).await;
            if let Err(Ok(begun)) = out.send(begun) {
                // Nobody wants it any more.
                begun.drop_it().await;
            }
        }
    }

    pub(super) fn is_beginning(&self) -> bool {
        self.beginning.is_some()
    }

    /// The file that was begun, or why it was not. May be cancelled at any time.
    pub(super) async fn begun(&mut self) -> Result<Box<Begun>, EffectDone> {
        let Some(Beginning { number, answer }) = &mut self.beginning else {
            return std::future::pending().await;
        };
        let (number, answer) = (*number, answer.await);
        self.beginning = None;
        let refused = |why: String| told(FileDone::NotBegun { number, why });
        match answer {
            Ok(Ok(begun)) if matches!(self.wish, Wish::Cancel | Wish::Leave) => {
                // Not waited for: whoever asks here may be broken off, and then this answer would be lost.
                tokio::spawn(begun.drop_it());
                Err(refused("ended by hand before the first line".to_owned()))
            }
            Ok(Ok(mut begun)) => {
                begun.is_held = self.wish == Wish::Hold;
                Ok(begun)
            }
            Ok(Err(why)) => Err(refused(why)),
            Err(_) => {
                Err(refused("beginning broke off by a fault of Tidings itself: please report it".to_owned()))
            }
        }
    }

    /// Nothing more is begun.
    pub(super) fn leave(&mut self) {
        self.looking = None;
        self.beginning = None;
    }
}

impl Begun {
    /// Sends it; what becomes of it is heard by the future, which must not be broken off.
    pub(super) fn start(self) -> (Sending, impl Future<Output = ()> + Send) {
        let (out, outcomes) = mpsc::channel(AHEAD);
        let sending = self.sender.tell(out).start(self.source);
        if self.is_held {
            sending.pause();
        }
        (sending, hear(outcomes, self.bad, self.number, self.history))
    }

    /// Leaves nothing behind.
    async fn drop_it(mut self) {
        if let Some(bad) = &mut self.bad {
            // It is empty: that it stays is no harm.
            let _ = bad.finish().await;
        }
    }
}

fn told(it: FileDone) -> EffectDone {
    done(SendDone::File(it))
}

fn admission(host: &Arc<dyn Host>, channel: Option<Channel>) -> Admission {
    let host = Arc::clone(host);
    Admission { refusal: Some(Arc::new(move |tenant| host.refusal(tenant))), channel, workflow_copy: false }
}

async fn in_time<T>(answer: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    timeout(ANSWER, answer)
        .await
        .unwrap_or_else(|_| Err(format!("the disk did not answer in {} s; try again", ANSWER.as_secs())))
}

/// Looks at a file as a whole, on a thread of its own.
async fn survey(
    (host, file): (Arc<dyn Host>, &str),
    (preview, admission): (Option<Arc<dyn Preview>>, Admission),
    (number, answers): (u64, &mpsc::Sender<EffectDone>),
    stop: CancellationToken,
) -> Result<(Box<Survey>, crate::tui::host::FileStamp), String> {
    let EventsFile { from, stamp } = in_time(host.open_events(file, None)).await?;
    let (answers, of) = (answers.clone(), stamp.bytes);
    let looking = move || {
        let read = Arc::new(AtomicU64::new(0));
        let from = Watched { from, read: Arc::clone(&read), stop };
        let mut survey = Survey::default();
        let mut next = Instant::now();
        let judge = |line| {
            let line = admission.admit(line)?;
            match &preview {
                Some(preview) => {
                    let answer = preview.vet(&line.event);
                    line.vetted(answer)
                }
                None => Ok(line),
            }
        };
        let looked = look(from, judge, |offer| {
            survey.take(&offer, |event| preview.as_ref()?.target(event));
            if Instant::now() < next {
                return ControlFlow::Continue(());
            }
            next = Instant::now() + EVERY;
            let so_far = Box::new(survey.clone());
            let read = read.load(Ordering::Relaxed);
            match answers.blocking_send(told(FileDone::LooksAt { number, survey: so_far, read, of })) {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            }
        });
        looked.map(|_| Box::new(survey)).map_err(|error| format!("it cannot be read on: {error}"))
    };
    let looked = spawn_blocking(looking).await;
    let survey = looked.unwrap_or_else(|fault| Err(format!("looking at it broke off: {fault}")))?;
    Ok((survey, stamp))
}

/// What is read, counted; it ends when nobody wants it any more.
struct Watched {
    from: Box<dyn Read + Send>,
    read: Arc<AtomicU64>,
    stop: CancellationToken,
}

impl Read for Watched {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.stop.is_cancelled() {
            return Err(io::Error::other("it is not wanted any more"));
        }
        let n = self.from.read(buffer)?;
        self.read.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

/// Finds out what can be found out before anything is sent: that the server answers, that the file is the one that was
/// looked at, and that the bad lines can be written.
async fn begin(
    host: Arc<dyn Host>,
    publisher: Arc<dyn Publisher>,
    history: History,
    order: FileOrder,
) -> Result<Box<Begun>, String> {
    match timeout(ANSWER, publisher.reach()).await {
        Ok(Ok(())) => {}
        Ok(Err(why)) => return Err(why.what().to_owned()),
        Err(_) => return Err(format!("the server did not answer in {} s", ANSWER.as_secs())),
    }
    let opened = in_time(host.open_events(&order.file, Some(order.stamp))).await?;
    let admission = admission(&host, order.channel);
    let bad = match &order.bad_file {
        Some(file) => Some(in_time(host.bad_lines(file)).await?),
        None => None,
    };
    let source = Source::lines(opened.from, move |line| admission.admit(line))
        .map_err(|error| format!("no thread can be started to read it: {error}"))?;
    let sender = Sender::new(publisher).rate(order.rate).skip_bad(order.skips_bad).total(Some(order.lines));
    Ok(Box::new(Begun { number: order.number, sender, source, bad, history, is_held: false }))
}

/// Takes what becomes of each line, until there is no more: bad ones are written, those that were not published are told,
/// and the first that were published, with all of which that is not known, are kept in
/// the history.
async fn hear(
    mut outcomes: mpsc::Receiver<Vec<Told>>,
    mut bad: Option<Box<dyn BadLinesFile>>,
    number: u64,
    history: History,
) {
    let answers = history.answers.clone();
    let (out, kept) = mpsc::channel(AHEAD);
    let mut room = REMEMBERED;
    let hearing = async move {
        while let Some(told_of) = outcomes.recv().await {
            let lines = Unsent::of(&told_of);
            let mut bad_lines: Vec<BadLine> = Vec::new();
            let mut events = Vec::new();
            for told in told_of {
                match told {
                    Told::Bad(line) => bad_lines.push(line),
                    event @ Told::Event(_, Ok(_)) => {
                        if room > 0 {
                            room -= 1;
                            events.push(event);
                        }
                    }
                    event @ Told::Event(..) => events.push(event),
                }
            }
            if !events.is_empty() {
                // It takes them until the last of them.
                let _ = out.send(events).await;
            }
            if let (Some(file), false) = (&mut bad, bad_lines.is_empty())
                && let Err(why) = file.add(bad_lines).await
            {
                bad = None;
                let _ = answers.send(told(FileDone::Written { number, answer: Err(why) })).await;
            }
            if !lines.is_empty() {
                let _ = answers.send(told(FileDone::Unsent { number, lines })).await;
            }
        }
        drop(out);
        if let Some(file) = &mut bad {
            let answer = file.finish().await;
            let _ = answers.send(told(FileDone::Written { number, answer })).await;
        }
    };
    tokio::join!(hearing, history.keep_all(kept));
}
