//! Times as programs read them.

use chrono::{DateTime, SecondsFormat, Utc};

/// A time as it is written everywhere outside of the screen, in RFC 3339 with milliseconds: `2026-11-23T19:42:38.555Z`.
pub fn rfc3339_ms(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_three_digits_of_a_second_and_no_offset() {
        for text in ["2026-11-23T19:42:38.555Z", "1970-01-01T00:00:00.000Z"] {
            assert_eq!(rfc3339_ms(text.parse().unwrap()), text);
        }
        let finer = "2026-11-23T19:42:38.555999Z".parse().unwrap();
        assert_eq!(rfc3339_ms(finer), "2026-11-23T19:42:38.555Z");
    }
}
