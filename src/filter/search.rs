//! Finding text in an event's JSON: the test that reads every byte, so it is the one made for speed.

use std::ops::Range;

use memchr::memmem::Finder;
use regex::{Regex, RegexBuilder};

use super::escape::unescape;

/// A text to find: letter case aside unless it has an upper-case letter.
#[derive(Debug, Clone)]
pub(super) struct Search {
    text: String,
    way: Way,
}

/// How it is found.
#[derive(Debug, Clone)]
enum Way {
    /// As it is: letter case counts, or there are no letters.
    Exact(Box<Finder<'static>>),
    /// ASCII, letter case aside.
    Folded(Folded),
    /// Other letters, letter case aside.
    Regex(Regex),
}

impl PartialEq for Search {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Search {
    pub(super) fn new(text: &str) -> Self {
        let lower = || RegexBuilder::new(&regex::escape(text)).case_insensitive(true).build();
        let way = if text.chars().any(char::is_uppercase) || !text.chars().any(char::is_alphabetic) {
            None
        } else if text.is_ascii() {
            Folded::new(text).map(Way::Folded)
        } else {
            // An escaped text is a regex; were it too big, its letter case would count.
            lower().ok().map(Way::Regex)
        };
        let way = way.unwrap_or_else(|| Way::Exact(Box::new(Finder::new(text).into_owned())));
        Self { text: text.to_owned(), way }
    }

    /// Whether `json`, in which there may be escapes, has the text: as it is written or as it is read.
    pub(super) fn matches(&self, json: &str, escaped: bool) -> bool {
        written_or_read((json, escaped), |text| match &self.way {
            Way::Exact(finder) => finder.find(text.as_bytes()).is_some(),
            Way::Folded(folded) => folded.is_in(text.as_bytes()),
            Way::Regex(regex) => regex.is_match(text),
        })
    }
}

impl Search {
    /// Where the text stands in `shown`, as it is shown.
    pub(super) fn places(&self, shown: &str, places: &mut Vec<Range<usize>>) {
        if self.text.is_empty() {
            return;
        }
        match &self.way {
            Way::Exact(_) => {
                places.extend(shown.match_indices(&self.text).map(|(at, found)| at..at + found.len()));
            }
            Way::Folded(_) => {
                // ASCII letters alone change: places stay what they are.
                let (text, lower) = (self.text.to_ascii_lowercase(), shown.to_ascii_lowercase());
                places.extend(lower.match_indices(&text).map(|(at, found)| at..at + found.len()));
            }
            Way::Regex(regex) => places.extend(regex.find_iter(shown).map(|found| found.range())),
        }
    }
}

/// Whether `found` holds for `json`, in which there may be escapes, as it is written, or with its escapes undone.
pub(super) fn written_or_read((json, escaped): (&str, bool), found: impl Fn(&str) -> bool) -> bool {
    found(json) || (escaped && memchr::memchr(b'\\', json.as_bytes()).is_some() && found(&unescape(json)))
}

/// How many places are looked at together: what compilers turn into vector instructions, and short enough that a hit
/// is looked into at once.
const BLOCK: usize = 64;

/// Bytes of events from frequent to rare, counted in captured traffic: ids and punctuation first. A byte that is not
/// here is rarer.
const FREQUENT: &[u8] = b"\"-ead4tc21:895360ibf7,npsro{}ymukl_vz.gh jw";

/// Finds ASCII text letter case aside: looks for its two rarest bytes at their distance, many places at once, then
/// compares the rest.
#[derive(Debug, Clone)]
struct Folded {
    text: String,
    first: Probe,
    second: Probe,
}

/// One byte of the text: where it is, and how it is compared.
#[derive(Debug, Clone, Copy)]
struct Probe {
    at: usize,
    byte: u8,
    /// Set in a byte before it is compared: makes a letter lower case.
    mask: u8,
}

impl Probe {
    fn new(at: usize, byte: u8) -> Self {
        let mask = if byte.is_ascii_alphabetic() { 0x20 } else { 0 };
        Self { at, byte: byte | mask, mask }
    }

    fn fits(self, byte: u8) -> bool {
        byte | self.mask == self.byte
    }
}

impl Folded {
    /// `None` for the empty text.
    fn new(text: &str) -> Option<Self> {
        let rank = |byte: u8| FREQUENT.iter().position(|known| *known == byte).unwrap_or(FREQUENT.len());
        let mut probes: Vec<_> = text.bytes().enumerate().map(|(at, byte)| Probe::new(at, byte)).collect();
        probes.sort_by_key(|probe| std::cmp::Reverse(rank(probe.byte)));
        let first = *probes.first()?;
        let second = *probes.iter().find(|probe| probe.byte != first.byte).unwrap_or(&first);
        Some(Self { text: text.to_owned(), first, second })
    }

    fn is_in(&self, json: &[u8]) -> bool {
        let Some(last) = json.len().checked_sub(self.text.len()) else { return false };
        let places = last + 1;
        let firsts = &json[self.first.at..self.first.at + places];
        let seconds = &json[self.second.at..self.second.at + places];
        let mut at = 0;
        for (a, b) in firsts.chunks_exact(BLOCK).zip(seconds.chunks_exact(BLOCK)) {
            if self.may_be_in(a, b) && self.is_at_one_of(a, b, &json[at..]) {
                return true;
            }
            at += BLOCK;
        }
        // The rest, together with as much before it as makes a block.
        let from = places.saturating_sub(BLOCK);
        let (a, b) = (&firsts[from..], &seconds[from..]);
        at < places && self.may_be_in(a, b) && self.is_at_one_of(a, b, &json[from..])
    }

    /// Without branches, so that it is done with vector instructions.
    fn may_be_in(&self, firsts: &[u8], seconds: &[u8]) -> bool {
        let mut any = 0;
        for (a, b) in firsts.iter().zip(seconds) {
            any |= u8::from(self.first.fits(*a)) & u8::from(self.second.fits(*b));
        }
        any != 0
    }

    fn is_at_one_of(&self, firsts: &[u8], seconds: &[u8], json: &[u8]) -> bool {
        let text = self.text.as_bytes();
        firsts.iter().zip(seconds).enumerate().any(|(at, (a, b))| {
            self.first.fits(*a)
                && self.second.fits(*b)
                && json.get(at..at + text.len()).is_some_and(|here| here.eq_ignore_ascii_case(text))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn letter_case_counts_only_when_it_is_written() {
        for (text, json, found) in [
            ("no such user", r#"{"e":"No Such User"}"#, true),
            ("No such", r#"{"e":"no such user"}"#, false),
            ("No such", r#"{"e":"No such user"}"#, true),
            ("ärger", r#"{"e":"GROSSER ÄRGER"}"#, true),
            ("Ärger", r#"{"e":"ärger"}"#, false),
            ("42", r#"{"e":142}"#, true),
            ("[]", r#"{"e":[]}"#, true),
            ("@`", "\"\0@\"", false),
            ("", "{}", true),
        ] {
            assert_eq!(Search::new(text).matches(json, true), found, "{text} {json}");
        }
    }

    #[test]
    fn escaped_text_is_found_as_it_is_read_and_as_it_is_written() {
        let json = r#"{"e":"caf\u00e9 \/ \"quoted\" \ud83d\ude00 A\u0042C"}"#;
        for found in
            ["café", "Café".to_lowercase().as_str(), "é / \"quoted\"", "😀", "abc", "ABC", r"\u00e9", r"\/"]
        {
            assert!(Search::new(found).matches(json, true), "{found}");
        }
        assert!(!Search::new("Abc").matches(json, true));
    }

    proptest! {
        #[test]
        fn agrees_with_looking_at_lower_case(
            text in "[a-c@`{_ ]{0,5}", before in "[a-cA-C@`{_\\[ \\x00]{0,200}", after in "[a-cA-C@`{_\\[ ]{0,70}", put in any::<bool>(),
        ) {
            let json = format!("{before}{}{after}", if put { text.to_uppercase() } else { String::new() });
            let found = json.to_ascii_lowercase().contains(&text.to_ascii_lowercase());
            prop_assert_eq!(Search::new(&text).matches(&json, true), found);
        }
    }
}
