//! Inverting and narrowing.

use super::*;
use proptest::prelude::*;

#[test]
fn inverting_puts_not_around_and_takes_it_away() {
    for (text, inverted) in [
        ("type:A", "not (type:A)"),
        ("a or b", "not (a or b)"),
        ("not (a or b)", "a or b"),
        ("not a", "not (not a)"),
        ("-(a)", "not (-(a))"),
        ("not (a) or (b)", "not (not (a) or (b))"),
        ("not (a) (b)", "not (not (a) (b))"),
        (" not (a)", "not ( not (a))"),
        ("not (\")\")", "\")\""),
        ("", ""),
    ] {
        let filter = filter(text);
        assert_eq!(filter.inverted().text(), inverted);
        assert_eq!(filter.inverted().inverted().text(), text);
    }
}

#[test]
fn an_inverted_filter_matches_the_rest() {
    for text in ["type:TICKET_*", "type:A", "not (type:A)", "not type:A", "a or type:TICKET_*", "age<1m"] {
        let filter = filter(text);
        let again = Filter::parse(filter.inverted().text()).unwrap();
        for one in [filter.inverted(), again] {
            assert_ne!(one.matches(&subject(), now()), filter.matches(&subject(), now()), "{text}");
            assert_eq!(one.depends_on_time(), filter.depends_on_time());
        }
    }
}

#[test]
fn narrowing_adds_what_is_not_asked_yet() {
    for (text, term, narrowed) in [
        ("", "type:A", "type:A"),
        ("is:invalid", "type:A", "is:invalid type:A"),
        ("a or b", "type:A", "(a or b) type:A"),
        ("(a or b)", "type:A", "(a or b) type:A"),
        ("(a or b) c", "type:A", "(a or b) c type:A"),
        ("a", "b or c", "a (b or c)"),
        ("a", "(b or c) d", "a (b or c) d"),
        ("type:A", "type:A", "type:A"),
        ("x type:a", "type:A", "x type:a"),
        ("x type:A", "type:A tenant:\"a b\"", "x type:A tenant:\"a b\""),
        ("tenant:\"a b\" and type:A", "type:A tenant:\"a b\"", "tenant:\"a b\" and type:A"),
        ("(b or c) x", "(b or c)", "(b or c) x"),
        ("type:A or x", "type:A", "(type:A or x) type:A"),
        ("(x type:A) or y", "type:A", "((x type:A) or y) type:A"),
        ("(x type:A) y", "x and (type:A z)", "(x type:A) y z"),
        ("not type:A", "type:A", "not type:A type:A"),
        ("-type:A", "-type:A", "-type:A"),
        ("  a  ", " b ", "a b"),
        ("a", "", "a"),
        ("a", "type:", "a type:"),
    ] {
        assert_eq!(filter(text).narrowed(term), narrowed, "{text} + {term}");
    }
}

proptest! {
    #[test]
    fn rewritten_filters_can_be_read(text in super::oracle::expression(), term in super::oracle::expression()) {
        let (one, other) = (filter(&text), filter(&term));
        let narrowed = filter(&one.narrowed(&term));
        let both = one.matches(&subject(), now()) && other.matches(&subject(), now());
        prop_assert_eq!(narrowed.matches(&subject(), now()), both, "{}", narrowed.text());
        prop_assert_eq!(narrowed.narrowed(&term), narrowed.text());
        let inverted = one.inverted();
        let back = inverted.inverted();
        prop_assert_eq!(back.text(), &text);
        prop_assert_ne!(filter(inverted.text()).matches(&subject(), now()), one.matches(&subject(), now()));
    }
}
