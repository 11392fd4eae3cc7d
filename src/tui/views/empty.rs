//! What stands in the body while there is nothing to show: why, and what to do.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::keys::advice;
use super::rewind_line;
use crate::bus::{ChannelScope, Link};
use crate::text::{count, cut_end, display_safe, plural};
use crate::tui::action::Action;
use crate::tui::app::{App, View};
use crate::tui::theme::{Meaning, Symbols, Theme};
use crate::tui::widgets::{Words, folded, row};

/// Nothing, and why.
pub(super) struct Empty {
    sign: fn(&Symbols) -> &'static str,
    meaning: Meaning,
    title: String,
    /// More of why.
    lines: Vec<String>,
    /// What to do.
    advice: Vec<String>,
}

impl Empty {
    fn new(sign: fn(&Symbols) -> &'static str, meaning: Meaning, title: impl Into<String>) -> Self {
        Self { sign, meaning, title: title.into(), lines: Vec::new(), advice: Vec::new() }
    }
}

/// Why there is nothing to show in any view; `None` once anything was received.
pub(super) fn of(app: &App) -> Option<Empty> {
    // Handlers may be there before any event is, and failed events after all others are gone.
    let has_handlers =
        matches!(app.view, View::Handlers | View::Failed | View::Health) && app.monitor.link().is_live();
    if app.monitor.counts().received > 0 || has_handlers || app.is_rewound() {
        return None;
    }
    let view = app.monitor.link();
    let retry = |retry_at| match app.clock.seconds_until(retry_at) {
        0 => "It is being tried again now.".to_owned(),
        seconds => format!("It is tried again in {seconds} s."),
    };
    let mut empty = match &view.link {
        Link::Live(server) => return Some(live(app, server)),
        Link::Connecting { target } => {
            let mut target = display_safe(target);
            if target.is_empty() {
                target = display_safe(&app.context.target);
            }
            Empty::new(|all| all.waiting, Meaning::Waiting, format!("Connecting to {target}"))
        }
        Link::Down { why, retry_at, attempt, .. } => {
            let target = display_safe(&app.context.target);
            let is_redis = target.starts_with("redis");
            let title = format!("No Redis answers at {target}");
            let title = if is_redis { title } else { display_safe(why).into_owned() };
            let mut empty = Empty::new(|all| all.failed, Meaning::Failed, title);
            if is_redis {
                empty.lines.push(sentence(&display_safe(why)));
            }
            let tried = if *attempt > 1 { format!("Tried {attempt} times. ") } else { String::new() };
            empty.lines.push(format!("{tried}{}", retry(*retry_at)));
            if why.contains("refused") {
                empty.lines.extend(start_a_server(&app.context.target));
            } else if why.contains("no answer") {
                // Another one cannot be started beside it.
                let silent = "Where something listens and does not answer, it is stopped, overloaded or loading its data; where \
                              nothing does, a firewall may swallow what is sent.";
                empty.lines.push(silent.to_owned());
            }
            empty
        }
        Link::Fatal { why, next, retry_at } => {
            let mut empty = Empty::new(|all| all.failed, Meaning::Failed, display_safe(why));
            empty.lines.push(sentence(&display_safe(next)));
            if !app.ended {
                empty.lines.push(retry(*retry_at));
            }
            empty
        }
    };
    if app.ended && !matches!(view.link, Link::Fatal { .. }) {
        empty = Empty::new(|all| all.failed, Meaning::Failed, "Watching has ended");
    }
    let keys =
        [(Action::Reconnect, "tries again now"), (Action::Demo, "opens the demo, which needs no Redis")];
    let allowed = keys.iter().filter(|(action, _)| app.allows(*action).is_ok());
    empty.advice.extend(allowed.filter_map(|(action, what)| {
        // Where the same key reads anew, it connects while there is nothing to read from.
        let instead = || advice(app, Action::Refresh, what).filter(|_| *action == Action::Reconnect);
        advice(app, *action, what).or_else(instead)
    }));
    empty.advice.extend(advice(app, Action::Quit, "quits"));
    Some(empty)
}

/// For a server that should run on this machine, how to start it.
fn start_a_server(target: &str) -> Option<String> {
    let url = url::Url::parse(target).ok()?;
    let here = ["localhost", "127.0.0.1", "[::1]"].contains(&url.host_str()?);
    match url.port().unwrap_or(6379) {
        _ if !here => None,
        6379 => Some("Start one with: redis-server".to_owned()),
        port => Some(format!("Start one with: redis-server --port {port}")),
    }
}

/// Connected, and nothing came.
fn live(app: &App, server: &crate::bus::ServerFacts) -> Empty {
    let target = display_safe(&server.target);
    let streams = app.monitor.discovery().streams;
    let counts = app.monitor.counts();
    let mut empty = match streams {
        _ if !server.replayable => Empty::new(|all| all.live, Meaning::Ok, format!("Listening at {target}")),
        0 => Empty::new(
            |all| all.live,
            Meaning::Ok,
            format!("Connected to {target}: there are no events on this bus yet"),
        ),
        _ => Empty::new(|all| all.live, Meaning::Ok, format!("Connected to {target}: no event came yet")),
    };
    empty.lines.push(match streams {
        _ if !server.replayable => {
            "Pub/Sub keeps no history: what is published from now on appears here.".to_owned()
        }
        0 => format!(
            "No stream is laid out as the profile '{}' says; new ones are found by themselves.",
            display_safe(&app.context.profile)
        ),
        1 => "One stream is watched; what comes in appears here.".to_owned(),
        n => format!("{} streams are watched; what comes in appears here.", count(n as u64)),
    });
    if let [first, others @ ..] = &app.monitor.discovery().refused[..] {
        let first = display_safe(first.as_str());
        empty.lines.push(match others.len() {
            0 => format!("The user may not read {first} (NOPERM): nothing of it is shown."),
            more => {
                let more = plural(more as u64, "more stream", "more streams");
                format!("The user may not read {first} and {more} (NOPERM): nothing of them is shown.")
            }
        });
    }
    let kept_out = counts.other_tenants + counts.unattributed;
    if kept_out > 0 {
        let locked = display_safe(&app.context.locked_to.join(", ")).into_owned();
        let kept_out = plural(kept_out, "event was", "events were");
        empty.lines.push(format!("{kept_out} kept out: this run is locked to {locked}."));
    }
    if let ChannelScope::Only(channel) = &app.scope.channel {
        let key = advice(app, Action::ChannelScope, "chooses another one");
        empty.lines.push(format!("Only the channel {channel} is shown."));
        empty.advice.extend(key.filter(|_| app.allows(Action::ChannelScope).is_ok()));
    }
    if streams == 0 && server.replayable {
        empty.advice.push("tidings publish sends an event; tidings doctor looks the bus over".to_owned());
    }
    empty
}

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", chars.as_str())
}

/// Draws `empty` in the body.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, empty: &Empty, theme: &Theme) {
    let sign = (empty.sign)(theme.symbols());
    let room = usize::from(area.width).saturating_sub(8);
    let mut lines = Vec::new();
    for (at, part) in folded(&empty.title, room).into_iter().enumerate() {
        let sign = if at == 0 { sign } else { " " };
        lines.push(Words::new(theme).put(sign, empty.meaning).gap(1).put(part, Meaning::Text));
    }
    let said = empty.lines.iter().flat_map(|line| folded(line, room));
    lines.extend(said.map(|part| Words::new(theme).gap(2).put(part, Meaning::Text)));
    if !empty.advice.is_empty() && lines.len() + empty.advice.len() < usize::from(area.height) {
        lines.push(Words::new(theme));
    }
    for line in &empty.advice {
        let (key, what) = line.split_once(' ').unwrap_or((line, ""));
        let words = Words::new(theme).gap(2).put(key.to_owned(), Meaning::Key).gap(1);
        lines.push(words.put(cut_end(what, room).into_owned(), Meaning::Text));
    }
    let above = usize::from(area.height).saturating_sub(lines.len()) / 3;
    let left = area.width.min(3);
    let area = Rect { x: area.x + left, width: area.width - left, ..area };
    for (at, line) in lines.into_iter().enumerate() {
        line.draw(frame, row(area, above + at));
    }
}

/// Why a list of events is empty although some were received, and what helps.
pub(super) fn list(app: &App) -> (String, Vec<String>) {
    if let Some(shown) = app.rewound() {
        return rewind_line::empty(shown, app);
    }
    let lens = &app.events.lens;
    let unseen = lens.unseen(app.over());
    if unseen > 0 {
        return (format!("looking at {}", plural(unseen, "event", "events")), Vec::new());
    }
    let hidden = count(lens.hidden());
    let mut advised = Vec::new();
    let filter = app.filter.is_on();
    if filter {
        advised.extend(advice(app, Action::Back, "clears it").filter(|_| !app.filter.is_open()));
        advised.extend(advice(app, Action::Invert, "turns it round").filter(|_| !app.filter.is_open()));
    }
    if app.view == View::Events && app.why_no_past().is_none() && !app.filter.is_open() {
        advised.extend(advice(app, Action::PageDown, "looks further back on the bus"));
    }
    let tenant = app.scope.tenant.as_ref().map(|tenant| app.monitor.labels().show(tenant.as_str()));
    if tenant.is_some() {
        advised.extend(advice(app, Action::TenantScope, "chooses another tenant"));
    }
    let channel = match &app.scope.channel {
        ChannelScope::Only(channel) => Some(channel.to_string()),
        ChannelScope::All => None,
    };
    if channel.is_some() {
        advised.extend(advice(app, Action::ChannelScope, "chooses another channel"));
    }
    let scope: Vec<_> = tenant
        .map(|tenant| format!("tenant {tenant}"))
        .into_iter()
        .chain(channel.map(|channel| format!("channel {channel}")))
        .collect();
    // Half typed, or meant as a beginning: the commonest reason why nothing is found.
    let text = app.filter.applied();
    if filter && text.contains("type:") && !text.contains('*') {
        advised.push("type: asks for the whole name, type:TICKET_* for how it begins".to_owned());
    }
    let why = match (filter, scope.is_empty()) {
        (true, true) => format!("{hidden} hidden by the filter"),
        (true, false) => format!("{hidden} hidden by the filter and by {}", scope.join(" and ")),
        (false, false) => format!("no event of {}: {hidden} of others hidden", scope.join(" in ")),
        (false, true) => "nothing is shown".to_owned(),
    };
    (why, advised)
}
