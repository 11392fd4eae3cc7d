//! What became of what was sent.
//!
//! ```text
//! ✓ sent 14:02:31   TICKET_UPDATED   Acme MSP                     s send again   o its event   Y copy id
//!   57f7e9a7-7e13-452d-81b7-9892c8fdd92e   1795459752545-0   event::TICKET_UPDATED
//!   ticket-email    ✓ succeeded
//!   sla             ◌ is tried again, attempt 2 at 14:02:41: TypeError: Cannot read properties of undefined
//! ```

use ratatui::Frame;
use ratatui::layout::Rect;

use super::file_lines;
use crate::bus::{Fate, PublishError, Published, Stage};
use crate::compose::SendPhase;
use crate::text::{count, cut_end, display_safe, rate, width};
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::app::sending::{Following, SentMany, SentOne, SentWhat};
use crate::tui::theme::{Meaning, Symbols, Theme};
use crate::tui::views::keys::advice;
use crate::tui::widgets::{Words, folded, inset, row};

/// So many receivers are shown; the failed ones first.
const MOST: usize = 6;
/// Lines for why something was not sent.
const WHY: usize = 3;
/// Cells of a handler's name.
const NAME: usize = 20;

/// A line: its parts, each with what it means.
pub(super) type Line = Vec<(String, Meaning)>;

/// How many lines it takes.
pub(super) fn height(app: &App) -> u16 {
    let Some(last) = &app.sending.last else { return 0 };
    let cells = usize::from(app.size.width.saturating_sub(2));
    let lines = lines(last, app, cells, Symbols::unicode());
    let alone = usize::from(stand_alone(&lines, &keys(app), cells));
    u16::try_from(lines.len() + 1 + alone).unwrap_or(0)
}

/// Whether the keys have a line of their own: behind the first one there is no room for them.
fn stand_alone(lines: &[Line], keys: &str, cells: usize) -> bool {
    let first = lines.first().map_or(0, |line| line.iter().map(|(text, _)| width(text)).sum());
    !keys.is_empty() && first + 2 + width(keys) > cells
}

/// Draws it, below a rule.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let Some(last) = app.sending.last.as_ref().filter(|_| area.height > 0) else { return };
    let rule = theme.symbols().rule.repeat(usize::from(area.width));
    Words::new(theme).put(rule, Meaning::Rule).draw(frame, row(area, 0));
    let inside = inset(area);
    let cells = usize::from(inside.width);
    let lines = lines(last, app, cells, theme.symbols());
    let keys = keys(app);
    let alone = stand_alone(&lines, &keys, cells);
    // Where not all lines fit, the keys are worth more than the last receiver.
    let page = usize::from(inside.height).saturating_sub(1 + usize::from(alone));
    for (at, line) in lines.into_iter().take(page).enumerate() {
        let words =
            line.into_iter().fold(Words::new(theme), |words, (text, meaning)| words.put(text, meaning));
        words.draw(frame, row(inside, at + 1));
    }
    if alone {
        let below = row(inside, usize::from(inside.height).saturating_sub(1));
        let keys = Words::new(theme)
            .gap(2)
            .put(cut_end(&keys, cells.saturating_sub(2)).into_owned(), Meaning::KeyHelp);
        keys.draw(frame, below);
    } else {
        Words::new(theme).put(keys, Meaning::KeyHelp).draw_right(frame, row(inside, 1));
    }
}

/// The keys for what was sent.
fn keys(app: &App) -> String {
    let actions = [
        Action::HoldSending,
        Action::EndSending,
        Action::ShowUnsent,
        Action::SendAgain,
        Action::ShowSent,
        Action::CopyId,
    ];
    let is_of_use = |action: &Action| *action != Action::SendAgain || !app.sending.is_busy();
    let keys = actions.into_iter().filter(|action| app.allows(*action).is_ok()).filter(is_of_use);
    keys.filter_map(|action| advice(app, action, app.hint(action))).collect::<Vec<_>>().join("   ")
}

fn lines(last: &SentWhat, app: &App, cells: usize, symbols: &Symbols) -> Vec<Line> {
    match last {
        SentWhat::One(one) => of_one(one, app, cells, symbols),
        SentWhat::Many(many) => of_many(many, app, cells, symbols),
    }
}

fn of_one(one: &SentOne, app: &App, cells: usize, symbols: &Symbols) -> Vec<Line> {
    let (sign, word, meaning) = match &one.answer {
        None => (symbols.waiting, "being sent", Meaning::Waiting),
        Some(Ok(Published { repeated: true, .. })) => {
            (symbols.ok, "was there already: no double", Meaning::Ok)
        }
        Some(Ok(_)) => (symbols.ok, "sent", Meaning::Ok),
        Some(Err(PublishError::Unknown(_))) => {
            (symbols.unknown, "unknown: it may be there, or not", Meaning::Waiting)
        }
        Some(Err(_)) => (symbols.failed, "not sent", Meaning::Failed),
    };
    let unchecked = if one.event.is_unchecked() { "   does not fit its schema" } else { "" };
    let mut lines = vec![vec![
        (format!("{sign} {word} "), meaning),
        (format!("{}   ", app.clock.time(one.at)), Meaning::Time),
        (format!("{}   ", one.event.event_type()), Meaning::EventType),
        (app.monitor.labels().show(one.event.tenant().as_str()), Meaning::Tenant),
        (unchecked.to_owned(), Meaning::Failed),
    ]];
    let id = one.event.id();
    let place = match one.published() {
        Some(published) => format!("  {id}   {}   {}", published.entry, published.stream.as_str()),
        None => format!("  {id}"),
    };
    lines.push(vec![(cut_end(&display_safe(&place), cells).into_owned(), Meaning::Dim)]);
    match &one.answer {
        Some(Err(PublishError::Unknown(why))) => {
            put_why(&format!("{why}. Sending it again with the same id makes no double."), cells, &mut lines);
        }
        Some(Err(why)) => put_why(&why.to_string(), cells, &mut lines),
        Some(Ok(_)) => put_fates(one, app, (cells, symbols), &mut lines),
        None => {}
    }
    lines
}

fn put_why(why: &str, cells: usize, lines: &mut Vec<Line>) {
    let parts = folded(&display_safe(why), cells.saturating_sub(2));
    lines.extend(parts.into_iter().take(WHY).map(|part| vec![(format!("  {part}"), Meaning::Text)]));
}

fn put_fates(one: &SentOne, app: &App, (cells, symbols): (usize, &Symbols), lines: &mut Vec<Line>) {
    match &one.fates {
        None if one.trouble.is_none() => {
            lines.push(vec![("  looking who received it".to_owned(), Meaning::Dim)]);
        }
        Some(fates) if fates.is_empty() => {
            lines.push(vec![("  nobody has received it so far".to_owned(), Meaning::Waiting)]);
        }
        None => {}
        Some(fates) => {
            let mut fates: Vec<&Fate> = fates.iter().collect();
            fates.sort_by_key(|fate| rank(&fate.stage));
            lines.extend(fates.iter().take(MOST).map(|fate| of_fate(fate, app, cells, symbols)));
            let more = fates.len().saturating_sub(MOST);
            if more > 0 {
                lines.push(vec![(format!("  +{} more", count(more as u64)), Meaning::Dim)]);
            }
        }
    }
    if let Some(why) = &one.trouble {
        let text = cut_end(&format!("not known now: {why}"), cells.saturating_sub(2)).into_owned();
        lines.push(vec![(format!("  {text}"), Meaning::Waiting)]);
    }
    if one.following == Following::GivenUp {
        let text = "it is followed no longer: the views Handlers and Failed say what becomes of it";
        lines.push(vec![(format!("  {}", cut_end(text, cells.saturating_sub(2))), Meaning::Waiting)]);
    }
}

/// What a person has to see comes first.
fn rank(stage: &Stage) -> u8 {
    match stage {
        Stage::Dead { .. } => 0,
        Stage::Trimmed => 1,
        Stage::Retrying { .. } => 2,
        Stage::Running { .. } => 3,
        Stage::Waiting => 4,
        Stage::Succeeded => 5,
    }
}

fn of_fate(fate: &Fate, app: &App, cells: usize, symbols: &Symbols) -> Line {
    let because = |error: &Option<String>| error.as_ref().map(|it| format!(": {it}")).unwrap_or_default();
    let (sign, text, meaning) = match &fate.stage {
        Stage::Waiting => (symbols.waiting, "waits for a consumer".to_owned(), Meaning::Dim),
        Stage::Running { consumer, deliveries: 0 | 1 } => {
            (symbols.live, format!("runs on {consumer}"), Meaning::Waiting)
        }
        Stage::Running { consumer, deliveries } => (
            symbols.live,
            format!("runs on {consumer}, given {} times", count(*deliveries)),
            Meaning::Waiting,
        ),
        Stage::Retrying { attempt, next_at, error } => {
            let at = next_at.map(|at| format!(" at {}", app.clock.time(at))).unwrap_or_default();
            let text = format!("is tried again, attempt {attempt}{at}{}", because(error));
            (symbols.waiting, text, Meaning::Waiting)
        }
        Stage::Succeeded => (symbols.ok, "succeeded".to_owned(), Meaning::Ok),
        Stage::Dead { error, .. } => {
            (symbols.failed, format!("dead letter{}", because(error)), Meaning::Dead)
        }
        Stage::Trimmed => (symbols.failed, "trimmed away before it was given".to_owned(), Meaning::Failed),
    };
    let name = crate::text::pad_end(&cut_end(&display_safe(&fate.name), NAME), NAME);
    let room = cells.saturating_sub(NAME + 4 + width(sign));
    let text = cut_end(&display_safe(&text), room).into_owned();
    vec![(format!("  {name} "), Meaning::Text), (format!("{sign} {text}"), meaning)]
}

fn of_many(many: &SentMany, app: &App, cells: usize, symbols: &Symbols) -> Vec<Line> {
    let progress = &many.progress;
    let (sign, meaning) = match &progress.phase {
        // Bad lines of a file were passed over on purpose, and are told below.
        SendPhase::Finished if many.file.is_some() && progress.there() + progress.bad == progress.asked => {
            (symbols.ok, Meaning::Ok)
        }
        SendPhase::Finished if progress.there() == progress.asked => (symbols.ok, Meaning::Ok),
        SendPhase::Stopped(_) => (symbols.failed, Meaning::Failed),
        _ => (symbols.waiting, Meaning::Waiting),
    };
    let of = progress.total.map(|total| format!("/{}", count(total))).unwrap_or_default();
    let mut first = vec![(format!("{sign} {}{of} ", count(progress.asked)), meaning)];
    match &many.file {
        Some(file) => first.extend(file_lines::name(file, progress, symbols)),
        None => first.extend([
            (format!("{}   ", many.first.event_type()), Meaning::EventType),
            (app.monitor.labels().show(many.first.tenant().as_str()), Meaning::Tenant),
        ]),
    }
    let mut lines = vec![first];
    let numbers = [
        ("published", progress.published, Meaning::Ok),
        ("there already", progress.repeated, Meaning::Ok),
        (if many.file.is_some() { "bad" } else { "refused" }, progress.bad, Meaning::Failed),
        ("not sent", progress.not_sent, Meaning::Failed),
        ("unknown", progress.unknown, Meaning::Waiting),
    ];
    let mut line: Line = vec![("  ".to_owned(), Meaning::Text)];
    for (label, n, meaning) in numbers.into_iter().filter(|(label, n, _)| *n > 0 || *label == "published") {
        line.push((format!("{label} {}   ", count(n)), meaning));
    }
    match progress.left() {
        Some(left @ 1..) if many.file.is_some() => {
            line.push((format!("left {}   ", count(left)), Meaning::Dim));
        }
        _ => {}
    }
    if !progress.phase.is_over() {
        line.push((format!("{}/s", rate(progress.rate)), Meaning::Dim));
    }
    lines.push(line);
    let parts = folded(&display_safe(&many.phase()), cells.saturating_sub(2));
    lines.extend(parts.into_iter().take(WHY).map(|part| vec![(format!("  {part}"), meaning)]));
    if let Some(file) = &many.file {
        file_lines::put(many, file, cells, &mut lines);
    }
    lines
}
