//! The Events view as a person changes it: folded, marked, sorted, with context, with other columns.

use crossterm::event::KeyEvent;
use ratatui::layout::Size;
use tidings::monitor::AboutRules;
use tidings::tui::app::{App, Popup, Range, View, What};
use tidings::tui::keymap::Key;
use tidings::tui::message::Message;
use tidings::tui::update::update;
use tidings::tui::views;

use super::stage::{MIDDLE, SMALL, busy, look, screen, set_filter, take};

/// The Events view, and these keys.
fn keys(mut app: App, keys: &str) -> App {
    app.view = View::Events;
    for key in keys.split_whitespace() {
        let key: Key = key.parse().unwrap();
        update(&mut app, Message::Key(KeyEvent::from(key)));
        while app.has_work() {
            update(&mut app, Message::Spare);
        }
    }
    // What was told is no part of what is looked at here.
    app.notices.toast = None;
    app
}

fn shot(size: Size, pressed: &str) -> String {
    screen(&keys(busy(size), pressed))
}

#[test]
fn what_is_folded_and_what_is_marked_shows() {
    for size in [SMALL, MIDDLE] {
        // The payload of the fourth event, folded; its cursor is on it.
        insta::assert_snapshot!(format!("events-folded-{size}"), shot(size, "j j j j tab G k h h"));
        insta::assert_snapshot!(format!("events-raw-{size}"), shot(size, "j j j j enter R G"));
        insta::assert_snapshot!(format!("events-marked-{size}"), shot(size, "j space space j v j j j"));
    }
}

#[test]
fn sorted_and_with_other_columns() {
    for size in [SMALL, MIDDLE] {
        insta::assert_snapshot!(format!("events-by-tenant-{size}"), shot(size, "j j s s"));
        let all = "| down enter down down down down enter down down enter down enter down enter esc";
        insta::assert_snapshot!(format!("events-columns-{size}"), shot(size, all));
    }
}

#[test]
fn lists_to_choose_from() {
    for size in [SMALL, MIDDLE] {
        insta::assert_snapshot!(format!("events-choose-columns-{size}"), shot(size, "| down"));
        insta::assert_snapshot!(format!("events-copy-{size}"), shot(size, "j j j j tab G k k Y"));
        insta::assert_snapshot!(format!("events-export-{size}"), shot(size, "j space space ctrl-s"));
    }
}

#[test]
fn marks_that_are_left_out_are_told_of_where_marks_say_what_is_written() {
    let mut app = keys(busy(MIDDLE), "j space space");
    set_filter(&mut app, "printer");
    let told = |app: &App| screen(app).contains("2 marked events do not pass filter and tenant: left out");
    let mut app = keys(app, "ctrl-s");
    assert!(told(&app), "all that matches is taken, though two are marked: {}", screen(&app));
    if let Some(Popup::Form(form)) = &mut app.popup
        && let What::ExportEvents(draft) = &mut form.what
    {
        draft.choose(Range::All);
    }
    assert!(!told(&app), "on the bus nothing goes by marks: {}", screen(&app));
    // One that passes is marked as well: the others are left out of those.
    let app = keys(keys(app, "esc j space"), "ctrl-s");
    assert!(told(&app), "{}", screen(&app));
    assert!(!told(&keys(app, "tab space")), "all that matches is written");
}

#[test]
fn with_context_what_does_not_match_is_dimmed_and_matches_have_a_sign() {
    for size in [SMALL, MIDDLE] {
        let mut app = busy(size);
        set_filter(&mut app, "printer");
        let app = keys(app, "a n enter");
        assert!(app.events.lens.has_context() && app.events.lens.matching() > 0);
        insta::assert_snapshot!(format!("events-found-{size}"), screen(&app));
        let app = keys(app, "esc");
        insta::assert_snapshot!(format!("events-context-{size}"), screen(&app));
    }
}

#[test]
fn what_an_event_is_about_goes_by_the_rules() {
    let mut app = busy(MIDDLE);
    let paths = ["ticketNumber".to_owned(), "changes".to_owned()];
    app.setup.events.about = AboutRules::new([("TICKET_*", paths.as_slice())]).unwrap();
    let (flow, events) = (screen(&app), screen(&keys(app, "")));
    // Without the rule its ticket would follow.
    let closed = "  status closed · resolution Index rebuilt by the vendor\n";
    assert!(flow.contains(closed) && events.contains(closed), "{flow}");
    assert!(events.contains("TICKET_CREATED") && events.contains("  ticketNumber T-"), "{events}");
}

#[test]
fn a_large_and_a_deep_event_are_folded_and_read_like_any_other() {
    use super::stage::{entry, intake, now};
    use tidings::event::EntryId;
    let large = format!(
        r#"{{"id":"57f7e9a7-7e13-452d-81b7-9892c8fdd92e","eventType":"A","timestamp":"2026-11-23T13:02:31Z","payload":{{"tenantId":"t","lines":[{}],"end":"here"}}}}"#,
        vec![r#"{"sku":"a long name of something","n":1}"#; 60_000].join(",")
    );
    let deep = format!("{}1{}", "[".repeat(200_000), "]".repeat(200_000));
    assert!(large.len() > 2_000_000);
    let mut intake = intake();
    for (at, text) in [large, deep].into_iter().enumerate() {
        let mut app = busy(MIDDLE);
        let ms = u64::try_from(now().timestamp_millis()).unwrap() + at as u64;
        let fields = vec![("event".into(), text.into_bytes())];
        take(&mut app, vec![entry(&mut intake, EntryId::new(ms, 0), "A", None, fields)]);
        look(&mut app);
        let whole = keys(app, "j enter");
        let lines = views::events::detail(views::body(&whole), &whole).lines;
        assert!(lines > 100_000, "{lines}");
        let folded = keys(whole, "G z");
        let shown = screen(&folded);
        let lines = views::events::detail(views::body(&folded), &folded).lines;
        assert!(lines < 40, "{lines}: {shown}");
        assert!(shown.contains("▸"), "{shown}");
    }
}

/// As [`busy`], where fields of payloads are masked.
fn masked(size: Size) -> App {
    let mut app = busy(size);
    let patterns = ["payload.changes", "payload.ticketId", "payload.**.amount", "title"].map(str::to_owned);
    app.redacting = tidings::tui::app::Redacting::of(tidings::event::Masks::new(&patterns).unwrap());
    app
}

/// An event whole, with what is masked in it.
pub(super) fn masked_whole(size: Size) -> App {
    keys(masked(size), "j j j j enter")
}

#[test]
fn what_is_masked_and_what_is_revealed() {
    for size in [SMALL, MIDDLE] {
        let shot = |pressed: &str| screen(&keys(masked(size), pressed));
        insta::assert_snapshot!(format!("events-redacted-{size}"), shot("j j j j"));
        insta::assert_snapshot!(format!("events-redacted-whole-{size}"), shot("j j j j enter"));
        insta::assert_snapshot!(format!("events-redacted-raw-{size}"), shot("j j j j enter R"));
        insta::assert_snapshot!(format!("events-revealed-{size}"), shot("j j j j enter V"));
        let all = ": r e v e a l a l l enter";
        insta::assert_snapshot!(format!("events-reveal-all-asked-{size}"), shot(all));
        insta::assert_snapshot!(
            format!("events-reveal-all-{size}"),
            shot(&format!("{all} tab enter j j j j"))
        );
    }
}

#[test]
fn nothing_masked_is_on_any_screen_of_events() {
    let secret = "Zaphod prints blank pages";
    let text = format!(
        r#"{{"id":"57f7e9a7-7e13-452d-81b7-9892c8fdd92e","eventType":"TICKET_UPDATED","timestamp":"2026-11-23T13:02:31Z","payload":{{"tenantId":"t","title":"{secret}","changes":{{"note":"{secret}"}},"deep":[{{"t\u0069tle":"{secret}"}}],"ticketId":"{secret}"}}}}"#
    );
    let raw = format!("{{\"payload\":{{\"title\":\"{secret}\"");
    for (width, height) in [(60, 16), (80, 24), (140, 40), (250, 80)] {
        for text in [&text, &raw] {
            for pressed in ["", "j", "j enter", "j enter R", "j enter w", "j enter R w", "j tab G", "j Y"] {
                let mut app = masked(Size::new(width, height));
                let fields = vec![(b"event".to_vec(), text.clone().into_bytes())];
                let at = u64::try_from(app.clock.now.timestamp_millis()).unwrap();
                let id = tidings::event::EntryId::new(at, 9);
                let event =
                    super::stage::entry(&mut super::stage::intake(), id, "TICKET_UPDATED", None, fields);
                take(&mut app, vec![event]);
                let shown = screen(&keys(app, pressed));
                assert!(!shown.contains("Zaphod"), "{pressed} at {width}: {shown}");
                assert!(!pressed.starts_with("j enter") || shown.contains("redacted"), "{pressed}: {shown}");
            }
        }
    }
}
