//! Every key name, in one place; docs/wire.md says what lies under each.

use super::{Profile, Settings};
use crate::event::{Channel, EventId, EventType, HandlerName, StreamKey, TenantId};

/// How a bus lies in Redis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Layout {
    /// Tidings' own: `event::TYPE`, in a cluster `event::{TYPE}`.
    Native {
        /// `event:`
        prefix: String,
        /// Whether types are hash tags.
        cluster: bool,
    },
    /// Alga PSA's: `alga-psa:event-stream:CHANNEL:TYPE`, on older installs without a channel.
    AlgaPsa {
        /// `alga-psa:event-stream:`
        prefix: String,
        /// Where events go that name no channel.
        channel: String,
    },
}

/// What a key of the bus is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum KeyKind {
    /// The stream of a type.
    Type {
        /// The type it is named for.
        event_type: EventType,
        /// Its channel, where the profile has them.
        channel: Option<Channel>,
    },
    /// The dead letters of a type.
    DeadLetter,
    /// Another key that the profile knows: schedules, outcomes, markers.
    Internal,
    /// It lies among the streams and fits no event type.
    Stranger,
}

/// What lies beside the stream of a type, and keeps events of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Beside {
    /// Dead letters, discarded ones, or records of retries.
    Kept,
    /// The retries that are due of one handler.
    Retries(HandlerName),
}

const DEAD_LETTER: &str = ":dead-letter";
const DISCARDED: &str = ":discarded";
const RETRIED: &str = ":retried";
const RETRY: &str = ":retry:";

/// The consumer that entries belong to which were given back: nobody, so that everybody may take them.
pub(super) const RELEASED: &str = "$released";

impl Layout {
    /// The layout that `settings` name. The profile `pubsub` publishes and listens under native names.
    pub(super) fn of(settings: &Settings) -> Self {
        match settings.profile {
            Profile::Native | Profile::PubSub => {
                Self::Native { prefix: settings.native.prefix.clone(), cluster: settings.native.cluster }
            }
            Profile::AlgaPsa => Self::AlgaPsa {
                prefix: format!("{}{}", settings.alga_psa.prefix, settings.alga_psa.stream_prefix),
                channel: settings.alga_psa.channel.clone(),
            },
        }
    }

    /// What `SCAN MATCH` takes to find every key of the bus. Prefixes are text, so their glob characters are escaped.
    pub(super) fn scan_pattern(&self) -> String {
        match self {
            Self::Native { prefix, .. } => format!("{}:*", escape_glob(prefix)),
            Self::AlgaPsa { prefix, .. } => format!("{}*", escape_glob(prefix)),
        }
    }

    /// What the key `key` is.
    pub(super) fn read_key(&self, key: &str) -> KeyKind {
        match self {
            Self::Native { prefix, cluster } => {
                match key.strip_prefix(prefix.as_str()).and_then(|rest| rest.strip_prefix(':')) {
                    Some(rest) => read_native(rest, *cluster),
                    None => KeyKind::Stranger,
                }
            }
            Self::AlgaPsa { prefix, .. } => match key.strip_prefix(prefix.as_str()) {
                Some(rest) => read_alga(rest),
                None => KeyKind::Stranger,
            },
        }
    }

    /// What the key `key` is, of those that lie beside a type's stream and keep events of it, and which stream that is.
    pub(super) fn lies_beside(&self, key: &str) -> Option<(StreamKey, Beside)> {
        let kept: &[&str] = match self {
            Self::Native { .. } => &[DEAD_LETTER, DISCARDED, RETRIED],
            // What is Tidings' own lies elsewhere.
            Self::AlgaPsa { .. } => &[DEAD_LETTER],
        };
        let (stream, what) = match kept.iter().find_map(|tail| key.strip_suffix(tail)) {
            Some(stream) => (stream, Beside::Kept),
            None if matches!(self, Self::Native { .. }) => {
                let (stream, handler) = key.rsplit_once(RETRY)?;
                (stream, Beside::Retries(HandlerName::new(handler).ok()?))
            }
            None => return None,
        };
        let is_type = matches!(self.read_key(stream), KeyKind::Type { .. });
        is_type.then(|| StreamKey::new(stream).ok()).flatten().map(|stream| (stream, what))
    }

    /// The stream that events of a type go to, on a channel in a profile that has them.
    pub(super) fn stream_for(&self, event_type: &EventType, channel: Option<&Channel>) -> Option<StreamKey> {
        let event_type = event_type.as_str();
        let key = match self {
            Self::Native { prefix, cluster: false } => format!("{prefix}:{event_type}"),
            Self::Native { prefix, cluster: true } => format!("{prefix}:{{{event_type}}}"),
            Self::AlgaPsa { prefix, channel: default } => {
                match channel.map_or(default.as_str(), Channel::as_str) {
                    "" => format!("{prefix}{event_type}"),
                    channel => format!("{prefix}{channel}:{event_type}"),
                }
            }
        };
        StreamKey::new(&key).ok()
    }

    /// The channel that events without one go to; `None` in a profile without channels.
    pub(super) fn default_channel(&self) -> Option<Channel> {
        match self {
            Self::Native { .. } => None,
            Self::AlgaPsa { channel, .. } => Channel::new(channel).ok(),
        }
    }

    /// The marker that says: this event was published in the form `once`. On Alga's bus it lies outside Alga's own
    /// prefix.
    pub(super) fn sent_marker(&self, stream: &StreamKey, id: EventId) -> String {
        match self {
            Self::Native { .. } => format!("{}:sent:{id}", stream.as_str()),
            Self::AlgaPsa { .. } => format!("tidings:sent:{}:{id}", stream.as_str()),
        }
    }

    /// Where the flat copies of events lie that Alga's workflows read; `None` in a profile that has none. Alga gives it no
    /// prefix.
    pub(super) fn workflow_copy(settings: &Settings) -> Option<StreamKey> {
        match settings.profile {
            Profile::AlgaPsa => StreamKey::new("workflow:events:global").ok(),
            Profile::Native | Profile::PubSub => None,
        }
    }

    /// The schedule of the type that lies in `stream`: retries that wait, by when they are due.
    pub(super) fn schedule(stream: &StreamKey) -> String {
        format!("{}:schedule", stream.as_str())
    }

    /// The bodies of what waits in the schedule.
    pub(super) fn scheduled(stream: &StreamKey) -> String {
        format!("{}:scheduled", stream.as_str())
    }

    /// What became of retries.
    pub(super) fn outcomes(stream: &StreamKey) -> String {
        format!("{}:outcomes", stream.as_str())
    }

    /// A handler's retry stream of the type that lies in `stream`; `None` where the key would be too long.
    pub(super) fn retries(stream: &StreamKey, handler: &HandlerName) -> Option<StreamKey> {
        StreamKey::new(&format!("{}{RETRY}{}", stream.as_str(), handler.as_str())).ok()
    }

    /// The events of the type in `stream` that a handler with a dedup window has done, by when.
    pub(super) fn done(stream: &StreamKey, handler: &HandlerName) -> String {
        format!("{}:done:{}", stream.as_str(), handler.as_str())
    }

    /// The ids of a tenant's events that Alga's handlers have done (`alga-psa`).
    pub(super) fn processed(tenant: &TenantId) -> String {
        format!("processed_events:{}", tenant.as_str())
    }

    /// `EVENT:HANDLER` of a tenant's events, of each handler that has done one (`alga-psa`).
    pub(super) fn processed_by(tenant: &TenantId) -> String {
        format!("processed_event_handlers:{}", tenant.as_str())
    }

    /// The ids of the entries of `stream` that Alga's own workers have made dead letters (`alga-psa`).
    pub(super) fn dead_lettered(stream: &StreamKey) -> String {
        format!("dead_lettered_messages:{}", stream.as_str())
    }

    /// When each handler first registered.
    pub(super) fn handlers(&self) -> String {
        self.own("$handlers")
    }

    /// Handlers that were forgotten and not registered again since, and when.
    pub(super) fn forgotten(&self) -> String {
        self.own("$forgotten")
    }

    /// Handlers that began at the beginning of their streams: what lies before their registration is for them as well.
    pub(super) fn beginners(&self) -> String {
        self.own("$beginners")
    }

    /// Failed attempts, for observers.
    pub(super) fn failures(&self) -> String {
        self.own("$failures")
    }

    /// Where failed attempts are recorded; `None` in a profile whose own handlers record none.
    pub(super) fn recorded_failures(&self) -> Option<StreamKey> {
        match self {
            Self::Native { .. } => StreamKey::new(&self.failures()).ok(),
            Self::AlgaPsa { .. } => None,
        }
    }

    /// When each worker gave its last sign of life.
    pub(super) fn workers(&self) -> String {
        self.own("$workers")
    }

    /// A worker's last sign of life.
    pub(super) fn worker(&self, consumer: &str) -> String {
        self.own(&format!("$worker:{consumer}"))
    }

    /// The records of retries by hand of the type that lies in `stream`. On Alga's bus it lies outside Alga's own prefix.
    pub(super) fn retried(&self, stream: &StreamKey) -> String {
        self.beside(stream, "retried")
    }

    /// The events of the type in `stream` that were put aside. On Alga's bus they lie outside Alga's own prefix.
    pub(super) fn discarded(&self, stream: &StreamKey) -> String {
        self.beside(stream, "discarded")
    }

    fn beside(&self, stream: &StreamKey, name: &str) -> String {
        match self {
            Self::Native { .. } => format!("{}:{name}", stream.as_str()),
            Self::AlgaPsa { .. } => format!("tidings:{name}:{}", stream.as_str()),
        }
    }

    /// What operators did.
    pub(super) fn journal(&self) -> String {
        self.own("$journal")
    }

    /// A retry plan that is kept so that it can be gone on with.
    pub(super) fn kept_plan(&self, id: &str) -> String {
        self.own(&format!("$plan:{id}"))
    }

    /// The type that the stream `key` is named for; `None` where it is no type's.
    pub(super) fn type_of(&self, key: &StreamKey) -> Option<EventType> {
        match self.read_key(key.as_str()) {
            KeyKind::Type { event_type, .. } => Some(event_type),
            KeyKind::DeadLetter | KeyKind::Internal | KeyKind::Stranger => None,
        }
    }

    /// Of a handler's retry stream the type's stream, and the handler; `None` where `key` is none.
    pub(super) fn retries_of(&self, key: &StreamKey) -> Option<(StreamKey, HandlerName)> {
        match self.lies_beside(key.as_str())? {
            (stream, Beside::Retries(handler)) => Some((stream, handler)),
            (_, Beside::Kept) => None,
        }
    }

    /// A key of Tidings' own that belongs to no type.
    fn own(&self, name: &str) -> String {
        match self {
            Self::Native { prefix, .. } => format!("{prefix}:{name}"),
            Self::AlgaPsa { prefix, .. } => format!("tidings:{name}:{prefix}"),
        }
    }

    /// The stream of the dead letters that belong to `stream`.
    pub(super) fn dead_letters(stream: &StreamKey) -> String {
        format!("{}{DEAD_LETTER}", stream.as_str())
    }
}

/// `rest` is what follows `event::`.
fn read_native(rest: &str, cluster: bool) -> KeyKind {
    if rest.starts_with('$') {
        return KeyKind::Internal;
    }
    let (name, tail) = if cluster {
        match rest.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
            Some(parts) => parts,
            None => return KeyKind::Stranger,
        }
    } else {
        rest.split_at(rest.find(':').unwrap_or(rest.len()))
    };
    let Ok(event_type) = EventType::new(name) else { return KeyKind::Stranger };
    match tail {
        "" => KeyKind::Type { event_type, channel: None },
        DEAD_LETTER => KeyKind::DeadLetter,
        DISCARDED | RETRIED | ":schedule" | ":scheduled" | ":outcomes" => KeyKind::Internal,
        tail if [RETRY, ":sent:", ":done:"].iter().any(|kind| tail.starts_with(kind)) => KeyKind::Internal,
        _ => KeyKind::Stranger,
    }
}

/// `rest` is what follows `alga-psa:event-stream:`; the channel may hold colons.
fn read_alga(rest: &str) -> KeyKind {
    let (rest, dead) = match rest.strip_suffix(DEAD_LETTER) {
        Some(rest) => (rest, true),
        None => (rest, false),
    };
    let (channel, name) = rest.rsplit_once(':').map_or((None, rest), |(channel, name)| (Some(channel), name));
    let channel = match channel.map(Channel::new) {
        Some(Ok(channel)) => Some(channel),
        Some(Err(_)) => return KeyKind::Stranger,
        None => None,
    };
    match EventType::new(name) {
        Ok(_) if dead => KeyKind::DeadLetter,
        Ok(event_type) => KeyKind::Type { event_type, channel },
        Err(_) => KeyKind::Stranger,
    }
}

fn escape_glob(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '*' | '?' | '[' | ']' | '\\' | '^') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(profile: Profile, cluster: bool) -> Layout {
        let mut settings = Settings { profile, ..Settings::default() };
        settings.native.cluster = cluster;
        Layout::of(&settings)
    }

    fn shown(kind: &KeyKind) -> String {
        match kind {
            KeyKind::Type { event_type, channel: Some(channel) } => format!("{event_type} on {channel}"),
            KeyKind::Type { event_type, channel: None } => event_type.to_string(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn native_keys() {
        for (key, kind) in [
            ("event::TICKET_UPDATED", "TICKET_UPDATED"),
            ("event::TICKET_UPDATED:dead-letter", "DeadLetter"),
            ("event::TICKET_UPDATED:retry:ticket-email", "Internal"),
            ("event::TICKET_UPDATED:outcomes", "Internal"),
            ("event::TICKET_UPDATED:retried", "Internal"),
            ("event::TICKET_UPDATED:discarded", "Internal"),
            ("event::$journal", "Internal"),
            ("event::$plan:plan-1", "Internal"),
            ("event::TICKET_UPDATED:done:ticket-email", "Internal"),
            ("event::TICKET_UPDATED:sent:57f7e9a7-7e13-452d-81b7-9892c8fdd92e", "Internal"),
            ("event::$failures", "Internal"),
            ("event::ticket", "Stranger"),
            ("event::", "Stranger"),
            ("event::A:B", "Stranger"),
            ("event::\u{202e}A", "Stranger"),
            ("event:A", "Stranger"),
        ] {
            assert_eq!(shown(&layout(Profile::Native, false).read_key(key)), kind, "{key}");
        }
    }

    #[test]
    fn what_lies_beside_a_stream_names_it() {
        let native = layout(Profile::Native, false);
        let stream = StreamKey::new("event::A").unwrap();
        let handler = HandlerName::new("sla").unwrap();
        let retries = Layout::retries(&stream, &handler).unwrap();
        for (key, beside) in [
            (Layout::dead_letters(&stream), Some(Beside::Kept)),
            (native.discarded(&stream), Some(Beside::Kept)),
            (native.retried(&stream), Some(Beside::Kept)),
            (retries.as_str().to_owned(), Some(Beside::Retries(handler))),
            ("event::A".to_owned(), None),
            ("event::A:retry:".to_owned(), None),
            ("event::a:dead-letter".to_owned(), None),
            (native.journal(), None),
        ] {
            assert_eq!(native.lies_beside(&key), beside.map(|what| (stream.clone(), what)), "{key}");
        }
        let alga = layout(Profile::AlgaPsa, false);
        let stream = StreamKey::new("alga-psa:event-stream:emailservice::v7:A").unwrap();
        let dead = Layout::dead_letters(&stream);
        assert_eq!(alga.lies_beside(&dead), Some((stream.clone(), Beside::Kept)));
        let of_alga = |key: &str| key.starts_with("alga-psa:");
        assert!(!of_alga(&alga.discarded(&stream)) && !of_alga(&alga.retried(&stream)));
        assert!(!of_alga(&alga.journal()) && !of_alga(&alga.kept_plan("p")));
    }

    #[test]
    fn cluster_keys_share_a_hash_tag() {
        let layout = layout(Profile::Native, true);
        let event_type = EventType::new("A").unwrap();
        assert_eq!(layout.stream_for(&event_type, None).unwrap().as_str(), "event::{A}");
        for (key, kind) in
            [("event::{A}", "A"), ("event::{A}:dead-letter", "DeadLetter"), ("event::A", "Stranger")]
        {
            assert_eq!(shown(&layout.read_key(key)), kind, "{key}");
        }
    }

    #[test]
    fn alga_keys() {
        for (key, kind) in [
            ("alga-psa:event-stream:global:TICKET_UPDATED", "TICKET_UPDATED on global"),
            ("alga-psa:event-stream:emailservice::v7:TICKET_UPDATED", "TICKET_UPDATED on emailservice::v7"),
            ("alga-psa:event-stream:TICKET_UPDATED", "TICKET_UPDATED"),
            ("alga-psa:event-stream:global:TICKET_UPDATED:dead-letter", "DeadLetter"),
            ("alga-psa:event-stream:global:ticket", "Stranger"),
            ("alga-psa:event-stream::A", "Stranger"),
            ("workflow:events:global", "Stranger"),
        ] {
            assert_eq!(shown(&layout(Profile::AlgaPsa, false).read_key(key)), kind, "{key}");
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        for (profile, channel) in [(Profile::Native, None), (Profile::AlgaPsa, Some("emailservice::v7"))] {
            let layout = layout(profile, false);
            let (event_type, channel) =
                (EventType::new("A_B").unwrap(), channel.map(|name| Channel::new(name).unwrap()));
            let key = layout.stream_for(&event_type, channel.as_ref()).unwrap();
            assert_eq!(layout.read_key(key.as_str()), KeyKind::Type { event_type, channel });
            assert_eq!(layout.read_key(&Layout::dead_letters(&key)), KeyKind::DeadLetter);
        }
    }

    #[test]
    fn what_operators_write_lies_beside_the_stream_and_outside_the_keys_of_alga() {
        for (profile, retried, discarded, journal) in [
            (Profile::Native, "event::A:retried", "event::A:discarded", "event::$journal"),
            (
                Profile::AlgaPsa,
                "tidings:retried:alga-psa:event-stream:global:A",
                "tidings:discarded:alga-psa:event-stream:global:A",
                "tidings:$journal:alga-psa:event-stream:",
            ),
        ] {
            let layout = layout(profile, false);
            let stream = layout.stream_for(&EventType::new("A").unwrap(), None).unwrap();
            assert_eq!(layout.retried(&stream), retried);
            assert_eq!(layout.discarded(&stream), discarded);
            assert_eq!(layout.journal(), journal);
            assert_eq!(layout.type_of(&stream).unwrap().as_str(), "A");
        }
    }

    #[test]
    fn a_retry_stream_names_its_type_and_its_handler() {
        let native = layout(Profile::Native, false);
        let stream = StreamKey::new("event::A").unwrap();
        let handler = HandlerName::new("sla.v2").unwrap();
        let retries = Layout::retries(&stream, &handler).unwrap();
        assert_eq!(native.retries_of(&retries), Some((stream, handler)));
        for other in ["event::A", "event::a:retry:x", "other::A:retry:x", "event::A:retry:X"] {
            assert_eq!(native.retries_of(&StreamKey::new(other).unwrap()), None, "{other}");
        }
        assert_eq!(layout(Profile::AlgaPsa, false).retries_of(&retries), None);
    }

    #[test]
    fn the_description_of_the_wire_names_every_key() {
        let wire = include_str!("../../../docs/wire.md");
        let handler = HandlerName::new("sla").unwrap();
        let id: EventId = "57f7e9a7-7e13-452d-81b7-9892c8fdd92e".parse().unwrap();
        let tenant = TenantId::new("TENANT").unwrap();
        let of = |layout: &Layout, stream: &StreamKey| {
            [
                Layout::dead_letters(stream),
                layout.discarded(stream),
                layout.retried(stream),
                layout.sent_marker(stream, id),
                layout.journal(),
                layout.kept_plan("ID"),
            ]
        };
        let native = layout(Profile::Native, false);
        let stream = native.stream_for(&EventType::new("TYPE").unwrap(), None).unwrap();
        let alga = Layout::AlgaPsa { prefix: "PREFIX".to_owned(), channel: String::new() };
        let anywhere = StreamKey::new("STREAM").unwrap();
        let mut keys = vec![
            Layout::schedule(&stream),
            Layout::scheduled(&stream),
            Layout::outcomes(&stream),
            Layout::retries(&stream, &handler).unwrap().as_str().to_owned(),
            Layout::done(&stream, &handler),
            native.handlers(),
            native.forgotten(),
            native.beginners(),
            native.failures(),
            native.workers(),
            native.worker("CONSUMER"),
            Layout::processed(&tenant),
            Layout::processed_by(&tenant),
            Layout::dead_lettered(&anywhere),
        ];
        keys.extend(of(&native, &stream));
        keys.extend(of(&alga, &anywhere).into_iter().filter(|key| key.starts_with("tidings:")));
        for key in keys {
            let key = key.replace(handler.as_str(), "HANDLER").replace(&id.to_string(), "ID");
            assert!(wire.contains(&format!("`{key}`")), "{key}");
        }
    }

    #[test]
    fn glob_characters_of_a_prefix_are_text() {
        let mut settings = Settings::default();
        settings.native.prefix = "e[v]*:".to_owned();
        assert_eq!(Layout::of(&settings).scan_pattern(), "e\\[v\\]\\*::*");
    }
}
