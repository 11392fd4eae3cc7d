//! What a verb works with: where it writes, the time, and how it is to write. Tests bring their own.

use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;

use super::args::Format;
use super::interrupt::Busy;
use super::output::{Notes, Out};
use super::paint::Paint;
use crate::broker::memory::Clock;
use crate::tui::app::Zone;

/// What a verb works with.
pub(super) struct Desk<'a> {
    /// Standard output.
    pub(super) out: Out<'a>,
    /// Standard error.
    pub(super) notes: Notes<'a>,
    /// Text or JSON.
    pub(super) format: Format,
    /// Colours and signs of text.
    pub(super) paint: Paint,
    /// The time.
    pub(super) clock: Clock,
    /// The zone of times on a wall clock.
    pub(super) zone: Zone,
    /// Cancelled by Ctrl-C.
    pub(super) stop: CancellationToken,
    /// What is under way, so that Ctrl-C does not cut it off.
    pub(super) busy: Busy,
}

impl Desk<'_> {
    /// Now.
    pub(super) fn now(&self) -> DateTime<Utc> {
        (self.clock)()
    }

    /// Whether scripts read the output.
    pub(super) fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// A moment as a list shows it: local, with its day, to the millisecond.
    pub(super) fn show_time(&self, at: DateTime<Utc>) -> String {
        self.zone.place(at).format("%Y-%m-%d %H:%M:%S%.3f").to_string()
    }
}
