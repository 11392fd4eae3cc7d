//! What a dashboard is started with.

use super::{EventsLook, MasksOf};
use crate::bus::{ContextInfo, Watch};
use crate::event::TenantLabels;
use crate::monitor::Limits;
use crate::tui::keymap::Keymap;

/// What a dashboard is started with; it stays the same while it runs.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The context to open first.
    pub context: String,
    /// The demo's context, where there is one to offer.
    pub demo: Option<String>,
    /// What to watch of a context.
    pub watch: Watch,
    /// How much is kept in memory.
    pub limits: Limits,
    /// Names for tenants.
    pub labels: TenantLabels,
    /// Which key does what.
    pub keymap: Keymap,
    /// Who acts, as the journal says it: `jo@web-1`.
    pub who: String,
    /// How events are shown.
    pub events: EventsLook,
    /// What is masked in each context.
    pub masks: MasksOf,
    /// The contexts there are, in the order to show them.
    pub contexts: Vec<ContextInfo>,
    /// The themes there are, with what is wrong with one.
    pub themes: Vec<(String, Result<(), String>)>,
    /// The theme that is asked for.
    pub theme: String,
    /// Whether the mouse is ours at the start.
    pub mouse: bool,
}

impl Setup {
    /// To watch one context, and everything else as it is where nothing is said.
    pub fn new(context: &str, watch: Watch) -> Self {
        Self {
            context: context.to_owned(),
            demo: None,
            watch,
            limits: Limits::default(),
            labels: TenantLabels::default(),
            keymap: Keymap::default(),
            who: String::new(),
            events: EventsLook::default(),
            masks: MasksOf::default(),
            contexts: Vec::new(),
            themes: Vec::new(),
            theme: "dark".to_owned(),
            mouse: true,
        }
    }

    /// What is known of a context before it is opened.
    pub fn context_named(&self, name: &str) -> ContextInfo {
        let known = self.contexts.iter().find(|context| context.name == name).cloned();
        known.unwrap_or_else(|| ContextInfo { name: name.to_owned(), ..ContextInfo::default() })
    }
}

/// What a list says of a context: what it is, and where. Safe to show.
pub fn context_note(context: &ContextInfo) -> String {
    let signs = [("production", context.production), ("read-only", context.read_only)];
    let signs = signs.into_iter().filter(|(_, is_so)| *is_so).map(|(sign, _)| sign);
    let parts: Vec<_> = signs
        .chain([context.profile.as_str(), context.target.as_str()])
        .filter(|part| !part.is_empty())
        .collect();
    crate::text::display_safe(&parts.join("  ")).into_owned()
}
