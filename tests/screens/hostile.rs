//! Whatever is on the bus and however small the terminal is: a whole screen, and no panic.

use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::Size;
use tidings::event::{EntryId, TenantId, TenantLabels};
use tidings::tui::app::{App, Editing, EventsPane, Field, FlowPane, HelpState, Narrows, Popup, View};
use tidings::tui::views;

use super::stage::{self, ascii, draw, fresh, go_live, put_cursor, take, theme};

const NASTY: [&str; 9] = [
    "\u{1b}[2J\u{9b}31m",
    "שלום עולם مرحبا",
    "a\u{202e}b\u{2066}c",
    "日本語テキスト",
    "👩‍👩‍👧‍👦🇩🇪",
    "e\u{301}\u{302}\u{303}\u{304}\u{305}",
    "\u{200b}\u{feff}\u{e0041}",
    "\r\n\t\0",
    "\\u0000\\ud800",
];

fn hostile(size: Size, texts: &[String]) -> App {
    let mut app = fresh(size);
    let label = |at: usize, text: &String| (TenantId::new(&format!("t{at}")).unwrap(), text.clone());
    app.setup.labels = TenantLabels::new(texts.iter().enumerate().map(|(at, text)| label(at, text)));
    app.forget_bus();
    go_live(&mut app);
    app.context.name = texts.concat();
    app.context.locked_to = texts.to_vec();
    let mut intake = stage::intake();
    let base = u64::try_from(stage::now().timestamp_millis()).unwrap();
    let mut entries = Vec::new();
    for (at, text) in texts.iter().enumerate() {
        let quoted = serde_json::to_string(text).unwrap();
        let id = EntryId::new(base - 1_000 * at as u64, 0);
        let event_type = format!("A{}", "_LONG".repeat(at * 3));
        let good = format!(
            r#"{{"id":"57f7e9a7-7e13-452d-81b7-9892c8fdd92e","eventType":"{event_type}","timestamp":"2026-11-23T13:02:31Z","payload":{{"tenantId":"t{at}","{at}Id":{quoted},"changes":{{{quoted}:{quoted}}}}}}}"#
        );
        let events = [
            good.clone().into_bytes(),
            good.replace('"', "").into_bytes(),
            text.clone().into_bytes(),
            b"\xff\xfe{".to_vec(),
        ];
        for (part, event) in events.into_iter().enumerate() {
            let field = if part == 3 { text.clone().into_bytes() } else { b"event".to_vec() };
            let id = EntryId::new(id.ms, part as u64);
            entries.push(stage::entry(
                &mut intake,
                id,
                &event_type,
                Some("channel:日本"),
                vec![(field, event)],
            ));
        }
    }
    take(&mut app, entries);
    app
}

/// The app in its `way`-th way of being looked at.
fn looked_at(mut app: App, way: usize, text: &str) -> App {
    app.view = if way.is_multiple_of(2) { View::Flow } else { View::Events };
    match way % 9 {
        0 => app.flow.focus = FlowPane::Strip,
        1 | 7 => put_cursor(&mut app, 0),
        2 => {
            app.flow.focus = FlowPane::Matrix;
            (app.flow.matrix.cursor, app.flow.matrix_column) = (Some(2), 8);
        }
        3 => {
            put_cursor(&mut app, way);
            app.events.whole = true;
            app.events.detail.wrap = false;
            app.events.detail.left = 7;
        }
        4 => {
            app.filter.editing =
                Some(Editing { field: Field::new(text), before: String::new(), narrows: Narrows::Events });
        }
        5 => {
            put_cursor(&mut app, 3);
            app.events.focus = EventsPane::Detail;
            app.events.detail.top = 5;
        }
        6 => app.popup = Some(Popup::Help(HelpState { top: 9, query: text.into(), ..HelpState::default() })),
        _ => {
            app.view = View::Flow;
            app.flow.focus = FlowPane::Tenants;
            app.flow.tenants.cursor = Some(1);
            app.tell(tidings::text::display_safe(text));
        }
    }
    if app.filter.is_open() {
        app.filter.live.set(&format!("{text}("));
    }
    app
}

/// Every wide character is whole, and nothing can move the terminal's cursor or turn its text round.
pub(crate) fn check(buffer: &Buffer, is_ascii: bool) {
    for y in 0..buffer.area.height {
        for x in 0..buffer.area.width {
            let symbol = buffer[(x, y)].symbol();
            // Behind a letter: what draws over the letter before it is not seen from one cell.
            let behind = format!("x{symbol}");
            assert_eq!(tidings::text::display_safe(&behind), behind, "at {x}, {y}");
            assert!(!is_ascii || symbol.is_ascii(), "{symbol} at {x}, {y}");
            if tidings::text::width(symbol) > 1 {
                assert!(x + 1 < buffer.area.width, "{symbol} leaves the screen");
                assert_eq!(buffer[(x + 1, y)].symbol(), " ", "{symbol} at {x}, {y} is halved");
            }
        }
    }
}

fn draw_and_ask(app: &App, way: usize) {
    let is_ascii = way.is_multiple_of(3);
    let theme = if is_ascii { ascii() } else { theme() };
    check(&draw(app, &theme), is_ascii);
    let body = views::body(app);
    for pane in FlowPane::ALL {
        views::flow::page(body, app, pane);
    }
    let _ = (views::events::page(body, app), views::events::detail(body, app), views::popups::help(app));
    views::popups::picker_page(app);
}

#[test]
fn every_size_is_drawn() {
    let texts: Vec<_> = NASTY.iter().map(|text| (*text).to_owned()).collect();
    let mut way = 0;
    for width in [1, 2, 3, 16, 39, 40, 41, 59, 60, 61, 79, 80, 99, 119, 120, 139, 140, 200, 260] {
        for height in [1, 2, 9, 10, 11, 13, 16, 24, 30, 40, 90] {
            for _ in 0..2 {
                way += 1;
                let app = looked_at(hostile(Size::new(width, height), &texts), way, NASTY[way % NASTY.len()]);
                draw_and_ask(&app, way);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_drawn(
        texts in proptest::collection::vec("\\PC{0,20}|[\\x00-\\x20\\u{590}-\\u{6ff}日本\\u{300}-\\u{310}👩\\u{200d}\"\\\\]{0,30}", 1..6),
        width in 1..180_u16,
        height in 1..50_u16,
        way in 0..1_000_usize,
    ) {
        let app = looked_at(hostile(Size::new(width, height), &texts), way, &texts[0]);
        draw_and_ask(&app, way);
    }
}

#[test]
fn a_huge_event_is_read_to_its_end() {
    let mut app = fresh(stage::SMALL);
    go_live(&mut app);
    let numbers = vec!["12345678901234567890.10"; 40_000].join(",");
    let text = format!(
        r#"{{"id":"57f7e9a7-7e13-452d-81b7-9892c8fdd92e","eventType":"A","timestamp":"2026-11-23T13:02:31Z","payload":{{"tenantId":"t","n":[{numbers}],"s":"{}","end":{}1{}}}}}"#,
        "é".repeat(100_000),
        "[".repeat(90),
        "]".repeat(90),
    );
    let fields = vec![(b"event".to_vec(), text.into_bytes())];
    let id = EntryId::new(u64::try_from(stage::now().timestamp_millis()).unwrap(), 0);
    take(&mut app, vec![stage::entry(&mut stage::intake(), id, "A", None, fields)]);
    app.view = View::Events;
    put_cursor(&mut app, 0);
    app.events.whole = true;
    let extent = views::events::detail(views::body(&app), &app);
    assert!(extent.lines > 40_000, "{extent:?}");
    app.events.detail.top = extent.lines - extent.page;
    let shown = stage::screen(&app);
    assert!(shown.lines().nth(20).unwrap().starts_with(" }"), "{shown}");
    app.events.detail.top = 20_000;
    assert!(stage::screen(&app).contains("12345678901234567890.10,"));
}
