//! What a Redis context is made of. `config` reads these from `[contexts.NAME]`.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;

use crate::bus::PendingEntry;

/// How to reach a Redis, and how its bus is laid out.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// `redis://`, `rediss://` (TLS), or `redis+unix://`; may hold user, password and database number.
    pub url: SecretString,
    /// The profile: how the bus lies in Redis.
    pub profile: Profile,
    /// A file of PEM certificates to trust for `rediss://`, in place of the system's.
    pub ca_file: Option<PathBuf>,
    /// Settings of the profile `native`.
    pub native: NativeSettings,
    /// Settings of the profile `alga-psa`.
    pub alga_psa: AlgaSettings,
    /// Settings of the profile `pubsub`.
    pub pubsub: PubSubSettings,
    /// The largest event that may be published, in bytes.
    pub max_event_bytes: usize,
    /// How long a command may take before its outcome is unknown, in milliseconds.
    pub command_timeout_ms: u64,
}

impl Settings {
    /// After so long without a word a pending entry may be given to somebody else, where no consumer says another.
    pub(super) fn lease(&self) -> Duration {
        match self.profile {
            Profile::AlgaPsa => Duration::from_millis(self.alga_psa.claim_timeout_ms),
            Profile::Native | Profile::PubSub => PendingEntry::LEASE,
        }
    }

    /// The command time-out as a duration.
    pub fn command_timeout(&self) -> Duration {
        Duration::from_millis(self.command_timeout_ms)
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            url: SecretString::from("redis://127.0.0.1:6379/0"),
            profile: Profile::Native,
            ca_file: None,
            native: NativeSettings::default(),
            alga_psa: AlgaSettings::default(),
            pubsub: PubSubSettings::default(),
            max_event_bytes: 1024 * 1024,
            command_timeout_ms: 3_000,
        }
    }
}

/// The layouts that we know (docs/wire.md).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// Tidings' own bus.
    #[default]
    Native,
    /// The bus of Alga PSA.
    AlgaPsa,
    /// Pub/Sub channels: live only.
    #[serde(rename = "pubsub")]
    PubSub,
}

impl Profile {
    /// The name in the config and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::AlgaPsa => "alga-psa",
            Self::PubSub => "pubsub",
        }
    }
}

/// Settings of the profile `native`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NativeSettings {
    /// What every key begins with.
    pub prefix: String,
    /// Whether types are hash tags, so that each type's keys share a slot of a cluster.
    pub cluster: bool,
    /// Whether publishing also sends `PUBLISH` on the channel of the same name.
    pub fanout: bool,
    /// How long workers keep entries that every group is done with, in hours.
    pub retention_hours: u32,
}

impl NativeSettings {
    /// How long workers keep entries that every group is done with.
    pub fn retention(&self) -> Duration {
        Duration::from_hours(u64::from(self.retention_hours))
    }
}

impl Default for NativeSettings {
    fn default() -> Self {
        Self { prefix: "event:".to_owned(), cluster: false, fanout: false, retention_hours: 7 * 24 }
    }
}

/// Settings of the profile `alga-psa`; Alga's own environment variables are named in config.example.toml.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AlgaSettings {
    /// What every key begins with.
    pub prefix: String,
    /// What stream keys go on with.
    pub stream_prefix: String,
    /// The consumer group of Alga's own workers.
    pub group: String,
    /// Where Alga trims its streams, roughly.
    pub max_stream_length: u64,
    /// How often Alga gives an entry to its workers before that becomes a dead letter.
    pub max_deliveries: u64,
    /// After so long without a word Alga's workers claim a pending entry again, in milliseconds.
    pub claim_timeout_ms: u64,
    /// The channel to show, and to publish on, when none is named.
    pub channel: String,
    /// Whether what is published on Alga's own channel, `global`, is also copied for its workflows, in the same step.
    pub workflow_copy: bool,
}

impl Default for AlgaSettings {
    fn default() -> Self {
        Self {
            prefix: "alga-psa:".to_owned(),
            stream_prefix: "event-stream:".to_owned(),
            group: "event-processors".to_owned(),
            max_stream_length: 1_000,
            max_deliveries: 10,
            claim_timeout_ms: 30_000,
            channel: "global".to_owned(),
            workflow_copy: false,
        }
    }
}

/// Settings of the profile `pubsub`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PubSubSettings {
    /// The pattern to subscribe to, as PSUBSCRIBE takes it.
    pub pattern: String,
}

impl Default for PubSubSettings {
    fn default() -> Self {
        Self { pattern: "event::*".to_owned() }
    }
}
