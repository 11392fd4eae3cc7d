//! Handlers in processes of their own, which are killed, stopped and replaced, on a Redis that is killed, stopped and cut
//! off: nothing is lost, nothing is made up, and what runs twice is what the faults explain.
//!
//! The worker processes are this very executable (`worker`). Every fault is drawn from a seed (`seed`), which is printed
//! and can be given in `TIDINGS_CHAOS_SEED`; `scripts/chaos` runs `soak` for longer.

#![cfg(feature = "cli")]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "all of this is tests; a failing one must say where"
)]

mod books;
mod crew;
mod cuts;
mod four;
mod isolation;
#[path = "../support/proxy.rs"]
mod mute;
mod nemesis;
mod oracle;
mod points;
mod producer;
#[path = "../faults/proxy.rs"]
mod proxy;
#[path = "../support/redis_server.rs"]
mod redis_server;
mod runs;
mod seed;
#[path = "../support/sessions.rs"]
mod sessions;
mod soak;
mod worker;
