//! Redis: connections and their supervisor, the profiles, and one file per operation.

mod asker;
mod codec;
mod commands;
mod connection;
mod consume;
mod discovery;
mod doctor;
mod error;
mod facts;
mod failures;
mod feed;
mod handlers;
mod history;
mod inspect;
mod listen;
mod live;
mod observe;
mod open;
mod pace;
mod profile;
mod publish;
mod question;
mod quote;
mod rewind;
mod settings;
mod supervisor;
mod survey;
mod track;
mod tracks;
mod unread;
mod watch;
mod wire;

pub use open::open;
pub use settings::{AlgaSettings, NativeSettings, Profile, PubSubSettings, Settings};
