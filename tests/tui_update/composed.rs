//! Where scripts of the Compose view start, and what holds whatever is pressed.

use std::sync::Arc;

use crossterm::event::KeyEvent;
use tidings::bus::ContextInfo;
use tidings::event::{EventType, TenantId};
use tidings::schema::Registry;
use tidings::schema::form::State;
use tidings::tui::app::compose::Line;
use tidings::tui::app::{App, Loss, View};
use tidings::tui::effect::{Effect, EffectDone, Schemas};
use tidings::tui::keymap::{Context, Key};
use tidings::tui::message::Message;
use tidings::tui::update::update;
use uuid::Uuid;

use crate::start::{full, press};

/// A field of every kind.
const KINDS: &str = r#"{
    "type": "object", "title": "Every kind", "required": ["tenantId", "id", "level"],
    "properties": {
        "count": {"type": "integer", "minimum": 1, "maximum": 9},
        "urgent": {"type": "boolean"},
        "due": {"type": ["string", "null"], "format": "date-time"},
        "note": {"type": "string", "maxLength": 200},
        "tenantId": {"type": "string", "minLength": 1},
        "id": {"type": "string", "format": "uuid"},
        "level": {"enum": ["low", "mid", "high"]},
        "place": {
            "type": "object", "required": ["city"], "additionalProperties": false,
            "properties": {"city": {"type": "string"}, "zip": {"type": "string"}}
        },
        "tags": {"type": "array", "items": {"type": "string"}},
        "extra": {"type": "object"},
        "by": {"oneOf": [
            {"title": "User", "type": "object", "required": ["kind", "user"],
                "properties": {"kind": {"const": "user"}, "user": {"type": "string"}}},
            {"title": "System", "type": "object", "required": ["kind"], "properties": {"kind": {"const": "system"}}}
        ]}
    }
}"#;

fn schemas() -> Schemas {
    let mut registry = Registry::default();
    registry.add(EventType::new("KINDS").unwrap(), KINDS).unwrap();
    Schemas(Some(Arc::new(registry)))
}

fn with_schemas() -> App {
    let mut app = full();
    app.schemas = schemas();
    app.compose.uuid = || Uuid::from_u128(0x4000_8000_0000_0000_0000);
    app
}

/// In the view, before anything is chosen.
pub(crate) fn empty() -> App {
    let mut app = with_schemas();
    press(&mut app, "5");
    app
}

/// An event of a type with a field of every kind; the cursor is on the tenant's field.
pub(crate) fn kinds() -> App {
    let mut app = empty();
    for key in ["enter", "k", "i", "enter", "enter", "enter", "j"] {
        press(&mut app, key);
    }
    app
}

/// As [`kinds`], with two faults.
pub(crate) fn typed() -> App {
    let mut app = kinds();
    for key in ["j", "enter", "x", "esc", "j", "j", "enter", "1", "0", "esc", "g"] {
        press(&mut app, key);
    }
    app
}

/// As [`kinds`], and the JSON is broken in its second line.
pub(crate) fn broken() -> App {
    let mut app = kinds();
    for key in ["tab", "end", "left", "left", "x", "\"", "x", "esc"] {
        press(&mut app, key);
    }
    app
}

/// A text of several lines is under the cursor.
pub(crate) fn several_lines() -> App {
    let mut app = kinds();
    press(&mut app, "ctrl-o");
    let text = r#"{"tenantId": "acme", "note": "a\nb"}"#.to_owned();
    update(&mut app, Message::Done(EffectDone::Edited(Ok(text))));
    for _ in 0..6 {
        press(&mut app, "j");
    }
    app
}

/// Of a run that is locked to one tenant.
pub(crate) fn locked() -> App {
    let mut app = full();
    let info = ContextInfo {
        name: "prod".to_owned(),
        locked_to: vec!["beta".to_owned()],
        locked: vec![TenantId::new("beta").unwrap()],
        ..ContextInfo::default()
    };
    open(&mut app, info);
    app
}

fn open(app: &mut App, info: ContextInfo) {
    let labels = app.setup.labels.clone();
    let opened = EffectDone::Opened {
        info,
        labels,
        operator: Err("read-only".to_owned()),
        publisher: Ok(()),
        schemas: schemas(),
    };
    update(app, Message::Done(opened));
}

#[test]
fn what_was_composed_outlives_another_context_and_its_tenant_is_looked_at_anew() {
    let mut app = typed();
    let (text, id) = (app.compose.text().to_owned(), app.compose.id);
    let other = TenantId::new("beta").unwrap();
    let info = ContextInfo { name: "prod".to_owned(), locked: vec![other], ..ContextInfo::default() };
    open(&mut app, info);
    assert_eq!((app.compose.text(), app.compose.id), (text.as_str(), id));
    assert_eq!(app.compose.faults().len(), 2);
    let why = app.compose.event(app.clock.now).unwrap_err();
    assert!(why.contains("locked to other tenants"), "{why}");
}

#[test]
fn what_was_typed_in_a_context_that_was_left_is_asked_about_before_the_end() {
    let mut app = typed();
    let composed = std::mem::take(&mut app.compose);
    assert_eq!(app.losses(), []);
    app.put_away.insert("first".to_owned(), composed);
    assert_eq!(app.losses(), [Loss::TypedElsewhere]);
}

#[test]
fn what_was_typed_is_asked_about_however_often_another_event_is_started_from() {
    let mut app = typed();
    let text = app.compose.text().to_owned();
    let event_type = app.compose.event_type.clone();
    assert!(app.compose.is_typed());
    for _ in 0..3 {
        let ring = tidings::monitor::Ring::new(tidings::monitor::Limits::default());
        let known = tidings::tui::app::compose::Known {
            masks: &tidings::event::Masks::NONE,
            schemas: app.schemas.0.as_deref(),
            ring: &ring,
            now: app.clock.now,
        };
        app.compose.start_from((event_type.clone(), None), r#"{"tenantId":"acme"}"#, known);
        assert_eq!(app.losses(), [Loss::Typed]);
    }
    press(&mut app, "u");
    press(&mut app, "u");
    press(&mut app, "u");
    assert_eq!(app.compose.text(), text);
}

#[test]
fn what_an_editor_leaves_comes_into_the_form_and_can_be_taken_back() {
    let mut app = kinds();
    let before = app.compose.text().to_owned();
    let asked = update(&mut app, Message::Key(KeyEvent::from("ctrl-o".parse::<Key>().unwrap())));
    assert!(matches!(&asked[..], [Effect::EditText { text, .. }] if *text == before));
    update(
        &mut app,
        Message::Done(EffectDone::Edited(Ok("{\"tenantId\": \"acme\",\r\n \"count\": 3}\r\n".to_owned()))),
    );
    assert_eq!(app.compose.text(), "{\"tenantId\": \"acme\",\n \"count\": 3}");
    assert_eq!(app.compose.faults().len(), 2, "two required fields are gone");
    press(&mut app, "u");
    assert_eq!(app.compose.text(), before);
    press(&mut app, "ctrl-o");
    update(&mut app, Message::Done(EffectDone::Edited(Err("no editor".to_owned()))));
    assert_eq!(app.compose.text(), before);
    assert!(app.notices.toast.as_ref().unwrap().text.contains("the payload is as it was: no editor"));
}

#[test]
fn a_text_is_pasted_into_the_json_whole_and_into_a_field_in_one_line() {
    let mut app = kinds();
    press(&mut app, "tab");
    update(&mut app, Message::Paste("[1,\r\n2]".to_owned()));
    assert!(app.compose.text().contains("[1,\n2]"), "{}", app.compose.text());
    let mut app = kinds();
    for key in ["j", "j", "j", "j", "j", "j", "enter"] {
        press(&mut app, key);
    }
    update(&mut app, Message::Paste("a\nb".to_owned()));
    assert_eq!(app.compose.row().unwrap().shown.as_deref(), Some("a b"));
}

#[test]
fn an_event_that_is_sent_again_is_the_same_until_a_new_one_is_asked_for() {
    let mut app = kinds();
    app.compose.uuid = Uuid::new_v4;
    let id = app.compose.event(app.clock.now).unwrap().id();
    for key in ["j", "j", "l", "esc", "5", "u"] {
        press(&mut app, key);
    }
    assert_eq!(app.compose.event(app.clock.now).unwrap().id(), id);
    app.compose.new_id();
    let new = app.compose.id;
    assert_ne!(new, id);
    // What is taken back is the payload; the id of what was sent does not come back with another one.
    press(&mut app, "U");
    press(&mut app, "u");
    assert_eq!(app.compose.id, new);
}

#[test]
fn whatever_is_pressed_form_and_json_are_in_step_and_nothing_typed_is_lost() {
    let keymap = full().setup.keymap;
    let mut keys: Vec<Key> =
        [Context::Compose, Context::ComposeField, Context::ComposeJson, Context::Rows, Context::Picker]
            .into_iter()
            .flat_map(|context| keymap.keys(context).iter().map(|(key, _)| *key))
            .collect();
    // Letters, and what JSON is made of, more often than the rest.
    keys.extend("abc019{}[]\",: ntxyz-é日".chars().filter_map(|c| c.to_string().parse::<Key>().ok()));
    keys.extend(["backspace", "enter", "esc", "left", "home", "end"].map(|key| key.parse::<Key>().unwrap()));
    let mut random = 0x9E37_79B9_7F4A_7C15_u64;
    for round in 0..12 {
        let mut app = if round % 3 == 0 { typed() } else { kinds() };
        for _ in 0..400 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let key = keys[usize::try_from(random >> 33).unwrap() % keys.len()];
            let before = app.compose.text().to_owned();
            update(&mut app, Message::Key(KeyEvent::from(key)));
            if app.view != View::Compose {
                assert_eq!(app.compose.text(), before, "{key} left the view");
                press(&mut app, "alt-5");
            }
            in_step(&app, key);
        }
        // Everything can be taken back, to where it began.
        let mut at_most = 5_000;
        app.popup = None;
        while app.compose.can_undo(true) && at_most > 0 {
            app.compose.undo(true);
            at_most -= 1;
        }
        assert_eq!(app.compose.text(), "{}", "round {round}");
    }
}

/// Whether form and faults are what the text says.
fn in_step(app: &App, key: Key) {
    let compose = &app.compose;
    assert_eq!(compose.area.lines().join("\n"), compose.text(), "{key}");
    let json = serde_json::from_str::<serde_json::Value>(compose.text());
    assert_eq!(json.is_ok(), compose.broken().is_none(), "{key}: {}", compose.text());
    let Ok(json) = json else { return assert!(!compose.faults().is_empty()) };
    for row in compose.rows() {
        let found = json.pointer(&row.pointer.to_string());
        let shown = row.shown.as_deref();
        match found {
            None => assert_eq!(shown, None, "{key}: {} in {}", row.pointer, compose.text()),
            Some(serde_json::Value::String(text)) => assert_eq!(shown, Some(text.as_str()), "{key}"),
            Some(_) => assert!(shown.is_some(), "{key}: {} in {}", row.pointer, compose.text()),
        }
    }
    let rows: usize = compose.rows().iter().map(|row| row.faults.len()).sum();
    assert_eq!(compose.faults().len(), rows, "{key}");
    assert!(compose.cursor() < compose.lines(), "{key}");
    // What is remembered of the line under the cursor is so.
    if let Line::Field(at) = compose.line() {
        assert_eq!(compose.row_number(), compose.rows().iter().position(|row| row.pointer == *at), "{key}");
    }
    if let Some((list, nth)) = compose.item() {
        let next = list.join((nth + 1).to_string());
        let has_next = compose.rows().iter().any(|row| row.pointer == next && row.state != State::Absent);
        assert_eq!(compose.is_last_item(), !has_next, "{key}");
    }
}
