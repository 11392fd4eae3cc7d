//! Where the events come from that are sent: a file, a pipe, or a program that makes them. Never held whole.

use std::io::{self, Read};

use tokio::sync::mpsc;

use super::lines::Lines;
use super::{BadLine, Line};

/// What is read together, at most; and how large that may become.
const CHUNK: usize = 256;
const CHUNK_BYTES: usize = 1024 * 1024;

/// The next of a source: an event to publish, or a line that is none.
pub type Offer = Result<Line, BadLine>;

/// Events in order, one after another.
pub struct Source(Kind);

enum Kind {
    /// Read on a thread of its own, a little ahead.
    Read { chunks: mpsc::Receiver<Result<Vec<Offer>, String>>, chunk: std::vec::IntoIter<Offer> },
    /// Made when their turn comes.
    Made(Box<dyn Iterator<Item = Offer> + Send>),
}

impl Source {
    /// Lines of a file or a pipe, each a whole event. `admit` may change an event (put it on a channel), or say why it
    /// is refused. It is read on a thread of its own, as reading a pipe waits for whoever writes it: what has come is sent
    /// without waiting for more.
    pub fn lines(
        from: impl Read + Send + 'static,
        admit: impl FnMut(Line) -> Offer + Send + 'static,
    ) -> io::Result<Self> {
        let (out, chunks) = mpsc::channel(1);
        std::thread::Builder::new().name("lines".to_owned()).spawn(move || read_all(from, admit, &out))?;
        Ok(Self(Kind::Read { chunks, chunk: Vec::new().into_iter() }))
    }

    /// What `offers` makes, when its turn comes. Making one should not take long.
    pub fn made(offers: impl Iterator<Item = Offer> + Send + 'static) -> Self {
        Self(Kind::Made(Box::new(offers)))
    }

    /// The next. `None` at the end; an error says why it cannot be read on. Nothing is lost where this is dropped.
    pub(super) async fn next(&mut self) -> Result<Option<Offer>, String> {
        match &mut self.0 {
            Kind::Made(offers) => Ok(offers.next()),
            Kind::Read { chunks, chunk } => loop {
                if let Some(offer) = chunk.next() {
                    return Ok(Some(offer));
                }
                match chunks.recv().await {
                    Some(next) => *chunk = next?.into_iter(),
                    None => return Ok(None),
                }
            },
        }
    }

    /// Whether the next is known without waiting for anybody.
    pub(super) fn is_ready(&self) -> bool {
        match &self.0 {
            Kind::Made(_) => true,
            Kind::Read { chunks, chunk } => !chunk.as_slice().is_empty() || !chunks.is_empty(),
        }
    }
}

/// Reads to the end, or until nobody takes it any more.
fn read_all(
    from: impl Read,
    mut admit: impl FnMut(Line) -> Offer,
    out: &mpsc::Sender<Result<Vec<Offer>, String>>,
) {
    let mut lines = Lines::of(from);
    let (mut chunk, mut bytes) = (Vec::new(), 0);
    loop {
        match lines.next_line() {
            Ok(Some(offer)) => {
                let offer = offer.and_then(&mut admit);
                bytes += match &offer {
                    Ok(line) => line.event.text().len(),
                    Err(bad) => bad.text.len(),
                };
                chunk.push(offer);
                let is_enough = chunk.len() >= CHUNK || bytes >= CHUNK_BYTES || !lines.has_more();
                if is_enough && out.blocking_send(Ok(std::mem::take(&mut chunk))).is_err() {
                    return;
                }
                if is_enough {
                    bytes = 0;
                }
            }
            Ok(None) => break,
            Err(error) => {
                // What came before it was offered already: an error comes when more is asked for.
                let _ = out.blocking_send(Ok(chunk)).and_then(|()| out.blocking_send(Err(error.to_string())));
                return;
            }
        }
    }
    // Nobody who does not take it any more misses it.
    let _ = out.blocking_send(Ok(chunk));
}
