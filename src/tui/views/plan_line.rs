//! The line of the retry plan that runs, in every view.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::keys::advice;
use crate::plan::Phase;
use crate::text::{count, cut_end, display_safe, width};
use crate::tui::action::Action;
use crate::tui::app::{App, RunningPlan};
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::{Words, folded, inset, row};

/// Cells of the bar.
const BAR: u64 = 12;
/// From so many cells on there is room for it whatever is to be said.
const WIDE: u16 = 98;
/// Lines at most for why a plan stopped, below its own.
const MOST_BELOW: usize = 3;

/// Whether there is one.
fn is_shown(app: &App) -> bool {
    app.plan.as_ref().is_some_and(RunningPlan::is_shown)
}

/// How many lines it takes of so many cells: why a plan stopped may need some of its own.
pub(super) fn lines(app: &App, width: u16) -> u16 {
    let Some(plan) = app.plan.as_ref().filter(|_| is_shown(app)) else { return 0 };
    let width = inset(Rect { width, height: 1, ..Rect::ZERO }).width;
    let laid = Laid::out(plan, (width, u16::MAX), app, ["."; 2]);
    1 + u16::try_from(laid.below.len()).unwrap_or(0)
}

/// Its parts, each with what it means.
struct Laid {
    parts: Vec<(String, Meaning)>,
    keys: String,
    /// What found no room in the first line.
    below: Vec<(String, Meaning)>,
}

impl Laid {
    fn out(
        plan: &RunningPlan,
        (cells, height): (u16, u16),
        app: &App,
        [full_sign, empty_sign]: [&str; 2],
    ) -> Self {
        let tally = plan.progress.tally;
        let (total, done) = (tally.total(), tally.total() - tally.left);
        let full = (done * BAR).checked_div(total).unwrap_or(BAR);
        let signs = |sign: &str, n: u64| sign.repeat(usize::try_from(n).unwrap_or(0));
        let gap = |cells: usize| (" ".repeat(cells), Meaning::Text);
        let mut parts = vec![(display_safe(&plan.progress.plan).into_owned(), Meaning::Accent), gap(1)];
        let is_over = plan.progress.phase.is_over();
        // What came of it, and why, matters more then.
        if !is_over || cells >= WIDE {
            parts.push((signs(full_sign, full), Meaning::Ok));
            parts.push((signs(empty_sign, BAR - full), Meaning::Dim));
            parts.push(gap(1));
        }
        parts.extend([(format!("{}/{}", count(done), count(total)), Meaning::Text), gap(2)]);
        let numbers = [
            ("ok", tally.succeeded, Meaning::Ok, !is_over),
            ("failed again", tally.failed_again(), Meaning::Failed, !is_over),
            ("running", tally.running, Meaning::Waiting, !is_over),
            ("unknown", tally.lost, Meaning::Waiting, false),
            ("gone", tally.gone, Meaning::Dim, false),
            ("refused", tally.refused, Meaning::Failed, false),
        ];
        for (label, n, meaning, _) in numbers.into_iter().filter(|(_, n, _, always)| *always || *n > 0) {
            let meaning = if n > 0 { meaning } else { Meaning::Dim };
            parts.extend([(format!("{label} {}", count(n)), meaning), gap(2)]);
        }
        let keys = [Action::PausePlan, Action::CancelPlan].map(|action| {
            advice(app, action, app.hint(action))
                .filter(|_| app.popup.is_none() && app.allows(action).is_ok())
        });
        let keys = keys.into_iter().flatten().collect::<Vec<_>>().join("   ");
        let taken: usize = parts.iter().map(|(text, _)| width(text)).sum();
        let room = usize::from(cells).saturating_sub(taken + width(&keys) + 2);
        let (phase, meaning) = phase(plan);
        let phase = display_safe(&phase);
        if matches!(plan.progress.phase, Phase::Stopped(_)) && width(&phase) > room {
            let mut below = folded(&phase, usize::from(cells));
            if below.len() > MOST_BELOW {
                let rest = below.split_off(MOST_BELOW - 1).join(" ");
                below.push(cut_end(&rest, usize::from(cells)).into_owned());
            }
            // On a low screen there is no room for them.
            if below.len() < usize::from(height) {
                let below = below.into_iter().map(|line| (line, meaning)).collect();
                return Self { parts, keys, below };
            }
        }
        if room > 8 {
            parts.push((cut_end(&phase, room).into_owned(), meaning));
        }
        Self { parts, keys, below: Vec::new() }
    }
}

/// Draws it.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let Some(plan) = app.plan.as_ref().filter(|_| area.height > 0) else { return };
    let area = inset(area);
    let heat = theme.symbols().heat;
    let Laid { parts, keys, below } = Laid::out(plan, (area.width, area.height), app, [heat[3], heat[1]]);
    let line = parts.into_iter().fold(Words::new(theme), |line, (text, meaning)| line.put(text, meaning));
    let keys = Words::new(theme).put(keys, Meaning::Key);
    let fits = line.cells() + keys.cells() < usize::from(area.width);
    line.draw(frame, row(area, 0));
    if fits {
        keys.draw_right(frame, row(area, 0));
    }
    for (at, (text, meaning)) in below.into_iter().enumerate() {
        Words::new(theme).put(text, meaning).draw(frame, row(area, 1 + at));
    }
}

/// What it is doing, or why it is over.
fn phase(plan: &RunningPlan) -> (String, Meaning) {
    let tally = plan.progress.tally;
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
    (phase, meaning)
}
