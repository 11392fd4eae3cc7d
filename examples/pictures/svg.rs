//! A screen as SVG: sharp at every size, small, and of whatever fonts the reader has.
//!
//! Letters are text, each run of them exactly as wide as its cells; lines, bars and shades are shapes, so that they meet
//! whatever font there is. The screen's text stands in the description, for those who cannot see it, and for tests.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use vt100::{Cell, Color, Screen};

/// Cells in tenths of a pixel: whole numbers keep the file short.
const CELL: (u32, u32) = (84, 180);
/// From the top of a cell to its base line, in tenths.
const BASE: u32 = 136;
/// Around the screen, in tenths.
const MARGIN: u32 = 100;
const FONT: &str = "ui-monospace,SFMono-Regular,Menlo,Consolas,DejaVu Sans Mono,Liberation Mono,monospace";
/// What a terminal has where a program asks for no colour.
const GROUND: (Rgb, Rgb) = ([0xd9, 0xe6, 0xec], [0x0b, 0x16, 0x20]);

type Rgb = [u8; 3];

/// Letters of one look that stand side by side.
#[derive(Clone, PartialEq)]
struct Look {
    colour: Rgb,
    bold: bool,
    italic: bool,
    underline: bool,
}

/// The picture of `screen`.
pub(crate) fn picture(name: &str, screen: &Screen) -> String {
    let (rows, columns) = screen.size();
    let (rows, columns) = (rows.get(), columns.get());
    let (width, height) = (u32::from(columns) * CELL.0 + 2 * MARGIN, u32::from(rows) * CELL.1 + 2 * MARGIN);
    let ground = screen.cell(0, 0).map_or(GROUND.1, |cell| colours(cell).1);
    let mut shapes: BTreeMap<(Rgb, u8), String> = BTreeMap::new();
    let mut words = String::new();
    for row in 0..rows {
        let mut run: Option<(u16, u16, Look, String)> = None;
        for column in 0..columns {
            let Some(cell) = screen.cell(row, column).filter(|cell| !cell.is_wide_continuation()) else {
                continue;
            };
            let (front, back) = colours(cell);
            let cells = if cell.is_wide() { 2 } else { 1 };
            if back != ground {
                put(&mut shapes, (back, 100), (column, row), [0, 0, CELL.0 * u32::from(cells), CELL.1]);
            }
            let shown = cell.contents();
            let is_shape =
                shape(shown, |opacity, part| put(&mut shapes, (front, opacity), (column, row), part));
            let look =
                Look { colour: front, bold: cell.bold(), italic: cell.italic(), underline: cell.underline() };
            let is_blank = shown.trim().is_empty() && !look.underline;
            // A sign is often of another font, and wider: it stands by itself.
            let is_sign = !shown.is_ascii();
            let goes_on = run.as_ref().is_some_and(|(_, _, last, _)| *last == look) && !is_sign;
            if !goes_on || is_blank || is_shape {
                flush(&mut words, row, run.take());
            }
            if is_blank || is_shape {
                continue;
            }
            let (_, end, _, text) = run.get_or_insert((column, column, look, String::new()));
            text.push_str(if shown.is_empty() { " " } else { shown });
            *end = column + cells;
            if is_sign {
                flush(&mut words, row, run.take());
            }
        }
        flush(&mut words, row, run.take());
    }
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{}\" height=\"{}\" role=\"img\">\n",
        width / 10,
        height / 10,
    );
    let _ = writeln!(out, "<title>Tidings: {name}</title>\n<desc>\n{}\n</desc>", escaped(&lines(screen)));
    let _ = writeln!(
        out,
        "<style>text{{font:140px {FONT};white-space:pre}}.b{{font-weight:bold}}.i{{font-style:italic}}.u{{text-decoration:underline}}</style>"
    );
    let _ = writeln!(out, "<rect width=\"{width}\" height=\"{height}\" rx=\"80\" fill=\"{}\"/>", hex(ground));
    for ((colour, opacity), path) in shapes {
        let opacity = if opacity == 100 { String::new() } else { format!(" fill-opacity=\".{opacity}\"") };
        let _ = writeln!(out, "<path fill=\"{}\"{opacity} d=\"{path}\"/>", hex(colour));
    }
    out.push_str(&words);
    out.push_str("</svg>\n");
    out
}

/// The text of the screen, line by line.
fn lines(screen: &Screen) -> String {
    let (_, columns) = screen.size();
    screen.rows(0, columns.get()).map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

/// Adds a rectangle to the shapes of a colour; `part` is its place in the cell, and its size.
fn put(shapes: &mut BTreeMap<(Rgb, u8), String>, key: (Rgb, u8), (column, row): (u16, u16), part: [u32; 4]) {
    let [x, y, width, height] = part;
    let (x, y) = (MARGIN + u32::from(column) * CELL.0 + x, MARGIN + u32::from(row) * CELL.1 + y);
    let _ = write!(shapes.entry(key).or_default(), "M{x} {y}h{width}v{height}h-{width}z");
}

/// Draws a sign that is a shape: with which opacity, and which part of the cell. Answers whether it is one.
fn shape(sign: &str, mut draw: impl FnMut(u8, [u32; 4])) -> bool {
    const LINE: u32 = 10;
    let (width, height) = CELL;
    let (middle, centre) = ((width - LINE) / 2, (height - LINE) / 2);
    let across = |from: u32, to: u32| [from, centre, to - from, LINE];
    let down = |from: u32, to: u32| [middle, from, LINE, to - from];
    match sign {
        "─" => draw(100, across(0, width)),
        "│" => draw(100, down(0, height)),
        "┌" | "┐" | "└" | "┘" => {
            let right = matches!(sign, "┌" | "└");
            let below = matches!(sign, "┌" | "┐");
            draw(100, if right { across(middle, width) } else { across(0, middle + LINE) });
            draw(100, if below { down(centre, height) } else { down(0, centre + LINE) });
        }
        "▌" => draw(100, [0, 0, width / 2, height]),
        "░" => draw(25, [0, 0, width, height]),
        "▒" => draw(50, [0, 0, width, height]),
        "▓" => draw(75, [0, 0, width, height]),
        _ => {
            let mut letters = sign.chars();
            let (Some(bar @ '▁'..='█'), None) = (letters.next(), letters.next()) else { return false };
            let eighths = u32::from(bar) - u32::from('▁') + 1;
            let tall = height * eighths / 8;
            draw(100, [0, height - tall, width, tall]);
        }
    }
    true
}

/// Writes a run of letters.
fn flush(words: &mut String, row: u16, run: Option<(u16, u16, Look, String)>) {
    let Some((start, end, look, text)) = run else { return };
    let (x, y) = (MARGIN + u32::from(start) * CELL.0, MARGIN + u32::from(row) * CELL.1 + BASE);
    let marks = [(look.bold, "b"), (look.italic, "i"), (look.underline, "u")];
    let marks: Vec<_> = marks.into_iter().filter(|(is, _)| *is).map(|(_, name)| name).collect();
    let class = if marks.is_empty() { String::new() } else { format!(" class=\"{}\"", marks.join(" ")) };
    let _ = writeln!(
        words,
        "<text x=\"{x}\" y=\"{y}\"{class} fill=\"{}\" textLength=\"{}\" lengthAdjust=\"spacingAndGlyphs\">{}</text>",
        hex(look.colour),
        u32::from(end - start) * CELL.0,
        escaped(&text),
    );
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn hex([red, green, blue]: Rgb) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// What is in front in a cell, and what behind.
fn colours(cell: &Cell) -> (Rgb, Rgb) {
    let (front, back) = (rgb(cell.fgcolor(), GROUND.0), rgb(cell.bgcolor(), GROUND.1));
    let (front, back) = if cell.inverse() { (back, front) } else { (front, back) };
    let half = |one: u8, other: u8| u8::try_from(u16::midpoint(one.into(), other.into())).unwrap_or(one);
    let dim = [half(front[0], back[0]), half(front[1], back[1]), half(front[2], back[2])];
    (if cell.dim() { dim } else { front }, back)
}

/// A colour as it is shown; those with numbers as xterm has them.
fn rgb(colour: Color, default: Rgb) -> Rgb {
    const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    match colour {
        Color::Default => default,
        Color::Rgb(red, green, blue) => [red, green, blue],
        Color::Idx(number @ 0..=15) => {
            let (bright, bits) = (number >= 8, number % 8);
            let part = |bit: u8| match (bits & bit != 0, bright) {
                (true, true) => 255,
                (true, false) => 205,
                (false, true) => 85,
                (false, false) => 0,
            };
            [part(1), part(2), part(4)]
        }
        Color::Idx(number @ 16..=231) => {
            let step = |of: u8| STEPS[usize::from((number - 16) / of % 6)];
            [step(36), step(6), step(1)]
        }
        Color::Idx(grey) => [8 + 10 * (grey - 232); 3],
    }
}
