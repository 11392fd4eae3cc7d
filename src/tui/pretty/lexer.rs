//! JSON text taken apart into tokens. It never fails: what is not JSON is a token too.

use std::ops::Range;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A name: a string before a colon.
    Key,
    /// A string.
    Text,
    /// A number, as it is written.
    Number,
    /// `true`, `false`, `null`.
    Word,
    /// An opening bracket.
    Open,
    /// A closing bracket.
    Close,
    /// A comma.
    Comma,
    /// A colon, which is shown with a space behind it.
    Colon,
    /// What has no place in JSON.
    Odd,
}

/// The tokens of a text, with their places in it.
pub fn tokens(text: &str) -> impl Iterator<Item = (Kind, Range<usize>)> {
    Lexer::new(text)
}

/// The tokens of a text.
pub(super) struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    fn bytes(&self) -> &'t [u8] {
        self.text.as_bytes()
    }

    /// The byte of the next token, which is not taken.
    pub(super) fn peek(&mut self) -> Option<u8> {
        let blank = self.bytes()[self.at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        self.at += blank;
        self.bytes().get(self.at).copied()
    }

    /// Where a string that begins at `start` ends: behind its closing quote, or with the text.
    fn string_end(&self, start: usize) -> usize {
        let mut at = start + 1;
        while let Some(found) = memchr::memchr2(b'"', b'\\', self.bytes().get(at..).unwrap_or_default()) {
            at += found;
            if self.bytes()[at] == b'"' {
                return at + 1;
            }
            at += 2;
        }
        self.text.len()
    }

    fn bare_end(&self, start: usize) -> usize {
        let ends = |byte: &u8| byte.is_ascii_whitespace() || b",:{}[]\"".contains(byte);
        self.bytes()[start..].iter().position(ends).map_or(self.text.len(), |len| start + len)
    }
}

impl Iterator for Lexer<'_> {
    type Item = (Kind, Range<usize>);

    fn next(&mut self) -> Option<Self::Item> {
        let first = self.peek()?;
        let start = self.at;
        let kind = match first {
            b'{' | b'[' => Kind::Open,
            b'}' | b']' => Kind::Close,
            b',' => Kind::Comma,
            b':' => Kind::Colon,
            b'"' => Kind::Text,
            b'-' | b'0'..=b'9' => Kind::Number,
            _ => Kind::Odd,
        };
        self.at = match kind {
            Kind::Text => self.string_end(start),
            Kind::Number | Kind::Odd => self.bare_end(start),
            _ => start + 1,
        };
        let token = start..self.at;
        let kind = match kind {
            Kind::Text if self.peek() == Some(b':') => Kind::Key,
            Kind::Odd if matches!(&self.text[token.clone()], "true" | "false" | "null") => Kind::Word,
            kind => kind,
        };
        Some((kind, token))
    }
}
