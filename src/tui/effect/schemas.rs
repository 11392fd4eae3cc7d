//! The schemas of a context.

use std::fmt;
use std::sync::Arc;

use crate::schema::Registry;

/// The schemas of a context's types, where there are any at hand. Two are equal when they are the same ones.
#[derive(Clone, Default)]
pub struct Schemas(pub Option<Arc<Registry>>);

impl PartialEq for Schemas {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (None, None) => true,
            _ => false,
        }
    }
}

impl fmt::Debug for Schemas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Schemas({})", self.0.as_ref().map_or(0, |schemas| schemas.types().count()))
    }
}
