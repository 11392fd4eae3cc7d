//! Redis.

mod asker;
mod codec;
mod commands;
mod connection;
mod discovery;
mod doctor;
mod error;
mod inspect;
mod observe;
mod open;
mod profile;
mod publish;
mod question;
mod quote;
mod settings;
mod survey;
mod unread;
mod wire;

pub use open::open;
pub use settings::{AlgaSettings, NativeSettings, Profile, PubSubSettings, Settings};
