//! The checks by name, and what each looks at.

/// What a check goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Basis {
    /// One look at what lies on the bus.
    Look,
    /// Several looks, some time apart.
    Trend,
    /// What was heard while the bus was watched.
    Heard,
    /// Dead letters, as they were read.
    Dead,
}

/// A check: its name is for scripts, and stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Check {
    /// Its name.
    pub name: &'static str,
    /// What it looks for.
    pub looks_for: &'static str,
}

/// The checks of the bus, in the order in which they are shown. Those of the server bring their own words.
pub const CHECKS: &[Check] = &[
    Check { name: "groups", looks_for: "streams that nobody handles" },
    Check { name: "handlers", looks_for: "handlers that nobody runs, and consumers that died" },
    Check { name: "consumers", looks_for: "work waiting, and nobody at it" },
    Check { name: "consumers-left", looks_for: "consumers that programs left behind" },
    Check { name: "pending", looks_for: "entries with a consumer that says nothing of them" },
    Check { name: "lag", looks_for: "handlers that fall further behind" },
    Check { name: "trimming", looks_for: "unread entries that trimming took, or is about to" },
    Check { name: "retries", looks_for: "retries that are overdue" },
    Check { name: "retry-loop", looks_for: "events that are tried again and again" },
    Check { name: "worker-clock", looks_for: "clocks of workers that differ from the server's" },
    Check { name: "schema", looks_for: "types whose events come to break their schema" },
    Check { name: "unattributed", looks_for: "entries whose tenant cannot be read" },
    Check { name: "dead-letters", looks_for: "dead letters that grow for a tenant" },
];
