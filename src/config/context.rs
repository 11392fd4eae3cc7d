//! `[contexts.NAME]`: a named connection, and what this program may do on it.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error as _, IntoDeserializer, MapAccess, Visitor,
};

use super::Redact;
use crate::broker::redis::Settings;

/// A context as it is configured: the broker's own settings, and beside them what concerns this program.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// How to reach the Redis, and how the bus lies in it.
    pub redis: Settings,
    /// The channel to show first, in a profile that has channels; `all` for every one.
    pub channel: Option<String>,
    /// Red cue, and read-only unless a run says `--write`.
    pub production: bool,
    /// Never written to, whatever a run says.
    pub read_only: bool,
    /// What is masked here, besides what is everywhere.
    pub redact: Redact,
}

/// The keys of a context that are not the broker's.
const OWN_KEYS: [&str; 4] = ["channel", "production", "read_only", "redact"];

impl<'de> Deserialize<'de> for Context {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ContextVisitor)
    }
}

struct ContextVisitor;

impl<'de> Visitor<'de> for ContextVisitor {
    type Value = Context;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Context, A::Error> {
        let mut context = Context::default();
        let rest = Rest { map, own: &mut context };
        let redis = Settings::deserialize(MapAccessDeserializer::new(rest))?;
        Ok(Context { redis, ..context })
    }
}

/// The entries of a context without our own keys, which are put where they belong as they come by. (`flatten` would
/// lose both the places of errors and the denial of unknown keys.)
struct Rest<'a, A> {
    map: A,
    own: &'a mut Context,
}

enum Key<K> {
    Own(String),
    Broker(K),
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Rest<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        let mut seed = Some(seed);
        while let Some(this) = seed.take() {
            match self.map.next_key_seed(KeySeed(this))? {
                None => return Ok(None),
                Some((_, Key::Broker(key))) => return Ok(Some(key)),
                Some((unused, Key::Own(key))) => {
                    match key.as_str() {
                        "channel" => self.own.channel = Some(self.map.next_value()?),
                        "production" => self.own.production = self.map.next_value()?,
                        "redact" => self.own.redact = self.map.next_value()?,
                        _ => self.own.read_only = self.map.next_value()?,
                    }
                    seed = unused;
                }
            }
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

/// Reads a key, and asks the broker's settings about it only if it is not ours; gives the seed back unused if it is.
struct KeySeed<K>(K);

impl<'de, K: DeserializeSeed<'de>> DeserializeSeed<'de> for KeySeed<K> {
    type Value = (Option<K>, Key<K::Value>);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        let key = String::deserialize(deserializer)?;
        if OWN_KEYS.contains(&key.as_str()) {
            return Ok((Some(self.0), Key::Own(key)));
        }
        self.0
            .deserialize(IntoDeserializer::<serde::de::value::Error>::into_deserializer(key))
            .map(|known| (None, Key::Broker(known)))
            .map_err(|error| D::Error::custom(with_own_keys(&error.to_string())))
    }
}

/// The message about an unknown key names our keys too.
fn with_own_keys(message: &str) -> String {
    format!("{message}, `{}`", OWN_KEYS.join("`, `"))
}
