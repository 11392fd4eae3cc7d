//! Brokers: where events live.

pub mod memory;
pub mod redis;
