//! Alternatives: what they are called, and which of them a value is.

use serde_json::Value;

use crate::event::json::{Node, Shape};

use super::kind::{FieldKind, type_of};
use super::place::{Branch, Place, list};

/// Most alternatives that one value is offered.
const MAX_ALTERNATIVES: usize = 64;
/// How deep alternatives within alternatives are looked for, and how deep a value is compared.
const MAX_LEVELS: usize = 4;

/// What a value may be, with nothing left to choose.
#[derive(Debug, Clone)]
pub(super) struct Alternative<'a> {
    pub(super) place: Place<'a>,
    /// What its schema is called, in parts; empty where it has no name.
    pub(super) name: Vec<String>,
}

/// All alternatives of `place`; of several sets, each with each.
pub(super) fn of<'a>(place: &Place<'a>) -> Vec<Alternative<'a>> {
    let mut found = Vec::new();
    if !place.unions.is_empty() {
        gather(place.clone(), Vec::new(), 0, &mut found);
    }
    found
}

fn gather<'a>(place: Place<'a>, name: Vec<String>, level: usize, found: &mut Vec<Alternative<'a>>) {
    let Some(union) = place.unions.first().filter(|_| level < MAX_LEVELS) else {
        if found.len() < MAX_ALTERNATIVES {
            found.push(Alternative { place, name });
        }
        return;
    };
    for branch in union {
        if found.len() >= MAX_ALTERNATIVES {
            return;
        }
        let mut name = name.clone();
        name.extend(name_of(branch));
        gather(place.choose(0, *branch), name, level + 1, found);
    }
}

/// What the schema of a branch is called.
fn name_of(branch: &Branch<'_>) -> Option<String> {
    let Branch::Schema(schema) = branch else { return None };
    let title = schema.get("title").and_then(Value::as_str);
    let link = schema.get("$ref").and_then(Value::as_str);
    let last = link.and_then(|link| link.rsplit(['/', '#']).next()).filter(|name| !name.is_empty());
    title.or(last).map(str::to_owned)
}

/// What to call an alternative of `whole`: the value that tells it apart, its name, or its kind.
pub(super) fn label(place: &Place<'_>, whole: &Place<'_>, name: &[String]) -> String {
    let title = place.all("title").find(|title| !whole.all("title").any(|it| it == *title));
    if let Some(title) = title.and_then(Value::as_str) {
        return title.to_owned();
    }
    if let Some((_, value)) = discriminators(place).find(|(name, _)| !fixes(whole, name)) {
        return value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    }
    if !name.is_empty() {
        return name.join(" + ");
    }
    if let Some(value) = place.get("const") {
        return value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    }
    let needs: Vec<&str> =
        place.names().into_iter().filter(|name| place.requires(name) && !whole.requires(name)).collect();
    if !needs.is_empty() {
        return format!("with {}", needs.join(", "));
    }
    let kind = FieldKind::of(place);
    match &kind {
        FieldKind::Text(rules) => rules.format.clone().unwrap_or_else(|| kind.name().to_owned()),
        FieldKind::List(rules) => match &rules.item {
            Some(item) => format!("list, each {item}"),
            None => kind.name().to_owned(),
        },
        _ => kind.name().to_owned(),
    }
}

fn fixes(place: &Place<'_>, name: &str) -> bool {
    discriminators(place).any(|(fixed, _)| fixed == name)
}

/// The fields of which only one value fits.
pub(super) fn discriminators<'a>(place: &Place<'a>) -> impl Iterator<Item = (&'a str, &'a Value)> {
    place.parts.iter().flat_map(|part| {
        let properties = part.get("properties").and_then(Value::as_object).into_iter().flatten();
        properties.filter_map(|(name, schema)| Some((name.as_str(), fixed(schema)?)))
    })
}

/// The one value that a schema takes.
fn fixed(schema: &Value) -> Option<&Value> {
    match (schema.get("const"), schema.get("enum").and_then(Value::as_array).map(Vec::as_slice)) {
        (Some(value), _) | (None, Some([value])) => Some(value),
        _ => None,
    }
}

/// Which alternative `node` is: the one that fits best, the first of those. `None` when it can be none of them.
/// `wanted` is taken wherever it can be that one.
pub(super) fn closest(
    alternatives: &[Alternative<'_>],
    json: &str,
    node: &Node,
    wanted: Option<usize>,
) -> Option<usize> {
    let scores: Vec<Option<i64>> = alternatives.iter().map(|one| score(&one.place, json, node, 0)).collect();
    if let Some(wanted) = wanted.filter(|&nth| scores.get(nth).is_some_and(Option::is_some)) {
        return Some(wanted);
    }
    let best = scores.iter().flatten().max()?;
    scores.iter().position(|score| score.as_ref() == Some(best))
}

/// How well a value fits; `None` when it does not.
fn score(place: &Place<'_>, json: &str, node: &Node, level: usize) -> Option<i64> {
    if place.never
        || (node.shape == Shape::Null && !place.nullable && type_of(place).is_some_and(|it| it != "null"))
    {
        return None;
    }
    if level >= MAX_LEVELS || node.shape == Shape::Null {
        return Some(0);
    }
    if !place.unions.is_empty() {
        return place.alternatives().iter().filter_map(|one| score(&one.place, json, node, level + 1)).max();
    }
    let kind = FieldKind::of(place);
    if !fits(&kind, json, node) {
        return None;
    }
    match (&kind, &node.shape) {
        (FieldKind::Choice(_), _) => Some(20),
        (FieldKind::Any, _) => Some(-20),
        (FieldKind::Uuid | FieldKind::DateTime | FieldKind::Text(_) | FieldKind::Number(_), _) => {
            Some(if super::entry::judged(&kind, node.text(json)).is_ok() { 5 } else { -5 })
        }
        (FieldKind::List(_), Shape::List(items)) => {
            let each = items.iter().take(8).enumerate();
            Some(
                each.map(|(nth, item)| {
                    score(&place.item(nth), json, item, level + 1).map_or(-4, |it| it.min(4))
                })
                .sum(),
            )
        }
        (_, Shape::Object(_)) => object_score(place, json, node, level),
        _ => Some(0),
    }
}

fn object_score(place: &Place<'_>, json: &str, node: &Node, level: usize) -> Option<i64> {
    let Shape::Object(members) = &node.shape else { return None };
    let mut total = 0;
    for (name, value) in discriminators(place) {
        match node.child(name) {
            Some(found) if is_value(json, found, value) => total += 50,
            Some(_) => return None,
            None => {}
        }
    }
    let known = place.names();
    let open = !place.extra().any(|extra| extra == &Value::Bool(false));
    for member in members {
        total += if known.contains(&member.name.as_str()) {
            1 + score(&place.member(&member.name), json, &member.value, level + 1).map_or(-4, |it| it.min(4))
        } else if open {
            -1
        } else {
            -20
        };
    }
    let missing = place.parts.iter().flat_map(|part| list(part, "required")).filter_map(Value::as_str);
    for name in missing.filter(|name| node.child(name).is_none()) {
        total -= if fixes(place, name) { 10 } else { 3 };
    }
    Some(total)
}

fn is_value(json: &str, node: &Node, value: &Value) -> bool {
    crate::schema::tree::read(node.text(json)).is_ok_and(|found| &found == value)
}

/// Whether a value is of a kind; what a text or a number must be beyond that is not asked.
pub(super) fn fits(kind: &FieldKind, json: &str, node: &Node) -> bool {
    match (kind, &node.shape) {
        (FieldKind::Any, _)
        | (FieldKind::Boolean, Shape::Bool(_))
        | (FieldKind::Uuid | FieldKind::DateTime | FieldKind::Text(_), Shape::Text(_))
        | (FieldKind::Object { .. } | FieldKind::Free { .. }, Shape::Object(_))
        | (FieldKind::List(_), Shape::List(_)) => true,
        (FieldKind::Number(rules), Shape::Number) => {
            let value: f64 = node.text(json).parse().unwrap_or_default();
            !rules.integer || value.fract() == 0.0 || value.is_infinite()
        }
        (FieldKind::Choice(choices), _) => {
            let Ok(found) = crate::schema::tree::read(node.text(json)) else { return false };
            choices
                .iter()
                .any(|choice| crate::schema::tree::read(&choice.json).is_ok_and(|value| value == found))
        }
        (FieldKind::Union(variants), _) => variants.iter().any(|variant| fits(&variant.kind, json, node)),
        _ => false,
    }
}
