//! What a program may write to a terminal, to the letter. It knows nothing of how the program makes text safe: what is
//! printable is Unicode's word, and of sequences only those are known that the program is to write.

use std::sync::LazyLock;

use regex::Regex;

/// Controls, format characters, separators of lines, what is for private use, what is ignored by default, and what is no
/// character at all.
static HOSTILE: LazyLock<Regex> = LazyLock::new(|| {
    let nonchars = (0..=16).map(|plane| format!(r"\x{{{plane:x}fffe}}\x{{{plane:x}ffff}}"));
    let nonchars = nonchars.collect::<Vec<_>>().concat();
    Regex::new(&format!(
        r"^[\p{{Cc}}\p{{Cf}}\p{{Zl}}\p{{Zp}}\p{{Co}}\p{{Default_Ignorable_Code_Point}}\x{{fdd0}}-\x{{fdef}}{nonchars}]$"
    ))
    .unwrap()
});

/// Whether this character may never reach a terminal.
pub(crate) fn is_hostile(c: char) -> bool {
    !matches!(c, ' '..='~') && HOSTILE.is_match(c.encode_utf8(&mut [0; 4]))
}

/// Who writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writer {
    /// A verb: lines, its own five colours, and what is bold or underlined in help.
    Verb,
    /// The dashboard, on a screen of so many columns and lines.
    Dashboard(u16, u16),
}

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// What may not be there, each with what stands around it.
    pub(crate) faults: Vec<String>,
    /// What went to the clipboard, as it was sent.
    pub(crate) copies: Vec<String>,
}

/// Looks at every byte that was written.
pub(crate) fn judge(written: &[u8], writer: Writer) -> Found {
    let mut found = Found::default();
    let text = match std::str::from_utf8(written) {
        Ok(text) => text,
        Err(error) => {
            let at = error.valid_up_to();
            found.faults.push(format!("no UTF-8 at {at}: {}", around(written, at)));
            return found;
        }
    };
    let (mut at, mut marks) = (0, 0);
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let length = match c {
            '\x1b' => match sequence(rest, writer, &mut found.copies) {
                Ok(length) => length,
                Err(what) => {
                    found.faults.push(format!("{what} at {at}: {}", around(written, at)));
                    1
                }
            },
            '\r' if rest.starts_with("\r\nforged") => {
                found.faults.push(format!("a forged line at {at}: {}", around(written, at)));
                2
            }
            // A terminal makes two of each line end.
            '\r' if rest.starts_with("\r\n") => 2,
            c if is_hostile(c) => {
                found.faults.push(format!("U+{:04X} at {at}: {}", u32::from(c), around(written, at)));
                c.len_utf8()
            }
            c => c.len_utf8(),
        };
        let is_mark = c != '\x1b' && unicode_width::UnicodeWidthChar::width(c) == Some(0);
        marks = if is_mark { marks + 1 } else { 0 };
        if marks > 2 {
            found.faults.push(format!("a stack of marks at {at}: {}", around(written, at)));
        }
        at += length;
    }
    found
}

/// The sequence that `rest` begins with, if `writer` may write it: how long it is.
fn sequence(rest: &str, writer: Writer, copies: &mut Vec<String>) -> Result<usize, String> {
    if let Some(control) = rest.strip_prefix("\x1b[") {
        let end = control.find(|c: char| ('\x40'..='\x7e').contains(&c)).ok_or("an open sequence")?;
        let (said, last) = (&control[..end], &control[end..=end]);
        let is_known = match writer {
            Writer::Verb => last == "m" && ["0", "1", "2", "4", "31", "32", "33", "36"].contains(&said),
            Writer::Dashboard(columns, lines) => is_drawing(said, last, columns, lines),
        };
        return if is_known { Ok(2 + end + 1) } else { Err(format!("the sequence CSI {said}{last}")) };
    }
    if let (Some(copied), Writer::Dashboard(..)) = (rest.strip_prefix("\x1b]52;c;"), writer) {
        let end = copied.find(|c: char| !(c.is_ascii_alphanumeric() || "+/=".contains(c))).unwrap_or(0);
        let close = ["\x07", "\x1b\\"].iter().find(|close| copied[end..].starts_with(**close));
        let close = close.ok_or("an open copy")?;
        copies.push(copied[..end].to_owned());
        return Ok(7 + end + close.len());
    }
    Err("an escape".to_owned())
}

fn is_drawing(said: &str, last: &str, columns: u16, lines: u16) -> bool {
    let numbers: Vec<Option<u16>> = said.split([';', ':']).map(|number| number.parse().ok()).collect();
    match last {
        "H" => {
            matches!(numbers[..], [Some(line), Some(column)] if (1..=lines).contains(&line) && (1..=columns).contains(&column))
        }
        // Neither blinking nor hidden.
        "m" => said.is_empty() || is_colour(&numbers),
        "J" => said == "2",
        "h" | "l" => {
            let modes = ["8", "?25", "?1049", "?2004", "?2026", "?1000", "?1002", "?1003", "?1006", "?1015"];
            modes.contains(&said)
        }
        _ => false,
    }
}

/// Neither blinking nor hidden: of a colour these numbers are an index, or a part.
fn is_colour(numbers: &[Option<u16>]) -> bool {
    let is_part = |at: usize| {
        let before = |back: usize| at.checked_sub(back).and_then(|at| numbers[at]);
        before(1) == Some(5)
            || (1..=4).any(|back| before(back) == Some(2) && matches!(before(back + 1), Some(38 | 48 | 58)))
            || matches!(before(1), Some(38 | 48 | 58))
    };
    numbers
        .iter()
        .enumerate()
        .all(|(at, number)| number.is_some_and(|n| is_part(at) || !matches!(n, 5 | 6 | 8)))
}

fn around(written: &[u8], at: usize) -> String {
    let (from, to) = (at.saturating_sub(60), (at + 60).min(written.len()));
    format!("{:?}", String::from_utf8_lossy(&written[from..to]))
}

#[test]
fn the_checker_finds_what_the_corpus_holds() {
    let writers = [Writer::Verb, Writer::Dashboard(80, 24)];
    for writer in writers {
        for text in super::corpus::texts() {
            // Colours are told from ours by what they are: blinking and hidden ones alone are never ours.
            let is_plain = !text.chars().any(is_hostile) && !text.contains("Z\u{300}");
            let found = judge(text.as_bytes(), writer);
            let copies = !found.copies.is_empty();
            // What is only wide, or a first mark, does no harm in a line of its own; a copy is counted.
            assert_eq!(found.faults.is_empty(), is_plain || copies, "{text:?}");
        }
        for bytes in super::corpus::BYTES {
            assert!(!judge(bytes, writer).faults.is_empty(), "{bytes:?}");
        }
    }
    assert!(!judge(b"x\r\nforged: ok\r\n", Writer::Verb).faults.is_empty());
    assert!(judge("plain\r\n\x1b[32mgreen\x1b[0m Ä 日本\r\n".as_bytes(), Writer::Verb).faults.is_empty());
}
