//! Text for people: making hostile text safe to show, measuring and cutting it, and writing numbers and times.
//!
//! Everything that comes from a bus (payloads, types, tenants, stream and group names, errors) passes
//! [`display_safe`] before it reaches a terminal, on the screen and in every verb; JSON output passes
//! [`json_safe`] instead, which changes only how a character is spelled, never what it says.

mod diff;
mod duration;
mod nearest;
mod number;
mod safe;
mod time;
mod width;
pub(crate) mod work;

pub use diff::{Change, diff};
pub use duration::{DurationError, age, idle, parse_duration, show_duration, span, whole_ms};
pub use nearest::nearest;
pub use number::{count, plural, rate, short_count};
pub use safe::{display_safe, is_display_safe, json_line, json_safe, safe_lines};
pub use time::rfc3339_ms;
pub use width::{cut_end, cut_middle, cut_safe, pad_end, pad_start, width};
