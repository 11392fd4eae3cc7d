//! An event to begin with, where the type has no schema and none of it is in memory; and where it would go.

use tidings::bus::BusError;
use tidings::event::{Channel, StreamKey};
use tidings::tui::app::App;
use tidings::tui::app::compose::{Basis, Seeking};
use tidings::tui::effect::{Effect, EffectDone, SendDone, SendEffect};
use tidings::tui::keymap::Key;
use tidings::tui::message::Message;
use tidings::tui::update::update;

use crate::composed::{empty, locked};
use crate::start::told;

const FOUND: &str = r#"{"tenantId":"beta","note":"seen"}"#;

/// Presses keys; what was asked of the bus.
fn press(app: &mut App, keys: &str) -> Vec<SendEffect> {
    let mut asked = Vec::new();
    for key in keys.split_whitespace() {
        let key: Key = key.parse().unwrap();
        asked.extend(update(app, Message::Key(key.into())).into_iter().filter_map(of_compose));
    }
    asked
}

fn of_compose(effect: Effect) -> Option<SendEffect> {
    match effect {
        Effect::Compose(effect) => Some(*effect),
        _ => None,
    }
}

fn take(app: &mut App, done: SendDone) -> Vec<SendEffect> {
    let effects = update(app, Message::Done(EffectDone::Compose(Box::new(done))));
    effects.into_iter().filter_map(of_compose).collect()
}

/// The number of the one question after an event.
fn sought(asked: &[SendEffect]) -> u64 {
    let mut numbers = asked.iter().filter_map(|effect| match effect {
        SendEffect::Seek { number, .. } => Some(*number),
        _ => None,
    });
    let number = numbers.next().unwrap_or_else(|| panic!("nothing is looked for: {asked:?}"));
    assert_eq!(numbers.next(), None, "once");
    number
}

/// A type that nobody knows is chosen.
fn new_type(app: &mut App) -> u64 {
    sought(&press(app, "g enter N E W enter"))
}

fn found(number: u64) -> SendDone {
    SendDone::Sought { number, answer: Ok(Some(FOUND.to_owned())) }
}

#[test]
fn an_event_that_is_found_on_the_bus_fills_the_form() {
    let mut app = empty();
    let number = new_type(&mut app);
    assert_eq!(app.compose.seeking(), Some(&Seeking::Now));
    assert_eq!(app.compose.text(), "{}");
    assert!(take(&mut app, found(number)).is_empty(), "nothing is asked twice");
    assert_eq!(app.compose.basis(), &Basis::Example);
    assert!(app.compose.text().contains(r#""note": "seen""#), "{}", app.compose.text());
    assert!(!app.compose.is_typed(), "nobody typed it");
    press(&mut app, "u");
    assert_eq!(app.compose.event_type, None, "it was not there before the type was");
    press(&mut app, "U");
    assert_eq!(app.compose.basis(), &Basis::Example, "what was found is remembered");
}

#[test]
fn the_tenant_that_is_chosen_stays_that_of_the_event() {
    let mut app = empty();
    press(&mut app, "j enter a c m e enter");
    let number = new_type(&mut app);
    take(&mut app, found(number));
    let event = app.compose.event(app.clock.now).unwrap();
    assert_eq!((event.tenant().as_str(), event.event_type().as_str()), ("acme", "NEW"));
    assert!(event.payload().contains("seen"), "{}", event.payload());
}

#[test]
fn what_was_typed_meanwhile_stays_and_the_form_offers_the_fields() {
    for keys in ["j j j a k e y enter 7 esc", "tab end left \" x \" : 1 esc", "j j j a k"] {
        let mut app = empty();
        let number = new_type(&mut app);
        press(&mut app, keys);
        let (text, typing) = (app.compose.text().to_owned(), app.compose.field.is_some());
        take(&mut app, found(number));
        assert_eq!((app.compose.text(), app.compose.field.is_some()), (text.as_str(), typing), "{keys}");
        assert!(told(&app).contains("what was typed stays"), "{keys}: {}", told(&app));
        assert!(app.compose.rows().iter().any(|row| row.pointer.to_string() == "/note"), "{keys}");
    }
}

#[test]
fn what_is_begun_with_something_that_was_kept_is_not_filled() {
    let mut app = empty();
    let known = tidings::tui::app::compose::Known {
        masks: &tidings::event::Masks::NONE,
        schemas: None,
        ring: app.monitor.ring(),
        now: app.clock.now,
    };
    let event_type = Some("NEW".parse().unwrap());
    app.compose.start_from((event_type, None), r#"{"tenantId":"acme","kept":1}"#, known);
    let asked = update(&mut app, Message::Tick).into_iter().filter_map(of_compose).collect::<Vec<_>>();
    let text = app.compose.text().to_owned();
    take(&mut app, found(sought(&asked)));
    assert_eq!(app.compose.text(), text);
}

#[test]
fn an_answer_that_comes_late_is_for_the_type_that_it_was_asked_for() {
    let mut app = empty();
    let number = new_type(&mut app);
    let other = sought(&press(&mut app, "g enter O D D enter"));
    assert_ne!(number, other);
    take(&mut app, found(number));
    assert_eq!((app.compose.text(), app.compose.seeking()), ("{}", Some(&Seeking::Now)));
    take(&mut app, SendDone::Sought { number: other, answer: Ok(None) });
    assert_eq!(app.compose.seeking(), Some(&Seeking::None));
    assert!(press(&mut app, "j k").is_empty(), "it is not asked again and again");
    // With another context, what is known of this one is forgotten.
    app.compose.meet(
        &tidings::bus::ContextInfo::default(),
        tidings::tui::app::compose::Known {
            masks: &tidings::event::Masks::NONE,
            schemas: None,
            ring: app.monitor.ring(),
            now: app.clock.now,
        },
    );
    assert_eq!(app.compose.seeking(), None);
}

#[test]
fn that_it_cannot_be_looked_for_is_told_and_tried_again_when_the_view_is_opened() {
    let refused = BusError::Refused {
        what: "the user jo may not run XREVRANGE".to_owned(),
        next: "Allow it.\u{1b}[2J".to_owned(),
    };
    let late = BusError::Unavailable { what: "looking for one took longer than 5 s".to_owned() };
    let never = BusError::Unsupported("the profile pubsub cannot be rewound".to_owned());
    for (why, next) in [
        (refused, "may not run XREVRANGE. Allow it."),
        (late, "longer than 5 s. It is looked for again"),
        (never, "cannot be rewound. Type its fields"),
    ] {
        let mut app = empty();
        let number = new_type(&mut app);
        take(&mut app, SendDone::Sought { number, answer: Err(why) });
        assert!(matches!(app.compose.seeking(), Some(Seeking::Failed(_))));
        assert!(told(&app).contains(next) && !told(&app).contains('\u{1b}'), "{}", told(&app));
        assert!(press(&mut app, "esc").is_empty());
        let again = sought(&press(&mut app, "5"));
        take(&mut app, found(again));
        assert!(app.compose.text().contains("seen"));
    }
}

#[test]
fn a_type_with_a_schema_or_an_event_in_memory_asks_for_none() {
    let mut app = empty();
    for keys in ["enter k i enter", "g enter A enter"] {
        let asked = press(&mut app, keys);
        assert!(asked.iter().all(|effect| !matches!(effect, SendEffect::Seek { .. })), "{keys}: {asked:?}");
    }
    let mut app = locked();
    press(&mut app, "5");
    let number = new_type(&mut app);
    take(&mut app, SendDone::Sought { number, answer: Ok(None) });
    assert_eq!(app.compose.seeking(), Some(&Seeking::None));
}

#[test]
fn where_the_event_goes_is_asked_once_for_each_type_and_channel() {
    let aimed = |asked: &[SendEffect]| -> Vec<(u64, String)> {
        let channel = |it: &tidings::event::NewEvent| it.channel().map_or("-".to_owned(), Channel::to_string);
        let of = |effect: &SendEffect| match effect {
            SendEffect::Aim(it) => {
                Some((it.number, format!("{} {}", it.event.event_type(), channel(&it.event))))
            }
            _ => None,
        };
        asked.iter().filter_map(of).collect()
    };
    let mut app = empty();
    assert_eq!(app.compose.target(), None);
    let asked = aimed(&press(&mut app, "enter k i enter j k"));
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].1, "KINDS -");
    let stream = StreamKey::new("event::KINDS").unwrap();
    take(&mut app, SendDone::Aimed { number: asked[0].0, stream: Some(stream.clone()) });
    assert_eq!(app.compose.target(), Some(Some(&stream)));
    app.compose.has_channels = true;
    app.compose.choose_channel(Some(Channel::new("mail").unwrap()));
    assert_eq!(app.compose.target(), None, "that of another channel is another");
    let asked = aimed(&press(&mut app, "j"));
    assert_eq!(asked[0].1, "KINDS mail");
    take(&mut app, SendDone::Aimed { number: asked[0].0 - 1, stream: Some(stream) });
    assert_eq!(app.compose.target(), None, "an answer to an earlier question is none to this");
    take(&mut app, SendDone::Aimed { number: asked[0].0, stream: None });
    assert_eq!(app.compose.target(), Some(None));
}
