//! What errors have in common: their message without what differs from one to the next.

/// At most so many bytes of an error are looked at.
const READ: usize = 4 * 1024;
/// A normalised message is no longer than this, in bytes.
const LENGTH: usize = 300;
/// Behind these words a short number is a code, which says what went wrong: `SMTP 451`, `status=503`.
const CODES: [&str; 9] = ["answered", "code", "errno", "exit", "http", "oserror", "signal", "smtp", "status"];
/// Units of time, as they stand behind a number.
const UNITS: [&str; 21] = [
    "d", "day", "days", "h", "hour", "hours", "m", "min", "mins", "minute", "minutes", "ms", "ns", "s",
    "sec", "second", "seconds", "secs", "us", "\u{b5}s", "\u{3bc}s",
];
const DURATION: &str = "<duration>";

/// The message of `error` with numbers, UUIDs, hexadecimal ids, quoted texts, e-mail addresses and durations replaced,
/// and white space made single spaces: what differs from one error to the next of the same kind. A number of three
/// digits at most right behind a word such as `HTTP` or `status` stays: it says what went wrong. So does the reply code
/// that a message begins with (`550 no such mailbox`). Normalising twice changes nothing. Not safe to show.
pub fn normalise(error: &str) -> String {
    let error = &error[..error.floor_char_boundary(READ)];
    let mut out = Writer::default();
    let (code, mut rest) = error.trim_start().split_at(reply_code(error.trim_start()));
    out.put(code);
    while let Some(c) = rest.chars().next() {
        if c.is_whitespace() {
            rest = rest.trim_start();
            out.space();
        } else if let Some(after) = quoted(rest, out.text.chars().next_back()) {
            out.put(if c == '"' {
                "\"..\""
            } else if c == '`' {
                "`..`"
            } else {
                "'..'"
            });
            rest = after;
        } else if is_word(c) {
            let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            rest = out.word(word, after);
        } else {
            out.text.push(c);
            rest = &rest[c.len_utf8()..];
        }
        if out.text.len() > 2 * LENGTH {
            break;
        }
    }
    let mut text = out.text;
    if text.len() > LENGTH {
        text.truncate(text.floor_char_boundary(LENGTH));
        // A quotation mark that stands last now would close what an earlier one did not open.
        text.truncate(text.trim_end_matches(|c: char| c.is_whitespace() || is_mark(c)).len());
    }
    text.truncate(text.trim_end().len());
    text
}

/// How long the reply code is that `message` begins with: SMTP, HTTP and FTP have three digits, from 400 on for what failed.
fn reply_code(message: &str) -> usize {
    let digits = message.bytes().take_while(u8::is_ascii_digit).count();
    let (number, after) = message.split_at(digits);
    let is_code = digits == 3 && number.starts_with(['4', '5']) && after.starts_with([' ', ':']);
    if is_code && duration(number, after).is_none() { digits } else { 0 }
}

fn is_mark(c: char) -> bool {
    matches!(c, '"' | '\'' | '`')
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '@' | '+' | '%')
}

/// What follows a quoted text that `rest` begins with. A quotation mark within a word is an apostrophe.
fn quoted(rest: &str, before: Option<char>) -> Option<&str> {
    let mark = rest.chars().next().filter(|c| is_mark(*c))?;
    let joins = |c: char| c.is_alphanumeric() || matches!(c, '<' | '>');
    if mark != '\'' {
        return rest[1..].split_once(mark).map(|(_, after)| after);
    }
    if before.is_some_and(joins) {
        return None;
    }
    let mut from = 1;
    while let Some(at) = rest[from..].find('\'') {
        let after = &rest[from + at + 1..];
        if !after.chars().next().is_some_and(joins) {
            return Some(after);
        }
        from += at + 1;
    }
    None
}

#[derive(Default)]
struct Writer {
    text: String,
    /// The last word announces a code, if nothing but `:`, `=`, `#` and spaces lies between.
    code_follows: bool,
    /// Where that word ends.
    code_from: usize,
}

impl Writer {
    fn put(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn space(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with(' ') {
            self.text.push(' ');
        }
    }

    fn duration(&mut self) {
        // `1 m 30 s` is one.
        if self.text.trim_end().ends_with(DURATION) {
            self.text.truncate(self.text.trim_end().len());
        } else {
            self.put(DURATION);
        }
    }

    /// Writes a word, and answers what follows it.
    fn word<'a>(&mut self, word: &str, after: &'a str) -> &'a str {
        let core = word.trim_end_matches('.');
        let is_code = self.code_follows
            && (1..=3).contains(&core.len())
            && core.bytes().all(|b| b.is_ascii_digit())
            && self
                .text
                .get(self.code_from..)
                .is_some_and(|between| between.chars().all(|c| matches!(c, ' ' | ':' | '=' | '#')));
        self.code_follows = CODES.iter().any(|code| word.eq_ignore_ascii_case(code));
        if is_code || !word.contains(|c: char| c.is_numeric() || c == '@') {
            self.put(word);
            self.code_from = self.text.len();
            return after;
        }
        let inner = word.trim_matches(|c| matches!(c, '.' | '-' | '+' | '%' | '_'));
        // What stands before the address stays: replaced with it, a quoted text before it would end elsewhere the next time.
        let address = inner.trim_start_matches('@');
        let is_email = address.char_indices().any(|(at, c)| c == '@' && at > 0 && at + 1 < address.len());
        if is_email || is_uuid(inner) {
            let inner = if is_email { address } else { inner };
            let (head, tail) = word.split_once(inner).unwrap_or_default();
            for text in [head, if is_email { "<email>" } else { "<uuid>" }, tail] {
                self.put(text);
            }
        } else if let Some(after) = duration(word, after) {
            self.duration();
            return after;
        } else {
            self.parts(word);
        }
        after
    }

    /// Writes a word part by part: `ticket-1042` is `ticket-<n>`.
    fn parts(&mut self, word: &str) {
        let mut rest = word;
        while let Some(c) = rest.chars().next() {
            if !c.is_alphanumeric() {
                self.text.push(c);
                rest = &rest[c.len_utf8()..];
                continue;
            }
            let part = &rest[..part_end(rest)];
            rest = &rest[part.len()..];
            self.part(part);
        }
    }

    fn part(&mut self, part: &str) {
        if is_id(part) {
            return self.put("<id>");
        }
        if is_duration(part) {
            return self.duration();
        }
        let mut inside = false;
        for c in part.chars() {
            let is_number = c.is_numeric() || inside && c == '.';
            match (is_number, inside) {
                (true, false) => self.put("<n>"),
                (true, true) => {}
                (false, _) => self.text.push(c),
            }
            inside = is_number;
        }
    }
}

/// Letters and digits, and points between digits.
fn part_end(text: &str) -> usize {
    let mut before = ' ';
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let is_point = c == '.' && before.is_numeric() && chars.peek().is_some_and(|(_, c)| c.is_numeric());
        if !c.is_alphanumeric() && !is_point {
            return at;
        }
        before = c;
    }
    text.len()
}

fn is_uuid(word: &str) -> bool {
    word.len() == 36
        && word.bytes().enumerate().all(|(at, b)| match at {
            8 | 13 | 18 | 23 => b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
}

/// Hexadecimal ids, and ids of letters and digits in turn.
fn is_id(part: &str) -> bool {
    let digits = part.bytes().filter(u8::is_ascii_digit).count();
    let hex = part.strip_prefix("0x").unwrap_or(part);
    let is_hex = hex.len() >= 6 && hex.bytes().all(|b| b.is_ascii_hexdigit());
    let runs = part.as_bytes().windows(2).filter(|pair| pair[0].is_ascii_digit() != pair[1].is_ascii_digit());
    let is_mixed = part.len() >= 8 && part.bytes().all(|b| b.is_ascii_alphanumeric()) && runs.count() >= 3;
    digits > 0 && digits < part.len() && (is_hex || is_mixed) || part.starts_with("0x") && is_hex
}

/// Numbers with units, and nothing else: `30ms`, `1.5s`, `1m30s`.
fn is_duration(part: &str) -> bool {
    let mut rest = part;
    while !rest.is_empty() {
        let number = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        let unit = number.trim_start_matches(char::is_alphabetic);
        if number.len() == rest.len() || !is_unit(&number[..number.len() - unit.len()]) {
            return false;
        }
        rest = unit;
    }
    !part.is_empty()
}

fn is_unit(word: &str) -> bool {
    UNITS.contains(&word)
}

/// What follows a duration whose number is all of `word`, and whose unit is the next word.
fn duration<'a>(word: &str, after: &'a str) -> Option<&'a str> {
    let is_number = word.bytes().all(|b| b.is_ascii_digit() || b == b'.') && !word.ends_with('.');
    let rest = after.strip_prefix(' ').filter(|_| is_number)?;
    let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
    // A sentence may end behind it.
    let unit = rest[..end].trim_end_matches('.');
    is_unit(unit).then(|| &rest[unit.len()..])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_differs_is_replaced_and_what_says_what_went_wrong_stays() {
        for (error, normal) in [
            (
                "SMTP 451 greylisted for 7b9d493c-9d7c-46d6-a6b0-99ba984ea078",
                "SMTP 451 greylisted for <uuid>",
            ),
            ("HTTP 503: try again in 30 s", "HTTP 503: try again in <duration>"),
            ("status=404 for /tickets/1042", "status=404 for /tickets/<n>"),
            ("exit code 75", "exit code 75"),
            ("1451 rows, 7 columns", "<n> rows, <n> columns"),
            ("550 no such mailbox 7", "550 no such mailbox <n>"),
            ("451 ms were too long", "<duration> were too long"),
            ("the ledger answered 503 at 14", "the ledger answered 503 at <n>"),
            ("no end within 30ms", "no end within <duration>"),
            ("took 1 m 30 s. Too long", "took <duration>. Too long"),
            ("took 1m30s, 1.5s or 2 hours", "took <duration>, <duration> or <duration>"),
            ("mail to ada.l+x@example.com refused", "mail to <email> refused"),
            ("no such user \"ada\" in 'it is'", "no such user \"..\" in '..'"),
            ("can't read the user's file", "can't read the user's file"),
            ("at 0x7ffee3b0 in deadbeef42, commit 7b9d493c", "at <id> in <id>, commit <id>"),
            ("ticket-1042, TCK_7b9d493c, v7.2.1", "ticket-<n>, TCK_<id>, v<n>"),
            ("connect 10.0.0.1:6379: refused", "connect <n>:<n>: refused"),
            ("at 2026-11-23T19:42:38.555Z", "at <n>-<n>-<n>T<n>:<n>:<n>Z"),
            ("  two \n lines\t ", "two lines"),
            ("job 01HZX3J4K5M6 of 01hzx3j4k5m7", "job <id> of <id>"),
            ("''@x@y'", "'..'@<email>'"),
            ("decade feedface", "decade feedface"),
            ("", ""),
        ] {
            assert_eq!(normalise(error), normal, "{error}");
            assert_eq!(normalise(normal), normal);
        }
    }

    #[test]
    fn a_long_error_is_cut() {
        let long = normalise(&"no such user ".repeat(10_000));
        assert!(long.len() <= LENGTH && normalise(&long) == long);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn normalising_twice_changes_nothing(error in "[ -~]{0,60}") {
            let once = normalise(&error);
            prop_assert_eq!(normalise(&once), once);
        }

        #[test]
        fn so_it_is_with_what_errors_are_made_of(
            words in prop::collection::vec(
                prop::sample::select(vec![
                    "1", "'", "\"", "`", "a", "b1", "@", "ms", "s", " ", " ", ".", "-", "HTTP", "45", "<n>", ":", "=", "x@y",
                    "7b9d493c", "30ms", "é", "٣", "²", "<duration>", "0x", "\u{202e}", "\t", "_", "%", "1.5", "..",
                ]),
                0..24,
            )
        ) {
            let once = normalise(&words.concat());
            prop_assert_eq!(normalise(&once), once);
        }

        #[test]
        fn no_text_does_harm(error in "\\PC{0,400}") {
            let once = normalise(&error);
            prop_assert!(once.len() <= LENGTH);
            prop_assert_eq!(normalise(&once), once);
        }

        #[test]
        fn numbers_alone_make_no_difference(a in any::<u64>(), b in any::<u64>()) {
            let text = |n: u64| normalise(&format!("row {n} of table t_{n} (offset {n})"));
            prop_assert_eq!(text(a), text(b));
        }
    }
}
