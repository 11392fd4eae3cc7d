//! The journal, over the Failed view.

use crate::bus::{BusError, JournalEntry};
use crate::tui::app::{App, JOURNAL_LINES, JournalPage};
use crate::tui::effect::Effect;
use crate::tui::update::movement::Movement;
use crate::tui::views;

/// Opens it, and reads it.
pub(in crate::tui::update) fn open(app: &mut App) -> Vec<Effect> {
    app.failed.journal = Some(Box::default());
    ask(app).into_iter().collect()
}

/// Reads it when it is time, while it is open and there is a connection.
pub(super) fn ask(app: &mut App) -> Option<Effect> {
    let now = app.clock.now;
    app.journal().filter(|page| page.is_due(now))?;
    if !app.monitor.link().is_live() || app.is_paused() && app.journal()?.as_of.is_some() {
        return None;
    }
    read(app)
}

fn read(app: &mut App) -> Option<Effect> {
    let page = app.failed.journal.as_mut()?;
    page.begin();
    Some(Effect::ReadJournal { at_most: JOURNAL_LINES })
}

/// Reads it now.
pub(super) fn refresh(app: &mut App) -> Vec<Effect> {
    if app.journal().is_some_and(JournalPage::is_asked) {
        app.tell("the journal is being read already");
        return Vec::new();
    }
    app.tell("reading the journal anew");
    read(app).into_iter().collect()
}

/// Takes what it says.
pub(in crate::tui::update) fn take(app: &mut App, answer: Result<Vec<JournalEntry>, BusError>) {
    let now = app.clock.now;
    if let Some(page) = &mut app.failed.journal {
        page.take(answer, now);
    }
}

/// Moves in it.
pub(super) fn go(app: &mut App, to: Movement) {
    let shown = views::failed::journal_page(views::body(app), app);
    let Some(page) = &mut app.failed.journal else { return };
    let len = page.len();
    if len == 0 {
        return app.tell("there are no rows here");
    }
    let table = page.table_mut();
    table.go(to.row(table.cursor, table.top, len, shown), len, shown);
}

/// Takes the words away that narrow it, then the plan, then closes it.
pub(super) fn back(app: &mut App) -> bool {
    let Some(page) = &mut app.failed.journal else { return false };
    if !page.words().is_empty() {
        page.narrow("");
    } else if !page.close_plan() {
        app.failed.journal = None;
    }
    true
}

pub(super) fn settle(app: &mut App) {
    let shown = views::failed::journal_page(views::body(app), app);
    if let Some(page) = &mut app.failed.journal {
        let len = page.len();
        page.table_mut().settle(len, shown);
    }
}
