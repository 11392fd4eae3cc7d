//! Secrets of a payload, by the names of its members: they are not remembered.

use crate::event::json::{Pointer, read};
use crate::event::{BadPattern, Names, Paths};

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

/// And what is none of them. A rule instead, that a number from 0 says nothing of a repetition, would let `otp0` through.
const OTHERS: [&str; 1] = ["auth0"];

/// Which members of payloads are secrets: those with such names, and what a person adds to them. A value that is named beside
/// it, `{"name": "Authorization", "value": ..}`, is a member with that name. It is the language of
/// masks ([`crate::event::Masks`]), read more freely: nobody looks at what is remembered and sees that a name was
/// written otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redaction {
    paths: Paths,
}

impl Default for Redaction {
    fn default() -> Self {
        Self { paths: Paths::default().and_known(is_secret) }
    }
}

impl Redaction {
    /// With these besides the names that are known: a name (`ssn`) counts wherever it is, a path (`payload.**.email`)
    /// where it says. Case and separators of names do not count; nor do the positions in lists, unless a path names them.
    pub fn with(patterns: &[String]) -> Result<Self, BadPattern> {
        Ok(Self { paths: Paths::new(patterns, Names::Alike)?.and_known(is_secret) })
    }

    /// `json` with a sign in place of each secret, and where these were. Of a text that is no JSON nothing is left: it
    /// may hold anything.
    pub fn apply(&self, json: &str) -> (String, Vec<Pointer>) {
        let Ok(root) = read(json) else { return ("null".to_owned(), vec![Pointer::root()]) };
        let (text, places) = self.paths.apply(json);
        (text, places.into_iter().map(|place| root.place_at(place.start)).collect())
    }
}

fn is_secret(name: &str) -> bool {
    // The same once more: `password2`, `passwordConfirmation`, `password2Confirm`.
    let (whole, mut name) = (name, name);
    loop {
        let less = name.trim_end_matches(|c: char| c.is_ascii_digit());
        let less = AGAIN.iter().find_map(|ending| less.strip_suffix(ending)).unwrap_or(less);
        if less == name {
            break;
        }
        name = less;
    }
    // A service, and no second `auth`.
    if WHOLE.contains(&name) && !OTHERS.contains(&whole) {
        return true;
    }
    let one = name.strip_suffix('s').unwrap_or(name);
    ENDINGS.iter().any(|ending| name.ends_with(ending) || one.ends_with(ending))
}
