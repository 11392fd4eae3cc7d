//! Puts values where the placeholders of a text are.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::placeholder::{Hole, Piece, Pieces, Placeholder};
use crate::event::TenantId;
use crate::event::json::quoted;
use crate::text::{display_safe, rfc3339_ms};

/// What placeholders stand for.
pub struct Filling {
    /// `{{now}}`
    pub now: DateTime<Utc>,
    /// `{{tenant}}`
    pub tenant: Option<TenantId>,
    /// `{{number}}`: which of the copies this is, from 1.
    pub number: u64,
    /// `{{prompt:label}}`, by label.
    pub prompts: BTreeMap<String, String>,
    /// `{{uuid}}`: a new one each time.
    uuids: Box<dyn FnMut() -> Uuid + Send>,
}

impl Filling {
    /// For the first copy, with random UUIDs and without answers to prompts.
    pub fn new(now: DateTime<Utc>, tenant: Option<TenantId>) -> Self {
        Self { now, tenant, number: 1, prompts: BTreeMap::new(), uuids: Box::new(Uuid::new_v4) }
    }

    /// The same, with UUIDs from elsewhere.
    #[cfg(test)]
    pub(super) fn with_uuids(mut self, uuids: impl FnMut() -> Uuid + Send + 'static) -> Self {
        self.uuids = Box::new(uuids);
        self
    }
}

impl fmt::Debug for Filling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Filling")
            .field("now", &self.now)
            .field("tenant", &self.tenant)
            .field("number", &self.number)
            .field("prompts", &self.prompts)
            .finish_non_exhaustive()
    }
}

/// Why a text cannot be filled, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {fault}")]
pub struct FillError {
    /// The first byte of the placeholder.
    pub at: usize,
    /// Its line, from 1.
    pub line: usize,
    /// Its column in characters, from 1.
    pub column: usize,
    /// What is wrong with it.
    pub fault: FillFault,
}

impl FillError {
    pub(super) fn new(text: &str, at: usize, fault: FillFault) -> Self {
        let before = text.get(..at).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = before.matches('\n').count() + 1;
        Self { at, line, column: before[line_start..].chars().count() + 1, fault }
    }
}

/// What is wrong with a placeholder. Each text says what to do, too.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FillFault {
    /// It has no end.
    #[error(
        "'{{{{' begins a placeholder, and no '}}}}' ends it; two braces that are meant are written '{{{{{{{{'"
    )]
    Unclosed,
    /// There is none of that name.
    #[error(
        "there is no placeholder '{{{{{}}}}}': write {{{{uuid}}}}, {{{{now}}}}, {{{{tenant}}}}, {{{{number}}}} or {{{{prompt:label}}}}; two braces that are meant are written '{{{{{{{{'", 
        display_safe(.0)
    )]
    Unknown(String),
    /// It cannot be a label.
    #[error(
        "'{}' cannot be the label of a prompt: write 1 to 64 characters, none of them = \" \\ {{ }}",
        display_safe(.0)
    )]
    BadLabel(String),
    /// It is a text and stands outside of quotes.
    #[error("{{{{{0}}}}} is a text: put it in \"quotes\"")]
    NeedsQuotes(String),
    /// It is only a part of a value, outside of quotes.
    #[error("{{{{{}}}}} is only a part of a value here: put the whole in \"quotes\", or leave it alone", display_safe(.0))]
    NotWhole(String),
    /// No tenant is known.
    #[error("no tenant is named for {{{{tenant}}}}: name one")]
    NoTenant,
    /// Nobody was asked, or nobody answered.
    #[error("nothing is said for {{{{prompt:{0}}}}}")]
    NoPrompt(String),
    /// What was typed for a prompt outside of quotes is not JSON.
    #[error(
        "'{}' is no JSON value, and {{{{prompt:{label}}}}} stands outside of quotes: type a number, true, false, null, \"text\", a list or an object",
        display_safe(.typed)
    )]
    NotJson {
        /// The prompt.
        label: String,
        /// What was typed.
        typed: String,
    },
}

/// `text`, the text of JSON, with values in place of its placeholders. Inside of a string a value is written as a part
/// of it, whatever it holds; outside, what was typed has to be one JSON value. So the JSON around it cannot break.
///
/// ```
/// use tidings::compose::{Filling, fill};
/// let mut filling = Filling::new(chrono::Utc::now(), None);
/// filling.prompts.insert("note".to_owned(), "a \"b\"".to_owned());
/// filling.prompts.insert("qty".to_owned(), "3".to_owned());
/// let text = r#"{"nth": "copy {{number}}", "note": "{{prompt:note}}", "qty": {{prompt:qty}}}"#;
/// assert_eq!(fill(text, &mut filling).unwrap(), r#"{"nth": "copy 1", "note": "a \"b\"", "qty": 3}"#);
/// ```
pub fn fill(text: &str, filling: &mut Filling) -> Result<String, FillError> {
    let mut out = String::with_capacity(text.len());
    for piece in Pieces::of(text) {
        match piece? {
            Piece::Text(plain) => out.push_str(plain),
            Piece::Braces => out.push_str("{{"),
            Piece::Hole(hole) => {
                let value = value(&hole, filling).map_err(|fault| FillError::new(text, hole.at, fault))?;
                out.push_str(&value);
            }
        }
    }
    Ok(out)
}

fn value(hole: &Hole<'_>, filling: &mut Filling) -> Result<String, FillFault> {
    if !hole.is_quoted && !hole.is_value {
        return Err(FillFault::NotWhole(hole.written.to_owned()));
    }
    let text = match hole.what {
        Placeholder::Number => return Ok(filling.number.to_string()),
        Placeholder::Prompt(label) => {
            let typed = filling.prompts.get(label).ok_or_else(|| FillFault::NoPrompt(label.to_owned()))?;
            if !hole.is_quoted {
                return match serde_json::from_str::<&serde_json::value::RawValue>(typed) {
                    Ok(_) => Ok(typed.trim().to_owned()),
                    Err(_) => Err(FillFault::NotJson { label: label.to_owned(), typed: typed.clone() }),
                };
            }
            typed.clone()
        }
        _ if !hole.is_quoted => return Err(FillFault::NeedsQuotes(hole.written.to_owned())),
        Placeholder::Uuid => (filling.uuids)().hyphenated().to_string(),
        Placeholder::Now => rfc3339_ms(filling.now),
        Placeholder::Tenant => filling.tenant.as_ref().ok_or(FillFault::NoTenant)?.as_str().to_owned(),
    };
    let quoted = quoted(&text);
    Ok(quoted.strip_prefix('"').and_then(|it| it.strip_suffix('"')).unwrap_or_default().to_owned())
}

/// The labels of the prompts of a text, in order, each once. Of a text with a faulty placeholder, those before it.
pub fn labels(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for piece in Pieces::of(text) {
        if let Ok(Piece::Hole(Hole { what: Placeholder::Prompt(label), .. })) = piece
            && !found.iter().any(|known| known == label)
        {
            found.push(label.to_owned());
        }
    }
    found
}

/// The first faulty placeholder of a text, whatever it is filled with.
pub(super) fn check(text: &str) -> Result<(), FillError> {
    for piece in Pieces::of(text) {
        if let Piece::Hole(hole) = piece?
            && !hole.is_quoted
        {
            let fault = match hole.what {
                _ if !hole.is_value => FillFault::NotWhole(hole.written.to_owned()),
                Placeholder::Uuid | Placeholder::Now | Placeholder::Tenant => {
                    FillFault::NeedsQuotes(hole.written.to_owned())
                }
                Placeholder::Number | Placeholder::Prompt(_) => continue,
            };
            return Err(FillError::new(text, hole.at, fault));
        }
    }
    Ok(())
}

/// `text` so that [`fill`] makes `text` of it again: no part of it is a placeholder.
pub fn literal(text: &str) -> String {
    text.replace("{{", "{{{{")
}
