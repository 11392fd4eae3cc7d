//! A place in the past, as a person types it: a time of day, so long ago, a date, an entry.

use chrono::{
    DateTime, Datelike as _, Days, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc,
};

use super::Clock;
use crate::event::EntryId;
use crate::text::{display_safe, parse_duration};

/// What can be typed, and what it means.
pub const FORMS: [(&str, &str); 8] = [
    ("14:02", "that time of day, when it was last"),
    ("14:02:30", "to the second; 14:02:30.250 finer still"),
    ("-2h", "so long ago: -90s, -15m, -3d, -1h30m"),
    ("yesterday 14:02", "today, yesterday, with a time or from their beginning"),
    ("2026-11-28", "that day, from its beginning; also 28 nov"),
    ("2026-11-28 14:02", "that day, at that time; Z or +01:00 behind it says the zone"),
    ("1795459752545-1", "an entry, by its id"),
    ("oldest", "the oldest event that lies on the bus"),
];

/// Where to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// To what comes.
    Now,
    /// To the oldest event.
    Oldest,
    /// To a time.
    At(DateTime<Utc>),
    /// To an entry.
    Entry(EntryId),
}

impl Moment {
    /// Reads what was typed. An error says, for people, what is wrong with it and how it is written.
    pub fn read(text: &str, clock: &Clock) -> Result<Self, String> {
        let text = text.trim().to_lowercase();
        match text.as_str() {
            "" => return Err("type a time: 14:02, -2h, yesterday 14:02, 2026-11-28".to_owned()),
            "now" | "newest" => return Ok(Self::Now),
            "oldest" | "first" => return Ok(Self::Oldest),
            _ => {}
        }
        if let Some(ago) = text.strip_prefix('-').or_else(|| text.strip_suffix("ago")) {
            return so_long_ago(ago.trim(), clock).map(Self::At);
        }
        if let Some(entry) = entry(&text) {
            return Ok(entry);
        }
        let at = written(&text, clock)?;
        if at > clock.now {
            return Err(format!("{} is still to come", clock.date_time(at)));
        }
        Ok(Self::At(at))
    }

    /// The place on the bus; `None` of now.
    pub fn place(self) -> Option<EntryId> {
        match self {
            Self::Now => None,
            Self::Oldest => Some(EntryId::ZERO),
            // Before 1970 there were no events.
            Self::At(at) => Some(EntryId::new(u64::try_from(at.timestamp_millis()).unwrap_or(0), 0)),
            Self::Entry(id) => Some(id),
        }
    }

    /// What was understood, for people.
    pub fn shown(self, clock: &Clock) -> String {
        let at = |at| format!("{}, {}", clock.date_time(at), clock.ago(at));
        match self {
            Self::Now => "back to the newest event".to_owned(),
            Self::Oldest => "the oldest event that lies on the bus".to_owned(),
            Self::At(time) => at(time),
            Self::Entry(id) => {
                id.time().map_or_else(|| id.to_string(), |time| format!("entry {id}: {}", at(time)))
            }
        }
    }
}

fn so_long_ago(text: &str, clock: &Clock) -> Result<DateTime<Utc>, String> {
    let span: String = text.split_whitespace().collect();
    let span = parse_duration(&span).map_err(|_| {
        format!("'-{}' says no time ago: write -90s, -15m, -2h, -3d or -1h30m", display_safe(text))
    })?;
    let at = TimeDelta::from_std(span).ok().and_then(|span| clock.now.checked_sub_signed(span));
    at.ok_or_else(|| format!("'-{}' is before any calendar", display_safe(text)))
}

/// An entry id, or milliseconds or seconds since 1970.
fn entry(text: &str) -> Option<Moment> {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if let Some((ms, seq)) = text.split_once('-') {
        // A year is shorter.
        let is_id = ms.len() >= 9 && is_number(ms) && is_number(seq);
        return if is_id { text.parse().ok().map(Moment::Entry) } else { None };
    }
    if !is_number(text) || !(9..=13).contains(&text.len()) {
        return None;
    }
    let number: i64 = text.parse().ok()?;
    let at = if text.len() < 12 {
        DateTime::from_timestamp(number, 0)
    } else {
        DateTime::from_timestamp_millis(number)
    };
    at.map(Moment::At)
}

/// A date, a time of day, or both.
fn written(text: &str, clock: &Clock) -> Result<DateTime<Utc>, String> {
    let wrong = || {
        format!(
            "'{}' is no time: write 14:02, 14:02:30, -2h, -3d, yesterday 14:02, 2026-11-28 or 2026-11-28 14:02",
            display_safe(text)
        )
    };
    let (text_in_zone, zone) = zone_of(text);
    let spaced = text_in_zone.replacen('t', " ", usize::from(text_in_zone.as_bytes().get(10) == Some(&b't')));
    let today = here(clock, zone, clock.now).date();
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let (date, time) = match words.split_last() {
        Some((last, before)) if last.contains(':') => (before, Some(time_of_day(last).ok_or_else(wrong)?)),
        Some(_) => (&words[..], None),
        None => return Err(wrong()),
    };
    let given = if date.is_empty() { None } else { Some(day(date, today).ok_or_else(wrong)?) };
    let at = given.unwrap_or(today).and_time(time.unwrap_or_default());
    let placed = |at: NaiveDateTime| when(clock, zone, at);
    let left_out = || format!("there was no {}: the clocks were put forward", at.format("%H:%M on %Y-%m-%d"));
    match placed(at) {
        // A time of day that is still to come today was yesterday.
        Some(then) if given.is_none() && then > clock.now => {
            at.checked_sub_days(Days::new(1)).and_then(placed).ok_or_else(left_out)
        }
        Some(then) => Ok(then),
        None => Err(left_out()),
    }
}

/// Takes a zone from the end: `z`, `utc`, `+01:00`, `-0500`.
fn zone_of(text: &str) -> (&str, Option<FixedOffset>) {
    let utc = FixedOffset::east_opt(0);
    for name in ["utc", "z"] {
        if let Some(rest) =
            text.strip_suffix(name).filter(|rest| rest.ends_with(|c: char| c.is_ascii_digit() || c == ' '))
        {
            return (rest.trim_end(), utc);
        }
    }
    // Behind a time only: a date has hyphens, too.
    let Some(colon) = text.find(':') else { return (text, None) };
    let Some(sign) = text[colon..].rfind(['+', '-']).map(|at| colon + at) else { return (text, None) };
    match text[sign..].parse::<FixedOffset>() {
        Ok(offset) => (text[..sign].trim_end(), Some(offset)),
        Err(_) => (text, None),
    }
}

fn here(clock: &Clock, zone: Option<FixedOffset>, at: DateTime<Utc>) -> NaiveDateTime {
    zone.map_or_else(|| clock.zone.place(at), |zone| at.with_timezone(&zone)).naive_local()
}

fn when(clock: &Clock, zone: Option<FixedOffset>, at: NaiveDateTime) -> Option<DateTime<Utc>> {
    match zone {
        Some(zone) => super::Zone::Fixed(zone).when(at),
        None => clock.zone.when(at),
    }
}

fn time_of_day(text: &str) -> Option<NaiveTime> {
    let forms = ["%H:%M", "%H:%M:%S", "%H:%M:%S%.f"];
    forms.iter().find_map(|form| NaiveTime::parse_from_str(text, form).ok())
}

/// A day: in words, in numbers, or with its month by name, of which the last that was is meant.
fn day(words: &[&str], today: NaiveDate) -> Option<NaiveDate> {
    match words {
        ["today"] => Some(today),
        ["yesterday"] => today.pred_opt(),
        [date] => NaiveDate::parse_from_str(date, "%Y-%m-%d").ok().filter(|date| date.year() > 0),
        [a, b] => {
            let month = |year: i32| {
                let text = format!("{a} {b} {year}");
                let forms = ["%d %b %Y", "%b %d %Y"];
                forms.iter().find_map(|form| NaiveDate::parse_from_str(&text, form).ok())
            };
            // The 29th of February may lie some years back.
            (0..8).filter_map(|back| month(today.year() - back)).find(|date| *date <= today)
        }
        [a, b, year] => {
            let text = format!("{a} {b} {year}");
            ["%d %b %Y", "%b %d %Y"].iter().find_map(|form| NaiveDate::parse_from_str(&text, form).ok())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Zone;
    use super::*;

    /// In a zone an hour east: there it is 14:02:31.
    fn clock() -> Clock {
        let now = "2026-11-29T13:02:31Z".parse().unwrap();
        Clock { now, zone: Zone::Fixed(FixedOffset::east_opt(3_600).unwrap()) }
    }

    #[test]
    fn times_are_read_as_people_write_them() {
        for (text, at) in [
            ("14:02", "2026-11-29T13:02:00Z"),
            ("14:02:30", "2026-11-29T13:02:30Z"),
            ("14:02:30.250", "2026-11-29T13:02:30.250Z"),
            ("9:05", "2026-11-29T08:05:00Z"),
            // What is still to come was yesterday.
            ("14:03", "2026-11-28T13:03:00Z"),
            ("23:59:59", "2026-11-28T22:59:59Z"),
            ("14:02 utc", "2026-11-28T14:02:00Z"),
            ("13:02Z", "2026-11-29T13:02:00Z"),
            ("-2h", "2026-11-29T11:02:31Z"),
            (" -3D ", "2026-11-26T13:02:31Z"),
            ("-1h30m", "2026-11-29T11:32:31Z"),
            ("2h ago", "2026-11-29T11:02:31Z"),
            ("today", "2026-11-28T23:00:00Z"),
            ("yesterday", "2026-11-27T23:00:00Z"),
            ("yesterday 14:30", "2026-11-28T13:30:00Z"),
            ("2026-11-28", "2026-11-27T23:00:00Z"),
            ("2026-11-28 14:02", "2026-11-28T13:02:00Z"),
            ("2026-11-28T14:02:11", "2026-11-28T13:02:11Z"),
            ("2026-11-28T14:02:11.5Z", "2026-11-28T14:02:11.500Z"),
            ("2026-11-28 14:02 +05:30", "2026-11-28T08:32:00Z"),
            ("2026-11-28 14:02-0500", "2026-11-28T19:02:00Z"),
            ("28 nov", "2026-11-27T23:00:00Z"),
            ("Nov 28 14:02", "2026-11-28T13:02:00Z"),
            // This year's is still to come.
            ("24 Dec", "2025-12-23T23:00:00Z"),
            ("29 feb", "2024-02-28T23:00:00Z"),
            ("24 dec 2020", "2020-12-23T23:00:00Z"),
            ("1795459752", "2026-11-23T18:49:12Z"),
            ("1795459752545", "2026-11-23T18:49:12.545Z"),
        ] {
            assert_eq!(Moment::read(text, &clock()), Ok(Moment::At(at.parse().unwrap())), "{text}");
        }
        assert_eq!(Moment::read("Oldest", &clock()), Ok(Moment::Oldest));
        assert_eq!(Moment::read("now", &clock()), Ok(Moment::Now));
        let id = EntryId::new(1_795_459_752_545, 1);
        assert_eq!(Moment::read("1795459752545-1", &clock()), Ok(Moment::Entry(id)));
        assert_eq!(Moment::Entry(id).place(), Some(id));
        assert_eq!(Moment::read("1960-01-01", &clock()).unwrap().place(), Some(EntryId::ZERO));
    }

    #[test]
    fn what_is_no_time_is_answered_with_how_times_are_written() {
        for (text, why) in [
            ("", "type a time"),
            ("noon", "'noon' is no time: write 14:02, 14:02:30, -2h"),
            ("25:00", "is no time"),
            ("14", "is no time"),
            ("14:02:61", "is no time"),
            ("2026-13-01", "is no time"),
            ("2026-02-30 10:00", "is no time"),
            ("-2", "says no time ago: write -90s"),
            ("-", "says no time ago"),
            ("-99999999999d", "is before any calendar"),
            ("2027-01-01", "2027-01-01 00:00:00.000 +01:00 is still to come"),
            ("today 14:03", "is still to come"),
            ("\u{1b}[2J", "is no time"),
            ("ééééééééééé:", "is no time"),
            ("1:2:3:4:5", "is no time"),
        ] {
            let error = Moment::read(text, &clock()).unwrap_err();
            assert!(error.contains(why) && !error.contains('\u{1b}'), "{text}: {error}");
        }
    }

    #[test]
    fn every_form_that_is_shown_can_be_typed() {
        for (form, _) in FORMS {
            assert!(Moment::read(form, &clock()).is_ok(), "{form}");
        }
    }
}
