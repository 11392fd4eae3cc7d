//! Colours of text output, as meanings. Without a terminal, or with `NO_COLOR`, there are none.

/// What a piece of text means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// As it should be.
    Good,
    /// Wrong.
    Bad,
    /// Worth a look.
    Warning,
    /// Beside the point.
    Quiet,
    /// The name of what the line is about.
    Name,
}

/// Paints text, or leaves it as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Paint {
    /// Whether there are colours.
    pub(super) colour: bool,
    /// Whether our own signs must be ASCII.
    pub(super) ascii: bool,
}

impl Paint {
    /// `text` in the colour of its meaning.
    pub(super) fn paint(self, meaning: Meaning, text: &str) -> String {
        if !self.colour || text.is_empty() {
            return text.to_owned();
        }
        let code = match meaning {
            Meaning::Good => "32",
            Meaning::Bad => "31",
            Meaning::Warning => "33",
            Meaning::Quiet => "2",
            Meaning::Name => "36",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }

    /// The sequence that `text` begins with, if it is one of those that can be ours: a colour of a meaning, bold or
    /// underlined in help.
    pub(super) fn sequence(text: &str) -> Option<&str> {
        let code = ["0", "1", "2", "4", "31", "32", "33", "36"].into_iter().find(|code| {
            let rest = text.strip_prefix("\x1b[").and_then(|rest| rest.strip_prefix(code));
            rest.is_some_and(|rest| rest.starts_with('m'))
        });
        code.map(|code| &text[..code.len() + 3])
    }

    /// The sign, or its ASCII spelling.
    pub(super) fn sign(self, sign: &'static str, ascii: &'static str) -> &'static str {
        if self.ascii { ascii } else { sign }
    }
}
