//! The first line: where we are, how the connection is, and what everything is narrowed to.

use chrono::{DateTime, Utc};
use ratatui::Frame;
use ratatui::layout::Rect;

use super::tabs::failed_of_all;
use crate::bus::{ChannelScope, Link};
use crate::text::{cut_end, display_safe, pad_end, rate};
use crate::tui::action::Action;
use crate::tui::app::{self, App, Revealed};
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::{Words, inset, span};

/// Cells between two parts.
const GAP: usize = 3;
/// Cells for a name that somebody chose.
const NAME_CELLS: usize = 24;

/// A part of the line. Where the line is too long, the part with the highest rank goes first.
struct Part<'t> {
    words: Words<'t>,
    rank: u8,
    /// What a press of it does.
    does: Option<Action>,
}

impl<'t> Part<'t> {
    fn new(words: Words<'t>, rank: u8) -> Self {
        Self { words, rank, does: None }
    }

    fn does(self, action: Action) -> Self {
        Self { does: Some(action), ..self }
    }
}

/// Draws the header.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let area = inset(area);
    let clock = Words::new(theme).put(app.clock.time(app.clock.now), Meaning::Dim);
    let mut parts = parts(app, theme);
    let room = usize::from(area.width);
    // Less room between the parts is better than fewer parts.
    let gap = loop {
        let cells: usize = parts.iter().map(|part| part.words.cells()).sum::<usize>() + clock.cells();
        let fits = |gap: &usize| cells + parts.len() * gap <= room;
        let last = (0..parts.len()).max_by_key(|at| parts[*at].rank);
        match ([GAP, GAP - 1].iter().find(|gap| fits(gap)), last) {
            (Some(gap), _) => break *gap,
            (None, Some(last)) if parts[last].rank > 0 => drop(parts.remove(last)),
            (None, _) => break GAP - 1,
        }
    };
    let mut line = Words::new(theme);
    for part in parts {
        let before = line.cells();
        line = line.then(part.words);
        if let Some(action) = part.does {
            app.areas.add(span(area, before, line.cells()), app::Part::Key(action));
        }
        line = line.gap(gap);
    }
    let has_room = line.cells() + clock.cells() <= room;
    line.draw(frame, area);
    if has_room {
        clock.draw_right(frame, area);
    }
}

fn parts<'t>(app: &App, theme: &'t Theme) -> Vec<Part<'t>> {
    let name = cut_end(&display_safe(&app.context.name), NAME_CELLS).into_owned();
    let mut parts = vec![
        Part::new(Words::new(theme).put("tidings", Meaning::Accent), 3),
        Part::new(Words::new(theme).put(name, Meaning::Text), 1).does(Action::Contexts),
    ];
    if app.context.production {
        let badge = format!(" {} production ", theme.symbols().production);
        parts.push(Part::new(Words::new(theme).put(badge, Meaning::Production), 0));
    }
    if app.context.read_only {
        parts.push(Part::new(Words::new(theme).put("read-only", Meaning::ReadOnly), 2));
    } else if app.rights.only_looks() {
        parts.push(Part::new(Words::new(theme).put("read-only user", Meaning::ReadOnly), 2));
    }
    // What everybody who looks over a shoulder reads: it stays as long as it is so.
    let revealed = match &app.redacting.revealed {
        Some(Revealed::All) => Some("REVEALED"),
        Some(_) => Some("revealed"),
        None => None,
    };
    parts.extend(revealed.map(|word| Part::new(Words::new(theme).put(word, Meaning::Banner), 0)));
    parts.push(Part::new(link(app, theme), 0));
    if app.monitor.link().is_live() && app.monitor.link().caught_up && !app.ended {
        // As wide as a busy bus needs, so that what follows does not jump.
        let now = pad_end(&format!("{}/s", rate(app.flow.flow.now_rate)), 8);
        parts.push(Part::new(Words::new(theme).put(now, Meaning::Text), 4));
    }
    parts.extend(scope(app, theme));
    let failed = app.failed.count(!app.context.locked_to.is_empty());
    if let Some(failed) = failed.filter(|failed| failed.number() > 0) {
        let words = Words::new(theme).put(format!("failed {}", failed_of_all(&failed, app)), Meaning::Failed);
        parts.push(Part::new(words, 3).does(Action::ShowFailed));
    }
    parts
}

fn link<'t>(app: &App, theme: &'t Theme) -> Words<'t> {
    let symbols = theme.symbols();
    let sign = |sign, meaning| Words::new(theme).put(sign, meaning).gap(1);
    let view = app.monitor.link();
    match &view.link {
        _ if app.ended => sign(symbols.failed, Meaning::Failed).put("ended", Meaning::Failed),
        Link::Live(_) if !view.caught_up => {
            sign(symbols.live, Meaning::Ok).put("live, reading history", Meaning::Text)
        }
        Link::Live(_) => match view.refuses {
            None => sign(symbols.live, Meaning::Ok).put("live", Meaning::Text),
            // It can be read: that is no sign that all is well.
            Some(why) => sign(symbols.warning, Meaning::Failed)
                .put("live, ", Meaning::Text)
                .put(format!("writes refused: {}", why.code()), Meaning::Failed),
        },
        Link::Connecting { .. } => {
            sign(symbols.waiting, Meaning::Waiting).put("connecting", Meaning::Waiting)
        }
        Link::Down { since, retry_at, .. } => sign(symbols.down, Meaning::Failed)
            .put(format!("down since {}", app.clock.time(*since)), Meaning::Failed)
            .put(retry(*retry_at, app), Meaning::Text),
        Link::Fatal { retry_at, .. } => sign(symbols.failed, Meaning::Failed)
            .put("cannot connect", Meaning::Failed)
            .put(retry(*retry_at, app), Meaning::Text),
    }
}

/// When it is tried again; while the time for that has come, it is being tried.
fn retry(at: DateTime<Utc>, app: &App) -> String {
    match app.clock.seconds_until(at) {
        0 => ", trying now".to_owned(),
        seconds => format!(", retry in {seconds} s"),
    }
}

fn scope<'t>(app: &App, theme: &'t Theme) -> Vec<Part<'t>> {
    let mut parts = Vec::new();
    let named = |label: &'static str, name: &str, meaning| {
        let name = cut_end(name, NAME_CELLS).into_owned();
        Words::new(theme).put(label, Meaning::Dim).gap(1).put(name, meaning)
    };
    if let Some(first) = app.context.locked_to.first() {
        let more = match app.context.locked_to.len() {
            1 => String::new(),
            n => format!(" +{}", n - 1),
        };
        let words = named("locked to", &display_safe(first), Meaning::Tenant).put(more, Meaning::Dim);
        parts.push(Part::new(words, 1));
    }
    match &app.scope.tenant {
        Some(tenant) => {
            let label = app.monitor.labels().show(tenant.as_str());
            parts.push(Part::new(named("tenant", &label, Meaning::Tenant), 1).does(Action::TenantScope));
        }
        None if app.context.locked_to.is_empty() => {
            parts.push(Part::new(named("tenant", "all", Meaning::Dim), 5).does(Action::TenantScope));
        }
        None => {}
    }
    match &app.scope.channel {
        ChannelScope::Only(channel) => {
            let words = named("channel", &display_safe(channel.as_str()), Meaning::Text);
            parts.push(Part::new(words, 1).does(Action::ChannelScope));
        }
        ChannelScope::All if !app.monitor.channels().is_empty() => {
            parts.push(Part::new(named("channel", "all", Meaning::Dim), 6).does(Action::ChannelScope));
        }
        ChannelScope::All => {}
    }
    parts
}
