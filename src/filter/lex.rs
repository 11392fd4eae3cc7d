//! Cuts the text of a filter into words.

use std::ops::Range;

use super::FilterError;
use super::error::{quoted, shown};

/// A word of the language, and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) at: Range<usize>,
    pub(super) word: Word,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Word {
    Open,
    Close,
    /// `not`, `-`, `!`
    Not,
    And,
    Or,
    /// Text to find.
    Text(String),
    /// `/pattern/flags`, each where it stands.
    Regex {
        pattern: Range<usize>,
        flags: Range<usize>,
    },
    /// `name.path<values`
    Field(RawField),
}

/// A field as it is written.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RawField {
    pub(super) name: Range<usize>,
    /// The keys behind the name, each without its dot.
    pub(super) path: Vec<Part>,
    pub(super) operator: Operator,
    pub(super) operator_at: Range<usize>,
    /// At least one.
    pub(super) values: Vec<Part>,
}

/// A key or a value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    pub(super) at: Range<usize>,
    /// Without quotes and escapes.
    pub(super) text: String,
    pub(super) quoted: bool,
}

/// What stands between a field and its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    /// `:`
    Like,
    /// `=`
    Equal,
    /// `!=`
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// Longer ones first, so that `<=` is not read as `<`.
const OPERATORS: [(&str, Operator); 8] = [
    ("!=", Operator::Unequal),
    ("<=", Operator::LessOrEqual),
    (">=", Operator::GreaterOrEqual),
    ("==", Operator::Equal),
    (":", Operator::Like),
    ("=", Operator::Equal),
    ("<", Operator::Less),
    (">", Operator::Greater),
];

/// Cuts `text` into tokens.
pub(super) fn lex(text: &str) -> Result<Vec<Token>, FilterError> {
    let mut lexer = Lexer { text, at: 0 };
    let mut tokens = Vec::new();
    while let Some(token) = lexer.token()? {
        tokens.push(token);
    }
    Ok(tokens)
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

/// What ends a word that stands alone.
fn ends_word(c: char) -> bool {
    c.is_whitespace() || matches!(c, '(' | ')' | '"')
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Goes over everything up to the first character that `ends`, and returns where it was.
    fn run(&mut self, ends: impl Fn(char) -> bool) -> Range<usize> {
        let start = self.at;
        self.at += self.rest().find(ends).unwrap_or(self.rest().len());
        start..self.at
    }

    fn token(&mut self) -> Result<Option<Token>, FilterError> {
        self.run(|c| !c.is_whitespace());
        let start = self.at;
        let Some(c) = self.peek() else { return Ok(None) };
        let word = match c {
            '(' | ')' | '-' | '!' => {
                self.at += 1;
                match c {
                    '(' => Word::Open,
                    ')' => Word::Close,
                    _ => self.sign(start)?,
                }
            }
            '"' => self.text(start)?,
            '/' => self.regex(start)?,
            _ => match self.field()? {
                Some(field) => Word::Field(field),
                None => self.bare(start)?,
            },
        };
        if matches!(word, Word::Text(_) | Word::Regex { .. } | Word::Field(_)) {
            self.needs_gap(start)?;
        }
        Ok(Some(Token { at: start..self.at, word }))
    }

    /// `-` and `!` belong to what stands right behind them.
    fn sign(&self, start: usize) -> Result<Word, FilterError> {
        match self.peek() {
            Some(c) if !c.is_whitespace() && c != ')' => Ok(Word::Not),
            _ => Err(FilterError::new(
                start..self.at,
                format!("'{}' needs a term right behind it", &self.text[start..self.at]),
                "Write -type:TICKET_* or not (a or b); to find the character itself, put it in \"quotes\".",
            )),
        }
    }

    fn text(&mut self, start: usize) -> Result<Word, FilterError> {
        let text = self.quotes()?;
        if text.is_empty() {
            return Err(FilterError::new(
                start..self.at,
                "there is no text between the quotes",
                "Write the text to find, such as \"no such user\".",
            ));
        }
        Ok(Word::Text(text))
    }

    /// The text of the quotes that open here. `\"` and `\\` are escapes; before anything else `\` is itself.
    fn quotes(&mut self) -> Result<String, FilterError> {
        let start = self.at;
        let mut out = String::new();
        let mut chars = self.text[start + 1..].char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.at = start + 1 + at + 1;
                    return Ok(out);
                }
                '\\' => {
                    let escaped = chars.next_if(|(_, next)| matches!(next, '"' | '\\'));
                    out.push(escaped.map_or('\\', |(_, next)| next));
                }
                c => out.push(c),
            }
        }
        Err(FilterError::new(
            start..self.text.len(),
            "this quote is not closed",
            "Write a second \" at the end of the text; a \" within it is written \\\".",
        ))
    }

    fn regex(&mut self, start: usize) -> Result<Word, FilterError> {
        let mut escaped = false;
        let close = self.text[start + 1..].char_indices().find(|(_, c)| {
            let closes = *c == '/' && !escaped;
            escaped = *c == '\\' && !escaped;
            closes
        });
        let Some((length, _)) = close else {
            return Err(FilterError::new(
                start..self.text.len(),
                "this regular expression is not closed",
                "Write a second / at its end; to find text that begins with /, put it in \"quotes\".",
            ));
        };
        let pattern = start + 1..start + 1 + length;
        self.at = pattern.end + 1;
        let flags = self.run(ends_word);
        Ok(Word::Regex { pattern, flags })
    }

    /// A field, if one is written here: a name and an operator. Goes nowhere if not.
    fn field(&mut self) -> Result<Option<RawField>, FilterError> {
        let start = self.at;
        let name = self.run(|c| !(c.is_alphanumeric() || matches!(c, '_' | '-')));
        if !self.text[name.clone()].starts_with(|c: char| c.is_alphabetic() || c == '_') {
            self.at = start;
            return Ok(None);
        }
        let mut path = Vec::new();
        while self.peek() == Some('.') {
            self.at += 1;
            match self.key()? {
                Some(key) => path.push(key),
                None => break,
            }
        }
        let rest = self.rest();
        let Some((sign, operator)) = OPERATORS.iter().find(|(sign, _)| rest.starts_with(sign)) else {
            self.at = start;
            return Ok(None);
        };
        let operator_at = self.at..self.at + sign.len();
        self.at = operator_at.end;
        let values = self.values(start)?;
        Ok(Some(RawField { name, path, operator: *operator, operator_at, values }))
    }

    fn key(&mut self) -> Result<Option<Part>, FilterError> {
        if self.peek() == Some('"') {
            let start = self.at;
            let text = self.quotes()?;
            return Ok(Some(Part { at: start..self.at, text, quoted: true }));
        }
        let at = self.run(|c| ends_word(c) || matches!(c, '.' | ':' | '=' | '<' | '>' | '!' | ','));
        let text = self.text[at.clone()].to_owned();
        Ok((!at.is_empty()).then_some(Part { at, text, quoted: false }))
    }

    /// One value, or several with commas between them.
    fn values(&mut self, start: usize) -> Result<Vec<Part>, FilterError> {
        let mut values = Vec::new();
        loop {
            let from = self.at;
            let value = if self.peek() == Some('"') {
                let text = self.quotes()?;
                Part { at: from..self.at, text, quoted: true }
            } else {
                let at = self.run(|c| ends_word(c) || c == ',');
                Part { text: self.text[at.clone()].to_owned(), at, quoted: false }
            };
            if value.at.is_empty() {
                return Err(FilterError::new(
                    self.at..self.at,
                    format!("expected a value behind {}", quoted(&self.text[start..self.at])),
                    "Write the value right behind it, without a space; put a value with spaces or commas in \"quotes\".",
                ));
            }
            values.push(value);
            if self.peek() != Some(',') {
                return Ok(values);
            }
            self.at += 1;
        }
    }

    fn bare(&mut self, start: usize) -> Result<Word, FilterError> {
        let at = self.run(ends_word);
        let word = &self.text[at.clone()];
        Ok(match word.to_ascii_lowercase().as_str() {
            "and" => Word::And,
            "or" => Word::Or,
            "not" => Word::Not,
            "&&" | "&" | "||" | "|" => {
                let meant = if word.starts_with('&') { "and" } else { "or" };
                return Err(FilterError::new(
                    at,
                    format!("'{word}' is not a word of this language"),
                    format!("Write {meant}; to find the character itself, put it in \"quotes\"."),
                ));
            }
            lower if lower.starts_with("payload.") || lower.starts_with("event.") => {
                let (what, hint) = if word.contains("..") {
                    (
                        "expected a key between the dots",
                        "Write keys with one dot between them: payload.changes.status=on_hold.".to_owned(),
                    )
                } else {
                    (
                        "expected a comparison here",
                        format!("Write {0}=on_hold, {0}>1000, or {0}=* for 'it is there'.", shown(word)),
                    )
                };
                let missing = word.find("..").map_or(self.at, |at| start + at + 1);
                return Err(FilterError::new(missing..missing, what, hint));
            }
            _ => Word::Text(self.text[start..self.at].to_owned()),
        })
    }

    /// A term ends with a space or a bracket: what stands closer is a slip, and would be read as another term.
    fn needs_gap(&self, start: usize) -> Result<(), FilterError> {
        match self.peek() {
            Some(c) if !c.is_whitespace() && c != ')' => {
                let here = self.at..self.at + c.len_utf8();
                let end =
                    self.text[self.at..].find(char::is_whitespace).map_or(self.text.len(), |at| self.at + at);
                let whole = &self.text[start..end];
                let hint = if whole.contains('"') {
                    "Write a space before it; a \" within quotes is written \\\".".to_owned()
                } else {
                    format!(
                        "Write a space before it; if all of it is text to find, write \"{}\".",
                        shown(whole)
                    )
                };
                Err(FilterError::new(
                    here,
                    format!(
                        "expected a space before '{}'",
                        crate::text::display_safe(c.encode_utf8(&mut [0; 4]))
                    ),
                    hint,
                ))
            }
            _ => Ok(()),
        }
    }
}
