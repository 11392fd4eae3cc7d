//! Secrets of a payload, by the names of its members: they are not remembered.

use crate::event::json::{Node, Pointer, Shape, quoted, read};
use crate::text::display_safe;

/// What stands in place of a secret.
const REDACTED: &str = "[redacted]";

/// Names that end with one of these are of secrets, without case and separators, also in the plural.
const ENDINGS: [&str; 18] = [
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "passwordhash",
    "secret",
    "secretkey",
    "privatekey",
    "accesskey",
    "signingkey",
    "encryptionkey",
    "apikey",
    "token",
    "authorization",
    "cookie",
    "credential",
    "connectionstring",
    "bearer",
];

/// Behind those, what says that it is typed once more.
const AGAIN: [&str; 7] =
    ["confirmation", "confirm", "confirmed", "repeated", "repeat", "again", "verification"];

/// And those that are one of these.
const WHOLE: [&str; 7] = ["pwd", "otp", "cvv", "cvc", "auth", "jwt", "ssn"];

/// Which members of payloads are secrets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Redaction {
    patterns: Vec<Pattern>,
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

/// What a person adds to the names that are known.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Pattern {
    /// A member of that name, wherever it is.
    Name(String),
    /// What lies at such a place.
    Path(Vec<Step>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    /// A member of that name.
    Name(String),
    /// `*`: any one.
    One,
    /// `**`: any number of them, none too.
    Any,
}

impl Redaction {
    /// With these besides the names that are known: a name (`ssn`) counts wherever it is, a path (`payload.**.email`)
    /// where it says. Case and separators of names do not count; nor do the positions in lists, unless a path names them.
    pub fn with(patterns: &[String]) -> Result<Self, BadPattern> {
        let patterns = patterns.iter().map(|pattern| Pattern::read(pattern)).collect::<Result<_, _>>()?;
        Ok(Self { patterns })
    }

    /// `json` with a sign in place of each secret, and where these were. Of a text that is no JSON nothing is left: it
    /// may hold anything.
    pub fn apply(&self, json: &str) -> (String, Vec<Pointer>) {
        let Ok(root) = read(json) else { return ("null".to_owned(), vec![Pointer::root()]) };
        let mut found = Vec::new();
        self.look(&root, &mut Vec::new(), &mut found);
        let mut out = json.to_owned();
        for (_, node) in found.iter().rev() {
            out.replace_range(node.span.clone(), &quoted(REDACTED));
        }
        (out, found.into_iter().map(|(at, _)| at).collect())
    }

    fn look<'a>(
        &self,
        node: &'a Node,
        above: &mut Vec<(String, bool)>,
        found: &mut Vec<(Pointer, &'a Node)>,
    ) {
        let inside: Vec<(String, bool, &Node)> = match &node.shape {
            Shape::Object(members) => {
                members.iter().map(|member| (member.name.clone(), false, &member.value)).collect()
            }
            Shape::List(items) => {
                items.iter().enumerate().map(|(nth, item)| (nth.to_string(), true, item)).collect()
            }
            _ => return,
        };
        for (name, is_index, inner) in inside {
            let is_secret_name = !is_index && is_secret(&plain(&name));
            above.push((name, is_index));
            if is_secret_name || self.patterns.iter().any(|pattern| pattern.fits(above)) {
                // That there is none is no secret.
                if inner.shape != Shape::Null {
                    found.push((Pointer::of(above.iter().map(|(name, _)| name.as_str())), inner));
                }
            } else {
                self.look(inner, above, found);
            }
            above.pop();
        }
    }
}

impl Pattern {
    fn read(pattern: &str) -> Result<Self, BadPattern> {
        let bad = |why| BadPattern { pattern: pattern.to_owned(), why };
        if pattern.is_empty() {
            return Err(bad("it is empty"));
        }
        let mut steps = Vec::new();
        for step in pattern.split('.') {
            steps.push(match step {
                "" => return Err(bad("there is nothing between two dots, or at an end")),
                "*" => Step::One,
                "**" => Step::Any,
                _ if step.contains('*') => {
                    return Err(bad("'*' stands for a whole name: part of a name it cannot be"));
                }
                name if plain(name).is_empty() => {
                    return Err(bad("a name needs a letter or a digit"));
                }
                name => Step::Name(plain(name)),
            });
        }
        match steps.as_slice() {
            [Step::Name(name)] => return Ok(Self::Name(name.clone())),
            [Step::Name(first), ..] if first == "payload" => {
                steps.remove(0);
            }
            _ => {}
        }
        if steps.iter().all(|step| *step == Step::Any) {
            return Err(bad("it says nothing but '**': name a member, or '*' for each"));
        }
        Ok(Self::Path(steps))
    }

    fn fits(&self, at: &[(String, bool)]) -> bool {
        match self {
            Self::Name(name) => at.last().is_some_and(|(last, is_index)| !is_index && plain(last) == *name),
            Self::Path(steps) => {
                let all: Vec<String> = at.iter().map(|(name, _)| plain(name)).collect();
                let ends_with_index = at.last().is_some_and(|(_, is_index)| *is_index);
                let named: Vec<String> =
                    at.iter().filter(|(_, is_index)| !is_index).map(|(name, _)| plain(name)).collect();
                leads(steps, &all) || (!ends_with_index && leads(steps, &named))
            }
        }
    }
}

/// Whether a path leads along these names, to their end.
fn leads(steps: &[Step], names: &[String]) -> bool {
    // Which beginnings of the steps lead to the names so far; the rest is the same question for the next name.
    let mut reached = vec![false; steps.len() + 1];
    let open = |reached: &mut Vec<bool>| {
        for (nth, step) in steps.iter().enumerate() {
            if reached[nth] && *step == Step::Any {
                reached[nth + 1] = true;
            }
        }
    };
    reached[0] = true;
    open(&mut reached);
    for name in names {
        let mut next = vec![false; steps.len() + 1];
        for (nth, step) in steps.iter().enumerate() {
            if !reached[nth] {
                continue;
            }
            match step {
                Step::Any => next[nth] = true,
                Step::One => next[nth + 1] = true,
                Step::Name(wanted) => next[nth + 1] |= wanted == name,
            }
        }
        open(&mut next);
        reached = next;
    }
    reached.last().copied().unwrap_or_default()
}

/// A name without case and separators.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn is_secret(name: &str) -> bool {
    if WHOLE.contains(&name) {
        return true;
    }
    // The same once more: `password2`, `passwordConfirmation`.
    let name = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let name = AGAIN.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name);
    let one = name.strip_suffix('s').unwrap_or(name);
    ENDINGS.iter().any(|ending| name.ends_with(ending) || one.ends_with(ending))
}
