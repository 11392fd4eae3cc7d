//! The errors of one handler, in a few lines of its detail; all of them are one key away.

use super::{Parts, Subject};
use crate::bus::FailureFeed;
use crate::monitor::ErrorGroup;
use crate::text::{count, display_safe, pad_start};
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::theme::{Meaning, Theme};
use crate::tui::views::keys;

/// So many groups are shown.
const SHOWN: usize = 5;
/// Cells of a count.
const COUNT: usize = 8;

fn groups<'a>(name: &str, app: &'a App) -> Vec<&'a ErrorGroup> {
    let is_of_it =
        |group: &&ErrorGroup| group.handler.as_ref().is_some_and(|handler| handler.as_str() == name);
    app.flow.errors.groups.iter().filter(is_of_it).collect()
}

pub(super) fn height(Subject { report, app, .. }: &Subject<'_>) -> usize {
    match app.monitor.failures().feed() {
        None => 0,
        Some(FailureFeed::Read) => 1 + groups(&report.name, app).len().clamp(1, SHOWN),
        Some(_) => 1,
    }
}

/// A heading and the groups with most; nothing while nobody has said whether errors are recorded.
pub(super) fn lines(Subject { report, app, .. }: &Subject<'_>, theme: &Theme) -> Vec<Parts> {
    match app.monitor.failures().feed() {
        None => Vec::new(),
        Some(FailureFeed::NotRecorded) => {
            let more = "  not recorded on this bus: what Redis knows of a failure is what waits".to_owned();
            vec![title(more, Meaning::Dim)]
        }
        Some(FailureFeed::Unreadable(why)) => {
            let more = display_safe(&format!("  cannot be read: {why}")).into_owned();
            vec![title(more, Meaning::Failed)]
        }
        Some(FailureFeed::Read) => read(&groups(&report.name, app), app, theme),
    }
}

fn title(more: String, meaning: Meaning) -> Parts {
    vec![("ERRORS".to_owned(), Meaning::Title), (more, meaning)]
}

fn read(all: &[&ErrorGroup], app: &App, theme: &Theme) -> Vec<Parts> {
    let key = keys::advice(app, Action::Errors, "opens them").filter(|_| !all.is_empty());
    let more = match all.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!("  +{} more", count(more as u64)),
    };
    let mut lines = vec![title(format!("{more}  {}", key.unwrap_or_default()), Meaning::Dim)];
    if all.is_empty() {
        lines.push(vec![("no failed attempt is known, within filter and tenant".to_owned(), Meaning::Dim)]);
    }
    for group in all.iter().take(SHOWN) {
        let times = pad_start(&format!("{}{}", theme.symbols().times, count(group.count)), COUNT);
        let event_type = group.event_type.as_ref().map(ToString::to_string).unwrap_or_default();
        let last = app.clock.ago(group.last);
        lines.push(vec![
            (times, Meaning::Text),
            (format!("  {}", display_safe(group.title())), Meaning::Failed),
            (format!("  {event_type}  last {last}"), Meaning::Dim),
        ]);
    }
    lines
}
