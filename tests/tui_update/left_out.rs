//! What many failed events are asked about leaves out, and says so.

use tidings::tui::action::Action;
use tidings::tui::app::{App, Popup, View, What};
use tidings::tui::effect::EffectDone;
use tidings::tui::message::Message;
use tidings::tui::update::update;

use crate::queue::{events, queue, reading};
use crate::start::{press, told};

#[test]
fn a_filter_and_a_tenant_are_respected_by_all_that_acts_on_many() {
    let mut app = queue();
    for key in ["g", "v", "G", "v"] {
        press(&mut app, key);
    }
    assert_eq!(app.failed.marks.len(), 8);
    for key in "/ h a n d l e r : s l a enter r".split(' ') {
        press(&mut app, key);
    }
    while app.has_work() {
        update(&mut app, Message::Spare);
    }
    let Some(Popup::Form(form)) = &app.popup else { panic!("the plan is asked for") };
    let What::Retry(draft) = &form.what else { panic!("it is a plan") };
    assert_eq!(draft.plan.items.len(), 4);
    assert!(draft.notes[0].contains("4 marked events do not pass"), "{:?}", draft.notes);
    assert_eq!(app.view, View::Failed);
}

#[test]
fn what_is_known_to_be_gone_offers_nothing_that_can_be_done_to_it() {
    let mut app = queue();
    press(&mut app, "enter");
    let at = app.failed.detail.as_ref().unwrap().event.at.clone();
    assert_eq!(app.allows(Action::Retry), Ok(()));
    let shown = EffectDone::Shown { context: "prod".to_owned(), at, answer: Ok(None) };
    update(&mut app, Message::Done(shown));
    for action in [Action::Retry, Action::EditRetry, Action::Discard, Action::Release] {
        assert!(app.allows(action).unwrap_err().contains("does not lie there any more"), "{action:?}");
    }
    press(&mut app, "r");
    assert!(app.popup.is_none() && told(&app).contains("does not lie there any more"), "{}", told(&app));
}

#[test]
fn what_is_not_known_here_is_said_to_be_left_out_of_a_plan_of_all() {
    let notes = |app: &App| match &app.popup {
        Some(Popup::Form(form)) => match &form.what {
            What::Retry(draft) => draft.notes.clone(),
            What::Discard(chosen) => chosen.notes.clone(),
            _ => panic!("neither a plan nor a discard"),
        },
        _ => panic!("nothing is asked"),
    };
    let left_out = |app: &App| notes(app).iter().any(|note| note == "what was not read yet is left out");
    for (keys, is_said) in [("R", true), ("g r", false), ("z g r", true), ("z g D", true), ("g D", false)] {
        for (mut app, is_whole) in [(reading(events()), false), (queue(), true)] {
            keys.split(' ').for_each(|key| press(&mut app, key));
            assert_eq!(left_out(&app), is_said && !is_whole, "{keys}: {:?}", notes(&app));
        }
    }
}
