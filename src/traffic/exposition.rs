//! Reader of Prometheus text format 0.0.4 (and what OpenMetrics shares with it).
//!
//! Our own, because prometheus-parse 0.2.5 drops labels and lines in silence (README, notes).

/// One sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Metric name.
    pub name: String,
    /// Labels in the order written, unescaped.
    pub labels: Vec<(String, String)>,
    /// Value.
    pub value: f64,
}

/// What a page held.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// All samples read.
    pub samples: Vec<Sample>,
    /// Lines that could not be read: number from 1, and why.
    pub rejected: Vec<(usize, String)>,
}

/// Reads a page, keeping samples whose name is wanted; every line that can not be read is told.
pub fn parse(text: &str, wanted: impl Fn(&str) -> bool) -> Page {
    let _ = (text, wanted);
    unimplemented!()
}
