//! Tidings: see, narrow and trust the live traffic of an event bus on Redis.
//!
//! The library is the house that the dashboard and the command line live in; its modules import one way only, see
//! ARCHITECTURE.md. Without the features `tui` and `cli` it builds without a terminal and without arguments.

pub mod broker;
pub mod bus;
#[cfg(feature = "cli")]
pub mod cli;
pub mod compose;
#[cfg(feature = "cli")]
pub mod config;
pub mod demo;
pub mod event;
pub mod filter;
#[cfg(feature = "handlers")]
pub mod handlers;
pub mod monitor;
pub mod plan;
pub mod schema;
pub mod store;
pub mod text;
#[cfg(feature = "tui")]
pub mod tui;
