//! `tidings work` from end to end: real processes on a private Redis.

#![cfg(feature = "cli")]
#![expect(clippy::unwrap_used, reason = "all of this is tests; a failing one must say where")]

mod drain;
mod ends;
mod house;
mod metrics;
#[path = "../support/redis_server.rs"]
mod redis_server;
mod refusals;
#[path = "../support/sessions.rs"]
mod sessions;
