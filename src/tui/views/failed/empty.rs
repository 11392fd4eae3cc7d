//! Why no failed event is shown, and what helps.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::super::keys::advice;
use crate::text::{count, display_safe};
use crate::tui::action::Action;
use crate::tui::app::{App, Trail};
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
    if failed.sift.is_ready() && app.trail.as_ref().is_some_and(Trail::leads_to_errors) {
        return nothing_of_errors(app);
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

/// Why nothing is here of the errors that a person came from: a later attempt may have done what failed, or a person.
fn nothing_of_errors(app: &App) -> (String, Meaning, Vec<String>) {
    let failed = &app.failed;
    let back = advice(app, Action::Back, "goes back to the errors").filter(|_| !app.filter.is_open());
    if !failed.list.is_complete() || failed.sift.is_behind(&failed.list, app.clock.now) {
        let title = "None of its failed events was found yet: they are being read".to_owned();
        return (title, Meaning::Waiting, back.into_iter().collect());
    }
    let mut lines = Vec::new();
    let all = advice(app, Action::ShowAll, "shows also what is running, was retried or discarded");
    let (title, meaning) = if failed.list.not_kept() > 0 {
        lines.push(format!(
            "{} more dead letters lie on the bus than are in memory: `tidings failed list` looks at all of them",
            count(failed.list.not_kept())
        ));
        ("None of its failed events is in memory".to_owned(), Meaning::Waiting)
    } else if app.scope.tenant.is_some() {
        ("None of its failed events of this tenant waits here".to_owned(), Meaning::Ok)
    } else {
        ("None of its failed events waits here".to_owned(), Meaning::Ok)
    };
    lines.push(
        "What failed was done by a later attempt, retried, discarded, or is no longer kept.".to_owned(),
    );
    lines.extend(all.filter(|_| !failed.all));
    lines.extend(back);
    (title, meaning, lines)
}
