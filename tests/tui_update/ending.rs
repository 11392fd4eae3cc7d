//! Exports that are under way when the dashboard, the context or what is watched of it is left: that is asked, and what is
//! said of the file is what becomes of it.

use tidings::bus::{BusError, BusSignal, ServerFacts};
use tidings::tui::app::{App, Form, Goal, Loss, Popup, What};
use tidings::tui::effect::{Effect, EffectDone, ExportStep};
use tidings::tui::keymap::Key;
use tidings::tui::message::Message;
use tidings::tui::update::update;

use crate::queue::{edited, queue};
use crate::rewind::kept;
use crate::script::Script;
use crate::start::{on_one_channel, told};

pub(crate) const SCRIPTS: &[Script] = &[
    // Leaving asks, and Stay goes on with it.
    (kept, "2 ctrl-s enter q", "popup=leave; effects="),
    (kept, "2 ctrl-s enter q enter", "popup=-; effects="),
    (kept, "2 ctrl-s enter q tab enter", "effects=quit Quit"),
    (kept, "2 ctrl-s enter ctrl-c", "effects=quit Interrupted"),
    (whole, "q", "popup=-; effects=quit Quit"),
    (queue, "ctrl-s enter q", "popup=leave; effects="),
    (edited, "esc q", "popup=leave; effects="),
    // Another context asks, and it is given up before that is opened.
    (kept, "2 ctrl-s enter K \"stag\" enter", "popup=switch; effects=; bus=prod"),
    (kept, "2 ctrl-s enter K \"stag\" enter enter", "popup=-; effects=; bus=prod"),
    (kept, "2 ctrl-s enter K \"stag\" enter tab enter", "effects=GiveUp, observe staging All; bus=staging"),
    (queue, "ctrl-s enter K \"stag\" enter", "popup=switch; effects=; bus=prod"),
    (queue, "ctrl-s enter K \"stag\" enter tab enter ctrl-s", "told=no rows here"),
    // So do other channels: the numbers of what is written mean nothing there.
    (on_one_channel, "2 ctrl-s enter C up enter", "popup=switch; effects="),
    (on_one_channel, "2 ctrl-s enter C up enter tab enter", "effects=GiveUp, observe prod All"),
    // While a file is put in its place, nobody goes anywhere.
    (whole, "K \"stag\" enter", "popup=-; effects=; bus=prod; told=once more when that is told"),
    (whole, "esc", "effects=; view=events; told=the file stays"),
    // Where watching has ended, so does watching anew.
    (ended, "ctrl-r", "popup=switch; effects="),
    (ended, "ctrl-r tab enter", "effects=GiveUp, observe prod All; told=the export is ended after 0 of 200"),
];

fn exporting() -> App {
    let mut app = kept();
    for key in ["2", "ctrl-s", "enter"] {
        update(&mut app, Message::Key(key.parse::<Key>().unwrap().into()));
    }
    assert!(app.events.exporting.is_some());
    app
}

fn answered(app: &mut App, kept: bool) -> Vec<Effect> {
    let answer = EffectDone::EventsWritten { number: 1, answer: Ok(()), kept };
    update(app, Message::Done(answer))
}

/// All is written, and the file is on its way to its place.
fn whole() -> App {
    let mut app = exporting();
    while !matches!(&answered(&mut app, false)[..], [Effect::ExportEvents { step: ExportStep::Keep, .. }]) {}
    app
}

fn ended() -> App {
    let mut app = exporting();
    let why = BusError::Unsupported("it ended".to_owned());
    update(&mut app, Message::Done(EffectDone::Ended { context: "prod".to_owned(), why }));
    assert!(app.ended);
    app
}

fn press(app: &mut App, keys: &str) -> Vec<Effect> {
    let keys = keys.split_whitespace().map(|key| key.parse::<Key>().unwrap());
    keys.map(|key| update(app, Message::Key(key.into()))).last().unwrap_or_default()
}

#[test]
fn whoever_presses_esc_while_a_file_is_finished_is_told_that_it_stays_and_it_is_told_when_it_is_there() {
    let mut app = whole();
    assert_eq!(app.losses(), [], "nothing is lost by leaving now");
    assert_eq!(press(&mut app, "esc"), []);
    assert_eq!(told(&app), "all of it is written by now: the file stays");
    assert_eq!(answered(&mut app, true), []);
    assert_eq!(told(&app), "exported 200 events to events-2026-11-23.jsonl");
    assert!(app.events.exporting.is_none());
}

#[test]
fn what_came_to_its_end_while_it_was_asked_about_is_lost_no_more() {
    let mut app = exporting();
    press(&mut app, "K");
    press(&mut app, "s t a g enter");
    let goal = Goal::Context("staging".to_owned());
    assert!(
        matches!(&app.popup, Some(Popup::Form(form)) if matches!(&form.what, What::Switch(to) if *to == goal))
    );
    assert_eq!(app.lost_by(&goal), [Loss::Export]);
    while !matches!(&answered(&mut app, false)[..], [Effect::ExportEvents { step: ExportStep::Keep, .. }]) {}
    assert_eq!(app.lost_by(&goal), []);
    // It is being put in its place: whoever goes now is told nothing of it.
    press(&mut app, "tab enter");
    assert!(app.context.name == "prod" && told(&app).contains("once more"), "{}", told(&app));
    answered(&mut app, true);
    assert!(told(&app).starts_with("exported 200"), "{}", told(&app));
    press(&mut app, "K s t a g enter");
    assert_eq!(app.context.name, "staging");
}

#[test]
fn an_export_of_failed_events_goes_on_however_its_bus_is_watched_and_can_be_ended() {
    let mut app = queue();
    press(&mut app, "ctrl-s enter");
    assert!(app.failed.exporting.is_some());
    for goal in [Goal::Anew, Goal::Channels(tidings::bus::ChannelScope::All)] {
        assert_eq!(app.lost_by(&goal), []);
        app.popup = Some(Popup::Form(Box::new(Form::new(What::Switch(goal), false))));
        let effects = press(&mut app, "tab enter");
        assert!(matches!(effects[..], [Effect::Observe { .. }]), "{effects:?}");
        assert!(app.failed.exporting.is_some(), "it is the same context");
    }
    // As before, where a person looks at it.
    let link = BusSignal::Link(tidings::bus::Link::Live(ServerFacts::default()));
    update(&mut app, Message::Signals(vec![link, BusSignal::CaughtUp]));
    assert_eq!(press(&mut app, "esc"), [Effect::EndExport]);
    assert_eq!(told(&app), "ending the export to failed-2026-11-23.jsonl");
}

#[test]
fn how_far_an_export_of_failed_events_is_takes_the_place_of_nothing_else_that_is_told() {
    let mut app = queue();
    let so_far = |app: &mut App, n| {
        update(app, Message::Done(EffectDone::ExportedSoFar(n)));
        told(app).to_owned()
    };
    press(&mut app, "esc ctrl-s enter");
    assert_eq!(so_far(&mut app, 3), "exporting to failed-2026-11-23.jsonl: 3 of 8; Esc ends it");
    assert_eq!(so_far(&mut app, 5), "exporting to failed-2026-11-23.jsonl: 5 of 8; Esc ends it");
    press(&mut app, "ctrl-s");
    assert!(so_far(&mut app, 6).contains("one export is running"), "why a key did nothing is read");
    press(&mut app, "esc");
    app.notices.toast = None;
    assert_eq!(app.failed.exporting.as_ref().map(|exporting| exporting.written), Some(6));
    update(&mut app, Message::Done(EffectDone::ExportedSoFar(7)));
    assert!(app.notices.toast.is_none(), "it is being ended: what came of that is told");
}
