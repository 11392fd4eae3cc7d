//! What is on the screen, in every state that a person can meet.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a failing test must say where")]

mod around;
mod compose;
mod errors;
mod events;
mod evil;
#[path = "../support/failed.rs"]
mod failed;
mod file;
mod handlers;
mod health;
mod hostile;
mod journal;
mod leaving;
mod looks;
mod on_call;
mod pictures;
mod queue;
#[path = "../support/queue.rs"]
mod queued;
mod redacted;
mod rewind;
mod sending;
mod shelf;
mod stage;
mod states;
mod tenants;
mod views;
mod ways;
mod writing;
