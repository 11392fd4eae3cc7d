//! The line of the retry plan that runs, in every view.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::keys::advice;
use crate::plan::Phase;
use crate::text::{count, cut_end, display_safe};
use crate::tui::action::Action;
use crate::tui::app::{App, RunningPlan};
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::{Words, inset};

/// Cells of the bar.
const BAR: u64 = 12;
/// From so many cells on there is room for it whatever is to be said.
const WIDE: u16 = 100;

/// Whether there is one.
pub(super) fn is_shown(app: &App) -> bool {
    app.plan.as_ref().is_some_and(RunningPlan::is_shown)
}

/// Draws it.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let Some(plan) = app.plan.as_ref().filter(|_| area.height > 0) else { return };
    let area = inset(area);
    let tally = plan.progress.tally;
    let (total, done) = (tally.total(), tally.total() - tally.left);
    let full = (done * BAR).checked_div(total).unwrap_or(BAR);
    let cells = |n: u64| usize::try_from(n).unwrap_or(0);
    let heat = theme.symbols().heat;
    let mut line =
        Words::new(theme).put(display_safe(&plan.progress.plan).into_owned(), Meaning::Accent).gap(1);
    let is_over = plan.progress.phase.is_over();
    // What came of it, and why, matters more then.
    if !is_over || area.width >= WIDE {
        line = line
            .put(heat[3].repeat(cells(full)), Meaning::Ok)
            .put(heat[1].repeat(cells(BAR - full)), Meaning::Dim)
            .gap(1);
    }
    line = line.put(format!("{}/{}", count(done), count(total)), Meaning::Text).gap(2);
    let numbers = [
        ("ok", tally.succeeded, Meaning::Ok, !is_over),
        ("failed again", tally.failed_again(), Meaning::Failed, !is_over),
        ("running", tally.running, Meaning::Waiting, !is_over),
        ("unknown", tally.lost, Meaning::Waiting, false),
        ("gone", tally.gone, Meaning::Dim, false),
        ("refused", tally.refused, Meaning::Failed, false),
    ];
    for (label, n, meaning, _) in numbers.iter().filter(|(_, n, _, always)| *always || *n > 0) {
        let meaning = if *n > 0 { *meaning } else { Meaning::Dim };
        line = line.put(*label, meaning).gap(1).put(count(*n), meaning).gap(2);
    }
    let (phase, meaning) = match &plan.progress.phase {
        Phase::Retrying if plan.is_held => ("holding after this step".to_owned(), Meaning::Waiting),
        Phase::Retrying => (String::new(), Meaning::Text),
        Phase::Paused if !plan.is_held => ("going on".to_owned(), Meaning::Waiting),
        Phase::Paused => ("paused".to_owned(), Meaning::Waiting),
        Phase::Waiting(why) => (format!("waits {why}"), Meaning::Waiting),
        Phase::Following => ("all are retried, waiting for outcomes".to_owned(), Meaning::Dim),
        Phase::Stopped(why) => (format!("stopped: {why}"), Meaning::Failed),
        Phase::Cancelled => ("cancelled".to_owned(), Meaning::Waiting),
        Phase::Finished => ("finished".to_owned(), Meaning::Dim),
    };
    let phase = match (&plan.progress.phase, tally.left) {
        (Phase::Stopped(_) | Phase::Cancelled, left @ 1..) => format!("{phase}; {} not retried", count(left)),
        _ => phase,
    };
    let keys = [Action::PausePlan, Action::CancelPlan].map(|action| {
        advice(app, action, app.hint(action)).filter(|_| app.popup.is_none() && app.allows(action).is_ok())
    });
    let keys =
        Words::new(theme).put(keys.into_iter().flatten().collect::<Vec<_>>().join("   "), Meaning::Key);
    let room = usize::from(area.width).saturating_sub(line.cells() + keys.cells() + 2);
    if room > 8 {
        line = line.put(cut_end(&display_safe(&phase), room).into_owned(), meaning);
    }
    let fits = line.cells() + keys.cells() < usize::from(area.width);
    line.draw(frame, area);
    if fits {
        keys.draw_right(frame, area);
    }
}
