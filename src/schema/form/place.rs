//! All that a schema says of one value: references followed, `allOf` taken apart, alternatives set aside.
//!
//! Everything is looked up when it is asked for, so that schemas that contain themselves are no danger.

use serde_json::{Map, Value};

use super::super::outline::resolve;
use super::alternative::Alternative;

/// Most schemas that say something of one value.
const MAX_PARTS: usize = 256;

/// What a schema says of one value.
#[derive(Debug, Clone)]
pub(super) struct Place<'a> {
    pub(super) document: &'a Value,
    /// The schemas that all apply.
    pub(super) parts: Vec<&'a Map<String, Value>>,
    /// Schemas that apply to some values: the branches of `if`, and what other fields ask for.
    pub(super) soft: Vec<&'a Map<String, Value>>,
    /// Sets of alternatives, one of each applies.
    pub(super) unions: Vec<Vec<Branch<'a>>>,
    /// A type that was chosen of several.
    pub(super) only: Option<&'a str>,
    /// Whether null is named as a value, beside others.
    pub(super) nullable: bool,
    /// Whether some schema takes no value at all.
    pub(super) never: bool,
    /// What was added, by address: a schema that contains itself is added once.
    seen: Vec<*const Value>,
}

/// One of several alternatives.
#[derive(Debug, Clone, Copy)]
pub(super) enum Branch<'a> {
    /// One of `anyOf` or `oneOf`.
    Schema(&'a Value),
    /// One of the types in a list of types.
    Type(&'a str),
}

impl<'a> Place<'a> {
    /// Of which nothing is said.
    pub(super) fn any(document: &'a Value) -> Self {
        Self {
            document,
            parts: Vec::new(),
            soft: Vec::new(),
            unions: Vec::new(),
            only: None,
            nullable: false,
            never: false,
            seen: Vec::new(),
        }
    }

    /// Of which `schema` says all.
    pub(super) fn of(document: &'a Value, schema: &'a Value) -> Self {
        let mut place = Self::any(document);
        place.add(schema, false);
        place
    }

    /// Adds what `schema` says.
    pub(super) fn add(&mut self, schema: &'a Value, soft: bool) {
        if self.seen.len() >= MAX_PARTS || self.seen.iter().any(|known| std::ptr::eq(*known, schema)) {
            return;
        }
        self.seen.push(schema);
        let Some(map) = schema.as_object() else {
            self.never |= schema == &Value::Bool(false);
            return;
        };
        // What a schema says itself comes before what it refers to: its description and default are the nearer ones.
        if soft {
            self.soft.push(map);
        } else {
            self.parts.push(map);
        }
        for keyword in ["$ref", "$dynamicRef", "$recursiveRef"] {
            let link = map.get(keyword).and_then(Value::as_str);
            if let Some(target) = link.and_then(|link| resolve(self.document, link)) {
                self.add(target, soft);
            }
        }
        for member in list(map, "allOf") {
            self.add(member, soft);
        }
        // What applies to some values only adds fields; its alternatives would have to be chosen for all.
        if !soft {
            for keyword in ["anyOf", "oneOf"] {
                self.add_union(list(map, keyword).map(Branch::Schema).collect());
            }
            if let Some(Value::Array(types)) = map.get("type") {
                // A list of values has the last word.
                let listed = map.contains_key("enum") || map.contains_key("const");
                self.nullable |= !listed && types.len() > 1 && types.iter().any(|name| name == "null");
                let types: Vec<_> =
                    types.iter().filter_map(Value::as_str).filter(|it| *it != "null").collect();
                if types.len() > 1 && !types.iter().all(|name| matches!(*name, "integer" | "number")) {
                    self.unions.push(types.into_iter().map(Branch::Type).collect());
                }
            }
            let has_null = |values: &Vec<Value>| values.len() > 1 && values.contains(&Value::Null);
            self.nullable |= map.get("enum").and_then(Value::as_array).is_some_and(has_null);
        }
        for keyword in ["then", "else"] {
            if let Some(branch) = map.get(keyword) {
                self.add(branch, true);
            }
        }
        for keyword in ["dependentSchemas", "dependencies"] {
            let schemas = map.get(keyword).and_then(Value::as_object).into_iter().flatten();
            for (_, schema) in schemas.filter(|(_, schema)| schema.is_object()) {
                self.add(schema, true);
            }
        }
    }

    /// Sets alternatives aside. One that only says null makes the value nullable; a last one left over is none.
    fn add_union(&mut self, branches: Vec<Branch<'a>>) {
        let mut left = Vec::new();
        let mut last = None;
        for branch in branches {
            let Branch::Schema(schema) = branch else { continue };
            // What is looked into already is known here, too: alternatives may contain themselves.
            let mut place = Place { seen: self.seen.clone(), ..Place::any(self.document) };
            place.add(schema, false);
            self.nullable |= place.nullable;
            if place.is_null() {
                self.nullable = true;
            } else if let ([union], true) = (place.unions.as_slice(), place.says_nothing_itself()) {
                left.extend(union.iter().copied());
            } else {
                left.push(branch);
                last = Some(place);
            }
        }
        match (left.as_slice(), last) {
            ([], _) => {}
            // Taken over as it was read: to read it again would double the work with every level.
            ([_], Some(place)) => {
                self.parts.extend(place.parts);
                self.soft.extend(place.soft);
                self.unions.extend(place.unions);
                self.never |= place.never;
                self.seen = place.seen;
            }
            _ => self.unions.push(left),
        }
    }

    /// Whether only null fits.
    fn is_null(&self) -> bool {
        self.parts.iter().any(|part| {
            part.get("type").is_some_and(|it| it == "null")
                || part.get("const").is_some_and(Value::is_null)
                || part.get("enum").and_then(Value::as_array).is_some_and(|it| it == &[Value::Null])
        })
    }

    /// Whether its schemas only refer to others, or describe.
    fn says_nothing_itself(&self) -> bool {
        let refers = |keyword: &str| matches!(keyword, "$ref" | "anyOf" | "oneOf");
        self.soft.is_empty()
            && self.parts.iter().all(|part| part.keys().all(|keyword| refers(keyword) || describes(keyword)))
    }

    /// Which schemas those are that say something, by their addresses: the same for all that refer to them.
    pub(super) fn identity(&self) -> Vec<*const Map<String, Value>> {
        let only_refers =
            |part: &Map<String, Value>| part.keys().all(|keyword| keyword == "$ref" || describes(keyword));
        let parts = self.parts.iter().filter(|part| !only_refers(part));
        parts.map(|part| std::ptr::from_ref(*part)).collect()
    }

    /// The value of a keyword in the first schema that has it.
    pub(super) fn get(&self, keyword: &str) -> Option<&'a Value> {
        self.all(keyword).next()
    }

    /// The values of a keyword, in the order of the schemas.
    pub(super) fn all(&self, keyword: &str) -> impl Iterator<Item = &'a Value> {
        self.parts.iter().filter_map(move |part| part.get(keyword))
    }

    /// What the value may be, one after the other; empty where there is nothing to choose.
    pub(super) fn alternatives(&self) -> Vec<Alternative<'a>> {
        super::alternative::of(self)
    }

    /// This place with one of its alternatives chosen, and that set no longer open.
    pub(super) fn choose(&self, union: usize, branch: Branch<'a>) -> Self {
        let mut chosen = self.clone();
        chosen.unions.remove(union);
        match branch {
            Branch::Schema(schema) => chosen.add(schema, false),
            Branch::Type(name) => chosen.only = Some(name),
        }
        chosen
    }

    /// Whether a field has to be there.
    pub(super) fn requires(&self, name: &str) -> bool {
        self.parts.iter().any(|part| list(part, "required").any(|it| it == name))
    }

    /// The names of the fields it knows: those that have to be there first, each in the order of the schema.
    pub(super) fn names(&self) -> Vec<&'a str> {
        let mut names: Vec<&'a str> = Vec::new();
        for part in self.parts.iter().chain(&self.soft) {
            let properties = part.get("properties").and_then(Value::as_object).into_iter().flatten();
            names.extend(properties.map(|(name, _)| name.as_str()));
            names.extend(part.get("propertyNames").into_iter().flat_map(|of| listed(self.document, of)));
        }
        for part in self.parts.iter().chain(&self.soft) {
            names.extend(list(part, "required").filter_map(Value::as_str));
        }
        let mut seen = std::collections::HashSet::new();
        names.retain(|name| seen.insert(*name));
        let (mut first, rest): (Vec<_>, Vec<_>) = names.into_iter().partition(|name| self.requires(name));
        first.extend(rest);
        first
    }

    /// The field of that name: what names it, else what is said of all others.
    pub(super) fn member(&self, name: &str) -> Self {
        let mut member = Self::any(self.document);
        let named = |part: &&'a Map<String, Value>| part.get("properties")?.get(name);
        let mut known = false;
        for schema in self.parts.iter().filter_map(named) {
            member.add(schema, false);
            known = true;
        }
        if !known && let Some(schema) = self.soft.iter().find_map(named) {
            member.add(schema, false);
            known = true;
        }
        for part in &self.parts {
            for schema in matching(part, name) {
                member.add(schema, false);
                known = true;
            }
        }
        if !known {
            for schema in self.extra() {
                member.add(schema, false);
            }
        }
        member
    }

    /// What is said of fields that are not named.
    pub(super) fn extra(&self) -> impl Iterator<Item = &'a Value> {
        self.all("additionalProperties").chain(self.all("unevaluatedProperties"))
    }

    /// What is said of the names of fields.
    pub(super) fn keys(&self) -> Self {
        let mut keys = Self::any(self.document);
        for schema in self.all("propertyNames") {
            keys.add(schema, false);
        }
        keys
    }

    /// How many items have schemas of their own.
    pub(super) fn fixed(&self) -> usize {
        self.parts.iter().filter_map(|part| tuple(part)).map(Vec::len).max().unwrap_or_default()
    }

    /// Item `nth` of a list.
    pub(super) fn item(&self, nth: usize) -> Self {
        let mut item = Self::any(self.document);
        for part in &self.parts {
            let schema = match tuple(part) {
                Some(fixed) if nth < fixed.len() => fixed.get(nth),
                Some(_) if part.contains_key("prefixItems") => part.get("items"),
                Some(_) => part.get("additionalItems"),
                None => part.get("items"),
            };
            if let Some(schema) = schema.or_else(|| part.get("unevaluatedItems")) {
                item.add(schema, false);
            }
        }
        item
    }
}

/// Whether a keyword says nothing of which values fit.
fn describes(keyword: &str) -> bool {
    const WORDS: [&str; 11] = [
        "title",
        "description",
        "default",
        "examples",
        "$comment",
        "deprecated",
        "readOnly",
        "writeOnly",
        "discriminator",
        "$id",
        "$anchor",
    ];
    WORDS.contains(&keyword)
}

/// Members of a keyword that is a list.
pub(super) fn list<'a>(
    part: &'a Map<String, Value>,
    keyword: &str,
) -> impl Iterator<Item = &'a Value> + use<'a> {
    part.get(keyword).and_then(Value::as_array).into_iter().flatten()
}

/// The schemas of single items: `prefixItems`, and the older list in `items`.
fn tuple(part: &Map<String, Value>) -> Option<&Vec<Value>> {
    part.get("prefixItems").or_else(|| part.get("items")).and_then(Value::as_array)
}

/// The names that a schema of names lists.
fn listed<'a>(document: &'a Value, schema: &'a Value) -> Vec<&'a str> {
    let place = Place::of(document, schema);
    let values = place.all("enum").find_map(Value::as_array);
    values.into_iter().flatten().filter_map(Value::as_str).collect()
}

/// The schemas of `patternProperties` that a name matches. A pattern that is no regular expression here matches none.
fn matching<'a>(part: &'a Map<String, Value>, name: &str) -> Vec<&'a Value> {
    let patterns = part.get("patternProperties").and_then(Value::as_object).into_iter().flatten();
    let matches = |pattern: &str| regex::Regex::new(pattern).is_ok_and(|regex| regex.is_match(name));
    patterns.filter(|(pattern, _)| matches(pattern)).map(|(_, schema)| schema).collect()
}
