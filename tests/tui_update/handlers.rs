//! The Handlers view.

use chrono::TimeDelta;
use tidings::bus::{BusError, Counted, HandlerDetail, HandlerReport, Lag, Looked};
use tidings::tui::app::{App, View};
use tidings::tui::effect::{Effect, EffectDone};
use tidings::tui::message::Message;
use tidings::tui::update::update;

use crate::script::Script;
use crate::start::{down, full, now, press, silent};

pub(crate) const SCRIPTS: &[Script] = &[
    // It asks when it is opened, and at most once at a time.
    (full, "3", "view=handlers; handler=-; effects=survey"),
    (full, "alt-3", "view=handlers; effects=survey"),
    (full, "3 1 3", "view=handlers; effects="),
    (full, "3 3", "told=this is Handlers"),
    (silent, "3", "view=handlers; effects=survey"),
    (down, "3", "view=handlers; effects="),
    (full, "3 j", "handler=-; told=no rows here"),
    (full, "3 enter", "pane=table; told=nothing is under the cursor"),
    // Rows.
    (surveyed, "j", "handler=audit"),
    (surveyed, "j j j", "handler=sla"),
    (surveyed, "G", "handler=ticket-email"),
    (surveyed, "G k", "handler=sla"),
    (surveyed, "j pgdn", "handler=ticket-email"),
    (surveyed, "G g", "handler=audit"),
    // Another view's cursor stays where it is.
    (surveyed, "j j 2 j 3", "handler=mail; row=0"),
    (surveyed, "tab", "told=one pane"),
    // What is under the cursor is looked at closely, one question at a time.
    (surveyed, "j", "effects=inspect audit"),
    (surveyed, "j j", "handler=mail; effects="),
    (surveyed, "enter", "effects=inspect audit"),
    (surveyed, "j 1", "effects="),
    (surveyed, "p j", "paused=true; handler=audit; effects="),
    // Opening, and Esc one thing at a time.
    (surveyed, "enter", "pane=whole; handler=audit"),
    (surveyed, "j j enter", "pane=whole; handler=mail"),
    (surveyed, "j enter enter", "pane=whole; told=open already"),
    (surveyed, "enter q", "effects=quit Quit"),
    (surveyed, "j j enter esc", "view=handlers; pane=table; handler=mail"),
    (surveyed, "j j enter esc esc", "view=handlers; handler=-"),
    (surveyed, "j j enter esc esc esc", "view=flow"),
    (surveyed, "q", "effects=quit Quit"),
    (surveyed, "/ \"x\" alt-3", "told=this is Handlers; field=x"),
    (full, "/ \"ev\" alt-3", "view=handlers; effects=survey"),
];

fn report(name: &str) -> HandlerReport {
    HandlerReport {
        name: name.to_owned(),
        types: Vec::new(),
        streams: Vec::new(),
        registered: None,
        lag: Lag::Exactly(0),
        pending: 0,
        waiting: Vec::new(),
        scheduled: None,
        next_retry: None,
        dead_letters: Counted::Exactly(0),
        last_error: None,
        lease: tidings::bus::PendingEntry::LEASE,
        consumers: Vec::new(),
    }
}

fn answer(app: &mut App, context: &str, answer: Result<Vec<HandlerReport>, BusError>) {
    let context = context.to_owned();
    let answer = answer.map(Looked::whole);
    update(app, Message::Done(EffectDone::Surveyed { context, answer }));
}

fn reports() -> Vec<HandlerReport> {
    ["audit", "mail", "sla", "ticket-email"].map(report).into()
}

/// In the Handlers view, with four handlers.
fn surveyed() -> App {
    let mut app = full();
    press(&mut app, "3");
    answer(&mut app, "prod", Ok(reports()));
    app
}

fn tick(app: &mut App, seconds: i64) -> Vec<Effect> {
    app.clock.now = now() + TimeDelta::seconds(seconds);
    let effects = update(app, Message::Tick);
    // Failed events are counted now and then, and the bus is looked over, too.
    effects
        .into_iter()
        .filter(|effect| !matches!(effect, Effect::ReadFailed { .. } | Effect::Examine))
        .collect()
}

#[test]
fn it_asks_again_while_it_is_looked_at() {
    let mut app = surveyed();
    assert_eq!(tick(&mut app, 4), []);
    assert_eq!(tick(&mut app, 5), [Effect::Survey]);
    assert_eq!(tick(&mut app, 60), [], "the last question was not answered yet");
    answer(&mut app, "prod", Err(BusError::Unavailable { what: "gone".to_owned() }));
    assert_eq!(app.handlers.reports.len(), 4, "what was known stays");
    assert_eq!(tick(&mut app, 64), [], "an error is no reason to ask at once");
    assert_eq!(tick(&mut app, 65), [Effect::Survey]);
    answer(&mut app, "prod", Ok(reports()));
    assert_eq!(tick(&mut app, 69), []);
    press(&mut app, "p");
    assert_eq!(tick(&mut app, 140), [], "the screen is held still");
    press(&mut app, "p");
    press(&mut app, "1");
    assert_eq!(tick(&mut app, 160), [], "nobody looks at it");
}

fn answer_closely(app: &mut App, handler: &str, answer: Result<HandlerDetail, BusError>) -> Vec<Effect> {
    let (context, handler) = ("prod".to_owned(), handler.to_owned());
    update(app, Message::Done(EffectDone::Inspected { context, handler, answer }))
}

fn inspected(effects: &[Effect]) -> Vec<&str> {
    let names = effects.iter().map(|effect| match effect {
        Effect::Inspect(report) => report.name.as_str(),
        other => panic!("{other:?}"),
    });
    names.collect()
}

#[test]
fn a_handler_is_looked_at_closely_while_it_is_on_the_screen() {
    let mut app = surveyed();
    press(&mut app, "j");
    press(&mut app, "j");
    assert!(app.handlers.closely().is_none(), "the answer on another one is still to come");
    let next = answer_closely(&mut app, "audit", Ok(HandlerDetail::default()));
    assert_eq!(inspected(&next), ["mail"], "asked when nothing else is on its way");
    assert!(app.handlers.closely().unwrap().detail.is_none() && app.handlers.why_not_closely().is_some());
    assert_eq!(
        answer_closely(&mut app, "mail", Ok(HandlerDetail { withheld: 3, ..HandlerDetail::default() })),
        []
    );
    assert_eq!(app.handlers.closely().unwrap().detail.as_ref().unwrap().withheld, 3);
    assert_eq!(app.handlers.why_not_closely(), None);
    assert_eq!(tick(&mut app, 4), []);
    let Effect::Survey = &tick(&mut app, 5)[0] else { panic!("the reports first") };
    let why = BusError::Unavailable { what: "gone".to_owned() };
    assert_eq!(answer_closely(&mut app, "mail", Err(why.clone())), []);
    assert!(app.handlers.closely().unwrap().detail.is_some(), "what was known stays");
    press(&mut app, "esc");
    assert_eq!(tick(&mut app, 60), [], "its detail is not on the screen");
}

#[test]
fn an_answer_that_failed_says_why_in_place_of_what_it_would_show() {
    let mut app = surveyed();
    press(&mut app, "j");
    answer_closely(&mut app, "audit", Err(BusError::Unavailable { what: "gone".to_owned() }));
    assert_eq!(app.handlers.why_not_closely(), Some("gone"));
}

#[test]
fn what_another_context_answers_is_not_taken() {
    let mut app = full();
    press(&mut app, "3");
    answer(&mut app, "test", Ok(reports()));
    assert_eq!((app.view, app.handlers.reports.len()), (View::Handlers, 0));
}

#[test]
fn the_cursor_stays_on_its_handler_and_leaves_with_the_last_row() {
    let mut app = surveyed();
    press(&mut app, "G");
    let mut more = reports();
    more.insert(0, report("a-new-one"));
    answer(&mut app, "prod", Ok(more));
    assert_eq!(app.handlers.chosen().unwrap().name, "ticket-email");
    answer(&mut app, "prod", Ok(vec![report("audit")]));
    assert_eq!(app.handlers.chosen().unwrap().name, "audit");
    press(&mut app, "enter");
    answer(&mut app, "prod", Ok(Vec::new()));
    assert!(app.handlers.chosen().is_none() && !app.handlers.whole);
}
