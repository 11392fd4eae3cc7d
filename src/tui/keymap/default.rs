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
        Context::Help,
        &[("/", Action::Search), ("esc", Action::Back), ("?", Action::Back), ("q", Action::Back)],
    ),
    (Context::Search, &[("enter", Action::Accept), ("esc", Action::Cancel)]),
];
