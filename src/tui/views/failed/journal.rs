//! The journal: what operators did on this bus, newest first, and the line under the cursor whole.
//!
//! ```text
//!  JOURNAL  42 entries, newest first                                                                read 2 s ago
//!  WHEN  WHO       WHAT          EVENTS  PLAN           REASON                NOTE
//!   2 m  jo@web-1  plan started     412  plan-7f3a9c12  mail server is back   ramp 1,5,25 stop 20%
//! ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
//!  2026-11-23 14:00:12.000 +01:00 (2 m ago) · jo@web-1 · plan started · 412 events · plan-7f3a9c12
//!  reason  mail server is back
//!  note    ramp 1,5,25 stop 20%
//! ```

use chrono::TimeDelta;
use ratatui::Frame;
use ratatui::layout::Rect;

use super::super::cursor::mark_cursor;
use super::super::keys::advice;
use super::ago;
use super::around::shell_word;
use crate::bus::{BusError, Deed, JournalEntry};
use crate::text::{count, cut_end, display_safe, plural, width};
use crate::tui::action::Action;
use crate::tui::app::{App, JournalPage, Pane, Part};
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::{Words, folded, row, rule};

/// Lines above the rows: what they are, and the headings of the columns.
const ABOVE: u16 = 2;
/// Lines of the part below the rows, at least; and of a body that is too low to have one.
const BELOW: u16 = 4;
const LOW: u16 = 12;
/// Cells of an age, of what was done, of a number of events, and of the longest plan's name.
const AGE: usize = 4;
const WHAT: usize = 14;
const EVENTS: usize = 7;
const PLAN: usize = 16;
/// For how long a bus keeps a plan.
const KEPT: TimeDelta = TimeDelta::weeks(1);
/// Cells of what stands before a reason and a note.
const LABEL: usize = 8;

/// What stands where in the area: the rows, and what is below them.
fn parts(area: Rect, app: &App, dot: &str) -> (Rect, Rect) {
    let lines = whole(app, usize::from(area.width), dot).len();
    let below = match lines {
        0 => 0,
        _ if area.height < LOW => 0,
        lines => u16::try_from(lines + 1).unwrap_or(u16::MAX).clamp(BELOW, area.height / 2),
    };
    let rows = area.height.saturating_sub(ABOVE + below);
    let at = |y: u16, height: u16| Rect { y: area.y + y.min(area.height), height, ..area };
    (at(ABOVE, rows), at(ABOVE + rows, below.min(area.height)))
}

/// How many rows fit.
pub(super) fn page(area: Rect, app: &App) -> usize {
    usize::from(parts(area, app, ".").0.height)
}

/// Draws it.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let Some(page) = app.journal() else { return };
    heading(frame, area, (page, app), theme);
    if page.is_empty() {
        return nothing(frame, area, (page, app), theme);
    }
    let columns = Columns::of(usize::from(area.width), page);
    columns.heading(theme).draw(frame, row(area, 1));
    let dot = theme.symbols().dot;
    let (rows, below) = parts(area, app, dot);
    let table = page.table();
    app.areas.add(rows, Part::Rows(Pane::Journal, table.top));
    for (at, line) in page.rows().enumerate().skip(table.top).take(usize::from(rows.height)) {
        let place = row(rows, at - table.top);
        columns.line(line, app, theme).draw(frame, place);
        if table.cursor == Some(at) {
            mark_cursor(frame, place, (app, true), theme);
        }
    }
    if below.height > 0 {
        rule(frame, row(below, 0), Meaning::Rule, theme);
    }
    let room = usize::from(below.height).saturating_sub(1);
    let lines = whole(app, usize::from(area.width), dot);
    for (at, (label, text, meaning)) in lines.iter().take(room).enumerate() {
        // What does not fit ends visibly.
        let text = if at + 1 == room && lines.len() > room {
            cut_end(
                &format!("{text}{}", " ".repeat(usize::from(area.width))),
                usize::from(area.width) - width(label),
            )
            .into_owned()
        } else {
            text.clone()
        };
        Words::new(theme)
            .put(label.clone(), Meaning::Dim)
            .put(text, *meaning)
            .draw(frame, row(below, 1 + at));
    }
}

fn heading(frame: &mut Frame<'_>, area: Rect, (page, app): (&JournalPage, &App), theme: &Theme) {
    let n = page.len() as u64;
    let title = match page.plan() {
        _ if !page.words().is_empty() => {
            let of = page.plan().map_or_else(
                || plural(page.read() as u64, "entry", "entries"),
                |plan| format!("those of {plan}"),
            );
            format!("JOURNAL  {} of {of} with '{}', newest first", count(n), page.words())
        }
        Some(plan) => format!("JOURNAL  {} of {plan}, newest first", plural(n, "entry", "entries")),
        None if page.is_cut() => format!("JOURNAL  the newest {} entries, newest first", count(n)),
        None if n > 0 => format!("JOURNAL  {}, newest first", plural(n, "entry", "entries")),
        None => "JOURNAL  what operators did on this bus".to_owned(),
    };
    let told = match (&page.error, page.as_of) {
        (Some(why), Some(as_of)) => {
            let told = format!("read {}, and not since: {}", app.clock.ago(as_of), why.what());
            (display_safe(&told).into_owned(), Meaning::Failed)
        }
        (None, Some(as_of)) if app.scope.tenant.is_some() || app.filter.is_on() => {
            (format!("of all tenants: not narrowed   read {}", app.clock.ago(as_of)), Meaning::Dim)
        }
        (None, Some(as_of)) => (format!("read {}", app.clock.ago(as_of)), Meaning::Dim),
        (_, None) => (String::new(), Meaning::Dim),
    };
    let room = usize::from(area.width);
    let title = display_safe(&title).into_owned();
    let left = room.saturating_sub(width(&title) + 2);
    let told = (cut_end(&told.0, left.max(room / 3)).into_owned(), told.1);
    let title = cut_end(&title, room.saturating_sub(width(&told.0) + 1)).into_owned();
    Words::new(theme).put(title, Meaning::TitleFocused).draw(frame, area);
    Words::new(theme).put(told.0, told.1).draw_right(frame, area);
}

/// Why there is no line, and what helps.
fn nothing(frame: &mut Frame<'_>, area: Rect, (page, app): (&JournalPage, &App), theme: &Theme) {
    let anew = advice(app, Action::Refresh, "reads it anew");
    let (title, meaning, lines): (&str, _, Vec<String>) = match (&page.error, page.as_of) {
        (Some(BusError::Unsupported(why)), _) => {
            ("No journal is kept here", Meaning::Waiting, vec![why.clone()])
        }
        (Some(why), _) => {
            let mut lines = vec![why.what().to_owned()];
            lines.extend(why.next().map(ToOwned::to_owned));
            lines.extend(anew);
            ("The journal cannot be read", Meaning::Failed, lines)
        }
        (None, Some(_)) if !page.words().is_empty() => {
            let lines = advice(app, Action::Back, "shows all entries").filter(|_| !app.filter.is_open());
            let title = "No entry has these words in who, what, plan, reason or note";
            (title, Meaning::Waiting, lines.into_iter().collect())
        }
        (None, Some(_)) if page.plan().is_some() => {
            let lines = advice(app, Action::Back, "shows all entries").into_iter().collect();
            ("Nothing of this plan is among the newest entries any more", Meaning::Waiting, lines)
        }
        (None, Some(_)) => (
            "The journal of this bus is empty",
            Meaning::Ok,
            vec![
                "Nobody has retried, discarded or released anything. What is done from now on appears here: \
                 who, when, what, and why."
                    .to_owned(),
            ],
        ),
        (None, None) if app.monitor.link().is_live() => ("Reading the journal", Meaning::Waiting, Vec::new()),
        (None, None) => (
            "Not read yet",
            Meaning::Waiting,
            vec!["The journal is read as soon as there is a connection.".to_owned()],
        ),
    };
    let room = usize::from(area.width);
    let lines = lines.iter().flat_map(|line| folded(&display_safe(line), room));
    let lines = lines.map(|line| (line, Meaning::Dim));
    let titles = folded(title, room).into_iter().map(|line| (line, meaning));
    for (at, (line, meaning)) in titles.chain(lines).enumerate() {
        Words::new(theme).put(line, meaning).draw(frame, row(area, 2 + at));
    }
}

/// What was done, in the words of the screen: `plan started`.
fn what(deed: Deed) -> String {
    deed.word().replace('-', " ")
}

fn meaning(deed: Deed) -> Meaning {
    match deed {
        Deed::PlanFinished => Meaning::Ok,
        Deed::PlanStopped | Deed::Purged => Meaning::Failed,
        Deed::PlanPaused | Deed::PlanCancelled | Deed::Discarded => Meaning::Waiting,
        Deed::PlanStarted
        | Deed::PlanResumed
        | Deed::Edited
        | Deed::Restored
        | Deed::Released
        | Deed::Imported => Meaning::Text,
    }
}

/// The line under the cursor, whole: what stands before it, what it says.
fn whole(app: &App, cells: usize, dot: &str) -> Vec<(String, String, Meaning)> {
    let Some(line) = app.journal().and_then(JournalPage::under_cursor) else { return Vec::new() };
    let mut lines = Vec::new();
    let mut put = |label: &str, text: &str, meaning: Meaning| {
        let cells_of_label = if label.is_empty() { 0 } else { LABEL };
        let folds = folded(&display_safe(text), cells.saturating_sub(cells_of_label).max(8));
        for (at, text) in folds.into_iter().enumerate() {
            let label = if at == 0 { label } else { "" };
            lines.push((format!("{label:cells_of_label$}"), text, meaning));
        }
    };
    let mut said = vec![
        format!("{} ({})", app.clock.date_time(line.at), app.clock.ago(line.at)),
        line.who.clone(),
        what(line.deed),
        plural(line.count, "event", "events"),
    ];
    said.extend(line.plan.clone());
    put("", &said.join(&format!(" {dot} ")), Meaning::Text);
    match &line.reason {
        Some(reason) => put("reason", reason, Meaning::Text),
        None => put("reason", "none was given", Meaning::Dim),
    }
    if let Some(note) = &line.note {
        put("note", note, Meaning::Text);
    }
    if let Some(next) = line.plan.as_deref().and_then(|plan| goes_on(plan, app)) {
        put("next", &next, Meaning::Dim);
    }
    lines
}

/// How to go on with a plan that has not come to its end, while the bus keeps it.
fn goes_on(plan: &str, app: &App) -> Option<String> {
    let newest = app.journal()?.newest_of(plan)?;
    let runs_here = app.plan.as_ref().is_some_and(|here| here.is_retrying() && here.progress.plan == plan);
    if runs_here || app.clock.now - newest.at > KEPT {
        return None;
    }
    let command = format!("`tidings failed retry --resume {}`", shell_word(plan));
    match newest.deed {
        Deed::PlanStopped | Deed::PlanCancelled | Deed::PlanPaused => {
            Some(format!("{command} goes on with what is left"))
        }
        Deed::PlanStarted | Deed::PlanResumed => Some(format!(
            "no end of it is recorded: it runs, or whoever ran it is gone, and {command} goes on with it"
        )),
        _ => None,
    }
}

/// The widths of the columns; 0 where one is left out.
struct Columns {
    who: usize,
    plan: usize,
    reason: usize,
    note: usize,
}

impl Columns {
    fn of(room: usize, page: &JournalPage) -> Self {
        let longest = |text: fn(&JournalEntry) -> &str, least: usize, most: usize| {
            page.rows().map(|line| width(&display_safe(text(line)))).max().unwrap_or(0).clamp(least, most)
        };
        let wide = room >= 100;
        let who = longest(|line| &line.who, 3, if wide { 24 } else { 12 });
        let is_narrowed = page.plan().is_some();
        let plan = longest(|line| line.plan.as_deref().unwrap_or_default(), 4, PLAN);
        // The heading names the plan.
        let plan = if is_narrowed { 0 } else { plan };
        let plan_and_gap = if plan > 0 { plan + 2 } else { 0 };
        let taken = AGE + 2 + who + 2 + WHAT + 2 + EVENTS + 2 + plan_and_gap;
        let left = room.saturating_sub(taken);
        let note = if wide { left / 2 } else { 0 };
        let reason = left.saturating_sub(if note > 0 { note + 2 } else { 0 });
        Self { who, plan, reason, note }
    }

    fn heading<'t>(&self, theme: &'t Theme) -> Words<'t> {
        let title = Meaning::Title;
        let words = Words::new(theme)
            .right("WHEN", AGE, title)
            .gap(2)
            .left("WHO", self.who, title)
            .gap(2)
            .left("WHAT", WHAT, title)
            .gap(2)
            .right("EVENTS", EVENTS, title)
            .gap(2);
        let words = if self.plan > 0 { words.left("PLAN", self.plan, title).gap(2) } else { words };
        let words = words.left("REASON", self.reason, title);
        if self.note > 0 { words.gap(2).left("NOTE", self.note, title) } else { words }
    }

    fn line<'t>(&self, line: &JournalEntry, app: &App, theme: &'t Theme) -> Words<'t> {
        let text =
            |text: Option<&String>| text.map(|text| display_safe(text).into_owned()).unwrap_or_default();
        let stale = app.monitor.link().is_stale();
        let plain = if stale { Meaning::Stale } else { Meaning::Text };
        // Without a column of its own, a note stands where no reason was given.
        let (said, said_meaning) = match (&line.reason, &line.note) {
            (None, Some(note)) if self.note == 0 => (display_safe(note).into_owned(), Meaning::Dim),
            (reason, _) => (text(reason.as_ref()), plain),
        };
        let words = Words::new(theme)
            .right(&ago(Some(line.at), app, ""), AGE, Meaning::Time)
            .gap(2)
            .left(&display_safe(&line.who), self.who, plain)
            .gap(2)
            .left(&what(line.deed), WHAT, meaning(line.deed))
            .gap(2)
            .right(&count(line.count), EVENTS, plain)
            .gap(2);
        let words = if self.plan > 0 {
            words.left(&text(line.plan.as_ref()), self.plan, Meaning::Accent).gap(2)
        } else {
            words
        };
        let words = words.left(&said, self.reason, said_meaning);
        if self.note > 0 {
            words.gap(2).left(&text(line.note.as_ref()), self.note, Meaning::Dim)
        } else {
            words
        }
    }
}
