//! Handlers for people who write no Rust: a program of their own ([`Exec`]), a web service ([`Webhook`]), or a line in
//! the log ([`Log`]). The config names them, `tidings work` runs them; a Rust program may use them as any other
//! [`Handler`](crate::bus::Handler).

#[cfg(unix)]
mod exec;
mod log;
mod selection;
mod webhook;

#[cfg(unix)]
pub use exec::{Exec, ExecSettings, Leftovers};
pub use log::{Log, LogLine};
pub use selection::Selection;
pub use webhook::{Target, Trust, TrustError, Webhook, WebhookSettings};
