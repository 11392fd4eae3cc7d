//! Reads JSON into the places of its values. Takes what `JSON.parse` takes, nested at most as deep as `serde_json`
//! reads it.

use std::ops::Range;

use super::Pointer;
use super::pointer::index;

/// Levels of lists and objects that `serde_json` reads.
const MAX_LEVELS: usize = 127;

/// A value in a text: its place and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The bytes of the value, without the white space around it.
    pub span: Range<usize>,
    /// What it is.
    pub shape: Shape,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number; its text is in the span.
    Number,
    /// A text, without quotes and escapes; half a pair of surrogates is U+FFFD.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// An object; repeated keys are all there, and the last one counts.
    Object(Vec<Member>),
}

/// A member of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name, without quotes and escapes.
    pub name: String,
    /// The bytes of its key, with the quotes.
    pub key: Range<usize>,
    /// Its value.
    pub value: Node,
}

/// Why a text is not JSON.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not JSON at line {line}, column {column}: expected {expected}, found {found}")]
pub struct Broken {
    /// The byte that does not belong there; the text's length when it ends too early.
    pub at: usize,
    /// The line of that byte, from 1.
    pub line: usize,
    /// Its column in characters, from 1.
    pub column: usize,
    /// What should stand there.
    pub expected: &'static str,
    /// What stands there, safe to show.
    pub found: String,
}

impl Node {
    /// The value at a place; of repeated keys the last one.
    pub fn get(&self, at: &Pointer) -> Option<&Self> {
        at.names().iter().try_fold(self, |node, name| node.child(name))
    }

    /// The member or item of that name; of repeated keys the last one.
    pub fn child(&self, name: &str) -> Option<&Self> {
        match &self.shape {
            Shape::Object(members) => members.iter().rfind(|member| member.name == name).map(|it| &it.value),
            Shape::List(items) => items.get(index(name)?),
            _ => None,
        }
    }

    /// The value at a place, or the innermost one around it.
    pub fn nearest(&self, at: &Pointer) -> &Self {
        let inward = at.names().iter().try_fold(self, |node, name| node.child(name).ok_or(node));
        inward.unwrap_or_else(|innermost| innermost)
    }

    /// The place of the innermost value at a byte of the text; a key belongs to its value, what lies between values to
    /// what they lie in.
    pub fn place_at(&self, byte: usize) -> Pointer {
        let mut at = Pointer::root();
        let mut node = self;
        loop {
            let next = match &node.shape {
                Shape::Object(members) => members
                    .iter()
                    .find(|member| (member.key.start..=member.value.span.end).contains(&byte))
                    .map(|member| (member.name.clone(), &member.value)),
                Shape::List(items) => items
                    .iter()
                    .enumerate()
                    .find(|(_, item)| (item.span.start..=item.span.end).contains(&byte))
                    .map(|(nth, item)| (nth.to_string(), item)),
                _ => None,
            };
            let Some((name, inner)) = next else { return at };
            at = at.join(name);
            node = inner;
        }
    }

    /// Its text.
    pub fn text<'a>(&self, json: &'a str) -> &'a str {
        json.get(self.span.clone()).unwrap_or_default()
    }
}

/// Where the values of `json` stand.
pub fn read(json: &str) -> Result<Node, Broken> {
    let mut reader = Reader { json, at: 0 };
    let node = reader.value(0)?;
    reader.space();
    if reader.at == json.len() { Ok(node) } else { Err(reader.broken("nothing more")) }
}

struct Reader<'a> {
    json: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.json.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn broken(&self, expected: &'static str) -> Broken {
        // Never inside a character: what is read byte by byte is ASCII.
        let (before, rest) = self.json.split_at_checked(self.at).unwrap_or((self.json, ""));
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let found = match rest.chars().next() {
            None => "the end of the text".to_owned(),
            Some(c) => format!("'{}'", crate::text::display_safe(c.encode_utf8(&mut [0; 4]))),
        };
        Broken {
            at: self.at,
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            expected,
            found,
        }
    }

    fn value(&mut self, level: usize) -> Result<Node, Broken> {
        self.space();
        let start = self.at;
        let shape = match self.peek() {
            Some(b'{' | b'[') if level >= MAX_LEVELS => {
                return Err(self.broken("at most 127 levels of nesting"));
            }
            Some(b'{') => self.object(level + 1)?,
            Some(b'[') => self.list(level + 1)?,
            Some(b'"') => Shape::Text(self.text()?),
            Some(b'-' | b'0'..=b'9') => {
                self.number()?;
                Shape::Number
            }
            Some(b't') => self.word("true", Shape::Bool(true))?,
            Some(b'f') => self.word("false", Shape::Bool(false))?,
            Some(b'n') => self.word("null", Shape::Null)?,
            _ => return Err(self.broken("a value")),
        };
        Ok(Node { span: start..self.at, shape })
    }

    fn word(&mut self, word: &'static str, shape: Shape) -> Result<Shape, Broken> {
        for byte in word.bytes() {
            if self.peek() != Some(byte) {
                return Err(self.broken(word));
            }
            self.at += 1;
        }
        Ok(shape)
    }

    fn object(&mut self, level: usize) -> Result<Shape, Broken> {
        self.at += 1;
        let mut members = Vec::new();
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Shape::Object(members));
        }
        loop {
            self.space();
            let start = self.at;
            if self.peek() != Some(b'"') {
                return Err(self.broken(if members.is_empty() { "a key or '}'" } else { "a key" }));
            }
            let name = self.text()?;
            let key = start..self.at;
            self.space();
            if self.peek() != Some(b':') {
                return Err(self.broken("':'"));
            }
            self.at += 1;
            members.push(Member { name, key, value: self.value(level)? });
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(Shape::Object(members));
                }
                _ => return Err(self.broken("',' or '}'")),
            }
        }
    }

    fn list(&mut self, level: usize) -> Result<Shape, Broken> {
        self.at += 1;
        let mut items = Vec::new();
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Shape::List(items));
        }
        loop {
            items.push(self.value(level)?);
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(Shape::List(items));
                }
                _ => return Err(self.broken("',' or ']'")),
            }
        }
    }

    fn digits(&mut self) -> Result<(), Broken> {
        if !self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            return Err(self.broken("a digit"));
        }
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), Broken> {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    fn text(&mut self) -> Result<String, Broken> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let rest = &self.json[self.at..];
            let plain = rest.find(|c| matches!(c, '"' | '\\' | '\0'..='\x1f')).unwrap_or(rest.len());
            out.push_str(&rest[..plain]);
            self.at += plain;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => out.push(self.escape()?),
                Some(_) => return Err(self.broken("a control character written as an escape, such as \\n")),
                None => return Err(self.broken("'\"' at the end of the text")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Broken> {
        self.at += 1;
        let plain = match self.peek() {
            Some(b'u') => {
                self.at += 1;
                return self.surrogates();
            }
            Some(b'n') => '\n',
            Some(b't') => '\t',
            Some(b'r') => '\r',
            Some(b'b') => '\x08',
            Some(b'f') => '\x0c',
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            _ => return Err(self.broken("one of \" \\ / b f n r t u behind '\\'")),
        };
        self.at += 1;
        Ok(plain)
    }

    fn surrogates(&mut self) -> Result<char, Broken> {
        let first = self.unit()?;
        if (0xd800..0xdc00).contains(&first) && self.json[self.at..].starts_with("\\u") {
            let back = self.at;
            self.at += 2;
            let second = self.unit()?;
            if (0xdc00..0xe000).contains(&second) {
                let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.at = back;
        }
        Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn unit(&mut self) -> Result<u32, Broken> {
        let mut unit = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            unit = unit * 16 + digit.ok_or_else(|| self.broken("four hex digits behind '\\u'"))?;
            self.at += 1;
        }
        Ok(unit)
    }
}

#[cfg(test)]
mod tests;
