//! The fast path: a schema in a form that judges a payload while it is read, without a tree.
//!
//! It answers 'surely valid' or 'do not know', never 'invalid': what it does not know is judged by `jsonschema`. So a
//! rule may be stricter than its schema, never laxer. A keyword that is not named here means no rule at all, and a
//! property test compares the two.

use jsonschema::{Draft, Validator};
use serde_json::{Map, Value};

/// Integers up to this size are exact as doubles.
pub(super) const EXACT: f64 = 9_007_199_254_740_992.0;

/// Keywords that say nothing of validity.
const ANNOTATIONS: &[&str] = &[
    "$schema",
    "$id",
    "id",
    "$comment",
    "$defs",
    "definitions",
    "title",
    "description",
    "default",
    "example",
    "examples",
    "deprecated",
    "readOnly",
    "writeOnly",
];

/// What a value must be.
#[derive(Debug)]
pub(super) enum Rule {
    /// Any JSON will do.
    Anything,
    /// Only values within these limits.
    Only(Box<Limits>),
}

/// The limits of a value, all of which must hold.
#[derive(Debug)]
pub(super) struct Limits {
    pub(super) kinds: Kinds,
    /// The values of `enum` or `const`, those of them that are quick to compare.
    pub(super) one_of: Option<Vec<Scalar>>,
    pub(super) text: TextLimits,
    pub(super) number: NumberLimits,
    pub(super) fields: Fields,
    pub(super) items: Rule,
    pub(super) item_count: Count,
}

/// A set of JSON's types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kinds(u8);

/// A value that is quick to compare.
#[derive(Debug, PartialEq)]
pub(super) enum Scalar {
    Null,
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Text(String),
}

#[derive(Debug)]
pub(super) struct Count {
    pub(super) min: u64,
    pub(super) max: u64,
}

#[derive(Debug)]
pub(super) struct TextLimits {
    pub(super) format: Option<Format>,
    pub(super) length: Count,
    /// Judges `pattern` and the formats that [`Format`] does not have.
    pub(super) other: Option<Validator>,
}

/// The formats of nearly every event.
#[derive(Debug, Clone, Copy)]
pub(super) enum Format {
    Uuid,
    DateTime,
}

#[derive(Debug, Default)]
pub(super) struct NumberLimits {
    pub(super) min: Option<f64>,
    pub(super) max: Option<f64>,
    pub(super) above: Option<f64>,
    pub(super) below: Option<f64>,
}

/// The limits of an object's fields.
#[derive(Debug)]
pub(super) struct Fields {
    pub(super) named: Vec<Field>,
    /// One bit for each field of `named` that must be there.
    pub(super) required: u64,
    /// Of the fields that are not named; `None`: there may be none.
    pub(super) others: Option<Rule>,
}

#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: String,
    /// `None`: required, but otherwise like the fields that are not named.
    pub(super) rule: Option<Rule>,
}

impl Kinds {
    pub(super) const NULL: Self = Self(1);
    pub(super) const BOOLEAN: Self = Self(2);
    pub(super) const INTEGER: Self = Self(4);
    pub(super) const NUMBER: Self = Self(8 | Self::INTEGER.0);
    pub(super) const STRING: Self = Self(16);
    pub(super) const ARRAY: Self = Self(32);
    pub(super) const OBJECT: Self = Self(64);
    const ALL: Self = Self(127);

    /// Whether all of `kinds` are in it.
    pub(super) fn has(self, kinds: Self) -> bool {
        self.0 & kinds.0 == kinds.0
    }

    /// The value of the keyword `type`.
    fn parse(value: &Value) -> Option<Self> {
        match value {
            Value::String(name) => Some(match name.as_str() {
                "null" => Self::NULL,
                "boolean" => Self::BOOLEAN,
                "integer" => Self::INTEGER,
                "number" => Self::NUMBER,
                "string" => Self::STRING,
                "array" => Self::ARRAY,
                "object" => Self::OBJECT,
                _ => return None,
            }),
            Value::Array(names) => names.iter().try_fold(Self(0), |all, name| match name {
                Value::String(_) => Some(Self(all.0 | Self::parse(name)?.0)),
                _ => None,
            }),
            _ => None,
        }
    }
}

impl Count {
    const ANY: Self = Self { min: 0, max: u64::MAX };

    /// Whether every count is within it.
    pub(super) fn is_open(&self) -> bool {
        self.min == 0 && self.max == u64::MAX
    }

    pub(super) fn admits(&self, count: usize) -> bool {
        (self.min..=self.max).contains(&(count as u64))
    }
}

impl Scalar {
    fn parse(value: &Value) -> Option<Self> {
        match value {
            Value::Null => Some(Self::Null),
            Value::Bool(value) => Some(Self::Bool(*value)),
            Value::String(text) => Some(Self::Text(text.clone())),
            Value::Number(number) => {
                number.as_u64().map(Self::Unsigned).or_else(|| number.as_i64().map(Self::Signed))
            }
            Value::Array(_) | Value::Object(_) => None,
        }
    }
}

impl Limits {
    fn none() -> Self {
        Self {
            kinds: Kinds::ALL,
            one_of: None,
            text: TextLimits { format: None, length: Count::ANY, other: None },
            number: NumberLimits::default(),
            fields: Fields { named: Vec::new(), required: 0, others: Some(Rule::Anything) },
            items: Rule::Anything,
            item_count: Count::ANY,
        }
    }
}

impl Rule {
    /// The rule of `schema`; `None` when it uses anything that rules do not have.
    pub(super) fn compile(schema: &Value, draft: Draft) -> Option<Self> {
        let keywords = match schema {
            Value::Bool(true) => return Some(Self::Anything),
            Value::Object(keywords) => keywords,
            _ => return None,
        };
        let is_annotation = |name: &str| ANNOTATIONS.contains(&name) || name.starts_with("x-");
        let mut assertions = keywords.iter().filter(|(name, _)| !is_annotation(name)).peekable();
        match assertions.peek() {
            None => return Some(Self::Anything),
            Some((name, value)) if *name == "anyOf" => {
                let nullable = Self::nullable(value, draft);
                assertions.next();
                return if assertions.next().is_none() { nullable } else { None };
            }
            Some(_) => {}
        }
        let mut limits = Limits::none();
        for (name, value) in assertions {
            limits.add(name, value, draft)?;
        }
        limits.fields.require(keywords.get("required"))?;
        limits.text.add_others(keywords, draft)?;
        Some(Self::Only(Box::new(limits)))
    }

    /// `anyOf` a schema and null, as zod writes what may be null.
    fn nullable(branches: &Value, draft: Draft) -> Option<Self> {
        let [one, other] = branches.as_array()?.as_slice() else { return None };
        let is_null = |schema: &Value| *schema == serde_json::json!({"type": "null"});
        let schema = match (is_null(one), is_null(other)) {
            (false, true) => one,
            (true, false) => other,
            _ => return None,
        };
        let mut rule = Self::compile(schema, draft)?;
        if let Self::Only(limits) = &mut rule {
            limits.kinds = Kinds(limits.kinds.0 | Kinds::NULL.0);
            limits.one_of.iter_mut().for_each(|values| values.push(Scalar::Null));
        }
        Some(rule)
    }
}

impl Limits {
    fn add(&mut self, keyword: &str, value: &Value, draft: Draft) -> Option<()> {
        match keyword {
            "type" => self.kinds = Kinds::parse(value)?,
            "enum" | "const" if self.one_of.is_some() => return None,
            "enum" => self.one_of = Some(value.as_array()?.iter().filter_map(Scalar::parse).collect()),
            "const" => self.one_of = Some(Scalar::parse(value).into_iter().collect()),
            "minLength" => self.text.length.min = value.as_u64()?,
            "maxLength" => self.text.length.max = value.as_u64()?,
            "minimum" => self.number.min = Some(exact(value)?),
            "maximum" => self.number.max = Some(exact(value)?),
            "exclusiveMinimum" => self.number.above = Some(exact(value)?),
            "exclusiveMaximum" => self.number.below = Some(exact(value)?),
            "minItems" => self.item_count.min = value.as_u64()?,
            "maxItems" => self.item_count.max = value.as_u64()?,
            "items" => self.items = Rule::compile(value, draft)?,
            "additionalProperties" => {
                self.fields.others = match value {
                    Value::Bool(false) => None,
                    schema => Some(Rule::compile(schema, draft)?),
                }
            }
            "properties" => {
                for (name, schema) in value.as_object()? {
                    let rule = Some(Rule::compile(schema, draft)?);
                    self.fields.named.push(Field { name: name.clone(), rule });
                }
            }
            // What zod writes for a record: every name is a string.
            "propertyNames" if *value == serde_json::json!({"type": "string"}) => {}
            // These look at the keywords beside them, and are read after the others.
            "required" | "format" | "pattern" => {}
            _ => return None,
        }
        Some(())
    }
}

impl Fields {
    fn require(&mut self, names: Option<&Value>) -> Option<()> {
        let Some(names) = names else { return Some(()) };
        for name in names.as_array()? {
            let name = name.as_str()?;
            let at = self.named.iter().position(|field| field.name == name).unwrap_or_else(|| {
                self.named.push(Field { name: name.to_owned(), rule: None });
                self.named.len() - 1
            });
            self.required |= 1_u64.checked_shl(u32::try_from(at).ok()?)?;
        }
        Some(())
    }
}

impl TextLimits {
    fn add_others(&mut self, keywords: &Map<String, Value>, draft: Draft) -> Option<()> {
        let (format, pattern) = (keywords.get("format"), keywords.get("pattern"));
        match (format.and_then(Value::as_str), pattern) {
            (None, None) => return format.is_none().then_some(()),
            (Some("uuid"), None) => self.format = Some(Format::Uuid),
            (Some("date-time"), None) => self.format = Some(Format::DateTime),
            _ if draft == Draft::Unknown => return None,
            _ => {
                let only = ["format", "pattern"]
                    .into_iter()
                    .filter_map(|name| Some((name.to_owned(), keywords.get(name)?.clone())));
                let options = jsonschema::options().with_draft(draft).should_validate_formats(true);
                self.other = Some(options.build(&Value::Object(only.collect())).ok()?);
            }
        }
        Some(())
    }
}

/// A limit that a double holds exactly.
fn exact(value: &Value) -> Option<f64> {
    value.as_f64().filter(|limit| limit.abs() < EXACT)
}
