//! Time, as a person reads it. The moment comes from the event loop and the zone from the options: nothing here asks
//! the machine what time it is.

use chrono::{DateTime, FixedOffset, Local, NaiveDateTime, TimeDelta, TimeZone as _, Utc};

/// In which zone times are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Zone {
    /// The machine's own, summer time included.
    #[default]
    Local,
    /// Always so far from UTC.
    Fixed(FixedOffset),
}

impl Zone {
    /// `at`, in this zone.
    pub fn place(self, at: DateTime<Utc>) -> DateTime<FixedOffset> {
        match self {
            Self::Local => at.with_timezone(&Local).fixed_offset(),
            Self::Fixed(offset) => at.with_timezone(&offset),
        }
    }

    /// What a clock here shows as `at`: twice in the hour that summer time takes back (the first is meant), never in the
    /// one that it leaves out.
    pub fn when(self, at: NaiveDateTime) -> Option<DateTime<Utc>> {
        match self {
            Self::Local => Local.from_local_datetime(&at).earliest().map(|at| at.to_utc()),
            Self::Fixed(offset) => offset.from_local_datetime(&at).earliest().map(|at| at.to_utc()),
        }
    }
}

/// Now, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// When the last message came in.
    pub now: DateTime<Utc>,
    /// Where the person is.
    pub zone: Zone,
}

impl Clock {
    /// `14:02:31`
    pub fn time(&self, at: DateTime<Utc>) -> String {
        self.zone.place(at).format("%H:%M:%S").to_string()
    }

    /// `14:02:31.204`
    pub fn time_ms(&self, at: DateTime<Utc>) -> String {
        self.zone.place(at).format("%H:%M:%S%.3f").to_string()
    }

    /// `2026-11-23`
    pub fn date(&self, at: DateTime<Utc>) -> String {
        self.zone.place(at).format("%Y-%m-%d").to_string()
    }

    /// `2026-11-23 14:02:31.204 +01:00`
    pub fn date_time(&self, at: DateTime<Utc>) -> String {
        self.zone.place(at).format("%Y-%m-%d %H:%M:%S%.3f %:z").to_string()
    }

    /// How long ago: `now`, `8 s ago`, `2 m ago`. What lies ahead, by a clock that differs from ours, is `now`.
    pub fn ago(&self, at: DateTime<Utc>) -> String {
        match crate::text::age((self.now - at).to_std().unwrap_or_default()).as_str() {
            "now" => "now".to_owned(),
            age => format!("{age} ago"),
        }
    }

    /// Whole seconds until `at`, and 0 once it has passed.
    pub fn seconds_until(&self, at: DateTime<Utc>) -> u64 {
        let left = (at - self.now).max(TimeDelta::zero());
        u64::try_from((left.num_milliseconds() + 999) / 1000).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_shown_in_the_zone() {
        let at = DateTime::parse_from_rfc3339("2026-11-23T13:02:31.204Z").unwrap().to_utc();
        let zone = Zone::Fixed(FixedOffset::east_opt(3600).unwrap());
        let clock = Clock { now: at + TimeDelta::milliseconds(8_400), zone };
        assert_eq!(clock.time(at), "14:02:31");
        assert_eq!(clock.time_ms(at), "14:02:31.204");
        assert_eq!(clock.date_time(at), "2026-11-23 14:02:31.204 +01:00");
        assert_eq!(clock.date(at + TimeDelta::hours(10)), "2026-11-24");
        assert_eq!(clock.ago(at), "8 s ago");
        assert_eq!(clock.ago(at + TimeDelta::hours(1)), "now");
        assert_eq!(clock.seconds_until(clock.now + TimeDelta::milliseconds(1_200)), 2);
        assert_eq!(clock.seconds_until(at), 0);
    }
}
