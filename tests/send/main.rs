//! Sending many, and truthfully: what is said of each event is what lies in Redis, whatever is killed or cut in between.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "all of this is tests; a failing one must say where"
)]

mod alga;
#[cfg(all(feature = "cli", target_os = "linux"))]
mod ends;
#[cfg(feature = "cli")]
mod file;
mod killed;
mod later;
#[path = "../support/proxy.rs"]
mod proxy;
#[cfg(all(feature = "cli", target_os = "linux"))]
#[path = "../support/pty.rs"]
mod pty;
#[path = "../support/redis_server.rs"]
mod redis_server;
mod rights;
#[path = "../support/sessions.rs"]
mod sessions;
