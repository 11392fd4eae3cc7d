//! Hostile text made harmless.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Most combining marks allowed on one base character; the rest are shown as escapes.
const MAX_MARKS: usize = 2;

/// What a character may do to a terminal or to who reads it: controls, format characters, what is ignored by default, what
/// each font draws as it likes, and what is no character at all.
fn is_hostile(c: char) -> bool {
    matches!(c,
        '\0'..='\x1f' | '\x7f'..='\u{9f}'              // C0, DEL, C1: escape sequences start here
        | '\u{ad}' | '\u{34f}'                         // soft hyphen, grapheme joiner: invisible
        | '\u{61c}' | '\u{200b}'..='\u{200f}'          // Arabic letter mark, zero-width, LRM and RLM
        | '\u{2028}' | '\u{2029}'                      // line and paragraph separator
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' // bidi embeddings, isolates, invisible operators
        | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' // vowels and variants of letters that draw nothing
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}'
        | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' // fillers: blank, yet letters
        | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' // formats of old scripts, notes
        | '\u{e0000}'..='\u{e0fff}'                    // tag characters
        | '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}' // for private use: as wide as the font likes
        | '\u{fdd0}'..='\u{fdef}'                      // no characters, as the last two of each plane
        // Marks that join the character after them, ours too: number signs of Arabic, Syriac and Kaithi.
        | '\u{600}'..='\u{605}' | '\u{6dd}' | '\u{70f}' | '\u{890}' | '\u{891}' | '\u{8e2}'
        | '\u{110bd}' | '\u{110cd}'
    ) || u32::from(c) & 0xfffe == 0xfffe
}

/// Marks that draw over the character before them.
fn is_mark(c: char) -> bool {
    unicode_width::UnicodeWidthChar::width(c) == Some(0) && !is_hostile(c)
}

/// `text` as it may be shown on a terminal: control, bidi, zero-width, tag and private characters, and stacks of more
/// than two combining marks, become visible escapes such as `\x1b` and `\u{202e}`. Text without any of them is
/// borrowed, not copied.
///
/// ```
/// assert_eq!(tidings::text::display_safe("a\x1b[2Jb"), "a\\x1b[2Jb");
/// assert_eq!(tidings::text::display_safe("Ünïcode"), "Ünïcode");
/// ```
pub fn display_safe(text: &str) -> Cow<'_, str> {
    super::work::looked_at(text.len());
    if text.bytes().all(|b| (0x20..0x7f).contains(&b)) {
        return Cow::Borrowed(text);
    }
    let mut marks = 0;
    let mut out: Option<String> = None;
    for (at, c) in text.char_indices() {
        if is_out_of_place(c, at, &mut marks) {
            let out = out.get_or_insert_with(|| text[..at].to_owned());
            push_escape(out, c);
        } else if let Some(out) = &mut out {
            out.push(c);
        }
    }
    out.map_or(Cow::Borrowed(text), Cow::Owned)
}

/// More lines than that nobody reads.
const MOST_LINES: usize = 200;

/// The lines of `text`, each as it may be shown: where there is room, a stack trace is easier to read in lines than with
/// `\n` between them. Their ends are all that is not spelled out; tabs are four blanks, as they indent. Whoever draws them
/// indents them: text of a bus could else look like a heading of ours. Beyond so many lines the rest is one.
pub fn safe_lines(text: &str) -> impl Iterator<Item = Cow<'_, str>> {
    text.trim_end().splitn(MOST_LINES, '\n').map(|line| {
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.contains('\t') {
            Cow::Owned(display_safe(&line.replace('\t', "    ")).into_owned())
        } else {
            display_safe(line)
        }
    })
}

/// Whether [`display_safe`] leaves `text` as it is.
pub fn is_display_safe(text: &str) -> bool {
    let mut marks = 0;
    text.bytes().all(|b| (0x20..0x7f).contains(&b))
        || !text.char_indices().any(|(at, c)| is_out_of_place(c, at, &mut marks))
}

/// Whether this character, which stands at `at` behind so many marks, has to be spelled out.
fn is_out_of_place(c: char, at: usize, marks: &mut usize) -> bool {
    *marks = if is_mark(c) { *marks + 1 } else { 0 };
    // A mark that stands first would draw over what is ours.
    is_hostile(c) || *marks > MAX_MARKS || (*marks > 0 && at == 0)
}

fn push_escape(out: &mut String, c: char) {
    let code = u32::from(c);
    // Writing to a String cannot fail.
    let _ = match c {
        '\n' => write!(out, "\\n"),
        '\t' => write!(out, "\\t"),
        '\r' => write!(out, "\\r"),
        _ if code < 0x100 => write!(out, "\\x{code:02x}"),
        _ => write!(out, "\\u{{{code:x}}}"),
    };
}

/// JSON text made safe to print, without changing what it says: hostile characters, which JSON allows raw only
/// inside strings, become `\uXXXX` (pairs of surrogates beyond U+FFFF). White space between tokens stays, but for
/// tabs and what takes the cursor back: these become blanks. Takes valid JSON; of other text it makes harmless text.
pub fn json_safe(json: &str) -> Cow<'_, str> {
    match escape_json(json, |c| matches!(c, '\n' | '\r' | '\t')) {
        text if !text.contains(['\r', '\t']) => text,
        // As in `json_line`; a line end of two characters is one.
        text => Cow::Owned(text.replace("\r\n", "\n").replace(['\r', '\t'], " ")),
    }
}

/// As [`json_safe`], on one line: raw line ends between tokens become spaces, as JSON Lines needs.
pub fn json_line(json: &str) -> Cow<'_, str> {
    match escape_json(json, |c| matches!(c, '\n' | '\r' | '\t')) {
        text if !text.contains(['\n', '\r', '\t']) => text,
        // JSON forbids raw control characters inside strings, so these lie between tokens.
        text => Cow::Owned(text.replace(['\n', '\r', '\t'], " ")),
    }
}

fn escape_json(json: &str, keep: impl Fn(char) -> bool) -> Cow<'_, str> {
    if json.bytes().all(|b| (0x20..0x7f).contains(&b)) {
        return Cow::Borrowed(json);
    }
    let mut out: Option<String> = None;
    let mut marks = 0;
    for (at, c) in json.char_indices() {
        marks = if is_mark(c) { marks + 1 } else { 0 };
        if (is_hostile(c) && !keep(c)) || marks > MAX_MARKS {
            let out = out.get_or_insert_with(|| json[..at].to_owned());
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else if let Some(out) = &mut out {
            out.push(c);
        }
    }
    out.map_or(Cow::Borrowed(json), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_bidi_and_zero_width_become_escapes() {
        for (raw, shown) in [
            ("\x1b]0;x\x07", "\\x1b]0;x\\x07"),
            ("\u{9b}31m", "\\x9b31m"),
            ("a\u{202e}b", "a\\u{202e}b"),
            ("a\u{200b}b", "a\\u{200b}b"),
            ("a\nb\tc\r", "a\\nb\\tc\\r"),
            ("\u{e0041}", "\\u{e0041}"),
            ("\u{7f}", "\\x7f"),
            ("a\u{605}", "a\\u{605}"),
        ] {
            assert_eq!(display_safe(raw), shown);
        }
    }

    #[test]
    fn what_unicode_calls_a_control_a_format_or_no_character_is_escaped_and_nothing_else() {
        let nonchars = (0..=16).map(|plane| format!(r"\x{{{plane:x}fffe}}\x{{{plane:x}ffff}}"));
        let nonchars = nonchars.collect::<Vec<_>>().concat();
        let classes = r"\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Default_Ignorable_Code_Point}\x{fdd0}-\x{fdef}";
        let hostile = regex::Regex::new(&format!("^[{classes}{nonchars}]$")).unwrap();
        for c in '\0'..=char::MAX {
            assert_eq!(is_hostile(c), hostile.is_match(c.encode_utf8(&mut [0; 4])), "U+{:04X}", u32::from(c));
        }
    }

    #[test]
    fn lines_end_where_they_end_and_nothing_else_gets_through() {
        let lines = |text| safe_lines(text).map(Cow::into_owned).collect::<Vec<_>>();
        assert_eq!(lines("one"), ["one"]);
        assert_eq!(lines("TypeError: no\r\n\tat run\x1b[2J\n"), ["TypeError: no", "    at run\\x1b[2J"]);
        assert_eq!(lines("a\rb\u{2028}c"), ["a\\rb\\u{2028}c"], "nothing else ends one");
        let many = lines(&"x\n".repeat(MOST_LINES + 5));
        assert_eq!(
            (many.len(), many.last().map(String::as_str)),
            (MOST_LINES, Some("x\\nx\\nx\\nx\\nx\\nx"))
        );
    }

    #[test]
    fn a_stack_of_marks_is_cut_after_two() {
        let zalgo = "e\u{301}\u{302}\u{303}\u{304}";
        assert_eq!(display_safe(zalgo), "e\u{301}\u{302}\\u{303}\\u{304}");
        assert_eq!(display_safe("\u{301}e"), "\\u{301}e", "a mark may not draw over our own cell");
    }

    #[test]
    fn ordinary_text_is_borrowed() {
        assert!(matches!(display_safe("Ärger 日本 €"), Cow::Borrowed(_)));
    }

    #[test]
    fn json_keeps_its_meaning() {
        let raw = "{\"a\": \"x\u{202e}y\u{e0041}z\u{9b}\"}";
        let safe = json_safe(raw);
        assert!(safe.is_ascii());
        let before: serde_json::Value = serde_json::from_str(raw).unwrap();
        let after: serde_json::Value = serde_json::from_str(&safe).unwrap();
        assert_eq!(before, after);
    }

    #[test]
    fn json_takes_the_cursor_nowhere() {
        assert_eq!(json_safe("{\r\n\t\"a\":\r1}\n"), "{\n \"a\": 1}\n");
    }

    #[test]
    fn a_json_line_is_one_line() {
        assert_eq!(json_line("{\n \"a\":\t1\r\n}"), "{  \"a\": 1  }");
    }
}
