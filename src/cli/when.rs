//! Times as people write them on a command line: RFC 3339, `HH:MM[:SS]`, `YYYY-MM-DD`, `10m`, `0`.

use chrono::{DateTime, Days, Local, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};

use crate::bus::Start;
use crate::text::{display_safe, parse_duration};
use crate::tui::app::Zone;

/// The first moment at which a clock on the wall shows `wall`; where summer time skips it, the moment after the gap.
fn at_wall(zone: Zone, wall: NaiveDateTime) -> Option<DateTime<Utc>> {
    fn first(zone: &impl TimeZone, wall: NaiveDateTime) -> Option<DateTime<Utc>> {
        zone.from_local_datetime(&wall).earliest().map(|at| at.with_timezone(&Utc))
    }
    // No zone skips more than a day, nor in steps finer than a quarter of an hour.
    (0..=96).find_map(|quarters| {
        let wall = wall.checked_add_signed(TimeDelta::minutes(15 * quarters))?;
        match zone {
            Zone::Local => first(&Local, wall),
            Zone::Fixed(offset) => first(&offset, wall),
        }
    })
}

/// Reads a time. `HH:MM` is the last such moment that is not after `now`.
pub(super) fn parse(text: &str, now: DateTime<Utc>, zone: Zone) -> Result<Start, String> {
    let text = text.trim();
    if text == "0" {
        return Ok(Start::Beginning);
    }
    moment(text, now, zone).map(Start::Since).ok_or_else(|| format!("'{}' is not a time", display_safe(text)))
}

/// What may be written.
pub(super) const FORMS: &str = "Write 2026-11-23T14:02:31Z, 14:02 or 14:02:31, 2026-11-23, an age such as 10m or 1h30m, or 0 for the beginning.";

fn moment(text: &str, now: DateTime<Utc>, zone: Zone) -> Option<DateTime<Utc>> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(at.with_timezone(&Utc));
    }
    if let Ok(ago) = parse_duration(text) {
        return now.checked_sub_signed(TimeDelta::from_std(ago).ok()?);
    }
    if let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return at_wall(zone, day.and_time(NaiveTime::MIN));
    }
    let time = ["%H:%M:%S", "%H:%M"].iter().find_map(|form| NaiveTime::parse_from_str(text, form).ok())?;
    let today = zone.place(now).date_naive();
    match at_wall(zone, today.and_time(time))? {
        at if at <= now => Some(at),
        _ => at_wall(zone, today.checked_sub_days(Days::new(1))?.and_time(time)),
    }
}

#[cfg(test)]
mod tests {
    use chrono::FixedOffset;

    use super::*;

    #[test]
    fn every_form_is_read_in_the_zone() {
        let zone = Zone::Fixed(FixedOffset::east_opt(2 * 3_600).unwrap());
        let now: DateTime<Utc> = "2026-11-23T12:30:00Z".parse().unwrap();
        for (text, at) in [
            ("2026-11-23T14:02:31.5+01:00", "2026-11-23T13:02:31.500Z"),
            ("2026-11-23T14:02:31Z", "2026-11-23T14:02:31Z"),
            ("14:30", "2026-11-23T12:30:00Z"),
            ("14:31", "2026-11-22T12:31:00Z"),
            ("09:15:20", "2026-11-23T07:15:20Z"),
            ("2026-11-23", "2026-11-22T22:00:00Z"),
            ("10m", "2026-11-23T12:20:00Z"),
            ("1h30m", "2026-11-23T11:00:00Z"),
        ] {
            let expected: DateTime<Utc> = at.parse().unwrap();
            assert_eq!(parse(text, now, zone), Ok(Start::Since(expected)), "{text}");
        }
        assert_eq!(parse("0", now, zone), Ok(Start::Beginning));
        for bad in [
            "",
            "yesterday",
            "25:00",
            "2026-13-01",
            "10",
            "-5m",
            "2026-11-23 14:00",
            "99999999999999d",
            "\x1b[2J",
        ] {
            let error = parse(bad, now, zone).unwrap_err();
            assert!(error.contains("is not a time") && !error.contains('\x1b'), "{bad}: {error}");
        }
    }
}
