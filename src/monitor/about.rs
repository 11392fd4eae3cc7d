//! What an event is about, in a few words: by rules for its type where there are any, else by what tells most.

use crate::event::{About, EventType, Masks, line_of, parts_of};
use crate::filter::{FilterError, Pattern, PayloadPath};

/// Of a larger payload only the beginning is looked at: a list must not read megabytes for every row, and frame.
const MAX_BYTES: usize = 64 * 1024;
/// So many values of one path are shown.
const MAX_VALUES: usize = 4;

/// For some types, the paths whose values tell what an event is about, in their order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AboutRules(Vec<Rule>);

#[derive(Debug, Clone, PartialEq)]
struct Rule {
    /// Letters of its pattern that are no stars: of several that fit, the one with the most counts.
    weight: usize,
    types: Pattern,
    paths: Vec<PayloadPath>,
}

/// A path of a rule that is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AboutError {
    /// The types of the rule, as they are written.
    pub types: String,
    /// The path.
    pub path: String,
    /// What is wrong with it.
    pub error: FilterError,
}

impl AboutRules {
    /// Rules: a type or a pattern (`TICKET_*`), and its paths.
    ///
    /// # Errors
    ///
    /// One of the paths is none of the filter language.
    pub fn new<'a>(rules: impl IntoIterator<Item = (&'a str, &'a [String])>) -> Result<Self, AboutError> {
        let mut read = Vec::new();
        for (types, paths) in rules {
            let path = |path: &String| {
                PayloadPath::parse(path).map_err(|error| AboutError {
                    types: types.to_owned(),
                    path: path.clone(),
                    error,
                })
            };
            let paths = paths.iter().map(path).collect::<Result<_, _>>()?;
            let weight = types.chars().filter(|letter| !matches!(letter, '*' | '?')).count();
            read.push(Rule { weight, types: Pattern::glob(types), paths });
        }
        read.sort_by_key(|rule| std::cmp::Reverse(rule.weight));
        Ok(Self(read))
    }

    /// What `payload` is about, in one line that may be cut, safe to show. Where the rule of its type finds nothing, it is
    /// told as without one: what changed, what it names by id, then other words and numbers.
    ///
    /// ```
    /// use tidings::monitor::AboutRules;
    /// let payload = r#"{"ticketId":"T-1","changes":{"status":"on_hold"},"lines":[{"sku":"a"},{"sku":"b"}]}"#;
    /// assert_eq!(AboutRules::default().news(None, payload, " · "), "status on_hold · ticket T-1");
    /// let paths = ["lines.sku".to_owned(), "ticketId".to_owned()];
    /// let rules = AboutRules::new([("*", paths.as_slice())]).unwrap();
    /// assert_eq!(rules.news(None, payload, " · "), "sku a · sku b · ticket T-1");
    /// ```
    pub fn news(&self, event_type: Option<&EventType>, payload: &str, dot: &str) -> String {
        self.told(event_type, payload, dot).unwrap_or_else(|| About::read(payload).news(dot))
    }

    /// As [`AboutRules::news`], for a line that is not cut: without a rule it names first what the event is of.
    pub fn line(&self, event_type: Option<&EventType>, payload: &str, dot: &str) -> String {
        self.told(event_type, payload, dot).unwrap_or_else(|| About::read(payload).line(dot))
    }

    /// What the rule of its type finds; `None` without one, and where it finds nothing.
    fn told(&self, event_type: Option<&EventType>, payload: &str, dot: &str) -> Option<String> {
        let name = event_type.map_or("", EventType::as_str);
        let rule = self.0.iter().find(|rule| rule.types.matches(name));
        let told = rule.map(|rule| rule.told(payload)).filter(|told| !told.is_empty())?;
        let told: Vec<_> = told.iter().map(String::as_str).collect();
        Some(line_of(&told, dot))
    }
}

impl AboutRules {
    /// As [`AboutRules::news`], without what is masked. No more of the payload is looked at than for that.
    pub fn news_without(
        &self,
        masks: &Masks,
        (event_type, payload): (Option<&EventType>, &str),
        dot: &str,
    ) -> String {
        let name = event_type.map_or("", EventType::as_str);
        let has_rule = self.0.iter().any(|rule| rule.types.matches(name));
        let most = if has_rule { MAX_BYTES } else { About::MAX_BYTES };
        self.news(event_type, &masks.beginning(payload, most), dot)
    }
}

impl Rule {
    fn told(&self, payload: &str) -> Vec<String> {
        let beginning = &payload[..payload.floor_char_boundary(MAX_BYTES)];
        let of_path = |path: &PayloadPath| {
            let values = path.values(beginning, MAX_VALUES);
            let name = path.name().unwrap_or_default().to_owned();
            values.into_iter().flat_map(move |value| parts_of(&name, value)).collect::<Vec<_>>()
        };
        self.paths.iter().flat_map(of_path).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(rules: &[(&str, &[&str])]) -> AboutRules {
        let owned: Vec<(&str, Vec<String>)> = rules
            .iter()
            .map(|(types, paths)| (*types, paths.iter().map(|path| (*path).to_owned()).collect()))
            .collect();
        AboutRules::new(owned.iter().map(|(types, paths)| (*types, paths.as_slice()))).unwrap()
    }

    #[test]
    fn the_rule_that_fits_closest_counts() {
        let rules = rules(&[("*", &["a"]), ("TICKET_*", &["b"]), ("TICKET_CLOSED", &["c"])]);
        let said =
            |name: &str| rules.news(Some(&EventType::new(name).unwrap()), r#"{"a":1,"b":2,"c":3}"#, " · ");
        assert_eq!(said("TICKET_CLOSED"), "c 3");
        assert_eq!(said("TICKET_CREATED"), "b 2");
        assert_eq!(said("INVOICE_GENERATED"), "a 1");
    }

    #[test]
    fn values_are_told_by_what_they_are() {
        for (paths, payload, said) in [
            (
                &["changes", "ticketId"][..],
                r#"{"ticketId":"T1","changes":{"status":{"old":"a","new":"b"},"n":1}}"#,
                "status b · n 1 · ticket T1",
            ),
            (&["tags"], r#"{"tags":["x","y","z","w"]}"#, "tags x, y, z, +1"),
            (&["tags"], r#"{"tags":[]}"#, "tags none"),
            (&["deep.er"], r#"{"deep":{"er":true}}"#, "er true"),
            // Nothing is there: as without a rule.
            (&["none"], r#"{"invoiceId":"I1","amount":1.50}"#, "invoice I1 · amount 1.50"),
            (&["a"], "{\"a\":\"\u{202e}x\\u001b[2J\"}", "a \\u{202e}x\\x1b[2J"),
        ] {
            assert_eq!(rules(&[("*", paths)]).news(None, payload, " · "), said, "{paths:?}");
        }
    }

    #[test]
    fn a_large_payload_is_read_at_its_beginning() {
        let large = format!(r#"{{"a":1,"text":"{}","b":2}}"#, "é".repeat(1 << 20));
        let rules = rules(&[("*", &["b", "a"])]);
        assert_eq!(rules.news(None, &large, " · "), "a 1");
        let deep = format!("{{\"a\":1,\"b\":{}", "[".repeat(200_000));
        assert_eq!(rules.news(None, &deep, " · "), "a 1");
    }

    #[test]
    fn a_path_that_is_none_is_named() {
        let paths = ["a..b".to_owned()];
        let error = AboutRules::new([("T*", paths.as_slice())]).unwrap_err();
        assert_eq!((error.types.as_str(), error.path.as_str()), ("T*", "a..b"));
    }
}
