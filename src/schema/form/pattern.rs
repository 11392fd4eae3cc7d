//! A text that matches a regular expression.

use regex_syntax::hir::{Class, Hir, HirKind};

use super::generate::LONGEST;

/// Most repeats that are written out.
const MAX_REPEATS: u32 = 200;

/// A short text that matches `pattern`; `None` where the pattern asks for what cannot be built from its parts, such as
/// looking ahead, or a text twice.
pub(super) fn sample(pattern: &str) -> Option<String> {
    let hir = regex_syntax::parse(pattern).ok()?;
    let (mut out, mut left) = (String::new(), LONGEST);
    write(&hir, &mut out, &mut left)?;
    // What must not stand before or behind something is seen only in the whole.
    regex::Regex::new(pattern).ok()?.is_match(&out).then_some(out)
}

/// Of at most `left` parts: repeats within repeats ask for more than anybody waits for.
fn write(hir: &Hir, out: &mut String, left: &mut usize) -> Option<()> {
    *left = left.checked_sub(1)?;
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Some(()),
        HirKind::Literal(literal) => {
            out.push_str(std::str::from_utf8(&literal.0).ok()?);
            Some(())
        }
        HirKind::Class(class) => {
            out.push(member(class)?);
            Some(())
        }
        HirKind::Repetition(repetition) => {
            if repetition.min > MAX_REPEATS {
                return None;
            }
            (0..repetition.min).try_for_each(|_| write(&repetition.sub, out, left))
        }
        HirKind::Capture(capture) => write(&capture.sub, out, left),
        HirKind::Concat(parts) => parts.iter().try_for_each(|part| write(part, out, left)),
        HirKind::Alternation(parts) => parts.iter().find_map(|part| {
            let mut one = String::new();
            write(part, &mut one, left)?;
            out.push_str(&one);
            Some(())
        }),
    }
}

/// A character of a class: one that is easily read, where there is one.
fn member(class: &Class) -> Option<char> {
    let ranges: Vec<(char, char)> = match class {
        Class::Unicode(class) => class.ranges().iter().map(|range| (range.start(), range.end())).collect(),
        Class::Bytes(class) => {
            class.ranges().iter().map(|range| (char::from(range.start()), char::from(range.end()))).collect()
        }
    };
    let holds = |c: &char| ranges.iter().any(|(start, end)| (start..=end).contains(&c));
    let plain = ('a'..='z').chain('A'..='Z').chain('0'..='9').find(holds);
    plain.or_else(|| ('!'..='~').find(holds)).or_else(|| ranges.first().map(|(start, _)| *start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_matches() {
        for (pattern, expected) in [
            ("^[A-Z]{2,4}-\\d+$", Some("AA-0")),
            ("", Some("")),
            ("^(?:TICKET|TASK)#[1-9][0-9]*$", Some("TICKET#1")),
            ("^.+@.+$", Some("a@a")),
            ("^#[0-9a-fA-F]{6}$", Some("#aaaaaa")),
            ("^\\s\\S$", Some("\ta")),
            ("^(?!x)y$", None),
            ("(", None),
            ("x{1000}", None),
            ("^((((((x{200}){200}){200}){200}){200}){200})$", None),
            ("^((((((x?){200}){200}){200}){200}){200}){200}$", None),
            ("^(x?){200}$", Some("")),
            ("\\bx$", Some("x")),
            ("x\\By", Some("xy")),
            ("x\\b\\By", None),
        ] {
            assert_eq!(sample(pattern).as_deref(), expected, "{pattern}");
        }
    }
}
