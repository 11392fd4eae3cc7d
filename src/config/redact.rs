//! `[redact]` and `[contexts.NAME.redact]`: what is masked on the screen, and in what leaves it.

use serde::Deserialize;

use super::{Config, Context};
use crate::event::Masks;

/// `[redact]`
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Redact {
    /// The fields: paths as filters write them, with `**` for any number of steps, or names that count wherever they are.
    pub masks: Vec<String>,
}

impl Redact {
    /// What is wrong with it, and what to do; `key` is what it is called.
    pub(super) fn fault(&self, key: &str) -> Option<(String, String)> {
        let error = Masks::new(&self.masks).err()?;
        let next = "Write names, such as \"ssn\", or paths, such as \"payload.**.email\"; docs/redaction.md.";
        Some((format!("{key}: {error}"), next.to_owned()))
    }
}

impl Config {
    /// What is masked in a context: what is everywhere, and what is there besides.
    pub fn masks(&self, context: &str) -> Masks {
        let own = self.contexts.get(context).map(|context: &Context| context.redact.masks.as_slice());
        let all: Vec<_> = self.redact.masks.iter().chain(own.unwrap_or_default()).cloned().collect();
        // A file with a mask that cannot be one is refused when it is read.
        Masks::new(&all).unwrap_or_default()
    }
}
