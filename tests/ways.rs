//! The ways in, in a real terminal: the mouse, the command palette, and from one context to another.

#![cfg(feature = "cli")]
#![expect(clippy::unwrap_used, reason = "all of this is tests; a failing one must say where")]

#[allow(dead_code, reason = "a part of it is used here")]
#[path = "work/house.rs"]
mod house;
#[path = "support/pty.rs"]
mod pty;
#[path = "support/redis_server.rs"]
mod redis_server;
#[path = "support/screen.rs"]
mod screen;
#[path = "support/sessions.rs"]
mod sessions;
#[path = "support/terminal.rs"]
mod terminal;

use house::House;
use redis_server::PrivateRedis;
use screen::Screen;
use terminal::Terminal;

const CONFIG: &str = r#"
default_context = "first"
[contexts.first]
url = "{url}"
production = true
[contexts.second]
url = "{other}"
production = true
"#;

fn has(wanted: &str) -> impl Fn(&Screen) -> bool {
    move |screen| screen.text().contains(wanted)
}

/// Where a text stands on the screen: column and line, as terminals count them.
fn place(terminal: &Terminal, wanted: &str) -> (usize, usize) {
    let text = terminal.screen.text();
    let found = text.lines().enumerate().find_map(|(at, line)| {
        let byte = line.find(wanted)?;
        Some((line[..byte].chars().count() + 1, at + 1))
    });
    found.unwrap_or_else(|| unreachable!("'{wanted}' is not on the screen:\n{text}"))
}

/// Presses the left button on a text, and lets go.
fn click(terminal: &mut Terminal, wanted: &str) {
    let (x, y) = place(terminal, wanted);
    terminal.press(&format!("\x1b[<0;{x};{y}M\x1b[<0;{x};{y}m"));
}

#[test]
fn the_mouse_opens_views_sorts_scrolls_and_opens_events() {
    let house = House::with("");
    let mut terminal = Terminal::open(&house.command(&["demo"]), (140, 40));
    terminal.until("the demo is there", has("HANDLER ERRORS"));
    click(&mut terminal, "Handlers");
    terminal.until("the handlers are open", has("LAST ERROR"));
    click(&mut terminal, "Events");
    terminal.until("the events are open", has("ABOUT"));
    // Thousands of the past come in above what is browsed.
    terminal.until("the day before is read", |screen| !has("reading history")(screen));
    click(&mut terminal, "TYPE");
    terminal.until("they are sorted by type", has("following by type"));
    click(&mut terminal, "TYPE");
    terminal.until("and by time again", |screen| has("following")(screen) && !has("by type")(screen));
    // The wheel, and motion that nobody asked for.
    terminal.press("\x1b[<35;20;10M\x1b[<65;20;10M\x1b[<35;21;10M\x1b[<65;20;10M");
    terminal.until("it is scrolled", |screen| has("browsing")(screen) && has(" above")(screen));
    // Further than it came: in the demo events come meanwhile, above.
    terminal.press(&"\x1b[<64;20;10M".repeat(250));
    terminal.until("it follows again", has("following"));
    terminal.press("p");
    terminal.until("nothing moves", has("paused"));
    // Twice is Enter.
    terminal.press("\x1b[<0;20;12M\x1b[<0;20;12m\x1b[<0;20;12M\x1b[<0;20;12m");
    terminal.until("an event is open whole", |screen| has("\"payload\"")(screen) && !has("ABOUT")(screen));
    // Left to the terminal, nothing is pressed.
    terminal.press("M");
    terminal.until("it is left", has("it selects text"));
    click(&mut terminal, "Flow");
    terminal.press("?");
    terminal.until("the help is about the event still", has("In an event"));
    terminal.interrupt();
}

#[test]
fn what_is_pressed_at_once_is_read_to_its_end() {
    let house = House::with("");
    let mut terminal = Terminal::open(&house.command(&["demo"]), (140, 40));
    terminal.until("the demo is there", has("HANDLER ERRORS"));
    // More than is read from a terminal at a time, less than one holds.
    let turns = "\x1b[<65;20;10M\x1b[<64;20;10M".repeat(140);
    terminal.press(&format!("{turns}2"));
    // The view Flow has a column of that name as well.
    terminal.until("the last of it is done", |screen| has("ABOUT")(screen) && !has("HANDLER ERRORS")(screen));
    terminal.interrupt();
}

#[test]
fn the_palette_finds_actions_types_tenants_and_themes_by_their_names() {
    let house = House::with("");
    let mut terminal = Terminal::open(&house.command(&["demo"]), (100, 30));
    terminal.until("the demo is there", has("TENANT"));
    terminal.press(":");
    terminal.until("it is open", has("an action, type, tenant, context, theme, or filter"));
    terminal.press("show-heal");
    terminal.until("the action is found", has("show-health"));
    terminal.press("\r");
    terminal.until("it is done", has("warnings"));
    terminal.press(":theme light");
    terminal.until("the theme is found, and tried", has("theme light"));
    terminal.press("\r:theme");
    terminal.until("it stays", |screen| {
        let text = screen.text();
        let line = text.lines().find(|line| line.contains("theme light")).unwrap_or_default();
        line.contains("The theme of this run")
    });
    terminal.press("\x1b");
    terminal.until("it is closed", |screen| !has("Commands")(screen));
    terminal.press(":type ticket_up");
    terminal.until("the type is found", has("type TICKET_UPDATED"));
    terminal.press("\r");
    terminal.until("its events are shown", has("filter type:TICKET_UPDATED"));
    terminal.press("\x1b");
    terminal.until("and Esc comes back", |screen| has("warnings")(screen) && !has("type:TICKET")(screen));
    terminal.press(":tenant acme");
    terminal.until("the tenant is found", has("tenant Acme"));
    terminal.press("\r");
    terminal.until("every pane is narrowed to it", |screen| {
        screen.text().lines().next().is_some_and(|header| header.contains("tenant Acme"))
    });
    terminal.press(":tenant zzz");
    terminal.until("what is not there is not made up", has("nothing fits what is typed"));
    terminal.interrupt();
}

/// Publishes an event of a type and with a text that only one of the two buses has.
fn publish(house: &House, context: &str, event_type: &str, marker: &str) {
    let marker = format!("marker={marker}");
    let arguments =
        ["--context", context, "--write", "publish", event_type, "--tenant", "acme", "--set", &marker];
    let (code, _, notes) = house.run(&arguments);
    assert_eq!(code, 0, "{notes}");
}

#[test]
fn in_another_context_nothing_of_the_one_before_is_shown_and_nothing_may_be_written() {
    let other = PrivateRedis::start();
    let house = House::with(&CONFIG.replace("{other}", &other.url()));
    publish(&house, "first", "FIRST_ONLY", "from-here");
    publish(&house, "second", "SECOND_ONLY", "from-there");
    let mut terminal = Terminal::open(&house.command(&["--context", "first", "--write"]), (140, 40));
    let header = |screen: &Screen| screen.text().lines().next().unwrap_or_default().to_owned();
    terminal.until("the first is there", |screen| header(screen).contains("● live"));
    assert!(
        header(&terminal.screen).contains("production") && !header(&terminal.screen).contains("read-only")
    );
    terminal.press("2");
    terminal.until("its event is shown", has("from-here"));
    terminal.press("/type:FIRST_ONLY\r");
    terminal.until("the filter applies", |screen| {
        has("filter type:FIRST_ONLY")(screen) && !has("type:TICKET")(screen)
    });
    terminal.press("K");
    let port = format!("127.0.0.1:{}", other.port());
    terminal.until("the contexts are listed, with where they are", |screen| {
        has("second")(screen) && has(&port)(screen)
    });
    terminal.press("sec\r");
    terminal.until("the second is open, and shows its own", |screen| {
        header(screen).contains("second") && has("from-there")(screen)
    });
    let text = terminal.screen.text();
    assert!(!text.contains("FIRST_ONLY") && !text.contains("from-here"), "{text}");
    assert!(text.contains("the filter was about first"), "{text}");
    // --write was given for the context that the run began with.
    let line = header(&terminal.screen);
    assert!(line.contains("production") && line.contains("read-only"), "{line}");
    for view in ["1", "3", "4", "6", "2"] {
        terminal.press(view);
        terminal.press("\x0c");
        let opened = match view {
            "1" => "HANDLER ERRORS",
            "3" => "No handler reads this bus",
            "4" => "FAILED",
            "6" => "warnings",
            _ => "from-there",
        };
        terminal.until("the view is open", has(opened));
        let text = terminal.screen.text();
        assert!(!text.contains("FIRST_ONLY") && !text.contains("from-here"), "{text}");
    }
    terminal.press("KFIRST");
    terminal.until("the list is narrowed", has("1 of 3"));
    terminal.press("\r");
    terminal.until("back, its filter is, too", |screen| {
        header(screen).contains("first") && has("filter type:FIRST_ONLY")(screen) && has("from-here")(screen)
    });
    assert!(!terminal.screen.text().contains("SECOND_ONLY"));
    terminal.interrupt();
}
