//! What colours stand for. Widgets name a meaning, never a colour.

macro_rules! meanings {
    ($($(#[doc = $doc:literal])* $name:ident = $spelling:literal $(, else $fallback:ident)?;)*) => {
        /// What a part of the screen means. A theme gives each a style; one that it leaves out looks like its fallback.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Meaning {
            $($(#[doc = $doc])* $name,)*
        }

        impl Meaning {
            /// Every meaning.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Its name in a theme file.
            pub fn spelling(self) -> &'static str {
                match self {
                    $(Self::$name => $spelling,)*
                }
            }

            /// What it is, for people who make themes.
            pub fn help(self) -> &'static str {
                match self {
                    $(Self::$name => concat!($($doc),*).trim_ascii(),)*
                }
            }

            /// The meaning it looks like where a theme says nothing of it.
            pub fn fallback(self) -> Option<Self> {
                match self {
                    $(Self::$name => meanings!(@fallback $($fallback)?),)*
                }
            }
        }
    };
    (@fallback) => { None };
    (@fallback $fallback:ident) => { Some(Self::$fallback) };
}

meanings! {
    /// What everything is drawn on. Without colours of its own the terminal's are kept.
    Screen = "screen";
    /// Ordinary text.
    Text = "text";
    /// Text of second rank: labels, units, what is usual.
    Dim = "dim", else Text;
    /// Headings of columns and panes.
    Title = "title", else Dim;
    /// The heading of the pane that has the focus.
    TitleFocused = "title-focused", else Accent;
    /// The one accent colour: the program's name, the focus, what was typed.
    Accent = "accent", else Text;
    /// The row under the cursor, in the pane that has the focus.
    Selection = "selection", else Accent;
    /// The row under the cursor of a pane without the focus.
    SelectionIdle = "selection-idle", else Text;
    /// Lines that divide.
    Rule = "rule", else Dim;
    /// The tab that is open.
    TabOpen = "tab-open", else Accent;
    /// Other tabs.
    Tab = "tab", else Text;
    /// A key in the footer or the help.
    Key = "key", else Accent;
    /// What a key does.
    KeyHelp = "key-help", else Dim;
    /// As it should be.
    Ok = "ok", else Text;
    /// Failed, invalid, lost.
    Failed = "failed", else Text;
    /// Waiting, paused, being tried.
    Waiting = "waiting", else Text;
    /// A dead letter.
    Dead = "dead", else Failed;
    /// Over and done with.
    Done = "done", else Dim;
    /// What is no longer current.
    Stale = "stale", else Dim;
    /// The badge of a production context.
    Production = "production", else Failed;
    /// Lines that divide, in a production context.
    RuleProduction = "rule-production", else Rule;
    /// The badge of a context that cannot be written to.
    ReadOnly = "read-only", else Dim;
    /// A notice of lost data or a gap.
    Banner = "banner", else Waiting;
    /// A text field that has the focus.
    Field = "field", else Text;
    /// Where a text field's next letter goes.
    Caret = "caret", else Selection;
    /// A row that has just arrived.
    Fresh = "fresh", else Text;
    /// Text that a filter found.
    Match = "match", else Accent;
    /// When something happened.
    Time = "time", else Dim;
    /// An event type.
    EventType = "event-type", else Text;
    /// A tenant.
    Tenant = "tenant", else Text;
    /// A type without a schema: neither valid nor invalid.
    Unchecked = "unchecked", else Dim;
    /// The big chart, where it is lowest.
    Chart = "chart", else Accent;
    /// The big chart, where it is highest.
    ChartHigh = "chart-high", else Chart;
    /// Small charts in tables.
    Spark = "spark", else Dim;
    /// The map of tenants and types: none at all.
    Heat0 = "heat-0", else Dim;
    /// The map: a little.
    Heat1 = "heat-1", else Heat0;
    /// The map: some.
    Heat2 = "heat-2", else Heat1;
    /// The map: much.
    Heat3 = "heat-3", else Heat2;
    /// The map: the most.
    Heat4 = "heat-4", else Heat3;
    /// A name in JSON.
    JsonKey = "json-key", else Text;
    /// A string in JSON.
    JsonString = "json-string", else Text;
    /// A number in JSON.
    JsonNumber = "json-number", else Text;
    /// `true`, `false` and `null`.
    JsonWord = "json-word", else JsonNumber;
    /// Brackets, colons and commas.
    JsonMark = "json-mark", else Dim;
    /// The sign in place of what is masked.
    Redacted = "redacted", else Waiting;
}

impl Meaning {
    /// The meaning with this name in a theme file.
    pub fn named(spelling: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|meaning| meaning.spelling() == spelling)
    }

    /// Heat, from 0 for none to 4 for the most.
    pub fn heat(level: usize) -> Self {
        [Self::Heat0, Self::Heat1, Self::Heat2, Self::Heat3, Self::Heat4][level.min(4)]
    }

    /// A row under the cursor.
    pub fn selection(focused: bool) -> Self {
        if focused { Self::Selection } else { Self::SelectionIdle }
    }

    /// A pane's heading.
    pub fn title(focused: bool) -> Self {
        if focused { Self::TitleFocused } else { Self::Title }
    }
}
