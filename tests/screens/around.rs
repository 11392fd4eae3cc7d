//! What happened around the failed event that is open.

use chrono::DateTime;
use ratatui::layout::Size;
use tidings::bus::{Around, BusError, FailedEvent, Near};
use tidings::event::{EntryId, TenantId};
use tidings::tui::app::App;
use tidings::tui::effect::EffectDone;
use tidings::tui::message::Message;
use tidings::tui::update::update;

use super::queue::{opened, press};
use super::queued::letter;
use super::stage::{self, MIDDLE, SMALL, ascii, busy, draw, now, screen, text};
use super::views::NARROW;

/// The event of the demo's day that lies so many before its end, as a dead letter.
fn letter_of(back: usize) -> FailedEvent {
    let app = busy(SMALL);
    let ring = app.monitor.ring();
    let rows = ring.rows(ring.first_seq()..ring.end_seq()).rev();
    let entry =
        rows.into_iter().filter(|row| row.tenant().is_some() && row.fault().is_none()).nth(back).unwrap();
    let (event_type, tenant) = (entry.event_type().unwrap().as_str(), entry.tenant().unwrap().as_str());
    FailedEvent {
        source: Some(entry.id()),
        event: entry.event_id(),
        ..letter(1, ("ticket-email", event_type, tenant), "SMTP 451", (1, now()))
    }
}

fn open(size: Size, event: FailedEvent) -> App {
    let mut app = opened(size, vec![event]);
    press(&mut app, "enter");
    app
}

#[test]
fn what_happened_around_it_is_below_its_errors() {
    for size in [NARROW, SMALL, MIDDLE] {
        let mut app = open(size, letter_of(400));
        app.failed.detail.as_mut().unwrap().top = 5;
        insta::assert_snapshot!(format!("around-{size}"), screen(&app));
        let shown = text(&draw(&app, &ascii()));
        assert!(shown.is_ascii(), "{shown}");
    }
}

#[test]
fn where_nothing_is_known_around_it_it_says_why() {
    let shown = |event: FailedEvent| screen(&open(Size::new(140, 40), event));
    let newest = shown(letter_of(0));
    assert!(newest.contains("nothing after it yet"), "{newest}");
    let nobody = shown(FailedEvent { tenant: None, ..letter_of(0) });
    assert!(nobody.contains("it names no tenant"), "{nobody}");
    let never = shown(FailedEvent { source: None, text: None, ..letter_of(0) });
    assert!(never.contains("nothing says when it was published"), "{never}");
    let alone = shown(FailedEvent { tenant: TenantId::new("alone").ok(), ..letter_of(9) });
    assert!(
        alone.contains("nothing before it is kept here") && alone.contains("nothing after it yet"),
        "{alone}"
    );
}

#[test]
fn it_is_looked_up_again_while_more_may_come() {
    let mut app = open(MIDDLE, letter_of(0));
    let event = app.failed.detail.as_ref().unwrap().event.clone();
    let mut intake = stage::intake();
    // The letter's text has an id of its own: it is another event.
    let text = event.text.as_deref().unwrap().to_owned();
    let entry = stage::entry(
        &mut intake,
        EntryId::new(u64::try_from(now().timestamp_millis()).unwrap() + 840, 0),
        event.event_type.as_str(),
        None,
        vec![("event".into(), text.into_bytes())],
    );
    assert!(screen(&app).contains("nothing after it yet"));
    stage::take(&mut app, vec![entry]);
    app.clock.now = now() + chrono::TimeDelta::seconds(1);
    update(&mut app, Message::Tick);
    let shown = screen(&app);
    assert!(!shown.contains("nothing after it yet"), "{shown}");
}

#[test]
fn what_is_not_kept_here_is_read_from_the_bus() {
    let old = FailedEvent { source: Some(EntryId::new(7, 7)), ..letter_of(0) };
    let answered = |answer: Result<Around, BusError>| {
        let mut app = open(SMALL, old.clone());
        app.failed.detail.as_mut().unwrap().top = 5;
        let (context, at) = (app.context.name.clone(), old.at.clone());
        update(&mut app, Message::Done(EffectDone::Around { context, at, answer }));
        screen(&app)
    };
    let near = |ms: i64, is_it: bool| Near {
        at: DateTime::from_timestamp_millis(7 + ms).unwrap(),
        id: EntryId::new(1, 0),
        event_type: Some(old.event_type.clone()),
        event: None,
        is_it,
    };
    let events = vec![near(-3, false), near(0, true), near(61_000, false)];
    insta::assert_snapshot!("around-read", answered(Ok(Around { events, before: 1 })));
    insta::assert_snapshot!("around-alone", answered(Ok(Around { events: vec![near(0, true)], before: 0 })));
    let why = BusError::Unavailable { what: "the connection was lost".to_owned() };
    insta::assert_snapshot!("around-not-read", answered(Err(why)));
    // The command is there to be pasted: a hostile tenant stays one word of it.
    let why = BusError::Unavailable { what: "gone".to_owned() };
    let hostile = FailedEvent { tenant: TenantId::new("a'; rm -rf ~").ok(), ..old.clone() };
    let mut app = open(MIDDLE, hostile);
    let (context, at) = (app.context.name.clone(), old.at.clone());
    update(&mut app, Message::Done(EffectDone::Around { context, at, answer: Err(why) }));
    assert!(screen(&app).contains(r"--tenant 'a'\''; rm -rf ~'`"), "{}", screen(&app));
    let app = open(SMALL, old.clone());
    assert!(screen(&app).contains("it is older than what is kept here"), "{}", screen(&app));
}
