//! Texts that would do something to a terminal, or to who reads it. Each begins with a mark of its own, so that what leaks
//! can be told by what stands around it, and so that a test can show that it was there at all.

/// What each text begins with, before its number.
pub(crate) const MARK: &str = "hq";

/// What does harm raw. None of it is a sequence that the dashboard itself writes.
const ATTACKS: [&str; 44] = [
    // Titles, the clipboard, links, colours, the palette.
    "\x1b]0;owned\x07",
    "\x1b]2;owned\x1b\\",
    "\x1b]52;c;b3duZWQ=\x07",
    "\x1b]8;;http://evil.example/\x1b\\link\x1b]8;;\x1b\\",
    "\x1b]4;1;#ff0000\x07",
    "\x1b]1337;File=x:AAAA\x07",
    // Cursor, screen, scroll region, modes, questions that are answered as if typed.
    "\x1b[3J\x1b[9999;1H",
    "\x1b[8;5mhidden",
    "\x1b[1;3r\x1b[1A",
    "\x1b[?47l\x1b[?1048h",
    "\x1b[6n\x1b[c\x1b[21t",
    "\x1b[4i",
    "\x1bc",
    "\x1b#8\x1b(0",
    // Strings to devices, applications, privacy messages, starts of strings.
    "\x1bP1$r0m\x1b\\",
    "\x1bP+q544e\x1b\\",
    "\x1b_Gf=24;AAAA\x1b\\",
    "\x1b^pm\x1b\\\x1bXsos\x1b\\",
    // The same with the one-character introducers.
    "\u{9b}3J\u{9b}31m",
    "\u{9d}0;owned\u{9c}",
    "\u{90}q\u{9c}\u{85}\u{84}\u{88}",
    // Single controls.
    "\x07\x07",
    "ab\x08\x08\x08\x08CD",
    "\rforged",
    "\nforged: ok",
    "\t\x0b\x0c",
    "nul\0nul",
    "\x7f\x7f\x0e\x0f",
    // The order of what is read.
    "\u{202e}gpj.exe\u{202d}\u{202a}\u{202b}\u{202c}",
    "\u{2066}a\u{2067}b\u{2068}c\u{2069}",
    "\u{200e}\u{200f}\u{61c}שלום",
    // What cannot be seen.
    "\u{200b}\u{200c}\u{200d}\u{2060}\u{feff}",
    "\u{e0001}\u{e0041}\u{e0042}\u{e007f}",
    "x\u{fe0f}\u{fe00}\u{e0100}\u{180b}",
    "a\u{34f}b\u{ad}c\u{17b4}d\u{1d173}e\u{1bca0}f\u{fff0}",
    "\u{115f}\u{1160}\u{3164}\u{ffa0}\u{2061}\u{206a}\u{fff9}x\u{fffa}y\u{fffb}",
    "\u{2028}\u{2029}\u{600}\u{6dd}\u{70f}\u{110bd}\u{13430}",
    // Marks upon marks, and one that stands first.
    "Z\u{300}\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}\u{308}\u{309}",
    "\u{301}\u{20dd}",
    // What no font agrees on, and what no character is.
    "\u{e000}\u{f8ff}\u{f0000}\u{10fffd}",
    "\u{fdd0}\u{fffe}\u{ffff}\u{1fffe}\u{10ffff}",
    // Wide and joined.
    "👩\u{200d}👩\u{200d}👧\u{200d}👦🇩🇪👍🏽",
    "日本語ｱｲｳ한국어",
    "ำกำ क्षि",
];

/// Bytes that are no UTF-8: wrong ones, an overlong escape, raw C1 controls, half a pair, half a character.
pub(crate) const BYTES: [&[u8]; 7] = [
    b"hq90\xff\xfe\x1b[3J",
    b"hq91\xc0\x9b3J\xe0\x80\x9b",
    b"hq92\x9b3J\x9d0;owned\x9c\x90q\x9c\x85",
    b"hq93\xed\xa0\x80\xed\xb0\x80",
    b"hq94\xe2\x80",
    b"hq95\xf4\x90\x80\x80\xe2\x80\xae",
    b"\x80\x81\x9fhq96\x1b]52;c;b3duZWQ=\x07",
];

/// All texts, short enough for the ids of tenants.
pub(crate) fn texts() -> Vec<String> {
    ATTACKS.iter().enumerate().map(|(n, attack)| format!("{MARK}{n:02}{attack}")).collect()
}

/// Those of them that may stand in an argument or a variable of the environment.
pub(crate) fn arguments() -> Vec<String> {
    texts().into_iter().filter(|text| !text.contains('\0')).collect()
}

/// All of it in one text.
pub(crate) fn all_in_one() -> String {
    texts().concat()
}

/// A long text without a blank.
pub(crate) fn endless() -> String {
    format!("{MARK}80{}", "\u{202e}x\x1b[3J日".repeat(2_000))
}

/// `text` as JSON writes it where every character that is not plain is spelled out.
pub(crate) fn spelled(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::from("\"");
    for unit in text.encode_utf16() {
        match char::from_u32(u32::from(unit)) {
            Some(c @ ' '..='~') if !matches!(c, '"' | '\\') => out.push(c),
            _ => write!(out, "\\u{unit:04x}").unwrap(),
        }
    }
    out + "\""
}

/// `text` as JSON allows it with as little spelled out as can be: quotes, backslashes and C0 controls.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// How many different marks stand in what was written.
pub(crate) fn marks(written: &[u8]) -> usize {
    let written = String::from_utf8_lossy(written);
    let numbers = written.match_indices(MARK).filter_map(|(at, _)| written.get(at + 2..at + 4));
    numbers.filter(|number| number.parse::<u8>().is_ok()).collect::<std::collections::BTreeSet<_>>().len()
}
