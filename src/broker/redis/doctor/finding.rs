//! Making findings, and the words for numbers and lists in them.

use crate::bus::{Finding, Level};
use crate::text::plural;

/// How many examples a finding names.
const NAMED: usize = 3;

/// All is well.
pub(super) fn ok(check: &'static str, found: impl Into<String>) -> Finding {
    Finding { check, level: Level::Ok, found: found.into(), mend: None, is_unseen: false }
}

/// Worth knowing.
pub(super) fn note(check: &'static str, found: impl Into<String>, mend: Option<&str>) -> Finding {
    Finding {
        check,
        level: Level::Note,
        found: found.into(),
        mend: mend.map(ToOwned::to_owned),
        is_unseen: false,
    }
}

/// May become a fault.
pub(super) fn warning(check: &'static str, found: impl Into<String>, mend: impl Into<String>) -> Finding {
    Finding { check, level: Level::Warning, found: found.into(), mend: Some(mend.into()), is_unseen: false }
}

/// Wrong.
pub(super) fn fault(check: &'static str, found: impl Into<String>, mend: impl Into<String>) -> Finding {
    Finding { check, level: Level::Fault, found: found.into(), mend: Some(mend.into()), is_unseen: false }
}

/// `a; b; c; and 12 more`
pub(super) fn examples(items: &[String]) -> String {
    let mut named: Vec<_> = items.iter().take(NAMED).cloned().collect();
    if items.len() > NAMED {
        named.push(format!("and {} more", crate::text::count((items.len() - NAMED) as u64)));
    }
    named.join("; ")
}

/// `1 stream`, `1,200 streams`
pub(super) fn some(count: u64, word: &str) -> String {
    plural(count, word, &format!("{word}s"))
}

/// `1 entry`, `1,200 entries`
pub(super) fn entries(count: u64) -> String {
    plural(count, "entry", "entries")
}

/// `900 bytes`, `1.5 MiB`
pub(super) fn size(bytes: u64) -> String {
    let mut value = bytes as f64;
    let mut unit = None;
    for next in ["KiB", "MiB", "GiB", "TiB"] {
        if value < 1_024.0 {
            break;
        }
        value /= 1_024.0;
        unit = Some(next);
    }
    match unit {
        None => some(bytes, "byte"),
        Some(unit) => format!("{value:.1} {unit}"),
    }
}

/// Whole percent of `part` in `whole`, rounded down.
pub(super) fn percent(part: u64, whole: u64) -> u64 {
    if whole == 0 { 0 } else { u64::try_from(u128::from(part) * 100 / u128::from(whole)).unwrap_or(u64::MAX) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        let items: Vec<_> = (1..=5).map(|n| n.to_string()).collect();
        assert_eq!(examples(&items), "1; 2; 3; and 2 more");
        assert_eq!(examples(&items[..2]), "1; 2");
        assert_eq!((some(1, "stream"), some(1_200, "stream")), ("1 stream".into(), "1,200 streams".into()));
        assert_eq!((entries(1), entries(0)), ("1 entry".into(), "0 entries".into()));
        for (bytes, shown) in [
            (1, "1 byte"),
            (1_023, "1,023 bytes"),
            (1_536, "1.5 KiB"),
            (3 << 30, "3.0 GiB"),
            (5 << 40, "5.0 TiB"),
        ] {
            assert_eq!(size(bytes), shown);
        }
        assert_eq!((percent(999, 1_000), percent(1, 0), percent(u64::MAX, u64::MAX)), (99, 0, 100));
    }
}
