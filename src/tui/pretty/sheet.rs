//! A text laid out in lines.

use std::borrow::Cow;
use std::ops::Range;

use super::cells::Cells;
use super::lexer::{Kind, Lexer};
use super::nesting::{Container, Nesting};
use crate::event::Field;
use crate::text::{display_safe, width};

/// A token that is longer goes on in the next line.
const MAX_TOKEN: usize = 4_096;
/// Of a longer text only the beginning is laid out.
const MAX_TEXT: usize = 4 << 20;
/// Cells for one level.
const INDENT: usize = 2;
/// Deeper levels are not moved further to the right.
const MAX_LEVELS: usize = 24;

/// A text laid out: JSON, or the raw fields of an entry.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sheet {
    tokens: Vec<Token>,
    lines: Vec<Line>,
    /// Of the lines that are not plain.
    pub(super) cells: Cells,
    /// Cells of the longest line, with its indent.
    columns: usize,
    /// Objects and lists of more than one line, in the order in which they open.
    containers: Vec<Container>,
    /// Bytes at the end that were too many to lay out.
    left_out: usize,
    /// The text itself, where it is not the event's.
    own: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Token {
    kind: Kind,
    start: u32,
    end: u32,
}

/// One line, before it is wrapped.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Line {
    first: u32,
    level: u16,
    /// Cells of its text, without the indent.
    pub(super) cells: u32,
    /// Every character takes one cell.
    pub(super) plain: bool,
}

impl Line {
    /// How deep it lies.
    pub(super) fn level(self) -> u16 {
        self.level
    }

    /// Cells before its text; never more than half of `width`.
    pub(super) fn indent(self, width: usize) -> usize {
        (usize::from(self.level).min(MAX_LEVELS) * INDENT).min(width / 2)
    }
}

impl Sheet {
    /// Lays out JSON, or what was meant as JSON.
    pub fn json(text: &str) -> Self {
        let end = text.floor_char_boundary(MAX_TEXT);
        let mut layout = Layout::default();
        let mut lexer = Lexer::new(&text[..end]);
        let mut level = 0_usize;
        let mut last = None;
        let mut nesting = Nesting::default();
        while let Some((kind, range)) = lexer.next() {
            let is_value = !matches!(kind, Kind::Close | Kind::Comma | Kind::Colon);
            match kind {
                Kind::Close => {
                    level = level.saturating_sub(1);
                    if last != Some(Kind::Open) {
                        layout.end_line();
                    }
                }
                // Two values without a comma between them: broken, or one document behind the other.
                _ if is_value && !matches!(last, None | Some(Kind::Colon | Kind::Comma | Kind::Open)) => {
                    layout.end_line();
                }
                _ => {}
            }
            let is_list = text.as_bytes().get(range.start) == Some(&b'[');
            layout.push(text, kind, range, level);
            nesting.note(kind, is_list, layout.lines.len().saturating_sub(1));
            match kind {
                Kind::Open => {
                    level += 1;
                    if !matches!(lexer.peek(), Some(b'}' | b']')) {
                        layout.end_line();
                    }
                }
                Kind::Comma => layout.end_line(),
                _ => {}
            }
            last = Some(kind);
        }
        let containers = nesting.end(layout.lines.len().saturating_sub(1));
        Self { containers, left_out: text.len() - end, ..layout.end() }
    }

    /// A text as it came: its own lines, and none beside them.
    pub fn raw(text: &str) -> Self {
        let end = text.floor_char_boundary(MAX_TEXT);
        let mut layout = Layout::default();
        let mut at = 0;
        for (kind, range) in Lexer::new(&text[..end]) {
            layout.push_blank(text, at..range.start);
            at = range.end;
            // A colon is followed by a space only where it came with one.
            layout.push(text, if kind == Kind::Colon { Kind::Comma } else { kind }, range, 0);
        }
        layout.push_blank(text, at..end);
        Self { left_out: text.len() - end, ..layout.end() }
    }

    /// Lays out fields: each name, and its value below it. Bytes that are no text are written `\xff`.
    pub fn fields(fields: &[Field]) -> Self {
        let (mut own, mut layout, mut left_out) = (String::new(), Layout::default(), 0);
        for (name, value) in fields {
            for (kind, level, bytes) in [(Kind::Key, 0, name), (Kind::Odd, 1, value)] {
                let room = MAX_TEXT.saturating_sub(own.len()).min(bytes.len());
                left_out += bytes.len() - room;
                let start = own.len();
                push_escaped(&mut own, &bytes[..room]);
                if own.len() > start {
                    let range = start..own.len();
                    layout.push(&own, kind, range, level);
                }
                layout.end_line();
            }
        }
        Self { left_out, own: Some(own), ..layout.end() }
    }

    /// How many bytes at the end were too many to lay out.
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    pub(super) fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// Objects and lists of more than one line, in the order in which they open.
    pub fn containers(&self) -> &[Container] {
        &self.containers
    }

    /// The one that opens in this line.
    pub fn opens_in(&self, line: usize) -> Option<Container> {
        let at = self.containers.partition_point(|container| container.open < line);
        self.containers.get(at).copied().filter(|container| container.open == line)
    }

    /// The innermost one that this line lies in; of a line in which one opens, the one around that.
    pub fn around(&self, line: usize) -> Option<Container> {
        let before = self.containers.partition_point(|container| container.open < line);
        self.containers[..before].iter().rev().copied().find(|container| container.close >= line)
    }

    /// Where the first token of a line that says something begins, in the text that was laid out.
    pub fn offset(&self, line: usize) -> Option<usize> {
        let token = self.tokens.get(self.lines.get(line)?.first as usize)?;
        (self.own.is_none()).then_some(token.start as usize)
    }

    /// What closes a container, with the comma behind it: nothing where its text is cut. Safe to show.
    pub(super) fn closing(&self, container: &Container) -> String {
        let from = self.lines.get(container.close).map_or(0, |line| line.first as usize);
        let to = self.lines.get(container.close + 1).map_or(self.tokens.len(), |line| line.first as usize);
        let tokens = self.tokens.get(from..to).unwrap_or_default();
        match tokens {
            [close, rest @ ..] if close.kind == Kind::Close => {
                let comma = rest.iter().any(|token| token.kind == Kind::Comma);
                let close = if container.is_list { "]" } else { "}" };
                format!("{close}{}", if comma { "," } else { "" })
            }
            _ => String::new(),
        }
    }

    /// Cells of the longest line, with its indent.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The tokens of a line, safe to show. `text` is the one that was laid out.
    pub(super) fn tokens<'t>(
        &'t self,
        at: usize,
        text: &'t str,
    ) -> impl Iterator<Item = (Kind, Cow<'t, str>)> {
        let text = self.own.as_deref().unwrap_or(text);
        let from = self.lines.get(at).map_or(0, |line| line.first as usize);
        let to = self.lines.get(at + 1).map_or(self.tokens.len(), |line| line.first as usize);
        self.tokens.get(from..to).unwrap_or_default().iter().map(move |token| {
            let raw = text.get(token.start as usize..token.end as usize).unwrap_or_default();
            (token.kind, shown(token.kind, raw))
        })
    }
}

fn shown(kind: Kind, raw: &str) -> Cow<'_, str> {
    if kind == Kind::Colon { Cow::Borrowed(": ") } else { display_safe(raw) }
}

/// Text as it is, and what is no text as `\xff`. A backslash stays one: this is for reading, not for reading back.
fn push_escaped(out: &mut String, bytes: &[u8]) {
    use std::fmt::Write as _;
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        for byte in chunk.invalid() {
            // Writing to a String cannot fail.
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
}

/// Tokens on their way into lines.
#[derive(Default)]
struct Layout {
    tokens: Vec<Token>,
    lines: Vec<Line>,
    cells: Cells,
    /// The next token begins a line.
    ended: bool,
}

impl Layout {
    fn end_line(&mut self) {
        self.ended = true;
    }

    fn end(self) -> Sheet {
        let Self { tokens, lines, cells, .. } = self;
        let columns = |line: &Line| line.indent(usize::MAX) + line.cells as usize;
        let columns = lines.iter().map(columns).max().unwrap_or(0);
        Sheet { tokens, lines, cells, columns, ..Sheet::default() }
    }

    fn push(&mut self, text: &str, kind: Kind, range: Range<usize>, level: usize) {
        let mut start = range.start;
        while start < range.end {
            let mut end = text.floor_char_boundary(range.end.min(start + MAX_TOKEN));
            if end <= start {
                end = range.end;
            }
            self.push_short(text, kind, start..end, level);
            start = end;
            if start < range.end {
                self.end_line();
            }
        }
    }

    /// White space between tokens, with the lines that end in it.
    fn push_blank(&mut self, text: &str, range: Range<usize>) {
        let mut start = range.start;
        for part in text[range].split_inclusive('\n') {
            let blank = part.trim_end_matches(['\n', '\r']);
            self.push(text, Kind::Odd, start..start + blank.len(), 0);
            start += part.len();
            if part.ends_with('\n') {
                self.end_line();
            }
        }
    }

    fn push_short(&mut self, text: &str, kind: Kind, range: Range<usize>, level: usize) {
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let shown = shown(kind, &text[range.clone()]);
        let cells = width(&shown);
        let full = self.lines.last().is_some_and(|line| line.cells as usize + cells > 2 * MAX_TOKEN);
        if self.lines.is_empty() || self.ended || full {
            let level = u16::try_from(level).unwrap_or(u16::MAX);
            self.lines.push(Line { first: place(self.tokens.len()), level, cells: 0, plain: true });
            self.ended = false;
        }
        if let Some(line) = self.lines.last_mut() {
            if line.plain && !shown.is_ascii() {
                line.plain = false;
                self.cells.begin(line.cells);
            }
            if !line.plain {
                self.cells.push(&shown);
            }
            line.cells = line.cells.saturating_add(place(cells));
        }
        self.tokens.push(Token { kind, start: place(range.start), end: place(range.end) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn laid_out(text: &str) -> String {
        show(&Sheet::json(text), text)
    }

    fn show(sheet: &Sheet, text: &str) -> String {
        let mut out = String::new();
        for (at, line) in sheet.lines.iter().enumerate() {
            out.push_str(&" ".repeat(line.indent(usize::MAX)));
            out.extend(sheet.tokens(at, text).map(|(_, token)| token));
            out.push('\n');
        }
        out
    }

    #[test]
    fn json_is_laid_out_and_says_the_same() {
        let text = r#"{"b":1.10,"a":[1,{"x":null},[],{ }],"b":12345678901234567890123,"s":"a\"b: {"}"#;
        insta::assert_snapshot!(laid_out(text), @r#"
        {
          "b": 1.10,
          "a": [
            1,
            {
              "x": null
            },
            [],
            {}
          ],
          "b": 12345678901234567890123,
          "s": "a\"b: {"
        }
        "#);
    }

    #[test]
    fn broken_json_is_shown_as_far_as_it_makes_sense() {
        for text in
            ["{\"a\":", "]]}}", "{\"a\" 1 2 \"x", "::,,", "\"\\", "\u{1b}[2J", "nul", "", "{\"é\":\"日本"]
        {
            let shown: String = laid_out(text).split_whitespace().collect();
            let whole: String = display_safe(text).split_whitespace().collect();
            assert_eq!(shown, whole);
        }
    }

    #[test]
    fn depth_and_size_are_no_danger() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(Sheet::json(&deep).lines().len(), 199_999);
        let long = format!("{{\"a\":\"{}\"}}", "é".repeat(10_000));
        let sheet = Sheet::json(&long);
        assert!(sheet.lines().iter().all(|line| line.cells <= 2 * 4_096), "{:?}", sheet.lines());
        assert!(sheet.lines().len() >= 6);
        let huge = " ".repeat(MAX_TEXT + 7);
        assert_eq!(Sheet::json(&huge).left_out(), 7);
    }

    #[test]
    fn fields_are_escaped_bytes() {
        let fields = [(b"a".to_vec(), b"ok\xff\x1b[2J".to_vec()), (b"\xfe".to_vec(), Vec::new())];
        assert_eq!(show(&Sheet::fields(&fields), ""), "a\n  ok\\xff\\x1b[2J\n\\xfe\n");
    }
}
