//! The share that a backend was seen to get, with its confidence.

/// An observed share with its 95 % Wilson interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// Observed, 0 to 1.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// The share of `part` among `whole` requests; none without requests.
pub fn share(part: u64, whole: u64) -> Option<Share> {
    if whole == 0 {
        return None;
    }
    let (n, z) = (whole as f64, 1.96_f64);
    let p = part.min(whole) as f64 / n;
    let middle = (p + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt() / (1.0 + z * z / n);
    Some(Share { value: p, low: (middle - half).max(0.0), high: (middle + half).min(1.0) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_told_with_what_the_numbers_allow() {
        assert_eq!(share(0, 0), None, "no requests: no share, and not 0");
        let cases = [
            (5, 10, 0.5, 0.2366, 0.7634, "Wilson, as in the books"),
            (0, 10, 0.0, 0.0, 0.2775, "none of ten is not none at all"),
            (10, 10, 1.0, 0.7225, 1.0, "the other end"),
            (500, 5000, 0.1, 0.0920, 0.1086, "many tell more"),
            (12, 10, 1.0, 0.7225, 1.0, "never more than all: two counters are never read at one moment"),
        ];
        for (part, whole, value, low, high, why) in cases {
            let share = share(part, whole).expect("there are requests");
            let near = |a: f64, b: f64| (a - b).abs() < 0.0001;
            assert!(
                near(share.value, value) && near(share.low, low) && near(share.high, high),
                "{share:?}: {why}"
            );
        }
    }
}
