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
    let screens: [(&str, states::State); 5] = [
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

#[test]
#[ignore = "for eyes: prints how long a frame takes in this build"]
fn time_a_frame() {
    let size = ratatui::layout::Size::new(200, 60);
    let mut app = stage::fresh(size);
    app.setup.limits = tidings::monitor::Limits { bytes: usize::MAX, entries: usize::MAX };
    app.forget_bus();
    stage::go_live(&mut app);
    let day = stage::day(400.0, 6, None);
    for _ in 0..3 {
        stage::take(&mut app, day.clone());
    }
    for view in tidings::tui::app::View::ALL {
        app.view = view;
        for cursor in [false, true] {
            if cursor {
                stage::put_cursor(&mut app, 3);
            }
            let begun = std::time::Instant::now();
            (0..20).for_each(|_| drop(draw(&app, &theme())));
            println!("{view:?}, {} retained: {:?} a frame", app.monitor.ring().len(), begun.elapsed() / 20);
        }
    }
}
