//! Percentiles of a histogram: linear within the bucket, as Prometheus has them.

/// Requests in one bucket: position of its upper end in the bounds, and how many.
pub(super) type Counts = [(u8, u32)];

/// What fell into each bucket, from what took at most as long as each end. Buckets without requests are left out.
pub(super) fn counts(up_to: &[u64], bounds: &[f64]) -> Box<Counts> {
    let mut before = 0;
    let mut counts = Vec::new();
    for at in in_order(bounds) {
        // An end that another target does not have stays behind; it does not make counts negative.
        let Some(sum) = up_to.get(at).copied().filter(|sum| *sum > before) else { continue };
        let count = u32::try_from(sum - before).unwrap_or(u32::MAX);
        counts.push((at as u8, count));
        before = sum;
    }
    counts.into()
}

/// Positions of the ends, from the least.
fn in_order(bounds: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..bounds.len()).collect();
    order.sort_by(|a, b| bounds.get(*a).partial_cmp(&bounds.get(*b)).unwrap_or(std::cmp::Ordering::Equal));
    order
}

/// A histogram being summed up.
pub(super) struct Histogram {
    /// By position of the upper end.
    counts: Vec<u64>,
}

impl Histogram {
    pub(super) fn new(bounds: &[f64]) -> Self {
        Self { counts: vec![0; bounds.len()] }
    }

    pub(super) fn add(&mut self, counts: &Counts) {
        for (at, count) in counts {
            if let Some(sum) = self.counts.get_mut(usize::from(*at)) {
                *sum += u64::from(*count);
            }
        }
    }

    /// The durations in milliseconds under which these shares of the requests lie; none without requests. What lies
    /// beyond the last end is told as that end.
    pub(super) fn percentiles<const N: usize>(&self, shares: [f64; N], bounds: &[f64]) -> [Option<f64>; N] {
        let total: u64 = self.counts.iter().sum();
        if total == 0 {
            return [None; N];
        }
        let order = in_order(bounds);
        shares.map(|share| {
            let rank = share * total as f64;
            let (mut below, mut lower) = (0.0, 0.0);
            for at in &order {
                let (count, upper) = (*self.counts.get(*at)? as f64, *bounds.get(*at)?);
                if count > 0.0 && below + count >= rank {
                    let within =
                        if upper.is_finite() { (upper - lower) * (rank - below) / count } else { 0.0 };
                    return Some((lower + within) * 1000.0);
                }
                below += count;
                lower = if upper.is_finite() { upper } else { lower };
            }
            Some(lower * 1000.0)
        })
    }
}
