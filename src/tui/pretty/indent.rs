//! JSON text spread over lines, for an editor.

use super::lexer::{Kind, Lexer};

/// `json` with each member on a line of its own, indented by two spaces; everything but white space stays as it came.
///
/// ```
/// use tidings::tui::pretty::indented;
/// assert_eq!(indented(r#"{"a":1.50,"b":[{}]}"#), "{\n  \"a\": 1.50,\n  \"b\": [\n    {}\n  ]\n}");
/// ```
pub fn indented(json: &str) -> String {
    let mut out = String::with_capacity(json.len() + json.len() / 4);
    let mut depth = 0_usize;
    let mut open = false;
    for (kind, at) in Lexer::new(json) {
        if kind == Kind::Close {
            depth = depth.saturating_sub(1);
            if !open {
                line(&mut out, depth);
            }
        } else if open {
            line(&mut out, depth);
        }
        open = kind == Kind::Open;
        out.push_str(&json[at]);
        match kind {
            Kind::Open => depth += 1,
            Kind::Comma => line(&mut out, depth),
            Kind::Colon => out.push(' '),
            _ => {}
        }
    }
    out
}

fn line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// It says the same, on lines as everybody writes them.
        #[test]
        fn it_says_the_same(json in value()) {
            prop_assert_eq!(indented(&json.to_string()), serde_json::to_string_pretty(&json).unwrap());
        }
    }

    fn value() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            any::<i64>().prop_map(Into::into),
            any::<bool>().prop_map(Into::into),
            "[\"a,:{}\\\\ ]{0,6}".prop_map(Into::into),
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
                prop::collection::btree_map("[a-c]{1,2}", inner, 0..4).prop_map(|map| serde_json::json!(map)),
            ]
        })
    }

    #[test]
    fn numbers_and_repeated_keys_stay() {
        let text = indented(r#"{"n":12345678901234567890123,"n":1.500}"#);
        assert_eq!(text, "{\n  \"n\": 12345678901234567890123,\n  \"n\": 1.500\n}");
    }
}
