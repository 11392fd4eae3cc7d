//! Where the panes of the Events view lie.

use ratatui::layout::Rect;

use crate::tui::app::{App, EventsPane};
use crate::tui::widgets::inset;

/// Columns of the terminal from which on the detail lies beside the list.
const BESIDE: u16 = 120;
/// Lines of the body from which on the detail lies below the list.
const BELOW: u16 = 12;

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
            let detail = (area.width / 16 * 7 + area.width % 16 / 2).clamp(50, 110);
            let list = area.width - detail - 3;
            return Self {
                list: Some(Rect { width: list, ..area }),
                divide: Some(Rect { x: area.x + list + 1, width: 1, ..area }),
                detail: Some(Rect { x: area.x + list + 3, width: detail, ..area }),
                below: false,
            };
        }
        if area.height >= BELOW {
            let list = (area.height / 3).max(5);
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
}
