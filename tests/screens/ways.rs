//! The ways in: the command palette, the list of contexts, the list of tenants, the help.

use ratatui::layout::Size;
use tidings::tui::app::App;

use super::stage::{self, MIDDLE, SMALL, ascii, busy, draw, press, text};
use super::states::production;
use super::views::{NARROW, following};

type State = fn(Size) -> App;

fn after(mut app: App, keys: &str) -> App {
    press(&mut app, keys);
    app
}

pub(super) fn palette(size: Size) -> App {
    after(busy(size), ":")
}

fn searched(size: Size) -> App {
    after(following(size), ": r e t r y")
}

fn types(size: Size) -> App {
    after(busy(size), ": t y p e space t i c")
}

fn scopes(size: Size) -> App {
    after(busy(size), ": t e n a n t space i t")
}

fn themes(size: Size) -> App {
    after(busy(size), ": t h e m e space")
}

fn broken_theme(size: Size) -> App {
    after(busy(size), ": b r o k e n")
}

fn wrong_filter(size: Size) -> App {
    after(busy(size), ": f i l t e r space t y p e : a space a n d")
}

fn contexts_by_name(size: Size) -> App {
    after(production(size), ": c o n t e x t space")
}

fn over_a_list(size: Size) -> App {
    after(busy(size), "t ctrl-p c h")
}

fn contexts(size: Size) -> App {
    after(production(size), "K")
}

fn unknown_tenant(size: Size) -> App {
    after(following(size), "t z z down")
}

fn dimmed(size: Size) -> App {
    after(following(size), "s / t y p e : T I C K E T _ U * enter a space")
}

fn switched(size: Size) -> App {
    after(production(size), "K s t a g enter")
}

fn help_cursor(size: Size) -> App {
    after(following(size), "? j j j j j j j j")
}

fn help_refused(size: Size) -> App {
    after(following(size), "? / f o l l enter")
}

const ALL: [(&str, State); 15] = [
    ("palette", palette),
    ("palette-searched", searched),
    ("palette-types", types),
    ("palette-tenants", scopes),
    ("palette-themes", themes),
    ("palette-broken-theme", broken_theme),
    ("palette-wrong-filter", wrong_filter),
    ("palette-contexts", contexts_by_name),
    ("palette-over-a-list", over_a_list),
    ("contexts", contexts),
    ("tenants-unknown", unknown_tenant),
    ("dimmed-by-type", dimmed),
    ("switched", switched),
    ("help-cursor", help_cursor),
    ("help-refused", help_refused),
];

#[test]
fn every_way_in_has_its_screen() {
    for (name, state) in ALL {
        for (size, cells) in [(SMALL, "80x24"), (MIDDLE, "140x40")] {
            insta::assert_snapshot!(format!("{name}-{cells}"), stage::screen(&state(size)));
        }
    }
    insta::assert_snapshot!("palette-60x16", stage::screen(&searched(NARROW)));
}

#[test]
fn in_ascii_they_are_ascii() {
    for (name, state) in ALL {
        let shown = text(&draw(&state(SMALL), &ascii()));
        assert!(shown.is_ascii(), "{name}: {shown}");
    }
}
