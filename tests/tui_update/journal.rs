//! The journal over the Failed view.

use chrono::TimeDelta;
use tidings::bus::{BusError, JournalEntry};
use tidings::tui::app::App;
use tidings::tui::effect::{Effect, EffectDone};
use tidings::tui::message::Message;
use tidings::tui::update::update;

use crate::queue::queue;
use crate::queued;
use crate::script::Script;
use crate::start::{down, full, now, press};

pub(crate) const SCRIPTS: &[Script] = &[
    // It is read when it is opened.
    (queue, "J", "pane=journal; journal=- of 0: -; effects=journal 1000"),
    (queue, "J j", "told=no rows here"),
    (queue, "J enter", "told=no rows here"),
    (queue, "J y", "told=no rows here"),
    (queue, "J ctrl-r", "told=being read already; effects="),
    (down, "4 J", "effects="),
    (full, "J", "told=J does nothing here"),
    // Rows as everywhere, newest first.
    (journal, "k", "journal=0 of 7: plan-finished"),
    (journal, "j j", "journal=2 of 7: restored"),
    (journal, "G", "journal=6 of 7: purged"),
    (journal, "G g", "journal=0 of 7: plan-finished"),
    (journal, "pgdn", "journal=6 of 7: purged"),
    (journal, "ctrl-d ctrl-u", "journal=0 of 7: plan-finished"),
    (journal, "ctrl-r", "told=reading the journal anew; effects=journal 1000"),
    // Enter narrows to the plan; the line stays under the cursor, here and there.
    (journal, "enter", "pane=plan-7f3a9c12; journal=0 of 4: plan-finished; effects="),
    (journal, "j enter", "journal=1 of 4: plan-resumed"),
    (journal, "j enter G esc", "pane=journal; journal=1 of 7: plan-resumed"),
    (journal, "enter enter", "told=Esc shows all"),
    (journal, "j j enter", "pane=journal; told=belongs to no plan"),
    (journal, "y", "effects=copy 13 bytes"),
    (journal, "enter G y", "effects=copy 13 bytes"),
    (journal, "G y", "told=no name to copy; effects="),
    // Back goes one thing at a time; it covers the event that was open.
    // Words narrow it while they are typed: who, what, plan, reason and note. The filter of events stays as it was.
    (journal, "/", "field=; pane=journal; journal=0 of 7: plan-finished"),
    (journal, "/ \"KIM\"", "field=KIM; journal=0 of 2: restored; filter="),
    (journal, "/ \"kim\" space \"spam\" enter", "field=-; journal=0 of 1: discarded; view=failed"),
    (journal, "/ \"kim\" space \"nothing\"", "journal=- of 0: -"),
    (journal, "/ \"plan\"", "journal=0 of 4: plan-finished"),
    (journal, "/ \"plan\" space \"relay\" enter", "journal=0 of 1: plan-resumed"),
    (journal, "/ \"kim\" esc", "field=-; journal=2 of 7: restored"),
    (journal, "/ \"kim\" enter esc", "pane=journal; journal=2 of 7: restored"),
    (journal, "/ \"kim\" enter esc esc", "pane=events"),
    (journal, "enter / \"resumed\" enter", "pane=plan-7f3a9c12; journal=0 of 1: plan-resumed"),
    (journal, "enter / \"resumed\" enter esc esc", "pane=journal; journal=0 of 7: plan-finished"),
    // What it has not cannot narrow it, and is not set for all views behind its back.
    (journal, "t", "popup=-; told=the journal is that of the whole bus"),
    (journal, "C", "popup=-"),
    (journal, "!", "told=narrowed by words; filter="),
    (journal, "esc", "pane=events; view=failed; failed=0 of 8"),
    (journal, "enter esc esc", "pane=events"),
    (journal, "q", "effects=quit Quit"),
    (journal, "4", "pane=events; view=failed"),
    (journal, "1 4", "pane=events"),
    (queue, "enter J esc", "pane=whole"),
    // What acts on failed events does nothing here.
    (journal, "r", "told=r does nothing here; popup=-"),
    (journal, "D", "told=D does nothing here; popup=-"),
    (journal, "?", "popup=help"),
];

fn answer(app: &mut App, answer: Result<Vec<JournalEntry>, BusError>) {
    let context = app.context.name.clone();
    update(app, Message::Done(EffectDone::Journal { context, answer }));
}

/// In the journal, with seven lines.
fn journal() -> App {
    let mut app = queue();
    press(&mut app, "J");
    answer(&mut app, Ok(queued::journal(now())));
    app
}

fn asks(app: &mut App, seconds: i64) -> bool {
    app.clock.now = now() + TimeDelta::seconds(seconds);
    let effects = update(app, Message::Tick);
    effects.iter().any(|effect| matches!(effect, Effect::ReadJournal { .. }))
}

#[test]
fn it_is_read_again_while_it_is_open_and_what_is_under_the_cursor_stays_there() {
    let mut app = queue();
    assert!(!asks(&mut app, 1), "nobody looks at it");
    app = journal();
    assert!(!asks(&mut app, 4), "it was read just now");
    press(&mut app, "j");
    assert!(asks(&mut app, 5));
    assert!(!asks(&mut app, 60), "one question at a time");
    let mut lines = queued::journal(now());
    lines.insert(0, JournalEntry { id: tidings::event::EntryId::new(u64::MAX, 0), ..lines[2].clone() });
    answer(&mut app, Ok(lines));
    let page = app.journal().unwrap();
    assert_eq!((page.len(), page.table().cursor), (8, Some(2)), "the same line, one further down");
    press(&mut app, "p");
    assert!(!asks(&mut app, 120), "the screen is held still");
}

#[test]
fn an_answer_of_before_an_error_stays_and_one_of_another_bus_is_not_taken() {
    let mut app = journal();
    answer(&mut app, Err(BusError::Unavailable { what: "gone".to_owned() }));
    let page = app.journal().unwrap();
    assert_eq!((page.len(), page.error.as_ref().map(BusError::what)), (7, Some("gone")));
    update(
        &mut app,
        Message::Done(EffectDone::Journal { context: "other".to_owned(), answer: Ok(Vec::new()) }),
    );
    assert_eq!(app.journal().unwrap().len(), 7);
    answer(&mut app, Ok(Vec::new()));
    assert!(app.journal().unwrap().is_empty() && app.journal().unwrap().error.is_none());
    press(&mut app, "esc");
    answer(&mut app, Ok(queued::journal(now())));
    assert!(app.journal().is_none(), "nobody waits for it any more");
}
