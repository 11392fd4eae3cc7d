//! Names for tenants, so that a person reads 'Acme MSP' where the bus says a UUID.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::TenantId;

/// So many short forms are kept apart: what comes beyond them may look like another.
const FORMS: usize = 100_000;

/// Tenant ids and their labels.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TenantLabels {
    labels: HashMap<TenantId, String>,
    met: Box<Met>,
}

/// What tenants without a label are told apart by.
#[derive(Debug, Clone, Default, PartialEq)]
struct Met {
    /// Short forms of ids, and the tenant that was met first of those with it.
    forms: HashMap<String, TenantId>,
    /// Those that several have.
    crowded: HashSet<String>,
}

impl TenantLabels {
    /// Labels from pairs of tenant id and label.
    pub fn new(pairs: impl IntoIterator<Item = (TenantId, String)>) -> Self {
        Self { labels: pairs.into_iter().collect(), ..Self::default() }
    }

    /// The label of `tenant`, as configured: not made safe for a terminal.
    pub fn label(&self, tenant: &str) -> Option<&str> {
        self.labels.get(tenant).map(String::as_str)
    }

    /// What to show for `tenant`, safe for a terminal: its label, else its id, shortened if it is a UUID: to 8 characters,
    /// and where several were [met](Self::meet) that begin so to `189c996e..e9e6`, or not at all.
    pub fn show(&self, tenant: &str) -> String {
        match self.label(tenant) {
            Some(label) => crate::text::display_safe(label).into_owned(),
            None if uuid::Uuid::try_parse(tenant).is_ok() => {
                let mut forms = forms(tenant);
                forms.find(|form| !self.met.crowded.contains(form)).unwrap_or_else(|| tenant.to_owned())
            }
            None => crate::text::display_safe(tenant).into_owned(),
        }
    }

    /// A tenant has come: from here on no other one is shown as it is. Of tenants without end some fifty thousand are met.
    pub fn meet(&mut self, tenant: &TenantId) {
        if self.labels.contains_key(tenant) || uuid::Uuid::try_parse(tenant.as_str()).is_err() {
            return;
        }
        for form in forms(tenant.as_str()) {
            match self.met.forms.get(&form) {
                Some(first) if first == tenant => {}
                Some(_) => {
                    self.met.crowded.insert(form);
                }
                None if self.met.forms.len() < FORMS => {
                    self.met.forms.insert(form, tenant.clone());
                }
                None => {}
            }
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

/// How a UUID is shortened, the shortest first: each is made when it is asked for. It is ASCII.
fn forms(id: &str) -> impl Iterator<Item = String> {
    let (head, tail) = (&id[..id.len().min(8)], &id[id.len().saturating_sub(4)..]);
    std::iter::once_with(|| head.to_owned()).chain(std::iter::once_with(move || format!("{head}..{tail}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_tenants_are_shown_alike() {
        let id = |end: &str| TenantId::new(&format!("189c996e-43d3-4c53-9f4e-dbe5c1c5{end}")).unwrap();
        let (first, second, third) = (id("e9e6"), id("e9e7"), id("00e6"));
        let mut labels = TenantLabels::new([(third.clone(), "Acme".to_owned())]);
        labels.meet(&third);
        labels.meet(&first);
        labels.meet(&first);
        assert_eq!(labels.show(first.as_str()), "189c996e", "one with a label looks like no other");
        labels.meet(&second);
        let shown = [&first, &second, &third].map(|tenant| labels.show(tenant.as_str()));
        assert_eq!(shown, ["189c996e..e9e6", "189c996e..e9e7", "Acme"]);
        // Alike at both ends.
        let other = TenantId::new("189c996e-0000-4c53-9f4e-dbe5c1c5e9e6").unwrap();
        labels.meet(&other);
        assert_eq!(labels.show(other.as_str()), other.as_str());
        assert_eq!(labels.show(first.as_str()), first.as_str());
        assert_eq!(labels.show(second.as_str()), "189c996e..e9e7");
        assert_eq!(labels.show("17b0ac17-1b1c-4d7e-8f7a-0d9b8a7c6e5f"), "17b0ac17");
    }

    #[test]
    fn tenants_without_end_take_bounded_memory() {
        let mut labels = TenantLabels::default();
        let tenant = |n: u128| TenantId::new(&uuid::Uuid::from_u128(n << 96 | n).to_string()).unwrap();
        for n in 0..60_000 {
            labels.meet(&tenant(n));
        }
        assert_eq!(labels.met.forms.len(), FORMS);
        assert!(labels.met.crowded.is_empty());
    }

    #[test]
    fn what_is_no_uuid_is_shown_whole() {
        let mut labels = TenantLabels::default();
        for name in ["acme-one", "acme-two", "acme-on"] {
            labels.meet(&TenantId::new(name).unwrap());
            assert_eq!(labels.show(name), name);
        }
    }
}
