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
