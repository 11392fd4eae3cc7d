//! Keys as other programs call them: what is meant, for the error.

use std::borrow::Cow;

use super::Key;

/// Parts of names elsewhere, in small letters, and here.
const ELSEWHERE: [(&str, &str); 23] = [
    ("c", "ctrl"),
    ("ctl", "ctrl"),
    ("control", "ctrl"),
    ("m", "alt"),
    ("a", "alt"),
    ("meta", "alt"),
    ("option", "alt"),
    ("s", "shift"),
    ("return", "enter"),
    ("ret", "enter"),
    ("cr", "enter"),
    ("escape", "esc"),
    ("del", "delete"),
    ("bs", "backspace"),
    ("backtab", "shift-tab"),
    ("btab", "shift-tab"),
    ("spc", "space"),
    ("pageup", "pgup"),
    ("page-up", "pgup"),
    ("pagedown", "pgdn"),
    ("page-down", "pgdn"),
    ("arrowup", "up"),
    ("arrowdown", "down"),
];

/// Why a text is not a key. `read` reads those that are.
pub(super) fn why(text: &str, read: impl Fn(&str) -> Option<Key>) -> Cow<'static, str> {
    if let Some(key) = meant(text, read) {
        return format!("is not a key: did you mean '{}'?", key.spelling()).into();
    }
    let is_plain = |word: &str| word.chars().count() == 1;
    let in_a_row = text.split_whitespace().count() > 1 && text.split_whitespace().all(is_plain);
    let twice = text.chars().count() == 2 && text.chars().all(char::is_alphabetic);
    if in_a_row || twice {
        return "is not a key: keys are pressed one at a time here, so name one key alone".into();
    }
    "is not a key: use a character, or a name such as enter, esc, tab, f5, ctrl-d, alt-1".into()
}

fn meant(text: &str, read: impl Fn(&str) -> Option<Key>) -> Option<Key> {
    let bare = text.trim();
    let bare = bare.strip_prefix('<').and_then(|it| it.strip_suffix('>')).unwrap_or(bare);
    let bare = if bare.len() > 1 { bare.replace('+', "-") } else { bare.to_owned() };
    // What comes last is the key itself.
    let (before, last) = match bare.rsplit_once('-') {
        Some((before, last)) if !last.is_empty() => (Some(before), last),
        _ => (None, bare.as_str()),
    };
    let here = |part: &str| {
        let small = part.to_lowercase();
        let known = ELSEWHERE.iter().find(|(elsewhere, _)| *elsewhere == small);
        known.map_or(small, |(_, here)| (*here).to_owned())
    };
    let mut modifiers: Vec<String> = before.into_iter().flat_map(|it| it.split('-')).map(here).collect();
    let is_letter = last.chars().count() == 1;
    let last = if is_letter { last.to_owned() } else { here(last) };
    let is_shifted = modifiers.iter().any(|modifier| modifier == "shift");
    let last = match (is_letter, is_shifted) {
        // Its case is in the letter.
        (true, true) => {
            modifiers.retain(|modifier| modifier != "shift");
            last.to_uppercase()
        }
        (true, false) if modifiers.iter().any(|modifier| modifier == "ctrl") => last.to_lowercase(),
        _ => last,
    };
    modifiers.push(last);
    let key = read(&modifiers.join("-"))?;
    key.never_sent().is_none().then_some(key)
}
