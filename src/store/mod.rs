//! Files.

mod error;
pub mod schemas;

pub use error::StoreError;
