//! What happened around a failed event: other events of its tenant, just before it and just after it.

use std::borrow::Cow;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::detail::{Line, Signs};
use crate::bus::{Around, ChannelScope, Near, Spot};
use crate::filter::FailureSeen;
use crate::text::{age, cut_end, display_safe, pad_end, pad_start, rfc3339_ms, width};
use crate::tui::app::{App, FailedDetail, Surroundings};
use crate::tui::theme::Meaning;
use crate::tui::widgets::folded;

/// Cells of the time between it and the event.
const APART: usize = 7;
/// A longer type is cut.
const TYPE: usize = 40;

/// The lines of it, each no wider than so many cells.
pub(super) fn lines(detail: &FailedDetail, cells: usize, app: &App, signs: Signs) -> Vec<Line> {
    let mut lines = vec![(String::new(), Meaning::Text)];
    let mut say = |text: &str, meaning: Meaning| {
        let parts = folded(&display_safe(text), cells.saturating_sub(2).max(8));
        lines.extend(parts.into_iter().map(|text| (format!("  {text}"), meaning)));
    };
    let mut title = "AROUND IT".to_owned();
    let tenant = super::tenant(detail.event.tenant.as_ref(), app, "");
    match &detail.around {
        Surroundings::Unknown => return Vec::new(),
        Surroundings::NoTenant => {
            say("it names no tenant, so there are no other events of the same one", Meaning::Dim);
        }
        Surroundings::NoTime => say("nothing says when it was published", Meaning::Dim),
        Surroundings::Asked(_) => {
            say("it is older than what is kept here: reading it from the bus", Meaning::Waiting);
        }
        Surroundings::NotRead(spot, why) => {
            say(
                &format!("it is older than what is kept here, and the bus did not say: {}", why.what()),
                Meaning::Failed,
            );
            say(&older(spot), Meaning::Dim);
        }
        Surroundings::Kept(around) => {
            title = format!("{title}  other events of {tenant}{}", channel(app));
            found(
                around,
                ["nothing before it is kept here", "nothing after it yet"],
                (cells, app, signs),
                &mut lines,
            );
        }
        Surroundings::Read(around) => {
            title = format!("{title}  other events of {tenant}, read from the bus");
            let nothing =
                ["nothing shortly before it is on the bus", "nothing shortly after it is on the bus"];
            found(around, nothing, (cells, app, signs), &mut lines);
        }
    }
    lines.insert(1, (cut_end(&title, cells).into_owned(), Meaning::Title));
    lines
}

/// How to see it all the same.
fn older(spot: &Spot) -> String {
    let since = rfc3339_ms(spot.at - TimeDelta::seconds(10));
    format!(
        "`tidings tail --since {since} --no-follow --tenant {}` shows what happened then, as far as the bus keeps it",
        shell_word(spot.tenant.as_str())
    )
}

/// `text` as one word of a shell: a tenant or a plan may have any name, and commands are there to be pasted.
pub(super) fn shell_word(text: &str) -> Cow<'_, str> {
    let is_plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b));
    if is_plain { text.into() } else { format!("'{}'", text.replace('\'', r"'\''")).into() }
}

/// Where not all channels are watched.
fn channel(app: &App) -> String {
    match &app.watch.channels {
        ChannelScope::All => String::new(),
        ChannelScope::Only(channel) => format!(" in channel {}", display_safe(channel.as_str())),
    }
}

fn found(
    around: &Around,
    [none_before, none_after]: [&str; 2],
    (cells, app, signs): (usize, &App, Signs),
    lines: &mut Vec<Line>,
) {
    let name = |near: &Near| near.event_type.as_ref().map_or(signs.unknown.to_owned(), ToString::to_string);
    let long = around.events.iter().map(|near| width(&when(near.at, app))).max().unwrap_or(0);
    let wide = around.events.iter().map(|near| width(&name(near))).max().unwrap_or(0);
    let wide = wide.min(TYPE).min(cells.saturating_sub(long + APART + 8).max(8));
    let Some(it) = around.events.get(around.before) else { return };
    if around.before == 0 {
        lines.push((cut_end(&format!("    {none_before}"), cells).into_owned(), Meaning::Dim));
    }
    for near in &around.events {
        let sign = if near.is_it { signs.it } else { " " };
        let when = when(near.at, app);
        let apart = if near.is_it { String::new() } else { apart(near.at - it.at) };
        let event_type = cut_end(&name(near), wide).into_owned();
        let (became, meaning) = became(near, app, signs);
        let text = format!(
            "{sign} {}  {}  {}  {became}",
            pad_end(&when, long),
            pad_start(&apart, APART),
            pad_end(&event_type, wide)
        );
        let meaning = if near.is_it { Meaning::Accent } else { meaning };
        lines.push((cut_end(text.trim_end(), cells).into_owned(), meaning));
    }
    if around.after() == 0 {
        lines.push((cut_end(&format!("    {none_after}"), cells).into_owned(), Meaning::Dim));
    }
}

/// When, to the millisecond; of another day, to the second.
fn when(at: DateTime<Utc>, app: &App) -> String {
    let (at_here, now_here) = (app.clock.zone.place(at), app.clock.zone.place(app.clock.now));
    if at_here.date_naive() == now_here.date_naive() {
        app.clock.time_ms(at)
    } else {
        at_here.format("%d %b %H:%M:%S").to_string()
    }
}

/// `-840 ms`, `+2.4 s`, `+3 m`: how long before or after.
fn apart(by: TimeDelta) -> String {
    let sign = if by < TimeDelta::zero() { '-' } else { '+' };
    match by.num_milliseconds().unsigned_abs() {
        ms @ 0..1_000 => format!("{sign}{ms} ms"),
        // Events of one second follow each other: which first is what a person looks for.
        ms @ 1_000..10_000 => format!("{sign}{}.{} s", ms / 1_000, ms % 1_000 / 100),
        ms => format!("{sign}{}", age(Duration::from_millis(ms))),
    }
}

/// The handlers that failed at it, as far as that is recorded; successes are not.
fn became(near: &Near, app: &App, signs: Signs) -> (String, Meaning) {
    let failures = app.monitor.failures().of_event(near.event);
    let last: Vec<_> = FailureSeen::last_of_each(failures).collect();
    let meaning = match &last[..] {
        [] => Meaning::Text,
        last if last.iter().any(|failure| failure.is_dead) => Meaning::Dead,
        _ => Meaning::Waiting,
    };
    let said = last.iter().map(|failure| {
        let sign = if failure.is_dead { signs.failed } else { signs.waiting };
        format!("{sign} {}", failure.handler)
    });
    let itself = near.is_it.then(|| "this event".to_owned());
    (display_safe(&itself.into_iter().chain(said).collect::<Vec<_>>().join("  ")).into_owned(), meaning)
}
