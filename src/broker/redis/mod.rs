//! Redis.

mod connection;
mod error;
mod profile;
mod settings;

pub use settings::{AlgaSettings, NativeSettings, Profile, PubSubSettings, Settings};
