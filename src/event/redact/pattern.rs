//! One pattern: a name, or a path with stars.

use crate::text::display_safe;

/// How the names of a pattern are compared with those of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// Letter by letter, as filters do.
    Exact,
    /// Without case and separators: `e-mail` is `eMail`.
    Alike,
}

/// A pattern that cannot be one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{}' is no path of a payload: {why}", display_safe(.pattern))]
pub struct BadPattern {
    /// The pattern.
    pub pattern: String,
    /// Why.
    pub why: &'static str,
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// A member of that name.
    Name(String),
    /// A number: an item by its position, or a member of that name.
    Place(usize, String),
    /// `*`: any one.
    One,
    /// `**`: any number of them, none too.
    Any,
    /// The way ends here.
    End,
}

impl Names {
    /// A name as it is compared.
    pub(super) fn plain(self, name: &str) -> String {
        match self {
            Self::Exact => name.to_owned(),
            Self::Alike => plain(name),
        }
    }
}

/// A name without case and separators.
pub(super) fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Reads a pattern: its steps, of which a single name is that name.
pub(super) fn read(pattern: &str, names: Names) -> Result<Vec<Step>, BadPattern> {
    let bad = |why| BadPattern { pattern: pattern.to_owned(), why };
    if pattern.is_empty() {
        return Err(bad("it is empty"));
    }
    let (mut steps, mut rest) = (Vec::new(), pattern);
    loop {
        let (step, behind) = if let Some(inside) = rest.strip_prefix('"') {
            let (name, behind) = quoted(inside).ok_or_else(|| bad("a quote is not closed"))?;
            (Step::Name(names.plain(&name)), behind)
        } else {
            let end = rest.find('.').unwrap_or(rest.len());
            (bare(&rest[..end], names).map_err(bad)?, &rest[end..])
        };
        if matches!(&step, Step::Name(name) if names == Names::Alike && name.is_empty()) {
            return Err(bad("a name needs a letter or a digit"));
        }
        steps.push(step);
        match behind.strip_prefix('.') {
            Some(next) => rest = next,
            None if behind.is_empty() => return Ok(steps),
            None => return Err(bad("a dot is missing behind a name in quotes")),
        }
    }
}

fn bare(step: &str, names: Names) -> Result<Step, &'static str> {
    match step {
        "" => Err("there is nothing between two dots, or at an end"),
        "*" => Ok(Step::One),
        "**" => Ok(Step::Any),
        _ if step.contains('*') => {
            Err("'*' stands for a whole name: part of a name it cannot be, unless that is in \"quotes\"")
        }
        _ if names == Names::Exact && step.contains(|c: char| c.is_whitespace() || "[]\"".contains(c)) => {
            Err("positions are written '.0' and '.*', and names with signs or blanks in \"quotes\"")
        }
        _ => Ok(match step.parse() {
            Ok(place) if step.bytes().all(|byte| byte.is_ascii_digit()) => {
                Step::Place(place, step.to_owned())
            }
            _ => Step::Name(names.plain(step)),
        }),
    }
}

/// What stands up to the closing quote, and what is behind it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let (mut name, mut letters) = (String::new(), text.char_indices());
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((name, &text[at + 1..])),
            '\\' => name.push(letters.next()?.1),
            _ => name.push(letter),
        }
    }
    None
}
