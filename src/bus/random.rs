//! Chance, for spreading what would otherwise happen at the same moment.

/// From 0 up to, and without, 1. Good enough for jitter, and for nothing that must be secret.
pub(crate) fn random_unit() -> f64 {
    // The lower half of a version 4 id is random but for its two highest bits.
    let bits = uuid::Uuid::new_v4().as_u64_pair().1 & 0xffff_ffff;
    bits as f64 / (1_u64 << 32) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_spread_over_the_unit() {
        let drawn: Vec<f64> = (0..1_000).map(|_| random_unit()).collect();
        assert!(drawn.iter().all(|unit| (0.0..1.0).contains(unit)));
        for tenth in 0..10 {
            let part = f64::from(tenth) / 10.0..f64::from(tenth + 1) / 10.0;
            assert!(drawn.iter().any(|unit| part.contains(unit)), "{part:?}");
        }
    }
}
