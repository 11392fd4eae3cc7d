//! The Events view, reading back: twenty minutes lie on the bus, of which the last have come.

use std::sync::LazyLock;

use crossterm::event::KeyEvent;
use ratatui::layout::Size;
use tidings::bus::{
    ArchivePage, ArchiveQuery, Batch, BusError, BusSignal, Direction, Link, Origin, ServerFacts,
};
use tidings::event::Entry;
use tidings::tui::app::{App, View};
use tidings::tui::effect::{Effect, EffectDone};
use tidings::tui::keymap::Key;
use tidings::tui::message::Message;
use tidings::tui::update::update;

use super::stage::{MIDDLE, SMALL, apply, day, facts, fresh, go_live, screen, take};

static LYING: LazyLock<Vec<Entry>> = LazyLock::new(|| day(4.0, 20, None));

/// How many have come.
const CAME: usize = 400;

pub(super) fn came(size: Size) -> App {
    let mut app = fresh(size);
    go_live(&mut app);
    take(&mut app, LYING[LYING.len() - CAME..].to_vec());
    app.view = View::Events;
    app
}

/// What a bus with these answers.
pub(super) fn page(query: &ArchiveQuery) -> ArchivePage {
    let fits = |entry: &&Entry| match query.direction {
        Direction::Older => entry.id < query.from,
        Direction::Newer => entry.id > query.from,
    };
    let mut entries: Vec<_> = LYING.iter().filter(fits).cloned().collect();
    let is_end = entries.len() <= query.at_most;
    let left_out = entries.len().saturating_sub(query.at_most);
    let reached = match query.direction {
        Direction::Older => {
            entries.drain(..left_out);
            entries.first()
        }
        Direction::Newer => {
            entries.truncate(query.at_most);
            entries.last()
        }
    };
    let reached = reached.map_or(query.from, |entry| entry.id);
    ArchivePage { entries, reached, is_end, ..ArchivePage::default() }
}

/// Presses keys; at most so many questions of the last are answered.
fn pressed(mut app: App, keys: &str, at_most: usize) -> App {
    let keys: Vec<Key> = keys.split_whitespace().map(|key| key.parse().unwrap()).collect();
    for (at, key) in keys.iter().enumerate() {
        let effects = update(&mut app, Message::Key(KeyEvent::from(*key)));
        let at_most = if at + 1 == keys.len() { at_most } else { usize::MAX };
        answer(&mut app, effects, at_most, &Ok(()));
    }
    app
}

/// Answers so many questions, and those that follow from the answers.
fn answer(app: &mut App, mut effects: Vec<Effect>, at_most: usize, how: &Result<(), BusError>) {
    let mut left = at_most;
    while left > 0
        && let Some(effect) = effects.pop()
    {
        let Effect::ReadBack { number, query } = effect else { continue };
        left -= 1;
        let answer = how.clone().map(|()| Box::new(page(&query)));
        effects.extend(update(app, Message::Done(EffectDone::ReadBack { number, query, answer })));
    }
    while app.has_work() {
        update(app, Message::Spare);
    }
}

pub(super) const JUMP: &str = "T - 1 5 m enter";

#[test]
fn a_time_is_asked_for_and_what_is_typed_is_read_as_it_is_typed() {
    for size in [SMALL, MIDDLE] {
        insta::assert_snapshot!(format!("rewind-field-{size}"), screen(&pressed(came(size), "T", 0)));
        let typed = "T y e s t e r d a y space 1 4 : 0 2";
        insta::assert_snapshot!(format!("rewind-typed-{size}"), screen(&pressed(came(size), typed, 0)));
        insta::assert_snapshot!(format!("rewind-wrong-{size}"), screen(&pressed(came(size), "T n o o n", 0)));
    }
}

#[test]
fn a_stretch_of_the_past_says_that_it_is_one_and_what_came_since() {
    for size in [SMALL, MIDDLE] {
        let mut app = pressed(came(size), JUMP, usize::MAX);
        let entries = LYING[LYING.len() - 12..].to_vec();
        update(&mut app, Message::Signals(vec![BusSignal::Entries(Batch { origin: Origin::Live, entries })]));
        insta::assert_snapshot!(format!("rewind-past-{size}"), screen(&app));
        insta::assert_snapshot!(format!("rewind-oldest-{size}"), screen(&pressed(app, "G", usize::MAX)));
    }
}

#[test]
fn what_is_read_and_what_cannot_be_read_shows() {
    for size in [SMALL, MIDDLE] {
        insta::assert_snapshot!(format!("rewind-coming-{size}"), screen(&pressed(came(size), JUMP, 0)));
        let mut app = pressed(came(size), JUMP, usize::MAX);
        let lost =
            BusError::Unavailable { what: "redis://10.0.3.7:6379: the connection was reset".to_owned() };
        while app.rewound().is_some_and(|shown| shown.stretch.error.is_none()) {
            let effects = update(&mut app, Message::Key(KeyEvent::from("pgup".parse::<Key>().unwrap())));
            answer(&mut app, effects, 1, &Err(lost.clone()));
        }
        app.notices.toast = None;
        insta::assert_snapshot!(format!("rewind-lost-{size}"), screen(&app));
    }
}

#[test]
fn what_matches_nothing_says_how_far_it_was_looked() {
    for size in [SMALL, MIDDLE] {
        let app = pressed(came(size), "/ z z z z enter", usize::MAX);
        insta::assert_snapshot!(format!("rewind-hidden-{size}"), screen(&app));
        let app = pressed(app, JUMP, usize::MAX);
        insta::assert_snapshot!(format!("rewind-nothing-{size}"), screen(&app));
    }
}

#[test]
fn a_bus_that_keeps_nothing_says_so_below_its_last_event() {
    let mut app = came(SMALL);
    app.monitor = tidings::monitor::Monitor::new(app.setup.limits, app.setup.labels.clone());
    app.events.lens = tidings::monitor::Lens::new(
        tidings::filter::Filter::default(),
        tidings::monitor::Scope::default(),
        &app.monitor,
    );
    let server = ServerFacts { replayable: false, ..facts() };
    apply(&mut app, BusSignal::Link(Link::Live(server)));
    take(&mut app, LYING[LYING.len() - 5..].to_vec());
    insta::assert_snapshot!("rewind-pubsub", screen(&pressed(app, "G j", 0)));
}
