//! Every key of the configuration with its value, for `config show` and for the tests that hold the example to it.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use secrecy::ExposeSecret as _;
use serde::Serialize;

use super::source::join;
use super::{Config, Context, HandlerConfig, Kind, redact_url};
use crate::bus::StartAt;
use crate::text::show_duration;

/// One key and its value.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Setting {
    /// The dotted key, as TOML would take it.
    pub key: String,
    /// Its value; passwords are `***`.
    pub value: Value,
}

/// The value of a key.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// Text.
    Text(String),
    /// A whole number.
    Number(u64),
    /// Yes or no.
    Switch(bool),
    /// Texts.
    List(Vec<String>),
    /// No value, and that is a value too.
    Unset,
}

impl fmt::Display for Value {
    /// As TOML writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => toml::Value::from(text.as_str()).fmt(f),
            Self::Number(number) => number.fmt(f),
            Self::Switch(switch) => switch.fmt(f),
            Self::List(texts) => toml::Value::from(texts.clone()).fmt(f),
            Self::Unset => f.write_str("(not set)"),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Self::Number(number as u64)
    }
}

impl From<bool> for Value {
    fn from(switch: bool) -> Self {
        Self::Switch(switch)
    }
}

impl From<&[String]> for Value {
    fn from(texts: &[String]) -> Self {
        Self::List(texts.to_vec())
    }
}

impl From<Duration> for Value {
    fn from(duration: Duration) -> Self {
        Self::Text(show_duration(duration))
    }
}

impl From<Option<Duration>> for Value {
    fn from(duration: Option<Duration>) -> Self {
        duration.map_or(Self::Unset, Self::from)
    }
}

impl From<Option<&str>> for Value {
    fn from(text: Option<&str>) -> Self {
        text.map_or(Self::Unset, Self::from)
    }
}

impl From<Option<&Path>> for Value {
    fn from(path: Option<&Path>) -> Self {
        path.map_or(Self::Unset, |path| Self::Text(path.display().to_string()))
    }
}

/// Gathers settings below a prefix.
struct Rows<'a> {
    prefix: String,
    rows: &'a mut Vec<Setting>,
}

impl Rows<'_> {
    fn put(&mut self, key: &str, value: impl Into<Value>) {
        self.rows.push(Setting { key: join(&self.prefix, key), value: value.into() });
    }

    /// Names below `key` whose values may be secrets.
    fn hide<'n>(&mut self, key: &str, names: impl Iterator<Item = &'n String>) {
        let mut rows = self.below(key);
        for name in names {
            rows.put(name, "***");
        }
    }

    fn below(&mut self, key: &str) -> Rows<'_> {
        Rows { prefix: join(&self.prefix, key), rows: self.rows }
    }
}

impl Config {
    /// Every key with its value, in the order of the example file. No secret is among them.
    pub fn settings(&self) -> Vec<Setting> {
        let mut settings = Vec::new();
        let mut rows = Rows { prefix: String::new(), rows: &mut settings };
        rows.put("default_context", self.default_context.as_deref());
        rows.put("theme", self.theme.as_str());
        rows.put("color", self.color.word());
        rows.put("mouse", self.mouse);
        let mut history = rows.below("history");
        history.put("last", self.history.last);
        history.put("enabled", self.history.enabled);
        history.put("keep", self.history.keep.get());
        history.put("redact", self.history.redact.as_slice());
        let mut retention = rows.below("retention");
        retention.put("bytes", self.retention.bytes.get());
        retention.put("entries", self.retention.entries.get());
        let mut events = rows.below("events");
        let columns: Vec<_> = self.events.columns.iter().map(|column| column.word().to_owned()).collect();
        events.put("columns", columns.as_slice());
        let mut about = events.below("about");
        for (types, paths) in &self.events.about {
            about.put(types, paths.as_slice());
        }
        rows.below("redact").put("masks", self.redact.masks.as_slice());
        rows.below("schemas").put("folder", self.schemas.folder.as_deref());
        let mut log = rows.below("log");
        log.put("file", self.log.file.as_deref());
        log.put("level", self.log.level.word());
        let mut tenants = rows.below("tenants");
        tenants.put("strict", self.tenants.strict);
        for (id, label) in self.tenants.labels.all() {
            tenants.put(id.as_str(), label);
        }
        let mut keys = rows.below("keys");
        for change in &self.keys.0 {
            let names: Vec<String> = change.keys.iter().map(|key| key.spelling()).collect();
            keys.below(change.context.spelling()).put(change.action.spelling(), names.as_slice());
        }
        let mut handlers = rows.below("handlers");
        for handler in &self.handlers {
            handler.list(handlers.below(handler.name.as_str()));
        }
        let mut contexts = rows.below("contexts");
        for (name, context) in &self.contexts {
            context.list(contexts.below(name));
        }
        settings
    }
}

impl HandlerConfig {
    fn list(&self, mut rows: Rows<'_>) {
        rows.put("types", &self.types[..]);
        rows.put("tenants", &self.tenants[..]);
        rows.put("filter", self.filter.text());
        rows.put("kind", self.kind.word());
        rows.put(
            "start",
            match self.start {
                StartAt::New => "new",
                StartAt::Beginning => "beginning",
            },
        );
        rows.put("attempts", u64::from(self.policy.attempts.get()));
        rows.put("base", self.policy.base);
        rows.put("cap", self.policy.cap);
        rows.put("timeout", self.timeout);
        rows.put("concurrency", self.concurrency.get());
        rows.put("dedup", self.dedup);
        match &self.kind {
            Kind::Exec(exec) => {
                rows.put("command", &exec.command[..]);
                rows.hide("env", exec.env.keys());
                rows.put("cwd", exec.cwd.as_deref());
                rows.put("max_output", exec.max_output);
            }
            Kind::Webhook(webhook) => {
                rows.put("url", webhook.url.shown().as_str());
                rows.put("secret_env", webhook.secret_env.as_deref());
                rows.hide("headers", webhook.headers.keys());
                rows.put("allow_private", webhook.allow_private);
            }
            Kind::Log => {}
        }
    }
}

impl Context {
    fn list(&self, mut rows: Rows<'_>) {
        let redis = &self.redis;
        rows.put("url", redact_url(redis.url.expose_secret()).as_str());
        rows.put("profile", redis.profile.name());
        rows.put("channel", self.channel.as_deref());
        rows.put("production", self.production);
        rows.put("read_only", self.read_only);
        rows.put("ca_file", redis.ca_file.as_deref());
        rows.put("max_event_bytes", redis.max_event_bytes);
        rows.put("command_timeout_ms", redis.command_timeout_ms);
        rows.below("redact").put("masks", self.redact.masks.as_slice());
        let mut native = rows.below("native");
        native.put("prefix", redis.native.prefix.as_str());
        native.put("cluster", redis.native.cluster);
        native.put("fanout", redis.native.fanout);
        native.put("retention_hours", u64::from(redis.native.retention_hours));
        let mut alga = rows.below("alga_psa");
        alga.put("prefix", redis.alga_psa.prefix.as_str());
        alga.put("stream_prefix", redis.alga_psa.stream_prefix.as_str());
        alga.put("group", redis.alga_psa.group.as_str());
        alga.put("max_stream_length", redis.alga_psa.max_stream_length);
        alga.put("max_deliveries", redis.alga_psa.max_deliveries);
        alga.put("claim_timeout_ms", redis.alga_psa.claim_timeout_ms);
        alga.put("channel", redis.alga_psa.channel.as_str());
        alga.put("workflow_copy", redis.alga_psa.workflow_copy);
        rows.below("pubsub").put("pattern", redis.pubsub.pattern.as_str());
    }
}
