//! What lies where on the screen, as it was drawn last: what a pointer is on. Drawing notes it, so that nothing about the
//! screen is known twice, and a pointer hits what a person sees.

use std::cell::RefCell;

use ratatui::layout::{Position, Rect};

use super::{Column, FlowPane, Slot, View};
use crate::monitor::FailedSort;
use crate::tui::action::Action;

/// What a part of the screen is, to a pointer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The tab of a view.
    Tab(View),
    /// What names an action, and does it.
    Key(Action),
    /// Rows of a pane; the number is that of the first one.
    Rows(Pane, usize),
    /// An event in a list, by its number: while a list follows, its row is another one a moment later.
    Event(Pane, u64),
    /// A cell of the Flow view's matrix: row and column.
    Cell(usize, usize),
    /// The heading of a column of events.
    Heading(Column),
    /// A heading of failed events, and the order that it stands for.
    FailedHeading(FailedSort),
    /// What divides list and detail of the Events view, which lie in `of`; the detail is `below`, or beside the list.
    Split {
        /// Both of them.
        of: Rect,
        /// Whether one lies below the other.
        below: bool,
    },
    /// A part of a form.
    Slot(Slot),
    /// A choice of it, so many behind the one that is chosen.
    Choice(Slot, isize),
    /// A button.
    Button(Slot),
    /// Text that is typed, of which so many cells lie left of the screen; in a form, that of a slot.
    Typed(Option<Slot>, usize),
    /// The line of an editor that the caret is in, of which so many bytes lie left of the screen.
    Caret(Pane, usize),
    /// What lies over the view, where there is nothing to press.
    Popup,
    /// What is around it.
    Around,
}

/// A pane that has rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pane {
    /// One of the Flow view's.
    Flow(FlowPane),
    /// The list of events.
    Events,
    /// The event under the cursor.
    Detail,
    /// The table of handlers.
    Handlers,
    /// The handler under the cursor.
    Handler,
    /// Failed events, or groups of them.
    Failed,
    /// The failed event that is open.
    FailedEvent,
    /// The journal.
    Journal,
    /// Findings.
    Health,
    /// Errors of handlers: groups, or failed attempts.
    Errors,
    /// The event of a failed attempt.
    ErrorsEvent,
    /// Type, tenant and channel of an event that is composed.
    Head,
    /// Its fields.
    Fields,
    /// What may be meant in the field that is typed into.
    Suggestions,
    /// Its JSON.
    Json,
    /// The payload of a failed event that is edited.
    Edit,
    /// A list to choose from.
    List,
    /// The command palette.
    Palette,
    /// The help.
    Help,
    /// What a form says.
    Said,
}

impl Pane {
    /// Whether Enter opens or does something in a row of it.
    pub fn opens(self) -> bool {
        !matches!(
            self,
            Self::Handler
                | Self::FailedEvent
                | Self::ErrorsEvent
                | Self::Suggestions
                | Self::Json
                | Self::Edit
                | Self::Said
        )
    }
}

/// The parts of the screen. It changes nothing that can be seen: it follows from what is drawn.
#[derive(Debug, Default)]
pub struct Areas {
    parts: RefCell<Vec<(Rect, Part)>>,
}

impl Areas {
    /// Another frame is drawn.
    pub fn clear(&self) {
        self.parts.borrow_mut().clear();
    }

    /// Something was drawn there, over what was there before.
    pub fn add(&self, area: Rect, part: Part) {
        if !area.is_empty() {
            self.parts.borrow_mut().push((area, part));
        }
    }

    /// Something lies over everything in `whole` from now on, in `place`.
    pub fn cover(&self, whole: Rect, place: Rect) {
        self.add(whole, Part::Around);
        self.add(place, Part::Popup);
    }

    /// What lies there, and its place.
    pub fn at(&self, at: Position) -> Option<(Rect, Part)> {
        self.parts.borrow().iter().rev().find(|(area, _)| area.contains(at)).copied()
    }

    /// All parts, the uppermost last.
    pub fn all(&self) -> Vec<(Rect, Part)> {
        self.parts.borrow().clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_drawn_last_is_what_a_pointer_is_on() {
        let areas = Areas::default();
        let at = |x, y| areas.at(Position { x, y }).map(|(_, part)| part);
        areas.add(Rect::new(0, 1, 80, 1), Part::Tab(View::Flow));
        areas.add(Rect::new(0, 4, 80, 10), Part::Rows(Pane::Events, 0));
        assert_eq!(at(3, 1), Some(Part::Tab(View::Flow)));
        assert_eq!(at(3, 13), Some(Part::Rows(Pane::Events, 0)));
        assert_eq!((at(3, 14), at(80, 4)), (None, None), "beyond their ends");
        areas.cover(Rect::new(0, 0, 80, 24), Rect::new(10, 5, 20, 5));
        assert_eq!((at(3, 1), at(12, 6)), (Some(Part::Around), Some(Part::Popup)));
        areas.add(Rect::ZERO, Part::Tab(View::Flow));
        areas.clear();
        assert_eq!(at(3, 1), None);
    }
}
