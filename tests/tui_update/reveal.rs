//! What is masked: on the screen, in what is copied, exported and composed; and how it is revealed.

use tidings::event::{Content, Masks};
use tidings::tui::app::{App, Redacting, Revealed};
use tidings::tui::effect::{Effect, EffectDone, ExportStep};
use tidings::tui::message::Message;
use tidings::tui::update::update;

use crate::queue::queue;
use crate::script::Script;
use crate::start::{events, full, press, told};

fn masks() -> Masks {
    Masks::new(&["payload.n".to_owned(), "payload.**.title".to_owned()]).unwrap()
}

fn with_masks(mut app: App) -> App {
    app.setup.masks.all = masks();
    app.redacting = Redacting::of(masks());
    app
}

/// The Events view, where a field is masked.
pub(crate) fn masked() -> App {
    with_masks(events())
}

fn masked_queue() -> App {
    with_masks(queue())
}

pub(crate) const SCRIPTS: &[Script] = &[
    // Nothing to reveal.
    (events, "V", "told=nothing is masked"),
    (full, ": \"reveal-all\"", "choice=reveal-all; refused=nothing is masked"),
    (masked, "V", "told=no event is under the cursor"),
    (masked, "3 V", "told=no event is under the cursor"),
    // One event, until it is left.
    (masked, "j V", "revealed=entry; told=is shown until you leave it"),
    (masked, "j V V", "revealed=-; told=masked again"),
    (masked, "j V j", "revealed=-"),
    (masked, "j V j k", "revealed=-"),
    (masked, "j V 3", "revealed=-"),
    (masked, "j V enter", "revealed=entry"),
    (masked, "j V Y", "revealed=entry; popup=Copy"),
    (masked, "j V f", "revealed=-"),
    // All of them, after a question.
    (masked, ": \"reveal-all\" enter", "popup=reveal all; focus=Cancel; revealed=-"),
    (masked, ": \"reveal-all\" enter enter", "popup=-; revealed=-"),
    (masked, ": \"reveal-all\" enter tab enter", "popup=-; revealed=all; told=nothing is masked any more"),
    (masked, ": \"reveal-all\" enter tab enter j 3 2", "revealed=all"),
    (masked, ": \"reveal-all\" enter tab enter V", "revealed=-; told=masked again"),
    (masked, ": \"reveal-all\" enter tab enter : \"reveal-all\" enter", "popup=-; revealed=-"),
    // Never beyond the context.
    (masked, ": \"reveal-all\" enter tab enter K \"demo\" enter", "revealed=-"),
    // Copies.
    (masked, "j y", "effects=copy 85 bytes"),
    (masked, "j V y", "effects=copy 78 bytes"),
    (masked, "j Y \"event\" enter", "effects=copy 85 bytes"),
    (masked, "j Y \"payload\" enter", "effects=copy 73 bytes"),
    (masked, "j V Y \"payload\" enter", "effects=copy 66 bytes"),
    (masked, "j tab j j j j j j j j j Y \"value\" enter", "effects=copy 10 bytes"),
    (masked, "j V tab j j j j j j j j j Y \"value\" enter", "effects=copy 3 bytes"),
    (masked, "j tab j j j j j j j j j Y \"path\" enter", "effects=copy 9 bytes"),
    // What is sent must be what is seen.
    (masked, "j c", "view=events; told=values of it are masked"),
    (masked, "j V c", "view=compose; type=B"),
    // Failed events.
    (masked_queue, "V", "revealed=failed"),
    (masked_queue, "V j", "revealed=-"),
    (masked_queue, "V enter", "revealed=failed"),
    (masked_queue, "c", "view=failed; told=values of it are masked"),
    (masked_queue, "V c", "view=compose; type=TICKET_CREATED"),
    (masked_queue, "e", "popup=-; told=values of it are masked"),
    (masked_queue, "V e", "popup=editor"),
    (masked_queue, "J V", "revealed=-"),
];

fn keys(app: &mut App, keys: &str) {
    keys.split_whitespace().for_each(|key| press(app, key));
}

#[test]
fn a_copy_says_that_something_is_missing_in_it() {
    let mut app = masked();
    keys(&mut app, "j y");
    update(&mut app, Message::Done(EffectDone::Copied(85)));
    assert_eq!(told(&app), "copied 85 bytes, redacted: V reveals it first");
    keys(&mut app, "V y");
    update(&mut app, Message::Done(EffectDone::Copied(78)));
    assert_eq!(told(&app), "copied 78 bytes");
}

#[test]
fn an_export_holds_what_is_shown_and_says_so() {
    let exported = |before: &str| {
        let mut app = masked();
        keys(&mut app, before);
        keys(&mut app, "ctrl-s enter");
        let answered = |app: &mut App, kept| {
            update(app, Message::Done(EffectDone::EventsWritten { number: 1, answer: Ok(()), kept }))
        };
        let effects = answered(&mut app, false);
        let [Effect::ExportEvents { step: ExportStep::Write(entries), .. }] = effects.as_slice() else {
            panic!("{effects:?}")
        };
        let texts: Vec<_> = entries.iter().map(|entry| entry.text().unwrap().to_owned()).collect();
        let payloads =
            entries.iter().all(|entry| entry.payload().is_some_and(|it| it.starts_with("{\"n\":")));
        assert!(payloads && entries.iter().all(|entry| matches!(entry.content, Content::Json { .. })));
        answered(&mut app, false);
        answered(&mut app, true);
        (texts, told(&app).to_owned())
    };
    let (texts, told) = exported("");
    assert!(
        texts.len() == 200 && texts.iter().all(|text| text.contains(r#"{"n":"[redacted]","note":"type:"#))
    );
    assert!(told.ends_with("; 200 redacted: V reveals first"), "{told}");
    let (texts, told) = exported(": r e v e a l a l l enter tab enter");
    assert!(texts.iter().all(|text| !text.contains("redacted")) && !told.contains("redacted"), "{told}");
}

#[test]
fn an_export_of_failed_events_leaves_out_what_is_masked() {
    let mut app = masked_queue();
    keys(&mut app, "V ctrl-s");
    assert_eq!(app.redacting.revealed, Some(Revealed::Failed(app.failed_event().unwrap().at.clone())));
    let effects =
        update(&mut app, Message::Key("enter".parse::<tidings::tui::keymap::Key>().unwrap().into()));
    let [Effect::Export(export)] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(export.masks, masks(), "what is revealed of one is not of all");
}

#[test]
fn values_that_are_masked_are_not_offered_in_a_form() {
    let seen = |app: &mut App| {
        app.compose.tenant = Some(tidings::event::TenantId::new("acme").unwrap());
        let at = tidings::event::json::Pointer::of(["n"]);
        let masks = app.redacting.elsewhere();
        let wanted = tidings::tui::app::compose::Wanted {
            tenant: app.compose.tenant.as_ref().unwrap(),
            event_type: None,
            at: &at,
            masks,
        };
        tidings::tui::app::compose::values(app.monitor.ring(), wanted)
    };
    assert_eq!(seen(&mut events()), ["odd", "even"]);
    assert!(seen(&mut masked()).is_empty());
}
