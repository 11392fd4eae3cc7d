//! Whether a broker takes writes: that it can be read says nothing of it.

use std::sync::Arc;

use tokio::sync::watch;

/// Why a server that can be read refuses every write, for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WritesRefused {
    /// Its memory is full.
    Memory,
    /// It is a replica that takes none.
    ReadOnly,
    /// It cannot save its data.
    Unsaved,
    /// Too few replicas follow it.
    Replicas,
}

impl WritesRefused {
    const ALL: [Self; 4] = [Self::Memory, Self::ReadOnly, Self::Unsaved, Self::Replicas];

    /// The server's own word for it, which its manual and its log have, too.
    pub fn code(self) -> &'static str {
        match self {
            Self::Memory => "OOM",
            Self::ReadOnly => "READONLY",
            Self::Unsaved => "MISCONF",
            Self::Replicas => "NOREPLICAS",
        }
    }

    /// What this word of a server means.
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|refused| refused.code() == code)
    }
}

/// What is known of it in an open context: everything that writes or looks says it here, and the dashboard shows it.
#[derive(Debug, Clone)]
pub struct Writes(Arc<watch::Sender<Option<WritesRefused>>>);

impl Default for Writes {
    /// Nothing was refused.
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(None)))
    }
}

impl Writes {
    /// A write was refused, or it was seen that any would be.
    pub fn refused(&self, why: WritesRefused) {
        self.set(Some(why));
    }

    /// A write was taken.
    pub fn taken(&self) {
        self.set(None);
    }

    /// It was looked, and nothing stands against writes. `sees` says whether such a look would show this reason.
    pub fn looks_well(&self, sees: impl FnOnce(WritesRefused) -> bool) {
        // In one go: what is refused meanwhile, for another reason, is not taken back.
        self.0.send_if_modified(|known| known.is_some_and(sees) && known.take().is_some());
    }

    /// What is known now.
    pub fn now(&self) -> Option<WritesRefused> {
        *self.0.borrow()
    }

    /// Hears of each change.
    pub fn hear(&self) -> watch::Receiver<Option<WritesRefused>> {
        self.0.subscribe()
    }

    fn set(&self, now: Option<WritesRefused>) {
        self.0.send_if_modified(|known| std::mem::replace(known, now) != now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_look_cannot_see_stays_until_a_write_is_taken() {
        let writes = Writes::default();
        let mut heard = writes.hear();
        writes.taken();
        assert!(!heard.has_changed().unwrap(), "nothing changed");
        writes.refused(WritesRefused::Replicas);
        writes.looks_well(|why| why == WritesRefused::Memory);
        assert_eq!((writes.now(), heard.has_changed().unwrap()), (Some(WritesRefused::Replicas), true));
        writes.taken();
        assert_eq!(*heard.borrow_and_update(), None);
        writes.refused(WritesRefused::Memory);
        writes.looks_well(|why| why == WritesRefused::Memory);
        assert_eq!(writes.now(), None);
    }

    #[test]
    fn the_words_are_those_of_servers() {
        for refused in WritesRefused::ALL {
            assert_eq!(WritesRefused::of_code(refused.code()), Some(refused));
        }
        assert_eq!(WritesRefused::of_code("NOPERM"), None, "that is this user's own matter");
    }
}
