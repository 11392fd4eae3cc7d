//! Durations as people write and read them.

use std::fmt::Write as _;
use std::time::Duration;

/// Why a text is not a duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a duration: write a number and a unit, such as 500ms, 30s, 10m, 2h or 7d")]
pub struct DurationError(pub String);

const UNITS: [(&str, u64); 5] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

/// Reads `500ms`, `30s`, `10m`, `2h`, `7d`, and sums such as `1h30m`. Whole numbers only.
pub fn parse_duration(text: &str) -> Result<Duration, DurationError> {
    let wrong = || DurationError(text.to_owned());
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(wrong());
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: u64 = rest[..digits].parse().map_err(|_| wrong())?;
        rest = &rest[digits..];
        let (unit, ms) = UNITS.iter().find(|(unit, _)| rest.starts_with(unit)).ok_or_else(wrong)?;
        total = number.checked_mul(*ms).and_then(|ms| total.checked_add(ms)).ok_or_else(wrong)?;
        rest = &rest[unit.len()..];
    }
    Ok(Duration::from_millis(total))
}

/// Writes a duration the way [`parse_duration`] reads it, exactly: `1h30m`, `250ms`, `0s`.
pub fn show_duration(duration: Duration) -> String {
    let mut ms = whole_ms(duration);
    if ms == 0 {
        return "0s".to_owned();
    }
    let mut out = String::new();
    for (unit, size) in UNITS.iter().rev() {
        let n = ms / size;
        ms %= size;
        if n > 0 {
            // Writing to a String cannot fail.
            let _ = write!(out, "{n}{unit}");
        }
    }
    out
}

/// Whole milliseconds; `u64::MAX` for more than fit.
pub fn whole_ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// How long something takes, for people: `412 ms`, `1.9 s`, `12 s`, `1 m 30 s`, `2 h`, `1 d 4 h`. Never more than it is.
pub fn span(duration: Duration) -> String {
    let ms = whole_ms(duration);
    let two = |(n, unit): (u64, &str), (rest, small): (u64, &str)| match rest {
        0 => format!("{n} {unit}"),
        rest => format!("{n} {unit} {rest} {small}"),
    };
    match (ms, ms / 1_000) {
        (0..1_000, _) => format!("{ms} ms"),
        (1_000..10_000, s) => match ms % 1_000 / 100 {
            0 => format!("{s} s"),
            tenth => format!("{s}.{tenth} s"),
        },
        (_, s @ 0..60) => format!("{s} s"),
        (_, s @ 60..3_600) => two((s / 60, "m"), (s % 60, "s")),
        (_, s @ 3_600..86_400) => two((s / 3_600, "h"), (s % 3_600 / 60, "m")),
        (_, s) => two((s / 86_400, "d"), (s % 86_400 / 3_600, "h")),
    }
}

/// For how long nobody has said anything of what was given to somebody: `idle 3 m`, or `taken now`.
pub fn idle(idle: Duration) -> String {
    if idle < Duration::from_secs(1) { "taken now".to_owned() } else { format!("idle {}", age(idle)) }
}

/// An age at a glance, in its largest unit: `now`, `8 s`, `2 m`, `3 h`, `12 d`.
pub fn age(age: Duration) -> String {
    match age.as_secs() {
        0 => "now".to_owned(),
        s @ 1..60 => format!("{s} s"),
        s @ 60..3_600 => format!("{} m", s / 60),
        s @ 3_600..172_800 => format!("{} h", s / 3_600),
        s => format!("{} d", s / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_they_are_written() {
        for (text, ms) in
            [("500ms", 500), ("30s", 30_000), ("10m", 600_000), ("1h30m", 5_400_000), ("7d", 604_800_000)]
        {
            assert_eq!(parse_duration(text), Ok(Duration::from_millis(ms)));
            assert_eq!(show_duration(Duration::from_millis(ms)), text);
        }
        for bad in ["", "5", "s", "-3s", "1.5h", "10 m", "99999999999999999999d", "3s x"] {
            assert!(parse_duration(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn milliseconds_are_cut_and_never_overflow() {
        for (duration, ms) in [
            (Duration::ZERO, 0),
            (Duration::from_micros(1_999), 1),
            (Duration::from_secs(2), 2_000),
            (Duration::MAX, u64::MAX),
        ] {
            assert_eq!(whole_ms(duration), ms);
        }
    }

    #[test]
    fn spans_are_as_exact_as_a_person_needs() {
        for (ms, shown) in [
            (0, "0 ms"),
            (999, "999 ms"),
            (1_000, "1 s"),
            (1_918, "1.9 s"),
            (9_999, "9.9 s"),
            (12_999, "12 s"),
            (60_000, "1 m"),
            (90_500, "1 m 30 s"),
            (7_200_000, "2 h"),
            (3_900_000, "1 h 5 m"),
            (100_800_000, "1 d 4 h"),
        ] {
            assert_eq!(span(Duration::from_millis(ms)), shown);
        }
        assert!(span(Duration::MAX).ends_with(" h"));
    }

    #[test]
    fn nothing_is_idle_now() {
        assert_eq!(idle(Duration::from_millis(999)), "taken now");
        assert_eq!(idle(Duration::from_secs(125)), "idle 2 m");
    }

    #[test]
    fn ages_have_one_unit() {
        for (s, shown) in [(0, "now"), (8, "8 s"), (125, "2 m"), (7_200, "2 h"), (172_800, "2 d")] {
            assert_eq!(age(Duration::from_secs(s)), shown);
        }
    }
}
