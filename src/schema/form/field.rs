//! What a schema says of one field.

use serde_json::Value;

use super::kind::FieldKind;
use super::place::Place;

/// A field of a form, as its schema describes it. Words are the schema's: not safe to show.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldModel {
    /// Its name in the object, or its index in the list.
    pub label: String,
    /// What the schema says it means: its description, else its title where that says more than its name.
    pub description: Option<String>,
    /// Whether it has to be there.
    pub required: bool,
    /// Whether null is one of its values.
    pub nullable: bool,
    /// What kind of value it takes.
    pub kind: FieldKind,
    /// The value that it has where it is left out, as JSON text.
    pub default: Option<String>,
    /// Values for example, as JSON text.
    pub examples: Vec<String>,
}

impl FieldModel {
    pub(super) fn new(label: &str, required: bool, place: &Place<'_>) -> Self {
        let word = |keyword: &str| place.get(keyword).and_then(Value::as_str);
        let same = |title: &str| plain(title) == plain(label);
        let examples = place.all("examples").filter_map(Value::as_array).flatten();
        Self {
            label: label.to_owned(),
            description: word("description")
                .or_else(|| word("title").filter(|it| !same(it)))
                .map(str::to_owned),
            required,
            nullable: place.nullable,
            kind: FieldKind::of(place),
            default: place.get("default").map(Value::to_string),
            examples: examples.chain(place.get("example")).map(Value::to_string).collect(),
        }
    }
}

/// Letters and digits alone: `Ticket Id` and `ticket_id` say the same.
fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
