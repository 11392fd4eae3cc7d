//! `[keys.CONTEXT]`: a person's own keys, over those of a fresh start.

use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use crate::text::nearest;
use crate::tui::action::Action;
use crate::tui::keymap::{Change, Context, Key, Keymap, Refused};

/// What the config says of keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keys(pub Vec<Change>);

impl Keys {
    /// The keys of a fresh start, with these in place of some.
    ///
    /// # Errors
    ///
    /// As of [`Keymap::with`]: a file with such keys is refused when it is read.
    pub fn keymap(&self) -> Result<Keymap, Refused> {
        Keymap::with(&self.0)
    }

    /// The dotted key of a change.
    pub(super) fn path(change: &Change) -> String {
        format!("keys.{}.{}", change.context.spelling(), change.action.spelling())
    }
}

/// What a word was probably meant to be, else where to look.
fn meant(word: &str, known: &[&str], else_see: &str) -> String {
    nearest(word, known).map_or_else(|| else_see.to_owned(), |near| format!("did you mean '{near}'?"))
}

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(KeysVisitor)
    }
}

struct KeysVisitor;

impl<'de> Visitor<'de> for KeysVisitor {
    type Value = Keys;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Keys, A::Error> {
        let mut changes = Vec::new();
        while let Some(context) = map.next_key_seed(ContextSeed)? {
            changes.extend(map.next_value_seed(TableSeed(context))?);
        }
        Ok(Keys(changes))
    }
}

/// Reads the name of a context where it stands, so that an error knows the place.
struct ContextSeed;

impl<'de> DeserializeSeed<'de> for ContextSeed {
    type Value = Context;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Context, D::Error> {
        let word = String::deserialize(deserializer)?;
        let names = Context::ALL.map(Context::spelling);
        let found = Context::ALL.into_iter().find(|context| context.spelling() == word);
        found.ok_or_else(|| {
            let all = format!("there are: {}", names.join(", "));
            D::Error::custom(format!("'{word}' has no keys: {}", meant(&word, &names, &all)))
        })
    }
}

/// The actions of one context.
struct TableSeed(Context);

impl<'de> DeserializeSeed<'de> for TableSeed {
    type Value = Vec<Change>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<Change>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for TableSeed {
    type Value = Vec<Change>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<Change>, A::Error> {
        let mut changes = Vec::new();
        while let Some(action) = map.next_key_seed(ActionSeed)? {
            let keys = map.next_value_seed(ListSeed)?;
            changes.push(Change { context: self.0, action, keys });
        }
        Ok(changes)
    }
}

/// Reads the name of an action where it stands.
struct ActionSeed;

impl<'de> DeserializeSeed<'de> for ActionSeed {
    type Value = Action;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Action, D::Error> {
        let word = String::deserialize(deserializer)?;
        let names: Vec<_> = Action::ALL.iter().map(|action| action.spelling()).collect();
        let found = Action::ALL.iter().find(|action| action.spelling() == word);
        found.copied().ok_or_else(|| {
            let meant = meant(&word, &names, "`tidings keys` lists all actions");
            D::Error::custom(format!("'{word}' is no action: {meant}"))
        })
    }
}

/// A key, a list of keys, or "none".
struct ListSeed;

impl<'de> DeserializeSeed<'de> for ListSeed {
    type Value = Vec<Key>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<Key>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ListSeed {
    type Value = Vec<Key>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[\"keys\"], such as [\"r\", \"ctrl-r\"], or \"none\"")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Vec<Key>, E> {
        if text == "none" { Ok(Vec::new()) } else { Ok(vec![text.parse().map_err(E::custom)?]) }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<Key>, A::Error> {
        let mut keys = Vec::new();
        while let Some(text) = list.next_element::<String>()? {
            keys.push(text.parse().map_err(A::Error::custom)?);
        }
        Ok(keys)
    }
}
