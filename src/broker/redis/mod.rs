//! Redis.

mod settings;

pub use settings::{AlgaSettings, NativeSettings, Profile, PubSubSettings, Settings};
