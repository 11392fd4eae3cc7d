//! The big chart: an area below a line, in bars of eighths of a cell. Bars, because fonts without braille dots are
//! common, and they are finer upwards, where the numbers are. The higher, the brighter: a peak is seen from afar.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::row;
use crate::tui::theme::{Meaning, Theme};

/// What a chart shows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chart<'a> {
    /// Oldest first; the newest is at the right edge.
    pub(crate) values: &'a [u64],
    /// How it looks at its foot, and at its highest.
    pub(crate) looks: (Meaning, Meaning),
}

/// Draws `chart` so that it fills `area`. The highest value reaches the top.
pub(crate) fn chart(frame: &mut Frame<'_>, area: Rect, chart: &Chart<'_>, theme: &Theme) {
    let area = area.intersection(frame.area());
    if area.is_empty() || chart.values.is_empty() {
        return;
    }
    let bars = &theme.symbols().bars;
    let (width, height) = (usize::from(area.width), usize::from(area.height));
    let heights = heights(chart.values, width, height * bars.len());
    for line in 0..height {
        let from_foot = height - 1 - line;
        let below = from_foot * bars.len();
        let part = if height > 1 { from_foot as f64 / (height - 1) as f64 } else { 0.5 };
        let style = theme.between(chart.looks, part);
        let text: String = heights.iter().map(|height| bar(bars, height.saturating_sub(below))).collect();
        let place = row(area, line);
        frame.buffer_mut().set_stringn(place.x, place.y, text, width, style);
    }
}

fn bar(bars: &[&'static str; 8], height: usize) -> &'static str {
    match height {
        0 => " ",
        height => bars[height.min(bars.len()) - 1],
    }
}

/// `values` drawn out or drawn together to `columns` heights from 0 to `top`. Something is never drawn as nothing.
fn heights(values: &[u64], columns: usize, top: usize) -> Vec<usize> {
    let most = values.iter().copied().max().unwrap_or(0).max(1) as f64;
    (0..columns)
        .map(|column| {
            let from = (column * values.len() / columns).min(values.len() - 1);
            let to = ((column + 1) * values.len() / columns).clamp(from + 1, values.len());
            // The highest of them, so that the peak is as high as its number says.
            let value = values[from..to].iter().copied().max().unwrap_or(0);
            scaled(value as f64 / most, top, value > 0)
        })
        .collect()
}

/// A part of `top`, at least 1 for something.
pub(super) fn scaled(part: f64, top: usize, is_something: bool) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a part from 0 to 1 of a small number"
    )]
    let height = (part * top as f64).round() as usize;
    height.min(top).max(usize::from(is_something))
}

#[cfg(test)]
mod tests {
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    use super::*;
    use crate::tui::theme::Look;

    #[test]
    fn a_chart_is_brighter_the_higher_it_is() {
        let (theme, _) = Theme::load(&Look { theme: "tide".to_owned(), ..Look::default() });
        let mut terminal = Terminal::new(TestBackend::new(2, 5)).unwrap();
        let looks = (Meaning::Chart, Meaning::ChartHigh);
        let drawn = terminal.draw(|frame| chart(frame, frame.area(), &Chart { values: &[9], looks }, &theme));
        let buffer = drawn.unwrap().buffer.clone();
        let colours: Vec<_> = (0..5).rev().map(|line| buffer[(0, line)].fg).collect();
        assert_eq!(Some(colours[0]), theme.style(Meaning::Chart).fg, "at its foot");
        assert_eq!(Some(colours[4]), theme.style(Meaning::ChartHigh).fg, "at its highest");
        assert!(colours.windows(2).all(|two| two[0] != two[1]), "{colours:?}");
    }

    #[test]
    fn the_peak_reaches_the_top_and_a_trickle_is_seen() {
        assert_eq!(heights(&[0, 1, 1000, 500], 4, 8), [0, 1, 8, 4]);
        assert_eq!(heights(&[1, 1000, 0, 0], 2, 8), [8, 0], "drawn together");
        assert_eq!(heights(&[1, 2], 4, 2), [1, 1, 2, 2], "drawn out");
        assert_eq!(heights(&[0; 300], 3, 8), [0, 0, 0]);
    }
}
