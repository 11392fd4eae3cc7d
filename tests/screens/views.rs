//! Both views as they mostly are.

use std::fmt::Write as _;

use ratatui::buffer::Buffer;
use ratatui::layout::Size;
use ratatui::style::Style;
use tidings::tui::app::{App, EventsPane, FlowPane, View};
use tidings::tui::views;

use super::stage::{self, MIDDLE, SMALL, ascii, busy, draw, invalid_row, put_cursor, screen, text, theme};
use super::states;

pub(crate) const NARROW: Size = Size { width: 60, height: 16 };
pub(crate) const WIDE: Size = Size { width: 250, height: 80 };

pub(crate) fn flow(size: Size) -> App {
    busy(size)
}

/// With a cursor in each pane of the Flow view.
pub(crate) fn in_pane(size: Size, pane: FlowPane) -> App {
    let mut app = busy(size);
    app.flow.focus = pane;
    match pane {
        FlowPane::Types => app.flow.types.cursor = Some(1),
        FlowPane::Tenants => app.flow.tenants.cursor = Some(2),
        FlowPane::Matrix => (app.flow.matrix.cursor, app.flow.matrix_column) = (Some(1), 2),
        FlowPane::Errors => app.flow.errors_table.cursor = Some(0),
        FlowPane::Strip => put_cursor(&mut app, 3),
    }
    app
}

pub(crate) fn following(size: Size) -> App {
    let mut app = busy(size);
    app.view = View::Events;
    app
}

/// An invalid event under the cursor.
pub(crate) fn invalid(size: Size) -> App {
    let mut app = following(size);
    let row = invalid_row(&app);
    put_cursor(&mut app, row);
    app.events.top = app.events.seq_in(row.saturating_sub(2));
    app
}

pub(crate) fn reading(size: Size) -> App {
    let mut app = invalid(size);
    app.events.focus = EventsPane::Detail;
    app.events.detail.top = 3;
    app
}

pub(crate) fn whole(size: Size) -> App {
    let mut app = invalid(size);
    app.events.whole = true;
    app
}

#[test]
fn flow_at_every_size() {
    for size in [NARROW, SMALL, MIDDLE, WIDE] {
        insta::assert_snapshot!(format!("flow-{size}"), screen(&flow(size)));
    }
    for (pane, name) in
        [(FlowPane::Tenants, "tenants"), (FlowPane::Matrix, "matrix"), (FlowPane::Strip, "strip")]
    {
        insta::assert_snapshot!(format!("flow-{name}"), screen(&in_pane(MIDDLE, pane)));
    }
    insta::assert_snapshot!("flow-strip-small", screen(&in_pane(SMALL, FlowPane::Strip)));
}

#[test]
fn events_at_every_size() {
    for size in [NARROW, SMALL, MIDDLE] {
        insta::assert_snapshot!(format!("events-{size}"), screen(&following(size)));
        insta::assert_snapshot!(format!("invalid-{size}"), screen(&invalid(size)));
    }
    insta::assert_snapshot!("reading", screen(&reading(MIDDLE)));
    insta::assert_snapshot!("whole", screen(&whole(SMALL)));
}

#[test]
fn ascii_is_all_that_is_drawn() {
    let views =
        [flow, following, invalid, whole, states::help, states::tenants, states::lost, states::paused];
    for (at, view) in views.into_iter().enumerate() {
        let shown = text(&draw(&view(MIDDLE), &ascii()));
        assert!(shown.is_ascii(), "{shown}");
        if at < 3 {
            insta::assert_snapshot!(format!("ascii-{at}"), shown);
        }
    }
}

#[test]
fn the_words_of_the_line_of_truth_never_touch() {
    for width in 40..=120 {
        let app = invalid(Size::new(width, 16));
        let shown = screen(&app);
        let truth = shown.lines().rev().nth(1).unwrap();
        let words: Vec<_> = truth.split_whitespace().collect();
        assert_eq!(words.first(), Some(&"browsing"), "{truth}");
        assert!(words.contains(&"shown"), "{truth}");
    }
}

#[test]
fn what_is_asked_of_the_views_is_what_they_draw() {
    let app = flow(SMALL);
    let body = views::body(&app);
    assert_eq!((body.y, body.height), (3, 18));
    let pages = FlowPane::ALL.map(|pane| views::flow::page(body, &app, pane));
    assert_eq!(pages, [Some(4), Some(4), None, None, Some(8)]);
    let app = invalid(MIDDLE);
    let body = views::body(&app);
    assert_eq!(views::events::page(body, &app), 33);
    let extent = views::events::detail(body, &app);
    assert_eq!((extent.page, extent.width), (33, extent.columns));
    let shown = screen(&app);
    let detail_lines =
        shown.lines().filter_map(|line| line.split_once('│')).filter(|(_, detail)| !detail.trim().is_empty());
    // The heading is no line of it, and one line is blank.
    assert_eq!(detail_lines.count(), extent.lines);
    let tiny = flow(Size::new(30, 5));
    assert!(FlowPane::ALL.iter().all(|pane| views::flow::page(views::body(&tiny), &tiny, *pane).is_none()));
}

/// Runs of one style in a line of the screen.
fn styles(buffer: &Buffer, y: u16) -> String {
    let mut out = String::new();
    let mut last: Option<Style> = None;
    for x in 0..buffer.area.width {
        let cell = &buffer[(x, y)];
        let mut style = cell.style();
        style.underline_color = None;
        if last != Some(style) {
            let modifiers =
                if cell.modifier.is_empty() { String::new() } else { format!(" {:?}", cell.modifier) };
            let _ = write!(out, "\n{}{modifiers}: ", cell.fg);
            last = Some(style);
        }
        out.push_str(cell.symbol());
    }
    out.lines().map(str::trim_end).filter(|line| !line.ends_with(':')).collect::<Vec<_>>().join("\n")
}

#[test]
fn colours_lead_the_eye() {
    let production = draw(&states::production(SMALL), &theme());
    let lines = [0, 2, 3, 22].map(|y| styles(&production, y));
    insta::assert_snapshot!("styles-production", lines.join("\n\n"));
    let invalid = draw(&invalid(MIDDLE), &theme());
    let lines = [1, 3, 4, 5, 6, 15].map(|y| styles(&invalid, y));
    insta::assert_snapshot!("styles-invalid", lines.join("\n\n"));
    let no_colour = tidings::tui::theme::Look {
        depth: tidings::tui::theme::Depth::None,
        ..tidings::tui::theme::Look::default()
    };
    let (no_colour, _) = tidings::tui::theme::Theme::load(&no_colour);
    let mut app = flow(MIDDLE);
    stage::look(&mut app);
    insta::assert_snapshot!("no-colour", text(&draw(&app, &no_colour)));
}
