//! `[[handlers]]`: what `tidings work` runs. Half of a handler's keys are the same for all, the other half belong to its
//! kind; which half a key is of, and so what may stand beside it, is known only when `kind` was read.

use std::num::{NonZeroU32, NonZeroUsize};
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Deserializer, de::Error as _};
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::{ConfigError, Place};
use crate::bus::{RetryPolicy, StartAt, Subscription};
use crate::event::{HandlerName, TenantId};
use crate::filter::Filter;
use crate::handlers::{ExecSettings, WebhookSettings};
use crate::text::{nearest, parse_duration};

/// The longest time that a key may say.
const LONGEST: Duration = Duration::from_hours(30 * 24);
/// The most attempts of one handler at a time.
const MOST_AT_A_TIME: usize = 1_000;
/// Values that may hold secrets, and are never shown.
const SECRET: [&str; 3] = ["env", "headers", "url"];

/// A handler as it is configured.
#[derive(Debug, Clone)]
pub struct HandlerConfig {
    /// Its name: the name of its consumer group.
    pub name: HandlerName,
    /// The types that it takes, as names or patterns.
    pub types: Vec<String>,
    /// The tenants whose events it takes, by id or label; all, when there are none here.
    pub tenants: Vec<String>,
    /// Which of these events.
    pub filter: Filter,
    /// What it does with them.
    pub kind: Kind,
    /// Where it begins when it was never registered before.
    pub start: StartAt,
    /// How often, and how soon, failed events are tried again.
    pub policy: RetryPolicy,
    /// How long an attempt may take.
    pub timeout: Duration,
    /// How many attempts run at a time.
    pub concurrency: NonZeroUsize,
    /// For how long it is remembered which events it has done; `None`: not at all.
    pub dedup: Option<Duration>,
}

/// What a handler does.
#[derive(Debug, Clone)]
pub enum Kind {
    /// Runs a program.
    Exec(ExecSettings),
    /// Posts to a web service.
    Webhook(WebhookSettings),
    /// Writes a line.
    Log,
}

impl Kind {
    /// The word for it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Exec(_) => "exec",
            Self::Webhook(_) => "webhook",
            Self::Log => "log",
        }
    }
}

/// Lets `[[handlers]]` stand in the file, and be read by [`read`].
pub(super) fn later<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<HandlerConfig>, D::Error> {
    serde::de::IgnoredAny::deserialize(deserializer).map(|_| Vec::new())
}

/// The keys of every handler.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Common {
    #[serde(deserialize_with = "name")]
    name: HandlerName,
    #[serde(deserialize_with = "types")]
    types: Vec<String>,
    #[serde(default, deserialize_with = "tenants")]
    tenants: Vec<String>,
    #[serde(default, deserialize_with = "filter")]
    filter: Filter,
    kind: KindWord,
    #[serde(default)]
    start: StartWord,
    #[serde(default = "attempts")]
    attempts: NonZeroU32,
    #[serde(default = "base", deserialize_with = "time")]
    base: Duration,
    #[serde(default = "cap", deserialize_with = "time")]
    cap: Duration,
    #[serde(default = "timeout", deserialize_with = "time")]
    timeout: Duration,
    #[serde(default = "concurrency", deserialize_with = "at_a_time")]
    concurrency: NonZeroUsize,
    #[serde(default, deserialize_with = "some_time")]
    dedup: Option<Duration>,
}

const COMMON_KEYS: [&str; 12] = [
    "name",
    "types",
    "tenants",
    "filter",
    "kind",
    "start",
    "attempts",
    "base",
    "cap",
    "timeout",
    "concurrency",
    "dedup",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum KindWord {
    Exec,
    Webhook,
    Log,
}

impl KindWord {
    const ALL: [Self; 3] = [Self::Exec, Self::Webhook, Self::Log];

    fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Exec => &ExecSettings::KEYS,
            Self::Webhook => &WebhookSettings::KEYS,
            Self::Log => &[],
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Exec => "exec",
            Self::Webhook => "webhook",
            Self::Log => "log",
        }
    }
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum StartWord {
    #[default]
    New,
    Beginning,
}

fn name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<HandlerName, D::Error> {
    HandlerName::new(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}

fn types<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let types = Vec::<String>::deserialize(deserializer)?;
    if types.is_empty() {
        return Err(D::Error::custom("a handler without types gets nothing: name some, or write [\"*\"]"));
    }
    let fits = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || matches!(c, '_' | '*' | '?');
    match types.iter().find(|text| text.is_empty() || !text.chars().all(fits)) {
        Some(text) => Err(D::Error::custom(format!(
            "'{text}' is no event type: write names such as TICKET_UPDATED, or patterns such as TICKET_*"
        ))),
        None => Ok(types),
    }
}

fn tenants<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let tenants = Vec::<String>::deserialize(deserializer)?;
    for tenant in &tenants {
        TenantId::new(tenant).map_err(D::Error::custom)?;
    }
    Ok(tenants)
}

fn filter<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Filter, D::Error> {
    let text = String::deserialize(deserializer)?;
    let filter = Filter::parse(&text).map_err(|error| match &error.hint {
        Some(hint) => D::Error::custom(format!("{error}. {hint}")),
        None => D::Error::custom(error),
    })?;
    if filter.asks_for_failures() {
        return Err(D::Error::custom(
            "expected a filter of what an event is, found one of how handlers failed at it: that is not known before it \
             is handled",
        ));
    }
    Ok(filter)
}

fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let time = parse_duration(&String::deserialize(deserializer)?).map_err(D::Error::custom)?;
    if time.is_zero() || time > LONGEST {
        return Err(D::Error::custom("a time here is from 1ms to 30d"));
    }
    Ok(time)
}

fn some_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    time(deserializer).map(Some)
}

fn at_a_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NonZeroUsize, D::Error> {
    match NonZeroUsize::deserialize(deserializer)? {
        attempts if attempts.get() <= MOST_AT_A_TIME => Ok(attempts),
        _ => Err(D::Error::custom("no handler makes more than 1000 attempts at a time")),
    }
}

fn attempts() -> NonZeroU32 {
    RetryPolicy::default().attempts
}

fn base() -> Duration {
    RetryPolicy::default().base
}

fn cap() -> Duration {
    RetryPolicy::default().cap
}

fn timeout() -> Duration {
    Subscription::TIMEOUT
}

fn concurrency() -> NonZeroUsize {
    NonZeroUsize::new(Subscription::CONCURRENCY).unwrap_or(NonZeroUsize::MIN)
}

/// Reads the handlers of `root`, which is `text`, the config file `path`.
pub(super) fn read(
    path: &Path,
    text: &str,
    mut root: Spanned<DeTable<'_>>,
) -> Result<Vec<HandlerConfig>, ConfigError> {
    let file = File { path, text };
    let Some(handlers) = root.get_mut().remove("handlers") else { return Ok(Vec::new()) };
    let at = handlers.span();
    let DeValue::Array(handlers) = handlers.into_inner() else {
        return Err(file.error(at.start, "'handlers' is a list", "Begin each handler with [[handlers]]."));
    };
    let mut read: Vec<HandlerConfig> = Vec::new();
    for handler in handlers {
        let at = handler.span();
        let DeValue::Table(table) = handler.into_inner() else {
            return Err(file.error(
                at.start,
                "'handlers' is a list of tables",
                "Begin each with [[handlers]].",
            ));
        };
        let named_at = table.get("name").map_or(at.start, |name| name.span().start);
        let handler = file.handler(Spanned::new(at, table))?;
        if read.iter().any(|known| known.name == handler.name) {
            let what = format!("there are two handlers '{}'", handler.name);
            return Err(file.error(named_at, &what, "Its name is what a handler is known by: rename one."));
        }
        read.push(handler);
    }
    Ok(read)
}

/// The file that is read.
struct File<'a> {
    path: &'a Path,
    text: &'a str,
}

impl File<'_> {
    fn error(&self, at: usize, what: &str, next: &str) -> ConfigError {
        ConfigError::at(self.path, Place::of(self.text, at), what, next)
    }

    fn handler(&self, table: Spanned<DeTable<'_>>) -> Result<HandlerConfig, ConfigError> {
        let at = table.span();
        let (mut common, mut own) = (DeTable::new(), DeTable::new());
        for (key, value) in table.into_inner() {
            let half = if COMMON_KEYS.contains(&key.get_ref().as_ref()) { &mut common } else { &mut own };
            half.insert(key, value);
        }
        let common = Common::deserialize(toml::de::Deserializer::from(Spanned::new(at.clone(), common)))
            .map_err(|error| ConfigError::of_toml(self.path, self.text, &error))?;
        if let Some(stranger) = own.keys().find(|key| !common.kind.keys().contains(&key.get_ref().as_ref())) {
            return Err(self.stranger(stranger, common.kind));
        }
        let url_at = own.get("url").map_or(at.start, |url| url.span().start);
        let kind = match common.kind {
            KindWord::Exec => Kind::Exec(self.kind(&at, own)?),
            KindWord::Webhook => Kind::Webhook(self.kind(&at, own)?),
            KindWord::Log => Kind::Log,
        };
        if let Kind::Webhook(settings) = &kind
            && let Some((what, next)) = settings.objection()
        {
            return Err(self.error(url_at, &what, next));
        }
        Ok(HandlerConfig {
            name: common.name,
            types: common.types,
            tenants: common.tenants,
            filter: common.filter,
            kind,
            start: match common.start {
                StartWord::New => StartAt::New,
                StartWord::Beginning => StartAt::Beginning,
            },
            policy: RetryPolicy {
                attempts: common.attempts,
                base: common.base,
                cap: common.cap,
                ..RetryPolicy::default()
            },
            timeout: common.timeout,
            concurrency: common.concurrency,
            dedup: common.dedup,
        })
    }

    /// The settings of a kind. Of what may be a secret, an error shows the place and not the value.
    fn kind<'a, T: Deserialize<'a>>(
        &self,
        at: &std::ops::Range<usize>,
        own: DeTable<'a>,
    ) -> Result<T, ConfigError> {
        let secrets: Vec<_> = own
            .iter()
            .filter(|(key, _)| SECRET.contains(&key.get_ref().as_ref()))
            .map(|(_, value)| value.span())
            .collect();
        T::deserialize(toml::de::Deserializer::from(Spanned::new(at.clone(), own))).map_err(|error| {
            let span = error.span().unwrap_or_default();
            let secret = secrets.iter().any(|secret| span.start < secret.end && secret.start < span.end);
            if secret {
                ConfigError::of_secret(self.path, self.text, &error)
            } else {
                ConfigError::of_toml(self.path, self.text, &error)
            }
        })
    }

    /// A key that does not belong to the kind.
    fn stranger(&self, key: &Spanned<DeString<'_>>, kind: KindWord) -> ConfigError {
        let (at, key) = (key.span().start, key.get_ref().as_ref());
        let known: Vec<&str> = COMMON_KEYS.iter().chain(kind.keys()).copied().collect();
        if let Some(other) = KindWord::ALL.into_iter().find(|other| other.keys().contains(&key)) {
            let what = format!("'{key}' is a key of handlers of the kind {}", other.word());
            let next =
                format!("This one has the kind {}: take the key out, or change the kind.", kind.word());
            return self.error(at, &what, &next);
        }
        let what = format!("unknown key '{}'", crate::text::cut_end(key, 60));
        match nearest(key, &known) {
            Some(near) => self.error(
                at,
                &what,
                &format!("Did you mean '{near}'? config.example.toml explains every key."),
            ),
            None => self.error(at, &what, &format!("Keys that may stand here: {}.", known.join(", "))),
        }
    }
}
