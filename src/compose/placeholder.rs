//! Finds the placeholders of a text, and whether they stand inside of JSON strings.

use super::fill::{FillError, FillFault};

/// What a label may have, at most.
const LABEL_CHARS: usize = 64;

/// A part of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// As it is.
    Text(&'a str),
    /// `{{{{`: two braces, and no placeholder.
    Braces,
    /// A placeholder.
    Hole(Hole<'a>),
}

/// A placeholder in its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hole<'a> {
    /// Its first byte.
    pub(super) at: usize,
    /// As it is written, without the braces.
    pub(super) written: &'a str,
    pub(super) what: Placeholder<'a>,
    /// Whether it stands inside of a JSON string.
    pub(super) is_quoted: bool,
    /// Whether it stands where a whole value may: nothing but white space to the next punctuation.
    pub(super) is_value: bool,
}

/// What stands for something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Placeholder<'a> {
    Uuid,
    Now,
    Tenant,
    Number,
    /// What a person says when asked for this.
    Prompt(&'a str),
}

impl<'a> Placeholder<'a> {
    fn read(written: &'a str) -> Result<Self, FillFault> {
        let name = written.trim();
        match name {
            "uuid" => return Ok(Self::Uuid),
            "now" => return Ok(Self::Now),
            "tenant" => return Ok(Self::Tenant),
            "number" => return Ok(Self::Number),
            _ => {}
        }
        let Some(label) = name.strip_prefix("prompt:").map(str::trim) else {
            return Err(FillFault::Unknown(name.to_owned()));
        };
        let is_odd = |c: char| c.is_control() || matches!(c, '=' | '"' | '\\' | '{' | '}');
        if label.is_empty() || label.chars().count() > LABEL_CHARS || label.contains(is_odd) {
            return Err(FillFault::BadLabel(label.to_owned()));
        }
        Ok(Self::Prompt(label))
    }
}

/// Walks through the parts of a text.
pub(super) struct Pieces<'a> {
    text: &'a str,
    at: usize,
    is_quoted: bool,
}

impl<'a> Pieces<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self { text, at: 0, is_quoted: false }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The text up to the next pair of braces, with an eye on the quotes.
    fn plain(&mut self) -> &'a str {
        let rest = self.rest();
        let mut is_escaped = false;
        for (at, c) in rest.char_indices() {
            if c == '{' && rest[at..].starts_with("{{") {
                return self.take(at);
            }
            match c {
                _ if is_escaped => is_escaped = false,
                '\\' if self.is_quoted => is_escaped = true,
                '"' => self.is_quoted = !self.is_quoted,
                _ => {}
            }
        }
        self.take(rest.len())
    }

    fn take(&mut self, bytes: usize) -> &'a str {
        let taken = self.rest().get(..bytes).unwrap_or_default();
        self.at += bytes;
        taken
    }

    fn hole(&mut self) -> Result<Hole<'a>, FillError> {
        let at = self.at;
        let error = |fault| FillError::new(self.text, at, fault);
        let inside = &self.rest()[2..];
        let end = inside.find("}}").ok_or_else(|| error(FillFault::Unclosed))?;
        let written = &inside[..end];
        if written.contains(['"', '\n']) {
            return Err(error(FillFault::Unclosed));
        }
        let what = Placeholder::read(written).map_err(error)?;
        let end = at + 2 + end + 2;
        let before = self.text[..at].trim_end().chars().next_back();
        let behind = self.text[end..].trim_start().chars().next();
        let is_value =
            matches!(before, None | Some(':' | ',' | '[')) && matches!(behind, None | Some(',' | ']' | '}'));
        self.at = end;
        Ok(Hole { at, written: written.trim(), what, is_quoted: self.is_quoted, is_value })
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Result<Piece<'a>, FillError>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest();
        if rest.is_empty() {
            return None;
        }
        if rest.starts_with("{{{{") {
            self.take(4);
            return Some(Ok(Piece::Braces));
        }
        if rest.starts_with("{{") {
            let hole = self.hole();
            if hole.is_err() {
                // There is no saying where it ends.
                self.at = self.text.len();
            }
            return Some(hole.map(Piece::Hole));
        }
        Some(Ok(Piece::Text(self.plain())))
    }
}
