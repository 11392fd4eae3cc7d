//! Looks into JSON text without building a tree: members and elements as slices of the text.
//!
//! It trusts the text to be JSON, which the intake has checked, so that it can pass over what is not asked for at the
//! speed of looking for quotes. Of other text it finds what can be found, and never panics.

use memchr::memchr2;

/// The members of the object `json`: the inside of each key, and the value; nothing if it is not an object.
pub(super) fn members(json: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut scan = Scan::inside(json, b'{');
    std::iter::from_fn(move || {
        let scan = scan.as_mut()?;
        let key = scan.value()?;
        let key = key.strip_prefix('"')?.strip_suffix('"')?;
        (scan.peek()? == b':').then_some(())?;
        scan.at += 1;
        let value = scan.value()?;
        scan.comma();
        Some((key, value))
    })
}

/// The elements of the array `json`; nothing if it is not an array.
pub(super) fn elements(json: &str) -> impl Iterator<Item = &str> {
    let mut scan = Scan::inside(json, b'[');
    std::iter::from_fn(move || {
        let scan = scan.as_mut()?;
        let value = scan.value()?;
        scan.comma();
        Some(value)
    })
}

struct Scan<'a> {
    json: &'a str,
    at: usize,
}

impl<'a> Scan<'a> {
    /// Behind the bracket that `json` opens with.
    fn inside(json: &'a str, open: u8) -> Option<Self> {
        let mut scan = Self { json, at: 0 };
        (scan.peek()? == open).then_some(())?;
        scan.at += 1;
        Some(scan)
    }

    /// The next byte that is not white space.
    fn peek(&mut self) -> Option<u8> {
        loop {
            match self.json.as_bytes().get(self.at)? {
                b' ' | b'\n' | b'\r' | b'\t' => self.at += 1,
                byte => return Some(*byte),
            }
        }
    }

    fn comma(&mut self) {
        if self.peek() == Some(b',') {
            self.at += 1;
        }
    }

    /// The value here, and goes behind it.
    fn value(&mut self) -> Option<&'a str> {
        let start = match self.peek()? {
            b'"' => {
                let start = self.at;
                self.string()?;
                start
            }
            b'{' | b'[' => {
                let start = self.at;
                self.nested()?;
                start
            }
            _ => {
                let start = self.at;
                let rest = &self.json.as_bytes()[start..];
                let ends = |b: &u8| matches!(b, b',' | b']' | b'}' | b':' | b' ' | b'\n' | b'\r' | b'\t');
                self.at += rest.iter().position(ends).unwrap_or(rest.len());
                start
            }
        };
        self.json.get(start..self.at).filter(|value| !value.is_empty())
    }

    /// Goes behind the string that begins here.
    fn string(&mut self) -> Option<()> {
        self.at += 1;
        loop {
            let found = memchr2(b'"', b'\\', self.json.as_bytes().get(self.at..)?)?;
            self.at += found + 1;
            if self.json.as_bytes()[self.at - 1] == b'"' {
                return Some(());
            }
            self.at += 1;
        }
    }

    /// Goes behind the object or array that begins here: counts brackets, so depth costs no stack.
    fn nested(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            match self.json.as_bytes().get(self.at)? {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Some(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn parts_are_slices_of_the_text() {
        let json = r#" { "a" : 1.50 , "b\"}":[1, {"x":"]"}],"c":"\\" ,"d":null} "#;
        let found: Vec<_> = members(json).collect();
        assert_eq!(found, [("a", "1.50"), (r#"b\"}"#, r#"[1, {"x":"]"}]"#), ("c", r#""\\""#), ("d", "null")]);
        assert_eq!(elements(found[1].1).collect::<Vec<_>>(), ["1", r#"{"x":"]"}"#]);
        assert_eq!((members("[]").count(), elements("{}").count(), elements("[]").count()), (0, 0, 0));
    }

    #[test]
    fn depth_is_no_danger() {
        let deep = format!("{{\"x\":{}{},\"y\":1}}", "[".repeat(200_000), "]".repeat(200_000));
        assert_eq!(members(&deep).nth(1), Some(("y", "1")));
    }

    proptest! {
        #[test]
        fn nothing_panics_and_everything_ends(json in r#"[\[{]?([\[\]{}:," \\é1]|"a"){0,40}"#) {
            prop_assert!(members(&json).count() <= json.len());
            prop_assert!(elements(&json).count() <= json.len());
        }

        #[test]
        fn agrees_with_a_parser(text in any::<String>(), numbers in prop::collection::vec(any::<f64>(), 0..4)) {
            let value = serde_json::json!({ "t": text, "n": numbers, text.as_str(): { "n": [numbers] } });
            for json in [serde_json::to_string(&value).unwrap(), serde_json::to_string_pretty(&value).unwrap()] {
                let again: serde_json::Map<_, _> = members(&json)
                    .map(|(key, part)| {
                        let key: String = serde_json::from_str(&format!("\"{key}\"")).unwrap();
                        (key, serde_json::from_str::<serde_json::Value>(part).unwrap())
                    })
                    .collect();
                prop_assert_eq!(serde_json::Value::Object(again), value.clone());
            }
        }
    }
}
