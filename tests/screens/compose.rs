//! The Compose view.

use std::sync::Arc;

use crossterm::event::KeyEvent;
use ratatui::layout::Size;
use tidings::event::EventType;
use tidings::schema::{Catalogue, Registry};
use tidings::tui::app::App;
use tidings::tui::effect::Schemas;
use tidings::tui::keymap::Key;
use tidings::tui::message::Message;
use tidings::tui::update::update;
use uuid::Uuid;

use super::stage::{self, MIDDLE, SMALL, ascii, busy, screen, text, theme};
use super::views::{NARROW, WIDE};

/// A field of every kind.
const KINDS: &str = r#"{
    "type": "object", "title": "A field of every kind",
    "required": ["tenantId", "ticketId", "status", "priority", "assignee"],
    "properties": {
        "tenantId": {"type": "string", "format": "uuid"},
        "ticketId": {"type": "string", "format": "uuid", "description": "Which ticket"},
        "status": {"enum": ["open", "waiting", "closed"]},
        "priority": {"type": "integer", "minimum": 1, "maximum": 5},
        "assignee": {"type": ["string", "null"], "format": "uuid"},
        "urgent": {"type": "boolean"},
        "due": {"type": "string", "format": "date-time"},
        "subject": {"type": "string", "maxLength": 80},
        "email": {"type": "string", "format": "email"},
        "hours": {"type": "number", "exclusiveMinimum": 0},
        "place": {
            "type": "object", "required": ["city"], "additionalProperties": false,
            "properties": {"city": {"type": "string"}, "zip": {"type": "string", "pattern": "^[0-9]{5}$"}}
        },
        "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 5},
        "changes": {"type": "object"},
        "by": {"oneOf": [
            {"title": "User", "type": "object", "required": ["kind", "user"],
                "properties": {"kind": {"const": "user"}, "user": {"type": "string"}}},
            {"title": "System", "type": "object", "required": ["kind"], "properties": {"kind": {"const": "system"}}}
        ]}
    }
}"#;

/// The demo, and one type more.
fn start(size: Size) -> App {
    let mut registry = Registry::builtin(Catalogue::Native);
    registry.add(EventType::new("TICKET_KINDS").unwrap(), KINDS).unwrap();
    let mut app = busy(size);
    app.schemas = Schemas(Some(Arc::new(registry)));
    let id = "57f7e9a7-7e13-452d-81b7-9892c8fdd92e";
    app.compose.id = id.parse().unwrap();
    app.compose.uuid = || Uuid::from_u128(0x7b9d_493c_9d7c_46d6_a6b0_99ba_984e_a078);
    app
}

/// Presses keys: `"text"` is typed letter by letter.
fn press(app: &mut App, keys: &str) {
    for token in keys.split_whitespace() {
        let text = token.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        let keys: Vec<String> =
            text.map_or_else(|| vec![token.to_owned()], |text| text.chars().map(String::from).collect());
        for key in keys {
            let effects = update(app, Message::Key(KeyEvent::from(key.parse::<Key>().unwrap())));
            stage::aim(app, effects);
        }
    }
}

pub(super) fn keys(size: Size, keys: &str) -> App {
    let mut app = start(size);
    press(&mut app, keys);
    app
}

/// Type and tenant are chosen.
const KIND: &str = "5 enter \"KINDS\" enter enter \"acme\" enter";
pub(super) const TICKET: &str = "5 enter \"TICKET_UPDATED\" enter enter \"acme\" enter";
/// Every field has a value.
const FILLED: &str = "j j j l j j 0 j space j ctrl-g j enter \"Printer\" enter enter \"jo@example.com\" enter \
    enter \"1.5\" enter enter j enter \"Bonn\" enter enter \"53111\" enter a enter \"vip\" enter \
    a \"from\" enter \"open\" enter v down enter";

/// As [`FILLED`], with something wrong in many of them.
const WRONG: &str = "j j enter \"x\" enter D j enter \"9\" enter D j j enter backspace \"soon\" esc j j \
    enter \"nobody\" enter enter \"zero\" esc j enter j j enter \"12\" esc";

#[test]
fn before_a_type_is_chosen() {
    for size in [SMALL, MIDDLE] {
        insta::assert_snapshot!(format!("compose-new-{size}"), screen(&keys(size, "5")));
        insta::assert_snapshot!(format!("compose-types-{size}"), screen(&keys(size, "5 enter \"ticket_u\"")));
        insta::assert_snapshot!(
            format!("compose-tenants-{size}"),
            screen(&keys(size, "5 enter \"ticket_u\" enter enter"))
        );
    }
}

#[test]
fn the_form_in_every_kind_of_field() {
    for size in [SMALL, MIDDLE] {
        insta::assert_snapshot!(format!("compose-ticket-{size}"), screen(&keys(size, TICKET)));
        insta::assert_snapshot!(format!("compose-kinds-{size}"), screen(&keys(size, KIND)));
        let filled = format!("{KIND} {FILLED}");
        insta::assert_snapshot!(format!("compose-filled-{size}"), screen(&keys(size, &filled)));
        let wrong = format!("{KIND} {WRONG}");
        insta::assert_snapshot!(format!("compose-wrong-{size}"), screen(&keys(size, &wrong)));
    }
}

#[test]
fn a_field_that_is_typed_into_and_what_was_seen() {
    for size in [SMALL, MIDDLE] {
        insta::assert_snapshot!(
            format!("compose-seen-{size}"),
            screen(&keys(size, &format!("{TICKET} j j enter down down")))
        );
        insta::assert_snapshot!(
            format!("compose-typed-{size}"),
            screen(&keys(size, &format!("{KIND} j j j j enter \"77\"")))
        );
        insta::assert_snapshot!(
            format!("compose-name-{size}"),
            screen(&keys(size, &format!("{TICKET} G a \"sta\"")))
        );
        insta::assert_snapshot!(
            format!("compose-values-{size}"),
            screen(&keys(size, &format!("{KIND} j j j enter")))
        );
        insta::assert_snapshot!(
            format!("compose-variants-{size}"),
            screen(&keys(size, &format!("{KIND} G v")))
        );
    }
}

#[test]
fn the_json_beside_the_form_or_in_its_place() {
    for size in [SMALL, MIDDLE] {
        insta::assert_snapshot!(
            format!("compose-json-{size}"),
            screen(&keys(size, &format!("{KIND} j j tab")))
        );
        let broken = format!("{TICKET} j j tab end backspace");
        insta::assert_snapshot!(format!("compose-broken-{size}"), screen(&keys(size, &broken)));
        insta::assert_snapshot!(
            format!("compose-broken-form-{size}"),
            screen(&keys(size, &format!("{broken} esc")))
        );
        insta::assert_snapshot!(
            format!("compose-fault-{size}"),
            screen(&keys(size, &format!("{KIND} {WRONG} n n")))
        );
    }
}

#[test]
fn without_a_schema_and_what_is_asked_before_it_is_put_away() {
    let mut app = start(MIDDLE);
    app.schemas = Schemas(None);
    press(&mut app, "5 enter \"TICKET_UPDATED\" enter");
    insta::assert_snapshot!("compose-example", screen(&app));
    insta::assert_snapshot!("compose-new-type", screen(&keys(MIDDLE, "5 enter \"BRAND_NEW\" enter")));
    insta::assert_snapshot!("compose-anew", screen(&keys(MIDDLE, &format!("{TICKET} j j D ctrl-n"))));
    insta::assert_snapshot!("compose-help", screen(&keys(MIDDLE, &format!("{TICKET} ?"))));
    insta::assert_snapshot!("compose-from-event", screen(&keys(MIDDLE, "2 j j c")));
}

#[test]
fn every_state_is_drawn_at_every_size_in_every_style() {
    let sizes = [NARROW, WIDE, Size::new(40, 10), Size::new(109, 12), Size::new(110, 11), Size::new(1, 1)];
    for size in sizes {
        for script in
            ["", FILLED, WRONG, "j j enter down", "G a \"x\"", "tab", "tab end \"x\"", "j j j enter"]
        {
            let mut app = keys(SMALL, &format!("{KIND} {script}"));
            update(&mut app, Message::Resize(size));
            for theme in [theme(), ascii()] {
                let drawn = text(&stage::draw(&app, &theme));
                assert_eq!(drawn.lines().count(), usize::from(size.height));
            }
        }
    }
}

#[test]
fn what_a_bus_says_cannot_move_the_cursor_of_the_terminal() {
    let mut app = start(MIDDLE);
    press(&mut app, TICKET);
    press(&mut app, "tab");
    let evil = "{\"a\u{1b}[2J\": \"\\u001b[31mred\\u0007\", \"\u{202e}x\": \"y\u{9b}1m\"}";
    let mut typed = app;
    press(&mut typed, "esc ctrl-o");
    let done = tidings::tui::effect::EffectDone::Edited(Ok(evil.to_owned()));
    update(&mut typed, Message::Done(done));
    for script in ["", "j j enter", "tab", "tab end"] {
        press(&mut typed, script);
        let drawn = text(&stage::draw(&typed, &theme()));
        let found = drawn.chars().find(|c| (c.is_control() && *c != '\n') || *c == '\u{202e}');
        assert_eq!(found, None, "after {script}");
    }
}
