//! Validated identifiers. Each is cheap to clone; none can hold a value that breaks its rule.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use uuid::Uuid;

/// Why a text is not a valid identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{}' is not {what}: {rule}", crate::text::display_safe(.value))]
pub struct IdError {
    /// What was wanted, with its article: `an event type`.
    pub what: &'static str,
    /// The rule that it breaks.
    pub rule: &'static str,
    /// The text that was found, at most 128 bytes of it.
    pub value: String,
}

impl IdError {
    fn new(what: &'static str, rule: &'static str, value: &str) -> Self {
        let end = value.floor_char_boundary(128);
        Self { what, rule, value: value[..end].to_owned() }
    }
}

/// The id of an event: a UUID, chosen by its publisher. The same event keeps it through every retry.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventId(Uuid);

impl EventId {
    /// A new random id (UUID version 4).
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }

    /// The id as a UUID.
    pub fn uuid(self) -> Uuid {
        self.0
    }
}

impl From<Uuid> for EventId {
    fn from(uuid: Uuid) -> Self {
        Self(uuid)
    }
}

impl FromStr for EventId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        // Only the hyphenated form: braces, URNs and bare hex are other spellings that other programs refuse.
        match Uuid::try_parse(text) {
            Ok(uuid) if text.len() == 36 => Ok(Self(uuid)),
            _ => {
                Err(IdError::new("an event id", "a UUID such as 57f7e9a7-7e13-452d-81b7-9892c8fdd92e", text))
            }
        }
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl fmt::Debug for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $what:literal, $rule:literal, $valid:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Validates `text`.
            pub fn new(text: &str) -> Result<Self, IdError> {
                let valid: fn(&str) -> bool = $valid;
                if valid(text) { Ok(Self(text.into())) } else { Err(IdError::new($what, $rule, text)) }
            }

            /// The text as it came: not safe to show, see [`display_safe`](crate::text::display_safe).
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        /// Shows the text made safe for a terminal.
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&crate::text::display_safe(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", self.as_str())
            }
        }
    };
}

text_id!(
    /// What happened: `TICKET_UPDATED`. Matches `[A-Z][A-Z0-9_]*`, at most 128 bytes.
    EventType,
    "an event type",
    "upper-case letters, digits and underscores, a letter first, such as TICKET_UPDATED",
    |text| {
        text.len() <= 128
            && text.bytes().enumerate().all(|(at, b)| b.is_ascii_uppercase() || (at > 0 && (b.is_ascii_digit() || b == b'_')))
            && !text.is_empty()
    }
);
text_id!(
    /// Whose event it is: any text of 1 to 128 bytes. Whether it must be a UUID is the schema's business.
    TenantId,
    "a tenant id",
    "1 to 128 bytes of text",
    |text| (1..=128).contains(&text.len())
);
text_id!(
    /// The key of a stream in the broker, or the name of a Pub/Sub channel.
    StreamKey,
    "a stream key",
    "1 to 1024 bytes of text",
    |text| (1..=1024).contains(&text.len())
);
text_id!(
    /// Alga's routing name: `global`, `internal-notifications`, `emailservice::v7`. May hold colons.
    Channel,
    "a channel",
    "1 to 128 bytes of text",
    |text| (1..=128).contains(&text.len())
);

text_id!(
    /// A handler: `ticket-email`. Matches `[a-z0-9][a-z0-9._-]{0,63}`; it is the name of its consumer group too.
    HandlerName,
    "a handler name",
    "1 to 64 lower-case letters, digits, dots, underscores and hyphens, a letter or digit first, such as ticket-email",
    |text| {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        (1..=64).contains(&text.len())
            && text.bytes().enumerate().all(|(at, b)| plain(b) || (at > 0 && b"._-".contains(&b)))
    }
);

/// A position in a stream: `1795459752545-1`, milliseconds of the server's clock and a sequence number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct EntryId {
    /// Milliseconds since 1970, by the server's clock.
    pub ms: u64,
    /// Counts entries of one millisecond.
    pub seq: u64,
}

impl EntryId {
    /// Before every entry: `0-0`.
    pub const ZERO: Self = Self { ms: 0, seq: 0 };
    /// After every entry.
    pub const MAX: Self = Self { ms: u64::MAX, seq: u64::MAX };

    /// The position `ms-seq`.
    pub const fn new(ms: u64, seq: u64) -> Self {
        Self { ms, seq }
    }

    /// The next possible position, for ranges that leave out their start.
    #[must_use]
    pub fn next(self) -> Self {
        match self.seq.checked_add(1) {
            Some(seq) => Self { ms: self.ms, seq },
            None => Self { ms: self.ms.saturating_add(1), seq: 0 },
        }
    }

    /// The position just before this one; `None` before [`EntryId::ZERO`].
    pub fn previous(self) -> Option<Self> {
        match self.seq.checked_sub(1) {
            Some(seq) => Some(Self { ms: self.ms, seq }),
            None => self.ms.checked_sub(1).map(|ms| Self { ms, seq: u64::MAX }),
        }
    }

    /// When the server took the entry; `None` if the id holds no time that a calendar knows.
    pub fn time(self) -> Option<chrono::DateTime<chrono::Utc>> {
        i64::try_from(self.ms).ok().and_then(chrono::DateTime::from_timestamp_millis)
    }
}

impl FromStr for EntryId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let (ms, seq) = text.split_once('-').unwrap_or((text, "0"));
        let digits =
            |part: &str| part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse().ok()).flatten();
        match (digits(ms), digits(seq)) {
            (Some(ms), Some(seq)) => Ok(Self { ms, seq }),
            _ => Err(IdError::new("an entry id", "milliseconds and a number, such as 1795459752545-1", text)),
        }
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.ms, self.seq)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn event_types_follow_the_pattern() {
        for good in ["A", "TICKET_UPDATED", "V7_2"] {
            assert!(EventType::new(good).is_ok(), "{good}");
        }
        for bad in ["", "ticket", "_A", "7A", "A-B", "A B", "Ä", "A:dead-letter"] {
            assert!(EventType::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn handler_names_follow_the_pattern() {
        for good in ["a", "7", "ticket-email", "sla.v2_x", &"x".repeat(64)] {
            assert!(HandlerName::new(good).is_ok(), "{good}");
        }
        for bad in ["", "-a", ".a", "A", "a b", "ä", "$released", "a:b", &"x".repeat(65)] {
            assert!(HandlerName::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn entry_ids_order_and_step() {
        let id: EntryId = "1795459752545-1".parse().unwrap();
        assert_eq!(id, EntryId::new(1_795_459_752_545, 1));
        assert_eq!(id.next().previous(), Some(id));
        assert_eq!(EntryId::ZERO.previous(), None);
        assert!(EntryId::new(1, u64::MAX).next() == EntryId::new(2, 0));
        for bad in ["", "-", "a-1", "1-", "+1-2", "1-2-3"] {
            assert!(bad.parse::<EntryId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn an_error_shows_hostile_text_safely_and_cut() {
        let error = EventType::new(&format!("\x1b[2J{}", "x".repeat(500))).unwrap_err().to_string();
        assert!(error.contains("\\x1b[2J") && error.len() < 400, "{error}");
    }

    #[test]
    fn event_ids_are_hyphenated_uuids() {
        assert!("57f7e9a7-7e13-452d-81b7-9892c8fdd92e".parse::<EventId>().is_ok());
        assert!("57f7e9a77e13452d81b79892c8fdd92e".parse::<EventId>().is_err());
    }
}
