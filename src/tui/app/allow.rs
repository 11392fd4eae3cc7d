//! Whether an action makes sense here, now; and if not, why: a key that does nothing says so.

use std::borrow::Cow;

use super::exporting::IS_EXPORTING;
use super::{App, FlowPane, Popup, View};
use crate::bus::Verb;
use crate::tui::action::Action;

impl App {
    /// Whether `action` can be done here, now; the reason if not.
    #[expect(clippy::too_many_lines, reason = "a line for each action: a forgotten one does not compile")]
    pub fn allows(&self, action: Action) -> Result<(), Cow<'static, str>> {
        if let Some(Popup::Palette(palette)) = &self.popup {
            return palette.allows(action).map_err(Cow::Owned);
        }
        if let Some(verb) = acting(action) {
            self.rights.allow(verb)?;
        }
        if let Some(why) = self.not_in_journal(action) {
            return Err(why.into());
        }
        if let Some(answer) = self.allows_composing(action).or_else(|| self.allows_in_events(action)) {
            return answer;
        }
        let (allowed, why) = match action {
            Action::Quit => (
                self.popup.is_none() && !self.filter.is_open(),
                "a field or a question is open: Esc closes it",
            ),
            Action::Back => (self.can_go_back(), "nothing is open; q quits"),
            Action::ShowFlow => (self.is_elsewhere(View::Flow), "this is Flow"),
            Action::ShowEvents => (self.is_elsewhere(View::Events), "this is Events"),
            Action::ShowHandlers => (self.is_elsewhere(View::Handlers), "this is Handlers"),
            Action::ShowFailed => (self.is_elsewhere(View::Failed), "this is Failed"),
            Action::ShowHealth => (self.is_elsewhere(View::Health), "this is Health"),
            Action::Retry | Action::EditRetry | Action::Discard | Action::Release => {
                return self.failed.allows(action).map_err(Cow::Borrowed);
            }
            Action::RetryAll => {
                (self.failed.detail.is_none() && !self.failed.is_empty(), self.why_no_failed_rows())
            }
            Action::Mark => (self.failed.can_mark(), "nothing is under the cursor: j and k move it"),
            Action::MarkRange => (
                self.failed.can_mark() && !self.failed.shows_groups(),
                "ranges are of events: put the cursor on one, and not on a group",
            ),
            Action::Export if self.failed.exporting.is_some() => (false, IS_EXPORTING),
            Action::Export => {
                (self.failed.has_selection() || !self.failed.is_empty(), "there are no rows here")
            }
            Action::Undo => {
                (!self.failed.discarded.is_empty(), "nothing was discarded since the dashboard was started")
            }
            Action::Sort | Action::Group => {
                (self.failed.detail.is_none(), "one event is open: Esc closes it")
            }
            Action::OpenEditor if matches!(self.popup, Some(Popup::Shelf(_))) => {
                (self.has_template(), "no template is under the cursor")
            }
            Action::Review | Action::OpenEditor => (
                matches!(self.popup, Some(Popup::Edit)),
                "no payload is edited: e opens that of a dead letter",
            ),
            Action::Commands => (
                matches!(&self.popup, Some(Popup::Form(form)) if form.has_commands()),
                "what would be sent is not known here",
            ),
            Action::CancelPlan => {
                (self.plan.as_ref().is_some_and(super::RunningPlan::is_shown), "no retry plan is running")
            }
            Action::PausePlan => {
                (self.plan.as_ref().is_some_and(super::RunningPlan::is_retrying), "no retry plan is running")
            }
            Action::NextPane | Action::PreviousPane => (self.has_panes(), self.why_no_panes()),
            Action::Open => (self.can_open(), self.why_not_open()),
            Action::Left | Action::Right => (self.can_move_sideways(), "there is nothing beside this"),
            Action::Pause => {
                (self.is_paused() || !self.is_empty(), "nothing came yet that could be held still")
            }
            Action::Follow => (!self.events.is_following() || self.is_rewound(), "following already"),
            Action::Invert => (self.filter.is_on(), "there is no filter to turn round: / types one"),
            Action::TenantScope => (self.monitor.tenant_count() > 0, "no tenant was seen yet"),
            Action::Contexts => (!self.setup.contexts.is_empty(), "there is no other context in the config"),
            Action::ChannelScope => (self.has_channels(), "this bus has no channels"),
            Action::Errors if self.errors.page.is_some() => (false, "errors are open: Esc closes them"),
            Action::Errors => (
                self.monitor.failures().feed().is_some(),
                "nobody has said yet whether this bus records failed attempts",
            ),
            Action::Reveal => self.allows_reveal(),
            Action::RevealAll => self.allows_reveal_all(),
            Action::Outcomes => (self.has_outcomes(), self.why_no_outcomes()),
            Action::ItsFailed => (self.has_its_failed(), self.why_no_its_failed()),
            Action::Wrap => (self.events.cursor.is_some(), "no event is open: j, k or Enter opens one"),
            Action::Copy if self.view == View::Health && self.errors.page.is_none() => {
                (self.health.chosen().is_some(), "no finding is under the cursor: j and k move it")
            }
            Action::Copy => (self.text_to_copy().is_some(), self.why_no_copy()),
            Action::Reconnect => (!self.monitor.link().is_live(), "connected already"),
            Action::Demo => (self.can_offer_demo(), "the demo is offered while there is no connection"),
            Action::HideBanner => (self.banner().is_some(), "no notice is shown"),
            Action::Choose if matches!(&self.popup, Some(Popup::Shelf(open)) if open.is_empty()) => {
                (false, "there is nothing to start from: Esc closes it")
            }
            Action::Choose => (self.has_choice(), self.why_no_choice()),
            Action::Accept => (!self.has_filter_error(), "the filter is not complete yet"),
            Action::Duplicate | Action::DeleteTemplate => {
                (self.has_template(), "no template is under the cursor")
            }
            Action::SendAgain
            | Action::CopyId
            | Action::ShowUnsent
            | Action::ShowSent
            | Action::HoldSending
            | Action::EndSending => {
                return self.sending.allows(action).map_err(Cow::Borrowed);
            }
            // These can be done wherever a key does them; of the changes of an event Compose has said all before.
            Action::Interrupt
            | Action::Suspend
            | Action::Redraw
            | Action::Mouse
            | Action::Help
            | Action::Down
            | Action::Up
            | Action::HalfPageDown
            | Action::HalfPageUp
            | Action::PageDown
            | Action::PageUp
            | Action::First
            | Action::Last
            | Action::Filter
            | Action::Palette
            | Action::FillIn
            | Action::NextHit
            | Action::PreviousHit
            | Action::Context
            | Action::Columns
            | Action::CopyMenu
            | Action::ToggleFold
            | Action::FoldAll
            | Action::UnfoldAll
            | Action::Raw
            | Action::ScrollLeft
            | Action::ScrollRight
            | Action::CompletePath
            | Action::SendFile
            | Action::ShowAll
            | Action::Journal
            | Action::EditField
            | Action::Templates
            | Action::SentBefore
            | Action::SaveTemplate
            | Action::StartAnew
            | Action::Cancel
            | Action::NextField
            | Action::PreviousField
            | Action::Change
            | Action::ChangeBack
            | Action::Search
            | Action::Generate
            | Action::Toggle
            | Action::AddEntry
            | Action::ClearField
            | Action::RenameField
            | Action::SetNull
            | Action::ChooseVariant
            | Action::ItemUp
            | Action::ItemDown
            | Action::UndoChange
            | Action::RedoChange
            | Action::NextFault
            | Action::PreviousFault
            | Action::LayOut
            | Action::Complete
            | Action::CompleteBack
            | Action::Compose
            | Action::JumpToTime
            | Action::Refresh
            | Action::ShowCompose => (true, ""),
        };
        if allowed { Ok(()) } else { Err(why.into()) }
    }

    /// The JSON of the event under the cursor; in the journal the name of the plan.
    pub fn text_to_copy(&self) -> Option<&str> {
        match &self.errors.page {
            Some(page) => self.monitor.ring().get(page.event.as_ref()?.entry?)?.text(),
            None if let Some(page) = self.journal() => page.under_cursor()?.plan.as_deref(),
            None if self.view == View::Failed => self.failed_text(),
            None if self.view == View::Compose => Some(self.compose.text()),
            None if self.view == View::Health => None,
            None => self.shown_entry()?.text(),
        }
    }

    /// The JSON of the failed event that is open, or under the cursor.
    fn failed_text(&self) -> Option<&str> {
        self.failed_event()?.text.as_deref()
    }

    fn why_no_failed_rows(&self) -> &'static str {
        if self.failed.detail.is_some() {
            "one event is open: Esc closes it"
        } else {
            "there are no rows here"
        }
    }

    /// Whether another view, or a page over this one, is shown.
    pub(super) fn is_elsewhere(&self, view: View) -> bool {
        self.view != view || self.errors.page.is_some() || self.journal().is_some()
    }

    /// Whether nothing lies over the view.
    fn is_at_root(&self) -> bool {
        let reads_whole = self.events.reads_whole(self.view)
            || (self.view == View::Handlers && self.handlers.whole)
            || (self.view == View::Failed && self.reads_failed());
        self.popup.is_none() && !self.filter.is_open() && !reads_whole && self.errors.page.is_none()
    }

    /// Whether a failed event, a group of them or the journal is open.
    fn reads_failed(&self) -> bool {
        self.failed.detail.is_some() || self.failed.group.is_some() || self.failed.journal.is_some()
    }

    fn can_go_back(&self) -> bool {
        !self.is_at_root() || self.filter.is_on() || self.view != View::Flow || self.has_cursor()
    }

    fn has_cursor(&self) -> bool {
        match self.flow.focus {
            FlowPane::Types => self.flow.types.cursor.is_some(),
            FlowPane::Tenants => self.flow.tenants.cursor.is_some(),
            FlowPane::Matrix => self.flow.matrix.cursor.is_some(),
            FlowPane::Errors => self.flow.errors_table.cursor.is_some(),
            FlowPane::Strip => self.events.cursor.is_some() || self.events.top.is_some(),
        }
    }

    /// Whether the body says why there is nothing, in place of its panes.
    pub(super) fn is_empty(&self) -> bool {
        self.monitor.counts().received == 0
    }

    fn why_no_panes(&self) -> &'static str {
        if self.is_empty() { "nothing came yet" } else { "there is one pane here" }
    }

    fn has_panes(&self) -> bool {
        if self.errors.page.is_some() {
            return false;
        }
        match self.view {
            View::Flow => !self.is_empty(),
            View::Events => self.events.cursor.is_some() && !self.events.whole,
            View::Handlers | View::Failed | View::Health => false,
            View::Compose => true,
        }
    }

    fn can_open(&self) -> bool {
        if let Some(page) = &self.errors.page {
            let is_empty =
                page.group.as_ref().map_or(page.groups.groups.is_empty(), |group| group.list.is_empty());
            return page.event.is_none() && !is_empty;
        }
        match self.view {
            View::Flow => match self.flow.focus {
                FlowPane::Strip => !self.events.is_empty(),
                FlowPane::Errors => !self.flow.errors.groups.is_empty(),
                _ => self.flow.filter_for_cursor().is_some(),
            },
            View::Events => !self.events.whole && !self.events.is_empty(),
            View::Handlers => !self.handlers.whole && !self.handlers.reports.is_empty(),
            View::Health => !self.health.rows.is_empty(),
            View::Failed if let Some(page) = self.journal() => page.plan_to_open().is_some(),
            View::Failed => self.failed.detail.is_none() && !self.failed.is_empty(),
            View::Compose => false,
        }
    }

    fn why_no_copy(&self) -> &'static str {
        match self.journal() {
            Some(page) if page.is_empty() => "there are no rows here",
            Some(_) => "this belongs to no plan: there is no name to copy",
            None => "no event with JSON is under the cursor",
        }
    }

    fn why_not_open(&self) -> &'static str {
        if let Some(page) = self.journal() {
            return match (page.plan(), page.is_empty()) {
                (Some(_), _) => "these are the entries of one plan: Esc shows all",
                (None, true) => "there are no rows here",
                (None, false) => "this belongs to no plan: all of it is below the rows",
            };
        }
        if self.errors.page.is_some() {
            "it is open already, or there is nothing: Esc closes it"
        } else if self.events.reads_whole(self.view)
            || (self.view == View::Handlers && self.handlers.whole)
            || (self.view == View::Failed && self.failed.detail.is_some())
        {
            "it is open already: Esc closes it"
        } else {
            "nothing is under the cursor: j and k move it"
        }
    }

    /// Whether events of this bus are for a channel each.
    pub fn has_channels(&self) -> bool {
        !self.channels.is_empty() || !self.monitor.channels().is_empty()
    }

    fn can_move_sideways(&self) -> bool {
        if self.errors.page.is_some() {
            return false;
        }
        match self.view {
            View::Flow => self.flow.focus == FlowPane::Matrix && self.flow.matrix.cursor.is_some(),
            View::Events => self.events.reads_detail(),
            View::Handlers | View::Failed | View::Compose | View::Health => false,
        }
    }

    /// Only before there ever was a connection: a person who has data on the screen must not lose it to a slip.
    fn can_offer_demo(&self) -> bool {
        let link = self.monitor.link();
        let waits = self.ended || !matches!(link.link, crate::bus::Link::Connecting { .. });
        let demo = self.setup.demo.as_ref();
        waits
            && !link.is_live()
            && link.last_contact.is_none()
            && demo.is_some_and(|demo| *demo != self.context.name)
    }

    /// Whether there is a way from the event here to what its handlers did with it, or back.
    fn has_outcomes(&self) -> bool {
        if let Some(page) = &self.errors.page {
            return match &page.event {
                Some(event) => event.entry.is_some(),
                None => page.group.is_some() || !page.groups.groups.is_empty(),
            };
        }
        let entry = if matches!(self.view, View::Handlers | View::Failed | View::Compose | View::Health) {
            None
        } else {
            self.shown_entry()
        };
        entry.is_some_and(|row| !self.monitor.failures().of_event(row.event_id()).is_empty())
    }

    fn why_no_outcomes(&self) -> &'static str {
        match &self.errors.page {
            Some(page) if page.event.is_some() => "this event is not in memory, so it cannot be shown",
            Some(_) => "there are no rows here",
            None if self.events.cursor.is_none() => "no event is under the cursor",
            None if self.monitor.failures().is_read() => {
                "no failed attempt at this event is known; successes are not recorded"
            }
            None => "this bus records no failed attempts: the view Handlers shows what is pending",
        }
    }

    fn has_filter_error(&self) -> bool {
        self.popup.is_none() && self.filter.is_typed() && self.filter.live.error.is_some()
    }
}

/// What `action` does to failed events, if it does anything to them.
fn acting(action: Action) -> Option<Verb> {
    Some(match action {
        Action::Retry | Action::RetryAll | Action::EditRetry => Verb::Retry,
        Action::Discard | Action::Undo => Verb::Discard,
        Action::Release => Verb::Release,
        _ => return None,
    })
}
