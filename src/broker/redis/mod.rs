//! Redis.

mod codec;
mod commands;
mod connection;
mod discovery;
mod error;
mod profile;
mod publish;
mod quote;
mod settings;
mod wire;

pub use settings::{AlgaSettings, NativeSettings, Profile, PubSubSettings, Settings};
