//! The least that a schema takes.

use serde_json::{Map, Value};

use crate::event::json::{Pointer, pretty, quoted, read, set};

use super::entry::judged;
use super::generate::{Generator, nth};
use super::kind::FieldKind;
use super::opened::Opened;
use super::pattern::sample;
use super::place::Place;
use super::spot::Spot;
use super::{FormModel, place_of};

/// Most items or fields that a list or an object is filled up to, and most levels.
const MOST: u64 = 100;
/// Most values that are tried.
const MOST_TRIES: usize = 10_000;
/// How often what a schema still misses is put in.
const ROUNDS: usize = 8;

impl FormModel {
    /// The least that the schema takes, on lines: every field that has to be there with its default, else a value that
    /// is made. It is valid wherever such values can be made; where they cannot (a pattern with conditions, a schema
    /// that nothing fits), the rows of those fields say what is wrong.
    pub fn skeleton(&self, generator: &mut Generator<'_>) -> String {
        let mut json = least(&self.place(), 0, false, generator).unwrap_or_else(|| "{}".to_owned());
        // What is asked for only because of what is there: `if`, `dependentRequired`.
        for _ in 0..ROUNDS {
            let missing: Vec<Pointer> = self.faults(&json).iter().map(place_of).collect();
            let before = json.clone();
            for at in missing {
                json = self.filled(json, &at, generator);
            }
            if json == before {
                break;
            }
        }
        pretty(&json)
    }

    /// `json` with the least that is taken at a place where there is nothing yet.
    fn filled(&self, json: String, at: &Pointer, generator: &mut Generator<'_>) -> String {
        let Ok(root) = read(&json) else { return json };
        if root.get(at).is_some() {
            return json;
        }
        let opened = Opened::default();
        let spot = Spot::new(self.place(), Some(&root), &json, &Pointer::root(), &opened);
        let spot = Spot::at(spot, &json, at, &opened);
        match least(&spot.place, 0, true, generator) {
            Some(value) => set(&json, at, &value).unwrap_or(json),
            None => json,
        }
    }
}

/// The least that `place` takes, as JSON on one line; for each `nth` another value, where there is more than one.
/// `None` where nothing ends: an object that has to hold itself.
pub(super) fn least(
    place: &Place<'_>,
    nth: usize,
    or_null: bool,
    generator: &mut Generator<'_>,
) -> Option<String> {
    Maker { generator, path: Vec::new(), tries: 0 }.value(place, nth, or_null)
}

struct Maker<'m, 'g> {
    generator: &'m mut Generator<'g>,
    /// The places that this one lies in, each by the addresses of its schemas.
    path: Vec<Vec<*const Map<String, Value>>>,
    tries: usize,
}

impl Maker<'_, '_> {
    fn value(&mut self, place: &Place<'_>, nth: usize, or_null: bool) -> Option<String> {
        self.tries += 1;
        if place.never || self.tries > MOST_TRIES {
            return None;
        }
        if let Some(default) = place.get("default") {
            return Some(default.to_string());
        }
        if place.nullable && or_null {
            return Some("null".to_owned());
        }
        // What can be built at all can be built without a place that lies in itself.
        let own = place.identity();
        if !own.is_empty() && place.only.is_none() {
            if self.path.contains(&own) || self.path.len() as u64 > MOST {
                return None;
            }
            self.path.push(own.clone());
        }
        let made = self.made(place, nth);
        if self.path.last() == Some(&own) {
            self.path.pop();
        }
        made
    }

    fn made(&mut self, place: &Place<'_>, nth: usize) -> Option<String> {
        let alternatives = place.alternatives();
        if !alternatives.is_empty() {
            let mut turned =
                alternatives.iter().cycle().skip(nth % alternatives.len()).take(alternatives.len());
            return turned.find_map(|one| self.value(&one.place, nth, false));
        }
        match FieldKind::of(place) {
            FieldKind::Object { .. } | FieldKind::Free { .. } => self.object(place, nth),
            FieldKind::List(rules) => self.list(place, rules.min.unwrap_or_default()),
            kind => Some(self.scalar(place, &kind, nth)),
        }
    }

    /// A value of its kind that fits, where one can be made; else one that does not, and is told.
    fn scalar(&mut self, place: &Place<'_>, kind: &FieldKind, nth: usize) -> String {
        if let Some(entry) = self::nth(kind, nth, self.generator) {
            return entry.0;
        }
        let examples = place.all("examples").filter_map(Value::as_array).flatten().map(Value::to_string);
        let mut fitting = examples.filter(|example| judged(kind, example).is_ok());
        fitting.next().unwrap_or_else(|| {
            match kind {
                FieldKind::Number(_) => "0",
                FieldKind::Text(_) | FieldKind::Uuid | FieldKind::DateTime => "\"\"",
                _ => "null",
            }
            .to_owned()
        })
    }

    fn object(&mut self, place: &Place<'_>, nth: usize) -> Option<String> {
        let mut fields: Vec<(String, String)> = Vec::new();
        for name in place.names() {
            if place.requires(name) {
                fields.push((name.to_owned(), self.value(&place.member(name), nth, true)?));
            }
        }
        let min = place.all("minProperties").filter_map(Value::as_u64).max().unwrap_or_default().min(MOST);
        let others: Vec<&str> = place.names().into_iter().filter(|name| !place.requires(name)).collect();
        let mut more = 0;
        while (fields.len() as u64) < min && more as u64 <= MOST {
            let name =
                others.get(more).map_or_else(|| self.key(place, more - others.len()), |it| (*it).to_owned());
            more += 1;
            if fields.iter().all(|(taken, _)| *taken != name) {
                let value = self.value(&place.member(&name), nth, true)?;
                fields.push((name, value));
            }
        }
        let fields: Vec<String> =
            fields.iter().map(|(name, value)| format!("{}:{value}", quoted(name))).collect();
        Some(format!("{{{}}}", fields.join(",")))
    }

    /// A name for a field of a free-form object.
    fn key(&mut self, place: &Place<'_>, nth: usize) -> String {
        let patterns = place.get("patternProperties").and_then(Value::as_object);
        let by_pattern = patterns.and_then(|patterns| patterns.keys().find_map(|pattern| sample(pattern)));
        let keys = place.keys();
        let by_rule = (!keys.parts.is_empty()).then(|| self.scalar(&keys, &FieldKind::of(&keys), nth));
        let by_rule = by_rule.and_then(|json| serde_json::from_str(&json).ok());
        by_rule.or(by_pattern).unwrap_or_else(|| format!("key{}", nth + 1))
    }

    fn list(&mut self, place: &Place<'_>, min: u64) -> Option<String> {
        let mut items = Vec::new();
        for schema in place.all("contains") {
            items.extend(self.value(&Place::of(place.document, schema), 0, false));
        }
        let least = usize::try_from(min.min(MOST)).unwrap_or_default().max(place.fixed());
        while items.len() < least {
            let nth = items.len();
            items.push(self.value(&place.item(nth), nth, false)?);
        }
        Some(format!("[{}]", items.join(",")))
    }
}
