//! Every theme in every view: it changes colours and no text, and what it draws can be read.

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Size;
use ratatui::style::{Color, Modifier};
use tidings::tui::app::{App, ErrorsState, FlowPane};
use tidings::tui::theme::{Depth, Look, Meaning, Theme, Themes};

use super::stage::{MIDDLE, SMALL, draw, text, theme};
use super::views::{NARROW, WIDE, flow, following, in_pane, invalid, reading, whole};
use super::{compose, errors, events, handlers, health, queue, sending, states, ways};

fn load(name: &str, ascii: bool, depth: Depth) -> Theme {
    let (theme, mistake) = Theme::load(&Look { theme: name.into(), ascii, depth, ..Look::default() });
    assert_eq!(mistake, None);
    theme
}

fn handler(size: Size) -> App {
    let mut app = flow(size);
    handlers::open(&mut app, "ticket-email");
    app
}

fn failed(size: Size) -> App {
    queue::after(size, "j")
}

fn plan(size: Size) -> App {
    queue::after(size, "space r")
}

fn matrix(size: Size) -> App {
    in_pane(size, FlowPane::Matrix)
}

fn failed_whole(size: Size) -> App {
    queue::after(size, "j enter")
}

fn errors_list(size: Size) -> App {
    errors::list(size, None)
}

fn finding(size: Size) -> App {
    health::chosen(size, "handlers")
}

fn composed(size: Size) -> App {
    compose::keys(size, compose::TICKET)
}

/// A name, and how to get there.
type Screen = (&'static str, fn(Size) -> App);

const SCREENS: [Screen; 26] = [
    ("flow", flow),
    ("matrix", matrix),
    ("following", following),
    ("invalid", invalid),
    ("reading", reading),
    ("whole", whole),
    ("handler", handler),
    ("failed", failed),
    ("failed, whole", failed_whole),
    ("plan", plan),
    ("errors", errors_list),
    ("health", finding),
    ("compose", composed),
    ("send", sending::asked),
    ("palette", ways::palette),
    ("production", states::production),
    ("lost", states::lost),
    ("paused", states::paused),
    ("filtered", states::filtered),
    ("typing", states::typing),
    ("no redis", states::no_redis),
    ("help", states::help),
    ("searching help", states::searching_help),
    ("tenants", states::tenants),
    ("channels", states::channels),
    ("toast", states::toast),
];

#[test]
fn a_theme_changes_colours_and_no_text() {
    for (screen, app) in SCREENS {
        for size in [NARROW, SMALL, MIDDLE, WIDE] {
            let app = app(size);
            let expected = text(&draw(&app, &theme()));
            for name in Themes::built_in() {
                assert_eq!(text(&draw(&app, &load(name, false, Depth::True))), expected, "{name}: {screen}");
            }
        }
    }
}

#[test]
fn ascii_stays_ascii_in_every_theme() {
    for (screen, app) in SCREENS {
        let app = app(SMALL);
        for name in Themes::built_in() {
            let shown = text(&draw(&app, &load(name, true, Depth::Sixteen)));
            assert!(shown.is_ascii(), "{name}: {screen}: {shown}");
        }
    }
}

#[test]
fn without_colours_no_cell_has_one() {
    for (screen, app) in SCREENS {
        let app = app(MIDDLE);
        for name in Themes::built_in() {
            let buffer = draw(&app, &load(name, false, Depth::None));
            let is_plain = |cell: &Cell| (cell.fg, cell.bg) == (Color::Reset, Color::Reset);
            assert!(buffer.content.iter().all(is_plain), "{name}: {screen}");
        }
    }
}

/// Relative luminance of a colour (WCAG 2.2).
fn luminance(colour: Color) -> f64 {
    let Color::Rgb(r, g, b) = colour else { panic!("{colour} is none that the theme has") };
    let [r, g, b] = [r, g, b].map(|part| {
        let part = f64::from(part) / 255.0;
        if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

fn contrast(cell: &Cell) -> f64 {
    let (fg, bg) = (luminance(cell.fg), luminance(cell.bg));
    (fg.max(bg) + 0.05) / (fg.min(bg) + 0.05)
}

/// Cells that hold text, and not a line, a block or nothing.
fn letters(buffer: &Buffer) -> impl Iterator<Item = &Cell> {
    let is_text = |cell: &&Cell| cell.symbol().chars().any(|c| !c.is_whitespace() && !is_shape(c));
    buffer.content.iter().filter(is_text)
}

/// Lines and blocks.
fn is_shape(c: char) -> bool {
    ('\u{2500}'..='\u{259f}').contains(&c)
}

#[test]
fn every_letter_of_every_screen_can_be_read_where_a_theme_brings_its_background() {
    let mut painted = 0;
    for name in Themes::built_in() {
        let theme = load(name, false, Depth::True);
        if theme.style(Meaning::Screen).bg.is_none() {
            continue;
        }
        painted += 1;
        let least = if name == "high-contrast" { 7.0 } else { 4.5 };
        for (screen, app) in SCREENS {
            for cell in letters(&draw(&app(MIDDLE), &theme)) {
                let found = contrast(cell);
                assert!(found >= least, "{name}: {screen}: '{}' has {found:.2}", cell.symbol());
            }
        }
    }
    assert_eq!(painted, 3);
}

#[test]
fn the_row_under_the_cursor_is_seen_in_every_theme_and_depth() {
    for name in Themes::built_in() {
        for depth in [Depth::None, Depth::Sixteen, Depth::Indexed, Depth::True] {
            let buffer = draw(&invalid(MIDDLE), &load(name, false, depth));
            let look = |y: u16| {
                let cell = &buffer[(2, y)];
                (cell.bg, cell.modifier.contains(Modifier::REVERSED))
            };
            let rows = || 4..30;
            let marked = rows().filter(|y| look(*y) != look(30)).count();
            assert_eq!(marked, 1, "{name}, {depth:?}");
        }
    }
}

#[test]
fn the_tab_that_is_open_is_named_and_what_is_wrong_is_counted_while_there_is_room() {
    for width in 40..=140 {
        let app = finding(Size::new(width, 16));
        let shown = text(&draw(&app, &theme()));
        let tabs = shown.lines().nth(1).unwrap();
        assert!(tabs.contains("Health") && !tabs.contains('…'), "{width}: {tabs}");
        for key in 1..=6 {
            assert!(tabs.contains(&format!(" {key}")), "{width}: {tabs}");
        }
        let counts = |view: &str| {
            let behind = tabs.split(view).nth(1).unwrap_or_default().trim_start();
            // Behind Events stands the key of the next view.
            behind.starts_with(|c: char| c.is_ascii_digit()) && !behind.starts_with("3 ")
        };
        assert!(counts("Health") || !counts("Events"), "findings are counted first, at {width}: {tabs}");
        assert!(width < 80 || counts("Events"), "{width}: {tabs}");
    }
}

#[test]
fn what_is_above_the_list_covers_no_heading() {
    for width in (40..=160).step_by(5) {
        let size = Size::new(width, 16);
        let heading = |app: App| {
            let shown = text(&draw(&app, &theme()));
            shown.lines().find(|line| line.contains("TIME")).unwrap_or_default().to_owned()
        };
        let (free, told) = (heading(following(size)), heading(states::paused(size)));
        for word in free.split_whitespace() {
            assert!(told.split_whitespace().any(|told| told == word), "{width}: '{word}' in '{told}'");
        }
    }
}

#[test]
fn what_is_chosen_in_a_form_is_never_beyond_its_edge() {
    for width in (60..=140).step_by(2) {
        let mut app = plan(Size::new(width, 24));
        queue::press(&mut app, "tab tab");
        for _ in 0..5 {
            let shown = text(&draw(&app, &theme()));
            let lines: Vec<_> = shown.lines().filter(|line| line.contains("(●)")).collect();
            assert_eq!(lines.len(), 2, "{width}: {shown}");
            // Behind the frame goes on the list that it lies over.
            let inside = |line: &&str| line.rsplit_once('│').unwrap().0.contains('…');
            assert!(!lines.iter().any(inside), "{width}: {shown}");
            queue::press(&mut app, "l");
        }
    }
}

#[test]
fn what_is_masked_looks_like_no_value_in_any_theme_and_depth() {
    let app = events::masked_whole(MIDDLE);
    for name in Themes::built_in() {
        for depth in [Depth::None, Depth::Sixteen, Depth::Indexed, Depth::True] {
            let theme = load(name, false, depth);
            let buffer = draw(&app, &theme);
            let sign: Vec<_> = "\"[redacted]\"".chars().map(String::from).collect();
            let starts = (0..buffer.content.len()).filter(|at| {
                sign.iter()
                    .enumerate()
                    .all(|(n, letter)| buffer.content.get(at + n).is_some_and(|cell| cell.symbol() == letter))
            });
            let starts: Vec<_> = starts.collect();
            assert!(!starts.is_empty(), "{name}, {depth:?}: {}", text(&buffer));
            for at in starts {
                let cells = &buffer.content[at..at + sign.len()];
                let is_barred = |cell: &Cell| cell.modifier.contains(Modifier::REVERSED);
                assert!(cells.iter().all(is_barred), "{name}, {depth:?}");
            }
        }
    }
}

#[test]
fn among_errors_only_what_is_new_is_red() {
    for name in Themes::built_in().filter(|name| *name != "mono") {
        let theme = load(name, false, Depth::True);
        let mut app = errors_list(MIDDLE);
        let red = |app: &App| {
            let buffer = draw(app, &theme);
            let shown = text(&buffer);
            let heading = shown.lines().position(|line| line.contains("MESSAGE")).unwrap();
            let column = shown.lines().nth(heading).unwrap().find("MESSAGE").unwrap();
            let failed = theme.style(Meaning::Failed).fg.unwrap();
            let rows = heading + 1..shown.lines().count() - 3;
            let at = |y: usize| &buffer[(u16::try_from(column).unwrap(), u16::try_from(y).unwrap())];
            rows.filter(|y| at(*y).symbol() != " " && at(*y).fg == failed).count()
        };
        // Nobody has looked at any of them.
        let page = app.errors.page.take();
        app.errors = ErrorsState::default();
        app.errors.page = page;
        app.errors.page.as_mut().unwrap().table.cursor = None;
        let new = text(&draw(&app, &theme)).matches(" ● ").count() - 1;
        assert!(new > 0, "beside the sign of the link: {}", text(&draw(&app, &theme)));
        assert_eq!(red(&app), new, "{name}");
        app.errors.look(&app.monitor);
        assert_eq!(red(&app), 0, "{name}");
    }
}

#[test]
fn on_a_wide_screen_numbers_stand_near_what_they_count() {
    let size = Size::new(250, 80);
    for (screen, app, what, number) in
        [("errors", errors_list(size), "MESSAGE", "COUNT"), ("health", finding(size), "FINDING", "FIRST")]
    {
        let shown = text(&draw(&app, &theme()));
        let heading = shown.lines().find(|line| line.contains(what)).unwrap();
        let (what, number) = (heading.find(what).unwrap(), heading.find(number).unwrap());
        assert!(number - what < 120, "{screen}: {heading}");
    }
}
