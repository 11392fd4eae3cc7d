//! Failed events on their way out: put together into pages that are bounded in events and in bytes, with what the tenant
//! lock withholds only counted. The channel's room is what bounds a whole read.

use std::collections::BTreeSet;

use redis::Value;
use tokio::sync::mpsc;

use crate::broker::redis::asker::{Asker, Reply, is_gone};
use crate::bus::{BusError, Denied, FailedEvent, FailedPage, TenantLock};
use crate::event::StreamKey;

/// The most events of a page,
const EVENTS: usize = 500;
/// and about so many bytes.
pub(super) const BYTES: usize = 1 << 20;

/// Why a read ends before everything was read.
#[derive(Debug)]
pub(super) enum Stop {
    /// Nobody wants more.
    Enough,
    /// It failed.
    Failed(BusError),
}

impl From<BusError> for Stop {
    fn from(error: BusError) -> Self {
        Self::Failed(error)
    }
}

/// Puts pages together and sends them.
pub(super) struct Pager {
    out: mpsc::Sender<FailedPage>,
    lock: TenantLock,
    page: FailedPage,
    bytes: usize,
    /// How many more may be sent.
    left: usize,
    denied: BTreeSet<StreamKey>,
}

impl Pager {
    /// `first` is what the first page says beside its events.
    pub(super) fn new(
        out: mpsc::Sender<FailedPage>,
        lock: TenantLock,
        at_most: Option<usize>,
        first: FailedPage,
    ) -> Self {
        let denied = first.denied.iter().map(|denied| denied.stream.clone()).collect();
        Self { out, lock, page: first, bytes: 0, left: at_most.unwrap_or(usize::MAX), denied }
    }

    /// Takes one event; sends the page when that fills it.
    pub(super) async fn push(&mut self, event: FailedEvent) -> Result<(), Stop> {
        if self.lock.is_locked() {
            match &event.tenant {
                None => {
                    self.page.unattributed += 1;
                    return Ok(());
                }
                Some(tenant) if !self.lock.admits(tenant) => {
                    self.page.other_tenants += 1;
                    return Ok(());
                }
                Some(_) => {}
            }
        }
        if self.left == 0 {
            return Err(Stop::Enough);
        }
        self.left -= 1;
        self.bytes += event.size();
        self.page.events.push(event);
        if self.page.events.len() >= EVENTS || self.bytes >= BYTES {
            self.send().await?;
        }
        if self.left == 0 { Err(Stop::Enough) } else { Ok(()) }
    }

    /// Sends the events that there are, if any.
    pub(super) async fn flush_events(&mut self) -> Result<(), Stop> {
        if self.page.events.is_empty() { Ok(()) } else { self.send().await }
    }

    /// Sends what there is, if anything.
    pub(super) async fn flush(&mut self) -> Result<(), Stop> {
        if self.page == FailedPage::default() { Ok(()) } else { self.send().await }
    }

    async fn send(&mut self) -> Result<(), Stop> {
        self.bytes = 0;
        self.out.send(std::mem::take(&mut self.page)).await.map_err(|_| Stop::Enough)
    }

    /// Says that something was not looked at.
    pub(super) fn unseen(&mut self, what: &str) {
        let told = self.page.unseen.get_or_insert_default();
        if !told.is_empty() {
            told.push_str("; ");
        }
        told.push_str(what);
    }

    /// An answer; `None` where there is nothing, or what this user may not read: then that is said, once for each key.
    pub(super) fn permitted(
        &mut self,
        asker: &Asker,
        reply: Reply,
        key: &str,
        doing: &str,
    ) -> Result<Option<Value>, BusError> {
        let denied = match permitted(asker, reply, key, doing)? {
            Ok(value) => return Ok(value),
            Err(denied) => denied,
        };
        self.note_denied(denied);
        Ok(None)
    }

    /// Says that this user may not read what lies at `key`.
    pub(super) fn deny(&mut self, key: &str, why: BusError) -> Result<(), BusError> {
        self.note_denied(denied(key, why)?);
        Ok(())
    }

    fn note_denied(&mut self, denied: Denied) {
        if self.denied.insert(denied.stream.clone()) {
            self.page.denied.push(denied);
        }
    }
}

/// An answer about the key `key`: `None` where there is nothing, or something else; that this user may not read it.
pub(super) fn permitted(
    asker: &Asker,
    reply: Reply,
    key: &str,
    doing: &str,
) -> Result<Result<Option<Value>, Denied>, BusError> {
    match reply {
        Ok(value) => Ok(Ok(Some(value))),
        Err(error) if is_gone(&error) => Ok(Ok(None)),
        Err(error) => match asker.refused(error, doing) {
            unavailable @ BusError::Unavailable { .. } => Err(unavailable),
            why => denied(key, why).map(Err),
        },
    }
}

fn denied(key: &str, why: BusError) -> Result<Denied, BusError> {
    // Keys that are made of others may be longer than a stream's.
    let key = &key[..key.floor_char_boundary(1_024)];
    let stream = StreamKey::new(key).map_err(|_| why.clone())?;
    Ok(Denied { stream, why })
}
