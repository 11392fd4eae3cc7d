//! The Failed view: reading and counting, moving, opening, marking.

mod act;
mod around;
mod done;
mod export;
mod journal;

use crate::bus::FailedSource;
use crate::monitor::{FailedAsk, FailedSort, FailedTally};
use crate::tui::app::{App, FailedDetail, OpenFailed, Purpose, Surroundings, TableState, View};
use crate::tui::effect::Effect;
use crate::tui::update::movement::Movement;
use crate::tui::views;

pub(super) use act::{choose, discard, edit, foresee, release, retry, retry_all, undo};
pub(super) use around::take as around;
pub(super) use done::{acted, foreseen, page, read, shown};
pub(super) use export::{cancel as end_export, export, exported, exported_so_far};
pub(super) use journal::{open as open_journal, take as journal};

/// How many events one message looks at: a few milliseconds, so that a pass never holds up a key.
const SLICE: usize = 2_000;

/// Whether the run is locked to tenants.
fn is_locked(app: &App) -> bool {
    !app.context.locked_to.is_empty()
}

/// Reads the list while it is looked at, and counts while it is not, when it is time.
pub(super) fn ask(app: &mut App) -> Vec<Effect> {
    if !app.monitor.link().is_live() {
        return Vec::new();
    }
    let mut effects = Vec::new();
    if app.view == View::Failed && !app.rights.asked && app.rights.operator.is_ok() {
        app.rights.asked = true;
        effects.push(Effect::AskRights);
    }
    let purpose = if app.view == View::Failed { Purpose::List } else { Purpose::Count };
    let is_held = purpose == Purpose::List && app.is_paused() && app.failed.reading.as_of.is_some();
    if !is_held && app.failed.reading.is_due(purpose, app.clock.now) {
        effects.push(read_now(app, purpose, false));
    }
    effects.extend(journal::ask(app));
    if !app.is_paused() {
        effects.extend(around::tick(app));
    }
    effects
}

fn read_now(app: &mut App, purpose: Purpose, anew: bool) -> Effect {
    let reading = app.failed.reading.begin(purpose, app.clock.now);
    let query = match purpose {
        Purpose::Count => FailedTally::query(),
        Purpose::List if app.failed.all => app.failed.list.begin(FailedSource::ALL, anew),
        Purpose::List => app.failed.list.begin(FailedSource::FAILED, anew),
    };
    Effect::ReadFailed { reading, query }
}

/// Reads everything anew.
pub(super) fn refresh(app: &mut App) -> Vec<Effect> {
    if app.failed.journal.is_some() {
        return journal::refresh(app);
    }
    app.tell("reading all failed events anew");
    let mut effects = vec![read_now(app, Purpose::List, true)];
    if let Some(detail) = &app.failed.detail {
        effects.push(Effect::ShowFailed(detail.event.at.clone()));
    }
    effects
}

/// Asks for what filter, tenant and order are now, and looks at some events.
pub(super) fn advance(app: &mut App) {
    if app.view != View::Failed {
        return;
    }
    let failed = &mut app.failed;
    failed.sift.set(FailedAsk {
        filter: app.filter.live.good.clone(),
        tenant: app.scope.tenant.clone(),
        sort: failed.sort,
        all: failed.all,
    });
    let now = app.clock.now;
    if failed.sift.is_behind(&failed.list, now)
        && !failed.sift.advance(&failed.list, app.monitor.labels(), now, SLICE)
    {
        failed.hold_cursor();
    }
}

/// Moves in the table, or in the event that is open.
pub(super) fn go(app: &mut App, to: Movement) {
    if app.failed.journal.is_some() {
        return journal::go(app, to);
    }
    if app.failed.detail.is_some() {
        let extent = views::failed::detail(views::body(app), app);
        let last = extent.lines.saturating_sub(extent.page);
        if let Some(detail) = &mut app.failed.detail {
            detail.top = to.target(detail.top, last + 1, extent.page);
        }
        return;
    }
    let (len, page) = (app.failed.len(), views::failed::page(views::body(app), app));
    if len == 0 {
        return app.tell("there are no rows here");
    }
    let table = app.failed.open_table_mut();
    let row = match (table.cursor, to) {
        // The first step enters the table, at the row that is at its top.
        (None, Movement::Rows(_) | Movement::HalfPages(_)) => table.top,
        (cursor, _) => to.target(cursor.unwrap_or(0), len, page),
    };
    table.go(row, len, page);
    app.failed.note_cursor();
}

/// Opens the group or the event under the cursor; without one the first.
pub(super) fn open(app: &mut App) -> Vec<Effect> {
    if let Some(page) = &mut app.failed.journal {
        page.open_plan();
        return Vec::new();
    }
    if app.failed.open_table().cursor.is_none() {
        go(app, Movement::First);
    }
    let Some(at) = app.failed.open_table().cursor else { return Vec::new() };
    if let Some(group) = app.failed.group_in(at) {
        let table = TableState { cursor: Some(0), top: 0 };
        app.failed.group = Some(OpenFailed { key: group.key.clone(), table });
        app.failed.note_cursor();
        return Vec::new();
    }
    let Some(event) = app.failed.event_in(at).cloned() else { return Vec::new() };
    let effect = Effect::ShowFailed(event.at.clone());
    app.failed.detail = Some(FailedDetail { event, whole: None, around: Surroundings::default(), top: 0 });
    std::iter::once(effect).chain(around::look(app)).collect()
}

/// Closes what is open, then marks, then the cursor. Whether there was anything.
pub(super) fn back(app: &mut App) -> bool {
    if journal::back(app) {
        return true;
    }
    let failed = &mut app.failed;
    if failed.detail.take().is_some() || failed.range_from.take().is_some() {
        return true;
    }
    if !failed.marks.is_empty() {
        failed.marks.clear();
        return true;
    }
    if failed.group.take().is_some() {
        failed.note_cursor();
        return true;
    }
    false
}

/// Lets go of the cursor. Whether there was one.
pub(super) fn leave_cursor(app: &mut App) -> bool {
    let was = app.failed.table.cursor.take().is_some();
    app.failed.note_cursor();
    was
}

/// Marks what is under the cursor, or takes the mark away, and goes to the next row.
pub(super) fn mark(app: &mut App) {
    let under = app.failed.under_cursor();
    let marks = &mut app.failed.marks;
    if under.iter().all(|event| marks.contains(&event.at)) {
        for event in &under {
            marks.remove(&event.at);
        }
    } else {
        marks.extend(under.iter().map(|event| event.at.clone()));
    }
    if app.failed.detail.is_none() {
        go(app, Movement::Rows(1));
    }
}

/// Begins a range of marks, or ends it.
pub(super) fn mark_range(app: &mut App) {
    let Some(marked) = end_range(app) else {
        let cursor = app.failed.open_table().cursor;
        app.failed.range_from = cursor.and_then(|at| app.failed.event_in(at)).map(|event| event.at.clone());
        return app.tell("move to the other end, then v marks the range; Esc gives it up");
    };
    app.tell(format!("{} marked", crate::text::count(marked as u64)));
}

/// Marks what lies in a range that was begun, as it is drawn: what is done next is done to all of it. Answers how many
/// those are; `None` without a range.
fn end_range(app: &mut App) -> Option<usize> {
    let range = app.failed.range()?;
    let events: Vec<_> =
        range.filter_map(|at| app.failed.event_in(at)).map(|event| event.at.clone()).collect();
    let marked = events.len();
    app.failed.marks.extend(events);
    app.failed.range_from = None;
    Some(marked)
}

/// Another order.
pub(super) fn sort(app: &mut App) {
    set_order(app, app.failed.sort.next());
}

/// The order that a heading stands for; of ages the other one, where that is so already.
pub(super) fn sort_by(app: &mut App, sort: FailedSort) {
    let is_so = app.failed.sort == sort;
    set_order(app, if is_so { FailedSort::Age } else { sort });
}

fn set_order(app: &mut App, sort: FailedSort) {
    app.failed.sort = sort;
    app.tell(match app.failed.sort {
        FailedSort::Newest => "what failed last comes first",
        FailedSort::Age => "what failed first comes first",
        FailedSort::Count => "large groups come first",
    });
}

/// Groups, or each event.
pub(super) fn group(app: &mut App) {
    let failed = &mut app.failed;
    failed.is_grouped = !failed.is_grouped;
    (failed.group, failed.range_from, failed.table) = (None, None, TableState::default());
    failed.is_entered = false;
    failed.note_cursor();
}

/// Also what nobody has to act on, or not.
pub(super) fn show_all(app: &mut App) -> Vec<Effect> {
    app.failed.all = !app.failed.all;
    if !app.failed.all {
        return Vec::new();
    }
    app.tell("also what runs for the first time, what was retried, and what was discarded");
    vec![read_now(app, Purpose::List, false)]
}

pub(super) fn settle(app: &mut App) {
    journal::settle(app);
    if app.view == View::Failed {
        app.failed.enter();
    }
    let (len, page) = (app.failed.len(), views::failed::page(views::body(app), app));
    app.failed.open_table_mut().settle(len, page.max(1));
    if app.failed.detail.as_ref().is_some_and(|detail| detail.top > 0) {
        let extent = views::failed::detail(views::body(app), app);
        if let Some(detail) = &mut app.failed.detail {
            detail.top = detail.top.min(extent.lines.saturating_sub(extent.page));
        }
    }
}
