//! The line of a file, or of copies, that are being sent: in every view but Compose, which says more of them.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::keys::advice;
use crate::compose::{Progress, SendPhase};
use crate::text::{count, cut_end, display_safe, rate, width};
use crate::tui::action::Action;
use crate::tui::app::sending::SentMany;
use crate::tui::app::{App, View};
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::{Words, inset};

/// Cells of the bar.
const BAR: u64 = 12;
/// Cells of the name of a file.
const NAME: usize = 24;

/// What is being sent, where this line tells of it.
fn shown(app: &App) -> Option<&SentMany> {
    let many = app.sending.many()?;
    (app.view != View::Compose && !many.progress.phase.is_over()).then_some(many)
}

/// How many lines it takes.
pub(super) fn lines(app: &App) -> u16 {
    u16::from(shown(app).is_some())
}

/// Draws it.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let Some(many) = shown(app).filter(|_| area.height > 0) else { return };
    let area = inset(area);
    let name = match &many.file {
        Some(file) => cut_end(&display_safe(&file.name), NAME).into_owned(),
        None => format!("copies of {}", many.first.event_type()),
    };
    let mut words = Words::new(theme).put(name, Meaning::Accent).gap(1);
    for (text, meaning) in parts(&many.progress, theme) {
        words = words.put(text, meaning);
    }
    let phase = match &many.progress.phase {
        SendPhase::Sending if !many.is_held => String::new(),
        _ => many.phase(),
    };
    let keys = advice(app, Action::ShowCompose, "hold or end it")
        .filter(|_| app.popup.is_none() && app.allows(Action::ShowCompose).is_ok())
        .unwrap_or_default();
    let room = usize::from(area.width).saturating_sub(words.cells() + width(&keys) + 2);
    let words = words.put(cut_end(&display_safe(&phase), room).into_owned(), Meaning::Waiting);
    let fits = words.cells() + width(&keys) < usize::from(area.width);
    words.draw(frame, area);
    if fits {
        Words::new(theme).put(keys, Meaning::Key).draw_right(frame, area);
    }
}

/// The bar, and the numbers: what is not there is not named.
pub(super) fn parts(progress: &Progress, theme: &Theme) -> Vec<(String, Meaning)> {
    let total = progress.total.unwrap_or(progress.asked);
    let full = (progress.asked.min(total) * BAR).checked_div(total).unwrap_or(BAR);
    let heat = theme.symbols().heat;
    let signs = |sign: &str, n: u64| sign.repeat(usize::try_from(n).unwrap_or(0));
    let mut parts = vec![
        (signs(heat[3], full), Meaning::Ok),
        (signs(heat[1], BAR - full), Meaning::Dim),
        (format!(" {}/{}  ", count(progress.asked), count(total)), Meaning::Text),
    ];
    let numbers = [
        ("bad", progress.bad, Meaning::Failed),
        ("not sent", progress.not_sent, Meaning::Failed),
        ("unknown", progress.unknown, Meaning::Waiting),
    ];
    for (label, n, meaning) in numbers.into_iter().filter(|(_, n, _)| *n > 0) {
        parts.push((format!("{label} {}  ", count(n)), meaning));
    }
    if !progress.phase.is_over() && progress.rate > 0.0 {
        parts.push((format!("{}/s  ", rate(progress.rate)), Meaning::Dim));
    }
    parts
}
