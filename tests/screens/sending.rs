//! What is asked before an event is sent, and what became of it.

use std::sync::Arc;

use ratatui::layout::Size;
use tidings::bus::{BusError, Fate, PublishError, Published, Receiver, Receivers, Stage};
use tidings::compose::{Progress, SendPhase};
use tidings::event::{EntryId, EventType, StreamKey};
use tidings::schema::{Catalogue, Registry};
use tidings::tui::app::{App, Popup, SendDraft, What};
use tidings::tui::effect::{EffectDone, FatesTold, Prospect, Schemas, SendDone};
use tidings::tui::message::Message;
use tidings::tui::update::update;

use super::queue::press;
use super::stage::{MIDDLE, SMALL, busy, now, screen};

const PAYLOAD: &str = r#"{"tenantId":"189c996e-43d3-4c53-9f4e-dbe5c1c5e9e6","ticketId":"7b9d493c-9d7c-46d6-a6b0-99ba984ea078","userId":"88bec41e-a074-43d9-873d-8c8d1d83c358"}"#;

/// With a valid event, and nothing asked yet.
fn composed(size: Size, payload: &str) -> App {
    let mut app = busy(size);
    app.schemas = Schemas(Some(Arc::new(Registry::builtin(Catalogue::Native))));
    app.sending.may = Ok(());
    press(&mut app, "5");
    app.compose.uuid = || uuid::Uuid::from_u128(0x57f7_e9a7_7e13_452d_81b7_9892_c8fd_d92e);
    let event_type = EventType::new("TICKET_UPDATED").unwrap();
    let known = tidings::tui::app::compose::Known {
        schemas: app.schemas.0.as_deref(),
        ring: app.monitor.ring(),
        now: app.clock.now,
    };
    app.compose.start_from((Some(event_type), None), payload, known);
    app
}

fn take(app: &mut App, done: SendDone) {
    update(app, Message::Done(EffectDone::Compose(Box::new(done))));
}

fn number(app: &App) -> u64 {
    match &app.popup {
        Some(Popup::Form(form)) => match &form.what {
            What::Send(draft) => SendDraft::clone(draft).number,
            _ => panic!("something else is asked"),
        },
        _ => panic!("nothing is asked: {:?}", app.notices.toast),
    }
}

fn stream() -> StreamKey {
    StreamKey::new("event::TICKET_UPDATED").unwrap()
}

fn receivers() -> Receivers {
    let group = |name: &str, consumers| Receiver { name: name.to_owned(), consumers };
    let groups = vec![group("search-index", 1), group("sla", 0), group("ticket-email", 3)];
    Receivers { groups, subscribers: Some(2), patterns: Some(1) }
}

/// The dialog, with its answers.
fn answer(
    mut app: App,
    keys: &str,
    vetted: Result<(), PublishError>,
    receivers: Result<Receivers, BusError>,
) -> App {
    press(&mut app, "alt-enter");
    press(&mut app, keys);
    let number = number(&app);
    let command = "EVALSHA 57f7e9a7 2 event::TICKET_UPDATED event::TICKET_UPDATED:sent:57f7e9a7 86400 '{\"id\":\"57f7e9a7-7e13-452d-81b7-9892c8fdd92e\",\"eventType\":\"TICKET_UPDATED\"}'";
    let prospect = Prospect { commands: vec![command.to_owned()], stream: Some(stream()), vetted };
    take(&mut app, SendDone::Prospect { number, prospect });
    take(&mut app, SendDone::Receivers { number, answer: receivers });
    app.notices.toast = None;
    app
}

pub(super) fn asked(size: Size) -> App {
    answer(composed(size, PAYLOAD), "", Ok(()), Ok(receivers()))
}

fn misfit(size: Size, keys: &str) -> App {
    let payload = PAYLOAD.replace("88bec41e-a074-43d9-873d-8c8d1d83c358", "nobody");
    answer(composed(size, &payload), keys, Ok(()), Ok(receivers()))
}

#[test]
fn what_is_asked_before_sending() {
    for size in [SMALL, MIDDLE] {
        let mut asking = composed(size, PAYLOAD);
        press(&mut asking, "alt-enter");
        insta::assert_snapshot!(format!("send-asking-{size}"), screen(&asking));
        insta::assert_snapshot!(format!("send-{size}"), screen(&asked(size)));
        let mut commands = asked(size);
        press(&mut commands, "x");
        insta::assert_snapshot!(format!("send-commands-{size}"), screen(&commands));
        insta::assert_snapshot!(format!("send-misfit-{size}"), screen(&misfit(size, "")));
        insta::assert_snapshot!(format!("send-override-{size}"), screen(&misfit(size, "tab tab space")));
        let mut production = composed(size, PAYLOAD);
        "prod".clone_into(&mut production.context.name);
        production.context.production = true;
        let keys = "up up ctrl-u 2 0 0 esc";
        let production = answer(production, keys, Ok(()), Ok(receivers()));
        insta::assert_snapshot!(format!("send-production-{size}"), screen(&production));
        let mut refused = composed(size, PAYLOAD);
        refused.sending.may = Err("this run has --read-only".to_owned());
        let why =
            BusError::Unavailable { what: "redis://127.0.0.1:6379/0 refused the connection".to_owned() };
        let refused = answer(refused, "", Ok(()), Err(why));
        insta::assert_snapshot!(format!("send-refused-{size}"), screen(&refused));
        let nobody = PAYLOAD.replace("189c996e-43d3-4c53-9f4e-dbe5c1c5e9e6", "new\u{202e}comer");
        let large = Err(PublishError::TooLarge { size: 2_000_000, limit: 1_048_576 });
        let nobody = answer(composed(size, &nobody), "", large, Ok(Receivers::default()));
        insta::assert_snapshot!(format!("send-nobody-{size}"), screen(&nobody));
    }
}

/// After it was sent, with an answer.
fn sent(size: Size, answer: impl FnOnce(&App) -> Result<Published, PublishError>) -> App {
    let mut app = asked(size);
    press(&mut app, "tab enter");
    let answer = answer(&app);
    let one = app.sending.one().unwrap();
    let (number, context, event) = (one.number, one.context.clone(), Box::new(one.event.clone()));
    take(&mut app, SendDone::Sent { number, context, event, answer });
    app
}

fn published(app: &App) -> Published {
    let event = app.sending.one().unwrap().event.id();
    Published { event, stream: stream(), entry: EntryId::new(1_795_459_752_545, 0), repeated: false }
}

#[test]
fn what_became_of_what_was_sent() {
    for size in [SMALL, MIDDLE] {
        let mut waiting = asked(size);
        press(&mut waiting, "tab enter");
        insta::assert_snapshot!(format!("sent-waiting-{size}"), screen(&waiting));
        let mut followed = sent(size, |app| Ok(published(app)));
        let number = followed.sending.one().unwrap().number;
        let fate = |name: &str, stage| Fate { name: name.to_owned(), stage };
        let error = Some("SMTP 451 greylisted\u{1b}[2J".to_owned());
        let next_at = Some(now() + chrono::TimeDelta::seconds(10));
        let fates = vec![
            fate("audit", Stage::Waiting),
            fate("ledger-sync", Stage::Running { consumer: "web-1-1".to_owned(), deliveries: 2 }),
            fate("search-index", Stage::Succeeded),
            fate("sla", Stage::Dead { reason: None, error: Some("TypeError: dueAt".to_owned()) }),
            fate("ticket-email", Stage::Retrying { attempt: 2, next_at, error }),
        ];
        take(&mut followed, SendDone::Fates { number, told: FatesTold::Now(fates) });
        insta::assert_snapshot!(format!("sent-followed-{size}"), screen(&followed));
        let unknown = PublishError::Unknown("redis://127.0.0.1:6379/0 closed the connection".to_owned());
        insta::assert_snapshot!(format!("sent-unknown-{size}"), screen(&sent(size, |_| Err(unknown))));
        let refused = PublishError::NotSent("redis://127.0.0.1:6379/0 refused the connection".to_owned());
        insta::assert_snapshot!(format!("sent-not-{size}"), screen(&sent(size, |_| Err(refused))));
        let mut copies = asked(size);
        press(&mut copies, "up up ctrl-u 2 0 0 esc tab enter");
        let number = copies.sending.many().unwrap().number;
        let progress = Progress {
            phase: SendPhase::Sending,
            total: Some(200),
            asked: 120,
            published: 118,
            bad: 2,
            rate: 50.0,
            ..Progress::default()
        };
        take(&mut copies, SendDone::CopiesAt { number, progress: Box::new(progress) });
        insta::assert_snapshot!(format!("sent-copies-{size}"), screen(&copies));
    }
}
