//! What a misspelt word was probably meant to be.

/// The known name that `value` was probably meant to be: at most two letters changed, added or missing.
pub fn nearest<'a>(value: &str, known: &[&'a str]) -> Option<&'a str> {
    // Nothing this long is a slip of two letters; and the work grows with the length.
    if value.len() > 64 {
        return None;
    }
    known
        .iter()
        .map(|name| (distance(value, name), *name))
        .filter(|(distance, name)| *distance <= 2 && *distance < name.chars().count())
        .min()
        .map(|(_, name)| name)
}

/// How many letters must be changed, added or taken out to make `b` of `a`.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let changed = corner + usize::from(from != *to);
            corner = row[j + 1];
            row[j + 1] = changed.min(corner + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised() {
        assert_eq!(nearest("them", &["theme", "tenants"]), Some("theme"));
        assert_eq!(nearest("retension", &["retention"]), Some("retention"));
        assert_eq!(nearest("colours", &["theme", "log"]), None);
        assert_eq!(nearest(&"x".repeat(100_000), &["theme"]), None);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
