//! Tidings: see, narrow and trust the live traffic of an event bus on Redis.
//!
//! The library is the house that the dashboard and the command line live in; its modules import one way only, see
//! ARCHITECTURE.md. Without the features `tui` and `cli` it builds without a terminal and without arguments.
//!
//! # Where to begin
//!
//! * [`bus::Bus`] publishes events and runs handlers, on either broker; `examples/ticket_handler.rs` is a whole program.
//! * [`broker::redis::open`] opens a bus on Redis as a [`bus::Session`]: [watching](bus::Observer), [reading
//!   back](bus::Archive), [looking it over](bus::Inspector), and [what has failed](bus::FailedQueue).
//!   [`broker::memory::MemoryBroker`] has the same ports without a server, for tests.
//! * [`monitor::Monitor`] makes of a watch's signals what a screen shows; [`filter::Filter`] is the one filter language;
//!   [`schema::Registry`] judges payloads; [`plan::Plan`] retries what has failed, carefully.
//!
//! ```no_run
//! # async fn look() -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Arc;
//! use tidings::broker::redis::{self, Settings};
//! use tidings::bus::{Intake, TenantLock};
//! use tidings::schema::{Catalogue, Registry};
//!
//! let intake = Intake::new(Arc::new(Registry::builtin(Catalogue::Native)), TenantLock::default());
//! let settings = Settings { url: "redis://127.0.0.1:6379/0".into(), ..Settings::default() };
//! // With a reason to write nothing there is no connection that could.
//! let session = redis::open("mine", &settings, intake, false, Some("this program only looks"))?;
//! for stream in session.inspector.streams().await?.found {
//!     println!("{}: {} entries, {} dead letters", stream.stream, stream.length, stream.dead_letters);
//! }
//! # Ok(())
//! # }
//! ```

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
