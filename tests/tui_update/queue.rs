//! The Failed view: reading, marking, opening, and what is asked before anything is done.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use tidings::bus::{
    ActionError, BusError, FailedAt, FailedPage, FailedQuery, FailedSource, Foreseen, Runs, Verb,
};
use tidings::event::{EntryId, FailedState};
use tidings::plan::{Phase, Progress, Tally};
use tidings::tui::action::Action;
use tidings::tui::app::{App, Popup, Rights, What};
use tidings::tui::effect::{Acted, Deed, Done, Effect, EffectDone, Landed};
use tidings::tui::host::{Export, Exported, NotExported};
use tidings::tui::keymap::{Context, Key, Keymap};
use tidings::tui::message::Message;
use tidings::tui::update::update;

use crate::queued::{letter, page, stuck, waiting, whole};
use crate::script::Script;
use crate::start::{down, full, now, press, told};

pub(crate) const SCRIPTS: &[Script] = &[
    // It reads when it is opened, and at most once at a time.
    (full, "4", "view=failed; failed=- of 0; effects=read"),
    (full, "alt-4", "view=failed; effects=read"),
    (full, "/ \"ev\" alt-4", "view=failed; effects=read"),
    (full, "4 4", "told=this is Failed; effects="),
    (full, "4 1 4", "effects="),
    (down, "4", "view=failed; effects="),
    (full, "4 j", "told=no rows here"),
    (full, "4 enter", "told=nothing is under the cursor"),
    (full, "4 R", "told=no context is open yet"),
    // Rows, newest first: 6 dead letters, one that waits, one that is stuck.
    (queue, "g", "failed=0 of 8; under=1-0"),
    (queue, "", "failed=0 of 8; under=1-0"),
    (queue, "j", "failed=1 of 8; under=2-0"),
    (queue, "esc j", "failed=0 of 8; under=1-0"),
    (queue, "esc 4", "failed=- of 8"),
    (queue, "esc esc 4", "failed=0 of 8"),
    (queue, "g j j", "failed=2 of 8; under=3-0"),
    (queue, "G", "failed=7 of 8"),
    (queue, "s", "sort=oldest; told=failed first comes first"),
    (queue, "g s", "failed=7 of 8; under=1-0"),
    (queue, "s s s", "sort=newest"),
    (queue, "tab", "told=one pane"),
    (queue, "a", "effects=read on"),
    (queue, "a a", "effects="),
    (queue, "ctrl-r", "effects=read; told=anew"),
    (down, "4 ctrl-r", "effects=reconnect; told=trying"),
    (queue, "t", "popup=tenants"),
    (queue, "g y", "effects=copy 229 bytes"),
    // Groups.
    (queue, "z", "pane=groups; failed=0 of 4"),
    (queue, "z g enter", "pane=group; failed=0 of 3"),
    (queue, "z g enter esc", "pane=groups; failed=0 of 4"),
    (queue, "z g enter enter", "pane=whole; effects=show dead:1-0:event::TICKET_CREATED, around"),
    (queue, "z z", "pane=events; failed=0 of 8"),
    (queue, "z g v", "told=ranges are of events"),
    // Opening, and Esc one thing at a time.
    (queue, "enter", "pane=whole; effects=show dead:1-0:event::TICKET_CREATED, around"),
    (queue, "g j enter esc", "pane=events; failed=1 of 8"),
    (queue, "enter z", "told=one event is open"),
    (queue, "enter q", "effects=quit Quit"),
    (queue, "enter enter", "told=open already"),
    (queue, "g esc", "failed=- of 8; view=failed"),
    (queue, "g esc esc", "view=flow"),
    (queue, "q", "effects=quit Quit"),
    // Marks.
    (queue, "esc space", "told=nothing is under the cursor"),
    (queue, "g space space", "marks=2; failed=2 of 8"),
    (queue, "g space k space", "marks=0"),
    (queue, "g space esc", "marks=0; failed=1 of 8"),
    (queue, "g v j j v", "marks=3; told=3 marked"),
    (queue, "g v j esc j v", "marks=0"),
    // What is drawn as marked is what is acted on.
    (queue, "g v j j D", "marks=3; popup=discard; about=3"),
    (queue, "z g space", "marks=3"),
    // A plan is asked for, with Cancel focused.
    (queue, "esc r", "told=nothing is marked or under the cursor"),
    (queue, "g r", "popup=plan; about=1; focus=Cancel; choices=failed at-once; effects=foresee 1 failed"),
    (queue, "g r enter", "popup=-; effects="),
    (queue, "g r esc", "popup=-; effects="),
    (queue, "g r q", "popup=-; effects="),
    (queue, "R", "popup=plan; about=7; choices=failed ramp 1,5,25 stop 20%; effects=foresee 7 failed"),
    (queue, "z g r", "popup=plan; about=3"),
    (queue, "z g enter R", "popup=plan; about=3"),
    (queue, "g space j space r", "popup=plan; about=2"),
    (queue, "enter r", "popup=plan; about=1"),
    (queue, "g r tab", "focus=Go"),
    (queue, "g r tab enter", "popup=-; effects=start 1 failed at-once"),
    (queue, "g r right enter", "popup=-; effects=start 1 failed at-once"),
    (queue, "g r h l", "focus=Cancel"),
    (queue, "g r tab tab l", "focus=Runs; choices=all at-once; effects=foresee 1 all"),
    (queue, "g r tab tab left", "choices=as-new at-once"),
    (queue, "g r tab tab enter space", "focus=Pace; choices=failed ramp 1,5,25 stop 20%"),
    (queue, "g r tab tab down l l l j", "focus=Reason; choices=failed 50/s"),
    (queue, "g r up", "focus=Reason"),
    (queue, "g r k up", "focus=Pace"),
    (queue, "g r up \"mended\" enter tab enter", "popup=-; effects=start 1 failed at-once"),
    (queue, "g r up \"quick\" esc", "popup=plan; focus=Cancel; reason=quick"),
    (queue, "g r up down", "focus=Cancel"),
    (queue, "g r up shift-tab", "focus=Pace"),
    (queue, "g r shift-tab", "focus=Reason"),
    (queue, "g r x", "told=what would be sent is not known here"),
    (foreseen, "x", "commands=true"),
    (foreseen, "x x", "commands=false"),
    (foreseen, "x pgdn pgup", "popup=plan"),
    (queue, "g r ctrl-c", "effects=quit Interrupted"),
    (queue, "g r ctrl-z", "effects=suspend"),
    (queue, "g r up ctrl-l", "effects=redraw; focus=Reason"),
    (queue, "g r \"z\"", "told=z does nothing here"),
    // What waits is due at once; what is pending is released, and nothing else.
    (queue, "g j j j j j j r", "under=7-7; told="),
    (queue, "G r", "told=L releases it"),
    (queue, "G e", "told=only a dead letter can be edited"),
    (queue, "g L", "told=only what is pending can be released"),
    (queue, "G L", "popup=release; about=1; focus=Cancel"),
    (queue, "G L tab enter", "popup=-; effects=release 1 false"),
    (queue, "G L up up space", "focus=Force; choices=true"),
    // What is no event in a stream of Alga's own can only be exported, and the keys say so.
    (unfit, "", "failed=0 of 9; under=9-9"),
    (unfit, "r", "popup=-; told=Ctrl-s exports it"),
    (unfit, "D", "popup=-; told=nothing is taken out of there"),
    (unfit, "L", "popup=-; told=only what is pending can be released"),
    (unfit, "ctrl-s", "popup=export; about=1"),
    (unfit, "space j space D", "popup=discard; about=1"),
    // Discarding is asked, with a reason.
    (queue, "g D", "popup=discard; about=1; focus=Cancel; effects="),
    (queue, "g D up \"spam\" enter tab enter", "popup=-; effects=discard 1 spam"),
    (queue, "u", "told=nothing was discarded"),
    (discarded, "u", "effects=restore 1"),
    // Into a file: one, what is marked, a group, or all that is shown.
    (full, "4 ctrl-s", "told=no rows here"),
    (queue, "ctrl-s", "popup=export; about=1; focus=Go; effects="),
    (queue, "ctrl-s enter", "popup=-; effects=export 1 to failed-2026-11-23.jsonl"),
    (queue, "g space space ctrl-s enter", "effects=export 2 to failed-2026-11-23.jsonl"),
    (queue, "g v j j ctrl-s", "about=3; marks=3"),
    (queue, "z ctrl-s", "about=3"),
    (queue, "esc ctrl-s", "about=8"),
    (queue, "enter ctrl-s", "about=1"),
    (queue, "ctrl-s tab l", "focus=Which; about=8"),
    (queue, "z enter ctrl-s tab l enter", "focus=File; about=3"),
    (queue, "ctrl-s up up ctrl-u \"x.jsonl\" enter tab enter", "popup=-; effects=export 1 to x.jsonl"),
    (queue, "ctrl-s up up ctrl-u enter tab enter", "popup=export; focus=File; told=name a file; effects="),
    (queue, "ctrl-s esc", "popup=-; effects="),
    (existing, "", "popup=export; focus=Cancel; about=2"),
    (existing, "enter", "popup=-; effects="),
    (existing, "tab enter", "popup=-; effects=export 2 to old.jsonl anew"),
    (existing, "up \"2\" enter tab enter", "popup=-; effects=export 2 to old.jsonl2"),
    // Editing.
    (queue, "g e", "popup=editor; effects="),
    (queue, "z g e", "told=one event is edited at a time"),
    (queue, "g e esc", "popup=-"),
    (queue, "g e alt-enter", "popup=editor; told=nothing was changed"),
    (queue, "g e \"x\" alt-enter", "popup=editor; told=no JSON object"),
    (edited, "alt-enter", "popup=edited; focus=Cancel; effects=foresee 0 failed"),
    (edited, "alt-enter esc", "popup=editor"),
    (edited, "alt-enter tab enter", "popup=-; effects=edit dead:1-0:event::TICKET_CREATED"),
    (edited, "esc e alt-enter", "popup=edited"),
    (edited, "ctrl-o", "popup=editor; effects=edit 6 lines of .json"),
    (edited, "ctrl-l", "effects=redraw"),
    (edited, "ctrl-z", "effects=suspend"),
    (edited, "ctrl-c", "effects=quit Interrupted"),
    // A running plan, from any view.
    (full, "P", "told=no retry plan is running"),
    (full, "X", "told=no retry plan is running"),
    (planned, "P", "effects=pause plan"),
    (planned, "P P", "effects=resume plan"),
    (planned, "1 P", "effects=pause plan"),
    (planned, "X", "popup=cancel plan; focus=Cancel; effects="),
    (planned, "X enter", "popup=-; effects="),
    (planned, "X tab enter", "popup=-; effects=cancel plan"),
    (planned, "q", "popup=leave; focus=Cancel; effects="),
    (planned, "q enter", "popup=-; effects="),
    (planned, "q tab enter", "effects=quit Quit"),
    (planned, "j r", "told=a retry plan is running"),
    (planned, "ctrl-c", "effects=quit Interrupted"),
    // A production context wants a reason, and a number for many.
    (production, "g r tab enter", "popup=plan; told=asks for a reason; effects="),
    (production, "G L tab enter", "popup=release; told=asks for a reason; effects="),
    (production, "G L up \"mended\" enter tab enter", "popup=-; effects=release 1 false"),
    (production, "g r up \"mended\" enter tab enter", "popup=-; effects=start 1 failed at-once"),
    (
        many,
        "R up \"110\" up \"why\" tab tab tab enter",
        "popup=-; effects=start 110 failed ramp 1,5,25 stop 20%",
    ),
    (many, "R up \"109\" up \"why\" tab tab tab enter", "popup=plan; told=type the number of events, 110"),
];

fn answer(app: &mut App, pages: Vec<FailedPage>, end: Result<(), BusError>) {
    let reading = app.failed.reading.id;
    take(app, pages);
    update(app, Message::Done(EffectDone::FailedRead { reading, answer: end }));
    while app.has_work() {
        update(app, Message::Spare);
    }
}

fn take(app: &mut App, pages: Vec<FailedPage>) {
    let reading = app.failed.reading.id;
    for page in pages {
        update(app, Message::Done(EffectDone::FailedPage { reading, page: Box::new(page) }));
    }
    while app.has_work() {
        update(app, Message::Spare);
    }
}

fn opened(events: Vec<tidings::bus::FailedEvent>) -> App {
    let mut app = asked();
    answer(&mut app, vec![page(events)], Ok(()));
    app
}

/// A page has come, and more may.
pub(crate) fn reading(events: Vec<tidings::bus::FailedEvent>) -> App {
    let mut app = asked();
    take(&mut app, vec![page(events)]);
    app
}

fn asked() -> App {
    let mut app = full();
    app.rights = Rights::of(Ok(()));
    app.rights.asked = true;
    press(&mut app, "4");
    app
}

pub(crate) fn events() -> Vec<tidings::bus::FailedEvent> {
    let mail = ("ticket-email", "TICKET_CREATED", "acme");
    let mut events: Vec<_> = (1..=3)
        .map(|n| {
            letter(n, mail, &format!("SMTP 451 greylisted for {n}"), (i64::try_from(n).unwrap() * 10, now()))
        })
        .collect();
    let sla = ("sla", "TICKET_UPDATED", "beta");
    events.extend((4..=6).map(|n| letter(n, sla, "TypeError", (i64::try_from(n).unwrap() * 10, now()))));
    events.push(waiting(letter(7, sla, "row 7 is locked", (70, now())), TimeDelta::seconds(82)));
    events.push(stuck(letter(8, ("processors", "TICKET_UPDATED", "beta"), "", (80, now())), 180));
    events
}

/// In the Failed view, with eight events.
pub(crate) fn queue() -> App {
    opened(events())
}

/// As [`queue`], and the newest is an entry of a type's stream that is no event.
fn unfit() -> App {
    let mut entry = letter(9, ("", "TICKET_CREATED", "acme"), "", (1, now()));
    entry.at = FailedAt::Invalid { stream: entry.stream.clone(), id: EntryId::new(9, 9) };
    (entry.state, entry.handler, entry.text) = (FailedState::Invalid, None, None);
    opened(events().into_iter().chain([entry]).collect())
}

fn production() -> App {
    let mut app = queue();
    app.context.production = true;
    app
}

fn many() -> App {
    let mail = ("ticket-email", "TICKET_CREATED", "acme");
    let mut app = opened((1..=110).map(|n| letter(n, mail, "SMTP 451", (9, now()))).collect());
    app.context.production = true;
    app
}

/// A plan is asked for, and what it would send is known.
fn foreseen() -> App {
    let mut app = queue();
    press(&mut app, "R");
    let Some(Popup::Form(form)) = &app.popup else { panic!("the plan is asked for") };
    let What::Retry(draft) = &form.what else { panic!("it is a plan") };
    let plan = draft.plan.id.clone();
    let (answer, commands) = (Ok(Foreseen::default()), vec!["XADD".to_owned()]);
    update(&mut app, Message::Done(EffectDone::Foreseen { plan, runs: Runs::Failed, answer, commands }));
    app
}

fn discarded() -> App {
    let mut app = queue();
    let mut letter = letter(1, ("ticket-email", "TICKET_CREATED", "acme"), "", (1, now())).at;
    let at = letter.clone();
    if let tidings::bus::FailedAt::DeadLetter { stream, id } = letter {
        letter = tidings::bus::FailedAt::Discarded { stream, id };
    }
    let acted = Acted {
        done: Done::Discarded,
        each: vec![(at, Ok(Landed::At(letter)))],
        broke_off: None,
        not_recorded: None,
    };
    update(&mut app, Message::Done(EffectDone::Acted { context: "prod".to_owned(), acted: Box::new(acted) }));
    while app.has_work() {
        update(&mut app, Message::Spare);
    }
    app
}

/// Two were to be written into a file that is there already.
fn existing() -> App {
    let mut app = queue();
    let events = events()[..2].iter().map(|event| event.at.clone()).collect();
    let export = Box::new(Export {
        file: "old.jsonl".to_owned(),
        replaces: false,
        events,
        masks: tidings::event::Masks::NONE,
    });
    update(&mut app, Message::Done(EffectDone::Exported { export, answer: Err(NotExported::Exists) }));
    app
}

/// In the editor, with a letter changed.
pub(crate) fn edited() -> App {
    let mut app = queue();
    press(&mut app, "e");
    let draft = app.draft.as_mut().unwrap();
    let text = draft.typed().replace("Printer on fire", "Printer is fine");
    draft.area = tui_textarea::TextArea::new(text.lines().map(ToOwned::to_owned).collect());
    app
}

/// A plan of five runs, and two of it are retried.
fn planned() -> App {
    let mut app = queue();
    for key in ["R", "tab", "enter"] {
        press(&mut app, key);
    }
    progress(&mut app, Phase::Retrying, Tally { left: 5, succeeded: 2, ..Tally::default() });
    app
}

fn progress(app: &mut App, phase: Phase, tally: Tally) {
    let plan = app.plan.as_ref().unwrap().progress.plan.clone();
    let progress = Progress { plan, phase, tally, ..Progress::default() };
    update(app, Message::Done(EffectDone::PlanAt(Box::new(progress))));
}

fn tick(app: &mut App, seconds: i64) -> Vec<FailedQuery> {
    app.clock.now = now() + TimeDelta::seconds(seconds);
    let effects = update(app, Message::Tick);
    let queries = effects.into_iter().filter_map(|effect| match effect {
        Effect::ReadFailed { query, .. } => Some(query),
        _ => None,
    });
    queries.collect()
}

#[test]
fn it_reads_on_while_it_is_looked_at_and_counts_while_it_is_not() {
    let mut app = queue();
    assert_eq!(tick(&mut app, 1), []);
    let on = tick(&mut app, 2);
    assert_eq!(on[0].sources, BTreeSet::from(FailedSource::FAILED));
    assert_eq!(on[0].after.len(), 2, "dead letters are read on from what is known");
    assert_eq!(tick(&mut app, 9), [], "the last question was not answered yet");
    answer(&mut app, Vec::new(), Err(BusError::Unavailable { what: "gone".to_owned() }));
    assert_eq!(app.failed.len(), 8, "what was known stays");
    assert!(app.failed.reading.error.is_some());
    press(&mut app, "1");
    assert_eq!(tick(&mut app, 12), []);
    let count = tick(&mut app, 20);
    assert_eq!(count[0].at_most, Some(300), "counted, and within bounds");
    answer(&mut app, vec![page(events())], Ok(()));
    assert_eq!(app.failed.count(false).unwrap().show(), "8");
    press(&mut app, "4");
    press(&mut app, "p");
    assert_eq!(tick(&mut app, 60), [], "the screen is held still");
}

#[test]
fn the_first_row_is_under_the_cursor_at_once_and_the_cursor_stays_on_its_event() {
    let mut app = full();
    press(&mut app, "4");
    let mut late = events().split_off(3);
    let under = |app: &App| app.failed.under_cursor().first().map(|event| event.at.id().to_string());
    let row = |app: &App| app.failed.open_table().cursor;
    let read = |app: &mut App, events| {
        let reading = app.failed.reading.id;
        update(app, Message::Done(EffectDone::FailedPage { reading, page: Box::new(page(events)) }));
        app.failed.sift.wake();
        while app.has_work() {
            update(app, Message::Spare);
        }
    };
    read(&mut app, late.clone());
    assert_eq!((row(&app), under(&app).as_deref()), (Some(0), Some("4-0")), "before the reading has ended");
    // What comes before it in the same reading is the first row then.
    late.extend(events().into_iter().take(3));
    answer(&mut app, vec![page(late.clone())], Ok(()));
    assert_eq!((row(&app), under(&app).as_deref()), (Some(0), Some("1-0")));
    // What fails later comes above it.
    tick(&mut app, 3);
    late.push(letter(30, ("sla", "TICKET_UPDATED", "beta"), "TypeError", (-2, now())));
    answer(&mut app, vec![page(late)], Ok(()));
    assert_eq!((row(&app), under(&app).as_deref()), (Some(1), Some("1-0")));
}

#[test]
fn pages_of_an_earlier_reading_reach_nobody() {
    let mut app = queue();
    let old = app.failed.reading.id;
    press(&mut app, "ctrl-r");
    let page = Box::new(page(vec![letter(99, ("x", "X", "acme"), "", (1, now()))]));
    update(&mut app, Message::Done(EffectDone::FailedPage { reading: old, page }));
    update(&mut app, Message::Done(EffectDone::FailedRead { reading: old, answer: Ok(()) }));
    assert!(app.failed.reading.is_reading() && app.failed.list.len() == 8);
}

#[test]
fn what_comes_late_is_counted_and_not_in_the_plan() {
    for (keys, counts) in [
        ("R", (1, 7)),
        // Of one, or of another group, nothing came since.
        ("g r", (0, 1)),
        ("g space j space r", (0, 2)),
        ("z g r", (0, 3)),
        ("z g j r", (1, 3)),
        ("z g j enter R", (1, 3)),
        ("z g j enter r", (0, 1)),
    ] {
        let mut app = queue();
        keys.split(' ').for_each(|key| press(&mut app, key));
        tick(&mut app, 3);
        let late = letter(30, ("sla", "TICKET_UPDATED", "beta"), "TypeError", (-2, now()));
        answer(&mut app, vec![page(events().into_iter().chain([late]).collect())], Ok(()));
        tick(&mut app, 6);
        answer(&mut app, vec![page(events())], Ok(()));
        let Some(Popup::Form(form)) = &app.popup else { panic!("the plan is asked for") };
        let What::Retry(draft) = &form.what else { panic!("it is a plan") };
        assert_eq!((draft.late, draft.plan.items.len()), counts, "{keys}");
    }
}

#[test]
fn what_a_plan_would_do_is_taken_for_that_plan_alone() {
    let mut app = queue();
    press(&mut app, "R");
    let Some(Popup::Form(form)) = &app.popup else { panic!("the plan is asked for") };
    let What::Retry(draft) = &form.what else { panic!("it is a plan") };
    let id = draft.plan.id.clone();
    let foreseen = |plan: &str, runs| EffectDone::Foreseen {
        plan: plan.to_owned(),
        runs,
        answer: Ok(Foreseen { skipped: 2, ..Foreseen::default() }),
        commands: vec!["XADD".to_owned()],
    };
    update(&mut app, Message::Done(foreseen("another", Runs::Failed)));
    update(&mut app, Message::Done(foreseen(&id, Runs::All)));
    let taken = |app: &App| match &app.popup {
        Some(Popup::Form(form)) => match &form.what {
            What::Retry(draft) => draft.foreseen.is_some(),
            _ => panic!("it is a plan"),
        },
        _ => panic!("the plan is asked for"),
    };
    assert!(!taken(&app));
    update(&mut app, Message::Done(foreseen(&id, Runs::Failed)));
    assert!(taken(&app));
}

#[test]
fn what_was_done_is_taken_from_the_screen_and_said() {
    let mut app = queue();
    let at = |n: u64| letter(n, ("ticket-email", "TICKET_CREATED", "acme"), "", (1, now())).at;
    let acted = Acted {
        done: Done::Discarded,
        each: vec![
            (at(1), Ok(Landed::At(at(1)))),
            (at(2), Err(ActionError::Gone)),
            (at(3), Err(ActionError::Unattributed)),
        ],
        broke_off: None,
        not_recorded: Some(BusError::Unavailable { what: "no answer".to_owned() }),
    };
    let done = EffectDone::Acted { context: "prod".to_owned(), acted: Box::new(acted) };
    update(&mut app, Message::Done(done));
    while app.has_work() {
        update(&mut app, Message::Spare);
    }
    assert_eq!(app.failed.len(), 6, "what is gone is gone from the screen, too");
    let said = told(&app);
    assert!(
        said.contains("1 discarded; 2 not: it is not there, or not any more")
            && said.contains("not in the journal: no answer")
            && said.contains("u puts back"),
        "{said}"
    );
}

#[test]
fn what_somebody_may_still_be_at_is_said_in_the_words_of_the_screen() {
    let mut app = queue();
    let at = letter(1, ("ticket-email", "TICKET_CREATED", "acme"), "", (1, now())).at;
    let mut told_of = |idle_ms| {
        let each = vec![(at.clone(), Err(ActionError::Busy { idle_ms }))];
        let acted = Acted { done: Done::Released, each, broke_off: None, not_recorded: None };
        let context = "prod".to_owned();
        update(&mut app, Message::Done(EffectDone::Acted { context, acted: Box::new(acted) }));
        told(&app).to_owned()
    };
    let minutes = told_of(125_000);
    assert!(minutes.contains("last heard of 2 m ago; L with 'also running ones'"), "{minutes}");
    assert!(told_of(3).contains("last heard of just now"));
    assert!(!minutes.contains("--force") && !minutes.contains("ms"), "{minutes}");
}

#[test]
fn what_came_of_an_export_is_said_and_a_session_that_may_not_act_exports_too() {
    let mut app = queue();
    app.rights = Rights::of(Err("this context is read-only".to_owned()));
    press(&mut app, "ctrl-s");
    let effects = update(&mut app, Message::Key("enter".parse::<Key>().unwrap().into()));
    let [Effect::Export(export)] = &effects[..] else { panic!("{effects:?}") };
    for (answer, wanted) in [
        (Ok(Exported { written: 1, gone: 0 }), "exported 1 event to failed-2026-11-23.jsonl"),
        (Ok(Exported { written: 0, gone: 1 }), "0 events to failed-2026-11-23.jsonl; 1 not there any more"),
        (
            Err(NotExported::Failed("'x' cannot be written: no".to_owned())),
            "nothing was exported: 'x' cannot",
        ),
    ] {
        update(&mut app, Message::Done(EffectDone::Exported { export: export.clone(), answer }));
        assert!(told(&app).contains(wanted), "{}", told(&app));
    }
    // A question that is open by then is not taken away.
    press(&mut app, "?");
    let answer = Err(NotExported::Exists);
    update(&mut app, Message::Done(EffectDone::Exported { export: export.clone(), answer }));
    assert!(matches!(app.popup, Some(Popup::Help(_))) && told(&app).contains("is there already"));
}

#[test]
fn an_edited_event_is_kept_until_it_is_accepted() {
    let mut app = edited();
    for key in ["alt-enter", "tab", "enter"] {
        press(&mut app, key);
    }
    let acted = |outcome| {
        let at = letter(1, ("ticket-email", "TICKET_CREATED", "acme"), "", (1, now())).at;
        let acted =
            Acted { done: Done::Edited, each: vec![(at, outcome)], broke_off: None, not_recorded: None };
        Message::Done(EffectDone::Acted { context: "prod".to_owned(), acted: Box::new(acted) })
    };
    update(&mut app, acted(Err(ActionError::Invalid("/payload/n: expected a string".to_owned()))));
    assert!(
        app.draft.is_some() && told(&app).contains("0 edited and retried; 1 not: /payload/n"),
        "{}",
        told(&app)
    );
    update(&mut app, acted(Ok(Landed::Sent)));
    assert!(app.draft.is_none());
}

#[test]
fn what_an_editor_left_takes_the_place_of_what_was_typed_and_what_failed_changes_nothing() {
    let mut app = edited();
    let before = app.draft.as_ref().unwrap().typed();
    let edited = |app: &mut App, answer: Result<&str, &str>| {
        let answer = answer.map(ToOwned::to_owned).map_err(ToOwned::to_owned);
        update(app, Message::Done(EffectDone::Edited(answer)));
        app.draft.as_ref().unwrap().typed()
    };
    assert_eq!(edited(&mut app, Err("the editor 'vj' cannot be started")), before);
    assert_eq!(told(&app), "the text is as it was: the editor 'vj' cannot be started");
    assert_eq!(edited(&mut app, Ok(&format!("{before}\n"))), before);
    assert_eq!(told(&app), "nothing was changed in the editor");
    // Also what is no JSON is brought back: somebody wrote it. The box says what is wrong with it.
    assert_eq!(edited(&mut app, Ok("{\r\n  \"n\": 2,\r\n}\r\n")), "{\n  \"n\": 2,\n}");
    assert!(app.draft.as_ref().unwrap().faults[0].starts_with("no JSON object"));
    assert_eq!(edited(&mut app, Ok("{\n  \"tenantId\": \"acme\"\n}\n")), "{\n  \"tenantId\": \"acme\"\n}");
    assert!(app.draft.as_ref().unwrap().faults.is_empty());
    // Ctrl-u undoes, one step at a time.
    for _ in 0..4 {
        press(&mut app, "ctrl-u");
    }
    assert_eq!(app.draft.as_ref().unwrap().typed(), before);
    // Where the box is closed by then, it is for nobody.
    press(&mut app, "esc");
    assert_eq!(edited(&mut app, Ok("{}")), before);
}

#[test]
fn only_the_payload_is_edited_and_the_rest_stays_to_the_letter() {
    let mut app = edited();
    let mut effects = Vec::new();
    for key in ["alt-enter", "tab", "enter"] {
        let key: Key = key.parse().unwrap();
        effects = update(&mut app, Message::Key(key.into()));
    }
    let [Effect::Act(deed)] = &effects[..] else { panic!("{effects:?}") };
    let Deed::Edit(order, because) = &**deed else { panic!("{deed:?}") };
    let sent = order.edited.as_ref().unwrap();
    let before = events()[0].text.clone().unwrap();
    assert!(
        sent.payload().contains("1.50") && sent.payload().contains("Printer is fine"),
        "{}",
        sent.payload()
    );
    assert_eq!(sent.text().split("\"payload\"").next(), before.split("\"payload\"").next());
    assert!(because.plan.is_some() && because.who == "jo@web-1");
}

#[test]
fn what_a_plan_took_away_is_off_the_list_and_the_tab_at_once() {
    let mut app = planned();
    let at = |n: usize| events()[n].at.clone();
    let take = |app: &mut App, taken: Vec<_>| {
        update(app, Message::Done(EffectDone::Taken(taken)));
        while app.has_work() {
            update(app, Message::Spare);
        }
        app.failed.count(false).unwrap().show()
    };
    assert_eq!(take(&mut app, vec![at(0), at(1)]), "6");
    assert_eq!(app.failed.len(), 6);
    assert_eq!(take(&mut app, Vec::new()), "6");
    // Nor does an answer of before bring it back.
    tick(&mut app, 3);
    assert_eq!(take(&mut app, vec![at(3)]), "5");
    answer(&mut app, vec![page(events().split_off(2))], Ok(()));
    assert_eq!(app.failed.count(false).unwrap().show(), "5");
    // Also where the view is not open, and they are only counted.
    press(&mut app, "1");
    tick(&mut app, 20);
    answer(&mut app, vec![page(events().split_off(3))], Ok(()));
    assert_eq!(take(&mut app, vec![at(4)]), "4");
}

#[test]
fn what_was_released_is_off_the_list_at_once_and_stays_open() {
    let mut app = queue();
    press(&mut app, "G");
    press(&mut app, "enter");
    let at = app.failed.detail.as_ref().unwrap().event.at.clone();
    let each = vec![(at.clone(), Ok(Landed::Same(None)))];
    let acted = Box::new(Acted { done: Done::Released, each, broke_off: None, not_recorded: None });
    let effects = update(&mut app, Message::Done(EffectDone::Acted { context: "prod".to_owned(), acted }));
    while app.has_work() {
        update(&mut app, Message::Spare);
    }
    assert_eq!((app.failed.len(), effects), (7, vec![Effect::ShowFailed(at)]));
}

#[test]
fn the_end_of_a_plan_is_told_once() {
    let mut app = planned();
    progress(&mut app, Phase::Following, Tally { succeeded: 6, running: 1, ..Tally::default() });
    assert!(!app.plan.as_ref().unwrap().is_retrying());
    press(&mut app, "j");
    progress(&mut app, Phase::Finished, Tally { succeeded: 6, dead_again: 1, ..Tally::default() });
    assert!(told(&app).contains("6 succeeded, 1 failed again"), "{}", told(&app));
    press(&mut app, "j");
    progress(&mut app, Phase::Finished, Tally { succeeded: 6, dead_again: 1, ..Tally::default() });
    assert_eq!(told(&app), "");
    assert!(app.plan.as_ref().unwrap().is_shown(), "not all succeeded: it is shown until it is hidden");
    press(&mut app, "X");
    assert!(!app.plan.as_ref().unwrap().is_shown());
    let mut app = planned();
    progress(
        &mut app,
        Phase::Stopped("1 of 1 failed again".to_owned()),
        Tally { left: 7, ..Tally::default() },
    );
    assert!(told(&app).contains("stopped: 1 of 1 failed again; 7 not retried"), "{}", told(&app));
}

#[test]
fn all_that_is_known_of_one_is_taken_while_it_is_open() {
    let mut app = queue();
    press(&mut app, "enter");
    let event = app.failed.detail.as_ref().unwrap().event.clone();
    let shown = |at: &tidings::bus::FailedAt, answer| {
        Message::Done(EffectDone::Shown { context: "prod".to_owned(), at: at.clone(), answer })
    };
    update(&mut app, shown(&event.at, Ok(Some(Box::new(whole(&event, now()))))));
    update(&mut app, shown(&event.at, Err(BusError::Unavailable { what: "late".to_owned() })));
    let known = |app: &App| matches!(app.failed.detail.as_ref().unwrap().whole, Some(Ok(Some(_))));
    assert!(known(&app), "what was known stays");
    update(&mut app, shown(&events()[3].at, Ok(None)));
    assert!(known(&app), "an answer about another one is not taken");
    update(&mut app, shown(&event.at, Ok(None)));
    assert!(!known(&app));
}

#[test]
fn what_a_session_may_not_do_it_says_why_and_no_key_leads_to_it() {
    let refused = || {
        let mut app = queue();
        app.rights = Rights::of(Err("this context is read-only".to_owned()));
        app
    };
    let keymap = Keymap::default();
    let mut keys: Vec<_> = Context::ALL.into_iter().flat_map(|context| keymap.keys(context)).collect();
    keys.retain(|(_, action)| !matches!(action, Action::Quit | Action::Interrupt | Action::Suspend));
    // Every key, from rows, marks, groups and an open event; then every key that acts, and what says yes.
    let begins: [&[&str]; 6] = [&["g"], &["g", "space"], &["z", "g"], &["enter"], &["G"], &["g", "J"]];
    let then = "r tab enter R tab enter e alt-enter tab enter D tab enter L tab enter u P X tab enter";
    for begin in begins {
        for (first, _) in &keys {
            let mut app = refused();
            for key in begin {
                press(&mut app, key);
            }
            let then = then.split(' ').map(|key| key.parse::<Key>().unwrap());
            for key in std::iter::once(*first).chain(then) {
                let effects = update(&mut app, Message::Key(key.into()));
                assert!(!effects.iter().any(Effect::is_acting), "{begin:?} {first} {key}: {effects:?}");
            }
        }
    }
    for key in ["r", "R", "e", "D"] {
        let mut app = refused();
        press(&mut app, "j");
        press(&mut app, key);
        assert_eq!((told(&app), app.popup.is_none()), ("this context is read-only", true), "{key}");
    }
}

#[test]
fn what_the_server_forbids_is_said_and_what_it_did_not_answer_forbids_nothing() {
    let mut app = queue();
    let why = BusError::Refused {
        what: "NOPERM: the user may not EVALSHA".to_owned(),
        next: "grant it".to_owned(),
    };
    let late = BusError::Unavailable { what: "no answer".to_owned() };
    let answers = vec![(Verb::Retry, Err(why)), (Verb::Discard, Err(late)), (Verb::Release, Ok(()))];
    update(&mut app, Message::Done(EffectDone::Rights { context: "prod".to_owned(), answers }));
    press(&mut app, "j");
    press(&mut app, "r");
    assert_eq!(told(&app), "NOPERM: the user may not EVALSHA");
    press(&mut app, "D");
    assert!(matches!(app.popup, Some(Popup::Form(_))));
}
