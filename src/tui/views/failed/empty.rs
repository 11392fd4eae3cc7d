//! Why no failed event is shown, and what helps.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::super::keys::advice;
use crate::text::{count, display_safe};
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::{Words, folded, row};

/// Draws it.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let (title, meaning, lines) = why(app);
    let room = usize::from(area.width);
    let titles = folded(&display_safe(&title), room).into_iter().map(|line| (line, meaning));
    let lines = lines.iter().flat_map(|line| folded(&display_safe(line), room));
    let lines = lines.map(|line| (line, Meaning::Dim));
    for (at, (line, meaning)) in titles.chain(lines).enumerate() {
        Words::new(theme).put(line, meaning).draw(frame, row(area, 1 + at));
    }
}

fn why(app: &App) -> (String, Meaning, Vec<String>) {
    let failed = &app.failed;
    let reading = &failed.reading;
    if let (Some(error), true) = (&reading.error, failed.list.is_empty()) {
        return (
            error.what().to_owned(),
            Meaning::Failed,
            error.next().map(str::to_owned).into_iter().collect(),
        );
    }
    if !failed.list.is_complete() && failed.list.is_empty() {
        return if app.monitor.link().is_live() {
            ("Reading failed events".to_owned(), Meaning::Waiting, Vec::new())
        } else {
            let why = "Failed events are read as soon as there is a connection.".to_owned();
            ("Not read yet".to_owned(), Meaning::Waiting, vec![why])
        };
    }
    let mut lines: Vec<String> = Vec::new();
    if failed.sift.hidden() > 0 {
        if app.filter.is_on() {
            lines.extend(advice(app, Action::Back, "clears the filter").filter(|_| !app.filter.is_open()));
            lines.extend(advice(app, Action::Invert, "turns it round").filter(|_| !app.filter.is_open()));
        }
        if app.scope.tenant.is_some() {
            lines.extend(advice(app, Action::TenantScope, "chooses another tenant"));
        }
        let title =
            format!("{} failed events, and none passes filter and tenant", count(failed.sift.hidden()));
        return (title, Meaning::Waiting, lines);
    }
    if !failed.sift.is_ready() || failed.sift.is_behind(&failed.list, app.clock.now) {
        return ("Looking at failed events".to_owned(), Meaning::Waiting, Vec::new());
    }
    if failed.group.is_some() {
        lines.extend(advice(app, Action::Back, "goes back to the groups"));
        return ("Nothing of this group lies here any more".to_owned(), Meaning::Ok, lines);
    }
    lines.push(
        "No dead letter, no event that waits for a retry, none that is stuck. What fails from now on appears here."
            .to_owned(),
    );
    lines.extend(
        advice(app, Action::ShowAll, "shows also what is running, was retried or discarded")
            .filter(|_| !failed.all),
    );
    ("Nothing has failed".to_owned(), Meaning::Ok, lines)
}
