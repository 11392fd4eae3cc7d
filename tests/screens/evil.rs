//! Hostile text around what is composed: in templates, in the history, in schemas, in files and in errors. Nothing of it
//! comes out raw, and nothing panics, however long it is.

use std::sync::Arc;

use ratatui::layout::Size;
use tidings::bus::{BusError, Fate, PublishError, Receiver, Receivers, Stage, StoreError, StoredTemplate};
use tidings::compose::lines::read;
use tidings::compose::{Outcome, Redaction, Sent, Survey};
use tidings::event::{EventId, EventType, StreamKey, TenantId};
use tidings::schema::{Catalogue, Registry};
use tidings::tui::app::{App, Popup, What};
use tidings::tui::effect::{EffectDone, FatesTold, FileDone, Prospect, Schemas, SendDone, ShelfDone};
use tidings::tui::host::FileStamp;
use tidings::tui::message::Message;
use tidings::tui::update::update;

use super::hostile::check;
use super::queue::press;
use super::stage::{MIDDLE, SMALL, ascii, busy, draw, now, theme};

/// What a terminal must never see, and what is longer than anybody reads.
fn evil() -> Vec<String> {
    vec![
        "\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m".to_owned(),
        "a\u{202e}b\u{2066}c\u{200b}\u{feff}\u{e0041}".to_owned(),
        "\"'\\ {{ }} ' \r\n\t\0 {{uuid".to_owned(),
        "日本語👩‍👩‍👧‍👦e\u{301}\u{302}\u{303}".to_owned(),
        "\u{1b}[31mx\u{202e} ".repeat(100_000 / 9),
    ]
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

fn take(app: &mut App, done: SendDone) {
    update(app, Message::Done(EffectDone::Compose(Box::new(done))));
}

fn look(app: &App) {
    check(&draw(app, &theme()), false);
    check(&draw(app, &ascii()), true);
}

/// Presses keys, and looks after each.
fn walk(app: &mut App, keys: &str) {
    for key in keys.split_whitespace() {
        press(app, key);
        check(&draw(app, &theme()), false);
    }
    look(app);
}

fn composing(size: Size) -> App {
    let mut app = busy(size);
    app.sending.may = Ok(());
    press(&mut app, "5");
    app
}

/// What is long is looked at once: it is the same everywhere.
fn sizes(text: &str) -> &'static [Size] {
    const SIZES: [Size; 3] = [SMALL, MIDDLE, Size { width: 60, height: 16 }];
    if text.len() > 10_000 { &SIZES[..1] } else { &SIZES }
}

#[test]
fn a_schema_says_nothing_raw() {
    for (at, text) in evil().iter().enumerate() {
        let sizes = sizes(text);
        let text = quoted(text);
        let schema = format!(
            r#"{{"type":"object","title":{text},"description":{text},"required":["tenantId",{text}],
                "properties":{{
                    "tenantId":{{"type":"string"}},
                    {text}:{{"type":"string","title":{text},"description":{text},"pattern":"^[a-z]$"}},
                    "pick":{{"enum":[{text},"b"],"title":{text}}},
                    "which":{{"oneOf":[{{"title":{text},"type":"string"}},{{"title":"n","type":"number"}}]}},
                    "inside":{{"type":"object","properties":{{{text}:{{"const":{text}}}}}}}
                }}}}"#
        );
        for &size in sizes {
            let mut registry = Registry::builtin(Catalogue::Native);
            registry.add(EventType::new("EVIL").unwrap(), &schema).unwrap();
            let mut app = composing(size);
            app.schemas = Schemas(Some(Arc::new(registry)));
            walk(
                &mut app,
                "enter e v i l enter j enter esc j j enter x esc j enter esc space j v esc j enter j G enter esc n n tab end esc alt-enter tab tab",
            );
            assert_eq!(app.compose.event_type.as_ref().map(EventType::as_str), Some("EVIL"), "{at}");
        }
    }
}

#[test]
fn a_template_says_nothing_raw() {
    let toml = |text: &str| toml_text(text);
    for text in evil() {
        let stored = |name: &str, text: String, fault: Option<String>| StoredTemplate {
            name: name.to_owned(),
            text,
            place: format!("/home/{name}/x.toml"),
            fault,
        };
        let payload =
            format!("{{\"tenantId\":\"{{{{tenant}}}}\",\"x\":{}}}", quoted(&text).replace("{{", "{{{{"));
        let good = format!(
            "type = \"TICKET_UPDATED\"\ntenant = {0}\nnote = {0}\npayload = {1}\n",
            toml(&text),
            toml(&payload)
        );
        let asks = format!(
            "type = \"TICKET_UPDATED\"\nnote = {}\npayload = '{{\"tenantId\": \"a\", \"x\": \"{{{{prompt:who}}}}\"}}'\n",
            toml(&text)
        );
        let templates = vec![
            stored(&text, good.clone(), None),
            stored("asks", asks, None),
            stored(&format!("bad{text}"), format!("type = {}\n{} = 1\n", toml(&text), toml(&text)), None),
            stored("unread", String::new(), Some(text.clone())),
            stored("broken", text.clone(), None),
        ];
        for &size in sizes(&text) {
            let mut app = composing(size);
            let place = text.clone();
            take(&mut app, SendDone::Shelf(ShelfDone::Templates { place, answer: Ok(templates.clone()) }));
            walk(&mut app, "down down down down down up x backspace");
            // Each is used, asked about or refused.
            for nth in (0..templates.len()).filter(|_| size == SMALL && text.len() < 10_000) {
                let mut app = composing(size);
                let answer = Ok(templates.clone());
                take(&mut app, SendDone::Shelf(ShelfDone::Templates { place: text.clone(), answer }));
                walk(&mut app, &format!("{} enter enter esc", "down ".repeat(nth)));
                walk(&mut app, "alt-enter esc tab esc");
            }
            let why = Err(StoreError::Failed(text.clone()));
            take(&mut app, SendDone::Shelf(ShelfDone::Templates { place: text.clone(), answer: why }));
            look(&app);
        }
    }
}

/// A text in TOML: escapes for what it may not hold.
fn toml_text(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out + "\""
}

#[test]
fn what_was_sent_before_says_nothing_raw() {
    for text in evil() {
        let tenant = TenantId::new(&text).or_else(|_| TenantId::new("\u{202e}t")).unwrap();
        let line = |outcome: Outcome| {
            let sent = Sent {
                at: now(),
                event: EventId::random(),
                event_type: EventType::new("TICKET_UPDATED").unwrap(),
                tenant: tenant.clone(),
                channel: None,
                stream: StreamKey::new(&text).ok(),
                entry: "7-1".parse().ok(),
                outcome,
                unchecked: true,
                cut: false,
                payload: format!("{{\"tenantId\":\"a\",{0}:{0},\"secret\":{0}}}", quoted(&text)),
                redacted: Vec::new(),
            };
            sent.to_line(&Redaction::default())
        };
        let lines = vec![
            line(Outcome::Published),
            line(Outcome::NotSent(text.clone())),
            line(Outcome::Unknown(text.clone())),
            text.clone(),
            "{}".to_owned(),
        ];
        for &size in sizes(&text) {
            let mut app = composing(size);
            let (context, place) = (app.context.name.clone(), text.clone());
            let history = |answer| {
                SendDone::Shelf(ShelfDone::History { context: context.clone(), place: place.clone(), answer })
            };
            take(&mut app, history(Ok(lines.clone())));
            walk(&mut app, "down down up x backspace enter tab esc G");
            take(&mut app, history(Err(StoreError::Failed(text.clone()))));
            look(&app);
        }
    }
}

#[test]
fn a_file_says_nothing_raw() {
    for text in evil() {
        for &size in sizes(&text) {
            let mut app = composing(size);
            press(&mut app, "F");
            update(&mut app, Message::Paste(text.clone()));
            look(&app);
            let number = file_number(&app);
            if let Some(Popup::Form(form)) = &app.popup {
                let typed = form.file.as_ref().unwrap().text().to_owned();
                let answer = Ok(vec![format!("{typed}{text}/"), format!("{typed}other")]);
                take(&mut app, SendDone::File(FileDone::Completed { number, typed, answer }));
            }
            walk(&mut app, "enter");
            let mut survey = Survey::default();
            let event = format!(
                r#"{{"id":"00000000-0000-4000-8000-000000000001","eventType":"A","timestamp":"2026-11-23T13:02:31Z","payload":{{"tenantId":{}}}}}"#,
                quoted(&text)
            );
            for (number, line) in (1..).zip([event, text.clone(), format!("{{{}", quoted(&text))]) {
                survey.take(&read(number, line.into_bytes()), |_| StreamKey::new(&text).ok());
            }
            let number = file_number(&app);
            let answer = Ok((Box::new(survey), FileStamp::default()));
            take(&mut app, SendDone::File(FileDone::Looked { number, answer }));
            walk(&mut app, "pgdn pgdn pgup tab tab tab");
            let answer = Err(text.clone());
            take(&mut app, SendDone::File(FileDone::Looked { number, answer }));
            look(&app);
        }
    }
}

fn file_number(app: &App) -> u64 {
    match &app.popup {
        Some(Popup::Form(form)) => match &form.what {
            What::File(draft) => draft.number,
            _ => panic!("something else is asked"),
        },
        _ => panic!("nothing is asked"),
    }
}

#[test]
fn what_is_asked_before_sending_and_what_came_of_it_says_nothing_raw() {
    for text in evil() {
        for &size in sizes(&text) {
            let mut app = composing(size);
            let payload = format!("{{\"tenantId\":\"\u{202e}t\\u001b\",{0}:{0}}}", quoted(&text));
            let known = tidings::tui::app::compose::Known {
                masks: &tidings::event::Masks::NONE,
                schemas: None,
                ring: app.monitor.ring(),
                now: app.clock.now,
            };
            app.compose.start_from((EventType::new("EVIL").ok(), None), &payload, known);
            walk(&mut app, "j k");
            // What the bus says about the type.
            let why = BusError::Refused { what: text.clone(), next: text.clone() };
            for number in 0..4 {
                take(&mut app, SendDone::Sought { number, answer: Err(why.clone()) });
                take(&mut app, SendDone::Aimed { number, stream: StreamKey::new(&text).ok() });
            }
            look(&app);
            press(&mut app, "alt-enter");
            let Some(Popup::Form(form)) = &app.popup else { panic!("{:?}", app.notices.toast) };
            let What::Send(draft) = &form.what else { panic!("something else is asked") };
            let number = draft.number;
            let prospect = Prospect {
                commands: vec![text.clone(); 3],
                stream: StreamKey::new(&text).ok(),
                vetted: Ok(()),
            };
            take(&mut app, SendDone::Prospect { number, prospect });
            let groups = vec![Receiver { name: text.clone(), consumers: 1 }; 3];
            let answer = Ok(Receivers { groups, ..Receivers::default() });
            take(&mut app, SendDone::Receivers { number, answer });
            walk(&mut app, "x pgdn pgup");
            take(&mut app, SendDone::Receivers { number, answer: Err(why.clone()) });
            walk(&mut app, "tab enter");
            let one = app.sending.one().unwrap();
            let (number, event) = (one.number, Box::new(one.event.clone()));
            let published = tidings::bus::Published {
                event: event.id(),
                stream: StreamKey::new("event::EVIL").unwrap(),
                entry: "7-1".parse().unwrap(),
                repeated: false,
            };
            for answer in [
                Err(PublishError::Unknown(text.clone())),
                Err(PublishError::NotSent(text.clone())),
                Err(PublishError::Tenant { tenant: event.tenant().clone(), why: text.clone() }),
                Ok(published),
            ] {
                let (context, event) = (text.clone(), event.clone());
                take(&mut app, SendDone::Sent { number, context, event, answer });
                look(&app);
            }
            let error = Some(text.clone());
            let fates = vec![
                Fate { name: text.clone(), stage: Stage::Dead { reason: None, error: error.clone() } },
                Fate { name: text.clone(), stage: Stage::Retrying { attempt: 2, next_at: None, error } },
                Fate {
                    name: "x".to_owned(),
                    stage: Stage::Running { consumer: text.clone(), deliveries: 9 },
                },
            ];
            take(&mut app, SendDone::Fates { number, told: FatesTold::Now(fates) });
            look(&app);
            take(&mut app, SendDone::Fates { number, told: FatesTold::Trouble(text.clone()) });
            look(&app);
            take(&mut app, SendDone::NotKept(text.clone()));
            walk(&mut app, "1");
        }
    }
}
