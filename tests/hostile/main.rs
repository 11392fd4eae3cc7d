//! Hostile input through every verb and the dashboard, in a terminal: not a byte of it comes out raw, however large and odd
//! it is nothing panics and memory stays bounded, and however a run ends the terminal is as before.

#![cfg(all(feature = "cli", target_os = "linux"))]
#![expect(clippy::unwrap_used, reason = "all of this is tests; a failing one must say where")]

mod arguments;
mod bus;
mod checker;
mod corpus;
mod dashboard;
mod ends;
mod files;
mod panics;
#[path = "../support/pty.rs"]
mod pty;
#[path = "../support/redis_server.rs"]
mod redis_server;
mod room;
#[path = "../support/screen.rs"]
mod screen;
mod screens;
mod servers;
#[path = "../support/sessions.rs"]
mod sessions;
mod sizes;
mod verbs;
