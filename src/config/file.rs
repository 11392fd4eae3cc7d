//! The config file.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::de::DeTable;

use super::handlers::{self, HandlerConfig, Kind};
use super::layer::{DEMO, URL_CONTEXT};
use super::source::join;
use super::{ColourChoice, ConfigError, Context, Events, Keys, Place, Redact, Source, Sources, Tenants};
use crate::compose::Redaction;
use crate::monitor::Limits;

/// What the config file says. Every key has a default, and stands in `config.example.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The context of a run that names none.
    pub default_context: Option<String>,
    /// The theme of the dashboard.
    pub theme: String,
    /// How many colours the dashboard uses.
    pub color: ColourChoice,
    /// Whether the dashboard takes the mouse.
    pub mouse: bool,
    /// How much history comes first, and what is remembered of what was sent.
    pub history: History,
    /// How much the dashboard keeps in memory.
    pub retention: Retention,
    /// How the dashboard shows events.
    pub events: Events,
    /// What is masked on the screen, and in what leaves it.
    pub redact: Redact,
    /// Schemas of event types.
    pub schemas: Schemas,
    /// What this program writes about itself.
    pub log: Log,
    /// Labels of tenants.
    pub tenants: Tenants,
    /// Which key does what in the dashboard, where that is not as on a fresh start.
    pub keys: Keys,
    /// Handlers to run.
    #[serde(deserialize_with = "handlers::later")]
    pub handlers: Vec<HandlerConfig>,
    /// Named connections.
    pub contexts: BTreeMap<String, Context>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            default_context: None,
            theme: "dark".to_owned(),
            color: ColourChoice::default(),
            mouse: true,
            history: History::default(),
            retention: Retention::default(),
            events: Events::default(),
            redact: Redact::default(),
            schemas: Schemas::default(),
            log: Log::default(),
            tenants: Tenants::default(),
            keys: Keys::default(),
            handlers: Vec::new(),
            contexts: BTreeMap::new(),
        }
    }
}

/// `[history]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct History {
    /// How many of the newest entries a start shows first.
    pub last: usize,
    /// Whether it is remembered what was sent.
    pub enabled: bool,
    /// How many events that were sent are remembered, for each context.
    pub keep: NonZeroUsize,
    /// What is left out of their payloads, besides what is a secret by its name.
    pub redact: Vec<String>,
}

/// More events than anybody looks for by hand; each time one is added, all are read.
const MOST_KEPT: usize = 10_000;
/// How many are, where nothing else is said.
const KEPT: usize = 500;

impl Default for History {
    fn default() -> Self {
        let keep = NonZeroUsize::new(KEPT).unwrap_or(NonZeroUsize::MIN);
        Self { last: 1_000, enabled: true, keep, redact: Vec::new() }
    }
}

impl History {
    /// What is left out of payloads that are remembered.
    pub fn redaction(&self) -> Redaction {
        // A file with a pattern that cannot be one is refused when it is read.
        Redaction::with(&self.redact).unwrap_or_default()
    }

    /// What is wrong with it, by key, and what to do.
    fn fault(&self) -> Option<(&'static str, String, String)> {
        if self.keep.get() > MOST_KEPT {
            let next = format!("Write a whole number from 1 to {MOST_KEPT} in its place.");
            return Some(("history.keep", format!("history.keep: '{}' is too many", self.keep), next));
        }
        let error = Redaction::with(&self.redact).err()?;
        let next = "Write names, such as \"ssn\", or paths, such as \"payload.**.email\".";
        Some(("history.redact", format!("history.redact: {error}"), next.to_owned()))
    }
}

/// `[retention]`: the bounds of what the dashboard keeps; the oldest entries are dropped first, and counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Retention {
    /// Bytes of memory for entries, roughly.
    pub bytes: NonZeroUsize,
    /// How many entries.
    pub entries: NonZeroUsize,
}

impl Default for Retention {
    fn default() -> Self {
        let Limits { bytes, entries } = Limits::default();
        let at_least_one = |n| NonZeroUsize::new(n).unwrap_or(NonZeroUsize::MIN);
        Self { bytes: at_least_one(bytes), entries: at_least_one(entries) }
    }
}

impl From<Retention> for Limits {
    fn from(retention: Retention) -> Self {
        Self { bytes: retention.bytes.get(), entries: retention.entries.get() }
    }
}

/// `[schemas]`
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Schemas {
    /// A folder of JSON Schema files, one per event type; they are added to the built-in ones, or replace them.
    pub folder: Option<PathBuf>,
}

/// `[log]`
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// The file to append to; without one nothing is logged.
    pub file: Option<PathBuf>,
    /// How much is logged.
    pub level: LogLevel,
}

/// How much is logged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// What failed.
    Error,
    /// And what looks wrong.
    Warn,
    /// And what happened: connections made and lost.
    #[default]
    Info,
    /// And how.
    Debug,
    /// Everything.
    Trace,
}

impl LogLevel {
    /// The word for it in the config.
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

impl Config {
    /// Reads `text`, the config file `path`. Paths in it count from the file's own folder.
    pub fn parse(text: &str, path: &Path) -> Result<(Self, Sources), ConfigError> {
        let root = DeTable::parse(text).map_err(|error| ConfigError::of_syntax(path, text, &error))?;
        let mut config = Self::deserialize(toml::de::Deserializer::from(root.clone()))
            .map_err(|error| ConfigError::of_toml(path, text, &error))?;
        config.handlers = handlers::read(path, text, root)?;
        let sources = Sources::of_file(text);
        config.check(path, text, &sources)?;
        config.root_paths(path.parent().unwrap_or(Path::new("")));
        Ok((config, sources))
    }

    /// What can be wrong with keys that are well written one by one.
    fn check(&self, path: &Path, text: &str, sources: &Sources) -> Result<(), ConfigError> {
        let place_of = |key: &str| match sources.of(key) {
            Source::File(place) => place,
            _ => Place { line: 1, column: 1 },
        };
        if let Some((key, what, next)) = self.history.fault() {
            return Err(ConfigError::at(path, place_of(key), &what, &next));
        }
        if let Some((key, what, next)) = self.events.fault() {
            return Err(ConfigError::at(path, place_of(&key), &what, &next));
        }
        let whose = self
            .contexts
            .iter()
            .map(|(name, context)| (format!("{}.redact.masks", join("contexts", name)), &context.redact));
        for (key, redact) in std::iter::once(("redact.masks".to_owned(), &self.redact)).chain(whose) {
            if let Some((what, next)) = redact.fault(&key) {
                return Err(ConfigError::at(path, place_of(&key), &what, &next));
            }
        }
        if let Err(refused) = self.keys.keymap() {
            let place = self.keys.0.get(refused.at).map_or(place_of("keys"), |it| place_of(&Keys::path(it)));
            return Err(ConfigError::at(path, place, &format!("keys: {}", refused.what), &refused.next));
        }
        for reserved in [URL_CONTEXT, DEMO] {
            if self.contexts.contains_key(reserved) {
                let at = text.find(&format!("contexts.{reserved}")).unwrap_or_default();
                let what = format!("'{reserved}' may not be the name of a context");
                let next = "It is what a bare --url, and the demo, are called; choose another name.";
                return Err(ConfigError::at(path, Place::of(text, at), &what, next));
            }
        }
        if let Some(name) = &self.default_context
            && !self.contexts.contains_key(name)
            && name != DEMO
        {
            let place = place_of("default_context");
            let what = format!("default_context: there is no context '{name}'");
            return Err(ConfigError::at(path, place, &what, &self.known_contexts()));
        }
        Ok(())
    }

    /// Which contexts there are: advice for a name that is none.
    pub(super) fn known_contexts(&self) -> String {
        if self.contexts.is_empty() {
            return "There are none: add [contexts.NAME] with a url to the config, or use --url.".to_owned();
        }
        let names: Vec<_> = self.contexts.keys().map(String::as_str).collect();
        format!("There are: {}.", names.join(", "))
    }

    fn root_paths(&mut self, folder: &Path) {
        let named = self.contexts.values_mut().map(|context| &mut context.redis.ca_file);
        let worked_in = self.handlers.iter_mut().filter_map(|handler| match &mut handler.kind {
            Kind::Exec(settings) => Some(&mut settings.cwd),
            Kind::Webhook(_) | Kind::Log => None,
        });
        for path in named.chain(worked_in).chain([&mut self.schemas.folder, &mut self.log.file]).flatten() {
            *path = folder.join(&*path);
        }
    }
}
