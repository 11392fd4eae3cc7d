//! A day, event by event: what happens next, and how long after the one before.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Timelike, Utc};
use serde_json::Value;

use super::Settings;
use super::cast::PROVIDERS;
use super::desk::{Act, Desk, Happening};
use super::flaw::Flaw;
use super::mood::{Mood, Moods};
use super::random::Random;
use crate::bus::Intake;
use crate::text::rfc3339_ms;

/// What usually happens, out of 100.
const USUALLY: [(Act, f64); 11] = [
    (Act::UpdateTicket, 46.0),
    (Act::CreateTicket, 14.0),
    (Act::CloseTicket, 15.0),
    (Act::SubmitTime, 8.0),
    (Act::ApproveTime, 5.0),
    (Act::UpdateProject, 6.0),
    (Act::CreateProject, 1.2),
    (Act::CloseProject, 0.9),
    (Act::GenerateInvoice, 1.6),
    (Act::FinalizeInvoice, 1.3),
    (Act::DiscoverAsset, 1.0),
];

/// What happens in a storm at the provider that it hits.
const IN_A_STORM: [(Act, f64); 3] =
    [(Act::RaiseAlert, 70.0), (Act::UpdateTicket, 22.0), (Act::CloseTicket, 8.0)];

/// In the afternoon people write down their time: so much more often.
const AFTERNOON: f64 = 2.5;

/// The bounds of a rate, in events a second.
const SLOWEST: f64 = 0.01;
const FASTEST: f64 = 1_000_000.0;

/// The next event of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// How long after the one before.
    pub after: Duration,
    /// What happens.
    pub what: What,
}

/// An event as it goes into a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct What {
    /// The type its stream is named for.
    pub event_type: &'static str,
    /// The name of the entry's only field.
    pub field: &'static str,
    /// What the field holds.
    pub text: String,
    /// What is to be said of it.
    pub kind: Kind,
}

/// What the native catalogue says of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It fits the schema of its type.
    Valid,
    /// Its type has no schema.
    Unchecked,
    /// It was broken on purpose.
    Flawed,
}

/// Plans a day. It has no clock: it begins when it is told, and its time goes by with its events.
#[derive(Debug)]
pub struct Day {
    random: Random,
    /// Events a second on a calm day.
    calm: f64,
    now: DateTime<Utc>,
    moods: Moods,
    desks: Vec<Desk>,
}

impl Day {
    /// The day of this seed, from `begins` on.
    pub fn new(settings: Settings, begins: DateTime<Utc>) -> Self {
        let mut random = Random::new(settings.seed);
        let desks = PROVIDERS.iter().map(|provider| Desk::new(provider, &mut random)).collect();
        let moods = Moods::new(&mut random);
        let mut day = Self { random, calm: 1.0, now: begins, moods, desks };
        day.set_rate(settings.rate);
        day
    }

    /// Goes on at so many events a second, on the average.
    pub fn set_rate(&mut self, rate: f64) {
        let rate = if rate.is_nan() { SLOWEST } else { rate.clamp(SLOWEST, FASTEST) };
        self.calm = rate / Moods::average();
    }

    /// When the last planned event happens.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Goes on at `now`: what would have happened until then does not.
    pub fn skip_to(&mut self, now: DateTime<Utc>) {
        self.now = now;
    }

    /// Plans the next event.
    #[expect(clippy::should_implement_trait, reason = "a day has no end, so an Option would be a lie")]
    pub fn next(&mut self) -> Planned {
        let before = self.now;
        self.pass_time();
        let mood = self.moods.now;
        let loudness = PROVIDERS.iter().enumerate().map(|(at, provider)| provider.share * mood.loudness(at));
        let at = self.random.weighted(loudness);
        let stormy = matches!(mood, Mood::Storm(noisy) if noisy == at);
        let what = if !stormy && self.random.chance(PROVIDERS[at].flawed / 100.0) {
            self.broken(at)
        } else {
            let act = self.act(stormy);
            let happening = self.desks[at].act(act, &mut self.random);
            let kind = if act == Act::DiscoverAsset { Kind::Unchecked } else { Kind::Valid };
            let (event_type, text) = self.text(happening);
            What { event_type, field: Intake::EVENT_FIELD, text, kind }
        };
        Planned { after: (self.now - before).to_std().unwrap_or_default(), what }
    }

    /// Lets time go by until the next event; where the mood changes before that, by the new mood's measure.
    fn pass_time(&mut self) {
        let mut seconds = 0.0;
        loop {
            let pause = self.random.pause(self.calm * self.moods.now.total());
            let left = self.moods.left();
            seconds += pause.min(left);
            if !self.moods.pass(pause.min(left), &mut self.random) {
                break;
            }
        }
        #[expect(clippy::cast_possible_truncation, reason = "pauses are hours at most, far below 2^63 ns")]
        let nanoseconds = (seconds * 1e9) as i64;
        self.now += TimeDelta::nanoseconds(nanoseconds);
    }

    fn act(&mut self, stormy: bool) -> Act {
        if stormy {
            return IN_A_STORM[self.random.weighted(IN_A_STORM.iter().map(|(_, weight)| *weight))].0;
        }
        let afternoon = (13..18).contains(&self.now.hour());
        let weight = |(act, weight): &(Act, f64)| match act {
            Act::SubmitTime | Act::ApproveTime if afternoon => weight * AFTERNOON,
            _ => *weight,
        };
        USUALLY[self.random.weighted(USUALLY.iter().map(weight))].0
    }

    /// A ticket's event that breaks a rule.
    fn broken(&mut self, at: usize) -> What {
        let flaw = Flaw::any(&mut self.random);
        let mut happening = self.desks[at].act(Act::UpdateTicket, &mut self.random);
        flaw.spoil(&mut happening, &mut self.random);
        let (event_type, mut text) = self.text(happening);
        flaw.cut(&mut text);
        What { event_type, field: flaw.field(), text, kind: Kind::Flawed }
    }

    /// The type and the whole text of an event that happens now.
    fn text(&mut self, happening: Happening) -> (&'static str, String) {
        let Happening { event_type, payload } = happening;
        let id = self.random.uuid();
        let at = rfc3339_ms(self.now);
        let payload = Value::Object(payload);
        let text =
            format!(r#"{{"id":"{id}","eventType":"{event_type}","timestamp":"{at}","payload":{payload}}}"#);
        (event_type, text)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet, HashSet};
    use std::sync::Arc;

    use super::*;
    use crate::bus::{Admission, Raw, TenantLock};
    use crate::event::{EntryId, EventType, StreamKey, Verdict, pick};
    use crate::schema::{Catalogue, Registry};

    fn day(rate: f64, seed: u64) -> Day {
        let morning = DateTime::from_timestamp(1_795_420_800, 0).unwrap();
        Day::new(Settings { rate, seed }, morning)
    }

    fn plans(day: &mut Day, count: usize) -> Vec<Planned> {
        (0..count).map(|_| day.next()).collect()
    }

    /// A member of the payload, without its quotes.
    fn member(text: &str, name: &str) -> Option<String> {
        let [payload] = pick(text, &["payload"]).ok()?;
        let [member] = pick(payload?, &[name]).ok()?;
        member.map(|member| member.trim_matches('"').to_owned())
    }

    #[test]
    fn a_seed_is_a_day() {
        assert_eq!(plans(&mut day(12.0, 7), 3_000), plans(&mut day(12.0, 7), 3_000));
        assert_ne!(plans(&mut day(12.0, 7), 10), plans(&mut day(12.0, 8), 10));
        let first: Vec<_> = plans(&mut day(12.0, 0), 3)
            .into_iter()
            .map(|planned| format!("+{} ms {}", planned.after.as_millis(), planned.what.text))
            .collect();
        insta::assert_snapshot!(first.join("\n"), @r#"
        +25 ms {"id":"d52e30b9-d6e1-4614-b030-58210dac60e0","eventType":"TIME_ENTRY_APPROVED","timestamp":"2026-11-23T08:00:00.025Z","payload":{"tenantId":"e2147fb0-63c9-4d8a-95be-7a0f4d6c2e83","timeEntryId":"e0703c25-e0e4-437e-b091-7b3736924e93","userId":"75735771-a953-42dd-8d8c-8ee483bfa769","workItemId":"229bcd0d-2fe1-4946-8dde-ede6a79c1f18","workItemType":"TICKET","changes":{"status":"approved","approvedBy":"b3e10f98-9732-438b-9d8a-fb9bb1519099"}}}
        +207 ms {"id":"55e4c315-0265-4cba-8005-f482fa59d4c7","eventType":"TICKET_UPDATED","timestamp":"2026-11-23T08:00:00.232Z","payload":{"tenantId":"189c996e-43d3-4c53-9f4e-dbe5c1c5e9e6","ticketId":"70f1bb1c-ab70-4055-9d8f-a82949a3003e","userId":"093db13c-ddec-4e65-b6de-5b05e026d3c2","changes":{"status":"in_progress"}}}
        +211 ms {"id":"deab0edf-ab64-4c23-a18d-d2c5339f88e4","eventType":"TICKET_CREATED","timestamp":"2026-11-23T08:00:00.444Z","payload":{"tenantId":"189c996e-43d3-4c53-9f4e-dbe5c1c5e9e6","ticketId":"31069d56-d842-42a1-b4e3-8794ed95da3f","userId":"e132451f-be9a-422c-bcab-16c93a1384c5","ticketNumber":"T-22907","title":"Access to the finance share","priority":3,"source":"email"}}
        "#);
    }

    #[test]
    fn all_is_what_it_says_by_the_native_catalogue() {
        let mut intake =
            crate::bus::Intake::new(Arc::new(Registry::builtin(Catalogue::Native)), TenantLock::default());
        let mut kinds = BTreeMap::new();
        for Planned { what, .. } in plans(&mut day(12.0, 1), 20_000) {
            let raw = Raw {
                stream: StreamKey::new("s").unwrap(),
                id: EntryId::new(1, 0),
                replayable: true,
                channel: None,
                event_type: Some(EventType::new(what.event_type).unwrap()),
                fields: vec![(what.field.into(), what.text.clone().into())],
            };
            let Admission::Entry(entry) = intake.admit(raw) else { unreachable!("there is no lock") };
            match what.kind {
                Kind::Valid => assert_eq!(entry.verdict, Verdict::Valid, "{what:?}"),
                Kind::Unchecked => assert_eq!(entry.verdict, Verdict::Unchecked, "{what:?}"),
                Kind::Flawed => assert!(entry.fault().is_some(), "{what:?}"),
            }
            *kinds
                .entry(format!("{:?} {:?}", what.kind, entry.fault().map(|fault| fault.kind)))
                .or_insert(0) += 1;
        }
        assert_eq!(
            kinds.keys().map(String::as_str).collect::<Vec<_>>(),
            [
                "Flawed Some(Json)",
                "Flawed Some(Missing)",
                "Flawed Some(Schema)",
                "Unchecked None",
                "Valid None"
            ]
        );
        let flawed: usize = kinds.iter().filter(|(kind, _)| kind.starts_with("Flawed")).map(|(_, n)| n).sum();
        assert!((40..400).contains(&flawed), "now and then: {kinds:?}");
    }

    #[test]
    fn types_come_as_often_as_at_a_real_provider() {
        let mut counts = BTreeMap::new();
        for Planned { what, .. } in plans(&mut day(12.0, 2), 20_000) {
            *counts.entry(what.event_type).or_insert(0) += 1;
        }
        assert_eq!(counts.len(), 11, "the ten native types and one unchecked: {counts:?}");
        assert!(counts.values().all(|count| *count > 50), "{counts:?}");
        assert!(counts["TICKET_UPDATED"] > 6_000, "{counts:?}");
        assert!(
            counts["INVOICE_GENERATED"] + counts["INVOICE_FINALIZED"] < 1_000,
            "invoices are rare: {counts:?}"
        );
        let times = |hour: i64| {
            let at = DateTime::from_timestamp(1_795_392_000 + 3_600 * hour, 0).unwrap();
            let mut day = Day::new(Settings { rate: 50.0, seed: 2 }, at);
            plans(&mut day, 5_000)
                .iter()
                .filter(|planned| planned.what.event_type.starts_with("TIME"))
                .count()
        };
        assert!(times(14) > times(9) * 3 / 2, "time is written down in the afternoon");
    }

    #[test]
    fn stories_are_told_in_order() {
        let (mut created, mut over, mut approved) = (HashSet::new(), HashSet::new(), HashSet::new());
        let mut updates = BTreeMap::new();
        for Planned { what, .. } in plans(&mut day(12.0, 3), 30_000) {
            if what.kind != Kind::Valid {
                continue;
            }
            let id = ["ticketId", "projectId", "timeEntryId", "invoiceId"]
                .into_iter()
                .find_map(|name| member(&what.text, name))
                .expect("what it is about");
            assert!(!over.contains(&id), "nothing happens to what is over: {what:?}");
            match what.event_type {
                "TICKET_CREATED" | "PROJECT_CREATED" | "INVOICE_GENERATED" | "TIME_ENTRY_SUBMITTED" => {
                    assert!(created.insert(id.clone()), "created twice: {what:?}");
                }
                "TICKET_UPDATED" => {
                    assert_ne!(member(&what.text, "changes").unwrap(), "{}", "an update changes something");
                    *updates.entry(id.clone()).or_insert(0) += 1;
                }
                "TICKET_CLOSED" | "PROJECT_CLOSED" | "INVOICE_FINALIZED" => {
                    over.insert(id.clone());
                }
                "TIME_ENTRY_APPROVED" => assert!(approved.insert(id.clone()), "approved twice: {what:?}"),
                _ => {}
            }
            if let Some(ticket) = member(&what.text, "workItemId") {
                assert!(uuid::Uuid::try_parse(&ticket).is_ok());
            }
        }
        assert!(over.intersection(&created).count() > 1_000, "many stories are told from begin to end");
        assert!(approved.intersection(&created).count() > 500);
        assert!(updates.values().filter(|count| **count >= 3).count() > 1_000, "tickets are worked on");
    }

    #[test]
    fn the_rate_is_kept_on_the_average() {
        for (rate, hours, seed) in [(12.0, 1, 0), (12.0, 1, 4), (0.5, 24, 5)] {
            let mut day = day(rate, seed);
            let end = day.now() + TimeDelta::hours(hours);
            let mut count = 0_u32;
            while day.now() < end {
                day.next();
                count += 1;
            }
            let reached = f64::from(count) / (hours as f64 * 3_600.0);
            assert!((reached / rate - 1.0).abs() < 0.08, "{reached} of {rate} a second");
        }
        for odd in [f64::NAN, -1.0, 0.0, f64::INFINITY] {
            day(odd, 0).next();
        }
    }

    #[test]
    fn there_are_storms_and_quiet_spells() {
        let mut day = day(12.0, 0);
        let begins = day.now();
        let mut windows = BTreeMap::<i64, Vec<String>>::new();
        while day.now() < begins + TimeDelta::minutes(10) {
            let what = day.next().what;
            let window = (day.now() - begins).num_seconds() / 4;
            windows.entry(window).or_default().extend(member(&what.text, "tenantId"));
        }
        let loudest = windows.values().max_by_key(|tenants| tenants.len()).unwrap();
        assert!(loudest.len() > 4 * 12 * 2, "{}", loudest.len());
        let names: BTreeSet<_> = loudest.iter().collect();
        let noisiest =
            names.iter().map(|name| loudest.iter().filter(|tenant| *tenant == *name).count()).max();
        assert!(noisiest.unwrap() * 2 > loudest.len(), "one of them makes the noise");
        let quietest = windows.values().map(Vec::len).min().unwrap();
        assert!(quietest < 4 * 12 / 3, "{quietest}");
    }
}
