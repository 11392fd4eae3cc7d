//! Files.

mod error;
pub mod schemas;
pub mod themes;

pub use error::StoreError;
