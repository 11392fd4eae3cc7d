//! Of which days the events of a list are, and how their times are written for that: so that each row says as much of its
//! time as there is room for, and no two of them look alike that are seconds apart.

use chrono::{DateTime, Datelike as _, NaiveDate, TimeDelta, Utc};

use crate::text::width;
use crate::tui::app::App;

/// Days that lie no further apart are told from each other by their number in the month.
const MONTH: TimeDelta = TimeDelta::days(27);

/// The days of the events on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Days {
    /// All are of today, or there are none.
    Today,
    /// All are of another day, which the heading says.
    Other(NaiveDate),
    /// They are of several days of a month.
    Several,
    /// They are of days that lie further apart.
    Far,
}

impl Days {
    /// Those of the list on the screen, in so many rows. Where it `has_heading`, that may name a day.
    pub(super) fn on_screen(rows: usize, has_heading: bool, app: &App) -> Self {
        let shown = app.events.on_screen(rows).filter_map(|seq| app.entry(seq)).map(|entry| entry.time());
        // Rewound, the line above the list says of which month it is.
        Self::of(shown, (has_heading, has_heading && app.is_rewound()), app)
    }

    /// Those of `times`, where a heading may name a day, and where their month is named already.
    fn of(
        times: impl Iterator<Item = DateTime<Utc>>,
        (has_heading, has_month): (bool, bool),
        app: &App,
    ) -> Self {
        let day = |at| app.clock.zone.place(at).date_naive();
        let today = day(app.clock.now);
        let bounds = times.map(day).fold(None, |bounds, day| match bounds {
            None => Some((day, day)),
            Some((first, last)) => Some((day.min(first), day.max(last))),
        });
        match bounds {
            None => Self::Today,
            Some((first, last)) if first == last && first == today => Self::Today,
            Some((first, last)) if first == last && has_heading => Self::Other(first),
            Some((first, last)) if has_month && last - first <= MONTH => Self::Several,
            // Without a month the day is told from today's.
            Some((first, last)) if last.max(today) - first.min(today) > MONTH => Self::Far,
            Some(_) => Self::Several,
        }
    }

    /// The heading of a column of so many cells, with the `sign` of the order behind it: as much as fits. The sign gives way
    /// to the year, which nothing else may say.
    pub(super) fn heading(self, title: String, (cells, sign): (usize, &str), app: &App) -> String {
        let this_year = app.clock.zone.place(app.clock.now).year();
        let day = |day: NaiveDate, form: &str| day.format(form).to_string().to_uppercase();
        let (long, short) = match self {
            Self::Today | Self::Far => (title.clone(), title),
            Self::Several => (format!("DAY {title}"), "DAY".to_owned()),
            Self::Other(of) if of.year() == this_year => (day(of, "%d %b"), day(of, "%d %b")),
            Self::Other(of) => (day(of, "%d %b %y"), day(of, "%d%b%y")),
        };
        [format!("{long}{sign}"), format!("{short}{sign}")]
            .into_iter()
            .find(|heading| width(heading) <= cells)
            .unwrap_or(short)
    }

    /// When: as much of it as the column holds, `short` where that has eight cells.
    pub(super) fn time(self, at: DateTime<Utc>, short: bool, app: &App) -> String {
        let form = match (self, short) {
            (Self::Today | Self::Other(_), false) => "%H:%M:%S%.3f",
            (Self::Today | Self::Other(_), true) => "%H:%M:%S",
            (Self::Several, false) => "%d %H:%M:%S",
            (Self::Several, true) => "%d %H:%M",
            (Self::Far, false) => "%d %b %H:%M",
            (Self::Far, true) => "%d %b",
        };
        app.clock.zone.place(at).format(form).to_string()
    }
}

#[cfg(test)]
mod tests {
    use chrono::FixedOffset;
    use ratatui::layout::Size;

    use super::*;
    use crate::bus::{Start, Watch};
    use crate::tui::app::{Clock, Setup, Zone};

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    /// Somewhere an hour ahead of UTC.
    fn app(now: &str) -> App {
        let zone = Zone::Fixed(FixedOffset::east_opt(3_600).unwrap());
        let setup = Setup::new("demo", Watch::following(Start::Last(1)));
        App::start(setup, Clock { now: at(now), zone }, Size::new(80, 24)).0
    }

    fn shown(now: &str, times: &[&str], has_heading: bool) -> Vec<String> {
        shown_with(now, times, (has_heading, false))
    }

    fn shown_with(now: &str, times: &[&str], names: (bool, bool)) -> Vec<String> {
        let app = app(now);
        let days = Days::of(times.iter().map(|time| at(time)), names, &app);
        let rows = times.iter().flat_map(|time| [false, true].map(|short| days.time(at(time), short, &app)));
        std::iter::once(days.heading("TIME".to_owned(), (12, ""), &app)).chain(rows).collect()
    }

    #[test]
    fn around_midnight_each_row_says_its_day_and_of_one_day_the_heading_does() {
        let (before, after) = ("2026-11-23T22:59:59.800Z", "2026-11-23T23:00:01.200Z");
        // A second before midnight here, today.
        assert_eq!(shown(before, &[before], true), ["TIME", "23:59:59.800", "23:59:59"]);
        assert_eq!(
            shown(after, &[after, before], true),
            ["DAY TIME", "24 00:00:01", "24 00:00", "23 23:59:59", "23 23:59"]
        );
        assert_eq!(shown(after, &[before], true), ["23 NOV", "23:59:59.800", "23:59:59"]);
        assert_eq!(shown(after, &[before], false)[1..], ["23 23:59:59", "23 23:59"]);
        assert_eq!(shown(after, &[], true), ["TIME"]);
    }

    #[test]
    fn around_new_year_a_day_of_another_year_says_so() {
        let (old, new) = ("2026-12-31T22:59:59Z", "2026-12-31T23:00:00Z");
        assert_eq!(shown(new, &[new, old], true)[..3], ["DAY TIME", "01 00:00:00", "01 00:00"]);
        assert_eq!(shown(new, &[old], true), ["31 DEC 26", "23:59:59.000", "23:59:59"]);
        assert_eq!(shown(old, &[old], true)[0], "TIME");
    }

    #[test]
    fn days_of_several_months_say_their_month() {
        let (now, long_ago) = ("2026-11-23T12:00:00Z", "2026-08-23T12:00:30Z");
        assert_eq!(
            shown(now, &[now, long_ago], true),
            ["TIME", "23 Nov 13:00", "23 Nov", "23 Aug 13:00", "23 Aug"]
        );
        assert_eq!(shown(now, &[long_ago], false)[1], "23 Aug 13:00", "the day alone might be this month's");
        assert_eq!(shown(now, &[long_ago], true)[..2], ["23 AUG", "13:00:30.000"]);
        // Around a midnight of long ago the line above names the month: there is room for the seconds.
        let (before, after) = ("2026-08-23T21:59:59Z", "2026-08-23T23:00:01Z");
        let around = [after, before];
        assert_eq!(shown(now, &around, true)[1..], ["24 Aug 00:00", "24 Aug", "23 Aug 22:59", "23 Aug"]);
        assert_eq!(
            shown_with(now, &around, (true, true)),
            ["DAY TIME", "24 00:00:01", "24 00:00", "23 22:59:59", "23 22:59"]
        );
        assert_eq!(shown_with(now, &[now, long_ago], (true, true))[1], "23 Nov 13:00");
    }

    #[test]
    fn a_heading_is_never_cut() {
        let (now, sign) = ("2027-06-01T12:00:00Z", " v");
        let app = app(now);
        let headings = |times: &[&str]| {
            let days = Days::of(times.iter().map(|time| at(time)), (true, false), &app);
            [12, 8].map(|cells| days.heading("TIME".to_owned(), (cells, sign), &app))
        };
        assert_eq!(headings(&[now]), ["TIME v", "TIME v"]);
        assert_eq!(headings(&[now, "2027-05-31T12:00:00Z"]), ["DAY TIME v", "DAY v"]);
        assert_eq!(headings(&["2027-05-31T12:00:00Z"]), ["31 MAY v", "31 MAY v"]);
        assert_eq!(headings(&["2026-12-31T12:00:00Z"]), ["31 DEC 26 v", "31DEC26"]);
    }

    #[test]
    fn no_two_rows_of_a_minute_look_alike() {
        let rows = ["2026-11-22T10:00:01Z", "2026-11-22T10:00:02Z", "2026-11-23T10:00:02Z"];
        for times in [&rows[..], &rows[..2]] {
            let said = shown("2026-11-23T12:00:00Z", times, true);
            let long: std::collections::BTreeSet<_> = said[1..].iter().step_by(2).collect();
            assert_eq!(long.len(), times.len(), "{said:?}");
        }
    }
}
