//! Configuration: found, read, layered and checked; it decides nothing else.
//!
//! A flag beats the environment, the environment beats the file, the file beats the default. [`Config`] is what the
//! file says, [`Effective`] is what a run goes by, with the [`Source`] of every value. `config.example.toml` documents
//! every key and equals `Config::default()`.

mod colour;
mod context;
mod error;
mod events;
mod file;
mod find;
mod handlers;
mod keys;
mod layer;
mod redact;
mod secret;
mod source;
mod table;
mod tenants;

pub use colour::ColourChoice;
pub use context::Context;
pub use error::ConfigError;
pub use events::Events;
pub use file::{Config, History, Log, LogLevel, Retention, Schemas};
pub use find::{ConfigPath, EXAMPLE};
pub use handlers::{HandlerConfig, Kind};
pub use keys::Keys;
pub use layer::{DEMO, Effective, Overrides, URL_CONTEXT};
pub use redact::Redact;
pub use secret::redact_url;
pub use source::{Place, Source, Sources};
pub use table::{Setting, Value};
pub use tenants::Tenants;
