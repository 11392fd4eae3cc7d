//! The mouse: whether it is ours, what it holds, and where it was pressed last.

use std::mem::{Discriminant, discriminant};

use chrono::{DateTime, TimeDelta, Utc};
use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::{App, Pane, Part, Popup};
use crate::tui::message::Message;

/// A second press within this time belongs to the first one.
const TWICE: TimeDelta = TimeDelta::milliseconds(400);

/// The mouse.
#[derive(Debug, Default)]
pub struct Pointer {
    /// Whether the terminal tells us of it, and does not select text by it.
    pub is_on: bool,
    /// The button or the divide that was pressed, until it is let go of.
    pub held: Option<Part>,
    last: Option<Press>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Press {
    when: DateTime<Utc>,
    at: Position,
    part: Part,
    /// What lay over the view then.
    over: Option<Discriminant<Popup>>,
}

/// What a press is, after the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pressed {
    /// One of its own.
    Once,
    /// The second of two, in a row: as Enter.
    Twice,
    /// It was meant for what was there a moment ago.
    Hasty,
}

impl Pointer {
    /// One that nothing was done with yet.
    pub fn new(is_on: bool) -> Self {
        Self { is_on, ..Self::default() }
    }

    /// Whether anything comes of this.
    pub fn takes(&self, event: &MouseEvent) -> bool {
        self.is_on
            && match event.kind {
                MouseEventKind::Down(MouseButton::Left)
                | MouseEventKind::ScrollUp
                | MouseEventKind::ScrollDown => true,
                MouseEventKind::Drag(MouseButton::Left) => matches!(self.held, Some(Part::Split { .. })),
                MouseEventKind::Up(MouseButton::Left) => self.held.is_some(),
                _ => false,
            }
    }

    /// Takes a press of `part`, while `over` lies over the view. It was made at `now`.
    pub fn press(
        &mut self,
        (at, part): (Position, Part),
        over: Option<&Popup>,
        now: DateTime<Utc>,
    ) -> Pressed {
        let press = Press { when: now, at, part, over: over.map(discriminant) };
        let before = self.last.replace(press).filter(|last| {
            // A clock that was set back tells nothing.
            last.at == at && (TimeDelta::zero()..TWICE).contains(&(now - last.when))
        });
        let Some(before) = before else { return Pressed::Once };
        let is_row = matches!(before.part, Part::Rows(pane, _) if pane.opens())
            || matches!(before.part, Part::Cell(..) | Part::Event(..));
        if is_row && before.over == press.over {
            // Of three, the third is the first of its own.
            self.last = None;
            return Pressed::Twice;
        }
        let is_other = before.over != press.over || before.part != part;
        // What came under the pointer was not seen yet; and nothing is done twice by a hasty hand.
        if is_other || matches!(part, Part::Button(_) | Part::Rows(Pane::Said, _)) {
            Pressed::Hasty
        } else {
            Pressed::Once
        }
    }
}

impl App {
    /// Whether anything can come of a message. A mouse says much that nothing comes of, and nothing is drawn for that.
    pub fn takes(&self, message: &Message) -> bool {
        match message {
            Message::Mouse(event, _) => self.pointer.takes(event),
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::app::{Slot, View};

    const AT: Position = Position { x: 3, y: 4 };
    const ROW: Part = Part::Rows(Pane::Events, 0);

    fn presses(parts: &[(Part, bool, i64)]) -> Vec<Pressed> {
        let start: DateTime<Utc> = "2026-11-23T13:02:31Z".parse().unwrap();
        let mut pointer = Pointer::default();
        let over = Popup::Edit;
        let press = |(part, is_over, ms): &(Part, bool, i64)| {
            let over = is_over.then_some(&over);
            pointer.press((AT, *part), over, start + TimeDelta::milliseconds(*ms))
        };
        parts.iter().map(press).collect()
    }

    #[test]
    fn two_presses_of_a_row_are_enter_also_where_something_else_is_there_by_then() {
        use Pressed::{Once, Twice};
        assert_eq!(presses(&[(ROW, false, 0), (ROW, false, 399), (ROW, false, 500)]), [Once, Twice, Once]);
        assert_eq!(presses(&[(ROW, false, 0), (ROW, false, 400)]), [Once, Once], "too slow");
        let detail = Part::Rows(Pane::Detail, 0);
        assert_eq!(presses(&[(ROW, false, 0), (detail, false, 100)]), [Once, Twice], "it opened below");
        assert_eq!(presses(&[(ROW, false, 0), (ROW, false, -5_000)]), [Once, Once], "a clock set back");
    }

    #[test]
    fn what_came_under_the_pointer_between_two_presses_is_not_pressed() {
        use Pressed::{Hasty, Once};
        let (go, tab) = (Part::Button(Slot::Go), Part::Tab(View::Flow));
        assert_eq!(presses(&[(ROW, false, 0), (go, true, 200), (go, true, 700)]), [Once, Hasty, Once]);
        assert_eq!(presses(&[(tab, false, 0), (go, true, 200)]), [Once, Hasty]);
        assert_eq!(presses(&[(go, true, 0), (ROW, false, 200)]), [Once, Hasty], "the form was closed");
        assert_eq!(presses(&[(go, true, 0), (go, true, 200)]), [Once, Hasty], "nothing is sent twice");
        assert_eq!(presses(&[(tab, false, 0), (tab, false, 200)]), [Once, Once]);
    }
}
