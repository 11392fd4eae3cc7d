//! What the help says of a key, where the same key does something else in each view.

use super::{App, View};
use crate::tui::action::Action;

impl App {
    /// What the help says of `action` in what lies below it.
    pub fn says(&self, action: Action) -> &'static str {
        let said = if self.errors.page.is_some() {
            self.says_in_errors(action)
        } else if self.journal().is_some() {
            match action {
                Action::Open => Some("Show the entries of the plan under the cursor alone"),
                Action::Copy => Some("Copy the name of the plan under the cursor to the clipboard"),
                Action::Refresh => Some("Read the journal anew"),
                Action::Filter => Some("Narrow the journal by words"),
                _ => None,
            }
        } else {
            self.says_in_view(action)
        };
        said.unwrap_or_else(|| action.help())
    }

    fn says_in_errors(&self, action: Action) -> Option<&'static str> {
        let is_group = self.errors.page.as_ref().is_some_and(|page| page.group.is_some());
        match action {
            Action::Open if is_group => Some("Open the failed attempt under the cursor, with its event"),
            Action::Open => Some("Open the group under the cursor: its failed attempts"),
            Action::Outcomes => Some(
                "Show the events of the group, or that of the failed attempt, among the events; Esc comes back",
            ),
            Action::ItsFailed => Some(
                "Show its failed events in the view Failed: those of the group's handler and type, or that of the failed \
                 attempt; there r retries one, R all of them; Esc comes back",
            ),
            Action::Copy => Some("Copy the event's JSON to the clipboard, through the terminal (OSC 52)"),
            _ => None,
        }
    }

    fn says_in_view(&self, action: Action) -> Option<&'static str> {
        Some(match (self.view, action) {
            (View::Flow, Action::Open) => {
                "Show the events of what is under the cursor: of the type, the tenant, or both; an error in its group. Esc \
                 comes back"
            }
            (View::Events, Action::Open) => "Open the event under the cursor whole",
            (View::Events, Action::Copy) => {
                "Copy the event's JSON as it came to the clipboard, through the terminal (OSC 52)"
            }
            (View::Events, Action::Sort) => "Sort by time, by type or by tenant",
            (View::Events, Action::Export) => {
                "Write what is marked, else what is under the cursor, or all that match, into a file of JSON lines"
            }
            (View::Events, Action::Outcomes) => "Go to the failed attempts of the event's handlers",
            (View::Handlers, Action::Open) => "Open the handler under the cursor whole",
            (View::Handlers, Action::Errors) => "Show the errors of the handler under the cursor, in groups",
            (View::Failed, Action::Open) => "Open the group or the event under the cursor",
            (View::Failed, Action::Copy) => "Copy the JSON of the failed event to the clipboard (OSC 52)",
            (View::Failed, Action::Sort) => {
                "Sort by what failed last, what waits longest, what is most frequent"
            }
            (View::Failed | View::Health, Action::Refresh) if !self.monitor.link().is_live() => {
                "Try to connect now"
            }
            (View::Failed, Action::Refresh) => "Read all failed events anew",
            (View::Failed, Action::Export) => {
                "Write what is marked, else what is under the cursor, or all that is shown, into a file"
            }
            (View::Health, Action::Open) => {
                "Go to the place of the finding: its tenant, its handler, its events"
            }
            (View::Health, Action::Copy) => "Copy the finding, its evidence and what to do to the clipboard",
            (View::Health, Action::Refresh) => "Look the server and the bus over now",
            (View::Compose, Action::Copy) => {
                "Copy the payload to the clipboard, through the terminal (OSC 52)"
            }
            (View::Compose, Action::Review) => {
                "Ask about sending it: the exact commands, who would receive it, and what there is against it"
            }
            (View::Compose, Action::OpenEditor) => {
                "Open the payload in $VISUAL or $EDITOR: what is saved there comes back"
            }
            _ => return None,
        })
    }
}
