//! Sending what is composed: what is asked before, and what became of it.

use tidings::bus::{BusError, Fate, PublishError, Published, Receiver, Receivers, Stage};
use tidings::compose::{Progress, SendPhase};
use tidings::event::{EntryId, Fault, FaultKind, NewEvent, Report, StreamKey};
use tidings::tui::app::sending::{Following, SentWhat};
use tidings::tui::app::{App, Goal, Loss, Popup, SendDraft, View, What};
use tidings::tui::effect::{
    Effect, EffectDone, FatesTold, Prospect, SendDone, SendEffect, ShelfDone, ShelfEffect,
};
use tidings::tui::message::Message;
use tidings::tui::update::update;

use crate::composed::kinds;
use crate::script::Script;
use crate::start;

pub(crate) const SCRIPTS: &[Script] = &[
    // Nothing is sent without being asked, and Cancel has the focus.
    (writable, "alt-enter", "popup=send; focus=Cancel; about=1; effects=ask 1 KINDS"),
    (writable, "alt-enter enter", "popup=-; effects=; sending=-"),
    (writable, "alt-enter esc", "popup=-; effects=; view=compose"),
    (writable, "alt-enter tab enter", "popup=send; told=not known yet; effects="),
    (asked, "tab enter", "popup=-; effects=send KINDS; sending=being sent"),
    (asked, "tab enter alt-enter", "popup=-; told=not answered yet; effects="),
    (asked, "x", "commands=true"),
    (kinds, "alt-enter", "popup=send; effects=ask 1 KINDS"),
    (refused, "tab enter", "popup=send; told=read-only here; effects="),
    (too_large, "tab enter", "popup=send; told=1000 is the limit; effects="),
    // What does not fit its schema needs an override.
    (misfit, "tab enter", "popup=send; told=does not fit its schema; effects="),
    (misfit, "tab tab", "focus=Override"),
    (misfit, "tab tab space", "effects=ask 1 KINDS unchecked"),
    (misfit, "tab tab tab tab enter", "focus=Cancel"),
    (overridden, "tab enter", "popup=-; effects=send KINDS unchecked"),
    // Copies.
    (
        asked,
        "up up ctrl-u \"3\" enter enter tab enter",
        "popup=-; effects=copies 3 at -; sending=0 of 3: sending",
    ),
    (asked, "up up ctrl-u \"3\" enter \"5\" enter tab enter", "effects=copies 3 at 5"),
    (asked, "up up ctrl-u \"1001\" enter enter tab enter", "popup=send; told=from 1 to 1000; effects="),
    (asked, "up \"fast\" enter tab enter", "popup=send; told=events a second; effects="),
    (copies, "p", "effects=hold; sending=0 of 3: holding after this batch"),
    (copies, "p p", "effects=go on"),
    (copies, "x", "effects=end; told=no more are sent"),
    (copies, "s", "told=not answered yet; effects="),
    (copies, "Y", "told=no event was sent yet"),
    (sent, "p", "told=nothing is being sent"),
    (sent, "x", "told=nothing is being sent"),
    // Leaving: asked where something would be lost.
    (writable, "q", "popup=-; effects=quit Quit"),
    (typed, "q", "popup=leave; focus=Cancel; effects="),
    (typed, "q enter", "popup=-; effects="),
    (typed, "q esc", "popup=-; effects="),
    (typed, "q tab enter", "effects=quit Quit"),
    (typed, "ctrl-c", "effects=quit Interrupted"),
    (typed_elsewhere, "q", "popup=leave; effects="),
    (on_its_way, "q", "popup=leave; effects="),
    (on_its_way, "q tab enter", "effects=quit Quit"),
    (on_its_way, "ctrl-c", "effects=quit Interrupted"),
    (in_doubt, "q", "popup=leave; effects="),
    (copies, "q", "popup=leave; effects="),
    (sent, "q", "effects=quit Quit"),
    // After sending.
    (writable, "s", "told=nothing was sent yet"),
    (writable, "o", "told=no event was sent yet"),
    (sent, "s", "popup=send; effects=ask 1 KINDS"),
    (sent, "Y", "effects=copy 36 bytes"),
    (sent, "o", "view=events; filter=id:00000000-0000-4000-8000-000000000001"),
];

/// Something was typed, and not sent.
fn typed() -> App {
    let mut app = writable();
    press(&mut app, "g j j j j ctrl-g");
    assert!(app.compose.is_typed());
    app
}

/// And another type was chosen then.
fn typed_elsewhere() -> App {
    let mut app = typed();
    press(&mut app, "g enter N E W enter");
    assert!(!app.compose.is_typed(), "{}", app.compose.text());
    app
}

/// Sent, and nobody knows if it is there.
fn in_doubt() -> App {
    let mut app = on_its_way();
    answer(&mut app, Err(PublishError::Unknown("the link broke".to_owned())));
    app
}

pub(crate) fn press(app: &mut App, keys: &str) {
    for key in keys.split_whitespace() {
        start::press(app, key);
    }
}

/// Of a session that may publish.
pub(crate) fn writable() -> App {
    let mut app = kinds();
    app.sending.may = Ok(());
    app.compose.uuid = || uuid::Uuid::from_u128(0x4000_8000_0000_0000_0001);
    app.compose.new_id();
    app
}

fn draft(app: &App) -> &SendDraft {
    match &app.popup {
        Some(Popup::Form(form)) => match &form.what {
            What::Send(draft) => draft,
            _ => panic!("something else is asked"),
        },
        _ => panic!("nothing is asked"),
    }
}

fn take(app: &mut App, done: SendDone) -> Vec<Effect> {
    update(app, Message::Done(EffectDone::Compose(Box::new(done))))
}

fn stream() -> StreamKey {
    StreamKey::new("event::KINDS").unwrap()
}

/// The dialog, with what publishing would do.
fn answered(mut app: App, vetted: Result<(), PublishError>) -> App {
    if app.popup.is_none() {
        press(&mut app, "alt-enter");
    }
    let number = draft(&app).number;
    let prospect =
        Prospect { commands: vec!["XADD event::KINDS".to_owned()], stream: Some(stream()), vetted };
    take(&mut app, SendDone::Prospect { number, prospect });
    let groups = vec![Receiver { name: "sla".to_owned(), consumers: 2 }];
    let answer = Ok(Receivers { groups, ..Receivers::default() });
    take(&mut app, SendDone::Receivers { number, answer });
    app
}

fn asked() -> App {
    answered(writable(), Ok(()))
}

fn refused() -> App {
    let mut app = kinds();
    app.sending.may = Err("this context is read-only here".to_owned());
    answered(app, Ok(()))
}

fn too_large() -> App {
    answered(writable(), Err(PublishError::TooLarge { size: 2_000, limit: 1_000 }))
}

/// With a payload that its schema refuses.
fn misfit() -> App {
    let mut app = writable();
    press(&mut app, "g j j j j enter 1 enter");
    assert_eq!(app.compose.faults().len(), 1);
    let fault = Fault::new(FaultKind::Schema, Report::new("/payload/id", "a UUID", "1"));
    answered(app, Err(PublishError::Invalid(fault)))
}

/// The same, and a person said that it is sent all the same.
fn overridden() -> App {
    let mut app = misfit();
    press(&mut app, "tab tab space");
    assert!(draft(&app).event.is_unchecked());
    focus_cancel(answered(app, Ok(())))
}

fn focus_cancel(mut app: App) -> App {
    if let Some(Popup::Form(form)) = &mut app.popup {
        form.focus = tidings::tui::app::Slot::Cancel;
    }
    app
}

fn copies() -> App {
    let mut app = asked();
    press(&mut app, "up up ctrl-u 3 enter enter tab enter");
    app
}

/// Asked for, and not answered yet.
fn on_its_way() -> App {
    let mut app = asked();
    press(&mut app, "tab enter");
    app
}

fn event(app: &App) -> NewEvent {
    app.sending.one().unwrap().event.clone()
}

fn published(app: &App, repeated: bool) -> Published {
    Published { event: event(app).id(), stream: stream(), entry: EntryId::new(7, 0), repeated }
}

fn answer(app: &mut App, answer: Result<Published, PublishError>) -> Vec<Effect> {
    let one = app.sending.one().unwrap();
    let done = SendDone::Sent {
        number: one.number,
        context: one.context.clone(),
        event: Box::new(one.event.clone()),
        answer,
    };
    take(app, done)
}

fn sent() -> App {
    let mut app = on_its_way();
    let published = published(&app, false);
    answer(&mut app, Ok(published));
    app
}

pub(crate) fn spell(effect: &SendEffect) -> String {
    let unchecked = |event: &NewEvent| if event.is_unchecked() { " unchecked" } else { "" };
    match effect {
        SendEffect::Seek { event_type, .. } => format!("seek {event_type}"),
        SendEffect::Aim(it) => format!("aim {}", it.event.event_type()),
        SendEffect::Ask(it) => format!("ask 1 {}{}", it.event.event_type(), unchecked(&it.event)),
        SendEffect::Send(it) => format!("send {}{}", it.event.event_type(), unchecked(&it.event)),
        SendEffect::Follow { published, .. } => format!("follow {}", published.entry),
        SendEffect::Copies(it) => {
            format!("copies {} at {}", it.count, it.rate.map_or("-".to_owned(), |rate| rate.to_string()))
        }
        SendEffect::Again { events, .. } => format!("again {}", events.len()),
        SendEffect::Hold => "hold".to_owned(),
        SendEffect::GoOn => "go on".to_owned(),
        SendEffect::End => "end".to_owned(),
        SendEffect::File(effect) => crate::file::spell(effect),
        SendEffect::Shelf(effect) => shelf(effect),
    }
}

/// What was sent last.
pub(crate) fn look(app: &App) -> String {
    match &app.sending.last {
        None => "-".to_owned(),
        Some(SentWhat::One(one)) => match &one.answer {
            None => "being sent".to_owned(),
            Some(answer) => format!("{:?}", answer.is_ok()),
        },
        Some(SentWhat::Many(many)) => {
            format!("{} of {}: {}", many.progress.asked, many.progress.total.unwrap(), many.phase())
        }
    }
}

#[test]
fn what_was_sent_is_followed_and_what_comes_next_is_another_event() {
    let mut app = on_its_way();
    let id = event(&app).id();
    assert_eq!(app.compose.id, id);
    app.compose.uuid = || uuid::Uuid::from_u128(7);
    let published = published(&app, false);
    let effects = answer(&mut app, Ok(published.clone()));
    let number = app.sending.one().unwrap().number;
    assert_eq!(effects, [Effect::Compose(Box::new(SendEffect::Follow { number, published }))]);
    assert_ne!(app.compose.id, id, "the next one has an id of its own");
    let fate = |stage| vec![Fate { name: "sla".to_owned(), stage }];
    let told = FatesTold::Now(fate(Stage::Waiting));
    take(&mut app, SendDone::Fates { number, told });
    assert_eq!(app.sending.one().unwrap().fates, Some(fate(Stage::Waiting)));
    // Of an earlier one nothing is taken.
    take(&mut app, SendDone::Fates { number: number - 1, told: FatesTold::Now(Vec::new()) });
    assert_eq!(app.sending.one().unwrap().fates, Some(fate(Stage::Waiting)));
    take(&mut app, SendDone::Fates { number, told: FatesTold::Now(fate(Stage::Succeeded)) });
    // A person elsewhere is told how it ended.
    app.view = View::Flow;
    take(&mut app, SendDone::Fates { number, told: FatesTold::Over });
    assert_eq!(app.sending.one().unwrap().following, Following::Over);
    assert!(app.notices.toast.as_ref().unwrap().text.contains("succeeded with 1 handler"));
}

#[test]
fn an_unknown_outcome_is_cleared_up_with_the_same_id() {
    let mut app = on_its_way();
    let first = event(&app);
    assert!(answer(&mut app, Err(PublishError::Unknown("the link broke".to_owned()))).is_empty());
    assert_eq!(app.compose.id, first.id(), "until it is known, it is the same event");
    for keys in ["s", "alt-enter"] {
        press(&mut app, keys);
        assert_eq!((draft(&app).is_again, &draft(&app).event), (true, &first), "{keys}");
        press(&mut app, "esc");
    }
    let mut app = answered(
        {
            press(&mut app, "s");
            app
        },
        Ok(()),
    );
    press(&mut app, "tab enter");
    assert_eq!(event(&app), first);
    let published = published(&app, true);
    app.compose.uuid = || uuid::Uuid::from_u128(11);
    answer(&mut app, Ok(published));
    assert_ne!(app.compose.id, first.id());
    press(&mut app, "s");
    assert_ne!(draft(&app).event.id(), first.id(), "what is there is sent again as a new event");
    assert_eq!(draft(&app).event.payload(), first.payload());
}

#[test]
fn that_nobody_knows_goes_with_what_is_sent_again() {
    for (error, in_doubt) in [
        (PublishError::Unknown("the link broke".to_owned()), true),
        (PublishError::NotSent("refused".to_owned()), false),
    ] {
        let mut app = on_its_way();
        answer(&mut app, Err(error));
        press(&mut app, "s");
        let mut app = answered(app, Ok(()));
        press(&mut app, "tab");
        let enter: tidings::tui::keymap::Key = "enter".parse().unwrap();
        let effects = update(&mut app, Message::Key(enter.into()));
        let [Effect::Compose(effect)] = &effects[..] else { panic!("{effects:?}") };
        let SendEffect::Send(shipment) = &**effect else { panic!("{effect:?}") };
        assert_eq!(shipment.in_doubt, in_doubt);
    }
}

#[test]
fn what_is_sent_again_is_what_was_sent_to_the_letter() {
    // Sent as it was typed, and sent with braces that were meant.
    for (note, keys, found) in
        [("n{{number}}", "up up up space", "n{{number}}"), ("{{{{uuid}}", "", "{{uuid}}")]
    {
        let mut app = writable();
        press(&mut app, "tab");
        let text = format!(
            r#"{{"tenantId":"acme","id":"7b9d493c-9d7c-46d6-a6b0-99ba984ea078","level":"low","note":"{note}"}}"#
        );
        app.compose.area = tui_textarea::TextArea::new(vec![text]);
        press(&mut app, "space esc alt-enter");
        press(&mut app, keys);
        let mut app = focus_cancel(answered(app, Ok(())));
        press(&mut app, "tab enter");
        let first = event(&app);
        assert!(first.payload().contains(found), "{}", first.payload());
        for answered in [Err(PublishError::NotSent("refused".to_owned())), Ok(published(&app, false))] {
            answer(&mut app, answered);
            press(&mut app, "s");
            assert_eq!(draft(&app).event.payload(), first.payload());
            press(&mut app, "esc");
        }
    }
}

#[test]
fn what_is_not_in_the_history_is_not_said_to_be_sent() {
    let mut app = on_its_way();
    answer(&mut app, Err(PublishError::NotSent("refused".to_owned())));
    take(&mut app, SendDone::NotKept("the disk is full".to_owned()));
    let told = &app.notices.toast.as_ref().unwrap().text;
    assert!(told.contains("the disk is full") && !told.contains("it was sent"), "{told}");
}

#[test]
fn what_was_changed_after_an_unknown_outcome_is_another_event() {
    let mut app = on_its_way();
    let first = event(&app);
    answer(&mut app, Err(PublishError::Unknown("the link broke".to_owned())));
    app.compose.uuid = || uuid::Uuid::from_u128(9);
    press(&mut app, "g j j j j ctrl-g alt-enter");
    assert_ne!(draft(&app).event.id(), first.id());
    assert!(!draft(&app).is_again);
    assert!(app.notices.toast.as_ref().unwrap().text.contains("s sends the earlier one again"));
}

/// With placeholders in its payload, on a bus with channels; asked for, and not answered yet.
fn with_placeholders() -> App {
    let mut app = writable();
    app.compose.has_channels = true;
    press(&mut app, "tab");
    let text = r#"{"tenantId":"acme","id":"{{uuid}}","level":"low","note":"n{{number}}"}"#;
    app.compose.area = tui_textarea::TextArea::new(vec![text.to_owned()]);
    press(&mut app, "space esc alt-enter");
    let mut app = answered(app, Ok(()));
    press(&mut app, "tab enter");
    app
}

#[test]
fn placeholders_are_not_filled_in_anew_for_what_may_be_there() {
    let mut app = with_placeholders();
    let first = event(&app);
    assert!(first.payload().contains("\"n1\""), "{}", first.payload());
    // However often nobody knows, it is the same event.
    for _ in 0..3 {
        answer(&mut app, Err(PublishError::Unknown("the link broke".to_owned())));
        press(&mut app, "alt-enter");
        assert!(draft(&app).is_again, "the form says what it said");
        assert_eq!(draft(&app).event, first);
        app = answered(app, Ok(()));
        press(&mut app, "tab enter");
        assert_eq!(event(&app), first);
    }
    // Also after it was certain once that it is not there.
    answer(&mut app, Err(PublishError::NotSent("refused".to_owned())));
    press(&mut app, "s");
    app = answered(app, Ok(()));
    press(&mut app, "tab enter");
    answer(&mut app, Err(PublishError::Unknown("the link broke".to_owned())));
    press(&mut app, "alt-enter");
    assert_eq!((draft(&app).is_again, &draft(&app).event), (true, &first));
}

#[test]
fn another_channel_or_type_is_another_event_and_the_first_one_stays_what_it_was() {
    let channel = |app: &mut App| {
        app.compose.choose_channel(Some(tidings::event::Channel::new("emailservice::v7").unwrap()));
    };
    let event_type = |app: &mut App| {
        app.compose.event_type = Some(tidings::event::EventType::new("OTHER").unwrap());
    };
    for change in [&channel as &dyn Fn(&mut App), &event_type] {
        let mut app = with_placeholders();
        let first = event(&app);
        answer(&mut app, Err(PublishError::Unknown("the link broke".to_owned())));
        app.compose.uuid = || uuid::Uuid::from_u128(9);
        let before = (app.compose.channel.clone(), app.compose.event_type.clone());
        change(&mut app);
        press(&mut app, "alt-enter");
        assert!(!draft(&app).is_again);
        assert_ne!(draft(&app).event.id(), first.id());
        press(&mut app, "esc");
        // Changed back, it is the one that may be there.
        (app.compose.channel, app.compose.event_type) = before;
        press(&mut app, "alt-enter");
        assert_eq!((draft(&app).is_again, &draft(&app).event), (true, &first));
    }
}

#[test]
fn one_that_may_be_there_has_no_copies() {
    let mut app = on_its_way();
    answer(&mut app, Err(PublishError::Unknown("the link broke".to_owned())));
    press(&mut app, "s");
    let Some(Popup::Form(form)) = &app.popup else { panic!("nothing is asked") };
    assert!(!form.slots().contains(&tidings::tui::app::Slot::Copies), "{:?}", form.slots());
    assert_eq!(form.count(), 1);
}

/// Copies, of which nobody knows these: as they were sent.
fn doubtful_copies(doubtful: Vec<NewEvent>) -> App {
    let mut app = copies();
    let number = app.sending.many().unwrap().number;
    let doubt = |event: &NewEvent| tidings::compose::Doubt { number: 1, event: event.id() };
    let progress = Progress {
        phase: SendPhase::Stopped("the link broke".to_owned()),
        total: Some(3),
        asked: 3,
        unknown: doubtful.len() as u64,
        doubts: doubtful.iter().map(doubt).collect(),
        doubtful,
        ..Progress::default()
    };
    take(&mut app, SendDone::CopiesAt { number, progress: Box::new(progress) });
    app.compose.uuid = || uuid::Uuid::from_u128(9);
    app
}

#[test]
fn all_copies_that_may_be_there_are_sent_again_with_their_ids() {
    let copy = |number: u128| {
        let id = tidings::event::EventId::from(uuid::Uuid::from_u128(0x4000_8000_0000_0000_0000 + number));
        let text = draft(&asked()).event.text().replacen(
            &draft(&asked()).event.id().to_string(),
            &id.to_string(),
            1,
        );
        NewEvent::from_text(text).unwrap()
    };
    let doubtful: Vec<NewEvent> = (10..13).map(copy).collect();
    let mut app = doubtful_copies(doubtful.clone());
    assert_eq!(app.losses(), [Loss::Doubt(3)]);
    press(&mut app, "s");
    assert_eq!((draft(&app).is_again, &draft(&app).event, draft(&app).also.len()), (true, &doubtful[0], 2));
    assert_eq!(draft(&app).count(), Some(3));
    let mut app = answered(app, Ok(()));
    let Some(Popup::Form(form)) = &app.popup else { panic!("nothing is asked") };
    assert_eq!((form.focus, form.count()), (tidings::tui::app::Slot::Cancel, 3));
    press(&mut app, "tab");
    let effects =
        update(&mut app, Message::Key("enter".parse::<tidings::tui::keymap::Key>().unwrap().into()));
    let number = app.sending.many().unwrap().number;
    assert_eq!(effects, [Effect::Compose(Box::new(SendEffect::Again { number, events: doubtful.clone() }))]);
    // Where it never begins, nobody knows more than before.
    let mut unbegun = doubtful_copies(vec![doubtful[0].clone(), doubtful[1].clone(), doubtful[2].clone()]);
    press(&mut unbegun, "s");
    let mut unbegun = answered(unbegun, Ok(()));
    press(&mut unbegun, "tab enter");
    let again = unbegun.sending.many().unwrap().number;
    let stopped = Progress {
        phase: SendPhase::Stopped("no context is open".to_owned()),
        total: Some(3),
        ..Progress::default()
    };
    take(&mut unbegun, SendDone::CopiesAt { number: again, progress: Box::new(stopped) });
    assert_eq!(unbegun.losses(), [Loss::Doubt(3)]);
    press(&mut unbegun, "s");
    assert_eq!(
        (draft(&unbegun).is_again, &draft(&unbegun).event, draft(&unbegun).also.len()),
        (true, &doubtful[0], 2)
    );
    // What comes of it is known then, and nothing is lost any more.
    let progress =
        Progress { phase: SendPhase::Finished, total: Some(3), asked: 3, repeated: 3, ..Progress::default() };
    take(&mut app, SendDone::CopiesAt { number, progress: Box::new(progress) });
    assert_eq!((app.losses().contains(&Loss::Doubt(3)), app.sending.doubts()), (false, 0));
    press(&mut app, "s");
    assert!(!draft(&app).is_again && draft(&app).also.is_empty());
}

#[test]
fn copies_that_are_all_known_are_sent_again_as_new_ones() {
    let mut app = doubtful_copies(Vec::new());
    let first = app.sending.many().unwrap().first.clone();
    press(&mut app, "s");
    assert!(!draft(&app).is_again);
    assert_ne!(draft(&app).event.id(), first.id());
}

#[test]
fn new_ones_beside_copies_that_may_be_there_are_warned_of() {
    let event = draft(&asked()).event.clone();
    let mut app = doubtful_copies(vec![event]);
    press(&mut app, "alt-enter");
    assert!(app.notices.toast.as_ref().unwrap().text.contains("s sends those again, which makes no double"));
    assert!(!draft(&app).is_again);
}

#[test]
fn no_way_up_out_of_a_dialog_leads_to_what_is_done() {
    let mut file = writable();
    press(&mut file, "F");
    let mut copies = asked();
    press(&mut copies, "up up");
    for mut app in [file, copies] {
        for key in ["up", "up", "shift-tab", "up", "up", "up", "up"] {
            press(&mut app, key);
            let Some(Popup::Form(form)) = &app.popup else { panic!("it is closed") };
            assert_ne!(form.focus, tidings::tui::app::Slot::Go);
        }
    }
}

#[test]
fn a_field_that_is_left_gives_the_keys_to_cancel_in_every_dialog() {
    let mut file = writable();
    press(&mut file, "F");
    let mut typed = writable();
    press(&mut typed, "F a b l h tab x");
    let mut copies = asked();
    press(&mut copies, "up up 2 5");
    let mut rate = asked();
    press(&mut rate, "up 7");
    for mut app in [file, typed].into_iter().chain([copies, rate]) {
        press(&mut app, "esc");
        let Some(Popup::Form(form)) = &app.popup else { panic!("it is closed") };
        assert_eq!(form.focus, tidings::tui::app::Slot::Cancel);
        assert!(
            update(&mut app, Message::Key("enter".parse::<tidings::tui::keymap::Key>().unwrap().into()))
                .is_empty()
        );
        assert!(app.popup.is_none() && app.sending.last.is_none());
    }
}

#[test]
fn copies_that_do_not_fit_are_not_said_to_be_sent() {
    for (bad, told) in [(0, "all are sent"), (2, "all others are sent: 2 could not be")] {
        let mut app = copies();
        let number = app.sending.many().unwrap().number;
        let numbers = Progress { total: Some(3), asked: 3, published: 3 - bad, bad, ..Progress::default() };
        let progress = Box::new(Progress { phase: SendPhase::Finished, ..numbers });
        take(&mut app, SendDone::CopiesAt { number, progress });
        assert_eq!(app.sending.many().unwrap().phase(), told);
    }
}

#[test]
fn sending_again_keeps_the_choice_of_the_copy_for_workflows() {
    let mut app = writable();
    "alga-psa".clone_into(&mut app.context.profile);
    let mut app = answered(app, Ok(()));
    press(&mut app, "tab tab space");
    assert_eq!(draft(&app).event.workflow_copy(), Some(true));
    let mut app = focus_cancel(answered(app, Ok(())));
    press(&mut app, "tab enter");
    let published = published(&app, false);
    answer(&mut app, Ok(published));
    press(&mut app, "s");
    assert_eq!(draft(&app).event.workflow_copy(), Some(true));
    assert_eq!(draft(&app).workflow, Some(Some(true)));
}

#[test]
fn what_was_sent_or_kept_as_a_template_is_not_lost_by_leaving() {
    let mut app = answered(typed(), Ok(()));
    press(&mut app, "tab enter");
    let published = published(&app, false);
    answer(&mut app, Ok(published));
    assert_eq!(app.losses(), []);
    // What is changed behind it, and taken back, is as it was.
    app.compose.uuid = || uuid::Uuid::from_u128(77);
    press(&mut app, "ctrl-g");
    assert_eq!(app.losses(), [Loss::Typed]);
    press(&mut app, "u");
    assert_eq!(app.losses(), []);

    let mut app = typed();
    press(&mut app, "ctrl-s enter");
    let enter: tidings::tui::keymap::Key = "enter".parse().unwrap();
    let effects = update(&mut app, Message::Key(enter.into()));
    let [Effect::Compose(keep)] = &effects[..] else { panic!("{effects:?}") };
    let SendEffect::Shelf(ShelfEffect::Keep { name, text, .. }) = &**keep else { panic!("{keep:?}") };
    for (answer, left) in [
        (Err(tidings::bus::StoreError::Failed("the disk is full".to_owned())), vec![Loss::Typed]),
        (Ok(()), Vec::new()),
    ] {
        assert_eq!(app.losses(), [Loss::Typed], "it is not kept yet");
        take(&mut app, SendDone::Shelf(ShelfDone::Kept { name: name.clone(), text: text.clone(), answer }));
        assert_eq!(app.losses(), left);
    }
}

#[test]
fn a_context_is_not_left_while_nobody_knows_what_was_sent_there() {
    let elsewhere = Goal::Context("staging".to_owned());
    assert!(on_its_way().may_go_to(&elsewhere).unwrap_err().contains("wait for it"));
    assert!(in_doubt().may_go_to(&elsewhere).unwrap_err().contains("makes no double"));
    assert!(copies().may_go_to(&elsewhere).is_err());
    assert_eq!((writable().may_go_to(&elsewhere), sent().may_go_to(&elsewhere)), (Ok(()), Ok(())));
    assert_eq!(in_doubt().may_go_to(&Goal::Anew), Ok(()), "it is the same context still");
}

#[test]
fn what_was_trimmed_is_not_told_as_succeeded() {
    let fate = |name: &str, stage| Fate { name: name.to_owned(), stage };
    for (fates, told) in [
        (
            vec![fate("sla", Stage::Succeeded), fate("mail", Stage::Trimmed)],
            "trimmed away before it was given to mail",
        ),
        (
            vec![fate("sla", Stage::Trimmed), fate("mail", Stage::Trimmed)],
            "trimmed away before it was given to sla and 1 more",
        ),
        (
            vec![fate("sla", Stage::Trimmed), fate("mail", Stage::Dead { reason: None, error: None })],
            "dead with mail",
        ),
        (vec![fate("sla", Stage::Succeeded)], "succeeded with 1 handler"),
        (vec![fate("sla", Stage::Succeeded), fate("mail", Stage::Waiting)], "succeeded with 1 of 2 handlers"),
        (vec![fate("mail", Stage::Waiting)], "nobody is done with it"),
        (Vec::new(), "nobody has received it"),
    ] {
        let mut app = sent();
        let number = app.sending.one().unwrap().number;
        take(&mut app, SendDone::Fates { number, told: FatesTold::Now(fates) });
        app.view = View::Flow;
        take(&mut app, SendDone::Fates { number, told: FatesTold::Over });
        assert!(app.notices.toast.as_ref().unwrap().text.ends_with(told), "{:?}", app.notices.toast);
    }
}

#[test]
fn what_was_not_sent_keeps_its_id_and_is_not_followed() {
    let mut app = on_its_way();
    let first = event(&app);
    let effects = answer(&mut app, Err(PublishError::NotSent("refused".to_owned())));
    assert_eq!((effects.len(), app.compose.id), (0, first.id()));
    press(&mut app, "s");
    assert_eq!(draft(&app).event.id(), first.id());
    assert!(!draft(&app).is_again);
}

#[test]
fn an_outcome_of_another_context_is_told_and_not_shown_here() {
    let mut app = on_its_way();
    let one = app.sending.one().unwrap();
    let (number, event) = (one.number, Box::new(one.event.clone()));
    let published = published(&app, false);
    let info = tidings::bus::ContextInfo { name: "other".to_owned(), ..Default::default() };
    let labels = app.setup.labels.clone();
    let schemas = app.schemas.clone();
    update(
        &mut app,
        Message::Done(EffectDone::Opened { info, labels, operator: Ok(()), publisher: Ok(()), schemas }),
    );
    assert!(app.sending.last.is_none());
    let effects =
        take(&mut app, SendDone::Sent { number, context: "first".to_owned(), event, answer: Ok(published) });
    assert!(effects.is_empty());
    assert!(app.notices.toast.as_ref().unwrap().text.contains("was sent (first)"));
}

#[test]
fn answers_to_an_earlier_question_are_not_taken() {
    let mut app = writable();
    press(&mut app, "alt-enter");
    let number = draft(&app).number;
    press(&mut app, "esc alt-enter");
    let why = BusError::Unavailable { what: "gone".to_owned() };
    take(&mut app, SendDone::Receivers { number, answer: Err(why) });
    assert!(draft(&app).receivers.is_none());
}

#[test]
fn placeholders_are_filled_in_and_what_is_none_is_sent_as_it_is_typed() {
    let mut app = writable();
    press(&mut app, "tab");
    let text =
        |note: &str| format!(r#"{{"tenantId":"acme","id":"{{{{uuid}}}}","level":"low","note":"{note}"}}"#);
    for (note, fills, found) in
        [("n{{number}}", Some(true), "\"note\":\"n1\""), ("{{name}}", Some(false), "{{name}}")]
    {
        app.compose.area = tui_textarea::TextArea::new(vec![text(note)]);
        press(&mut app, "space alt-enter");
        let draft = draft(&app);
        assert_eq!(draft.fills, fills, "{note}: {:?}", draft.unfillable);
        assert!(draft.event.payload().contains(found), "{}", draft.event.payload());
        press(&mut app, "esc");
    }
}

#[test]
fn in_production_the_number_of_many_copies_is_typed() {
    let mut app = writable();
    app.context.production = true;
    let mut app = answered(app, Ok(()));
    press(&mut app, "up up ctrl-u 1 0 1 esc tab enter");
    let told = app.notices.toast.clone().unwrap().text;
    assert!(told.contains("type the number of events, 101"), "{told}");
}

#[test]
fn the_end_of_many_copies_is_told_to_a_person_elsewhere() {
    let mut app = copies();
    let number = app.sending.many().unwrap().number;
    app.view = View::Flow;
    let phase = SendPhase::Finished;
    let progress = Progress { phase, total: Some(3), asked: 3, published: 3, ..Progress::default() };
    take(&mut app, SendDone::CopiesAt { number, progress: Box::new(progress) });
    assert!(app.notices.toast.as_ref().unwrap().text.contains("all are sent: 3 are on the bus"));
    assert!(!app.sending.is_busy());
}

fn shelf(effect: &ShelfEffect) -> String {
    match effect {
        ShelfEffect::Templates => "templates".to_owned(),
        ShelfEffect::Keep { name, replaces, .. } => format!("keep {name} {replaces}"),
        ShelfEffect::Delete(name) => format!("delete {name}"),
        ShelfEffect::History => "history".to_owned(),
    }
}
