//! What can be wrong with a theme.

use crate::text::{cut_end, display_safe};

/// Why a theme cannot be used: which file, where in it, what is wrong, what may stand there. One line, safe to show.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ThemeError(String);

impl ThemeError {
    /// An error from a text that may hold anything.
    pub(super) fn new(what: &str) -> Self {
        let line = what.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ");
        Self(display_safe(&line).into_owned())
    }
}

/// There is no theme of this name, and which there are.
pub(super) fn no_such(name: &str, known: &[&str]) -> String {
    let shown = shown(name);
    match crate::text::nearest(name, known) {
        Some(near) => format!("there is no theme '{shown}': did you mean '{near}'?"),
        None => format!("there is no theme '{shown}': choose {}", one_of(known)),
    }
}

/// `a, b or c`
pub(super) fn one_of(names: &[&str]) -> String {
    match names {
        [] => "none".to_owned(),
        [only] => (*only).to_owned(),
        [names @ .., last] => format!("{} or {last}", names.join(", ")),
    }
}

/// A word of a file as it may stand in a message.
pub(super) fn shown(word: &str) -> String {
    cut_end(&display_safe(word), 40).into_owned()
}
