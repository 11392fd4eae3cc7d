//! What can be done in the Compose view, here and now; and if not, why.

use std::borrow::Cow;

use super::{ComposePane, ComposeState, Line};
use crate::bus::FailedEvent;
use crate::schema::form::{FieldKind, Origin, Row, State};
use crate::tui::action::Action;
use crate::tui::app::{App, View};

impl App {
    /// As [`App::allows`], where the Compose view has a say; `None` where it has none.
    pub(in crate::tui::app) fn allows_composing(
        &self,
        action: Action,
    ) -> Option<Result<(), Cow<'static, str>>> {
        let allowed =
            |allowed: bool, why: &'static str| Some(if allowed { Ok(()) } else { Err(Cow::Borrowed(why)) });
        match action {
            Action::ShowCompose => allowed(self.is_elsewhere(View::Compose), "this is Compose"),
            Action::Compose => {
                allowed(self.has_event_to_copy(), "no event is under the cursor: j and k move it")
            }
            Action::Review | Action::OpenEditor if self.is_composing() => Some(Ok(())),
            Action::Left | Action::Right if self.is_composing() => Some(self.compose.allows(action)),
            Action::UndoChange
            | Action::RedoChange
            | Action::NextFault
            | Action::PreviousFault
            | Action::LayOut
            | Action::Complete
            | Action::CompleteBack => Some(self.compose.allows(action)),
            _ if of_a_field(action) && !matches!(action, Action::Left | Action::Right) => {
                Some(self.compose.allows(action))
            }
            _ => None,
        }
    }

    /// Whether the form or the JSON of the Compose view has the keys.
    pub(in crate::tui::app) fn is_composing(&self) -> bool {
        self.view == View::Compose && self.popup.is_none() && self.errors.page.is_none()
    }

    /// Whether there is an event to start another one from.
    pub(in crate::tui::app) fn has_event_to_copy(&self) -> bool {
        match &self.errors.page {
            Some(page) => page.event.as_ref().is_some_and(|event| event.entry.is_some()),
            None if self.view == View::Failed => self.journal().is_none() && self.failed_event().is_some(),
            None => self.shown_entry().is_some(),
        }
    }

    /// The failed event that is open, or under the cursor.
    pub fn failed_event(&self) -> Option<&FailedEvent> {
        match &self.failed.detail {
            Some(detail) => Some(&detail.event),
            None => self.failed.event_in(self.failed.open_table().cursor?).map(|event| &**event),
        }
    }
}

impl ComposeState {
    /// Whether an action of this view can be done; the reason if not.
    pub fn allows(&self, action: Action) -> Result<(), Cow<'static, str>> {
        let is_broken = self.broken().is_some();
        let allowed =
            |allowed: bool, why: &'static str| if allowed { Ok(()) } else { Err(Cow::Borrowed(why)) };
        match action {
            Action::UndoChange => return allowed(self.can_undo(true), "nothing was changed yet"),
            Action::RedoChange => return allowed(self.can_undo(false), "nothing was taken back"),
            Action::NextFault | Action::PreviousFault => {
                return allowed(!self.faults().is_empty(), "there are no faults");
            }
            Action::LayOut => {
                return allowed(!is_broken, "what is no JSON cannot be laid out: n goes to the fault");
            }
            _ => {}
        }
        if let Some(open) = &self.field {
            let offers = !open.suggestions.is_empty();
            return match action {
                Action::Complete | Action::CompleteBack => {
                    allowed(offers, "nothing that fits what is typed was seen on this bus, for this tenant")
                }
                _ => Ok(()),
            };
        }
        let (Line::Field(_), Some(row)) = (self.line(), self.row()) else {
            return allowed(
                !of_a_field(action),
                "put the cursor on a field of the payload first: j and k move it",
            );
        };
        if is_broken && of_a_field(action) {
            return Err(Cow::Borrowed(
                "the JSON is broken: n goes to the fault, Tab to the JSON, u takes the change back",
            ));
        }
        self.allows_on(action, row)
    }

    fn allows_on(&self, action: Action, row: &Row) -> Result<(), Cow<'static, str>> {
        let (allowed, why) = match action {
            Action::Generate => (
                !row.editor.is_container() && !row.pointer.is_root(),
                "nothing is made here: it holds fields",
            ),
            Action::Toggle | Action::Left | Action::Right => (
                row.opens && !row.pointer.is_root()
                    || matches!(row.editor, FieldKind::Boolean | FieldKind::Choice(_) | FieldKind::Union(_)),
                "there is nothing to open or to turn here: Enter edits it",
            ),
            Action::AddEntry => {
                (self.holder().is_some(), "nothing can be added here: its fields are named by the schema")
            }
            Action::ClearField => {
                (!row.pointer.is_root() && row.state != State::Absent, "there is nothing to take out")
            }
            Action::RenameField => (
                matches!(row.origin, Origin::Entry | Origin::Unnamed)
                    && row.state != State::Absent
                    && self.item().is_none(),
                "the schema names this one: only fields of your own can be renamed",
            ),
            Action::SetNull => (
                !row.pointer.is_root()
                    && row.state != State::Null
                    && (row.field.nullable || matches!(row.editor, FieldKind::Any)),
                "its schema takes no null here",
            ),
            Action::ChooseVariant => {
                (matches!(row.field.kind, FieldKind::Union(_)), "it is of one kind only")
            }
            Action::ItemUp => {
                (self.item().is_some_and(|(_, nth)| nth > 0), "it is no item of a list, or the first one")
            }
            Action::ItemDown => {
                (self.item().is_some() && !self.is_last_item(), "it is no item of a list, or the last one")
            }
            _ => (true, ""),
        };
        if allowed { Ok(()) } else { Err(why.into()) }
    }

    /// What Enter does, in a word or two.
    pub fn enter_does(&self) -> &'static str {
        match (self.line(), self.row()) {
            (Line::Field(_), _) if self.broken().is_some() => "to the fault",
            (Line::Field(_), Some(row)) => match &row.editor {
                _ if row.pointer.names() == ["tenantId"] => "choose",
                _ if row.pointer.is_root() => "add",
                _ if row.opens && row.is_open => "close",
                _ if row.opens => "open",
                FieldKind::List(_) | FieldKind::Free { .. } | FieldKind::Object { .. } => "add",
                FieldKind::Boolean => "turn",
                FieldKind::Choice(_) | FieldKind::Union(_) => "choose",
                _ => "edit",
            },
            _ => "choose",
        }
    }

    /// Whether the JSON has the keys.
    pub fn edits_json(&self) -> bool {
        self.pane == ComposePane::Json
    }
}

/// Whether an action is about the field under the cursor.
fn of_a_field(action: Action) -> bool {
    matches!(
        action,
        Action::Generate
            | Action::Toggle
            | Action::Left
            | Action::Right
            | Action::AddEntry
            | Action::ClearField
            | Action::RenameField
            | Action::SetNull
            | Action::ChooseVariant
            | Action::ItemUp
            | Action::ItemDown
    )
}
