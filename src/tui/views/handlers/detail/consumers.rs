//! Who works for it.

use super::{Parts, Subject};
use crate::text::{age, count, display_safe, pad_end, width};
use crate::tui::theme::{Meaning, Theme};

/// From this width on there is room for all columns; below the other, only for what is due and what was done.
const WIDE: usize = 100;
const NARROW: usize = 70;

pub(super) fn height(subject: &Subject<'_>) -> usize {
    1 + subject.report.consumers.len().max(1)
}

pub(super) fn lines(Subject { report, app, room: cells }: &Subject<'_>, theme: &Theme) -> Vec<Parts> {
    let unknown = || theme.symbols().unknown.to_owned();
    let names = report.consumers.iter().map(|consumer| width(&display_safe(&consumer.name)));
    let is_wide = *cells >= WIDE;
    let room = names.max().unwrap_or(0).clamp(8, if is_wide { 40 } else { 20 });
    let is_narrow = *cells < NARROW;
    let heading = if is_narrow { narrow_heading(room) } else { heading(room, is_wide) };
    let mut lines = vec![vec![(heading, Meaning::Title)]];
    if report.consumers.is_empty() {
        lines.push(vec![("nobody works for it".to_owned(), Meaning::Dim)]);
    }
    lines.extend(report.consumers.iter().map(|consumer| {
        let beat = consumer.heartbeat.as_ref();
        let of = |number: fn(&crate::bus::HandlerStats) -> u64| {
            beat.map_or_else(unknown, |beat| count(number(&beat.stats)))
        };
        let (host, since) = beat.map_or_else(
            || (unknown(), String::new()),
            |beat| {
                let host = format!("{} {}", display_safe(&beat.host), beat.pid);
                (host, format!("  started {}", app.clock.ago(beat.started)))
            },
        );
        let seen = consumer.last_seen.map_or_else(unknown, |at| app.clock.ago(at));
        let (done, failed) = (of(|stats| stats.done), of(|stats| stats.failed));
        let name = pad_end(&display_safe(&consumer.name), room);
        let (pending, idle) = (count(consumer.pending), age(consumer.idle));
        let meaning = if beat.is_some() { Meaning::Text } else { Meaning::Dim };
        if is_narrow {
            return vec![(format!("{name} {pending:>8} {idle:>6} {done:>9} {failed:>8}"), meaning)];
        }
        let line = format!(
            "{name} {pending:>8} {idle:>6} {seen:>10} {done:>9} {failed:>8}{}  {host}{since}",
            if is_wide { format!(" {:>9}", of(|stats| stats.running)) } else { String::new() },
        );
        vec![(line, meaning)]
    }));
    lines
}

fn narrow_heading(room: usize) -> String {
    format!("{} {:>8} {:>6} {:>9} {:>8}", pad_end("CONSUMER", room), "PENDING", "IDLE", "DONE", "FAILED")
}

fn heading(room: usize, is_wide: bool) -> String {
    format!(
        "{} {:>8} {:>6} {:>10} {:>9} {:>8}{}  HOST",
        pad_end("CONSUMER", room),
        "PENDING",
        "IDLE",
        "SEEN",
        "DONE",
        "FAILED",
        if is_wide { "   RUNNING" } else { "" },
    )
}
