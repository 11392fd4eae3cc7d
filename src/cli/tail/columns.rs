//! The text of an entry: one line, in columns that are as wide as what has been seen.

use crate::cli::desk::Desk;
use crate::cli::paint::Meaning;
use crate::event::{Entry, TenantLabels};
use crate::monitor::AboutRules;
use crate::text::{display_safe, pad_end, width};

/// Wider texts do not widen a column; they are printed whole all the same.
const MAX_CELLS: usize = 44;

/// The widths so far.
pub(super) struct Columns {
    event_type: usize,
    tenant: usize,
    channel: Option<usize>,
    /// What of a payload is told, by type.
    about: AboutRules,
}

impl Columns {
    /// Columns; that of the channel only where there may be several.
    pub(super) fn new(channels: bool, about: AboutRules) -> Self {
        Self { event_type: 20, tenant: 12, channel: channels.then_some(0), about }
    }

    /// `entry` in one line, safe to show.
    pub(super) fn line(&mut self, entry: &Entry, labels: &TenantLabels, desk: &Desk<'_>) -> String {
        let paint = desk.paint;
        let at =
            entry.id.time().or(entry.timestamp).map_or_else(|| entry.id.to_string(), |at| desk.show_time(at));
        let event_type = entry.event_type.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string);
        let tenant =
            entry.tenant.as_ref().map_or_else(|| "-".to_owned(), |tenant| labels.show(tenant.as_str()));
        let mut line = format!(
            "{}  {}  {}",
            paint.paint(Meaning::Quiet, &at),
            paint.paint(Meaning::Name, &fit(&mut self.event_type, &event_type)),
            fit(&mut self.tenant, &tenant),
        );
        if let (Some(cells), Some(channel)) = (&mut self.channel, &entry.channel) {
            line.push_str("  ");
            line.push_str(&paint.paint(Meaning::Quiet, &fit(cells, &display_safe(channel.as_str()))));
        }
        let dot = paint.sign(" · ", " | ");
        if let Some(fault) = entry.fault() {
            let reason = format!("{} invalid: {}", paint.sign("⚠", "!"), fault.summary());
            line.push_str("  ");
            line.push_str(&paint.paint(Meaning::Bad, &reason));
        }
        let read = |payload| self.about.line(entry.event_type.as_ref(), payload, dot);
        let about = entry.payload().map(read).unwrap_or_default();
        if !about.is_empty() {
            line.push_str(if entry.fault().is_some() { dot } else { "  " });
            line.push_str(&about);
        }
        line
    }
}

/// `text` filled up to the width of its column, which grows with it.
fn fit(cells: &mut usize, text: &str) -> String {
    let wide = width(text);
    *cells = (*cells).max(wide.min(MAX_CELLS));
    pad_end(text, wide.max(*cells))
}
