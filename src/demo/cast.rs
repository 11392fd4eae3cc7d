//! Who there is: the providers whose day it is.

use crate::event::{TenantId, TenantLabels};

/// A provider.
#[derive(Debug)]
pub(super) struct Provider {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    /// Its part of a calm day's traffic, in percent.
    pub(super) share: f64,
    /// Whether its monitoring is one to raise a storm.
    pub(super) noisy: bool,
    /// How often one of its events breaks a rule, in percent: an old integration writes some of them.
    pub(super) flawed: f64,
}

const fn provider(id: &'static str, name: &'static str, share: f64) -> Provider {
    Provider { id, name, share, noisy: false, flawed: 0.15 }
}

/// Their ids stay the same from seed to seed, so that a scope or a script goes on working.
pub(super) const PROVIDERS: [Provider; 8] = [
    provider("189c996e-43d3-4c53-9f4e-dbe5c1c5e9e6", "Acme MSP", 28.0),
    Provider { noisy: true, ..provider("5ac21b9e-6f0d-4b8e-9d57-0f2c6a1e7b34", "Northwind IT", 18.0) },
    provider("c3d7e0a4-18f2-4e6b-8a95-d4b1f7093c62", "Globex", 14.0),
    Provider { noisy: true, ..provider("7e94f1d8-b3a6-4c27-a1e0-52c8d96f0b1a", "Contoso Care", 12.0) },
    Provider { flawed: 4.0, ..provider("0f6b3c92-d51e-47a8-b7c4-e83a2d9f6015", "Initech Support", 10.0) },
    Provider { noisy: true, ..provider("a85d2e17-9c40-4f3b-86d1-1b7e5c0a94f8", "Blue Harbor IT", 8.0) },
    provider("e2147fb0-63c9-4d8a-95be-7a0f4d6c2e83", "Summit Networks", 6.0),
    provider("46b9c8d3-05ea-4172-ae6f-c91d3b8f7520", "Tailspin Systems", 4.0),
];

/// The names of the demo's tenants.
pub fn labels() -> TenantLabels {
    TenantLabels::new(
        PROVIDERS
            .iter()
            .filter_map(|provider| Some((TenantId::new(provider.id).ok()?, provider.name.to_owned()))),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_provider_has_an_id_of_its_own_and_a_name() {
        let labels = labels();
        assert_eq!(labels.all().len(), PROVIDERS.len());
        for provider in &PROVIDERS {
            assert_eq!(uuid::Uuid::parse_str(provider.id).unwrap().get_version_num(), 4, "{}", provider.name);
            assert_eq!(labels.find(provider.name)[0].as_str(), provider.id);
        }
        let total: f64 = PROVIDERS.iter().map(|provider| provider.share).sum();
        assert!((total - 100.0).abs() < 1e-9, "{total}");
    }
}
