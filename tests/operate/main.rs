//! Acting on failed events of a real Redis: what lies there afterwards to the byte, and what is said when it does not.

#![expect(clippy::unwrap_used, reason = "all of this is tests; a failing one must say where")]

mod alga;
mod aside;
mod faults;
mod plans;
mod race;
mod release;
mod retry;
mod waiting;

#[path = "../support/importing.rs"]
mod importing;
#[path = "../support/letters.rs"]
mod letters;
#[path = "../support/proxy.rs"]
mod proxy;
#[path = "../support/redis_server.rs"]
mod redis_server;
#[path = "../support/sessions.rs"]
mod sessions;
