//! Numbers for people.

/// A whole number with thousands separated by commas: `41,512`.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// So many of a thing: `1 stream`, `1,204 streams`.
pub fn plural(n: u64, one: &str, more: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { more })
}

/// A whole number in at most four cells, up to a thousand millions: `999`, `1.9k`, `24k`, `3.1M`. Never more than it is.
pub fn short_count(n: u64) -> String {
    let (unit, sign) = match n {
        0..1_000 => return n.to_string(),
        1_000..1_000_000 => (1_000, 'k'),
        _ => (1_000_000, 'M'),
    };
    match (n / unit, n % unit * 10 / unit) {
        (whole @ 0..10, tenth) => format!("{whole}.{tenth}{sign}"),
        (whole, _) => format!("{whole}{sign}"),
    }
}

/// A rate per second: one decimal below ten, whole and with commas above; `0` only for exactly none.
pub fn rate(per_second: f64) -> String {
    if per_second <= 0.0 {
        "0".to_owned()
    } else if per_second < 0.1 {
        "<0.1".to_owned()
    } else if per_second < 9.95 {
        format!("{per_second:.1}")
    } else {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "positive, and far below 2^53"
        )]
        count(per_second.round() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_is_one() {
        for (n, shown) in [(0, "0 streams"), (1, "1 stream"), (2, "2 streams"), (1_204, "1,204 streams")] {
            assert_eq!(plural(n, "stream", "streams"), shown);
        }
    }

    #[test]
    fn counts_have_commas() {
        for (n, shown) in
            [(0, "0"), (999, "999"), (1000, "1,000"), (41512, "41,512"), (1_234_567, "1,234,567")]
        {
            assert_eq!(count(n), shown);
        }
    }

    #[test]
    fn short_counts_take_few_cells() {
        for (n, shown) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1.0k"),
            (1_999, "1.9k"),
            (24_726, "24k"),
            (999_999, "999k"),
            (3_190_000, "3.1M"),
            (412_000_000, "412M"),
        ] {
            assert_eq!(short_count(n), shown);
        }
    }

    #[test]
    fn rates_never_round_a_trickle_to_nothing() {
        for (r, shown) in
            [(0.0, "0"), (0.003, "<0.1"), (0.25, "0.2"), (9.9, "9.9"), (9.97, "10"), (1284.4, "1,284")]
        {
            assert_eq!(rate(r), shown);
        }
    }
}
