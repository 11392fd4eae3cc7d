//! Every theme that comes with the program, in every depth.

mod files;

use anstyle::RgbColor;
use anstyle_lossy::palette::{Palette, VGA, WIN10_CONSOLE};
use ratatui::style::{Color, Modifier, Style};

use super::depth::{Ground, contrast, rgb};
use super::styles::spelled;
use super::*;

/// As xterm has it: what is bright there is nearly white.
const XTERM: Palette = Palette([
    RgbColor(0, 0, 0),
    RgbColor(205, 0, 0),
    RgbColor(0, 205, 0),
    RgbColor(205, 205, 0),
    RgbColor(0, 0, 238),
    RgbColor(205, 0, 205),
    RgbColor(0, 205, 205),
    RgbColor(229, 229, 229),
    RgbColor(127, 127, 127),
    RgbColor(255, 0, 0),
    RgbColor(0, 255, 0),
    RgbColor(255, 255, 0),
    RgbColor(92, 92, 255),
    RgbColor(255, 0, 255),
    RgbColor(0, 255, 255),
    RgbColor(255, 255, 255),
]);
const BLACK: RgbColor = RgbColor(0, 0, 0);
const WHITE: RgbColor = RgbColor(255, 255, 255);

/// What must never be taken for something else.
const TELLING: [Meaning; 6] = [
    Meaning::Text,
    Meaning::Selection,
    Meaning::Failed,
    Meaning::Production,
    Meaning::Dead,
    Meaning::Waiting,
];
/// Lines and blocks: nothing is read there.
const SHAPES: [Meaning; 8] = [
    Meaning::Rule,
    Meaning::RuleProduction,
    Meaning::Chart,
    Meaning::ChartHigh,
    Meaning::Spark,
    Meaning::Heat1,
    Meaning::Heat2,
    Meaning::Heat3,
];
/// What a theme with colours tells from ordinary text, and from each other.
const OUTCOMES: [Meaning; 4] = [Meaning::Ok, Meaning::Waiting, Meaning::Failed, Meaning::Dead];
/// What stands out from ordinary text in every theme and depth, by a colour or by how it is written.
const OUTSTANDING: [Meaning; 10] = [
    Meaning::Accent,
    Meaning::TitleFocused,
    Meaning::Selection,
    Meaning::SelectionIdle,
    Meaning::TabOpen,
    Meaning::Key,
    Meaning::Failed,
    Meaning::Production,
    Meaning::Caret,
    Meaning::Match,
];

fn load(name: &str, depth: Depth) -> Theme {
    let (theme, mistake) = Theme::load(&Look { theme: name.to_owned(), depth, ..Look::default() });
    assert_eq!(mistake, None, "{name}");
    theme
}

/// The themes of true colours, which bring their own background.
fn painted() -> impl Iterator<Item = &'static str> {
    Themes::built_in().filter(|name| load(name, Depth::True).style(Meaning::Screen).bg.is_some())
}

/// What a cell of `meaning` looks like.
fn colours(theme: &Theme, meaning: Meaning) -> (RgbColor, RgbColor) {
    let (style, screen) = (theme.style(meaning), theme.style(Meaning::Screen));
    let fg = style.fg.or(screen.fg).and_then(rgb).unwrap();
    let bg = style.bg.or(screen.bg).and_then(rgb).unwrap();
    if style.add_modifier.contains(Modifier::REVERSED) { (bg, fg) } else { (fg, bg) }
}

#[test]
fn what_matters_looks_like_nothing_else_in_every_theme_with_colours() {
    for name in Themes::built_in().filter(|name| *name != "mono") {
        for depth in [Depth::Sixteen, Depth::Indexed, Depth::True] {
            let theme = load(name, depth);
            for (at, one) in TELLING.iter().enumerate() {
                for other in &TELLING[at + 1..] {
                    assert_ne!(
                        theme.style(*one),
                        theme.style(*other),
                        "{name}, {depth:?}: {one:?} {other:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn outcomes_and_what_stands_out_look_like_no_ordinary_text_in_any_theme_and_depth() {
    for name in Themes::built_in() {
        for depth in [Depth::None, Depth::Sixteen, Depth::Indexed, Depth::True] {
            let theme = load(name, depth);
            for meaning in OUTSTANDING {
                assert_ne!(
                    theme.style(meaning),
                    theme.style(Meaning::Text),
                    "{name}, {depth:?}: {meaning:?}"
                );
            }
            if depth == Depth::None || name == "mono" {
                continue;
            }
            for (at, one) in OUTCOMES.iter().enumerate() {
                let colours = |meaning| (theme.style(meaning).fg, theme.style(meaning).bg);
                assert_ne!(colours(*one), colours(Meaning::Text), "{name}, {depth:?}: {one:?}");
                for other in &OUTCOMES[at + 1..] {
                    let (one, other) = (theme.style(*one), theme.style(*other));
                    assert_ne!(one, other, "{name}, {depth:?}");
                }
            }
        }
    }
}

#[test]
fn outcomes_are_told_by_signs_too() {
    for ascii in [false, true] {
        let (theme, _) = Theme::load(&Look { ascii, ..Look::default() });
        let signs = theme.symbols();
        let signs =
            [signs.ok, signs.failed, signs.waiting, signs.warning, signs.none, signs.unknown, signs.live];
        let all: std::collections::BTreeSet<_> = signs.iter().collect();
        assert_eq!(all.len(), signs.len(), "{signs:?}");
    }
}

#[test]
fn without_colours_what_matters_still_stands_out() {
    for name in Themes::built_in() {
        let theme = load(name, Depth::None);
        assert_eq!(theme, load("mono", Depth::None), "{name}");
        for meaning in Meaning::ALL {
            let style = theme.style(*meaning);
            assert_eq!((style.fg, style.bg), (None, None), "{name}: {meaning:?}");
        }
        for meaning in TELLING.into_iter().filter(|meaning| *meaning != Meaning::Text) {
            assert_ne!(theme.style(meaning), theme.style(Meaning::Text), "{name}: {meaning:?}");
        }
    }
    assert_eq!(load("mono", Depth::True).styles, load("mono", Depth::None).styles, "mono has no colours");
}

#[test]
fn text_can_be_read_on_the_background_that_a_theme_brings() {
    assert_eq!(painted().collect::<Vec<_>>(), ["high-contrast", "light", "tide"]);
    for (name, depth) in painted().flat_map(|name| [(name, Depth::True), (name, Depth::Indexed)]) {
        let theme = load(name, depth);
        for meaning in Meaning::ALL {
            let least = match (name, depth) {
                ("high-contrast", _) => 7.0,
                _ if SHAPES.contains(meaning) => 1.5,
                (_, Depth::True) => 4.5,
                // The nearest of 256 is not always near.
                _ => 4.0,
            };
            let (fg, bg) = colours(&theme, *meaning);
            let found = contrast(fg, bg);
            assert!(found >= least, "{name}, {depth:?}: {meaning:?} has {found:.2}, which is under {least}");
        }
    }
}

#[test]
fn a_row_under_the_cursor_keeps_its_colours_readable() {
    for name in painted() {
        let theme = load(name, Depth::True);
        let selection = theme.style(Meaning::Selection);
        let Some(band) = selection.bg.and_then(rgb) else { panic!("{name} has no band") };
        let (_, ground) = colours(&theme, Meaning::Screen);
        assert!(contrast(band, ground) > 1.2, "{name}: the band cannot be seen");
        let shown: Vec<_> = match selection.fg.and_then(rgb) {
            Some(fg) => vec![fg],
            None => Meaning::ALL
                .iter()
                .filter(|meaning| !SHAPES.contains(meaning) && **meaning != Meaning::Heat0)
                .filter(|meaning| theme.style(**meaning).bg.is_none() && **meaning != Meaning::Caret)
                // Of what is reversed, the band shows through the letters.
                .map(|meaning| {
                    theme.style(*meaning).fg.or(theme.style(Meaning::Screen).fg).and_then(rgb).unwrap()
                })
                .collect(),
        };
        for fg in shown {
            let found = contrast(fg, band);
            assert!(found >= 4.5, "{name}: {fg:?} has {found:.2} on the band");
        }
    }
}

/// Colours all over the cube, those with numbers, and those with names.
fn many_colours() -> Vec<Color> {
    let steps = || (0..=255u8).step_by(17);
    let cube = steps().flat_map(|r| steps().flat_map(move |g| steps().map(move |b| Color::Rgb(r, g, b))));
    cube.chain((0..=255).map(Color::Indexed)).chain(styles::NAMES.map(|(_, colour)| colour)).collect()
}

/// What a terminal of 16 colours shows for `colour`, where `bold` makes it bright in many.
fn shown(colour: Color, palette: Palette, bold: bool) -> RgbColor {
    let order = [
        Color::Black,
        Color::Red,
        Color::Green,
        Color::Yellow,
        Color::Blue,
        Color::Magenta,
        Color::Cyan,
        Color::Gray,
        Color::DarkGray,
        Color::LightRed,
        Color::LightGreen,
        Color::LightYellow,
        Color::LightBlue,
        Color::LightMagenta,
        Color::LightCyan,
        Color::White,
    ];
    let at = order.iter().position(|known| *known == colour).expect("one of the sixteen");
    palette.0[if bold && (1..7).contains(&at) { at + 8 } else { at }]
}

#[test]
fn no_text_vanishes_on_a_terminal_of_16_colours() {
    for (ground, screens) in
        [(Ground::Unknown, &[BLACK, WHITE][..]), (Ground::Dark, &[BLACK]), (Ground::Light, &[WHITE])]
    {
        for colour in many_colours() {
            let style = Style::new().fg(colour).add_modifier(Modifier::BOLD);
            let text = Depth::Sixteen.reduce(style, ground, false);
            let Some(fg) = text.fg else { continue };
            if let Some(bg) = text.bg {
                // Yellow, in no palette to be read on white.
                assert_eq!((ground, fg, bg), (Ground::Light, Color::Black, Color::Yellow));
                continue;
            }
            let bold = text.add_modifier.contains(Modifier::BOLD);
            for (palette, bold) in [(VGA, false), (WIN10_CONSOLE, false), (XTERM, false), (XTERM, bold)] {
                for screen in screens {
                    let found = contrast(shown(fg, palette, bold), *screen);
                    assert!(found >= 1.5, "{colour:?} becomes {fg:?}, which has {found:.2} on {screen:?}");
                }
            }
        }
    }
}

#[test]
fn what_stands_on_a_background_of_its_own_can_be_read_with_16_colours() {
    for colour in many_colours().into_iter().filter(|colour| *colour != Color::Reset) {
        let style = Style::new().fg(Color::Rgb(90, 90, 90)).bg(colour);
        for ground in [Ground::Unknown, Ground::Dark, Ground::Light] {
            let text = Depth::Sixteen.reduce(style, ground, false);
            let Some(bg) = text.bg else {
                assert!(text.add_modifier.contains(Modifier::REVERSED) && text.fg.is_none(), "{colour:?}");
                continue;
            };
            for palette in [VGA, WIN10_CONSOLE, XTERM] {
                let found = contrast(shown(text.fg.unwrap(), palette, false), shown(bg, palette, false));
                assert!(found >= 3.0, "{colour:?} becomes {text:?}, which has {found:.2}");
            }
        }
    }
}

#[test]
fn every_depth_has_only_its_own_colours() {
    let is_named = |colour: Color| !matches!(colour, Color::Rgb(..) | Color::Indexed(_));
    for name in Themes::built_in() {
        for meaning in Meaning::ALL {
            for colour in [Depth::Sixteen, Depth::Indexed].into_iter().flat_map(|depth| {
                let style = load(name, depth).style(*meaning);
                [style.fg, style.bg].into_iter().flatten().map(move |colour| (depth, colour))
            }) {
                match colour {
                    (Depth::Sixteen, colour) => assert!(is_named(colour), "{name}: {meaning:?}: {colour:?}"),
                    (_, colour) => assert!(!matches!(colour, Color::Rgb(..)), "{name}: {meaning:?}"),
                }
            }
        }
    }
    assert_eq!(load("tide", Depth::Indexed).style(Meaning::Screen).bg, Some(Color::Indexed(233)));
    assert_eq!(load("light", Depth::Sixteen).style(Meaning::Failed).fg, Some(Color::Red));
}

#[test]
fn a_theme_written_down_whole_is_the_same_theme() {
    for name in Themes::built_in() {
        let theme = load(name, Depth::True);
        assert_eq!(Theme::parse("copy", &theme.toml()).unwrap().styles, theme.styles, "{name}");
    }
    for colour in many_colours() {
        let text = format!("[styles]\nok = \"{}\"", spelled(colour));
        assert_eq!(Theme::parse("one", &text).unwrap().style(Meaning::Ok).fg, Some(colour));
    }
}

#[test]
fn ascii_signs_are_ascii() {
    let all = format!("{:?}", symbols::ASCII);
    assert!(all.is_ascii(), "{all}");
    assert_eq!(Symbols::to_ascii("日"), "?");
    assert_eq!(Symbols::to_ascii("…"), "~");
}

/// The rows of docs/themes.md.
fn rows() -> String {
    let row = |meaning: &Meaning| {
        let fallback = meaning.fallback().map_or(String::new(), |other| format!("`{}`", other.spelling()));
        format!("| `{}` | {} | {fallback} |\n", meaning.spelling(), meaning.help().trim_end_matches('.'))
    };
    Meaning::ALL.iter().map(row).collect()
}

#[test]
fn docs_themes_md_tells_every_meaning_and_every_theme() {
    const DOCS: &str = include_str!("../../../../docs/themes.md");
    let (_, table) =
        DOCS.split_once("| Meaning | What it is | Where it is left out |\n|---|---|---|\n").unwrap();
    let table = table.split("\n\n").next().unwrap().trim_end();
    assert!(
        table == rows().trim_end(),
        "the table of docs/themes.md is not current; it should be:\n{}",
        rows()
    );
    for name in Themes::built_in() {
        assert!(DOCS.contains(&format!("| `{name}` |")), "{name}");
    }
    let example = DOCS.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    Theme::parse("example", example).unwrap();
}

#[test]
fn what_is_masked_looks_like_nothing_that_stands_in_json_in_any_theme_and_depth() {
    use Meaning::{JsonKey, JsonMark, JsonNumber, JsonString, JsonWord};
    for name in Themes::built_in() {
        for depth in [Depth::None, Depth::Sixteen, Depth::Indexed, Depth::True] {
            let theme = load(name, depth);
            for other in [JsonKey, JsonMark, JsonNumber, JsonString, JsonWord, Meaning::Match, Meaning::Text]
            {
                let (sign, other) = (theme.style(Meaning::Redacted), theme.style(other));
                assert_ne!(sign, other, "{name}, {depth:?}");
            }
        }
    }
}
