//! A path into a payload by itself, without a comparison: where a value stands, and what of an event is shown.

use super::FilterError;
use super::node::Kind;
use super::parse::parse;
use super::path::{Step, step_into};
use super::test::Test;

/// What the language puts before a path into the payload.
const PAYLOAD: &str = "payload.";

/// A path into a payload, as the filter language writes it; `payload.` before it may be left out. Arrays on the way stand
/// for their elements.
#[derive(Debug, Clone, PartialEq)]
pub struct PayloadPath {
    steps: Vec<Step>,
}

impl PayloadPath {
    /// Reads a path.
    ///
    /// ```
    /// use tidings::filter::PayloadPath;
    /// let path = PayloadPath::parse("lines.*.sku").unwrap();
    /// assert_eq!(path.values(r#"{"lines":[{"sku":"a"},{"sku":"b"}]}"#, 9), [r#""a""#, r#""b""#]);
    /// ```
    ///
    /// # Errors
    ///
    /// It is no path of the filter language: what is wrong, and where in `text`.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        let added = if text.starts_with(PAYLOAD) { "" } else { PAYLOAD };
        let within = |at: usize| text.floor_char_boundary(at.saturating_sub(added.len()));
        let no_path = || {
            FilterError::new(
                0..text.len(),
                "this is no path",
                "Write keys with a dot between them: ticketId, or changes.status; others in \"quotes\".",
            )
        };
        // A comparison behind it makes it a filter: so there is one grammar of paths.
        let parsed = parse(&format!("{added}{text}=*"))
            .map_err(|error| FilterError { at: within(error.at.start)..within(error.at.end), ..error })?;
        match parsed.map(|node| node.kind) {
            Some(Kind::Test(Test::Payload(found))) => Ok(Self { steps: found.into_steps() }),
            _ => Err(no_path()),
        }
    }

    /// The last name on the way: what its values are called.
    pub fn name(&self) -> Option<&str> {
        self.steps.iter().rev().find_map(|step| match step {
            Step::Name(name) => Some(name.as_str()),
            Step::Place(..) | Step::Every => None,
        })
    }

    /// The JSON of at most `most` values at its end. The depth is that of the path, whatever `json` holds; of text that
    /// is cut, or no JSON, what can be found.
    pub fn values<'a>(&self, json: &'a str, most: usize) -> Vec<&'a str> {
        let mut found = Vec::new();
        walk(json, &self.steps, most, &mut found);
        found
    }
}

fn walk<'a>(value: &'a str, steps: &[Step], most: usize, found: &mut Vec<&'a str>) {
    if found.len() >= most {
        return;
    }
    match steps.split_first() {
        None => found.push(value),
        Some((step, rest)) => step_into(value, step, &mut |part| {
            walk(part, rest, most, found);
            found.len() < most
        }),
    }
}

/// `name` as a key of a path: in quotes where it would be read otherwise.
///
/// ```
/// assert_eq!(tidings::filter::key_of_path("ticketId"), "ticketId");
/// assert_eq!(tidings::filter::key_of_path("a.b"), "\"a.b\"");
/// ```
pub fn key_of_path(name: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '$' | '@');
    let is_number = name.bytes().all(|byte| byte.is_ascii_digit());
    if !name.is_empty() && name.chars().all(is_plain) && !is_number {
        return name.to_owned();
    }
    format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_path_finds_what_a_filter_of_it_would_look_at() {
        let json = r#"{"a":{"b":1,"b":2,"c.d":"x"},"l":[{"n":1},{"n":2},7],"e":{"x":1,"y":2}}"#;
        for (path, found) in [
            ("a.b", vec!["2"]),
            ("payload.a.b", vec!["2"]),
            ("a.\"c.d\"", vec!["\"x\""]),
            ("l.n", vec!["1", "2"]),
            ("l.2", vec!["7"]),
            ("l", vec![r#"[{"n":1},{"n":2},7]"#]),
            ("e.*", vec!["1", "2"]),
            ("a.none", vec![]),
        ] {
            assert_eq!(PayloadPath::parse(path).unwrap().values(json, 9), found, "{path}");
        }
        assert_eq!(PayloadPath::parse("l.n").unwrap().values(json, 1), ["1"]);
        assert_eq!(PayloadPath::parse("l.*.n").unwrap().name(), Some("n"));
        assert_eq!(PayloadPath::parse("l.*").unwrap().name(), Some("l"));
    }

    #[test]
    fn what_is_no_path_says_where() {
        for text in ["", "a b", "a..b", "a=1", "a or b", "\"x", "a)", "(a", "a=1 payload.b"] {
            let error = PayloadPath::parse(text).unwrap_err();
            assert!(error.at.end <= text.len(), "{text}: {error:?}");
            assert!(!error.what.is_empty() && error.hint.is_some(), "{text}: {error:?}");
        }
    }

    proptest! {
        #[test]
        fn every_name_can_be_a_key_of_a_path(name in any::<String>()) {
            let json = serde_json::json!({ name.as_str(): 1, "other": 2 }).to_string();
            let path = PayloadPath::parse(&format!("payload.{}", key_of_path(&name))).unwrap();
            prop_assert_eq!(path.values(&json, 2), ["1"]);
            prop_assert_eq!(path.name(), Some(name.as_str()));
        }

        #[test]
        fn broken_json_does_no_harm(json in r#"[\[{]?([\[\]{}:," \\é1]|"a"){0,40}"#) {
            for path in ["a", "a.*", "*.*", "0.a"] {
                prop_assert!(PayloadPath::parse(path).unwrap().values(&json, 3).len() <= 3);
            }
        }
    }
}
