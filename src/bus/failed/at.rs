//! Where a failed event lies: the name that actions and scripts call it by.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::event::{EntryId, HandlerName, StreamKey};

/// Where a failed event lies. It names it for as long as it lies there: an entry of a stream never changes, so what is
/// frozen by this name is what is acted on.
///
/// ```
/// use tidings::bus::FailedAt;
/// let at: FailedAt = "dead:1795459752545-1:event::TICKET_UPDATED".parse().unwrap();
/// assert_eq!(at.to_string(), "dead:1795459752545-1:event::TICKET_UPDATED");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FailedAt {
    /// Among the dead letters of the type that lies in `stream`.
    DeadLetter {
        /// The type's stream, not that of the dead letters.
        stream: StreamKey,
        /// The position among the dead letters.
        id: EntryId,
    },
    /// In the schedule of the type that lies in `stream`: it waits to be tried again.
    Waiting {
        /// The type's stream.
        stream: StreamKey,
        /// Whose retry it is.
        handler: HandlerName,
        /// Where in `stream` it was published.
        source: EntryId,
    },
    /// In a group's list of what is pending.
    Pending {
        /// The stream that it is pending in: a type's, or a handler's retry stream of it.
        stream: StreamKey,
        /// The group: hostile text.
        group: Arc<str>,
        /// Its position in `stream`.
        id: EntryId,
    },
    /// Due, in a handler's retry stream, and not given to anybody yet.
    Due {
        /// The handler's retry stream.
        stream: StreamKey,
        /// Its position there.
        id: EntryId,
    },
    /// Among the discarded events of the type that lies in `stream`.
    Discarded {
        /// The type's stream.
        stream: StreamKey,
        /// The position among the discarded ones.
        id: EntryId,
    },
    /// Among the records of retries by hand of the type that lies in `stream`.
    Retried {
        /// The type's stream.
        stream: StreamKey,
        /// The position among those records.
        id: EntryId,
    },
    /// In the type's stream itself: an entry that is no event, and that handlers drop without a word (`alga-psa`).
    Invalid {
        /// The type's stream.
        stream: StreamKey,
        /// Its position there.
        id: EntryId,
    },
}

impl FailedAt {
    /// The stream that it belongs to: of a pending or due entry the one that it lies in, else the type's.
    pub fn stream(&self) -> &StreamKey {
        match self {
            Self::DeadLetter { stream, .. }
            | Self::Waiting { stream, .. }
            | Self::Pending { stream, .. }
            | Self::Due { stream, .. }
            | Self::Discarded { stream, .. }
            | Self::Retried { stream, .. }
            | Self::Invalid { stream, .. } => stream,
        }
    }

    /// The position that tells it from its like: of a waiting retry where it was published.
    pub fn id(&self) -> EntryId {
        match self {
            Self::DeadLetter { id, .. }
            | Self::Waiting { source: id, .. }
            | Self::Pending { id, .. }
            | Self::Due { id, .. }
            | Self::Discarded { id, .. }
            | Self::Retried { id, .. }
            | Self::Invalid { id, .. } => *id,
        }
    }
}

/// As scripts name it: kind, position, whose it is where that tells it from others, stream. Not made safe to show: it
/// must be read back as it was written.
impl fmt::Display for FailedAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stream = self.stream().as_str();
        match self {
            Self::DeadLetter { id, .. } => write!(f, "dead:{id}:{stream}"),
            Self::Waiting { handler, source, .. } => {
                write!(f, "waiting:{source}:{}:{stream}", handler.as_str())
            }
            Self::Pending { group, id, .. } => write!(f, "pending:{id}:{}:{stream}", escape(group)),
            Self::Due { id, .. } => write!(f, "due:{id}:{stream}"),
            Self::Discarded { id, .. } => write!(f, "discarded:{id}:{stream}"),
            Self::Retried { id, .. } => write!(f, "retried:{id}:{stream}"),
            Self::Invalid { id, .. } => write!(f, "invalid:{id}:{stream}"),
        }
    }
}

/// Why a text names no failed event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{}' names no failed event: it looks like dead:1795459752545-1:event::TICKET_UPDATED, and 'tidings failed list -o json' gives it as 'id'",
    crate::text::display_safe(.0)
)]
pub struct FailedAtError(String);

impl FromStr for FailedAt {
    type Err = FailedAtError;

    fn from_str(text: &str) -> Result<Self, FailedAtError> {
        read(text).ok_or_else(|| FailedAtError(text[..text.floor_char_boundary(200)].to_owned()))
    }
}

fn read(text: &str) -> Option<FailedAt> {
    let (kind, rest) = text.split_once(':')?;
    let (id, rest) = rest.split_once(':')?;
    let id: EntryId = id.parse().ok()?;
    let key = |text: &str| StreamKey::new(text).ok();
    Some(match kind {
        "dead" => FailedAt::DeadLetter { stream: key(rest)?, id },
        "due" => FailedAt::Due { stream: key(rest)?, id },
        "discarded" => FailedAt::Discarded { stream: key(rest)?, id },
        "retried" => FailedAt::Retried { stream: key(rest)?, id },
        "invalid" => FailedAt::Invalid { stream: key(rest)?, id },
        "waiting" => {
            let (handler, stream) = rest.split_once(':')?;
            FailedAt::Waiting { stream: key(stream)?, handler: handler.parse().ok()?, source: id }
        }
        "pending" => {
            let (group, stream) = rest.split_once(':')?;
            FailedAt::Pending { stream: key(stream)?, group: unescape(group)?.into(), id }
        }
        _ => return None,
    })
}

/// A group's name without colons: they part the text.
fn escape(group: &str) -> String {
    group.replace('%', "%25").replace(':', "%3A")
}

fn unescape(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut parts = text.split('%');
    out.push_str(parts.next()?);
    for part in parts {
        let (code, rest) = part.split_at_checked(2)?;
        out.push(match code {
            "25" => '%',
            "3A" | "3a" => ':',
            _ => return None,
        });
        out.push_str(rest);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_as_it_was_written() {
        let stream = StreamKey::new("alga-psa:event-stream:emailservice::v7:TICKET_UPDATED").unwrap();
        let id = EntryId::new(7, 1);
        for at in [
            FailedAt::DeadLetter { stream: stream.clone(), id },
            FailedAt::Waiting { stream: stream.clone(), handler: "sla.v2".parse().unwrap(), source: id },
            FailedAt::Pending { stream: stream.clone(), group: "a:b%3A:\u{1b}".into(), id },
            FailedAt::Due { stream: stream.clone(), id },
            FailedAt::Discarded { stream: stream.clone(), id },
            FailedAt::Retried { stream: stream.clone(), id },
            FailedAt::Invalid { stream, id },
        ] {
            assert_eq!(at.to_string().parse(), Ok(at));
        }
    }

    #[test]
    fn what_names_nothing_says_how_names_look() {
        for text in [
            "",
            "dead",
            "dead:1-1",
            "dead:x:s",
            "alive:1-1:s",
            "waiting:1-1:A:s",
            "pending:1-1:%zz:s",
            "dead:1-1:",
        ] {
            let error = text.parse::<FailedAt>().unwrap_err().to_string();
            assert!(error.contains("dead:1795459752545-1:event::TICKET_UPDATED"), "{error}");
        }
    }
}
