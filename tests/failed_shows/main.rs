//! What the workflow of failed events is held to: real processes of `tidings` on a private Redis.

#![cfg(feature = "cli")]
#![expect(clippy::unwrap_used, reason = "all of this is tests; a failing one must say where")]

mod bounds;
mod captured;
mod dashboard;
#[allow(dead_code, reason = "nothing is worked on here")]
#[path = "../work/house.rs"]
mod house;
#[path = "../support/letters.rs"]
mod letters;
mod nemesis;
mod program;
#[path = "../support/pty.rs"]
mod pty;
mod read_only;
#[path = "../support/redis_server.rs"]
mod redis_server;
#[path = "../support/screen.rs"]
mod screen;
#[path = "../support/sessions.rs"]
mod sessions;
#[path = "../support/statistics.rs"]
mod statistics;
#[path = "../support/terminal.rs"]
mod terminal;
mod unable;
