//! The task that sends: batch after batch, as a person wishes.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use super::{Doubt, Line, Offer, Progress, SendPhase, Sender, Source, Told};
use crate::bus::{BackOff, Bucket, PublishError, Published, Wish, about};
use crate::text::span;

/// Events of one batch, at most; and how large it may become.
const BATCH: usize = 200;
const BATCH_BYTES: usize = 4 * 1024 * 1024;
/// Between two tries of what a full stream did not take, at first and at last.
const PAUSES: BackOff = BackOff::new(Duration::from_millis(250), Duration::from_secs(15));
/// The rate is that of so long.
const WINDOW: Duration = Duration::from_secs(5);

/// Why nothing more is sent.
enum End {
    Cancelled,
    Stopped(String),
}

/// What is taken from the source together.
#[derive(Default)]
struct Taken {
    /// In the order of the source.
    offers: Vec<Offer>,
    /// Nothing comes behind them: all was taken, or it must not be read on.
    last: Option<Result<(), String>>,
}

pub(super) struct Driver {
    sender: Sender,
    source: Source,
    wishes: watch::Receiver<Wish>,
    progress: Arc<watch::Sender<Progress>>,
    bucket: Option<Bucket>,
    /// When how many were published, within the window.
    lately: VecDeque<(Instant, u64)>,
    begun: Instant,
}

impl Driver {
    pub(super) fn new(
        sender: Sender,
        source: Source,
        wishes: watch::Receiver<Wish>,
        progress: Arc<watch::Sender<Progress>>,
    ) -> Self {
        let bucket = sender.rate.map(Bucket::new);
        Self { sender, source, wishes, progress, bucket, lately: VecDeque::new(), begun: Instant::now() }
    }

    pub(super) async fn run(mut self) {
        let phase = match self.send_all().await {
            Ok(()) => SendPhase::Finished,
            Err(End::Cancelled) => SendPhase::Cancelled,
            Err(End::Stopped(why)) => SendPhase::Stopped(why),
        };
        // Whoever reads what became of each knows that there is no more before it is over.
        self.sender.told = None;
        self.enter(phase);
    }

    async fn send_all(&mut self) -> Result<(), End> {
        loop {
            self.heed().await?;
            let size = self.await_turn().await?;
            let taken = self.take(size).await?;
            self.send(taken.offers).await?;
            match taken.last {
                None => {}
                Some(Ok(())) => return Ok(()),
                Some(Err(why)) => return Err(End::Stopped(why)),
            }
        }
    }

    /// Waits until the pace lets the next batch go; answers how many it may be.
    async fn await_turn(&mut self) -> Result<usize, End> {
        loop {
            let Some(bucket) = &mut self.bucket else { return Ok(BATCH) };
            let size = bucket.chunk().min(BATCH);
            let wait = bucket.wait(size);
            if wait.is_zero() {
                return Ok(size);
            }
            self.rest(wait).await;
            self.heed().await?;
        }
    }

    /// Takes up to `size`: what is there, and of that at least one, however long it is waited for.
    async fn take(&mut self, size: usize) -> Result<Taken, End> {
        let mut taken = Taken::default();
        let mut bytes = 0;
        while taken.offers.is_empty()
            || taken.offers.len() < size && bytes < BATCH_BYTES && self.source.is_ready()
        {
            let next = tokio::select! {
                biased;
                next = self.source.next() => next,
                _ = self.wishes.changed() => {
                    if taken.offers.is_empty() {
                        self.heed().await?;
                    }
                    continue;
                }
            };
            match next {
                Ok(Some(Ok(line))) => {
                    bytes += line.event.text().len();
                    // Before it is sent, so that nothing behind a bad one is sent where that is the end.
                    let answer = self.sender.publisher.vet(&line.event);
                    taken.offers.push(line.vetted(answer));
                }
                Ok(Some(Err(bad))) => {
                    bytes += bad.text.len();
                    taken.offers.push(Err(bad));
                }
                Ok(None) => taken.last = Some(Ok(())),
                Err(why) => {
                    taken.last = Some(Err(format!("what was to be sent cannot be read on: {why}")));
                }
            }
            if let Some(Err(bad)) = taken.offers.last()
                && !self.sender.skip_bad
            {
                taken.last = Some(Err(format!("line {}: {}", bad.number, bad.why)));
            }
            if taken.last.is_some() {
                break;
            }
        }
        Ok(taken)
    }

    /// Sends what can be sent, in order, until each has an answer, and tells of all.
    async fn send(&mut self, offers: Vec<Offer>) -> Result<(), End> {
        let mut lines = Vec::with_capacity(offers.len());
        let mut bad = Vec::new();
        for offer in offers {
            match offer {
                Ok(line) => lines.push(line),
                Err(line) => bad.push(line),
            }
        }
        let (answers, end) = self.publish(&lines).await;
        let mut told: Vec<_> =
            lines.into_iter().zip(answers).map(|(line, answer)| Told::Event(line, answer)).collect();
        told.extend(bad.into_iter().map(Told::Bad));
        told.sort_by_key(|told| match told {
            Told::Event(line, _) => line.number,
            Told::Bad(line) => line.number,
        });
        self.count(&told);
        if let Some(out) = &self.sender.told {
            // Nobody listens any more: what was asked for goes on.
            let _ = out.send(told).await;
        }
        end.map_or(Ok(()), Err)
    }

    /// Publishes, and waits for room where a stream is full. Answers for each; with why it is the end, where it is.
    async fn publish(&mut self, lines: &[Line]) -> (Vec<Result<Published, PublishError>>, Option<End>) {
        let mut answers: Vec<Option<Result<Published, PublishError>>> = vec![None; lines.len()];
        let mut pauses = PAUSES;
        loop {
            let open: Vec<usize> = (0..lines.len()).filter(|at| !is_final(answers[*at].as_ref())).collect();
            if open.is_empty() {
                break;
            }
            let events: Vec<_> = open.iter().map(|at| lines[*at].event.clone()).collect();
            let (publisher, form) = (Arc::clone(&self.sender.publisher), self.sender.form);
            // Not cut short by anything: an answer comes within the command time-out. A task of its own, so that what is on
            // its way is counted as unknown also where a fault of ours breaks it off.
            let publishing = tokio::spawn(async move { publisher.publish(&events, form).await });
            let mut came = publishing
                .await
                .unwrap_or_else(|fault| {
                    tracing::error!(%fault, "publishing broke off");
                    Vec::new()
                })
                .into_iter();
            let mut taken = 0;
            for at in open {
                let silence = || Err(PublishError::Unknown("the broker gave no answer for it".to_owned()));
                let answer = came.next().unwrap_or_else(silence);
                taken += usize::from(answer.is_ok());
                answers[at] = Some(answer);
            }
            if let Some(bucket) = &mut self.bucket {
                bucket.take(taken);
            }
            let full = answers.iter().flatten().find_map(|answer| match answer {
                Err(error @ PublishError::Full(_)) => Some(error.to_string()),
                _ => None,
            });
            let (Some(why), None) = (full, trouble(&answers)) else { break };
            if taken > 0 {
                pauses.reset();
            }
            let pause = pauses.pause();
            let every = span(pause);
            self.enter(SendPhase::Waiting(format!("{why}; it is tried again every {every}")));
            self.rest(about(pause)).await;
            if let Err(end) = self.heed().await {
                return (whole(answers), Some(end));
            }
        }
        self.enter(SendPhase::Sending);
        let end = trouble(&answers).map(End::Stopped);
        (whole(answers), end)
    }

    /// Does what a person asked for: holds, or ends.
    async fn heed(&mut self) -> Result<(), End> {
        loop {
            // Nobody holds it any more: the same as ending it.
            let is_left = self.wishes.has_changed().is_err();
            match *self.wishes.borrow_and_update() {
                Wish::Cancel | Wish::Leave => return Err(End::Cancelled),
                _ if is_left => return Err(End::Cancelled),
                Wish::Go => return Ok(()),
                Wish::Hold => {}
            }
            self.enter(SendPhase::Paused);
            let _ = self.wishes.changed().await;
            if *self.wishes.borrow() == Wish::Go {
                self.enter(SendPhase::Sending);
                if let Some(bucket) = &mut self.bucket {
                    bucket.forget();
                }
            }
        }
    }

    /// Waits so long, or until a person wants something.
    async fn rest(&mut self, time: Duration) {
        let _ = timeout(time, self.wishes.changed()).await;
    }

    fn enter(&self, phase: SendPhase) {
        self.progress.send_if_modified(|progress| {
            let is_new = progress.phase != phase;
            progress.phase = phase;
            is_new
        });
    }

    fn count(&mut self, told: &[Told]) {
        let there = told.iter().filter(|told| matches!(told, Told::Event(_, Ok(_)))).count() as u64;
        let rate = self.rate_with(there);
        self.progress.send_modify(|progress| {
            progress.rate = rate;
            for told in told {
                progress.asked += 1;
                progress.reached = match told {
                    Told::Event(line, _) => line.number,
                    Told::Bad(line) => line.number,
                };
                match told {
                    Told::Event(_, Ok(published)) if published.repeated => progress.repeated += 1,
                    Told::Event(_, Ok(_)) => progress.published += 1,
                    Told::Event(line, Err(PublishError::Unknown(_))) => {
                        progress.unknown += 1;
                        progress.doubts.push(Doubt { number: line.number, event: line.event.id() });
                        progress.doubtful.push(line.event.clone());
                    }
                    Told::Event(line, Err(PublishError::NotSent(_) | PublishError::Full(_))) => {
                        progress.not_sent += 1;
                        progress.unsent.push(line.number);
                    }
                    Told::Bad(_) | Told::Event(_, Err(_)) => progress.bad += 1,
                }
            }
        });
    }

    /// Per second, of the last seconds and `more` now.
    fn rate_with(&mut self, more: u64) -> f64 {
        let now = Instant::now();
        self.lately.push_back((now, more));
        while self.lately.front().is_some_and(|(at, _)| now - *at > WINDOW) {
            self.lately.pop_front();
        }
        let over = (now - self.begun).min(WINDOW).as_secs_f64();
        let published: u64 = self.lately.iter().map(|(_, published)| published).sum();
        if over > 0.0 { published as f64 / over } else { 0.0 }
    }
}

/// Whether an answer is the last word; a full stream is not.
fn is_final(answer: Option<&Result<Published, PublishError>>) -> bool {
    answer.is_some_and(|answer| !matches!(answer, Err(PublishError::Full(_))))
}

/// Why nothing more may be sent after these answers.
fn trouble(answers: &[Option<Result<Published, PublishError>>]) -> Option<String> {
    answers.iter().flatten().find_map(|answer| match answer {
        Err(error @ (PublishError::Unknown(_) | PublishError::NotSent(_))) => Some(error.to_string()),
        _ => None,
    })
}

/// One answer for each: what was not tried is not sent.
fn whole(answers: Vec<Option<Result<Published, PublishError>>>) -> Vec<Result<Published, PublishError>> {
    let untried = || Err(PublishError::NotSent("it ended before its turn came".to_owned()));
    answers.into_iter().map(|answer| answer.unwrap_or_else(untried)).collect()
}
