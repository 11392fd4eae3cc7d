//! What is on the screen, in every state that a person can meet.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a failing test must say where")]

mod paint;
mod stage;
mod states;

use stage::*;
use tidings::tui::app::View;

#[test]
#[ignore = "for eyes: writes screens to /tmp/screens"]
fn paint_all() {
    std::fs::create_dir_all("/tmp/screens").unwrap();
    let save = |name: &str, app: &tidings::tui::app::App| {
        std::fs::write(format!("/tmp/screens/{name}.ans"), paint::ansi(&draw(app, &theme()))).unwrap();
    };
    for (size, name) in [(SMALL, "80"), (MIDDLE, "140"), (ratatui::layout::Size::new(250, 80), "250")] {
        let mut app = busy(size);
        save(&format!("flow-{name}"), &app);
        app.flow.types.cursor = Some(2);
        app.view = View::Events;
        save(&format!("following-{name}"), &app);
        put_cursor(&mut app, 4);
        save(&format!("events-{name}"), &app);
        let row = invalid_row(&app);
        put_cursor(&mut app, row);
        app.events.top = app.events.seq_in(row.saturating_sub(3));
        save(&format!("invalid-{name}"), &app);
    }
    for (name, state) in states::ALL {
        for (size, cells) in [(SMALL, "80"), (MIDDLE, "140")] {
            save(&format!("{name}-{cells}"), &state(size));
        }
    }
}
