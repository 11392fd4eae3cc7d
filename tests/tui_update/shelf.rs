//! Templates, and what was sent before.

use tidings::bus::{StoreError, StoredTemplate};
use tidings::compose::{Outcome, Sent, Template};
use tidings::event::{EventId, EventType, TenantId};
use tidings::tui::app::{App, Popup};
use tidings::tui::effect::{Effect, EffectDone, SendDone, SendEffect, ShelfDone, ShelfEffect};
use tidings::tui::message::Message;
use tidings::tui::update::update;

use crate::composed::{empty, kinds};
use crate::script::Script;
use crate::sending::press;

pub(crate) const SCRIPTS: &[Script] = &[
    (kinds, "T", "effects=templates; popup=-"),
    (kinds, "H", "effects=history; popup=-"),
    (templates, "", "popup=shelf; choice=empty"),
    (templates, "down", "choice=ticket"),
    (templates, "up", "choice=empty"),
    (templates, "pgdn", "choice=ticket"),
    (templates, "pgup", "choice=empty"),
    (templates, "\"tick\"", "choice=ticket"),
    (templates, "\"none\" enter", "popup=shelf; told=nothing fits"),
    (templates, "esc", "popup=-; effects="),
    (templates, "enter", "popup=-; type=KINDS; told=started from the template"),
    // What a template leaves open is asked, one after the other.
    (templates, "down enter", "popup=shelf ask; focus=File; effects="),
    (templates, "down enter \"Jo\" enter enter", "popup=shelf ask; focus=File"),
    (
        templates,
        "down enter \"Jo\" enter enter \"3\" enter enter",
        "popup=-; type=NOTE; text={\"tenantId\":\"acme\",\"by\":\"Jo\",\"n\":3}",
    ),
    (templates, "down enter \"Jo\" enter enter \"x\" enter enter", "popup=shelf ask; told=is no JSON value"),
    // What was said is asked about again, and nothing of it is lost.
    (
        templates,
        "down enter \"Jo\" enter enter \"x\" enter enter backspace \"7\" enter enter",
        "popup=-; type=NOTE; text={\"tenantId\":\"acme\",\"by\":\"Jo\",\"n\":7}",
    ),
    (templates, "down enter esc esc", "popup=shelf; choice=ticket; type=KINDS"),
    // Kept under a name, replaced only when that is said.
    (empty, "ctrl-s", "popup=-; told=no type is chosen"),
    (kinds, "ctrl-s", "popup=shelf ask; focus=File"),
    (kinds, "ctrl-s enter enter", "popup=-; effects=keep kinds false"),
    (kinds, "ctrl-s ctrl-u \"a/b\" enter enter", "popup=shelf ask; told=cannot be the name; effects="),
    (kinds, "tab ctrl-s", "popup=shelf ask"),
    (existing, "", "popup=shelf ask; focus=Cancel"),
    (existing, "up enter", "popup=-; effects=keep kinds true"),
    (templates, "ctrl-y", "popup=shelf ask; focus=File"),
    (templates, "ctrl-y enter enter", "effects=keep empty copy false"),
    (templates, "ctrl-x", "popup=shelf ask; focus=Cancel; effects="),
    (templates, "ctrl-x enter", "popup=shelf; effects="),
    (templates, "ctrl-x esc", "popup=shelf; choice=empty"),
    (templates, "ctrl-y esc esc", "popup=shelf; choice=empty"),
    (nothing_kept, "", "popup=shelf; choice=-; told="),
    (nothing_kept, "enter", "popup=shelf; told=there is nothing to start from"),
    (nothing_kept, "down", "popup=shelf; choice=-"),
    (nothing_kept, "ctrl-o", "told=no template; popup=shelf"),
    (nothing_kept, "esc", "popup=-; view=compose"),
    (nothing_sent, "", "popup=shelf; choice=-; told="),
    (nothing_sent, "esc", "popup=-; view=compose"),
    (templates, "ctrl-x tab enter", "popup=-; effects=delete empty"),
    (templates, "ctrl-o", "effects=edit 2 lines of .toml"),
    // What was sent before.
    (sent_before, "", "popup=shelf"),
    (sent_before, "ctrl-x", "told=no template; popup=shelf"),
    (sent_before, "enter", "popup=-; type=NOTE; told=1 secret was not kept"),
];

fn take(app: &mut App, done: ShelfDone) -> Vec<Effect> {
    update(app, Message::Done(EffectDone::Compose(Box::new(SendDone::Shelf(done)))))
}

fn stored(name: &str, text: &str) -> StoredTemplate {
    StoredTemplate { name: name.to_owned(), text: text.to_owned(), place: String::new(), fault: None }
}

fn templates() -> App {
    let mut app = kinds();
    let empty = "type = \"KINDS\"\npayload = '{\"tenantId\":\"{{tenant}}\"}'\n";
    let ticket =
        "type = \"NOTE\"\npayload = '{\"tenantId\":\"acme\",\"by\":\"{{prompt:by}}\",\"n\":{{prompt:n}}}'\n";
    listed(&mut app, vec![stored("empty", empty), stored("ticket", ticket)]);
    app
}

fn listed(app: &mut App, templates: Vec<StoredTemplate>) -> Vec<Effect> {
    take(app, ShelfDone::Templates { place: "/templates".to_owned(), answer: Ok(templates) })
}

fn nothing_kept() -> App {
    let mut app = kinds();
    listed(&mut app, Vec::new());
    app
}

fn nothing_sent() -> App {
    let mut app = kinds();
    let context = app.context.name.clone();
    take(&mut app, ShelfDone::History { context, place: "/history".to_owned(), answer: Ok(Vec::new()) });
    app
}

fn existing() -> App {
    let mut app = kinds();
    press(&mut app, "ctrl-s");
    let asked = {
        press(&mut app, "enter");
        update(&mut app, Message::Key("enter".parse::<tidings::tui::keymap::Key>().unwrap().into()))
    };
    let [Effect::Compose(effect)] = &asked[..] else { panic!("{asked:?}") };
    let SendEffect::Shelf(ShelfEffect::Keep { name, text, .. }) = &**effect else { panic!("{effect:?}") };
    let answer = Err(StoreError::Exists(name.clone()));
    take(&mut app, ShelfDone::Kept { name: name.clone(), text: text.clone(), answer });
    app
}

fn one_sent(app: &App) -> Sent {
    Sent {
        at: app.clock.now,
        event: EventId::from(uuid::Uuid::from_u128(5)),
        event_type: EventType::new("NOTE").unwrap(),
        tenant: TenantId::new("acme").unwrap(),
        channel: None,
        stream: None,
        entry: None,
        outcome: Outcome::Published,
        unchecked: false,
        cut: false,
        payload: r#"{"tenantId":"acme","password":"x"}"#.to_owned(),
        redacted: Vec::new(),
    }
}

fn sent_before() -> App {
    let mut app = kinds();
    let sent = one_sent(&app);
    let lines = vec![sent.to_line(&tidings::compose::Redaction::default())];
    let context = app.context.name.clone();
    take(&mut app, ShelfDone::History { context, place: "/history".to_owned(), answer: Ok(lines) });
    app
}

#[test]
fn a_template_of_what_is_composed_is_for_any_tenant_and_gives_the_same_back() {
    let mut app = kinds();
    let before = app.compose.text().to_owned();
    press(&mut app, "ctrl-s enter");
    let asked = update(&mut app, Message::Key("enter".parse::<tidings::tui::keymap::Key>().unwrap().into()));
    let [Effect::Compose(effect)] = &asked[..] else { panic!("{asked:?}") };
    let SendEffect::Shelf(ShelfEffect::Keep { name, text, .. }) = &**effect else { panic!("{effect:?}") };
    let template = Template::read(name, text).unwrap();
    assert!(template.payload.contains("\"{{tenant}}\""), "{}", template.payload);
    listed(&mut app, vec![stored(name, text)]);
    let id = app.compose.id;
    press(&mut app, "enter");
    let compact = |text: &str| text.split_whitespace().collect::<String>();
    assert_eq!(compact(app.compose.text()), compact(&before));
    assert_ne!(app.compose.id, id);
}

#[test]
fn a_template_keeps_braces_that_are_no_placeholders_and_leaves_the_tenant_open() {
    let mut app = kinds();
    press(&mut app, "tab");
    let text = r#"{"note":"{{tenant}}","level":"{{level}}","tenantId":"acme"}"#;
    app.compose.area = tui_textarea::TextArea::new(vec![text.to_owned()]);
    press(&mut app, "space esc ctrl-s enter");
    let asked = update(&mut app, Message::Key("enter".parse::<tidings::tui::keymap::Key>().unwrap().into()));
    let [Effect::Compose(effect)] = &asked[..] else { panic!("{asked:?}") };
    let SendEffect::Shelf(ShelfEffect::Keep { name, text: kept, .. }) = &**effect else {
        panic!("{effect:?}")
    };
    listed(&mut app, vec![stored(name, kept)]);
    press(&mut app, "enter");
    let compact = |text: &str| text.split_whitespace().collect::<String>();
    assert_eq!(compact(app.compose.text()), compact(text));
}

#[test]
fn what_may_be_on_the_bus_is_not_sent_a_second_time_without_a_word() {
    let mut app = kinds();
    let payload = r#"{"tenantId":"acme"}"#.to_owned();
    let sent = Sent { outcome: Outcome::Unknown("no answer".to_owned()), payload, ..one_sent(&app) };
    let lines = vec![sent.to_line(&tidings::compose::Redaction::default())];
    let context = app.context.name.clone();
    take(&mut app, ShelfDone::History { context, place: "/history".to_owned(), answer: Ok(lines) });
    press(&mut app, "enter");
    let told = &app.notices.toast.as_ref().unwrap().text;
    assert!(told.contains("may be on the bus"), "{told}");
}

#[test]
fn a_template_that_cannot_be_read_is_listed_says_why_and_opens_in_the_editor() {
    let unreadable = || {
        let mut app = kinds();
        let mut bad = stored("bad\x1b[2J", "# it cannot be read\n");
        bad.fault = Some("the file cannot be read: it is not UTF-8".to_owned());
        let answer = Ok(vec![bad, stored("good", "type = \"A\"\npayload = '{}'\n")]);
        take(&mut app, ShelfDone::Templates { place: "~/templates".to_owned(), answer });
        app
    };
    let mut app = unreadable();
    let Some(Popup::Shelf(shelf)) = &app.popup else { panic!("{:?}", app.popup) };
    let choice = shelf.picker.chosen().unwrap();
    assert_eq!(choice.name, "bad\\x1b[2J");
    assert_eq!(choice.note, "the file cannot be read: it is not UTF-8");
    press(&mut app, "enter");
    let told = &app.notices.toast.as_ref().unwrap().text;
    assert!(
        told.contains("it is not UTF-8") && told.contains("ctrl-o mends it") && !told.contains('\x1b'),
        "{told}"
    );
    let mut app = unreadable();
    let opened =
        update(&mut app, Message::Key("ctrl-o".parse::<tidings::tui::keymap::Key>().unwrap().into()));
    assert!(
        matches!(&opened[..], [Effect::EditText { text, .. }] if text == "# it cannot be read\n"),
        "{opened:?}"
    );
}

#[test]
fn what_was_too_large_to_be_remembered_is_nothing_to_start_from() {
    let mut app = kinds();
    let before = app.compose.text().to_owned();
    let context = app.context.name.clone();
    let payload = format!(r#"{{"tenantId":"acme","text":"{}"}}"#, "x".repeat(600_000));
    let line = Sent { payload, ..one_sent(&app) }.to_line(&tidings::compose::Redaction::default());
    take(&mut app, ShelfDone::History { context, place: "~/history".to_owned(), answer: Ok(vec![line]) });
    press(&mut app, "enter");
    assert!(app.notices.toast.as_ref().unwrap().text.contains("too large to be kept"));
    assert_eq!(app.compose.text(), before);
}

#[test]
fn what_an_editor_leaves_of_a_template_is_kept_or_is_there_the_next_time() {
    let mut app = templates();
    press(&mut app, "ctrl-o");
    let left = "type = \"KINDS\"\npayload = '{{nothing}}'\n".to_owned();
    assert!(update(&mut app, Message::Done(EffectDone::Edited(Ok(left.clone())))).is_empty());
    assert!(app.notices.toast.as_ref().unwrap().text.contains("not kept"));
    let again = update(&mut app, Message::Key("ctrl-o".parse::<tidings::tui::keymap::Key>().unwrap().into()));
    assert!(matches!(&again[..], [Effect::EditText { text, .. }] if *text == left), "{again:?}");
    let good = "type = \"KINDS\"\npayload = '{}'\n".to_owned();
    let kept = update(&mut app, Message::Done(EffectDone::Edited(Ok(good.clone()))));
    let effect = ShelfEffect::Keep { name: "empty".to_owned(), text: good, replaces: true };
    assert_eq!(kept, [Effect::Compose(Box::new(SendEffect::Shelf(effect)))]);
}

fn key(app: &mut App, key: &str) -> Vec<Effect> {
    update(app, Message::Key(key.parse::<tidings::tui::keymap::Key>().unwrap().into()))
}

fn leave(app: &mut App, text: &str) -> Vec<Effect> {
    update(app, Message::Done(EffectDone::Edited(Ok(text.to_owned()))))
}

#[test]
fn a_template_that_an_editor_changed_is_used_as_it_is_kept_by_now() {
    let mut app = templates();
    press(&mut app, "ctrl-o");
    let text = "type = \"NOTE\"\npayload = '{\"tenantId\":\"{{tenant}}\",\"edited\":true}'\n";
    leave(&mut app, text);
    take(&mut app, ShelfDone::Kept { name: "empty".to_owned(), text: text.to_owned(), answer: Ok(()) });
    assert!(matches!(app.popup, Some(Popup::Shelf(_))), "the list stays open");
    let again = key(&mut app, "ctrl-o");
    assert!(matches!(&again[..], [Effect::EditText { text: now, .. }] if now == text), "{again:?}");
    leave(&mut app, text);
    press(&mut app, "enter");
    assert!(app.compose.text().contains("edited"), "{}", app.compose.text());
    assert_eq!(app.compose.event_type.as_ref().unwrap().as_str(), "NOTE");
}

#[test]
fn what_an_editor_left_of_each_template_stays_until_it_is_kept() {
    let mut app = templates();
    press(&mut app, "ctrl-o");
    leave(&mut app, "first, and not TOML");
    press(&mut app, "down ctrl-o");
    leave(&mut app, "second, and not TOML");
    press(&mut app, "up");
    let first = key(&mut app, "ctrl-o");
    assert!(matches!(&first[..], [Effect::EditText { text, .. }] if text.starts_with("first")), "{first:?}");
    // The disk refuses what is good: that is not lost, either.
    let good = "type = \"KINDS\"\npayload = '{}'\n";
    leave(&mut app, good);
    let refused = Err(StoreError::Failed("the disk is full".to_owned()));
    take(&mut app, ShelfDone::Kept { name: "empty".to_owned(), text: good.to_owned(), answer: refused });
    assert!(app.notices.toast.as_ref().unwrap().text.contains("the disk is full"));
    // Also when the list was closed meanwhile, or the template's file is gone.
    press(&mut app, "esc");
    listed(&mut app, Vec::new());
    let first = key(&mut app, "ctrl-o");
    assert!(matches!(&first[..], [Effect::EditText { text, .. }] if text == good), "{first:?}");
    leave(&mut app, good);
    take(&mut app, ShelfDone::Kept { name: "empty".to_owned(), text: good.to_owned(), answer: Ok(()) });
    press(&mut app, "down");
    let second = key(&mut app, "ctrl-o");
    assert!(
        matches!(&second[..], [Effect::EditText { text, .. }] if text.starts_with("second")),
        "{second:?}"
    );
    assert_eq!(app.sending.unsaved.len(), 1);
}

#[test]
fn a_name_under_which_nothing_could_be_kept_is_asked_about_again() {
    let mut app = kinds();
    press(&mut app, "ctrl-s ctrl-u m i n e enter enter");
    let text = "type = \"KINDS\"\npayload = '{}'\n".to_owned();
    let answer = Err(StoreError::Failed("the disk is full".to_owned()));
    take(&mut app, ShelfDone::Kept { name: "mine".to_owned(), text, answer });
    let Some(Popup::Form(form)) = &app.popup else { panic!("nothing is asked") };
    assert_eq!(form.file.as_ref().unwrap().text(), "mine");
    assert!(app.notices.toast.as_ref().unwrap().text.contains("the disk is full"));
    // It is no text of the template of that name, which may be there.
    assert!(app.sending.unsaved.is_empty());
}

#[test]
fn a_list_comes_back_as_it_is_by_then_when_a_template_was_deleted_or_duplicated() {
    let list = [Effect::Compose(Box::new(SendEffect::Shelf(ShelfEffect::Templates)))];
    let mut app = templates();
    press(&mut app, "ctrl-x tab enter");
    assert_eq!(take(&mut app, ShelfDone::Deleted { name: "empty".to_owned(), answer: Ok(()) }), list);
    let mut app = templates();
    press(&mut app, "ctrl-y enter enter");
    let (name, text) = ("empty copy".to_owned(), String::new());
    assert_eq!(take(&mut app, ShelfDone::Kept { name, text, answer: Ok(()) }), list);
    // What is saved from the form leads to no list.
    let mut app = kinds();
    press(&mut app, "ctrl-s enter enter");
    let (name, text) = ("kinds".to_owned(), String::new());
    assert_eq!(take(&mut app, ShelfDone::Kept { name, text, answer: Ok(()) }), []);
}

#[test]
fn a_list_that_comes_late_does_not_cover_what_a_person_does_meanwhile() {
    let mut app = kinds();
    press(&mut app, "alt-1");
    listed(&mut app, vec![stored("a", "")]);
    assert!(app.popup.is_none());
    let mut app = kinds();
    press(&mut app, "?");
    listed(&mut app, vec![stored("a", "")]);
    assert!(matches!(app.popup, Some(Popup::Help(_))));
}
