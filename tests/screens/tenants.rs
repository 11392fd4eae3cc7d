//! Tenants without a label that begin alike are told apart, wherever they came from.

use crossterm::event::KeyEvent;
use ratatui::layout::Size;
use tidings::bus::{BusSignal, FailureFeed, Origin};
use tidings::event::TenantId;
use tidings::tui::app::{App, ErrorsPage};
use tidings::tui::effect::{Effect, EffectDone};
use tidings::tui::keymap::Key;
use tidings::tui::message::Message;
use tidings::tui::update::update;

use super::failed::{batch, failed};
use super::queued::letter;
use super::stage::{self, MIDDLE, SMALL, apply, fresh, go_live, now, screen};
use super::{queue, rewind};

const ALIKE: [&str; 2] = ["ab5c1d2e-43d3-4c53-9f4e-dbe5c1c5e9e6", "ab5c1d2e-43d3-4c53-9f4e-dbe5c1c5e9e7"];

fn assert_apart(app: &App, whole: bool) {
    let shown = screen(app);
    let ends = if whole { ["ab5c1d2e..e9e6", "ab5c1d2e..e9e7"] } else { ["9e6 ", "9e7 "] };
    for end in ends {
        assert!(shown.contains(end), "{end}: {shown}");
    }
}

#[test]
fn tenants_of_failed_events_are_told_apart_also_in_a_narrow_column() {
    let error = "TypeError: Cannot read properties of undefined (reading 'dueAt')";
    for (size, whole) in [(MIDDLE, true), (SMALL, false)] {
        let event = |at: usize| {
            letter(at as u64 + 1, ("ticket-email", "TICKET_UPDATED", ALIKE[at]), error, (200, now()))
        };
        let mut app = queue::opened(size, vec![event(0), event(1)]);
        assert!(!app.failed.shows_groups());
        assert_apart(&app, whole);
        queue::press(&mut app, "z");
        assert!(app.failed.shows_groups());
        assert_apart(&app, whole);
    }
}

#[test]
fn tenants_of_failed_attempts_are_told_apart() {
    let mut app = fresh(Size::new(180, 40));
    go_live(&mut app);
    stage::take(&mut app, stage::day(12.0, 1, None));
    apply(&mut app, BusSignal::FailureFeed(FailureFeed::Read));
    let attempt = |at: usize| {
        let handler = ["sla", "audit"][at];
        failed(at as u64, (handler, "TICKET_UPDATED", ALIKE[at]), &["no end"], now())
    };
    apply(&mut app, batch(Origin::History, vec![attempt(0), attempt(1)]));
    let mut page = ErrorsPage::list(None);
    page.renew(&app.monitor, (&app.scope, &app.filter.live.good), now());
    app.errors.page = Some(Box::new(page));
    assert_apart(&app, true);
}

#[test]
fn tenants_of_the_past_are_told_apart() {
    let mut app = rewind::came(MIDDLE);
    let mut effects = Vec::new();
    for key in rewind::JUMP.split_whitespace() {
        let key: Key = key.parse().unwrap();
        effects = update(&mut app, Message::Key(KeyEvent::from(key)));
    }
    while let Some(effect) = effects.pop() {
        let Effect::ReadBack { number, query } = effect else { continue };
        let mut page = rewind::page(&query);
        for (entry, alike) in page.entries.iter_mut().zip(ALIKE.iter().cycle()) {
            entry.tenant = TenantId::new(alike).ok();
        }
        let answer = Ok(Box::new(page));
        effects.extend(update(&mut app, Message::Done(EffectDone::ReadBack { number, query, answer })));
    }
    while app.has_work() {
        update(&mut app, Message::Spare);
    }
    assert!(app.is_rewound());
    assert_apart(&app, false);
    assert_eq!(app.monitor.labels().show(ALIKE[1]), "ab5c1d2e..e9e7");
}
