//! A desk for tests: what is written is kept, the clock stands still, the zone is fixed.

use std::sync::Arc;

use chrono::{DateTime, FixedOffset, Utc};
use tokio_util::sync::CancellationToken;

use super::args::Format;
use super::desk::Desk;
use super::interrupt::Busy;
use super::output::{Notes, Out};
use super::paint::Paint;
use crate::tui::app::Zone;

pub(super) struct TestDesk {
    out: Vec<u8>,
    notes: Vec<u8>,
    format: Format,
    pub(super) stop: CancellationToken,
}

impl TestDesk {
    pub(super) fn text() -> Self {
        Self::new(Format::Text)
    }

    pub(super) fn json() -> Self {
        Self::new(Format::Json)
    }

    fn new(format: Format) -> Self {
        Self { out: Vec::new(), notes: Vec::new(), format, stop: CancellationToken::new() }
    }

    /// 2026-11-23 14:02:31 on the wall.
    pub(super) fn now() -> DateTime<Utc> {
        "2026-11-23T12:02:31Z".parse().unwrap()
    }

    pub(super) fn desk(&mut self) -> Desk<'_> {
        Desk {
            out: Out::new(&mut self.out),
            notes: Notes::new(&mut self.notes),
            format: self.format,
            paint: Paint { colour: false, ascii: false },
            clock: Arc::new(Self::now),
            zone: Zone::Fixed(FixedOffset::east_opt(7_200).unwrap()),
            stop: self.stop.clone(),
            busy: Busy::default(),
        }
    }

    /// Lets `verb` work, and writes what it left to be written.
    pub(super) fn run<T>(&mut self, verb: impl FnOnce(&mut Desk<'_>) -> T) -> T {
        let mut desk = self.desk();
        let done = verb(&mut desk);
        desk.out.flush().unwrap();
        done
    }

    /// As [`TestDesk::run`], on a runtime.
    pub(super) async fn run_async<T>(&mut self, verb: impl AsyncFnOnce(&mut Desk<'_>) -> T) -> T {
        let mut desk = self.desk();
        let done = verb(&mut desk).await;
        desk.out.flush().unwrap();
        done
    }

    pub(super) fn out(&self) -> String {
        String::from_utf8(self.out.clone()).unwrap()
    }

    pub(super) fn notes(&self) -> String {
        String::from_utf8(self.notes.clone()).unwrap()
    }
}
