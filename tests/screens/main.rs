//! What is on the screen, in every state that a person can meet.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a failing test must say where")]

mod paint;
mod stage;

use stage::*;
use tidings::tui::app::View;

#[test]
fn look() {
    let mut app = busy(SMALL);
    print!("{}", screen(&app));
    app.size = MIDDLE;
    stage::look(&mut app);
    print!("{}", screen(&app));
    app.view = View::Events;
    let row = invalid_row(&app);
    put_cursor(&mut app, row.min(8));
    print!("{}", screen(&app));
    app.size = SMALL;
    put_cursor(&mut app, row);
    print!("{}", screen(&app));
    app.size = ratatui::layout::Size::new(60, 16);
    app.view = View::Flow;
    print!("{}", screen(&app));
}
