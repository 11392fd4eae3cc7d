//! Where the parts of the screen lie.

use ratatui::layout::Rect;

use super::{banner, plan_line, sending_line};
use crate::tui::app::App;

/// The parts of the screen, from top to bottom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Screen {
    pub(super) whole: Rect,
    pub(super) header: Rect,
    pub(super) tabs: Rect,
    pub(super) top_rule: Rect,
    pub(super) banner: Rect,
    pub(super) body: Rect,
    pub(super) bottom_rule: Rect,
    pub(super) truth: Rect,
    /// The file, or the copies, that are being sent; empty while none are, and in Compose.
    pub(super) sending: Rect,
    /// The retry plan that runs; empty while none does.
    pub(super) plan: Rect,
    pub(super) footer: Rect,
}

impl Screen {
    /// The smallest terminal that anything can be read on: columns and lines.
    pub(super) const LEAST: (u16, u16) = (40, 10);

    /// The parts of `whole`; `None` where it is too small.
    pub(super) fn of(whole: Rect, app: &App) -> Option<Self> {
        if whole.width < Self::LEAST.0 || whole.height < Self::LEAST.1 {
            return None;
        }
        let line = |y: u16, height: u16| Rect { y: whole.y + y, height, ..whole };
        // The body keeps a few lines whatever there is to be told.
        let notices = u16::try_from(banner::count(app, whole.width)).unwrap_or(0).min(whole.height - 9);
        let plan =
            if whole.height > 10 { plan_line::lines(app, whole.width).min(whole.height - 10) } else { 0 };
        let plan = if notices + plan + 9 > whole.height { plan.min(1) } else { plan };
        let sending = sending_line::lines(app).min(whole.height.saturating_sub(notices + plan + 9));
        let body = whole.height - 6 - notices - plan - sending;
        Some(Self {
            whole,
            header: line(0, 1),
            tabs: line(1, 1),
            top_rule: line(2, 1),
            banner: line(3, notices),
            body: line(3 + notices, body),
            bottom_rule: line(3 + notices + body, 1),
            truth: line(4 + notices + body, 1),
            sending: line(5 + notices + body, sending),
            plan: line(5 + notices + body + sending, plan),
            footer: line(5 + notices + body + sending + plan, 1),
        })
    }
}
