//! What is wrong with an entry, in words a person can act on.

use serde::Serialize;

/// Which rule an invalid entry breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FaultKind {
    /// The envelope or the payload does not fit its schema.
    Schema,
    /// The text is not JSON, or nested too deep to read.
    Json,
    /// A field is not there: `event` in the entry, or one of the envelope's.
    Missing,
    /// A field's name or value is not UTF-8.
    Utf8,
}

impl FaultKind {
    /// The word for it on the screen and in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Schema => "schema",
            Self::Json => "json",
            Self::Missing => "missing",
            Self::Utf8 => "utf8",
        }
    }
}

/// One thing that is wrong: where, what was expected, what was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// A JSON Pointer into the event, such as `/payload/ticketId`; empty for the whole.
    pub path: String,
    /// What should have been there, such as `a UUID`.
    pub expected: String,
    /// What was there instead, cut to 120 characters. Hostile text: make it safe before showing it.
    pub found: String,
}

impl Report {
    /// A report; `found` is cut to 120 characters.
    pub fn new(path: impl Into<String>, expected: impl Into<String>, found: &str) -> Self {
        let end = found.char_indices().nth(120).map_or(found.len(), |(at, _)| at);
        let mut found = found[..end].to_owned();
        if found.len() == end && end > 0 && found.chars().count() == 120 {
            found.push('…');
        }
        Self { path: path.into(), expected: expected.into(), found }
    }
}

/// In one line, safe to show: `/payload/ticketId: expected a UUID, found "x"`.
impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let place = if self.path.is_empty() { "entry" } else { &self.path };
        let line = format!("{place}: expected {}, found {}", self.expected, self.found);
        f.write_str(&crate::text::display_safe(&line))
    }
}

/// Why an entry is invalid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{}", self.summary())]
pub struct Fault {
    /// Which rule it breaks.
    pub kind: FaultKind,
    /// At least one report.
    pub reports: Vec<Report>,
}

impl Fault {
    /// A fault with one report.
    pub fn new(kind: FaultKind, report: Report) -> Self {
        Self { kind, reports: vec![report] }
    }

    /// The first report in one line, safe to show: `/payload/ticketId: a UUID expected, found "x"`.
    pub fn summary(&self) -> String {
        let Some(first) = self.reports.first() else { return self.kind.word().to_owned() };
        match self.reports.len() {
            0 | 1 => first.to_string(),
            n => format!("{first} (+{} more)", n - 1),
        }
    }
}
