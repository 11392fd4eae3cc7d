//! Signals, ticks, sizes and the outcomes of effects.

use chrono::TimeDelta;
use ratatui::layout::Size;
use tidings::bus::{Batch, BusError, BusSignal, ContextInfo, Link, Origin};
use tidings::event::{Content, TenantId, TenantLabels};
use tidings::tui::app::{App, Extent, Popup, Slot};
use tidings::tui::effect::{Effect, EffectDone, ExportStep, Schemas};
use tidings::tui::host::NotExported;
use tidings::tui::message::Message;
use tidings::tui::update::update;
use tidings::tui::views;

use crate::start::{
    EVENTS, blank_app, down, entries, entry, events, full, now, on_one_channel, press, silent,
};

fn send(app: &mut App, signal: BusSignal) {
    assert_eq!(update(app, Message::Signals(vec![signal])), []);
}

/// A second goes by.
fn tick(app: &mut App) {
    app.clock.now += TimeDelta::seconds(1);
    // Failed events are counted and the bus is looked over now and then; nothing else is asked for.
    let effects = update(app, Message::Tick);
    assert!(
        effects.iter().all(|effect| matches!(effect, Effect::ReadFailed { .. } | Effect::Examine)),
        "{effects:?}"
    );
}

fn press_all(app: &mut App, keys: &str) {
    keys.split_whitespace().for_each(|key| press(app, key));
}

#[test]
fn what_arrives_is_shown_at_once() {
    let mut app = silent();
    send(&mut app, entries(0, 3));
    assert_eq!((app.events.len(), app.events.seq_in(0)), (3, Some(2)));
    assert!(app.events.is_following());
}

#[test]
fn the_cursor_stays_on_its_event_and_the_event_on_its_row_of_the_screen() {
    let mut app = events();
    press_all(&mut app, "j j j");
    let row = app.events.cursor_row().unwrap() - app.events.top_row();
    for n in 0..300 {
        send(&mut app, entries(n, n + 1));
    }
    assert_eq!(app.events.cursor, Some(EVENTS - 3));
    assert_eq!(app.events.cursor_row().unwrap() - app.events.top_row(), row);
    press_all(&mut app, "g");
    assert_eq!((app.events.cursor_row(), app.events.top_row()), (Some(0), 0));
}

#[test]
fn other_views_leave_the_list_where_it_was() {
    let mut app = events();
    press_all(&mut app, "j pgdn pgdn k k");
    let place = |app: &App| (app.view, app.events.top, app.events.cursor);
    let before = place(&app);
    assert!(app.events.cursor_row().unwrap() > app.events.top_row() + 1, "in the middle of the screen");
    for (there, back) in [("c", "esc"), ("5", "alt-2"), ("3", "2"), ("4", "2"), ("6", "2")] {
        press(&mut app, there);
        assert_ne!(app.view, before.0, "{there}");
        send(&mut app, entries(0, 3));
        press(&mut app, back);
        assert_eq!(place(&app), before, "{there} {back}");
    }
}

#[test]
fn the_cursor_stays_on_the_screen_whatever_its_size() {
    let mut app = events();
    press_all(&mut app, "j pgdn pgdn j j");
    for size in [Size::new(80, 24), Size::new(200, 60), Size::new(20, 5), Size::new(140, 50)] {
        assert_eq!(update(&mut app, Message::Resize(size)), []);
        let (row, top) = (app.events.cursor_row().unwrap(), app.events.top_row());
        let page = views::events::page(views::body(&app), &app).max(1);
        assert!((top..top + page).contains(&row), "{size}: row {row}, {page} rows from {top}");
    }
}

#[test]
fn an_event_is_read_to_its_end_and_the_next_one_from_its_beginning() {
    let mut app = events();
    update(&mut app, Message::Resize(Size::new(40, 12)));
    press_all(&mut app, "j enter G");
    let Extent { lines, page, .. } = views::events::detail(views::body(&app), &app);
    assert!(lines > page, "{lines} lines, {page} of them on the screen");
    assert_eq!(app.events.detail.top, lines - page);
    press_all(&mut app, "k");
    assert_eq!((app.events.detail.cursor, app.events.detail.top), (lines - 2, lines - page));
    press_all(&mut app, "pgup");
    assert_eq!(app.events.detail.top, app.events.detail.cursor, "the screen follows the cursor");
    press_all(&mut app, "w > <");
    assert_eq!(app.events.detail.left, 0);
    press_all(&mut app, ">");
    let Extent { columns, width, .. } = views::events::detail(views::body(&app), &app);
    assert_eq!(app.events.detail.left, columns.saturating_sub(width).min(8));
    assert!(app.events.detail.left > 0, "{columns} columns, {width} of them on the screen");
    // What is read stays on the screen when there is room for more.
    update(&mut app, Message::Resize(Size::new(200, 60)));
    assert_eq!((app.events.detail.top, app.events.detail.left), (0, 0));
    update(&mut app, Message::Resize(Size::new(40, 12)));
    press_all(&mut app, "G n");
    assert_eq!((app.events.cursor, app.events.detail.top), (Some(175), 0));
}

#[test]
fn without_a_connection_numbers_stay_as_they_were_when_the_last_word_came() {
    let mut app = silent();
    app.clock.now -= TimeDelta::seconds(18);
    send(&mut app, entries(0, EVENTS));
    tick(&mut app);
    let (rate, of_types) = (app.flow.flow.now_rate, app.flow.flow.types.clone());
    assert!(rate > 0.0);
    // A server that was stopped is noticed after some seconds; until then nobody knows better.
    for _ in 0..4 {
        tick(&mut app);
    }
    let since = app.clock.now;
    let lost = Link::Down { since, why: "no answer".into(), retry_at: since, attempt: 1 };
    send(&mut app, BusSignal::Link(lost));
    assert_eq!((app.flow.flow.now_rate, &app.flow.flow.types), (rate, &of_types), "at once");
    for _ in 0..400 {
        tick(&mut app);
    }
    assert_eq!((app.flow.flow.now_rate, &app.flow.flow.types), (rate, &of_types));
    let scope = TenantId::new("acme").unwrap();
    press_all(&mut app, "t down enter");
    assert_eq!(app.scope.tenant, Some(scope));
    assert!(app.flow.flow.now_rate > 0.0, "another scope is of the same time");
    send(&mut app, BusSignal::Link(Link::Live(tidings::bus::ServerFacts::default())));
    tick(&mut app);
    assert!(app.flow.flow.now_rate <= 0.0, "it is now again");
}

#[test]
fn a_fault_far_away_is_shown_with_what_came_before_and_after_it() {
    let mut app = events();
    update(&mut app, Message::Resize(Size::new(140, 24)));
    press_all(&mut app, "n n");
    let (row, top) = (app.events.cursor_row().unwrap(), app.events.top_row());
    let page = views::events::page(views::body(&app), &app);
    assert_eq!((app.events.cursor, top), (Some(155), row - page / 2));
    press_all(&mut app, "N");
    assert_eq!(app.events.cursor, Some(175));
}

#[test]
fn an_export_takes_piece_after_piece_and_says_what_had_left_memory() {
    let mut app = blank_app(5_000);
    send(&mut app, entries(0, 3_000));
    press_all(&mut app, "2 ctrl-s enter");
    let answered = |app: &mut App, answer, kept| {
        update(app, Message::Done(EffectDone::EventsWritten { number: 1, answer, kept }))
    };
    let written = |effects: Vec<Effect>| match effects.as_slice() {
        [Effect::ExportEvents { number: 1, step: ExportStep::Write(entries) }] => {
            entries.iter().map(|entry| entry.id.ms).collect::<Vec<_>>()
        }
        other => panic!("{other:?}"),
    };
    let first = written(answered(&mut app, Ok(()), false));
    assert_eq!((first.len(), first.is_sorted()), (2_000, true), "as they came");
    assert!(app.notices.toast.as_ref().unwrap().text.contains("2,000 of 3,000"));
    // Others take their places: 500 of the rest are gone.
    send(&mut app, entries(3_000, 7_500));
    assert_eq!(written(answered(&mut app, Ok(()), false)).len(), 500);
    let kept = answered(&mut app, Ok(()), false);
    assert_eq!(kept, [Effect::ExportEvents { number: 1, step: ExportStep::Keep }]);
    assert_eq!(answered(&mut app, Ok(()), true), []);
    let told = &app.notices.toast.as_ref().unwrap().text;
    assert_eq!(told, "exported 2,500 events to events-2026-11-23.jsonl; 500 had left memory");
    assert!(app.events.exporting.is_none());
    // A file that is there asks again, with Cancel focused; an answer that nobody waits for ends what it is of.
    press_all(&mut app, "ctrl-s enter");
    let exists = EffectDone::EventsWritten { number: 2, answer: Err(NotExported::Exists), kept: false };
    assert_eq!(update(&mut app, Message::Done(exists)), []);
    let Some(Popup::Form(form)) = &app.popup else { panic!("nothing is asked") };
    assert_eq!((form.count(), form.focus, form.replaces()), (5_000, Slot::Cancel, true));
    let given_up = answered(&mut app, Ok(()), false);
    assert_eq!(given_up, [Effect::ExportEvents { number: 1, step: ExportStep::GiveUp }]);
}

#[test]
fn in_any_order_the_event_under_the_cursor_stays_there_while_others_come_and_go() {
    let mut app = blank_app(300);
    send(&mut app, entries(0, 200));
    press_all(&mut app, "2 j j j space s");
    assert_eq!(app.events.cursor, Some(196));
    for (from, to) in [(200, 240), (240, 290), (290, 400)] {
        send(&mut app, entries(from, to));
        let row = app.events.row_of(196);
        assert_eq!((app.events.cursor, app.events.cursor_row()), (Some(196), Some(row)));
        let page = views::events::page(views::body(&app), &app);
        assert!(app.events.on_screen(page).any(|seq| seq == 196), "it is on the screen");
        let rows: Vec<_> = (0..app.events.len()).filter_map(|row| app.events.seq_in(row)).collect();
        let is_sorted = rows.is_sorted_by_key(|seq| (seq % 2, std::cmp::Reverse(*seq)));
        assert!(
            is_sorted && rows.len() == app.events.len(),
            "types in the order of letters, the newest first"
        );
    }
    // What is marked and leaves memory is told.
    assert_eq!(app.events.marks.len(), 1);
    send(&mut app, entries(400, 500));
    assert_eq!(app.events.marks.len(), 0);
    assert!(app.notices.toast.as_ref().unwrap().text.contains("1 marked event has left memory"));
}

#[test]
fn while_paused_everything_is_counted_and_nothing_moves() {
    let mut app = full();
    let (flow, newest) = (app.flow.flow.clone(), app.events.seq_in(0));
    press(&mut app, "p");
    send(&mut app, entries(0, 20));
    tick(&mut app);
    tick(&mut app);
    assert_eq!((app.events.seq_in(0), &app.flow.flow), (newest, &flow));
    assert_eq!(app.monitor.counts().received, EVENTS + 20);
    assert_eq!(app.events.lens.new_since(), 20);
    press(&mut app, "p");
    assert_eq!(app.events.seq_in(0), Some(EVENTS + 19));
    assert_ne!(app.flow.flow, flow);
    assert!(app.events.is_following());
}

#[test]
fn numbers_are_there_with_the_history_and_then_once_a_second() {
    let mut app = full();
    assert_eq!(app.flow.as_of, Some(now()));
    assert_eq!(app.flow.flow.types.iter().map(|row| row.total).sum::<u64>(), EVENTS);
    send(&mut app, entries(0, 20));
    assert_eq!(app.flow.flow.types.iter().map(|row| row.total).sum::<u64>(), EVENTS);
    tick(&mut app);
    assert_eq!(app.flow.flow.types.iter().map(|row| row.total).sum::<u64>(), EVENTS + 20);
}

#[test]
fn a_long_pass_is_done_in_spare_time() {
    let mut app = silent();
    send(&mut app, entries(0, 70_000));
    assert!(!app.has_work());
    press(&mut app, "/");
    update(&mut app, Message::Paste("odd".to_owned()));
    assert!(app.has_work() && !app.events.is_empty(), "the newest are there at once");
    let passes = std::iter::from_fn(|| app.has_work().then(|| update(&mut app, Message::Spare))).count();
    assert!((1..10).contains(&passes), "{passes}");
    assert_eq!(app.events.len(), 35_000);
}

/// Entries with texts of this size, `odd` in every second.
fn long_entries(count: u64, size: usize) -> BusSignal {
    let entries = (0..count).map(|n| {
        let mut long = entry(n);
        let Content::Json { text, payload } = &mut long.content else { unreachable!("it can be read") };
        let word = if n % 2 == 1 { "odd" } else { "even" };
        *text = format!(r#"{{"w":"{word}{}"}}"#, "x".repeat(size)).into();
        *payload = None;
        long
    });
    BusSignal::Entries(Batch { origin: Origin::Live, entries: entries.collect() })
}

#[test]
fn a_key_waits_for_one_bounded_slice_of_a_pass_whatever_lies_there() {
    // A slice looks at 20,000 entries, or at 10 MB of text.
    for (signal, slice) in [(entries(0, 70_000), 20_000), (long_entries(600, 50_000), 206)] {
        let mut app = silent();
        send(&mut app, signal);
        while app.has_work() {
            update(&mut app, Message::Spare);
        }
        press_all(&mut app, "2 /");
        update(&mut app, Message::Paste("odd".to_owned()));
        press(&mut app, "enter");
        let mut before = app.events.lens.unseen(&app.monitor);
        assert!(before > 0 && !app.events.is_empty());
        while app.has_work() {
            update(&mut app, Message::Spare);
            let unseen = app.events.lens.unseen(&app.monitor);
            assert!(before - unseen <= slice, "{} in one slice, not {slice}", before - unseen);
            before = unseen;
            // In between a key does what it does: the cursor is where it goes.
            press(&mut app, "g");
            let first = app.events.cursor;
            press(&mut app, "j");
            assert!(app.events.cursor.is_some() && app.events.cursor != first);
        }
        assert_eq!(app.events.len() as u64, app.monitor.ring().len() / 2);
    }
}

#[test]
fn an_event_that_leaves_memory_under_the_cursor_gives_it_to_the_nearest() {
    let mut app = blank_app(100);
    send(&mut app, entries(0, 100));
    press_all(&mut app, "2 j G enter");
    assert_eq!(app.events.cursor, Some(0));
    send(&mut app, entries(100, 150));
    assert_eq!((app.events.cursor, app.events.whole), (Some(50), true));
    assert!(app.notices.toast.as_ref().is_some_and(|toast| toast.text.contains("left memory")));
}

#[test]
fn a_toast_lasts_for_some_seconds() {
    let mut app = full();
    press(&mut app, "z");
    (0..4).for_each(|_| tick(&mut app));
    assert!(app.notices.toast.is_some());
    tick(&mut app);
    assert_eq!(app.notices.toast, None);
}

#[test]
fn text_is_pasted_into_an_open_field_alone() {
    let mut app = full();
    update(&mut app, Message::Paste("q".to_owned()));
    assert!(!app.filter.is_on() && app.notices.toast.is_some());
    press(&mut app, "/");
    update(&mut app, Message::Paste("even\n".to_owned()));
    assert_eq!(app.filter.applied(), "even");
    update(&mut app, Message::Paste("é".repeat(100_000)));
    assert!(app.filter.live.text.len() < 10_000 && app.notices.toast.is_some());
    press_all(&mut app, "esc t");
    update(&mut app, Message::Paste("beta".to_owned()));
    assert!(matches!(&app.popup, Some(Popup::Tenants(picker)) if picker.fitting.len() == 1));
}

#[test]
fn an_open_context_names_its_tenants() {
    let mut app = down();
    press(&mut app, "d");
    let acme = TenantId::new("acme").unwrap();
    let labels = TenantLabels::new([(acme.clone(), "Acme MSP".to_owned())]);
    let info =
        ContextInfo { name: "demo".to_owned(), target: "embedded".to_owned(), ..ContextInfo::default() };
    let opened = EffectDone::Opened {
        info: info.clone(),
        labels,
        operator: Ok(()),
        publisher: Ok(()),
        schemas: Schemas::default(),
    };
    assert_eq!(update(&mut app, Message::Done(opened)), []);
    assert_eq!((&app.context, app.ended), (&info, false));
    send(&mut app, entries(0, 10));
    assert_eq!(app.monitor.labels().label("acme"), Some("Acme MSP"));
    assert_eq!(app.flow.flow.tenants[0].name, "Acme MSP");
    assert_eq!(app.events.len(), 10);
}

#[test]
fn the_end_of_watching_is_said_and_a_key_begins_anew() {
    let mut app = full();
    let why = BusError::Fatal { what: "NOPERM".to_owned(), next: "Ask for +xread.".to_owned() };
    let ended = |context: &str| EffectDone::Ended { context: context.to_owned(), why: why.clone() };
    update(&mut app, Message::Done(ended("another")));
    assert!(!app.ended && app.monitor.link().is_live());
    update(&mut app, Message::Done(ended("prod")));
    assert!(app.ended && app.monitor.link().is_stale());
    assert!(matches!(&app.monitor.link().link, Link::Fatal { why, next, .. }
        if why == "NOPERM" && next == "Ask for +xread."));
    press_all(&mut app, "t j");
    press_all(&mut app, "esc");
    let watch = app.watch.clone();
    let effects =
        update(&mut app, Message::Key("ctrl-r".parse::<tidings::tui::keymap::Key>().unwrap().into()));
    assert_eq!(effects, [Effect::Observe { context: "prod".to_owned(), watch }]);
    assert_eq!((app.monitor.counts().received, app.ended), (0, false), "history comes again: once");
}

#[test]
fn what_was_copied_is_said() {
    for (bytes, told) in [(1_234, "copied 1,234 bytes"), (100_000, "do not take so much")] {
        let mut app = full();
        update(&mut app, Message::Done(EffectDone::Copied(bytes)));
        assert!(app.notices.toast.unwrap().text.contains(told));
    }
}

#[test]
fn another_channel_keeps_the_filter_the_view_and_the_tenant() {
    let mut app = on_one_channel();
    press_all(&mut app, "2 / e v e n enter t down enter C up enter");
    assert_eq!(app.filter.applied(), "even");
    assert_eq!(app.scope.tenant.as_ref().map(TenantId::as_str), Some("acme"));
    send(&mut app, entries(0, 100));
    assert_eq!(app.events.len(), 25, "even ones of acme are every fourth");
}
