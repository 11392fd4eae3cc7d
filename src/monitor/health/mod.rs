//! The health of a bus: lints, each with its evidence and what to do. Pure: it is given looks at the bus
//! ([`Health::look`]), what was heard of it ([`Health::hear`]) and dead letters as they were read
//! ([`Health::read_dead`]), each with the time. The dashboard and `tidings doctor` use the same.
//!
//! What the server itself is like is judged where it is asked, and comes as findings; they become lints here.

mod checks;
mod clocks;
mod consumers;
mod dead;
mod groups;
mod handlers;
mod heard;
mod lag;
mod lint;
mod look;
mod report;
mod retries;
mod state;
mod stuck;
#[cfg(test)]
mod tests;
mod trimming;
mod words;

pub use checks::{Basis, CHECKS, Check};
pub use lint::{Lint, Place};
pub use state::{CheckState, Health, Known};
