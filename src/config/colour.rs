//! How many colours the dashboard uses.

use serde::Deserialize;

/// How many colours are used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub enum ColourChoice {
    /// As many as the terminal has, by `COLORTERM`, `TERM` and `NO_COLOR`.
    #[default]
    #[serde(rename = "auto")]
    Auto,
    /// None.
    #[serde(rename = "never")]
    Never,
    /// The 16 that have names.
    #[serde(rename = "16")]
    Sixteen,
    /// The 256 that have numbers.
    #[serde(rename = "256")]
    Indexed,
    /// All.
    #[serde(rename = "truecolor")]
    True,
}

impl ColourChoice {
    /// The word for it in the config.
    pub fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Never => "never",
            Self::Sixteen => "16",
            Self::Indexed => "256",
            Self::True => "truecolor",
        }
    }
}
