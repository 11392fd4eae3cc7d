//! Not a test: writes screens with their colours, to be looked at.

use std::fmt::Write as _;

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};

fn sgr(colour: Color, base: u8) -> Option<String> {
    let named = [
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
    match colour {
        Color::Reset => None,
        Color::Indexed(n) => Some(format!("{};5;{n}", base + 8)),
        Color::Rgb(r, g, b) => Some(format!("{};2;{r};{g};{b}", base + 8)),
        named_colour => {
            let at = u8::try_from(named.iter().position(|known| *known == named_colour)?).ok()?;
            Some(if at < 8 { (base + at).to_string() } else { (base + 60 + at - 8).to_string() })
        }
    }
}

/// The screen for a terminal.
pub(crate) fn ansi(buffer: &Buffer) -> String {
    let mut out = String::from("\x1b[2J\x1b[?25l");
    for y in 0..buffer.area.height {
        let mut x = 0;
        while x < buffer.area.width {
            let cell = &buffer[(x, y)];
            let mut codes = vec!["0".to_owned()];
            codes.extend(sgr(cell.fg, 30));
            codes.extend(sgr(cell.bg, 40));
            for (modifier, code) in [
                (Modifier::BOLD, "1"),
                (Modifier::DIM, "2"),
                (Modifier::ITALIC, "3"),
                (Modifier::UNDERLINED, "4"),
                (Modifier::REVERSED, "7"),
            ] {
                codes.extend(cell.modifier.contains(modifier).then(|| code.to_owned()));
            }
            let _ = write!(out, "\x1b[{};{}H\x1b[{}m{}", y + 1, x + 1, codes.join(";"), cell.symbol());
            x += u16::try_from(tidings::text::width(cell.symbol())).unwrap().max(1);
        }
    }
    out
}
