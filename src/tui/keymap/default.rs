//! The keys of a fresh start: what hands know from k9s, lazygit, less and vim. Within a context the order is that of
//! the footer, the most useful first.

use super::Context;
use crate::tui::action::Action;

/// One context's keys.
pub(super) type Table = (Context, &'static [(&'static str, Action)]);

pub(super) const DEFAULT: &[Table] = &[
    (
        Context::Anywhere,
        &[("ctrl-c", Action::Interrupt), ("ctrl-z", Action::Suspend), ("ctrl-l", Action::Redraw)],
    ),
    (
        Context::Global,
        &[
            ("d", Action::Demo),
            ("ctrl-r", Action::Reconnect),
            ("x", Action::HideBanner),
            ("/", Action::Filter),
            ("t", Action::TenantScope),
            ("E", Action::Errors),
            ("C", Action::ChannelScope),
            ("p", Action::Pause),
            ("f", Action::Follow),
            ("!", Action::Invert),
            ("esc", Action::Back),
            ("1", Action::ShowFlow),
            ("alt-1", Action::ShowFlow),
            ("2", Action::ShowEvents),
            ("alt-2", Action::ShowEvents),
            ("3", Action::ShowHandlers),
            ("alt-3", Action::ShowHandlers),
            ("4", Action::ShowFailed),
            ("alt-4", Action::ShowFailed),
            ("P", Action::PausePlan),
            ("X", Action::CancelPlan),
            ("tab", Action::NextPane),
            ("shift-tab", Action::PreviousPane),
            ("?", Action::Help),
            ("q", Action::Quit),
        ],
    ),
    (
        Context::Rows,
        &[
            ("j", Action::Down),
            ("down", Action::Down),
            ("k", Action::Up),
            ("up", Action::Up),
            ("ctrl-d", Action::HalfPageDown),
            ("ctrl-u", Action::HalfPageUp),
            ("pgdn", Action::PageDown),
            ("pgup", Action::PageUp),
            ("g", Action::First),
            ("home", Action::First),
            ("G", Action::Last),
            ("end", Action::Last),
        ],
    ),
    (
        Context::Flow,
        &[
            ("enter", Action::Open),
            ("h", Action::Left),
            ("left", Action::Left),
            ("l", Action::Right),
            ("right", Action::Right),
        ],
    ),
    (
        Context::Events,
        &[
            ("enter", Action::Open),
            ("o", Action::Outcomes),
            ("n", Action::NextInvalid),
            ("N", Action::PreviousInvalid),
            ("y", Action::Copy),
            ("w", Action::Wrap),
        ],
    ),
    (Context::Handlers, &[("enter", Action::Open)]),
    (
        Context::Failed,
        &[
            ("enter", Action::Open),
            ("r", Action::Retry),
            ("e", Action::EditRetry),
            ("D", Action::Discard),
            ("L", Action::Release),
            ("R", Action::RetryAll),
            ("u", Action::Undo),
            ("space", Action::Mark),
            ("v", Action::MarkRange),
            ("z", Action::Group),
            ("s", Action::Sort),
            ("a", Action::ShowAll),
            ("y", Action::Copy),
            ("ctrl-r", Action::Refresh),
            ("ctrl-s", Action::Export),
        ],
    ),
    (Context::Errors, &[("enter", Action::Open), ("o", Action::Outcomes), ("y", Action::Copy)]),
    (
        Context::Detail,
        &[("h", Action::Left), ("left", Action::Left), ("l", Action::Right), ("right", Action::Right)],
    ),
    (
        Context::Filter,
        &[
            ("enter", Action::Accept),
            ("esc", Action::Cancel),
            ("alt-1", Action::ShowFlow),
            ("alt-2", Action::ShowEvents),
            ("alt-3", Action::ShowHandlers),
            ("alt-4", Action::ShowFailed),
        ],
    ),
    (
        Context::Picker,
        &[
            ("enter", Action::Choose),
            ("down", Action::Down),
            ("up", Action::Up),
            ("pgdn", Action::PageDown),
            ("pgup", Action::PageUp),
            ("esc", Action::Back),
        ],
    ),
    (
        Context::Form,
        &[
            ("enter", Action::Choose),
            ("tab", Action::NextField),
            ("down", Action::NextField),
            ("j", Action::NextField),
            ("shift-tab", Action::PreviousField),
            ("up", Action::PreviousField),
            ("k", Action::PreviousField),
            ("right", Action::Change),
            ("l", Action::Change),
            ("space", Action::Change),
            ("left", Action::ChangeBack),
            ("h", Action::ChangeBack),
            ("x", Action::Commands),
            ("pgdn", Action::PageDown),
            ("pgup", Action::PageUp),
            ("esc", Action::Back),
            ("q", Action::Back),
        ],
    ),
    (
        Context::FormField,
        &[
            ("enter", Action::NextField),
            ("tab", Action::NextField),
            ("down", Action::NextField),
            ("shift-tab", Action::PreviousField),
            ("up", Action::PreviousField),
            ("esc", Action::Back),
        ],
    ),
    (
        Context::Edit,
        // Ctrl-e and most other letters move and change the text, as in a shell.
        &[("alt-enter", Action::Review), ("ctrl-o", Action::OpenEditor), ("esc", Action::Back)],
    ),
    (
        Context::Help,
        &[("/", Action::Search), ("esc", Action::Back), ("?", Action::Back), ("q", Action::Back)],
    ),
    (Context::Search, &[("enter", Action::Accept), ("esc", Action::Cancel)]),
];
