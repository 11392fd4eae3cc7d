//! How many colours a terminal has, and what becomes of a theme's colours where those are few.

use anstyle::{Ansi256Color, AnsiColor, RgbColor};
use anstyle_lossy::palette::Palette;
use ratatui::style::{Color, Modifier, Style};

/// The colours of a terminal that says nothing of its own: as good a guess as any.
const PALETTE: Palette = anstyle_lossy::palette::VGA;

/// How many colours the terminal has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// None: bold, underline and reverse stay.
    None,
    /// The 16 that have names.
    Sixteen,
    /// The 256 that have numbers.
    Indexed,
    /// All.
    #[default]
    True,
}

/// What a style is drawn on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ground {
    /// The terminal's own background, of which nobody knows.
    Unknown,
    Dark,
    Light,
}

impl Ground {
    /// What `screen`, the style of the whole screen, makes everything be drawn on.
    pub(super) fn of(screen: Style) -> Self {
        match screen.bg.and_then(rgb) {
            None => Self::Unknown,
            Some(colour) if luminance(colour) < 0.2 => Self::Dark,
            Some(_) => Self::Light,
        }
    }
}

impl Depth {
    /// `style` in colours that this terminal has, where it is drawn on `ground`. `is_ground`: it is the screen's own.
    pub(super) fn reduce(self, style: Style, ground: Ground, is_ground: bool) -> Style {
        match self {
            Self::True => style,
            Self::Indexed => Style { fg: style.fg.map(indexed), bg: style.bg.map(indexed), ..style },
            Self::Sixteen if is_ground => sixteen_ground(style, ground),
            Self::Sixteen => sixteen(style, ground),
            Self::None => Style { fg: None, bg: None, underline_color: None, ..style },
        }
    }
}

pub(super) fn indexed(colour: Color) -> Color {
    match colour {
        Color::Rgb(r, g, b) => Color::Indexed(anstyle_lossy::rgb_to_xterm(RgbColor(r, g, b)).0),
        other => other,
    }
}

fn sixteen_ground(style: Style, ground: Ground) -> Style {
    match ground {
        Ground::Unknown => Style { fg: None, bg: None, ..style },
        Ground::Dark => Style { fg: Some(Color::White), bg: Some(Color::Black), ..style },
        Ground::Light => Style { fg: Some(Color::Black), bg: Some(Color::White), ..style },
    }
}

/// No text may vanish: neither on the ground, nor on a background of its own, nor where the ground is not known.
fn sixteen(style: Style, ground: Ground) -> Style {
    let given = |colour: Option<Color>| colour.and_then(rgb);
    if let Some(bg) = given(style.bg) {
        return match Hue::of(bg) {
            Some(hue) => {
                let bg = hue.named();
                let on_it = |colour| rgb(bg).map_or(1.0, |bg| contrast(bg, colour));
                let is_dark = on_it(RgbColor(255, 255, 255)) >= on_it(RgbColor(0, 0, 0));
                let fg = if is_dark { Color::White } else { Color::Black };
                Style { fg: Some(fg), bg: Some(bg), ..style }
            }
            // A shade of the ground cannot be told from it.
            None => Style { fg: None, bg: None, ..style }.add_modifier(Modifier::REVERSED),
        };
    }
    let style = Style { bg: None, ..style };
    let Some(fg) = given(style.fg) else { return Style { fg: None, ..style } };
    match (Hue::of(fg), ground) {
        (None, Ground::Dark) => {
            Style { fg: Some(if luminance(fg) < 0.6 { Color::Gray } else { Color::White }), ..style }
        }
        (None, Ground::Light) => {
            Style { fg: Some(if luminance(fg) > 0.05 { Color::DarkGray } else { Color::Black }), ..style }
        }
        // Any grey may be the background itself. What is between black and white is text of second rank.
        (None, Ground::Unknown) => {
            let is_between = (0.1..0.7).contains(&luminance(fg));
            let style = Style { fg: None, ..style };
            if is_between { style.add_modifier(Modifier::DIM) } else { style }
        }
        (Some(hue), Ground::Dark) => Style { fg: Some(hue.bright()), ..style },
        // Blue cannot be read on black in many palettes, nor cyan on white.
        (Some(Hue::Blue), Ground::Unknown) => steady(Style { fg: Some(Color::Cyan), ..style }),
        // Nor yellow on white, in any: a marker over black letters can.
        (Some(Hue::Yellow), Ground::Light) => {
            Style { fg: Some(Color::Black), bg: Some(Color::Yellow), ..style }
        }
        (Some(Hue::Cyan), Ground::Light) => Style { fg: Some(Color::Blue), ..style },
        (Some(hue), Ground::Light | Ground::Unknown) => steady(Style { fg: Some(hue.named()), ..style }),
    }
}

/// Not bold, where terminals that draw bold as bright would draw what cannot be read on white.
fn steady(style: Style) -> Style {
    let is_pale = matches!(style.fg, Some(Color::Green | Color::Yellow | Color::Cyan));
    if is_pale { Style { add_modifier: style.add_modifier - Modifier::BOLD, ..style } } else { style }
}

/// The colours among the sixteen that are none of black, white and grey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hue {
    Red,
    Yellow,
    Green,
    Cyan,
    Blue,
    Magenta,
}

impl Hue {
    /// The nearest one; none for greys, and for what is nearly one.
    fn of(colour: RgbColor) -> Option<Self> {
        let [r, g, b] = [colour.0, colour.1, colour.2].map(i32::from);
        let (most, least) = (r.max(g).max(b), r.min(g).min(b));
        let range = most - least;
        // Relative to how bright it is: a dark blue is blue, a dark grey with a touch of blue is not.
        if range < 60 || range * 4 < most {
            return None;
        }
        let degrees = |a: i32, b: i32, from: i32| from + 60 * (a - b) / range;
        let degrees = if most == r {
            degrees(g, b, 360) % 360
        } else if most == g {
            degrees(b, r, 120)
        } else {
            degrees(r, g, 240)
        };
        Some(match degrees {
            24..70 => Self::Yellow,
            70..160 => Self::Green,
            160..200 => Self::Cyan,
            200..255 => Self::Blue,
            255..340 => Self::Magenta,
            _ => Self::Red,
        })
    }

    fn named(self) -> Color {
        match self {
            Self::Red => Color::Red,
            Self::Yellow => Color::Yellow,
            Self::Green => Color::Green,
            Self::Cyan => Color::Cyan,
            Self::Blue => Color::Blue,
            Self::Magenta => Color::Magenta,
        }
    }

    fn bright(self) -> Color {
        match self {
            Self::Red => Color::LightRed,
            Self::Yellow => Color::LightYellow,
            Self::Green => Color::LightGreen,
            Self::Cyan => Color::LightCyan,
            Self::Blue => Color::LightBlue,
            Self::Magenta => Color::LightMagenta,
        }
    }
}

/// What a colour is made of; none for the terminal's own.
pub(super) fn rgb(colour: Color) -> Option<RgbColor> {
    let named = |colour: AnsiColor| Some(anstyle_lossy::ansi_to_rgb(colour, PALETTE));
    match colour {
        Color::Reset => None,
        Color::Rgb(r, g, b) => Some(RgbColor(r, g, b)),
        Color::Indexed(number) => Some(anstyle_lossy::xterm_to_rgb(Ansi256Color(number), PALETTE)),
        Color::Black => named(AnsiColor::Black),
        Color::Red => named(AnsiColor::Red),
        Color::Green => named(AnsiColor::Green),
        // It is brown in some palettes, and nearly white in others: what is written on it must be black.
        Color::Yellow | Color::LightYellow => named(AnsiColor::BrightYellow),
        Color::Blue => named(AnsiColor::Blue),
        Color::Magenta => named(AnsiColor::Magenta),
        Color::Cyan => named(AnsiColor::Cyan),
        Color::Gray => named(AnsiColor::White),
        Color::DarkGray => named(AnsiColor::BrightBlack),
        Color::LightRed => named(AnsiColor::BrightRed),
        Color::LightGreen => named(AnsiColor::BrightGreen),
        Color::LightBlue => named(AnsiColor::BrightBlue),
        Color::LightMagenta => named(AnsiColor::BrightMagenta),
        Color::LightCyan => named(AnsiColor::BrightCyan),
        Color::White => named(AnsiColor::BrightWhite),
    }
}

/// Relative luminance (WCAG 2.2): 0 for black, 1 for white.
pub(super) fn luminance(colour: RgbColor) -> f64 {
    let part = |value: u8| {
        let value = f64::from(value) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * part(colour.0) + 0.7152 * part(colour.1) + 0.0722 * part(colour.2)
}

/// How well two colours can be told apart (WCAG 2.2): from 1 to 21.
pub(super) fn contrast(one: RgbColor, other: RgbColor) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}
