//! Exports of failed events that are ended.

use tidings::tui::effect::{Effect, EffectDone};
use tidings::tui::host::{Export, NotExported};
use tidings::tui::keymap::Key;
use tidings::tui::message::Message;
use tidings::tui::update::update;

use crate::queue::queue;
use crate::script::Script;
use crate::start::{press, told};

pub(crate) const SCRIPTS: &[Script] = &[
    // One at a time; Esc ends it, where it is looked at.
    (queue, "ctrl-s enter", "told=exporting 1 event to failed-2026-11-23.jsonl; told=Esc ends it"),
    (queue, "ctrl-s enter ctrl-s", "popup=-; told=one export is running"),
    (queue, "ctrl-s enter esc", "view=failed; effects=end export; told=ending the export to failed-2026"),
    (queue, "ctrl-s enter 1 esc", "effects="),
    (queue, "esc", "effects="),
];

#[test]
fn what_was_ended_says_how_far_it_was_and_what_is_on_the_disk() {
    let mut app = queue();
    for (replaces, written, on_disk) in [
        (false, 1, "failed-2026-11-23.jsonl is removed"),
        // It may not have been made: one that lies there is another one.
        (false, 0, "no file is left of it"),
        (true, 1, "failed-2026-11-23.jsonl is as it was"),
    ] {
        press(&mut app, "ctrl-s");
        let effects = update(&mut app, Message::Key("enter".parse::<Key>().unwrap().into()));
        let [Effect::Export(export)] = &effects[..] else { panic!("{effects:?}") };
        assert!(app.failed.exporting.is_some());
        let export = Box::new(Export { replaces, ..(**export).clone() });
        let answer = Err(NotExported::Ended(written));
        update(&mut app, Message::Done(EffectDone::Exported { export, answer }));
        assert_eq!(told(&app), format!("the export is ended after {written} of 1: {on_disk}"));
        assert!(app.failed.exporting.is_none(), "another one may be begun");
    }
}
