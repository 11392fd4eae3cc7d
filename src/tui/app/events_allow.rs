//! What can be done in the Events view, here and now; and if not, why.

use std::borrow::Cow;

use super::exporting::IS_EXPORTING;
use super::{App, Moment, Popup, View};
use crate::tui::action::Action;

impl App {
    /// Whether the Events view has the keys.
    pub(super) fn is_in_events(&self) -> bool {
        self.view == View::Events && self.popup.is_none() && self.errors.page.is_none()
    }

    /// As [`App::allows`], where the Events view has a say; `None` where it has none.
    pub(super) fn allows_in_events(&self, action: Action) -> Option<Result<(), Cow<'static, str>>> {
        if let (Action::Choose, Some(Popup::Jump(field))) = (action, &self.popup) {
            return Some(Moment::read(field.text(), &self.clock).map(|_| ()).map_err(Cow::Owned));
        }
        if !self.is_in_events() {
            return None;
        }
        let events = &self.events;
        let has_cursor = events.cursor.is_some();
        let (allowed, why) = match action {
            Action::Mark | Action::MarkRange => {
                (has_cursor && !events.whole, "no row is under the cursor: j and k move it")
            }
            Action::Export if events.exporting.is_some() => (false, IS_EXPORTING),
            Action::Export | Action::NextHit | Action::PreviousHit => {
                // Where the bus is read, what is looked for may lie further back.
                (!events.is_empty() || self.why_no_past().is_none(), "no event is shown here")
            }
            Action::Sort => (!self.is_empty(), "nothing came yet that could be sorted"),
            Action::Context => (
                self.filter.is_on() || events.lens.has_context(),
                "there is no filter that hides anything: / types one",
            ),
            Action::Pause if self.is_rewound() && !self.is_paused() => {
                (false, "the past stands still by itself; f goes back to what comes")
            }
            Action::JumpToTime => (self.why_no_past().is_none(), self.why_no_past().unwrap_or_default()),
            Action::CopyMenu => (has_cursor, "no event is under the cursor: j and k move it"),
            Action::Left | Action::Right | Action::ToggleFold | Action::FoldAll | Action::UnfoldAll => {
                (events.reads_detail() && !events.detail.raw, self.why_no_folds())
            }
            Action::Raw => (events.reads_detail(), "no event is open: j, k or Enter opens one"),
            Action::ScrollLeft | Action::ScrollRight => (
                events.reads_detail() && !events.detail.wrap,
                "lines are wrapped, so there is nothing beside this: w cuts them",
            ),
            _ => return None,
        };
        Some(if allowed { Ok(()) } else { Err(why.into()) })
    }

    fn why_no_folds(&self) -> &'static str {
        if self.events.detail.raw && self.events.reads_detail() {
            "the JSON is shown as it came: R lays it out"
        } else {
            "no event is open: j, k or Enter opens one"
        }
    }
}
