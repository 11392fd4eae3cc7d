//! Numbers as JSON writes them, compared exactly: ids beyond 2^53 and amounts in cents do not pass through a float.

use std::cmp::Ordering;

/// A JSON number, taken apart but not converted: `0.d1d2d3.. * 10^point`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Number<'a> {
    negative: bool,
    /// Digits before and behind the point, without leading zeros.
    whole: &'a [u8],
    part: &'a [u8],
    point: i64,
}

impl<'a> Number<'a> {
    /// Reads a JSON number; `None` for anything else (`+1`, `007`, `1.`, `.5`).
    pub(super) fn read(text: &'a str) -> Option<Self> {
        let bytes = text.as_bytes();
        let (negative, rest) = match bytes.split_first()? {
            (b'-', rest) => (true, rest),
            _ => (false, bytes),
        };
        let (whole, rest) = digits(rest);
        if whole.is_empty() || (whole.len() > 1 && whole[0] == b'0') {
            return None;
        }
        let (part, rest) = match rest.split_first() {
            Some((b'.', rest)) => {
                let (part, rest) = digits(rest);
                if part.is_empty() {
                    return None;
                }
                (part, rest)
            }
            _ => (&[][..], rest),
        };
        let exponent = match rest.split_first() {
            None => 0,
            Some((b'e' | b'E', rest)) => exponent(rest)?,
            Some(_) => return None,
        };
        let length = |digits: &[u8]| i64::try_from(digits.len()).unwrap_or(i64::MAX);
        let (whole, part, point) = if whole == b"0" {
            let zeros = part.iter().take_while(|digit| **digit == b'0').count();
            (&[][..], &part[zeros..], -length(&part[..zeros]))
        } else {
            (whole, part, length(whole))
        };
        let zero = whole.is_empty() && part.is_empty();
        let point = if zero { 0 } else { exponent.saturating_add(point) };
        Some(Self { negative: negative && !zero, whole, part, point })
    }

    fn is_zero(&self) -> bool {
        self.whole.is_empty() && self.part.is_empty()
    }

    /// Which is nearer to zero.
    fn compare_size(&self, other: &Self) -> Ordering {
        // Zero has no digits, so its point says nothing.
        match (self.is_zero(), other.is_zero()) {
            (false, false) => self.point.cmp(&other.point),
            (self_zero, other_zero) => other_zero.cmp(&self_zero),
        }
        .then_with(|| {
            let (mut a, mut b) = (self.whole.iter().chain(self.part), other.whole.iter().chain(other.part));
            loop {
                match (a.next(), b.next()) {
                    (None, None) => return Ordering::Equal,
                    (a, b) => match a.unwrap_or(&b'0').cmp(b.unwrap_or(&b'0')) {
                        Ordering::Equal => {}
                        unequal => return unequal,
                    },
                }
            }
        })
    }

    /// Which is greater, exactly.
    pub(super) fn compare(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, false) => self.compare_size(other),
            (true, true) => other.compare_size(self),
            (self_negative, other_negative) => other_negative.cmp(&self_negative),
        }
    }
}

fn digits(bytes: &[u8]) -> (&[u8], &[u8]) {
    bytes.split_at(bytes.iter().take_while(|b| b.is_ascii_digit()).count())
}

/// The digits behind `e`. What no machine can hold counts as the largest: such a number is never met.
fn exponent(bytes: &[u8]) -> Option<i64> {
    let (negative, rest) = match bytes.split_first()? {
        (b'-', rest) => (true, rest),
        (b'+', rest) => (false, rest),
        _ => (false, bytes),
    };
    let (digits, rest) = digits(rest);
    if digits.is_empty() || !rest.is_empty() {
        return None;
    }
    let size = digits
        .iter()
        .fold(0_i64, |sum, digit| sum.saturating_mul(10).saturating_add(i64::from(digit - b'0')));
    Some(if negative { -size } else { size })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn compare(a: &str, b: &str) -> Ordering {
        Number::read(a).unwrap().compare(&Number::read(b).unwrap())
    }

    #[test]
    fn equal_numbers_have_many_spellings() {
        for (a, b) in [
            ("0", "-0"),
            ("0", "0.000e7"),
            ("1", "1.0"),
            ("1000", "1e3"),
            ("1000", "0.1E+4"),
            ("0.05", "5e-2"),
            ("-2.50", "-25e-1"),
            ("12345678901234567890123", "1.2345678901234567890123e22"),
        ] {
            assert_eq!(compare(a, b), Ordering::Equal, "{a} {b}");
        }
    }

    #[test]
    fn order_is_exact() {
        for (a, b) in [
            ("9007199254740992", "9007199254740993"),
            ("-1", "0"),
            ("0", "1e-400"),
            ("-2", "-1"),
            ("9.99", "10"),
            ("0.1", "0.10000000000000000000001"),
            ("1e400", "1e401"),
            ("-1e9999999999999999999999", "1e9999999999999999999999"),
        ] {
            assert_eq!((compare(a, b), compare(b, a)), (Ordering::Less, Ordering::Greater), "{a} {b}");
        }
    }

    #[test]
    fn only_numbers_of_json_are_numbers() {
        for bad in
            ["", "-", "+1", "007", "1.", ".5", "1e", "1e+", "0x10", "1 ", " 1", "1,5", "NaN", "1.5.2", "--1"]
        {
            assert!(Number::read(bad).is_none(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn agrees_with_whole_numbers(a in any::<i128>(), b in any::<i128>(), near in -3..4_i128) {
            for b in [b, a.saturating_add(near)] {
                prop_assert_eq!(compare(&a.to_string(), &b.to_string()), a.cmp(&b));
            }
        }

        #[test]
        fn agrees_with_floats_where_they_are_exact(a in -4096_i32..4096, b in -4096_i32..4096) {
            let (a, b) = (f64::from(a) / 64.0, f64::from(b) / 64.0);
            prop_assert_eq!(compare(&format!("{a:?}"), &format!("{b:e}")), a.partial_cmp(&b).unwrap());
        }

        #[test]
        fn nothing_panics(text in "[-+0-9.eE]{0,30}") {
            if let Some(number) = Number::read(&text) {
                prop_assert_eq!(number.compare(&number), Ordering::Equal);
                prop_assert!(text.parse::<f64>().is_ok());
            }
        }
    }
}
