//! What stands on a terminal's screen, of what was written to it: as much of a terminal as a dashboard needs.

#![allow(dead_code, unreachable_pub, reason = "test support: each test uses a part")]

use unicode_width::UnicodeWidthChar as _;

/// The other cell of a wide character.
const COVERED: char = '\0';

fn shown(cells: &[char]) -> String {
    cells.iter().filter(|cell| **cell != COVERED).collect()
}

/// A screen.
pub struct Screen {
    columns: usize,
    cells: Vec<Vec<char>>,
    at: (usize, usize),
    /// Written, and not read to its end.
    rest: Vec<u8>,
}

impl Screen {
    /// An empty one.
    pub fn new((columns, rows): (u16, u16)) -> Self {
        let (columns, rows) = (usize::from(columns), usize::from(rows));
        Self { columns, cells: vec![vec![' '; columns]; rows], at: (0, 0), rest: Vec::new() }
    }

    /// Its lines.
    pub fn text(&self) -> String {
        let line = |cells: &Vec<char>| shown(cells).trim_end().to_owned();
        self.cells.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    /// Its last line.
    pub fn footer(&self) -> String {
        self.cells.last().map(|cells| shown(cells)).unwrap_or_default()
    }

    /// Reads what was written up to the end of a frame; answers whether one ended.
    pub fn frame(&mut self, written: &[u8], frame_done: &str) -> bool {
        self.rest.extend_from_slice(written);
        let done = frame_done.as_bytes();
        let Some(at) = self.rest.windows(done.len()).position(|part| part == done) else { return false };
        let frame: Vec<u8> = self.rest.drain(..at + done.len()).collect();
        self.write(&String::from_utf8_lossy(&frame));
        true
    }

    fn write(&mut self, text: &str) {
        let mut rest = text.chars();
        while let Some(next) = rest.next() {
            match next {
                '\x1b' => match rest.next() {
                    Some('[') => self.control(&mut rest),
                    // A title, the clipboard: up to the bell, or to an escape and a backslash.
                    Some(']') => {
                        let mut before = ' ';
                        for next in rest.by_ref() {
                            if next == '\x07' || (before == '\x1b' && next == '\\') {
                                break;
                            }
                            before = next;
                        }
                    }
                    _ => {}
                },
                '\r' => self.at.1 = 0,
                '\n' => self.at.0 += 1,
                next => self.put(next),
            }
        }
    }

    fn control(&mut self, rest: &mut std::str::Chars<'_>) {
        let mut said = String::new();
        let end = loop {
            match rest.next() {
                Some(next @ '\x40'..='\x7e') => break next,
                Some(next) => said.push(next),
                None => return,
            }
        };
        let number = |at: usize| said.split(';').nth(at).and_then(|n| n.parse().ok()).unwrap_or(1_usize);
        match end {
            'H' => self.at = (number(0) - 1, number(1) - 1),
            'J' => self.cells.iter_mut().for_each(|cells| cells.fill(' ')),
            _ => {}
        }
    }

    fn put(&mut self, next: char) {
        let (row, column) = self.at;
        let width = next.width().unwrap_or(0);
        let cell = self.cells.get_mut(row).and_then(|cells| cells.get_mut(column));
        if let (Some(cell), 1..) = (cell, width) {
            *cell = next;
        }
        // What is wide covers what stood in its other cell.
        if width == 2
            && let Some(cell) = self.cells.get_mut(row).and_then(|cells| cells.get_mut(column + 1))
        {
            *cell = COVERED;
        }
        self.at.1 = (column + width).min(self.columns);
    }
}
