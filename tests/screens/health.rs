//! The Health view.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use ratatui::layout::Size;
use tidings::bus::{BusError, BusFacts, Examined, Finding, Level, StreamFacts, Unseen};
use tidings::event::{EntryId, EventType, StreamKey};
use tidings::tui::app::{App, View};

use super::handlers::reports;
use super::stage::{MIDDLE, SMALL, ascii, busy, draw, fresh, go_live, now, screen, text};
use super::views::NARROW;

fn finding(check: &'static str, level: Level, found: &str, mend: &str) -> Finding {
    Finding { check, level, found: found.to_owned(), mend: Some(mend.to_owned()), is_unseen: false }
}

fn well() -> Vec<Finding> {
    ["version", "clock", "memory"].map(|check| finding(check, Level::Ok, "as it should be", "")).into()
}

fn facts() -> BusFacts {
    let handlers = reports(1_000);
    let stream = |name: &str, length| StreamFacts {
        stream: StreamKey::new(&format!("event::{name}")).unwrap(),
        event_type: EventType::new(name).unwrap(),
        channel: None,
        length,
        added: None,
        first: Some(EntryId::new(1, 0)),
        groups: vec![],
    };
    let handled = StreamFacts {
        groups: vec![tidings::bus::GroupFacts {
            name: "sla".to_owned(),
            pending: 0,
            lag: tidings::bus::Lag::Exactly(0),
            last_delivered: EntryId::new(9, 0),
            read: None,
            oldest_pending: None,
            consumers: vec![],
        }],
        ..stream("TICKET_UPDATED", 3)
    };
    BusFacts {
        registered: Some(
            handlers
                .iter()
                .map(|report| (report.name.clone(), now() - TimeDelta::days(2)))
                .collect::<BTreeMap<_, _>>(),
        ),
        handlers,
        streams: vec![handled, stream("PROJECT_CREATED", 41)],
        has_schedule: true,
        ..BusFacts::default()
    }
}

/// A bus with much to find, one of it gone since.
fn ill(size: Size) -> App {
    let mut app = busy(size);
    app.view = View::Health;
    let clock =
        finding("clock", Level::Warning, "the server's clock is 5s ahead of ours", "set both clocks by NTP");
    let policy = "allkeys-lru: when memory runs out, the server deletes whole streams";
    let policy = finding(
        "memory-policy",
        Level::Fault,
        policy,
        "CONFIG SET maxmemory-policy noeviction, and in redis.conf",
    );
    let findings = vec![clock, policy.clone()];
    let earlier = now() - TimeDelta::minutes(4);
    app.health.take(Ok(Examined { findings, bus: Some(facts()), ahead: None }), earlier);
    app.health.take(Ok(Examined { findings: vec![policy], bus: Some(facts()), ahead: None }), now());
    app.health.health.hear(&app.monitor, now());
    app.health.renew(None);
    app
}

pub(super) fn chosen(size: Size, check: &str) -> App {
    let mut app = ill(size);
    app.health.table.cursor = app.health.rows.iter().position(|known| known.lint.check == check);
    assert!(app.health.table.cursor.is_some(), "{check}: {:?}", app.health.rows);
    app
}

#[test]
fn health_at_every_size() {
    for size in [NARROW, SMALL, MIDDLE] {
        insta::assert_snapshot!(format!("health-{size}"), screen(&ill(size)));
        insta::assert_snapshot!(format!("health-finding-{size}"), screen(&chosen(size, "handlers")));
    }
}

/// As it was answered first.
fn answered(answer: Option<Result<Examined, BusError>>) -> App {
    let mut app = fresh(SMALL);
    go_live(&mut app);
    app.view = View::Health;
    "native".clone_into(&mut app.context.profile);
    if let Some(answer) = answer {
        app.health.take(answer, now());
        app.health.health.hear(&app.monitor, now());
        app.health.renew(None);
    }
    app
}

#[test]
fn a_bus_that_is_well_says_what_was_looked_at_and_when() {
    let well = Examined { findings: well(), bus: Some(BusFacts::default()), ahead: None };
    insta::assert_snapshot!("health-well", screen(&answered(Some(Ok(well.clone())))));
    let next = Some("grant +xpending to see it".to_owned());
    let why = "cannot be seen: the user may not run XPENDING (NOPERM)".to_owned();
    let unseen = ["pending", "trimming"].map(|check| Unseen { check, why: why.clone(), next: next.clone() });
    let bus = Some(BusFacts { unseen: unseen.into(), ..BusFacts::default() });
    insta::assert_snapshot!("health-unseen", screen(&answered(Some(Ok(Examined { bus, ..well.clone() })))));
    let mut pubsub = answered(Some(Ok(Examined { bus: None, ..well })));
    pubsub.context.profile = "pubsub".to_owned();
    insta::assert_snapshot!("health-pubsub", screen(&pubsub));
    insta::assert_snapshot!("health-asking", screen(&answered(None)));
    let refused = BusError::Unavailable { what: "no answer within 2 s".to_owned() };
    insta::assert_snapshot!("health-refused", screen(&answered(Some(Err(refused)))));
}

#[test]
fn ascii_is_all_that_is_drawn_of_health() {
    for app in [|| ill(MIDDLE), || chosen(SMALL, "handlers"), || answered(None)].map(|make| Box::new(make()))
    {
        let shown = text(&draw(&app, &ascii()));
        assert!(shown.is_ascii(), "{shown}");
    }
}
