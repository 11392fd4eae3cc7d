//! The schemas that come with Tidings: assets/schemas/, one file per type.

use std::fmt;

/// The built-in catalogues of assets/schemas/.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Catalogue {
    /// The customer's own ten types.
    #[default]
    Native,
    /// The same ten as Alga PSA writes them.
    AlgaPsa,
}

macro_rules! files {
    ($folder:literal: $($name:literal)*) => {
        &[$(($name, include_str!(concat!("../../assets/schemas/", $folder, "/", $name, ".json")))),*]
    };
}

const NATIVE: &[(&str, &str)] = files!("native":
    "INVOICE_FINALIZED" "INVOICE_GENERATED" "PROJECT_CLOSED" "PROJECT_CREATED" "PROJECT_UPDATED"
    "TICKET_CLOSED" "TICKET_CREATED" "TICKET_UPDATED" "TIME_ENTRY_APPROVED" "TIME_ENTRY_SUBMITTED");

const ALGA_PSA: &[(&str, &str)] = files!("alga-psa":
    "INVOICE_FINALIZED" "INVOICE_GENERATED" "PROJECT_CLOSED" "PROJECT_CREATED" "PROJECT_UPDATED"
    "TICKET_CLOSED" "TICKET_CREATED" "TICKET_UPDATED" "TIME_ENTRY_APPROVED" "TIME_ENTRY_SUBMITTED");

impl Catalogue {
    /// Its name, as the profile of the same name is written: `native` or `alga-psa`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::AlgaPsa => "alga-psa",
        }
    }

    /// Its files: event type and JSON Schema text.
    pub(super) fn files(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Native => NATIVE,
            Self::AlgaPsa => ALGA_PSA,
        }
    }
}

impl fmt::Display for Catalogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
