//! Names compared letter case aside: whole, by their beginning, or by a pattern with `*` and `?`.

/// What a name must look like.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    shape: Shape,
    ascii: bool,
}

/// The parts are folded: compared letter case aside.
#[derive(Debug, Clone, PartialEq)]
enum Shape {
    /// `*`: anything.
    Any,
    /// The whole name.
    Whole(String),
    /// Its beginning.
    Start(String),
    /// Any other pattern; `Many` never stands twice in a row.
    Glob(Vec<Piece>),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Piece {
    /// `*`
    Many,
    /// `?`
    One,
    Is(char),
}

/// Lower case, for comparing. The few letters that become several stay as they are.
fn fold(c: char) -> char {
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

impl Pattern {
    /// Exactly `name`: its stars are stars.
    pub(super) fn whole(name: &str) -> Self {
        Self::of(Shape::Whole(name.chars().map(fold).collect()), name)
    }

    /// Names that begin with `name`.
    pub(super) fn start(name: &str) -> Self {
        Self::of(Shape::Start(name.chars().map(fold).collect()), name)
    }

    /// `*` stands for any text, `?` for one character.
    pub fn glob(text: &str) -> Self {
        let stem = text.trim_end_matches('*');
        let shape = match (stem.contains(['*', '?']), text.len() - stem.len()) {
            (false, 0) => return Self::whole(text),
            (false, _) if stem.is_empty() => Shape::Any,
            (false, _) => return Self::start(stem),
            (true, _) => {
                let mut pieces: Vec<_> = text
                    .chars()
                    .map(|c| match c {
                        '*' => Piece::Many,
                        '?' => Piece::One,
                        c => Piece::Is(fold(c)),
                    })
                    .collect();
                pieces.dedup_by(|a, b| (*a, *b) == (Piece::Many, Piece::Many));
                Shape::Glob(pieces)
            }
        };
        Self::of(shape, text)
    }

    /// Names that have `text` somewhere in them; `*` and `?` mean what they do in a pattern, unless it is `literal`.
    pub(super) fn within(text: &str, literal: bool) -> Self {
        let piece = |c| match c {
            '*' if !literal => Piece::Many,
            '?' if !literal => Piece::One,
            c => Piece::Is(fold(c)),
        };
        let ends = || std::iter::once(Piece::Many);
        let mut pieces: Vec<_> = ends().chain(text.chars().map(piece)).chain(ends()).collect();
        pieces.dedup_by(|a, b| (*a, *b) == (Piece::Many, Piece::Many));
        Self::of(Shape::Glob(pieces), text)
    }

    fn of(shape: Shape, text: &str) -> Self {
        Self { shape, ascii: text.is_ascii() }
    }

    /// Whether `name` looks like this.
    pub fn matches(&self, name: &str) -> bool {
        match &self.shape {
            Shape::Any => true,
            Shape::Whole(whole) if self.ascii => name.eq_ignore_ascii_case(whole),
            Shape::Whole(whole) => name.chars().map(fold).eq(whole.chars()),
            Shape::Start(start) if self.ascii => name
                .as_bytes()
                .get(..start.len())
                .is_some_and(|head| head.eq_ignore_ascii_case(start.as_bytes())),
            Shape::Start(start) => {
                let mut name = name.chars().map(fold);
                start.chars().all(|c| name.next() == Some(c))
            }
            Shape::Glob(pieces) if name.is_ascii() => {
                let bytes = name.as_bytes();
                glob(pieces, bytes.len(), |at| char::from(bytes[at].to_ascii_lowercase()))
            }
            Shape::Glob(pieces) => {
                let chars: Vec<char> = name.chars().map(fold).collect();
                glob(pieces, chars.len(), |at| chars[at])
            }
        }
    }
}

/// Whether a name of `length` characters fits. Without recursion: after a mismatch only the last `Many` takes one
/// character more, as every earlier one has already found its first and best place.
fn glob(pieces: &[Piece], length: usize, name: impl Fn(usize) -> char) -> bool {
    let (mut piece, mut at) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while at < length {
        match pieces.get(piece) {
            Some(Piece::Many) => {
                retry = Some((piece + 1, at));
                piece += 1;
            }
            Some(Piece::One) => (piece, at) = (piece + 1, at + 1),
            Some(Piece::Is(c)) if *c == name(at) => (piece, at) = (piece + 1, at + 1),
            _ => match &mut retry {
                Some((next, from)) => {
                    *from += 1;
                    (piece, at) = (*next, *from);
                }
                None => return false,
            },
        }
    }
    pieces[piece..].iter().all(|piece| *piece == Piece::Many)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn patterns_match_letter_case_aside() {
        for (pattern, fits, misfits) in [
            (
                "TICKET_CREATED",
                &["TICKET_CREATED", "ticket_created"][..],
                &["TICKET_CREATED_2", "TICKET", ""][..],
            ),
            ("ticket_*", &["TICKET_", "TICKET_CREATED"], &["TICKET", "A_TICKET_"]),
            ("*_created", &["TICKET_CREATED", "_created"], &["TICKET_CREATED_2"]),
            ("*", &["", "anything"], &[]),
            ("**", &["", "anything"], &[]),
            ("?", &["a", "é", "日"], &["", "ab"]),
            ("t?cket_*_b?", &["TICKET_x_by", "ticket__bz"], &["ticket_by", "ticket_x_b"]),
            ("a*b*c", &["abc", "a_b_b_c_c"], &["ab", "acb", "abcd"]),
            ("*ärger*", &["Großer ÄRGER hier"], &["arger"]),
            ("Ärger gmbh", &["ärger GmbH"], &["ärger GmbH & co"]),
            ("", &[""], &["x"]),
        ] {
            for name in fits {
                assert!(Pattern::glob(pattern).matches(name), "{pattern} {name}");
            }
            for name in misfits {
                assert!(!Pattern::glob(pattern).matches(name), "{pattern} {name}");
            }
        }
    }

    #[test]
    fn a_beginning_and_a_whole_take_stars_as_they_are() {
        assert!(Pattern::start("Äc*").matches("äC*me") && !Pattern::start("ac*").matches("acme"));
        assert!(Pattern::whole("a*").matches("A*") && !Pattern::whole("a*").matches("ab"));
        assert!(!Pattern::start("acme").matches("ac") && !Pattern::start("日本").matches("日"));
    }

    proptest! {
        #[test]
        fn globs_agree_with_a_regex(pattern in "[ab*?É]{0,8}", name in "[abABé]{0,12}") {
            let regex = regex::escape(&pattern).replace(r"\*", ".*").replace(r"\?", ".");
            let regex = regex::Regex::new(&format!("^(?i:{regex})$")).unwrap();
            prop_assert_eq!(Pattern::glob(&pattern).matches(&name), regex.is_match(&name));
        }
    }
}
