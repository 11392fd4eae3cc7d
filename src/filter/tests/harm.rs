//! Nothing typed or received does harm.

use super::*;
use proptest::prelude::*;

/// Errors point into the text, at whole characters, and can be shown.
fn check_error(text: &str) {
    if let Err(error) = Filter::parse(text) {
        assert!(error.at.start <= error.at.end && error.at.end <= text.len(), "{error:?} of {text:?}");
        assert!(
            text.is_char_boundary(error.at.start) && text.is_char_boundary(error.at.end),
            "{error:?} of {text:?}"
        );
        assert!(!error.what.is_empty() && error.hint.as_ref().is_some_and(|hint| !hint.is_empty()));
        let shown = error.caret(text);
        assert_eq!(shown.lines().count(), 3, "{shown}");
        assert!(shown.lines().all(|line| crate::text::display_safe(line) == line), "{shown:?}");
    }
}

#[test]
fn pasted_and_hostile_texts_end_quickly_in_an_error() {
    let many = |text: &str| text.repeat(20_000);
    let some = |text: &str| text.repeat(16_000 / text.len());
    for text in [
        many("word "),
        many("("),
        some("("),
        format!("{}a{}", some("(").split_at(7_900).0, some(")").split_at(7_900).0),
        some("a "),
        some("type:a,"),
        format!("type:a{}", some(",a")),
        some("/a/ "),
        some("\""),
        some("\\"),
        some("/"),
        some("a or "),
        format!("payload{}=1", some(".a")),
        format!("/{}/", some("(")),
        format!("/{}/", some("[")),
        r"/((\w{500}){500}){500}/".to_owned(),
        r"/\w{1000}/".to_owned(),
        some("日本"),
        format!("type:{}", some("\u{202e}\x1b[2J")),
    ] {
        check_error(&text);
    }
    for text in [many("("), some("("), some("a "), some("/a/ "), format!("type:a{}", some(",a"))] {
        assert!(Filter::parse(&text).is_err(), "{}", &text[..20]);
    }
}

#[test]
fn many_nots_cost_no_depth() {
    assert!(filter(&format!("{}type:TICKET_*", "not ".repeat(4_000))).matches(&subject(), now()));
    assert!(!filter(&format!("{}type:TICKET_*", "-".repeat(16_001))).matches(&subject(), now()));
    let deep = format!("{}type:TICKET_*{}", "-(".repeat(64), ")".repeat(64));
    assert!(filter(&deep).matches(&subject(), now()));
    assert!(!filter(&deep).inverted().matches(&subject(), now()));
}

proptest! {
    #[test]
    fn nothing_panics_on_any_text(text in any::<String>()) {
        check_error(&text);
    }

    #[test]
    fn nothing_panics_on_almost_a_filter(
        text in r#"(type|payload|id|is|age|not|or|and|[ :=<>!().,"/*?\\-]|\.a|i|é|日|x|5m|\[|\{|\+|\t){0,30}"#
    ) {
        check_error(&text);
        if let Ok(filter) = Filter::parse(&text) {
            filter.matches(&subject(), now());
            filter.matches(&unreadable(), now());
        }
    }

    #[test]
    fn nothing_panics_on_text_that_is_not_json(json in r#"([\[\]{}:," \\é1]|"a"|"x":|\\u00){0,40}"#) {
        let subject = Subject { text: Some(&json), payload: Some(&json), ..subject() };
        for text in ["payload.a=1", "payload.a.x!=1", "payload.*.0:*", "event.x.a>1", "aé", "/a.*é/"] {
            filter(text).matches(&subject, now());
        }
    }
}
