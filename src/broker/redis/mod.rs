//! Redis.

mod commands;
mod connection;
mod error;
mod profile;
mod publish;
mod quote;
mod settings;

pub use settings::{AlgaSettings, NativeSettings, Profile, PubSubSettings, Settings};
