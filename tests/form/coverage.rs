//! Every property that a schema names is offered as a row, once what it lies in is opened or chosen. The schemas are
//! walked here on their own, by the words of JSON Schema, and not as the form reads them.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::Value;
use tidings::event::json::{Pointer, read};
use tidings::schema::form::{FieldKind, Opened, Origin, Row};

use super::{Case, cases, generating};

/// How often one schema is walked into below itself.
const TIMES: usize = 2;

/// A form as a person left it.
#[derive(Clone)]
struct Desk<'c> {
    case: &'c Case,
    text: String,
    opened: Opened,
    /// The targets of the references on the way here.
    way: Vec<String>,
}

impl Desk<'_> {
    fn rows(&self) -> Vec<Row> {
        self.case.form.rows(&self.text, &self.opened)
    }

    fn row(&self, at: &Pointer) -> Option<Row> {
        self.rows().into_iter().find(|row| row.pointer == *at)
    }

    fn change(&mut self, what: &str, changed: Result<String, tidings::schema::form::FormError>) {
        let text =
            changed.unwrap_or_else(|error| panic!("{}: {what}: {error}\n{}", self.case.name, self.text));
        read(&text).unwrap_or_else(|broken| panic!("{}: {what}: {broken}\n{text}", self.case.name));
        self.text = text;
    }
}

fn object<'a>(schema: &'a Value, keyword: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    schema.get(keyword).and_then(Value::as_object).into_iter().flatten()
}

fn list<'a>(schema: &'a Value, keyword: &str) -> impl Iterator<Item = &'a Value> {
    schema.get(keyword).and_then(Value::as_array).into_iter().flatten()
}

/// The schema that a reference of the test files names.
fn target<'a>(document: &'a Value, link: &str) -> &'a Value {
    if let Some(pointer) = link.strip_prefix('#').filter(|it| it.is_empty() || it.starts_with('/')) {
        return document.pointer(pointer).expect(link);
    }
    if document.get("$id").is_some_and(|id| id == link) {
        return document;
    }
    let (keyword, name) = link.strip_prefix('#').map_or(("$id", link), |anchor| ("$anchor", anchor));
    let mut defined = object(document, "$defs").map(|(_, schema)| schema);
    defined.find(|schema| schema.get(keyword).is_some_and(|it| it == name)).expect(link)
}

/// Walks `schema`, which stands for the value at `at`; counts what was looked for, by its path.
fn walk(desk: &Desk<'_>, schema: &Value, at: &Pointer, found: &mut BTreeMap<String, usize>) {
    let mut desk = desk.clone();
    desk.opened.open(at.clone());
    let name = desk.case.name.clone();
    if let Some(link) = schema.get("$ref").and_then(Value::as_str) {
        if desk.way.iter().filter(|before| *before == link).count() < TIMES {
            let mut deeper = desk.clone();
            deeper.way.push(link.to_owned());
            walk(&deeper, target(&desk.case.document, link), at, found);
        } else {
            return;
        }
    }
    values(&desk, schema, at);
    for (property, below) in object(schema, "properties").filter(|(_, below)| *below != &Value::Bool(false)) {
        let there = at.join(property.as_str());
        let row = desk.row(&there).unwrap_or_else(|| panic!("{name}: {there} is not offered\n{}", desk.text));
        assert_ne!(row.origin, Origin::Unnamed, "{name}: {there}");
        let required = list(schema, "required").any(|it| it == property.as_str());
        assert!(row.field.required || !required, "{name}: {there} is required");
        *found.entry(there.to_string()).or_default() += 1;
        walk(&desk, below, &there, found);
    }
    for part in list(schema, "allOf") {
        walk(&desk, part, at, found);
    }
    let dependent = object(schema, "dependentSchemas").chain(object(schema, "dependencies"));
    let dependent = dependent.map(|(_, part)| part).filter(|part| part.is_object());
    for part in schema.get("then").into_iter().chain(schema.get("else")).chain(dependent) {
        // What it asks for is asked of some values only.
        let mut part = part.clone();
        part.as_object_mut().expect("an object").remove("required");
        walk(&desk, &part, at, found);
    }
    for keyword in ["anyOf", "oneOf"] {
        let branches: Vec<&Value> =
            list(schema, keyword).filter(|branch| branch.get("type").is_none_or(|it| it != "null")).collect();
        for branch in &branches {
            if branches.len() == 1 {
                walk(&desk, branch, at, found);
            } else {
                walk(&chosen(&desk, branch, at), branch, at, found);
            }
        }
    }
    items(&desk, schema, at, found);
    others(&desk, schema, at, found);
}

/// Each value of a list of values can be chosen.
fn values(desk: &Desk<'_>, schema: &Value, at: &Pointer) {
    let listed: Vec<&Value> = list(schema, "enum").chain(schema.get("const")).collect();
    if listed.is_empty() {
        return;
    }
    let row = desk.row(at).expect("offered");
    let offers = |kind: &FieldKind, value: &Value| match kind {
        FieldKind::Choice(choices) => choices.iter().any(|choice| super::parsed(&choice.json) == *value),
        _ => false,
    };
    for value in listed {
        let by_variant = match &row.field.kind {
            FieldKind::Union(variants) => variants.iter().any(|variant| offers(&variant.kind, value)),
            kind => offers(kind, value),
        };
        let as_null = value.is_null() && row.field.nullable;
        let narrowed = desk.case.name == "openapi-style-all-of" && row.field.label == "species";
        assert!(
            by_variant || as_null || offers(&row.editor, value) || narrowed,
            "{}: {at}: {value} cannot be chosen of {:?}",
            desk.case.name,
            row.field.kind
        );
    }
}

/// The form with one of its kinds chosen at `at`: one that offers all that `branch` names.
fn chosen<'c>(desk: &Desk<'c>, branch: &Value, at: &Pointer) -> Desk<'c> {
    let row = desk.row(at).unwrap_or_else(|| panic!("{}: {at} is not offered", desk.case.name));
    let FieldKind::Union(variants) = &row.field.kind else {
        // A list of values, written as alternatives.
        assert!(
            matches!(row.field.kind, FieldKind::Choice(_)),
            "{}: {at}: {:?}",
            desk.case.name,
            row.field.kind
        );
        return desk.clone();
    };
    let mut schema = branch;
    while let Some(link) = schema.get("$ref").and_then(Value::as_str) {
        schema = target(&desk.case.document, link);
    }
    let alike = |kind: &FieldKind| match schema.get("type").and_then(Value::as_str) {
        Some("object") => matches!(kind, FieldKind::Object { .. } | FieldKind::Free { .. }),
        Some("array") => matches!(kind, FieldKind::List(_)),
        Some("string") => {
            matches!(kind, FieldKind::Text(_) | FieldKind::Uuid | FieldKind::DateTime | FieldKind::Choice(_))
        }
        Some("number" | "integer") => matches!(kind, FieldKind::Number(_) | FieldKind::Choice(_)),
        Some("boolean") => matches!(kind, FieldKind::Boolean),
        _ => true,
    };
    for (nth, variant) in variants.iter().enumerate() {
        let mut tried = desk.clone();
        let changed = generating(&mut 0, |generator| {
            tried.case.form.choose_variant(&tried.text, at, nth, generator, &mut tried.opened)
        });
        tried.change(&format!("choose {nth} at {at}"), changed);
        let row = tried.row(at).expect("still offered");
        assert_eq!(row.variant, Some(nth), "{}: {at} is what was chosen\n{}", tried.case.name, tried.text);
        let rows = tried.rows();
        let offers = |name: &String| {
            let named = |row: &&Row| row.pointer == at.join(name.as_str());
            rows.iter().find(named).is_some_and(|row| row.origin != Origin::Unnamed)
        };
        let fixes = |name: &str, value: &Value| {
            let row = rows.iter().find(|row| row.pointer == at.join(name));
            row.is_some_and(|row| {
                matches!(&row.editor, FieldKind::Choice(choices)
                if choices.len() == 1 && super::parsed(&choices[0].json) == *value)
            })
        };
        let consts = object(schema, "properties").filter_map(|(name, it)| Some((name, it.get("const")?)));
        if alike(&variant.kind)
            && object(schema, "properties").all(|(name, _)| offers(name))
            && consts.into_iter().all(|(name, value)| fixes(name, value))
        {
            return tried;
        }
    }
    panic!("{}: {at}: no kind of {:?} offers what {branch} names", desk.case.name, row.field.kind);
}

fn items(desk: &Desk<'_>, schema: &Value, at: &Pointer, found: &mut BTreeMap<String, usize>) {
    let fixed: Vec<&Value> = match schema.get("items") {
        Some(Value::Array(fixed)) => fixed.iter().collect(),
        _ => list(schema, "prefixItems").collect(),
    };
    for (nth, item) in fixed.iter().enumerate() {
        let there = at.join(nth.to_string());
        assert!(desk.row(&there).is_some(), "{}: {there} is not offered\n{}", desk.case.name, desk.text);
        *found.entry(there.to_string()).or_default() += 1;
        walk(desk, item, &there, found);
    }
    let Some(item) = schema.get("items").filter(|item| item.is_object()) else { return };
    if !matches!(desk.row(at).expect("offered").editor, FieldKind::List(_)) {
        // One of several types, of which another one stands in the text.
        let mut tried = chosen(desk, &serde_json::json!({"type": "array"}), at);
        tried.opened.open(at.clone());
        return items(&tried, schema, at, found);
    }
    let mut filled = desk.clone();
    for _ in 0..=fixed.len() {
        let added = generating(&mut 0, |generator| {
            desk.case.form.add_item(&filled.text, at, generator, &filled.opened)
        });
        filled.change(&format!("add to {at}"), added);
    }
    let there = at.join(fixed.len().to_string());
    assert!(filled.row(&there).is_some(), "{}: {there} is not offered\n{}", desk.case.name, filled.text);
    *found.entry(there.to_string()).or_default() += 1;
    walk(&filled, item, &there, found);
}

/// Fields with names of one's own.
fn others(desk: &Desk<'_>, schema: &Value, at: &Pointer, found: &mut BTreeMap<String, usize>) {
    let mut named: Vec<(String, &Value)> = Vec::new();
    for (pattern, below) in object(schema, "patternProperties") {
        let pattern = regex::Regex::new(pattern).expect("a pattern");
        let name = ["X-Test", "own"].into_iter().find(|name| pattern.is_match(name)).expect("a name");
        named.push((name.to_owned(), below));
    }
    if let Some(below) = schema.get("additionalProperties").filter(|it| it.is_object()) {
        match schema.get("propertyNames").and_then(|names| names.get("enum")) {
            Some(Value::Array(listed)) => {
                for name in listed {
                    let there = at.join(name.as_str().expect("a name"));
                    assert!(desk.row(&there).is_some(), "{}: {there} is not offered", desk.case.name);
                    *found.entry(there.to_string()).or_default() += 1;
                    walk(desk, below, &there, found);
                }
            }
            _ => named.push(("own".to_owned(), below)),
        }
    }
    for (name, below) in named {
        let mut filled = desk.clone();
        let there = at.join(name.as_str());
        if filled.row(&there).is_none() {
            let added = generating(&mut 0, |generator| {
                desk.case.form.add_entry(&filled.text, at, &name, generator, &filled.opened)
            });
            filled.change(&format!("add {there}"), added);
        }
        assert!(filled.row(&there).is_some(), "{}: {there} is not offered", desk.case.name);
        *found.entry(there.to_string()).or_default() += 1;
        walk(&filled, below, &there, found);
    }
}

#[test]
fn every_property_of_every_schema_is_offered() {
    let mut counts = String::new();
    for case in cases() {
        let desk = Desk { case: &case, text: "{}".to_owned(), opened: Opened::default(), way: Vec::new() };
        let mut found = BTreeMap::new();
        walk(&desk, &case.document, &Pointer::root(), &mut found);
        writeln!(counts, "{}: {}", case.name, found.len()).expect("a text");
    }
    insta::assert_snapshot!(counts, @r"
    draft04-legacy-meter: 9
    draft07-contact-any-of: 7
    draft07-contract-conditional: 14
    draft2020-anchors: 15
    draft2020-credentials-lookahead: 3
    draft2020-expression: 26
    draft2020-formats: 22
    draft2020-root-union: 9
    draft2020-track-tuple: 21
    draft2020-webhook-freeform: 17
    openapi-style-all-of: 14
    pydantic-category-tree: 26
    pydantic-order: 21
    pydantic-shape: 22
    typebox-device: 15
    typebox-intersect: 7
    typebox-linked-node: 35
    zod3-invoice: 26
    zod4-notification: 12
    zod4-settings-record: 16
    zod4-ticket-comment: 16
    native/INVOICE_FINALIZED: 5
    native/INVOICE_GENERATED: 5
    native/PROJECT_CLOSED: 5
    native/PROJECT_CREATED: 5
    native/PROJECT_UPDATED: 5
    native/TICKET_CLOSED: 4
    native/TICKET_CREATED: 4
    native/TICKET_UPDATED: 4
    native/TIME_ENTRY_APPROVED: 6
    native/TIME_ENTRY_SUBMITTED: 6
    alga-psa/INVOICE_FINALIZED: 5
    alga-psa/INVOICE_GENERATED: 5
    alga-psa/PROJECT_CLOSED: 7
    alga-psa/PROJECT_CREATED: 5
    alga-psa/PROJECT_UPDATED: 5
    alga-psa/TICKET_CLOSED: 4
    alga-psa/TICKET_CREATED: 4
    alga-psa/TICKET_UPDATED: 4
    alga-psa/TIME_ENTRY_APPROVED: 7
    alga-psa/TIME_ENTRY_SUBMITTED: 7
    ");
}
