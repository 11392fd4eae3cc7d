//! What stands at a place of a JSON text: its path, and its value.

use std::ops::Range;

use super::lexer::{Kind, Lexer};
use crate::filter::key_of_path;

/// A value, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// Its path from the outermost value, as the filter language writes it; empty for that value itself.
    pub path: String,
    /// Its bytes in the text.
    pub value: Range<usize>,
}

/// What contains what is being read.
struct Frame {
    is_list: bool,
    at: usize,
    key: Option<Range<usize>>,
}

/// The value at the byte `offset` of `text`, and its path. Of a name, the value that it names; of a closing bracket, what
/// it closes. `None` where there is none, or where it lies deeper than `deepest`.
///
/// ```
/// use tidings::tui::pretty::spot;
/// let text = r#"{"a":[{"b c":1.50}]}"#;
/// let found = spot(text, text.find("1.5").unwrap(), 9).unwrap();
/// assert_eq!((found.path.as_str(), &text[found.value]), (r#"a.0."b c""#, "1.50"));
/// ```
pub fn spot(text: &str, offset: usize, deepest: usize) -> Option<Spot> {
    let mut frames: Vec<Frame> = Vec::new();
    let mut opened = Vec::new();
    let mut lexer = Lexer::new(text);
    while let Some((kind, range)) = lexer.next() {
        let is_here = offset < range.end;
        match kind {
            Kind::Key => {
                let key = Some(range);
                if let Some(frame) = frames.last_mut() {
                    frame.key = key;
                }
                if is_here {
                    let colon = lexer.next().filter(|(kind, _)| *kind == Kind::Colon);
                    let value = lexer.next().filter(|_| colon.is_some())?;
                    return found(text, &frames, whole(value, &mut lexer)?, deepest);
                }
            }
            Kind::Open => {
                if is_here {
                    return found(text, &frames, whole((kind, range), &mut lexer)?, deepest);
                }
                frames.push(Frame { is_list: &text[range.clone()] == "[", at: 0, key: None });
                opened.push(range.start);
            }
            Kind::Close => {
                frames.pop();
                let start = opened.pop();
                if is_here {
                    return found(text, &frames, start?..range.end, deepest);
                }
            }
            Kind::Comma => {
                if is_here {
                    return None;
                }
                if let Some(frame) = frames.last_mut() {
                    (frame.at, frame.key) = (frame.at + 1, None);
                }
            }
            Kind::Colon if is_here => return None,
            Kind::Text | Kind::Number | Kind::Word | Kind::Odd if is_here => {
                return found(text, &frames, range, deepest);
            }
            Kind::Colon | Kind::Text | Kind::Number | Kind::Word | Kind::Odd => {}
        }
    }
    None
}

/// The bytes of a value that begins with this token; of one that is cut, as far as it goes.
fn whole((kind, range): (Kind, Range<usize>), lexer: &mut Lexer<'_>) -> Option<Range<usize>> {
    match kind {
        Kind::Text | Kind::Number | Kind::Word | Kind::Odd => Some(range),
        Kind::Open => {
            let (mut depth, mut end) = (1_usize, range.end);
            while depth > 0
                && let Some((kind, token)) = lexer.next()
            {
                end = token.end;
                match kind {
                    Kind::Open => depth += 1,
                    Kind::Close => depth -= 1,
                    _ => {}
                }
            }
            Some(range.start..end)
        }
        Kind::Key | Kind::Close | Kind::Comma | Kind::Colon => None,
    }
}

fn found(text: &str, frames: &[Frame], value: Range<usize>, deepest: usize) -> Option<Spot> {
    if frames.len() > deepest {
        return None;
    }
    let step = |frame: &Frame| {
        if frame.is_list {
            return Some(frame.at.to_string());
        }
        let raw = text.get(frame.key.clone()?)?;
        let name = serde_json::from_str::<String>(raw).unwrap_or_else(|_| raw.trim_matches('"').to_owned());
        Some(key_of_path(&name))
    };
    let path: Option<Vec<_>> = frames.iter().map(step).collect();
    Some(Spot { path: path?.join("."), value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_a_path_and_a_value() {
        let text = r#"{"id":"x","payload":{"lines":[{"sku":"a"},{"sku":"b","n":[1,2]}],"a.b":true}}"#;
        for (at, path, value) in [
            ("\"id\"", "id", "\"x\""),
            ("\"x\"", "id", "\"x\""),
            ("\"b\"", "payload.lines.1.sku", "\"b\""),
            ("\"n\"", "payload.lines.1.n", "[1,2]"),
            ("2]", "payload.lines.1.n.1", "2"),
            ("]}]", "payload.lines.1.n", "[1,2]"),
            ("true", "payload.\"a.b\"", "true"),
            ("{\"id", "", text),
        ] {
            let found = spot(text, text.find(at).unwrap(), 64).unwrap();
            assert_eq!((found.path.as_str(), &text[found.value]), (path, value), "{at}");
        }
        assert_eq!(spot(text, text.len(), 64), None);
    }

    #[test]
    fn depth_and_broken_text_are_no_danger() {
        let deep = format!("{}1{}", "[".repeat(200_000), "]".repeat(200_000));
        assert_eq!(spot(&deep, 200_000, 64), None);
        assert_eq!(spot(&deep, 1, 64).unwrap().value, 1..399_999 + 1);
        for text in ["{\"a\":", "]]}}", "{\"a\" 1 2 \"x", "::,,", "\"\\", "{\"é\":\"日本", "", "[,]"] {
            for at in 0..=text.len() {
                if let Some(found) = spot(text, at, 64) {
                    assert!(text.get(found.value).is_some(), "{text} at {at}");
                }
            }
        }
    }
}
