//! Values that are not to be seen or kept: which they are, and the text without them.
//!
//! ```text
//! patterns ──pattern──▶ steps ──walk over the text's tokens──▶ places of values ──▶ the same text, with a sign in each
//! ```
//!
//! What is masked on the screen and in what leaves it ([`Masks`]) and what is left out of what is remembered
//! (`compose::Redaction`) are written in one language, found by one walk and replaced by one sign. The walk keeps a
//! stack of its own and builds no tree, so that neither depth nor size is a danger; where it does not understand a
//! text, all that follows is left out, because it may hold anything.

mod entry;
mod masks;
mod pair;
mod paths;
mod pattern;
mod said;
mod walk;

pub use masks::{Masks, Redacted};
pub use paths::Paths;
pub use pattern::{BadPattern, Names};

/// What stands in place of a value: it tells neither what it was nor how long.
pub const REDACTED: &str = "[redacted]";
/// The same as JSON.
const REDACTED_JSON: &str = "\"[redacted]\"";

#[cfg(test)]
mod tests;
