//! A chart of lines over time as SVG, with the moments of steps marked.

/// Inner size, in units of the picture.
const WIDTH: f64 = 900.0;
const HEIGHT: f64 = 220.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 26.0;
const BOTTOM: f64 = 28.0;

/// A line: a name, a class that the page colours, and points in seconds and values. No value is a gap.
pub(super) struct Line {
    pub(super) name: &'static str,
    pub(super) class: &'static str,
    pub(super) points: Vec<(f64, Option<f64>)>,
}

/// A chart.
pub(super) struct Chart<'c> {
    pub(super) title: &'static str,
    /// How a value is written.
    pub(super) show: fn(f64) -> String,
    /// The highest value, when that is known.
    pub(super) most: Option<f64>,
    /// The scale goes up to this at least: a hair above nothing does not look like much.
    pub(super) least: f64,
    pub(super) lines: Vec<Line>,
    /// Number and moment.
    pub(super) marks: &'c [(usize, f64, String)],
    /// Length of the run in seconds.
    pub(super) seconds: f64,
}

impl Chart<'_> {
    pub(super) fn svg(&self) -> String {
        let (most, step) = self.scale();
        let seconds = self.seconds.max(1e-3);
        let x = |at: f64| LEFT + (at / seconds).clamp(0.0, 1.0) * (WIDTH - LEFT - RIGHT);
        let y = |value: f64| HEIGHT - BOTTOM - (value / most).clamp(0.0, 1.0) * (HEIGHT - TOP - BOTTOM);
        let mut out = format!(
            "<figure><figcaption>{}{}</figcaption>\n<div class=\"scroll\"><svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\">\n",
            self.title,
            self.legend(),
            self.title
        );
        let mut value = 0.0;
        while value <= most * 1.0001 {
            let at = y(value);
            out.push_str(&format!(
                "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>\
                 <text class=\"tick end\" x=\"{:.1}\" y=\"{:.1}\">{}</text>\n",
                WIDTH - RIGHT,
                LEFT - 6.0,
                at + 4.0,
                (self.show)(value)
            ));
            value += step;
        }
        let time = round_step(seconds / 6.0);
        let mut at = 0.0;
        while at <= seconds * 1.0001 {
            out.push_str(&format!(
                "<text class=\"tick middle\" x=\"{:.1}\" y=\"{:.1}\">{} s</text>\n",
                x(at),
                HEIGHT - 8.0,
                (at * 10.0).round() / 10.0
            ));
            at += time;
        }
        // Numbers that would stand on each other go up and down in turn.
        let mut last = f64::NEG_INFINITY;
        let mut row = 0;
        for (number, at, text) in self.marks {
            let place = x(*at);
            row = if place - last < 14.0 { (row + 1) % 2 } else { 0 };
            last = place;
            out.push_str(&format!(
                "<g><title>{text}</title><line class=\"mark\" x1=\"{place:.1}\" x2=\"{place:.1}\" y1=\"{:.1}\" y2=\"{:.1}\"/>\
                 <text class=\"number middle\" x=\"{place:.1}\" y=\"{:.1}\">{number}</text></g>\n",
                TOP - 2.0,
                HEIGHT - BOTTOM,
                TOP - 6.0 - f64::from(row) * 11.0
            ));
        }
        for line in &self.lines {
            for piece in line.points.split(|(_, value)| value.is_none()) {
                let points: Vec<_> = piece
                    .iter()
                    .filter_map(|(at, value)| value.map(|value| format!("{:.1},{:.1}", x(*at), y(value))))
                    .collect();
                match points.as_slice() {
                    [] => {}
                    // A line of one point is not drawn.
                    [one] => {
                        let (cx, cy) = one.split_once(',').unwrap_or(("0", "0"));
                        out.push_str(&format!(
                            "<circle class=\"dot {}\" cx=\"{cx}\" cy=\"{cy}\" r=\"2\"/>\n",
                            line.class
                        ));
                    }
                    _ => out.push_str(&format!(
                        "<polyline class=\"{}\" points=\"{}\"/>\n",
                        line.class,
                        points.join(" ")
                    )),
                }
            }
        }
        out.push_str("</svg></div></figure>\n");
        out
    }

    fn legend(&self) -> String {
        let key = |line: &Line| format!(" <span class=\"key {}\">{}</span>", line.class, line.name);
        self.lines.iter().map(key).collect::<Vec<_>>().concat()
    }

    /// The highest value of the scale, and the step between its lines.
    fn scale(&self) -> (f64, f64) {
        let values = self.lines.iter().flat_map(|line| &line.points).filter_map(|(_, value)| *value);
        let most = self.most.unwrap_or_else(|| values.fold(self.least, f64::max));
        let step = round_step(most / 4.0);
        ((most / step).ceil() * step, step)
    }
}

/// 1, 2 or 5 times a power of ten, at least as much as wanted.
fn round_step(wanted: f64) -> f64 {
    let power = 10_f64.powf(wanted.max(1e-9).log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|part| part * power)
        .find(|step| *step >= wanted * 0.9999)
        .unwrap_or(power * 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_of_a_scale_are_round_and_no_smaller_than_wanted() {
        for (wanted, step) in [(0.25, 0.5), (0.2, 0.2), (1.0, 1.0), (1.1, 2.0), (7.0, 10.0), (30.0, 50.0)] {
            assert!((round_step(wanted) - step).abs() < 1e-9, "{wanted}: {}", round_step(wanted));
        }
    }

    #[test]
    fn a_gap_cuts_a_line_and_a_lonely_point_is_a_dot() {
        let points = vec![(0.0, Some(1.0)), (1.0, Some(2.0)), (2.0, None), (3.0, Some(1.0))];
        let chart = Chart {
            title: "t",
            show: |value| format!("{value}"),
            most: None,
            least: 1.0,
            lines: vec![Line { name: "old", class: "old", points }],
            marks: &[],
            seconds: 4.0,
        };
        let svg = chart.svg();
        assert_eq!((svg.matches("<polyline").count(), svg.matches("<circle").count()), (1, 1), "{svg}");
    }
}
