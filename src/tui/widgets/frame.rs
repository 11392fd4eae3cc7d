//! Lines that divide, and the frame of a popup.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::widgets::Clear;

use super::{Words, row};
use crate::text::width;
use crate::tui::theme::{Meaning, Theme};

/// A line through the first row of `area`.
pub(crate) fn rule(frame: &mut Frame<'_>, area: Rect, meaning: Meaning, theme: &Theme) {
    let line = theme.symbols().rule.repeat(usize::from(area.width));
    Words::new(theme).put(line, meaning).draw(frame, area);
}

/// A line through the first column of `area`.
pub(crate) fn rule_down(frame: &mut Frame<'_>, area: Rect, meaning: Meaning, theme: &Theme) {
    for at in 0..usize::from(area.height) {
        Words::new(theme).put(theme.symbols().divide, meaning).draw(frame, row(area, at));
    }
}

/// Clears `area` and draws a frame around it, with a title at its top and a note at its bottom. Returns what is inside.
pub(crate) fn frame_around(
    frame: &mut Frame<'_>,
    area: Rect,
    (title, note): (&str, &str),
    theme: &Theme,
) -> Rect {
    let area = area.intersection(frame.area());
    if area.width < 3 || area.height < 3 {
        return Rect { height: 0, ..area };
    }
    // A blank column at each side, so that cut words do not lean on the frame.
    let around = Rect { x: area.x.saturating_sub(1), width: area.width + 2, ..area };
    frame.render_widget(Clear, around.intersection(frame.area()));
    let symbols = theme.symbols();
    let [top_left, top_right, bottom_left, bottom_right] = symbols.corners;
    let inner = usize::from(area.width) - 2;
    let line = |cells: usize| symbols.rule.repeat(cells);
    let titled = |text: &str| if text.is_empty() { String::new() } else { format!(" {text} ") };
    let (title, note) = (titled(&crate::text::cut_end(title, inner.saturating_sub(4))), titled(note));
    let left = inner.saturating_sub(1 + width(&title));
    Words::new(theme)
        .put(format!("{top_left}{}", line(inner.min(1))), Meaning::Rule)
        .put(title, Meaning::TitleFocused)
        .put(format!("{}{top_right}", line(left)), Meaning::Rule)
        .draw(frame, area);
    let bottom = row(area, usize::from(area.height) - 1);
    Words::new(theme)
        .put(format!("{bottom_left}{}{bottom_right}", line(inner)), Meaning::Rule)
        .draw(frame, bottom);
    let words = Words::new(theme).put(note, Meaning::Dim);
    words.draw_right(frame, Rect { x: area.x + 1, width: area.width - 3, ..bottom });
    for at in 1..usize::from(area.height) - 1 {
        let place = row(area, at);
        Words::new(theme).put(symbols.divide, Meaning::Rule).draw(frame, place);
        Words::new(theme).put(symbols.divide, Meaning::Rule).draw_right(frame, place);
    }
    Rect { x: area.x + 1, y: area.y + 1, width: area.width - 2, height: area.height - 2 }
}
