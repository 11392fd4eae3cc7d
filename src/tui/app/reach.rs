//! Whether an action belongs where a person is: a key does only what its context binds, but a name can be found anywhere.

use std::borrow::Cow;

use super::App;
use crate::tui::action::Action;
use crate::tui::keymap::{Context, Keymap};

/// What a text field of a view keeps for itself: these leave it, or would open it once more.
const OF_A_FIELD: [Action; 6] =
    [Action::Back, Action::Filter, Action::NextPane, Action::PreviousPane, Action::Palette, Action::Invert];

/// What the Compose view does whichever of its panes has the keys.
const OF_COMPOSING: [Action; 10] = [
    Action::Templates,
    Action::SentBefore,
    Action::SaveTemplate,
    Action::SendAgain,
    Action::ShowSent,
    Action::CopyId,
    Action::HoldSending,
    Action::EndSending,
    Action::StartAnew,
    Action::Copy,
];

impl App {
    /// As [`App::allows`], for an action that is asked for by its name and not by a key of where a person is.
    pub fn allows_by_name(&self, action: Action) -> Result<(), Cow<'static, str>> {
        self.reaches(action)?;
        self.allows(action)
    }

    fn reaches(&self, action: Action) -> Result<(), Cow<'static, str>> {
        let here = self.contexts();
        let mut homes = Keymap::homes(action).peekable();
        // What no key does by default belongs to every view.
        let is_global = homes.peek().is_none() || Keymap::homes(action).any(|home| home == Context::Global);
        let in_field = here
            .iter()
            .any(|context| matches!(context, Context::Filter | Context::ComposeField | Context::ComposeJson));
        if homes.any(|home| here.contains(&home))
            || is_global && here.contains(&Context::Global)
            || is_global && in_field && !OF_A_FIELD.contains(&action)
            || here.contains(&Context::ComposeJson) && OF_COMPOSING.contains(&action)
        {
            return Ok(());
        }
        if self.popup.is_some() && is_global {
            return Err("something is asked, or a list is open: Esc closes it".into());
        }
        if in_field && is_global {
            return Err("a field is open: Esc leaves it".into());
        }
        let homes: Vec<_> = Keymap::homes(action).map(|home| lowered(home.help())).collect();
        Err(format!("it works {}", homes.join(", ")).into())
    }
}

/// `In the Failed view` within a sentence.
fn lowered(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
