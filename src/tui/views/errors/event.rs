//! An event that failed: what its handlers did with it, every failed attempt with the chain of causes, and its JSON.

use std::sync::Arc;

use ratatui::Frame;
use ratatui::layout::Rect;

use super::super::json_rows::json_row;
use crate::bus::{FailureKind, NextStep};
use crate::monitor::{Occurrence, Row};
use crate::text::{age, count, cut_end, display_safe, safe_lines, span, width};
use crate::tui::app::{App, Extent, OpenEvent};
use crate::tui::pretty::{Shown, Wrapped};
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::{Words, folded, row};

/// A line, and what it means.
type Line = (String, Meaning);

/// The event's JSON, laid out for a width.
struct Json<'a> {
    entry: Row<'a>,
    shown: Shown,
    wrapped: Arc<Wrapped>,
}

fn json<'a>(open: &OpenEvent, cells: usize, app: &'a App) -> Option<Json<'a>> {
    let entry = app.monitor.ring().get(open.entry?)?;
    let masks = app.redacting.of_entry(entry.seq());
    let (shown, wrapped) = app.errors.laid_out.sheet(&entry, Some(cells), masks);
    Some(Json { entry, shown, wrapped })
}

/// All that is said of an event, laid out for a width.
struct LaidOut<'a> {
    lines: Vec<Line>,
    json: Option<Json<'a>>,
}

impl<'a> LaidOut<'a> {
    fn of(open: &OpenEvent, cells: usize, app: &'a App, dot: &str) -> Self {
        Self { lines: lines(open, cells, app, dot), json: json(open, cells, app) }
    }

    fn rows(&self) -> usize {
        self.lines.len() + self.json.as_ref().map_or(0, |json| json.wrapped.rows())
    }
}

/// How many rows of `area` there are for it, below the heading.
fn page(area: Rect) -> usize {
    usize::from(area.height).saturating_sub(1)
}

/// How much there is, and how much of it fits into `area`. Its first line is its heading.
pub(super) fn extent(area: Rect, app: &App) -> Extent {
    let width = usize::from(area.width);
    let open = app.errors.page.as_ref().and_then(|page| page.event.as_ref());
    // Any sign of one cell will do: nothing is drawn.
    let lines = open.map_or(0, |open| LaidOut::of(open, width, app, ".").rows());
    Extent { lines, page: page(area), columns: width, width }
}

/// Draws it.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, (open, app): (&OpenEvent, &App), theme: &Theme) {
    let (cells, page) = (usize::from(area.width), page(area));
    let symbols = theme.symbols();
    let laid_out = LaidOut::of(open, cells, app, symbols.dot);
    let newest = open.attempts.first().and_then(|seq| app.monitor.failures().get(*seq));
    let below = laid_out.rows().saturating_sub(open.top + page);
    let sign =
        |sign: &str, n: usize| if n > 0 { format!("  {sign} {}", count(n as u64)) } else { String::new() };
    let place = format!("{}{}", sign(symbols.up, open.top), sign(symbols.more, below));
    let name = newest.and_then(|newest| newest.record.attempt.event_type.as_ref().map(ToString::to_string));
    let id = open.id.map(|id| id.to_string()).unwrap_or_default();
    let title = format!("{}  {id}", name.unwrap_or_else(|| "(no type)".to_owned()));
    let room = cells.saturating_sub(width(&place) + 2);
    Words::new(theme).put(cut_end(&title, room).into_owned(), Meaning::TitleFocused).draw(frame, area);
    Words::new(theme).put(place, Meaning::Dim).draw_right(frame, area);
    let body = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    let skip = open.top.saturating_sub(laid_out.lines.len());
    let mut at = 0;
    for (text, meaning) in laid_out.lines.into_iter().skip(open.top).take(page) {
        Words::new(theme).put(text, meaning).draw(frame, row(body, at));
        at += 1;
    }
    if let Some(json) = laid_out.json {
        let text = json.shown.text(json.entry.text().unwrap_or_default());
        for pieces in json.wrapped.page(&json.shown.sheet, text, skip, page.saturating_sub(at)) {
            json_row(&pieces, (0, cells), &app.filter.live.good, theme).draw(frame, row(body, at));
            at += 1;
        }
    }
}

/// Everything above the JSON.
fn lines(open: &OpenEvent, cells: usize, app: &App, dot: &str) -> Vec<Line> {
    let attempts: Vec<&Occurrence> =
        open.attempts.iter().filter_map(|seq| app.monitor.failures().get(*seq)).collect();
    let Some(newest) = attempts.first() else {
        return vec![("the failed attempts at this event have left memory".to_owned(), Meaning::Waiting)];
    };
    let mut lines = Vec::new();
    let mut put = |indent: usize, text: &str, meaning: Meaning| {
        let room = cells.saturating_sub(indent).max(8);
        lines.extend(folded(text, room).into_iter().map(|line| (" ".repeat(indent) + &line, meaning)));
    };
    let source = &newest.record.attempt.source;
    let tenant =
        newest.record.attempt.tenant.as_ref().map(|tenant| app.monitor.labels().show(tenant.as_str()));
    let tenant = tenant.unwrap_or_else(|| "(no tenant)".to_owned());
    put(0, &format!("{tenant} {dot} {} {dot} {}", source.stream, source.id), Meaning::Dim);
    put(0, "", Meaning::Text);
    put(0, "OUTCOMES  as far as failures tell: a success is not recorded", Meaning::Title);
    for (at, last) in attempts.iter().enumerate() {
        let handler = &last.record.attempt.handler;
        // The newest of each handler.
        if attempts[..at].iter().any(|later| later.record.attempt.handler == *handler) {
            continue;
        }
        let (next, meaning) = next_words(last.record.attempt.next, app);
        let tried = match last.record.attempt.attempt {
            0 => "never tried".to_owned(),
            n => format!("attempt {} failed {}", count(u64::from(n)), app.clock.ago(last.record.at)),
        };
        put(2, &format!("{handler}  {tried}, {next}"), meaning);
    }
    put(0, "", Meaning::Text);
    put(0, "FAILED ATTEMPTS  newest first", Meaning::Title);
    for (at, occurrence) in attempts.iter().enumerate() {
        let handler = &occurrence.record.attempt.handler;
        // When the next one was due matters until it came.
        let is_over = attempts[..at].iter().any(|later| later.record.attempt.handler == *handler);
        attempt((occurrence, open), is_over, app, &mut put);
    }
    put(0, "", Meaning::Text);
    put(0, "EVENT", Meaning::Title);
    let entry = open.entry.and_then(|seq| app.monitor.ring().get(seq));
    if entry.is_none() {
        // Anyone can write a record, and a person may paste this into a shell.
        let stream = source.stream.to_string().replace('\'', r"'\''");
        let why = format!(
            "it is not in memory; to read it: redis-cli XRANGE '{stream}' {} {}",
            source.id, source.id
        );
        put(2, &why, Meaning::Waiting);
    } else if entry.is_some_and(|row| row.text().is_none()) {
        put(2, "it is no JSON: the view Events shows its fields", Meaning::Waiting);
    }
    lines
}

fn attempt(
    (occurrence, open): (&Occurrence, &OpenEvent),
    is_over: bool,
    app: &App,
    put: &mut impl FnMut(usize, &str, Meaning),
) {
    let attempt = &occurrence.record.attempt;
    let how = match &attempt.failure {
        None => "never tried: it is invalid".to_owned(),
        Some(failure) => {
            let kind = match failure.kind {
                FailureKind::Error => "failed",
                FailureKind::Permanent => "failed for good",
                FailureKind::TimedOut => "timed out",
                FailureKind::Panicked => "panicked",
                FailureKind::Crashed => "crashed",
            };
            format!("attempt {} {kind} after {}", count(u64::from(attempt.attempt)), took(failure.ms))
        }
    };
    let by = format!("by {} on {}", attempt.consumer, occurrence.record.host);
    let at = app.clock.date_time(occurrence.record.at);
    let next = if is_over { "tried again".to_owned() } else { next_words(attempt.next, app).0 };
    put(2, &format!("{at}  {}  {how}  {}  {next}", attempt.handler, display_safe(&by)), Meaning::Text);
    if attempt.error.is_empty() {
        put(6, "(no error text)", Meaning::Dim);
    }
    for (at, text) in attempt.error.iter().enumerate() {
        let cause = if at == 0 { "" } else { "caused by: " };
        // One that was read back is not in memory, and yet at hand.
        let row = open.entry.and_then(|seq| app.monitor.ring().get(seq));
        let row =
            row.or_else(|| app.shown_entry().filter(|row| open.id.is_some() && row.event_id() == open.id));
        let text = match row {
            Some(row) => app.redacting.of_entry(row.seq()).said(row.text(), text),
            None => text.into(),
        };
        safe_lines(&format!("{cause}{text}")).for_each(|line| put(6, &line, Meaning::Failed));
    }
}

/// `12 ms`, `3 s`
fn took(ms: u64) -> String {
    span(std::time::Duration::from_millis(ms))
}

/// What becomes of the event, in a few words and with a sign.
pub(super) fn next_step(next: NextStep, app: &App, theme: &Theme) -> (String, Meaning) {
    let (words, meaning) = next_words(next, app);
    let sign = if meaning == Meaning::Dead { theme.symbols().failed } else { theme.symbols().waiting };
    (format!("{sign} {words}"), meaning)
}

fn next_words(next: NextStep, app: &App) -> (String, Meaning) {
    match next {
        NextStep::Dead(reason) => (format!("dead: {}", reason.word()), Meaning::Dead),
        NextStep::Retry(at) => match app.clock.seconds_until(at) {
            0 => (format!("retry was due {}", app.clock.time(at)), Meaning::Waiting),
            seconds => {
                let left = age(std::time::Duration::from_secs(seconds));
                (format!("retry in {left}"), Meaning::Waiting)
            }
        },
    }
}
