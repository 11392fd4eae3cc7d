//! What is on the screen, in every state that a person can meet.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a failing test must say where")]

mod hostile;
mod paint;
mod stage;
mod states;
mod views;

use stage::{MIDDLE, SMALL, draw, theme};
use tidings::tui::app::FlowPane;

#[test]
#[ignore = "for eyes: writes screens to /tmp/screens"]
fn paint_all() {
    std::fs::create_dir_all("/tmp/screens").unwrap();
    let save = |name: &str, app: &tidings::tui::app::App| {
        std::fs::write(format!("/tmp/screens/{name}.ans"), paint::ansi(&draw(app, &theme()))).unwrap();
    };
    let screens: [(&str, fn(ratatui::layout::Size) -> tidings::tui::app::App); 5] = [
        ("flow", views::flow),
        ("following", views::following),
        ("invalid", views::invalid),
        ("reading", views::reading),
        ("whole", views::whole),
    ];
    for (size, cells) in [(SMALL, "80"), (MIDDLE, "140"), (views::WIDE, "250")] {
        for (name, view) in screens {
            save(&format!("{name}-{cells}"), &view(size));
        }
        for (pane, name) in
            [(FlowPane::Matrix, "matrix"), (FlowPane::Strip, "strip"), (FlowPane::Types, "types")]
        {
            save(&format!("{name}-{cells}"), &views::in_pane(size, pane));
        }
    }
    for (name, state) in states::ALL {
        for (size, cells) in [(SMALL, "80"), (MIDDLE, "140")] {
            save(&format!("{name}-{cells}"), &state(size));
        }
    }
}
