//! Honest accounting: what came, and what is missing.

/// Totals since the watch began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Entries that came in.
    pub received: u64,
    /// Of these, invalid ones.
    pub invalid: u64,
    /// Of these, ones whose type has no schema.
    pub unchecked: u64,
    /// Of these, ones that left memory because it is bounded, oldest first.
    pub dropped: u64,
    /// Entries that never came: trimmed before they could be read, or lost by Pub/Sub; as far as the server can tell.
    pub trimmed: u64,
    /// Holes of unknown size.
    pub gaps_unknown: u64,
    /// Entries of tenants outside the lock.
    pub other_tenants: u64,
    /// Entries that a lock kept out because their tenant could not be read.
    pub unattributed: u64,
}
