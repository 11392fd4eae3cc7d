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
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_stand_where_they_stand() {
        let json = r#" {"a" : [1.50, "x\n\ud83d\ude00\ud83d"], "b":{"c":null}, "a/b":true, "b": 1e400} "#;
        let node = read(json).expect("JSON");
        for (at, text) in [
            ("/a/0", Some("1.50")),
            ("/a/1", Some(r#""x\n\ud83d\ude00\ud83d""#)),
            ("/a/2", None),
            ("/a~1b", Some("true")),
            ("/b", Some("1e400")),
            ("/b/c", None),
            ("", Some(json.trim())),
        ] {
            let found = node.get(&Pointer::read(at).expect("a pointer")).map(|node| node.text(json));
            assert_eq!(found, text, "{at}");
        }
        let text = node.get(&Pointer::of(["a", "1"])).map(|node| node.shape.clone());
        assert_eq!(text, Some(Shape::Text("x\n😀\u{fffd}".to_owned())));
    }

    #[test]
    fn what_is_broken_is_found() {
        for (json, expected) in [
            ("", "line 1, column 1: expected a value, found the end of the text"),
            ("{\n  \"é\": tru\n}", "line 2, column 11: expected true, found '\\n'"),
            ("{\"a\":1,}", "line 1, column 8: expected a key, found '}'"),
            ("{a:1}", "line 1, column 2: expected a key or '}', found 'a'"),
            ("[1 2]", "line 1, column 4: expected ',' or ']', found '2'"),
            ("{\"a\" 1}", "line 1, column 6: expected ':', found '1'"),
            ("01", "line 1, column 2: expected nothing more, found '1'"),
            ("1.", "line 1, column 3: expected a digit, found the end of the text"),
            ("\"é", "line 1, column 3: expected '\"' at the end of the text, found the end of the text"),
            ("\"\\é\"", "line 1, column 3: expected one of \" \\ / b f n r t u behind '\\', found 'é'"),
            ("\"\\u00é\"", "line 1, column 6: expected four hex digits behind '\\u', found 'é'"),
        ] {
            assert_eq!(read(json).expect_err(json).to_string(), format!("not JSON at {expected}"));
        }
        let deep = "[".repeat(200_000);
        assert_eq!(read(&deep).expect_err("too deep").at, MAX_LEVELS);
    }

    proptest! {
        /// The same texts are JSON here and for `serde_json`, but for the two that only JavaScript takes.
        #[test]
        fn agrees_with_serde_json(json in "[\\[\\]{}\", :0-9.eE+\\\\nutrlfas\n-]{0,12}") {
            let known = serde_json::from_str::<serde_json::Value>(&json);
            match (read(&json), known) {
                (Ok(_), Err(error)) => prop_assert!(
                    error.to_string().contains("surrogate")
                        || error.to_string().contains("out of range")
                        || error.to_string().contains("unexpected end of hex escape"),
                    "{error}"
                ),
                (Err(broken), Ok(_)) => prop_assert!(false, "{broken}"),
                _ => {}
            }
        }
    }
}
