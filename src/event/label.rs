//! Names for tenants, so that a person reads 'Acme MSP' where the bus says a UUID.

use std::collections::{BTreeMap, HashMap};

use super::TenantId;

/// Tenant ids and their labels.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TenantLabels {
    labels: HashMap<TenantId, String>,
}

impl TenantLabels {
    /// Labels from pairs of tenant id and label.
    pub fn new(pairs: impl IntoIterator<Item = (TenantId, String)>) -> Self {
        Self { labels: pairs.into_iter().collect() }
    }

    /// The label of `tenant`, as configured: not made safe for a terminal.
    pub fn label(&self, tenant: &str) -> Option<&str> {
        self.labels.get(tenant).map(String::as_str)
    }

    /// What to show for `tenant`, safe for a terminal: its label, else its id, shortened to 8 characters if it
    /// is a UUID.
    pub fn show(&self, tenant: &str) -> String {
        match self.label(tenant) {
            Some(label) => crate::text::display_safe(label).into_owned(),
            None if uuid::Uuid::try_parse(tenant).is_ok() => tenant[..tenant.len().min(8)].to_owned(),
            None => crate::text::display_safe(tenant).into_owned(),
        }
    }

    /// All tenants with a label equal to `name` (letter case aside), or whose id is `name`.
    pub fn find(&self, name: &str) -> Vec<TenantId> {
        let sorted: BTreeMap<_, _> = self.labels.iter().collect();
        sorted
            .into_iter()
            .filter(|(id, label)| id.as_str() == name || label.to_lowercase() == name.to_lowercase())
            .map(|(id, _)| id.clone())
            .collect()
    }

    /// Every labelled tenant, in no order.
    pub fn tenants(&self) -> impl Iterator<Item = &TenantId> {
        self.labels.keys()
    }

    /// Every labelled tenant, by label.
    pub fn all(&self) -> Vec<(&TenantId, &str)> {
        let mut all: Vec<_> = self.labels.iter().map(|(id, label)| (id, label.as_str())).collect();
        all.sort_by(|a, b| a.1.cmp(b.1).then(a.0.cmp(b.0)));
        all
    }
}
