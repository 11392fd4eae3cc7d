//! What kind of value a place takes.

use serde_json::{Map, Number, Value, json};

use super::alternative::label;
use super::place::Place;

/// What kind of value a field takes, and with which editor it is written.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldKind {
    /// A UUID.
    Uuid,
    /// One of several values, or the only one.
    Choice(Vec<Choice>),
    /// A number.
    Number(NumberRules),
    /// `true` or `false`.
    Boolean,
    /// A date and time with a zone, ISO 8601.
    DateTime,
    /// A text.
    Text(TextRules),
    /// An object whose fields the schema names.
    Object {
        /// Whether it may have others, too.
        open: bool,
    },
    /// An object with names of one's own.
    Free {
        /// Whether the schema says what values they have.
        typed: bool,
    },
    /// A list.
    List(ListRules),
    /// One of several kinds.
    Union(Vec<Variant>),
    /// Anything: the schema does not say.
    Any,
}

/// A value that may be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The value as JSON text.
    pub json: String,
    /// What to call it: a text without its quotes. The schema's words: not safe to show.
    pub label: String,
}

/// One of the kinds of a union.
#[derive(Debug, Clone, PartialEq)]
pub struct Variant {
    /// What to call it: its title, the value that tells it apart, or its kind. The schema's words: not safe to show.
    pub label: String,
    /// Its kind; never a union.
    pub kind: FieldKind,
}

/// What a number must be.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NumberRules {
    /// Without a fraction.
    pub integer: bool,
    /// The smallest.
    pub min: Option<Number>,
    /// The largest.
    pub max: Option<Number>,
    /// Below the smallest.
    pub above: Option<Number>,
    /// Beyond the largest.
    pub below: Option<Number>,
    /// What it is a multiple of.
    pub multiple_of: Option<Number>,
}

/// What a text must be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextRules {
    /// Such as `email`, as JSON Schema names it.
    pub format: Option<String>,
    /// A regular expression, as JavaScript writes it.
    pub pattern: Option<String>,
    /// Fewest characters.
    pub min: Option<u64>,
    /// Most characters.
    pub max: Option<u64>,
}

/// What a list must be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListRules {
    /// The kind of its items in a word or two, such as `a UUID`; `None` where each may be of another kind.
    pub item: Option<String>,
    /// Fewest items.
    pub min: Option<u64>,
    /// Most items.
    pub max: Option<u64>,
    /// How many items, from the first, have a schema each (a tuple).
    pub fixed: usize,
}

impl FieldKind {
    /// The kind in a word or two.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Uuid => "UUID",
            Self::Choice(choices) if choices.len() == 1 => "fixed value",
            Self::Choice(_) => "choice",
            Self::Number(rules) if rules.integer => "whole number",
            Self::Number(_) => "number",
            Self::Boolean => "true or false",
            Self::DateTime => "date and time",
            Self::Text(_) => "text",
            Self::Object { .. } => "object",
            Self::Free { .. } => "free-form object",
            Self::List(rules) if rules.fixed > 0 => "tuple",
            Self::List(_) => "list",
            Self::Union(_) => "one of several",
            Self::Any => "anything",
        }
    }

    /// Whether it holds other values.
    pub fn is_container(&self) -> bool {
        matches!(self, Self::Object { .. } | Self::Free { .. } | Self::List(_))
    }

    /// A schema that says of one value what the kind says; lists and objects are not looked into.
    pub(super) fn schema(&self) -> Value {
        let mut map = Map::new();
        let mut put = |keyword: &str, value: Option<Value>| {
            if let Some(value) = value {
                map.insert(keyword.to_owned(), value);
            }
        };
        match self {
            Self::Uuid => return json!({"type": "string", "format": "uuid"}),
            Self::DateTime => return json!({"type": "string", "format": "date-time"}),
            Self::Boolean => return json!({"type": "boolean"}),
            Self::Object { .. } | Self::Free { .. } => return json!({"type": "object"}),
            Self::List(_) => return json!({"type": "array"}),
            Self::Any | Self::Choice(_) => return json!(true),
            Self::Union(variants) => {
                let each: Vec<Value> = variants.iter().map(|variant| variant.kind.schema()).collect();
                return json!({"anyOf": each});
            }
            Self::Number(rules) => {
                put("type", Some(Value::from(if rules.integer { "integer" } else { "number" })));
                for (keyword, limit) in [
                    ("minimum", &rules.min),
                    ("maximum", &rules.max),
                    ("exclusiveMinimum", &rules.above),
                    ("exclusiveMaximum", &rules.below),
                    ("multipleOf", &rules.multiple_of),
                ] {
                    put(keyword, limit.clone().map(Value::Number));
                }
            }
            Self::Text(rules) => {
                put("type", Some(Value::from("string")));
                put("format", rules.format.clone().map(Value::from));
                put("pattern", rules.pattern.clone().map(Value::from));
                put("minLength", rules.min.map(Value::from));
                put("maxLength", rules.max.map(Value::from));
            }
        }
        Value::Object(map)
    }

    /// The kind of value that `place` takes.
    pub(super) fn of(place: &Place<'_>) -> Self {
        let alternatives = place.alternatives();
        if alternatives.is_empty() {
            return Self::plain(place);
        }
        let variants: Vec<Variant> = alternatives
            .iter()
            .map(|one| Variant { label: label(&one.place, place, &one.name), kind: Self::plain(&one.place) })
            .collect();
        // Alternatives of one value each are how some write a list of values.
        let mut choices: Vec<Choice> = Vec::new();
        for variant in &variants {
            let Self::Choice(listed) = &variant.kind else { return Self::Union(variants) };
            match listed.as_slice() {
                [one] => choices.push(Choice { label: variant.label.clone(), ..one.clone() }),
                several => choices.extend(several.iter().cloned()),
            }
        }
        Self::Choice(choices)
    }

    /// The kind, where nothing has to be chosen before.
    fn plain(place: &Place<'_>) -> Self {
        if let Some(values) = values(place) {
            return Self::Choice(values.iter().map(Choice::of).collect());
        }
        match type_of(place) {
            Some("string") => text(place),
            Some(name @ ("number" | "integer")) => Self::Number(number(place, name == "integer")),
            Some("boolean") => Self::Boolean,
            Some("object") => object(place),
            Some("array") => Self::List(items(place)),
            Some("null") => Self::Choice(vec![Choice::of(&Value::Null)]),
            _ => Self::Any,
        }
    }
}

impl Choice {
    fn of(value: &Value) -> Self {
        let json = value.to_string();
        Self { label: value.as_str().map_or_else(|| json.clone(), str::to_owned), json }
    }
}

/// The values that all lists of values have in common, without null where that goes beside them.
fn values(place: &Place<'_>) -> Option<Vec<Value>> {
    let mut common: Option<Vec<Value>> = None;
    for part in &place.parts {
        let listed = match (part.get("const"), part.get("enum")) {
            (Some(value), _) => vec![value.clone()],
            (_, Some(Value::Array(values))) => values.clone(),
            _ => continue,
        };
        common = Some(match common {
            Some(before) => before.into_iter().filter(|value| listed.contains(value)).collect(),
            None => listed,
        });
    }
    let mut common = common?;
    if let Some(name) = place.only {
        common.retain(|value| is_of(value, name));
    }
    if common.len() > 1 {
        common.retain(|value| !value.is_null());
    }
    Some(common)
}

fn is_of(value: &Value, name: &str) -> bool {
    match value {
        Value::Null => name == "null",
        Value::Bool(_) => name == "boolean",
        Value::Number(number) => name == "number" || (name == "integer" && !number.is_f64()),
        Value::String(_) => name == "string",
        Value::Array(_) => name == "array",
        Value::Object(_) => name == "object",
    }
}

/// The type that a place's schemas name, or that what else they say is about.
pub(super) fn type_of<'a>(place: &Place<'a>) -> Option<&'a str> {
    const ABOUT: [(&str, &[&str]); 4] = [
        (
            "object",
            &[
                "properties",
                "required",
                "additionalProperties",
                "patternProperties",
                "propertyNames",
                "minProperties",
            ],
        ),
        ("array", &["items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains"]),
        ("string", &["format", "pattern", "minLength", "maxLength"]),
        ("number", &["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]),
    ];
    if let Some(name) = place.only {
        return Some(name);
    }
    let mut found = None;
    for value in place.all("type") {
        let names: Vec<&str> = match value {
            Value::String(name) => vec![name.as_str()],
            Value::Array(names) => {
                names.iter().filter_map(Value::as_str).filter(|it| *it != "null").collect()
            }
            _ => continue,
        };
        match names.as_slice() {
            ["integer"] => return Some("integer"),
            [name] => found = found.or(Some(*name)),
            ["integer" | "number", ..] => found = found.or(Some("number")),
            _ => {}
        }
    }
    found.or_else(|| {
        let says = |keywords: &[&str]| {
            keywords
                .iter()
                .any(|keyword| place.parts.iter().chain(&place.soft).any(|it| it.contains_key(*keyword)))
        };
        ABOUT.into_iter().find(|(_, keywords)| says(keywords)).map(|(name, _)| name)
    })
}

fn text(place: &Place<'_>) -> FieldKind {
    let word = |keyword: &str| place.get(keyword).and_then(Value::as_str).map(str::to_owned);
    let length = |keyword: &'static str| place.all(keyword).filter_map(Value::as_u64);
    match place.get("format").and_then(Value::as_str) {
        Some("uuid") => FieldKind::Uuid,
        Some("date-time") => FieldKind::DateTime,
        _ => FieldKind::Text(TextRules {
            format: word("format"),
            pattern: word("pattern"),
            min: length("minLength").max(),
            max: length("maxLength").min(),
        }),
    }
}

fn number(place: &Place<'_>, integer: bool) -> NumberRules {
    let limits =
        |keyword: &str| -> Vec<Number> { place.all(keyword).filter_map(Value::as_number).cloned().collect() };
    let size = |number: &Number| number.as_f64().unwrap_or_default();
    let largest = |keyword| limits(keyword).into_iter().max_by(|a, b| size(a).total_cmp(&size(b)));
    let smallest = |keyword| limits(keyword).into_iter().min_by(|a, b| size(a).total_cmp(&size(b)));
    let mut rules = NumberRules {
        integer,
        min: largest("minimum"),
        max: smallest("maximum"),
        above: largest("exclusiveMinimum"),
        below: smallest("exclusiveMaximum"),
        multiple_of: limits("multipleOf").into_iter().next(),
    };
    // Draft 4 says with `true` that the limit itself is out.
    if place.get("exclusiveMinimum") == Some(&Value::Bool(true)) {
        rules.above = rules.min.take();
    }
    if place.get("exclusiveMaximum") == Some(&Value::Bool(true)) {
        rules.below = rules.max.take();
    }
    rules
}

fn object(place: &Place<'_>) -> FieldKind {
    let closed = place.extra().any(|extra| extra == &Value::Bool(false));
    let says = |schema: &Value| schema.as_object().is_some_and(|map| !map.is_empty());
    let typed = place.extra().any(says) || place.get("patternProperties").is_some();
    if place.names().is_empty() && (typed || !closed) {
        return FieldKind::Free { typed };
    }
    FieldKind::Object { open: !closed || place.get("patternProperties").is_some() }
}

fn items(place: &Place<'_>) -> ListRules {
    let fixed = place.fixed();
    let count = |keyword: &'static str| place.all(keyword).filter_map(Value::as_u64);
    let item = place.item(fixed);
    // The kind of the items is not asked for its own: lists of lists may go on for ever.
    let item = place.get("items").and_then(|schema| crate::schema::words::words(item.document, schema));
    ListRules {
        item: item.filter(|_| fixed == 0),
        min: count("minItems").max(),
        max: count("maxItems").min(),
        fixed,
    }
}
