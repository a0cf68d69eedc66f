//! History made into as many values as there are columns to draw.

use crate::{
    rehearsal::View,
    traffic::{Flow, Moment, Scope, Series},
};

/// One value a column; none where nothing was measured or no request came.
pub type Values = Vec<Option<f64>>;

/// What of a step is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// Requests a second.
    Rate,
    /// Share of 5xx, 0 to 1.
    Errors,
    /// 95th percentile in milliseconds.
    P95,
}

/// Shares of errors are taken over at least these seconds: of a few requests each error would be a peak.
pub const SMOOTHED: f64 = 30.0;

/// Seconds that a history may be drawn over.
const SPANS: [f64; 4] = [60.0, 120.0, 300.0, 600.0];

/// Seconds to draw: the least that hold all that is known, so that a fresh start does not show an empty chart.
pub fn span(view: &View) -> f64 {
    let first = view.traffic.scopes.get(&Scope::All).and_then(|series| series.history.first());
    let known = first.map_or(0.0, |first| view.now - (first.at - first.seconds));
    // A window that holds nothing but a last moment more is not worth half of the room.
    SPANS.into_iter().find(|span| known <= *span + 1.0).unwrap_or(600.0)
}

/// `5 min`
pub fn minutes(seconds: f64) -> String {
    format!("{} min", (seconds / 60.0).round())
}

/// The last `seconds` before `now`, in `columns` values.
pub fn values(series: Option<&Series>, of: Of, now: Moment, seconds: f64, columns: usize) -> Values {
    let history = series.map_or(&[][..], |series| &series.history);
    let width = seconds / columns.max(1) as f64;
    match of {
        Of::Errors => smoothed(history, now, width, columns),
        Of::Rate | Of::P95 => stepped(history, of, now, width, columns),
    }
}

/// Each column over the time that ends with it.
fn smoothed(history: &[Flow], now: Moment, width: f64, columns: usize) -> Values {
    let column = |at: usize| {
        let end = now - (columns - 1 - at) as f64 * width;
        let until = history.partition_point(|flow| flow.at <= end);
        let from = history.partition_point(|flow| flow.at <= end - width.max(SMOOTHED));
        let flows: Vec<&Flow> = history.get(from..until).unwrap_or_default().iter().collect();
        // A column that ended before anything was counted has nothing; nor one long after the last count.
        value(&flows, Of::Errors)
    };
    (0..columns).map(column).collect()
}

fn stepped(history: &[Flow], of: Of, now: Moment, width: f64, columns: usize) -> Values {
    let mut buckets: Vec<Vec<&Flow>> = vec![Vec::new(); columns];
    let seconds = width * columns as f64;
    for flow in history {
        let back = now - flow.at;
        if back < 0.0 || back >= seconds || width <= 0.0 {
            continue;
        }
        let at = columns.saturating_sub(1).saturating_sub((back / width) as usize);
        if let Some(bucket) = buckets.get_mut(at) {
            bucket.push(flow);
        }
    }
    let mut values: Values = buckets.iter().map(|flows| value(flows, of)).collect();
    bridge(&mut values, &buckets, of, width);
    values
}

fn value(flows: &[&Flow], of: Of) -> Option<f64> {
    let requests: u64 = flows.iter().map(|flow| u64::from(flow.requests)).sum();
    match of {
        Of::Rate => {
            let seconds: f64 = flows.iter().map(|flow| flow.seconds).sum();
            (seconds > 0.0).then(|| requests as f64 / seconds)
        }
        Of::Errors => {
            let errors: u64 = flows.iter().map(|flow| u64::from(flow.errors)).sum();
            (requests > 0).then(|| errors as f64 / requests as f64)
        }
        Of::P95 => {
            // The percentiles of steps can not be added; the highest is the honest one to show.
            flows.iter().filter_map(|flow| flow.p95.map(f64::from)).max_by(f64::total_cmp)
        }
    }
}

/// A step covers the time up to its end: columns narrower than it that hold no end of their own get it too.
fn bridge(values: &mut Values, buckets: &[Vec<&Flow>], of: Of, column: f64) {
    for (at, bucket) in buckets.iter().enumerate() {
        let Some(flow) = bucket.first() else { continue };
        let before = (flow.seconds / column).round() as usize;
        for back in 1..before.min(at + 1) {
            let empty = buckets.get(at - back).is_some_and(Vec::is_empty);
            let Some(place) = values.get_mut(at - back).filter(|_| empty) else { break };
            *place = value(&[flow], of);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(steps: &[(f64, u32, u32)]) -> Series {
        let flow = |&(at, requests, errors)| Flow { at, seconds: 1.0, requests, errors, p95: None };
        Series { history: steps.iter().map(flow).collect(), ..Series::default() }
    }

    #[test]
    fn steps_fall_into_the_column_of_their_time() {
        let series = series(&[(91.0, 10, 1), (92.5, 30, 1), (94.5, 7, 0), (99.5, 4, 2)]);
        assert_eq!(
            values(Some(&series), Of::Rate, 100.0, 10.0, 5),
            [Some(10.0), Some(30.0), Some(7.0), None, Some(4.0)],
            "the fourth column had nothing"
        );
        assert_eq!(
            values(Some(&series), Of::Rate, 100.0, 2.0, 8),
            [None, None, Some(4.0), Some(4.0), Some(4.0), Some(4.0), None, None],
            "a step of a second covers four columns of a quarter"
        );
        assert_eq!(values(None, Of::Rate, 100.0, 10.0, 3), [None, None, None], "nothing measured is not 0");
        assert_eq!(values(Some(&series), Of::Rate, 100.0, 10.0, 0), Vec::<Option<f64>>::new(), "no room");
    }

    #[test]
    fn a_window_is_as_long_as_what_is_known() {
        let cases = [(0.0, 60.0), (5.0, 60.0), (60.5, 60.0), (75.0, 120.0), (290.0, 300.0), (400.0, 600.0)];
        for (known, seconds) in cases {
            let mut view = (*crate::tui::fixture::view()).clone();
            let flow = Flow { at: view.now - known + 1.0, seconds: 1.0, requests: 1, errors: 0, p95: None };
            let series = Series { history: vec![flow], ..Series::default() };
            let mut traffic = (*view.traffic).clone();
            traffic.scopes.insert(Scope::All, std::sync::Arc::new(series));
            view.traffic = std::sync::Arc::new(traffic);
            assert_eq!(span(&view), seconds, "{known} s are known");
        }
        let mut view = (*crate::tui::fixture::view()).clone();
        view.traffic = std::sync::Arc::default();
        assert_eq!(span(&view), 60.0, "nothing is known");
    }

    #[test]
    fn shares_of_errors_are_taken_over_half_a_minute() {
        let series = series(&[(40.0, 1, 1), (50.0, 9, 0), (90.0, 1, 1)]);
        assert_eq!(
            values(Some(&series), Of::Errors, 100.0, 100.0, 10),
            [None, None, None, Some(1.0), Some(0.1), Some(0.1), Some(0.0), None, Some(1.0), Some(1.0)],
            "one error is no peak for long"
        );
    }
}
