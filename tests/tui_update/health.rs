//! The Health view.

use chrono::TimeDelta;
use tidings::bus::{BusError, BusSignal, Examined, Finding, Level, Link, ServerFacts};
use tidings::event::{EventType, TenantId};
use tidings::tui::app::{App, View};
use tidings::tui::effect::{Effect, EffectDone};
use tidings::tui::message::Message;
use tidings::tui::update::update;

use crate::queued::{letter, page};
use crate::script::Script;
use crate::start::{down, full, now, press, silent};

pub(crate) const SCRIPTS: &[Script] = &[
    // It asks when it is opened, and at most once at a time.
    (full, "6", "view=health; finding=-; effects=examine"),
    (full, "alt-6", "view=health; effects=examine"),
    (full, "6 1 6", "view=health; effects="),
    (full, "6 6", "told=this is Health"),
    (silent, "6", "view=health; effects=examine"),
    (down, "6", "view=health; effects="),
    (full, "6 j", "finding=-; told=no findings"),
    (full, "6 enter", "told=nothing is under the cursor"),
    (full, "6 y", "told=no finding is under the cursor"),
    (full, "/ \"x\" alt-6", "view=health"),
    // Rows.
    (looked, "j", "finding=memory-policy"),
    (looked, "j j", "finding=persistence"),
    (looked, "G", "finding=persistence"),
    (looked, "G k", "finding=memory-policy"),
    (looked, "pgdn pgdn", "finding=persistence"),
    (looked, "j y", "finding=memory-policy"),
    (looked, "G g", "finding=memory-policy"),
    (looked, "j esc", "view=health; finding=-"),
    (looked, "esc", "view=flow"),
    (looked, "tab", "told=one pane"),
    // The first Enter enters the table; what is of the server leads nowhere.
    (looked, "enter", "view=health; finding=memory-policy"),
    (looked, "j enter", "view=health; told=no view of its own"),
    (looked, "ctrl-r", "effects=examine; told=looking the bus over anew"),
    (looked, "ctrl-r ctrl-r", "effects=; told=looking already"),
    (down, "6 ctrl-r", "effects=reconnect; told=trying"),
    (looked, "q", "effects=quit Quit"),
];

fn answer(app: &mut App, answer: Result<Examined, BusError>) {
    let context = "prod".to_owned();
    update(app, Message::Done(EffectDone::Examined { context, answer: Box::new(answer) }));
}

fn finding(check: &'static str, level: Level) -> Finding {
    Finding {
        check,
        level,
        found: format!("{check}: bad"),
        mend: Some("mend it".to_owned()),
        is_unseen: false,
    }
}

fn examined() -> Examined {
    let findings = vec![finding("persistence", Level::Warning), finding("memory-policy", Level::Fault)];
    Examined { findings, ..Examined::default() }
}

/// In the Health view, with two findings of the server.
fn looked() -> App {
    let mut app = full();
    press(&mut app, "6");
    answer(&mut app, Ok(examined()));
    app
}

fn tick(app: &mut App, seconds: i64) -> bool {
    app.clock.now = now() + TimeDelta::seconds(seconds);
    update(app, Message::Tick).contains(&Effect::Examine)
}

#[test]
fn it_looks_often_while_it_is_open_and_rarely_while_it_is_not() {
    let mut app = looked();
    assert!(!tick(&mut app, 9));
    assert!(tick(&mut app, 10));
    assert!(!tick(&mut app, 300), "the last look was not answered yet");
    answer(&mut app, Ok(examined()));
    press(&mut app, "1");
    assert!(!tick(&mut app, 310), "it took long, and rests long");
    assert!(tick(&mut app, 600));
}

#[test]
fn a_server_that_is_there_again_is_looked_over_at_once() {
    let mut app = looked();
    press(&mut app, "1");
    assert!(!tick(&mut app, 3));
    let again = BusSignal::Link(Link::Live(ServerFacts::default()));
    update(&mut app, Message::Signals(vec![again]));
    assert!(tick(&mut app, 4));
    answer(&mut app, Ok(examined()));
    assert!(!tick(&mut app, 5), "once");
}

#[test]
fn what_concerns_everybody_comes_before_what_concerns_one_tenant() {
    let mut app = full();
    app.clock.now = now();
    let letters: Vec<_> = (1..=60)
        .map(|n| tidings::bus::FailedEvent {
            tenant: Some(TenantId::new("acme").unwrap()),
            at: tidings::bus::FailedAt::DeadLetter {
                stream: crate::queued::stream("TICKET_CREATED"),
                id: tidings::event::EntryId::new(now().timestamp_millis().cast_unsigned() - n, 0),
            },
            ..letter(n, ("sla", "TICKET_CREATED", "acme"), "boom", (1, now()))
        })
        .collect();
    app.health.health.read_dead(&letters, now());
    app.health.health.end_dead(app.monitor.labels(), now());
    press(&mut app, "6");
    app.clock.now = now() + TimeDelta::seconds(60);
    answer(&mut app, Ok(examined()));
    let rows = app.health.rows.iter().map(|known| (known.lint.check, known.lint.level));
    let faults: Vec<_> = rows.filter(|(_, level)| *level == Level::Fault).map(|(check, _)| check).collect();
    assert_eq!(faults, ["memory-policy", "dead-letters"], "although the letters came first");
}

#[test]
fn nothing_is_asked_while_the_screen_is_held_still() {
    let mut app = looked();
    press(&mut app, "p");
    assert!(!tick(&mut app, 100));
    press(&mut app, "p");
    assert!(tick(&mut app, 101));
}

#[test]
fn a_look_that_fails_leaves_what_was_known() {
    let mut app = looked();
    answer(&mut app, Err(BusError::Unavailable { what: "gone".to_owned() }));
    assert_eq!(app.health.rows.len(), 2);
    assert_eq!(app.health.error.as_ref().map(BusError::what), Some("gone"));
    // The answer of another context is not taken.
    let context = "other".to_owned();
    update(
        &mut app,
        Message::Done(EffectDone::Examined { context, answer: Box::new(Ok(Examined::default())) }),
    );
    assert_eq!(app.health.rows.len(), 2);
}

#[test]
fn dead_letters_of_a_tenant_lead_to_the_view_failed() {
    let mut app = looked();
    app.clock.now = now();
    let tenant = TenantId::new("acme").unwrap();
    let letters = (1..=3).map(|n| tidings::bus::FailedEvent {
        tenant: Some(tenant.clone()),
        at: tidings::bus::FailedAt::DeadLetter {
            stream: crate::queued::stream("TICKET_CREATED"),
            id: tidings::event::EntryId::new(now().timestamp_millis().cast_unsigned() - n, 0),
        },
        ..letter(n, ("sla", "TICKET_CREATED", "acme"), "boom", (1, now()))
    });
    let read = page(letters.collect());
    app.health.health.read_dead(&read.events, now());
    app.health.health.end_dead(app.monitor.labels(), now());
    app.health.renew(None);
    let at = app.health.rows.iter().position(|known| known.lint.check == "dead-letters").unwrap();
    app.health.table.cursor = Some(at);
    press(&mut app, "enter");
    assert_eq!((app.view, app.scope.tenant.as_ref()), (View::Failed, Some(&tenant)));
    assert_eq!(app.filter.applied(), "is:dead");
}

#[test]
fn a_stream_that_nobody_handles_leads_to_its_events_and_back() {
    let mut app = looked();
    let event_type = EventType::new("TICKET_CREATED").unwrap();
    let groups = |names: &[&str]| names.iter().map(|name| group(name)).collect::<Vec<_>>();
    let bus = tidings::bus::BusFacts {
        streams: vec![stream("A", groups(&["g"])), stream(event_type.as_str(), groups(&[]))],
        ..tidings::bus::BusFacts::default()
    };
    answer(&mut app, Ok(Examined { bus: Some(bus), ..Examined::default() }));
    let at = app.health.rows.iter().position(|known| known.lint.check == "groups").unwrap();
    app.health.table.cursor = Some(at);
    press(&mut app, "enter");
    assert_eq!((app.view, app.filter.applied()), (View::Events, "type:TICKET_CREATED"));
    press(&mut app, "esc");
    assert_eq!((app.view, app.filter.applied()), (View::Health, ""));
    press(&mut app, "y");
    let text = app.health.text().unwrap();
    assert!(
        text.starts_with("warning groups: nobody handles the entries of event::TICKET_CREATED"),
        "{text}"
    );
    assert!(text.contains("next: start the program"), "{text}");
}

fn group(name: &str) -> tidings::bus::GroupFacts {
    tidings::bus::GroupFacts {
        name: name.to_owned(),
        pending: 0,
        lag: tidings::bus::Lag::Exactly(0),
        last_delivered: tidings::event::EntryId::new(9, 0),
        read: None,
        oldest_pending: None,
        consumers: vec![],
    }
}

fn stream(event_type: &str, groups: Vec<tidings::bus::GroupFacts>) -> tidings::bus::StreamFacts {
    tidings::bus::StreamFacts {
        stream: crate::queued::stream(event_type),
        event_type: EventType::new(event_type).unwrap(),
        channel: None,
        length: 3,
        added: None,
        first: Some(tidings::event::EntryId::new(1, 0)),
        groups,
    }
}
