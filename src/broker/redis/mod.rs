//! Redis.

mod codec;
mod commands;
mod connection;
mod discovery;
mod error;
mod facts;
mod feed;
mod history;
mod listen;
mod live;
mod observe;
mod pace;
mod profile;
mod publish;
mod quote;
mod rewind;
mod settings;
mod supervisor;
mod track;
mod tracks;
mod watch;
mod wire;

pub use settings::{AlgaSettings, NativeSettings, Profile, PubSubSettings, Settings};
