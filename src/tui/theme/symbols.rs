//! The signs of the screen, in Unicode and in plain ASCII: never colour alone.

/// The signs that views draw with.
#[derive(Debug, PartialEq, Eq)]
pub struct Symbols {
    /// The link is live; a handler that runs.
    pub live: &'static str,
    /// The link is down.
    pub down: &'static str,
    /// Waiting, connecting.
    pub waiting: &'static str,
    /// It went well.
    pub ok: &'static str,
    /// It failed.
    pub failed: &'static str,
    /// A warning; an invalid entry.
    pub warning: &'static str,
    /// A production context.
    pub production: &'static str,
    /// None, in a table.
    pub none: &'static str,
    /// Not known, or not applicable.
    pub unknown: &'static str,
    /// Between parts of a line.
    pub dot: &'static str,
    /// Between two dimensions, and before a count: `×9`.
    pub times: &'static str,
    /// Text was cut here.
    pub ellipsis: &'static str,
    /// The order goes down; an open branch.
    pub open: &'static str,
    /// A closed branch.
    pub closed: &'static str,
    /// The row under the cursor, where colour cannot say so.
    pub cursor: &'static str,
    /// More above.
    pub up: &'static str,
    /// More below.
    pub more: &'static str,
    /// A line that goes on in the next one.
    pub wrapped: &'static str,
    /// A rule from left to right.
    pub rule: &'static str,
    /// A rule from top to bottom.
    pub divide: &'static str,
    /// Corners of a popup: top left, top right, bottom left, bottom right.
    pub corners: [&'static str; 4],
    /// Eight heights of a small chart's bar, lowest first.
    pub bars: [&'static str; 8],
    /// Five densities of a heat cell, from none to the most.
    pub heat: [&'static str; 5],
}

/// For terminals that speak Unicode.
pub(super) static UNICODE: Symbols = Symbols {
    live: "●",
    down: "●",
    waiting: "◌",
    ok: "✓",
    failed: "✗",
    warning: "⚠",
    production: "▲",
    none: "·",
    unknown: "–",
    dot: "·",
    times: "×",
    ellipsis: "…",
    open: "▾",
    closed: "▸",
    cursor: "▌",
    up: "↑",
    more: "↓",
    wrapped: "↪",
    rule: "─",
    divide: "│",
    corners: ["┌", "┐", "└", "┘"],
    bars: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    heat: ["·", "░", "▒", "▓", "█"],
};

/// For terminals that do not.
pub(super) static ASCII: Symbols = Symbols {
    live: "*",
    down: "x",
    waiting: "o",
    ok: "+",
    failed: "x",
    warning: "!",
    production: "^",
    none: ".",
    unknown: "-",
    dot: "-",
    times: "x",
    ellipsis: "~",
    open: "v",
    closed: ">",
    cursor: ">",
    up: "^",
    more: "v",
    wrapped: "\\",
    rule: "-",
    divide: "|",
    corners: ["+", "+", "+", "+"],
    bars: [".", ".", ":", ":", "-", "=", "#", "#"],
    heat: [".", ":", "=", "*", "#"],
};

impl Symbols {
    /// Those of a terminal that speaks Unicode: where only the number of lines is asked for.
    pub(crate) fn unicode() -> &'static Self {
        &UNICODE
    }

    /// What to show in place of `symbol` on a terminal that speaks ASCII only: the sign of the same meaning, or `?`.
    pub fn to_ascii(symbol: &str) -> &'static str {
        const ARROWS: [(&str, &str); 2] = [("→", ">"), ("←", "<")];
        let pairs = |all: &'static Symbols| {
            let single = [
                all.live,
                all.waiting,
                all.ok,
                all.failed,
                all.warning,
                all.production,
                all.none,
                all.unknown,
                all.times,
                all.ellipsis,
                all.open,
                all.closed,
                all.cursor,
                all.up,
                all.more,
                all.wrapped,
                all.rule,
                all.divide,
            ];
            single.into_iter().chain(all.corners).chain(all.bars).chain(all.heat)
        };
        let known = pairs(&UNICODE).zip(pairs(&ASCII)).chain(ARROWS);
        // The dot between parts stands for 'none' in tables too; both have one sign.
        known.into_iter().find(|(unicode, _)| *unicode == symbol).map_or("?", |(_, ascii)| ascii)
    }
}
