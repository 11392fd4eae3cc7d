//! Colours between two: charts go from one to the other with their height.

use anstyle::RgbColor;
use ratatui::style::{Color, Style};

use super::depth::{indexed, rgb};
use super::{Depth, Meaning, Theme};

/// From here on numbers are the same colours in every terminal; those below are the terminal's own.
const FIXED: u8 = 16;

impl Theme {
    /// The style that lies at `part` of the way from `low` (0) to `high` (1). Where nobody knows what lies between their
    /// colours, it is that of the nearer one.
    pub(crate) fn between(&self, (low, high): (Meaning, Meaning), part: f64) -> Style {
        let (low, high) = (self.style(low), self.style(high));
        let nearer = if part < 0.5 { low } else { high };
        let Some((from, to)) = low.fg.and_then(fixed).zip(high.fg.and_then(fixed)) else { return nearer };
        let mixed = Color::Rgb(mix(from.0, to.0, part), mix(from.1, to.1, part), mix(from.2, to.2, part));
        let mixed = if self.depth == Depth::True { mixed } else { indexed(mixed) };
        Style { fg: Some(mixed), ..nearer }
    }
}

/// What `colour` is made of, where every terminal shows the same.
fn fixed(colour: Color) -> Option<RgbColor> {
    match colour {
        Color::Rgb(..) => rgb(colour),
        Color::Indexed(number) if number >= FIXED => rgb(colour),
        _ => None,
    }
}

fn mix(from: u8, to: u8, part: f64) -> u8 {
    let mixed = f64::from(from) + (f64::from(to) - f64::from(from)) * part.clamp(0.0, 1.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it lies between two numbers from 0 to 255"
    )]
    let mixed = mixed.round() as u8;
    mixed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::Look;

    const CHART: (Meaning, Meaning) = (Meaning::Chart, Meaning::ChartHigh);

    fn theme(depth: Depth, styles: &str) -> Theme {
        Theme::parse("between", &format!("[styles]\n{styles}")).unwrap().on(depth)
    }

    #[test]
    fn a_colour_between_two_is_mixed_of_both() {
        let theme = theme(Depth::True, "chart = '#000000'\nchart-high = '#80ff40'");
        assert_eq!(theme.between(CHART, 0.0).fg, Some(Color::Rgb(0, 0, 0)));
        assert_eq!(theme.between(CHART, 0.5).fg, Some(Color::Rgb(64, 128, 32)));
        assert_eq!(theme.between(CHART, 1.0).fg, Some(Color::Rgb(128, 255, 64)));
    }

    #[test]
    fn with_256_colours_it_is_one_of_them() {
        let theme = theme(Depth::Indexed, "chart = 30\nchart-high = 44");
        assert_eq!(theme.between(CHART, 0.0).fg, Some(Color::Indexed(30)));
        assert_eq!(theme.between(CHART, 0.5).fg, Some(Color::Indexed(37)));
        assert_eq!(theme.between(CHART, 1.0).fg, Some(Color::Indexed(44)));
    }

    #[test]
    fn nothing_lies_between_colours_that_a_terminal_calls_its_own() {
        let theme = theme(Depth::True, "chart = 'blue'\nchart-high = { fg = 'cyan', bold = true }");
        assert_eq!(theme.between(CHART, 0.4), theme.style(Meaning::Chart));
        assert_eq!(theme.between(CHART, 0.6), theme.style(Meaning::ChartHigh));
        for depth in [Depth::Sixteen, Depth::None] {
            let (tide, _) = Theme::load(&Look { theme: "tide".to_owned(), depth, ..Look::default() });
            assert_eq!(tide.between(CHART, 0.1), tide.style(Meaning::Chart), "{depth:?}");
            assert_eq!(tide.between(CHART, 0.9), tide.style(Meaning::ChartHigh), "{depth:?}");
        }
    }

    #[test]
    fn a_chart_without_a_colour_for_its_peaks_has_one_colour() {
        let theme = theme(Depth::True, "chart = '#102030'");
        for part in [0.0, 0.3, 1.0] {
            assert_eq!(theme.between(CHART, part), theme.style(Meaning::Chart));
        }
    }
}
