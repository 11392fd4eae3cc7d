//! The built-in handlers against programs and servers that mean them no good.

#![cfg(feature = "handlers")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "all of this is tests; a failing one must say where")]

mod attempt;
mod exec;
mod service;
mod webhook;
