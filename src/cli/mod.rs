//! The command line: arguments, verbs, output, and the wiring of everything else.
//!
//! What scripts may rely on (exit codes, flags, JSON) is in docs/json.md and held by tests. The verbs call the same
//! ports of [`crate::bus`] as the dashboard.

mod agree;
mod args;
mod colour;
mod config;
mod connect;
mod dashboard;
mod desk;
mod doctor;
mod editor;
mod events_file;
mod exit;
mod failed;
mod fields;
mod filter;
mod handlers;
mod history;
mod host;
mod interrupt;
mod journal;
mod keys;
mod lines;
mod log;
mod manual;
mod new_file;
mod nothing;
mod output;
mod paint;
mod patient;
mod publish;
mod reader;
mod reference;
mod run;
mod stats;
mod store;
mod table;
mod tail;
mod templates;
mod theme_name;
mod themes;
mod types;
mod when;
mod who;
mod work;

#[cfg(test)]
mod test_desk;

pub use run::main;
