//! Where the panes of the Events view lie.

use ratatui::layout::Rect;

use crate::tui::app::{App, EventsPane};
use crate::tui::widgets::inset;

/// Columns of the terminal from which on the detail lies beside the list.
const BESIDE: u16 = 120;
/// Lines of the body from which on the detail lies below the list.
const BELOW: u16 = 12;

/// A person who divides the body leaves to both panes so many columns, or so many lines.
const LEAST: (u16, u16) = (30, 4);

/// The panes, each `None` where it is not shown. Each has its headings in its first line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Areas {
    pub(super) list: Option<Rect>,
    /// The column between list and detail.
    pub(super) divide: Option<Rect>,
    pub(super) detail: Option<Rect>,
    /// The detail lies below the list, and its heading divides them.
    pub(super) below: bool,
}

impl Areas {
    /// The panes in `body`.
    pub(super) fn of(body: Rect, app: &App) -> Self {
        let area = inset(body);
        if area.is_empty() {
            return Self::default();
        }
        if app.events.cursor.is_none() {
            return Self { list: Some(area), ..Self::default() };
        }
        if app.events.whole {
            return Self { detail: Some(area), ..Self::default() };
        }
        if body.width >= BESIDE {
            let wanted = area.width - 3 - (area.width / 16 * 7 + area.width % 16 / 2).clamp(50, 90);
            let most = area.width - 3 - LEAST.0;
            let list = app.events.split.beside.map_or(wanted, |list| list.clamp(LEAST.0, most));
            let detail = area.width - list - 3;
            return Self {
                list: Some(Rect { width: list, ..area }),
                divide: Some(Rect { x: area.x + list + 1, width: 1, ..area }),
                detail: Some(Rect { x: area.x + list + 3, width: detail, ..area }),
                below: false,
            };
        }
        if area.height >= BELOW {
            let wanted = (area.height / 3).max(5);
            let list =
                app.events.split.below.map_or(wanted, |list| list.clamp(LEAST.1, area.height - LEAST.1));
            return Self {
                list: Some(Rect { height: list, ..area }),
                divide: None,
                detail: Some(Rect { y: area.y + list, height: area.height - list, ..area }),
                below: true,
            };
        }
        // One of them fits: the one with the focus.
        match app.events.focus {
            EventsPane::List => Self { list: Some(area), ..Self::default() },
            EventsPane::Detail => Self { detail: Some(area), ..Self::default() },
        }
    }

    /// What divides list and detail, where both are shown in `body`, and where both lie.
    pub(super) fn split(&self, body: Rect) -> Option<(Rect, Rect)> {
        let (list, detail) = (self.list?, self.detail?);
        let place = match self.divide {
            // A cell at each side is easier to hit.
            Some(divide) => Rect { x: divide.x - 1, width: 3, ..divide },
            // The heading of the detail.
            None => Rect { height: 1, ..detail },
        };
        Some((place, Rect { x: list.x, y: list.y, ..inset(body) }))
    }
}
