//! The walk over a JSON text, token by token: which of its values the paths lead to.

use std::borrow::Cow;
use std::ops::Range;

use super::REDACTED_JSON;
use super::pair::{self, Pair};
use super::paths::{Paths, Reached, Way};
use crate::event::json::{Shape, read};

/// What is never hidden: lists, filters and the names of tenants are made of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    /// Of a whole event: what its envelope says of it.
    Event,
    /// Of a payload: whose it is.
    Payload,
    /// All may be hidden.
    Nothing,
}

/// The members of an event that say which one it is.
pub(super) const OF_EVENT: [&str; 3] = ["id", "eventType", "timestamp"];
/// The member of a payload that says whose it is.
pub(super) const OF_PAYLOAD: &str = "tenantId";

/// What the walk found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Walked {
    /// The bytes of the values to hide, in order.
    pub(super) hits: Vec<Range<usize>>,
    /// Where the text is no JSON any more, if anywhere.
    pub(super) broken: Option<usize>,
}

/// An object or a list that is open.
struct Frame {
    is_list: bool,
    /// How many items came before.
    at: usize,
    keeps: Kept,
    /// Of an object, where names beside values are looked at.
    pair: Option<Pair>,
}

/// What comes next.
enum Next {
    Value,
    FirstKey,
    Key,
    FirstItem,
    /// A comma, or the end of what is open.
    After,
}

struct Walk<'t> {
    text: &'t str,
    at: usize,
}

/// Looks for the values in `json` that `paths` lead to from `start`.
pub(super) fn walk(json: &str, paths: &Paths, start: Reached, keeps: Kept) -> Walked {
    let mut walk = Walk { text: json, at: 0 };
    let mut hits = Vec::new();
    let broken = walk.find(paths, start, keeps, &mut hits).err();
    Walked { hits, broken }
}

/// `json` with a sign in place of each hit, and of all behind the place where it is no JSON any more.
pub(super) fn replaced(json: &str, hits: &[Range<usize>], broken: Option<usize>) -> String {
    let mut out = String::with_capacity(json.len());
    let mut from = 0;
    for hit in hits {
        out.push_str(json.get(from..hit.start).unwrap_or_default());
        out.push_str(REDACTED_JSON);
        from = hit.end;
    }
    match broken.filter(|broken| *broken >= from && *broken < json.len()) {
        Some(broken) => {
            out.push_str(json.get(from..broken).unwrap_or_default());
            out.push_str(REDACTED_JSON);
        }
        None => out.push_str(json.get(from..).unwrap_or_default()),
    }
    out
}

impl Walk<'_> {
    /// The error is the byte where the text is no JSON any more.
    fn find(
        &mut self,
        paths: &Paths,
        start: Reached,
        keeps: Kept,
        hits: &mut Vec<Range<usize>>,
    ) -> Result<(), usize> {
        let words = start.len();
        // How far the paths are in each open frame, one behind the other.
        let (mut frames, mut open): (Vec<Frame>, Reached) = (Vec::new(), Vec::new());
        let mut is_hit = paths.is_end(&start);
        let (mut here, mut keeps_text, mut inside) = (start, false, keeps);
        // Whether the value that comes names the one beside it.
        let mut is_name = false;
        let mut next = Next::Value;
        loop {
            let Some(byte) = self.peek() else {
                let is_whole = frames.is_empty() && matches!(next, Next::After);
                return if is_whole { Ok(()) } else { Err(self.at) };
            };
            match next {
                Next::Value => {
                    let start = self.at;
                    let is_open = matches!(byte, b'{' | b'[');
                    if is_open && !is_hit && !paths.is_lost(&here) {
                        self.at += 1;
                        open.extend_from_slice(&here);
                        let is_list = byte == b'[';
                        frames.push(Frame {
                            is_list,
                            at: 0,
                            keeps: if is_list { Kept::Nothing } else { inside },
                            pair: (!is_list && paths.reads_pairs()).then(Pair::default),
                        });
                        next = if is_list { Next::FirstItem } else { Next::FirstKey };
                        continue;
                    }
                    let is_text = byte == b'"';
                    let end = self.value(byte);
                    let is_null = end.is_some_and(|end| self.text.get(start..end) == Some("null"));
                    if is_hit && !is_null && !(is_text && keeps_text) {
                        // One that has no end takes all that follows with it.
                        hits.push(start..end.unwrap_or(self.text.len()));
                    }
                    if let Some(end) = end.filter(|_| is_name && is_text) {
                        let name = unquoted(self.text.get(start..end).unwrap_or_default());
                        names(&name, (paths, top(&open, words)), frames.last_mut(), hits);
                    }
                    is_name = false;
                    self.at = end.ok_or(if is_hit { self.text.len() } else { start })?;
                    next = Next::After;
                }
                Next::FirstKey if byte == b'}' => next = self.close(&mut frames, &mut open, words),
                Next::FirstItem if byte == b']' => next = self.close(&mut frames, &mut open, words),
                Next::FirstKey | Next::Key => {
                    let start = self.at;
                    let end = (byte == b'"').then(|| self.string_end()).flatten().ok_or(start)?;
                    self.at = end;
                    self.colon().ok_or(start)?;
                    let name = unquoted(self.text.get(start..end).unwrap_or_default());
                    paths.advance(top(&open, words), &mut here, Way::Member(&name));
                    is_hit = paths.is_end(&here) || paths.knows(&name);
                    self.peek();
                    if let Some(pair) = frames.last_mut().and_then(|frame| frame.pair.as_mut()) {
                        is_hit |= pair.member(&name, self.at);
                        is_name = pair::is_name(&name);
                    }
                    let keeps = frames.last().map_or(Kept::Nothing, |frame| frame.keeps);
                    keeps_text = match keeps {
                        Kept::Event => OF_EVENT.contains(&&*name),
                        Kept::Payload => name == OF_PAYLOAD,
                        Kept::Nothing => false,
                    };
                    inside =
                        if keeps == Kept::Event && name == "payload" { Kept::Payload } else { Kept::Nothing };
                    next = Next::Value;
                }
                Next::FirstItem => {
                    paths.advance(top(&open, words), &mut here, Way::Item(0));
                    (is_hit, keeps_text, inside) = (paths.is_end(&here), false, Kept::Nothing);
                    next = Next::Value;
                }
                Next::After => {
                    let Some(frame) = frames.last_mut() else { return Err(self.at) };
                    if let Some(pair) = &mut frame.pair {
                        pair.ended(self.text.get(..self.at).unwrap_or_default());
                    }
                    match (byte, frame.is_list) {
                        (b',', true) => {
                            self.at += 1;
                            frame.at += 1;
                            paths.advance(top(&open, words), &mut here, Way::Item(frame.at));
                            (is_hit, keeps_text, inside) = (paths.is_end(&here), false, Kept::Nothing);
                            next = Next::Value;
                        }
                        (b',', false) => {
                            self.at += 1;
                            next = Next::Key;
                        }
                        (b']', true) | (b'}', false) => next = self.close(&mut frames, &mut open, words),
                        _ => return Err(self.at),
                    }
                }
            }
        }
    }

    /// Steps over the colon behind a name.
    fn colon(&mut self) -> Option<()> {
        let is_there = self.peek() == Some(b':');
        self.at += usize::from(is_there);
        is_there.then_some(())
    }

    fn close(&mut self, frames: &mut Vec<Frame>, open: &mut Reached, words: usize) -> Next {
        self.at += 1;
        frames.pop();
        open.truncate(open.len().saturating_sub(words));
        Next::After
    }

    /// The next byte that is no white space.
    fn peek(&mut self) -> Option<u8> {
        let rest = self.text.as_bytes().get(self.at..)?;
        self.at += rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count();
        self.text.as_bytes().get(self.at).copied()
    }

    /// Where the value that begins here ends; `None` where it has no end, or is no value.
    fn value(&mut self, first: u8) -> Option<usize> {
        match first {
            b'"' => self.string_end(),
            b'{' | b'[' => self.nested_end(),
            _ => {
                let rest = &self.text.as_bytes()[self.at..];
                let is_inside =
                    |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.');
                let end = self.at + rest.iter().take_while(|byte| is_inside(byte)).count();
                let word = self.text.get(self.at..end)?;
                let is_number = word.starts_with(|c: char| c == '-' || c.is_ascii_digit())
                    && word.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
                (is_number || matches!(word, "true" | "false" | "null")).then_some(end)
            }
        }
    }

    /// Behind the closing quote of the string that begins here.
    fn string_end(&self) -> Option<usize> {
        let (bytes, mut at) = (self.text.as_bytes(), self.at + 1);
        loop {
            at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
            if bytes.get(at) == Some(&b'"') {
                return Some(at + 1);
            }
            at += 2;
        }
    }

    /// Behind what closes the object or list that begins here: brackets are counted, so that depth costs nothing.
    fn nested_end(&mut self) -> Option<usize> {
        let begin = self.at;
        let mut depth = 0_usize;
        let end = loop {
            match self.text.as_bytes().get(self.at) {
                None => break None,
                Some(b'"') => match self.string_end() {
                    Some(end) => {
                        self.at = end;
                        continue;
                    }
                    None => break None,
                },
                Some(b'{' | b'[') => depth += 1,
                Some(b'}' | b']') => depth = depth.saturating_sub(1),
                Some(_) => {}
            }
            self.at += 1;
            if depth == 0 {
                break Some(self.at);
            }
        };
        self.at = begin;
        end
    }
}

/// The open object names the value beside it: where that is a secret, it is hidden, also if it came before.
fn names(
    name: &str,
    (paths, reached): (&Paths, &[u64]),
    frame: Option<&mut Frame>,
    hits: &mut Vec<Range<usize>>,
) {
    let mut named = Reached::new();
    paths.advance(reached, &mut named, Way::Member(name));
    if (paths.is_end(&named) || paths.knows(name))
        && let Some(pair) = frame.and_then(|frame| frame.pair.as_mut())
    {
        pair.named().into_iter().for_each(|value| pair::add(hits, value));
    }
}

/// How far the paths are in the innermost open frame.
fn top(open: &[u64], words: usize) -> &[u64] {
    open.get(open.len().saturating_sub(words)..).unwrap_or_default()
}

/// A name without its quotes and escapes.
fn unquoted(raw: &str) -> Cow<'_, str> {
    let inside = raw.get(1..raw.len().saturating_sub(1)).unwrap_or_default();
    if !inside.contains('\\') {
        return Cow::Borrowed(inside);
    }
    match read(raw).map(|node| node.shape) {
        Ok(Shape::Text(text)) => Cow::Owned(text),
        // With escapes that JSON does not have it is no name that a pattern could mean.
        _ => Cow::Borrowed(inside),
    }
}
