//! Errors of handlers: the pane of the Flow view, and the page over any view.

use chrono::TimeDelta;
use tidings::bus::{Batch, BusSignal, FailureFeed, Origin};
use tidings::event::EventId;
use tidings::tui::app::App;
use tidings::tui::message::Message;
use tidings::tui::update::update;

use crate::failed::{again, batch, dead, failed};
use crate::script::Script;
use crate::start::{entry, events, full, now, press, with};

pub(crate) const SCRIPTS: &[Script] = &[
    // Where nobody has said that errors are recorded, there are none to show.
    (full, "E", "pane=types; told=nobody has said"),
    (events, "j o", "pane=list; told=records no failed attempts"),
    // The list of groups, then a group, then an event; Esc one thing at a time.
    (failing, "E", "pane=groups - of 2"),
    (failing, "E j", "pane=groups 0 of 2"),
    (failing, "E j j j", "pane=groups 1 of 2"),
    (failing, "E G k", "pane=groups 0 of 2"),
    (failing, "E pgdn pgup ctrl-d ctrl-u g", "pane=groups 0 of 2"),
    (failing, "E enter", "pane=group - of 3"),
    (failing, "E j j enter", "pane=group - of 2"),
    (failing, "E enter j j", "pane=group 1 of 3"),
    (failing, "E j j enter enter", "pane=event of 2"),
    (failing, "E j j enter enter j k", "pane=event of 2"),
    (failing, "E enter enter enter", "told=open already"),
    (failing, "E j j enter enter esc", "pane=group 0 of 2"),
    (failing, "E j j enter enter esc esc", "pane=groups 1 of 2"),
    (failing, "E enter esc esc", "view=flow; pane=types"),
    (failing, "E E", "told=errors are open"),
    (failing, "E q", "effects=quit Quit"),
    (failing, "E 2", "view=events; pane=list"),
    (failing, "E 1", "view=flow; pane=types"),
    (failing, "E tab", "told=one pane"),
    (failing, "3 E", "view=handlers; pane=groups - of 2"),
    (failing, "3 E esc", "view=handlers; pane=table"),
    // Filter and tenant narrow them.
    (failing, "/ \"handler:mail\" enter E", "pane=groups - of 1"),
    (failing, "E / \"error:locked\" enter", "pane=groups - of 1"),
    (failing, "E / \"attempt>1\" enter enter", "pane=group - of 1"),
    (failing, "E t \"acme\" enter", "pane=groups - of 1"),
    // From an event to what became of it, and back.
    (failing, "2 j o", "view=events; pane=event of 2"),
    (failing, "2 j o esc", "view=events; pane=list; row=0"),
    (failing, "2 j j o", "pane=list; told=no failed attempt at this event is known"),
    // Of a group, its events: Esc comes back to it.
    (failing, "E o", "view=events; filter=handler:sla type:A"),
    (failing, "E o esc", "view=flow; filter=; pane=groups - of 2"),
    (failing, "E enter o esc", "pane=group - of 3"),
    (failing, "E j j enter enter o", "view=events; row=0; filter=id:00000000-0000-0000-0000-0000000003e7"),
    (failing, "E j j enter enter o esc", "view=flow; pane=event of 2; filter="),
    (failing, "2 j o o esc", "view=events; pane=event of 2; filter="),
    (failing, "E enter enter o", "told=not in memory"),
    // Its failed events: nothing is retried on the way, and Esc comes back.
    (failing, "E r", "view=failed; filter=handler:sla type:A; effects=read; popup=-"),
    (failing, "E r esc", "view=flow; filter=; pane=groups - of 2"),
    (failing, "E enter r esc", "pane=group - of 3; filter="),
    (failing, "E j j enter enter r", "view=failed; filter=id:00000000-0000-0000-0000-0000000003e7"),
    (failing, "E j j enter enter r esc", "view=flow; pane=event of 2; filter="),
    (failing, "3 E j r esc esc", "view=handlers; filter=; pane=table"),
    (failing, "E / \"error:locked\" enter j r esc", "filter=error:locked; pane=groups 0 of 1"),
    (failing, "/ \"nothing\" enter E r", "told=no rows here"),
    // A filter of one's own is left in its place, as in Events.
    (failing, "E r / \"!\" enter esc", "view=failed; filter="),
    // Where some of it is still to be done, that is what the keys there are about: what was marked and open is put by.
    (with_letters, "E r", "view=failed; failed=0 of 4; popup=-"),
    (with_letters, "space E r", "marks=0; failed=0 of 4"),
    (with_letters, "space E r r", "popup=plan; about=1"),
    (with_letters, "space E r R", "popup=plan; about=4"),
    (with_letters, "space E r esc esc", "view=failed; pane=events; marks=1; filter="),
    (with_letters, "enter E r", "pane=events; failed=0 of 4"),
    (with_letters, "E j j r", "failed=- of 0"),
    (failing, "E j j enter enter y", "effects=copy 78 bytes"),
    (failing, "E enter enter y", "effects=; told=no event with JSON"),
    // The pane.
    (failing, "tab tab tab", "pane=errors"),
    (failing, "tab tab tab j enter", "view=flow; pane=group - of 3"),
    (failing, "tab tab tab j j enter esc", "view=flow; pane=errors"),
    (failing, "tab tab tab G enter", "pane=group - of 2"),
    (failing, "tab tab tab j esc q", "effects=quit Quit"),
];

/// As `full`, and then two more events came; of these the last failed twice, and three that are not in memory.
pub(crate) fn failing() -> App {
    let known = EventId::from(uuid::Uuid::from_u128(999));
    let mut last = entry(201);
    last.event_id = Some(known);
    let came = Batch { origin: Origin::Live, entries: vec![entry(200), last] };
    let locked = |n: u64| {
        let error = format!("row {n} is locked");
        failed(n, ("sla", "A", "acme"), &[error.as_str()], now() - TimeDelta::seconds(9))
    };
    let refused = failed(7, ("mail", "B", "beta"), &["sending failed", "SMTP 451 greylisted"], now());
    let twice = [again(&refused, known, 1), dead(&again(&refused, known, 2))];
    let failures = (1..=3).map(locked).chain(twice).collect();
    with(
        full(),
        vec![
            BusSignal::FailureFeed(FailureFeed::Read),
            BusSignal::Entries(came),
            batch(Origin::Live, failures),
        ],
    )
}

/// In the Failed view, with four failed events of `sla`; there are errors of it, and of one with none.
fn with_letters() -> App {
    let mut app = crate::queue::queue();
    let sla = |n| failed(n, ("sla", "TICKET_UPDATED", "beta"), &["TypeError"], now());
    let failures = vec![sla(1), sla(2), failed(3, ("audit", "TICKET_CLOSED", "beta"), &["no"], now())];
    let signals = vec![BusSignal::FailureFeed(FailureFeed::Read), batch(Origin::Live, failures)];
    update(&mut app, Message::Signals(signals));
    update(&mut app, Message::Tick);
    app
}

fn type_keys(app: &mut App, keys: &str) {
    for key in keys.split_whitespace() {
        press(app, key);
    }
}

#[test]
fn a_group_is_new_until_it_was_looked_at() {
    let is_new =
        |app: &App| app.flow.errors.groups.iter().map(|group| app.errors.is_new(group)).collect::<Vec<_>>();
    let mut app = failing();
    assert_eq!(is_new(&app), [true, true], "they came after the start");
    type_keys(&mut app, "E enter esc");
    assert_eq!(is_new(&app), [false, true], "one was opened");
    type_keys(&mut app, "esc");
    assert_eq!(is_new(&app), [false, false], "the list was looked at");
    let other = failed(50, ("audit", "A", "acme"), &["no"], now());
    update(&mut app, Message::Signals(vec![batch(Origin::Live, vec![other])]));
    update(&mut app, Message::Tick);
    assert_eq!(is_new(&app), [false, false, true]);
}

#[test]
fn a_list_that_left_some_out_leaves_those_new() {
    let new = |app: &App| app.flow.errors.groups.iter().filter(|group| app.errors.is_new(group)).count();
    let mut app = failing();
    type_keys(&mut app, "/ h a n d l e r : m a i l enter E");
    assert_eq!(app.errors.page.as_ref().unwrap().groups.groups.len(), 1);
    type_keys(&mut app, "esc esc");
    assert_eq!((app.flow.errors.groups.len(), new(&app)), (2, 1), "one was on the list, and one was not");
}

#[test]
fn what_is_open_is_counted_anew_and_keeps_its_place() {
    let mut app = failing();
    type_keys(&mut app, "E j enter j j");
    let page = app.errors.page.clone().unwrap();
    let chosen = page.group.as_ref().unwrap();
    let seq = chosen.list[chosen.table.cursor.unwrap()];
    let again = (10..15).map(|n| failed(n, ("sla", "A", "acme"), &["row 5 is locked"], now())).collect();
    update(&mut app, Message::Signals(vec![batch(Origin::Live, again)]));
    update(&mut app, Message::Tick);
    let page = app.errors.page.clone().unwrap();
    let group = page.group.as_ref().unwrap();
    assert_eq!((group.list.len(), group.about.count), (8, 8));
    assert_eq!(group.list[group.table.cursor.unwrap()], seq, "the cursor is on the same failed attempt");
    type_keys(&mut app, "p");
    let more = failed(60, ("sla", "A", "acme"), &["row 6 is locked"], now());
    update(&mut app, Message::Signals(vec![batch(Origin::Live, vec![more])]));
    update(&mut app, Message::Tick);
    assert_eq!(app.errors.page.as_ref().unwrap().group.as_ref().unwrap().list.len(), 8, "held still");
}
