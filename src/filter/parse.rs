//! Makes a tree of words: `or` binds least, then `and`, then `not`.

use std::ops::Range;

use regex::RegexBuilder;

use super::FilterError;
use super::error::{quoted, shown};
use super::field;
use super::lex::{Token, Word, lex};
use super::node::{Kind, Node};
use super::search::Search;
use super::test::{Expression, Test};

/// Longer filters are not read: pasted by mistake, or meant to do harm.
const MAX_BYTES: usize = 16 * 1024;
/// Most brackets in brackets: the parser and the matcher use the stack.
const MAX_DEPTH: usize = 64;
/// Most terms: each may read every byte of every event.
const MAX_TERMS: usize = 500;
/// Most regular expressions, and what each may take compiled.
const MAX_REGEXES: usize = 16;
const MAX_REGEX_BYTES: usize = 1 << 20;

/// Reads `text`; `None` if there is nothing but white space.
pub(super) fn parse(text: &str) -> Result<Option<Node>, FilterError> {
    if text.len() > MAX_BYTES {
        let from = text.floor_char_boundary(MAX_BYTES);
        return Err(FilterError::new(
            from..text.len(),
            format!("a filter has at most {MAX_BYTES} bytes"),
            "Write less: a pattern or a regular expression may stand for many values.",
        ));
    }
    let tokens = lex(text)?;
    if tokens.is_empty() {
        return Ok(None);
    }
    let mut parser = Parser { text, tokens: &tokens, next: 0, depth: 0, terms: 0, regexes: 0 };
    let node = parser.any()?;
    match parser.peek() {
        None => Ok(Some(node)),
        Some(token) => Err(FilterError::new(
            token.at.clone(),
            "this bracket closes nothing",
            "Take it out, or write the ( that it belongs to; to find the character itself, put it in \"quotes\".",
        )),
    }
}

struct Parser<'a> {
    text: &'a str,
    tokens: &'a [Token],
    next: usize,
    depth: usize,
    terms: usize,
    regexes: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a Token> {
        self.tokens.get(self.next)
    }

    fn peek_word(&self) -> Option<&'a Word> {
        self.peek().map(|token| &token.word)
    }

    fn take(&mut self) -> Option<&'a Token> {
        let token = self.peek();
        self.next += usize::from(token.is_some());
        token
    }

    /// `a or b or c`
    fn any(&mut self) -> Result<Node, FilterError> {
        let mut nodes = vec![self.all()?];
        while self.peek_word() == Some(&Word::Or) {
            self.next += 1;
            nodes.push(self.all()?);
        }
        Node::join(Kind::Any, nodes).ok_or_else(|| self.missing())
    }

    /// `a b and c`
    fn all(&mut self) -> Result<Node, FilterError> {
        let mut nodes = vec![self.one()?];
        loop {
            match self.peek_word() {
                None | Some(Word::Or | Word::Close) => break,
                Some(Word::And) => self.next += 1,
                Some(_) => {}
            }
            nodes.push(self.one()?);
        }
        Node::join(Kind::All, nodes).ok_or_else(|| self.missing())
    }

    /// `not not a`, `(a)`, `a`. Many `not` cost no depth.
    fn one(&mut self) -> Result<Node, FilterError> {
        let start = self.peek().map_or(self.text.len(), |token| token.at.start);
        let mut not = false;
        while self.peek_word() == Some(&Word::Not) {
            self.next += 1;
            not = !not;
        }
        let missing = self.missing();
        let Some(token) = self.take() else { return Err(missing) };
        let test = match &token.word {
            Word::Open => {
                let node = self.group(&token.at)?;
                let end = self.tokens[self.next - 1].at.end;
                let node = Node { at: token.at.start..end, bracketed: true, kind: node.kind };
                return Ok(if not { negated(start..end, node) } else { node });
            }
            Word::Close | Word::And | Word::Or | Word::Not => return Err(missing),
            Word::Text(text) => Test::Text(Search::new(text)),
            Word::Regex { pattern, flags } => self.regex(&token.at, pattern, flags)?,
            Word::Field(raw) => {
                self.count(&token.at, raw.values.len() - 1)?;
                field::read(self.text, raw)?
            }
        };
        self.count(&token.at, 1)?;
        let node = Node { at: token.at.clone(), bracketed: false, kind: Kind::Test(test) };
        Ok(if not { negated(start..token.at.end, node) } else { node })
    }

    fn group(&mut self, open: &Range<usize>) -> Result<Node, FilterError> {
        if self.depth == MAX_DEPTH {
            return Err(FilterError::new(
                open.clone(),
                format!("more than {MAX_DEPTH} brackets in brackets"),
                "Take some out: a (b or c) needs no more than one.",
            ));
        }
        if let (Some(Word::Close), Some(close)) = (self.peek_word(), self.peek()) {
            return Err(FilterError::new(
                open.start..close.at.end,
                "there is nothing between the brackets",
                "Write a term between them, such as (type:TICKET_* or is:invalid), or take them out.",
            ));
        }
        self.depth += 1;
        let node = self.any()?;
        self.depth -= 1;
        match self.take() {
            Some(Token { word: Word::Close, .. }) => Ok(node),
            _ => Err(FilterError::new(
                open.clone(),
                "this bracket is not closed",
                "Write a ) where it ends; to find the character itself, put it in \"quotes\".",
            )),
        }
    }

    fn count(&mut self, at: &Range<usize>, terms: usize) -> Result<(), FilterError> {
        self.terms += terms;
        if self.terms <= MAX_TERMS {
            return Ok(());
        }
        Err(FilterError::new(
            at.clone(),
            format!("a filter has at most {MAX_TERMS} terms and values"),
            "Write less: a pattern or a regular expression may stand for many values.",
        ))
    }

    /// A term is wanted where the parser stands, and there is none.
    fn missing(&self) -> FilterError {
        const EXAMPLE: &str = "such as type:TICKET_*";
        let before = self.next.checked_sub(1).map(|at| &self.tokens[at]);
        let said = |token: &Token| quoted(&self.text[token.at.clone()]);
        match (before, self.peek()) {
            (Some(before), _) if matches!(before.word, Word::And | Word::Or | Word::Not) => {
                let hint = format!(
                    "Write a term behind it, {EXAMPLE}; to find the word itself, put it in \"quotes\"."
                );
                FilterError::new(before.at.clone(), format!("{} needs a term behind it", said(before)), hint)
            }
            (_, Some(token)) if matches!(token.word, Word::And | Word::Or) => {
                let hint = format!(
                    "Write a term before it, {EXAMPLE}; to find the word itself, put it in \"quotes\"."
                );
                FilterError::new(token.at.clone(), format!("{} needs a term before it", said(token)), hint)
            }
            (Some(before), None) if before.word == Word::Open => FilterError::new(
                before.at.clone(),
                "this bracket is not closed",
                "Write a term and a ) behind it; to find the character itself, put it in \"quotes\".",
            ),
            (_, here) => {
                let at = here.map_or(self.text.len()..self.text.len(), |token| token.at.clone());
                FilterError::new(at, "expected a term here", format!("Write one, {EXAMPLE}."))
            }
        }
    }

    fn regex(
        &mut self,
        at: &Range<usize>,
        pattern_at: &Range<usize>,
        flags_at: &Range<usize>,
    ) -> Result<Test, FilterError> {
        let (pattern, flags) = (&self.text[pattern_at.clone()], &self.text[flags_at.clone()]);
        let as_text = || format!("To find it as text, write \"{}\".", shown(&self.text[at.clone()]));
        if pattern.is_empty() {
            return Err(FilterError::new(at.clone(), "this regular expression is empty", as_text()));
        }
        if !matches!(flags, "" | "i") {
            let what =
                format!("expected nothing or 'i' behind a regular expression, found {}", quoted(flags));
            let hint = format!("Write /{}/i to put letter case aside. {}", shown(pattern), as_text());
            return Err(FilterError::new(flags_at.clone(), what, hint));
        }
        self.regexes += 1;
        if self.regexes > MAX_REGEXES {
            return Err(FilterError::new(
                at.clone(),
                format!("a filter has at most {MAX_REGEXES} regular expressions"),
                "Join some of them: /time-?out|refused/.",
            ));
        }
        if let Err((within, what)) = fault(pattern) {
            let at = pattern_at.start + within.start..pattern_at.start + within.end;
            let hint = "Write \\ before a character that is meant as itself; docs.rs/regex has the syntax.";
            return Err(FilterError::new(at, format!("in this regular expression: {what}"), hint));
        }
        let fold = flags == "i";
        let regex = RegexBuilder::new(pattern)
            .case_insensitive(fold)
            .size_limit(MAX_REGEX_BYTES)
            .dfa_size_limit(MAX_REGEX_BYTES)
            .build();
        match regex {
            Ok(regex) => Ok(Test::Regex(Expression { regex, fold })),
            Err(_) => Err(FilterError::new(
                pattern_at.clone(),
                "this regular expression takes too much memory",
                "Write smaller repetitions: \\w{1,20} instead of \\w{1,2000}.",
            )),
        }
    }
}

/// What is wrong with the syntax of `pattern`, and where.
fn fault(pattern: &str) -> Result<(), (Range<usize>, String)> {
    let Err(error) = regex_syntax::ParserBuilder::new().nest_limit(100).build().parse(pattern) else {
        return Ok(());
    };
    let (span, what) = match &error {
        regex_syntax::Error::Parse(error) => (*error.span(), error.kind().to_string()),
        regex_syntax::Error::Translate(error) => (*error.span(), error.kind().to_string()),
        _ => return Err((0..pattern.len(), "it cannot be read".to_owned())),
    };
    let start = pattern.floor_char_boundary(span.start.offset.min(pattern.len()));
    let end = pattern.floor_char_boundary(span.end.offset.min(pattern.len()));
    Err((start..end.max(start), what))
}

fn negated(at: Range<usize>, node: Node) -> Node {
    Node { at, bracketed: false, kind: Kind::Not(Box::new(node)) }
}
