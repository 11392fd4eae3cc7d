//! One failed event: what it is, what can be done, why it failed, its attempts, where it came from and went, its JSON.

use std::sync::Arc;

use ratatui::Frame;
use ratatui::layout::Rect;

use super::super::json_rows::json_row;
use super::super::keys::key_for;
use super::{around, attempts, next, redacted, sign, tenant};
use crate::bus::{FailedWhole, Failure, FailureKind};
use crate::text::{count, cut_end, display_safe, safe_lines, span, width};
use crate::tui::app::{App, Extent, FailedDetail, what_helps};
use crate::tui::pretty::{Shown, Wrapped};
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::{Words, folded, row};

/// A line, and what it means.
pub(super) type Line = (String, Meaning);

/// Signs of a cell, as the lines have them.
#[derive(Clone, Copy)]
pub(super) struct Signs {
    pub(super) dot: &'static str,
    pub(super) it: &'static str,
    pub(super) failed: &'static str,
    pub(super) waiting: &'static str,
    pub(super) unknown: &'static str,
}

impl Signs {
    /// For counting lines: every sign has one cell in any theme.
    const ANY: Self = Self { dot: ".", it: ">", failed: "x", waiting: "o", unknown: "-" };

    fn of(theme: &Theme) -> Self {
        let symbols = theme.symbols();
        Self {
            dot: symbols.dot,
            it: symbols.closed,
            failed: symbols.failed,
            waiting: symbols.waiting,
            unknown: symbols.unknown,
        }
    }
}

/// The event that is open, laid out.
struct Laid {
    /// Everything above the JSON.
    lines: Vec<Line>,
    json: Option<(Arc<str>, Shown, Arc<Wrapped>)>,
    extent: Extent,
}

impl Laid {
    fn out(detail: &FailedDetail, area: Rect, app: &App, signs: Signs) -> Self {
        let (page, width) = (usize::from(area.height).saturating_sub(1), usize::from(area.width));
        let json = json(detail, width, app);
        let hidden = json.as_ref().map_or(0, |(_, shown, _)| shown.hidden);
        let lines = lines((detail, hidden), width, app, signs);
        let rows = lines.len() + json.as_ref().map_or(0, |(_, _, wrapped)| wrapped.rows());
        Self { lines, json, extent: Extent { lines: rows, page, columns: width, width } }
    }
}

fn whole(detail: &FailedDetail) -> Option<&FailedWhole> {
    detail.whole.as_ref()?.as_ref().ok()?.as_deref()
}

/// The event's JSON, laid out for a width: the text, its tokens, its rows.
fn json(detail: &FailedDetail, cells: usize, app: &App) -> Option<(Arc<str>, Shown, Arc<Wrapped>)> {
    let text =
        whole(detail).and_then(|whole| whole.event.text.clone()).or_else(|| detail.event.text.clone())?;
    let masks = app.redacting.of_failed(&detail.event.at);
    let (shown, wrapped) = app.failed.laid_out.text(&text, cells, masks);
    Some((text, shown, wrapped))
}

/// How much there is, and how much of it fits into `area`. Its first line is its heading.
pub(super) fn extent(area: Rect, app: &App) -> Extent {
    let detail = app.failed.detail.as_ref();
    detail.map(|detail| Laid::out(detail, area, app, Signs::ANY).extent).unwrap_or_default()
}

/// Draws it.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let Some(detail) = &app.failed.detail else { return };
    let Laid { lines, json, extent } = Laid::out(detail, area, app, Signs::of(theme));
    let symbols = theme.symbols();
    let below = extent.lines.saturating_sub(detail.top + extent.page);
    let more =
        |sign: &str, n: usize| if n > 0 { format!("  {sign} {}", count(n as u64)) } else { String::new() };
    let place = format!("{}{}", more(symbols.up, detail.top), more(symbols.more, below));
    let event = &detail.event;
    let (sign, meaning) = sign(event.state, event.outcome, theme);
    let id = event.event.map(|id| id.to_string()).unwrap_or_default();
    let title = format!("{}  {id}", event.event_type.as_str());
    let state = format!("{sign} {}", event.state.word());
    let room = usize::from(area.width).saturating_sub(width(&place) + width(&state) + 4);
    Words::new(theme)
        .put(state, meaning)
        .gap(2)
        .put(cut_end(&title, room).into_owned(), Meaning::TitleFocused)
        .draw(frame, area);
    Words::new(theme).put(place, Meaning::Dim).draw_right(frame, area);
    let body = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    let cells = usize::from(body.width);
    let mut at = 0;
    for (text, meaning) in lines.iter().skip(detail.top).take(extent.page) {
        Words::new(theme).put(text.clone(), *meaning).draw(frame, row(body, at));
        at += 1;
    }
    if let Some((text, shown, wrapped)) = json {
        let skip = detail.top.saturating_sub(lines.len());
        for pieces in wrapped.page(&shown.sheet, shown.text(&text), skip, extent.page.saturating_sub(at)) {
            json_row(&pieces, (0, cells), &app.filter.live.good, theme).draw(frame, row(body, at));
            at += 1;
        }
    }
}

/// Puts a text into `lines`, indented and folded.
fn put_into(lines: &mut Vec<Line>, cells: usize, (indent, text, meaning): (usize, &str, Meaning)) {
    let room = cells.saturating_sub(indent).max(8);
    let text = display_safe(text);
    lines.extend(folded(&text, room).into_iter().map(|line| (" ".repeat(indent) + &line, meaning)));
}

/// Everything above the JSON.
fn lines((detail, hidden): (&FailedDetail, usize), cells: usize, app: &App, signs: Signs) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut put =
        |indent: usize, text: &str, meaning: Meaning| put_into(&mut lines, cells, (indent, text, meaning));
    about(detail, app, signs.dot, &mut put);
    match &detail.whole {
        None => put(0, "asked for all that is known of it", Meaning::Dim),
        Some(Err(why)) => put(0, &format!("the rest is not known: {}", why.what()), Meaning::Failed),
        Some(Ok(None)) => {
            let gone = "It does not lie there any more: it was finished, moved on to its next attempt, or somebody has \
                        acted on it. The list says where it is now.";
            put(0, gone, Meaning::Waiting);
        }
        Some(Ok(Some(_))) => {}
    }
    put(0, "", Meaning::Text);
    put(0, "ERROR", Meaning::Title);
    let chain = whole(detail).map(|whole| whole.error.clone()).filter(|chain| !chain.is_empty());
    let chain = chain.or_else(|| detail.event.error.as_ref().map(|error| vec![error.to_string()]));
    match chain {
        None => put(2, "not recorded: the log of its handler may say it", Meaning::Dim),
        Some(chain) => {
            for (at, text) in chain.iter().enumerate() {
                let cause = if at == 0 { "" } else { "caused by: " };
                let text = format!("{cause}{}", redacted::said(detail, text, app));
                safe_lines(&text).for_each(|line| put(2 + at.min(1) * 2, &line, Meaning::Failed));
            }
        }
    }
    if let Some(whole) = whole(detail) {
        history(detail, &whole.history, app, &mut put);
        lineage(whole, app, &mut put);
    }
    lines.extend(around::lines(detail, cells, app, signs));
    let mut put =
        |indent: usize, text: &str, meaning: Meaning| put_into(&mut lines, cells, (indent, text, meaning));
    put(0, "", Meaning::Text);
    put(0, "EVENT", Meaning::Title);
    if let Some((told, meaning)) = redacted::told(detail, hidden, app) {
        put(2, &told, meaning);
    }
    if whole(detail).map_or(detail.event.text.is_none(), |whole| whole.event.text.is_none()) {
        match whole(detail) {
            None => put(2, "its JSON is not in memory", Meaning::Waiting),
            Some(whole) => {
                put(2, "it has no JSON; its fields as they lie:", Meaning::Waiting);
                for (name, value) in &*app.redacting.of_failed(&detail.event.at).fields(&whole.fields) {
                    let value = String::from_utf8_lossy(value);
                    put(
                        2,
                        &format!("{}  {}", String::from_utf8_lossy(name), cut_end(&value, 2_000)),
                        Meaning::Text,
                    );
                }
            }
        }
    }
    lines
}

/// What it is, where it lies, and what can be done.
fn about(detail: &FailedDetail, app: &App, dot: &str, put: &mut impl FnMut(usize, &str, Meaning)) {
    let event = &detail.event;
    let mut said = vec![
        tenant(event.tenant.as_ref(), app, "no tenant"),
        event.handler.as_deref().unwrap_or("no handler is named").to_owned(),
    ];
    match event.attempts {
        Some(0) => said.push("not tried".to_owned()),
        Some(_) => said.push(format!("attempts {}", attempts(event, "unknown"))),
        None => {}
    }
    said.extend(event.reason.as_deref().map(ToOwned::to_owned));
    said.extend(next(event, app).map(|(told, _)| told));
    said.extend(event.channel.as_ref().map(|channel| format!("channel {channel}")));
    put(0, &said.join(&format!(" {dot} ")), Meaning::Text);
    let failed = |what: &str, at: Option<chrono::DateTime<chrono::Utc>>| {
        at.map(|at| format!("{what} {} ({})", app.clock.date_time(at), app.clock.ago(at)))
    };
    let times = [failed("first failed", event.first_failed_at), failed("last failed", event.last_failed_at)];
    let times: Vec<_> = times.into_iter().flatten().collect();
    if !times.is_empty() {
        put(0, &times.join(&format!(" {dot} ")), Meaning::Dim);
    }
    let source = event.source.map_or_else(|| event.stream.to_string(), |id| format!("{} {id}", event.stream));
    put(0, &format!("published in {source} {dot} lies at {}", event.at), Meaning::Dim);
    // Nothing can be done here to what is gone from here.
    let can: Vec<_> = what_helps(event)
        .iter()
        .filter(|_| !detail.is_gone())
        .filter_map(|action| {
            let key = key_for(app, *action)?;
            Some(match app.allows(*action) {
                Ok(()) => format!("{key} {}", action.hint()),
                Err(why) => format!("{key} {} (not here: {why})", action.hint()),
            })
        })
        .collect();
    if !can.is_empty() {
        put(0, &can.join("   "), Meaning::KeyHelp);
    }
}

fn history(
    detail: &FailedDetail,
    history: &[Failure],
    app: &App,
    put: &mut impl FnMut(usize, &str, Meaning),
) {
    if history.is_empty() {
        return;
    }
    put(0, "", Meaning::Text);
    put(0, "ATTEMPTS  newest first", Meaning::Title);
    for (at, failure) in history.iter().enumerate().rev() {
        let kind = match failure.kind {
            FailureKind::Error => "failed",
            FailureKind::Permanent => "failed for good",
            FailureKind::TimedOut => "timed out",
            FailureKind::Panicked => "panicked",
            FailureKind::Crashed => "crashed",
        };
        let took = span(std::time::Duration::from_millis(failure.ms));
        let when = app.clock.date_time(failure.at);
        put(2, &format!("{:>3}  {when}  {kind} after {took}", at + 1), Meaning::Text);
        for (at, text) in failure.error.iter().enumerate() {
            let cause = if at == 0 { "" } else { "caused by: " };
            let text = format!("{cause}{}", redacted::said(detail, text, app));
            safe_lines(&text).for_each(|line| put(7, &line, Meaning::Failed));
        }
    }
}

fn lineage(whole: &FailedWhole, app: &App, put: &mut impl FnMut(usize, &str, Meaning)) {
    let lineage = &whole.lineage;
    put(0, "", Meaning::Text);
    put(0, "LINEAGE", Meaning::Title);
    match &lineage.published {
        Some(claim) => {
            put(2, &format!("published as {} in {}, still there", claim.id, claim.stream), Meaning::Text);
        }
        None => {
            put(2, "where it was published it is not there any more, or that is not recorded", Meaning::Dim);
        }
    }
    if lineage.retried.is_empty() {
        put(2, "never retried by hand, as far as that is recorded", Meaning::Dim);
    }
    for retried in &lineage.retried {
        let edited = if retried.edited { ", edited" } else { "" };
        let (when, ago) = (app.clock.date_time(retried.at), app.clock.ago(retried.at));
        let outcome = retried.outcome.words();
        put(
            2,
            &format!("retried {when} ({ago}) by {}{edited} in {}: {outcome}", retried.who, retried.plan),
            Meaning::Text,
        );
        for claim in &retried.to {
            put(4, &format!("as {} in {}", claim.id, claim.stream), Meaning::Dim);
        }
    }
    if let Some(plan) = &whole.event.plan {
        put(2, &format!("what lies here came of {plan}"), Meaning::Text);
    }
}
