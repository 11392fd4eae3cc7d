//! The order in which a lens shows entries.

use super::Row;
use crate::event::{EventType, TenantLabels};

/// By what entries are sorted. Within one type, or tenant, the newest comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// The newest first.
    #[default]
    Time,
    /// By type, in the order of letters; those without one last.
    Type,
    /// By what tenants are called, in the order of letters; those without one last.
    Tenant,
}

impl Order {
    /// The next one, and after the last the first.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Time => Self::Type,
            Self::Type => Self::Tenant,
            Self::Tenant => Self::Time,
        }
    }

    /// In a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Type => "type",
            Self::Tenant => "tenant",
        }
    }

    /// The shelf of an entry: `None` for those that come last. It stays the same as long as the entry is retained.
    pub(super) fn shelf_of(self, row: &Row<'_>, labels: &TenantLabels) -> Option<String> {
        match self {
            Self::Time => None,
            Self::Type => row.event_type().map(EventType::to_string),
            // How short an id is shown may change, so it stands whole here; two of one label do not mix.
            Self::Tenant => row.tenant().map(|tenant| {
                let name = labels.label(tenant.as_str()).unwrap_or(tenant.as_str());
                format!("{}\0{}", name.to_lowercase(), tenant.as_str())
            }),
        }
    }
}
