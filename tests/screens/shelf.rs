//! The lists to start from: templates, and what was sent before.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use ratatui::layout::Size;
use tidings::bus::StoredTemplate;
use tidings::compose::{Outcome, Redaction, Sent};
use tidings::event::{EntryId, EventId, EventType, StreamKey, TenantId};
use tidings::tui::app::App;
use tidings::tui::effect::{EffectDone, SendDone, ShelfDone};
use tidings::tui::message::Message;
use tidings::tui::update::update;

use super::queue::press;
use super::stage::{self, MIDDLE, SMALL, ascii, busy, now, screen, text, theme};
use super::views::{NARROW, WIDE};

const PLACE: &str = "/home/jo/.config/tidings/templates";

fn take(app: &mut App, done: ShelfDone) {
    update(app, Message::Done(EffectDone::Compose(Box::new(SendDone::Shelf(done)))));
}

fn template(name: &str, text: &str) -> StoredTemplate {
    StoredTemplate {
        name: name.to_owned(),
        text: text.to_owned(),
        place: format!("{PLACE}/{name}.toml"),
        fault: None,
    }
}

fn composing(size: Size) -> App {
    let mut app = busy(size);
    app.compose.id = "57f7e9a7-7e13-452d-81b7-9892c8fdd92e".parse().unwrap();
    press(&mut app, "5");
    app
}

/// One that can be used, one without a note, one that cannot be used, one with a long name, and a hostile one.
fn kept() -> Vec<StoredTemplate> {
    let payload = "payload = '''\n{\"tenantId\": \"{{tenant}}\", \"reason\": \"{{prompt:reason}}\", \"hours\": {{prompt:hours}}}\n'''\n";
    let long =
        "a name of a template that somebody has made longer than any column of any list should ever be 1";
    vec![
        template(
            "drill",
            &format!(
                "type = \"TICKET_UPDATED\"\ntenant = \"Acme MSP\"\nnote = \"for the drill at noon\"\n{payload}"
            ),
        ),
        template(
            "billing",
            "type = \"PROJECT_BILLING_SCHEDULE_STATUS_CHANGED\"\npayload = '{\"tenantId\": \"{{tenant}}\"}'\n",
        ),
        template("broken", "type = \"TICKET_UPDATED\"\ncolour = \"red\"\npayload = '{}'\n"),
        template(
            long,
            &format!("type = \"TICKET_CREATED\"\nnote = \"{}\"\n{payload}", "all of it ".repeat(30)),
        ),
        template(
            "ev\u{202e}il\u{1b}[2J",
            "type = \"TICKET_CLOSED\"\nnote = \"\\u001b[31mred\"\npayload = '{}'\n",
        ),
    ]
}

fn templates(size: Size, kept: Vec<StoredTemplate>, keys: &str) -> App {
    let mut app = composing(size);
    take(&mut app, ShelfDone::Templates { place: format!("{PLACE}/NAME.toml"), answer: Ok(kept) });
    press(&mut app, keys);
    app
}

fn line(minutes: i64, event_type: &str, outcome: Outcome) -> String {
    let is_there = matches!(outcome, Outcome::Published | Outcome::Repeated);
    let sent = Sent {
        cut: false,
        at: now() - TimeDelta::minutes(minutes),
        event: EventId::from(uuid::Uuid::from_u128(0x57f7_e9a7_7e13_452d_81b7_9892_c8fd_d92e)),
        event_type: EventType::new(event_type).unwrap(),
        tenant: TenantId::new("189c996e-43d3-4c53-9f4e-dbe5c1c5e9e6").unwrap(),
        channel: None,
        stream: is_there.then(|| StreamKey::new(&format!("event::{event_type}")).unwrap()),
        entry: is_there.then(|| EntryId::new(1_795_459_752_545, 0)),
        outcome,
        unchecked: minutes == 3,
        payload: "{\"tenantId\":\"189c996e\",\"password\":\"x\",\"note\":\"\\u001b[2J\u{202e}\"}".to_owned(),
        redacted: Vec::new(),
    };
    sent.to_line(&Redaction::default())
}

fn sent_lines() -> Vec<String> {
    let why = "redis://127.0.0.1:6379/0 refused the connection\u{1b}[2J".to_owned();
    vec![
        line(1, "TICKET_UPDATED", Outcome::Published),
        line(3, "TICKET_CREATED", Outcome::Repeated),
        line(9, "PROJECT_BILLING_SCHEDULE_STATUS_CHANGED", Outcome::NotSent(why.clone())),
        line(4_000, "TICKET_UPDATED", Outcome::Unknown(why)),
    ]
}

fn sent(size: Size, lines: Vec<String>, keys: &str) -> App {
    let mut app = composing(size);
    let context = app.context.name.clone();
    let place = "/home/jo/.local/state/tidings/history/prod.jsonl".to_owned();
    take(&mut app, ShelfDone::History { context, place, answer: Ok(lines) });
    press(&mut app, keys);
    app
}

#[test]
fn templates_to_start_from() {
    for size in [SMALL, MIDDLE] {
        insta::assert_snapshot!(format!("templates-none-{size}"), screen(&templates(size, Vec::new(), "")));
        insta::assert_snapshot!(format!("templates-{size}"), screen(&templates(size, kept(), "")));
        insta::assert_snapshot!(
            format!("templates-broken-{size}"),
            screen(&templates(size, kept(), "down down"))
        );
        insta::assert_snapshot!(
            format!("templates-long-{size}"),
            screen(&templates(size, kept(), "down down down"))
        );
        insta::assert_snapshot!(
            format!("templates-evil-{size}"),
            screen(&templates(size, kept(), "up pgdn"))
        );
        insta::assert_snapshot!(
            format!("templates-no-fit-{size}"),
            screen(&templates(size, kept(), "x y z"))
        );
        let mut unsaved = templates(size, kept(), "ctrl-o");
        update(&mut unsaved, Message::Done(EffectDone::Edited(Ok("no = TOML".to_owned()))));
        unsaved.notices.toast = None;
        insta::assert_snapshot!(format!("templates-unsaved-{size}"), screen(&unsaved));
        insta::assert_snapshot!(
            format!("templates-prompt-{size}"),
            screen(&templates(size, kept(), "enter"))
        );
        insta::assert_snapshot!(
            format!("templates-delete-{size}"),
            screen(&templates(size, kept(), "ctrl-x"))
        );
    }
}

#[test]
fn what_was_sent_to_start_from() {
    for size in [SMALL, MIDDLE] {
        insta::assert_snapshot!(format!("history-none-{size}"), screen(&sent(size, Vec::new(), "")));
        insta::assert_snapshot!(format!("history-{size}"), screen(&sent(size, sent_lines(), "")));
        insta::assert_snapshot!(
            format!("history-not-sent-{size}"),
            screen(&sent(size, sent_lines(), "down down"))
        );
        let mut lines = sent_lines();
        lines.push("{\"of\": \"a later version\"}".to_owned());
        insta::assert_snapshot!(format!("history-unread-{size}"), screen(&sent(size, lines, "")));
        let unread = vec!["{\"of\": \"a later version\"}".to_owned()];
        insta::assert_snapshot!(format!("history-all-unread-{size}"), screen(&sent(size, unread, "")));
    }
}

#[test]
fn the_lists_are_drawn_at_every_size_and_say_nothing_that_moves_a_terminal() {
    for size in [NARROW, WIDE, SMALL, MIDDLE, Size::new(40, 10), Size::new(20, 8), Size::new(1, 1)] {
        for keys in ["", "down", "down down", "down down down", "pgdn", "z z z"] {
            let lists = vec![
                templates(size, kept(), keys),
                templates(size, Vec::new(), keys),
                sent(size, sent_lines(), keys),
                sent(size, Vec::new(), keys),
            ];
            for app in lists {
                for theme in [theme(), ascii()] {
                    let drawn = text(&stage::draw(&app, &theme));
                    assert_eq!(drawn.lines().count(), usize::from(size.height));
                    let found = drawn.chars().find(|c| (c.is_control() && *c != '\n') || *c == '\u{202e}');
                    assert_eq!(found, None, "{size} after '{keys}'");
                }
            }
        }
    }
}

#[test]
fn the_cursor_of_a_long_list_is_always_on_the_screen() {
    let many: Vec<_> =
        (0..200).map(|n| template(&format!("n{n:03}"), "type = \"A\"\npayload = '{}'\n")).collect();
    for size in [NARROW, SMALL, MIDDLE] {
        for keys in ["", "down", "pgdn", "pgdn pgdn pgdn down", "pgdn pgdn pgdn pgdn up"] {
            let app = templates(size, many.clone(), keys);
            let Some(tidings::tui::app::Popup::Shelf(open)) = &app.popup else { panic!("no list") };
            let name = &open.template().unwrap().stored.name;
            let drawn = screen(&app);
            assert!(
                drawn
                    .lines()
                    .any(|line| line.contains(&format!("▌ {name}")) || line.contains(&format!("▌{name}"))),
                "{size} {keys}: {name} in\n{drawn}"
            );
        }
    }
    let none = BTreeMap::new();
    let list = tidings::tui::app::shelf::Shelf::of_templates(Vec::new(), PLACE.to_owned(), &none);
    assert!(list.is_empty() && list.picker.chosen().is_none());
}
