//! `[tenants]`: labels for tenant ids, and beside them the switch `strict`.

use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error as _, MapAccess, Visitor};

use crate::event::{TenantId, TenantLabels};

/// What is known of tenants.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tenants {
    /// Whether events may be published only for the tenants named here.
    pub strict: bool,
    /// The labels of tenants.
    pub labels: TenantLabels,
}

impl Tenants {
    /// Why no event may be published for `tenant`, if so.
    pub fn refusal(&self, tenant: &TenantId) -> Option<String> {
        (self.strict && self.labels.label(tenant.as_str()).is_none())
            .then(|| "it is not in [tenants] of the config, and tenants.strict = true".to_owned())
    }
}

impl<'de> Deserialize<'de> for Tenants {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(TenantsVisitor)
    }
}

struct TenantsVisitor;

impl<'de> Visitor<'de> for TenantsVisitor {
    type Value = Tenants;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tenants, A::Error> {
        let mut strict = false;
        let mut labels: Vec<(TenantId, String)> = Vec::new();
        while let Some(key) = map.next_key_seed(KeySeed)? {
            match key {
                Key::Strict => strict = map.next_value()?,
                Key::Tenant(tenant) => labels.push((tenant, map.next_value()?)),
            }
        }
        Ok(Tenants { strict, labels: TenantLabels::new(labels) })
    }
}

enum Key {
    Strict,
    Tenant(TenantId),
}

/// Reads a key where it stands, so that an error knows the place.
struct KeySeed;

impl<'de> DeserializeSeed<'de> for KeySeed {
    type Value = Key;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "strict" => Ok(Key::Strict),
            id => TenantId::new(id).map(Key::Tenant).map_err(D::Error::custom),
        }
    }
}
