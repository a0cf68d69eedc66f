//! One difference: why, the request, what each side does and by which rules, and what would make them equal.

use crate::{
    comparison::Evidence,
    routing::{Side, way},
    tui::{
        app::State,
        facts::{
            Line, Tone,
            compare::{Comparison, DifferenceRow},
            explain::{Backends, Path},
        },
        format,
        view::detail::wrap,
    },
};

/// Columns from which both sides stand beside each other.
const BESIDE: usize = 100;

/// All of it, in so many columns.
pub(super) fn lines(row: &DifferenceRow, facts: &Comparison, state: &State, room: usize) -> Vec<Line> {
    let mut all = head(row);
    if !row.difference.fix.is_empty() {
        all.push(Line::of(Tone::Head, "to make them equal  ").and(Tone::Plain, row.difference.fix.clone()));
    }
    for evidence in &row.difference.evidence {
        all.push(Line::default());
        all.extend(self::evidence(evidence, room));
    }
    all.push(Line::default());
    all.extend(answers(row, facts, state, room));
    all.iter().flat_map(|line| wrap(line, room)).collect()
}

/// A difference in the lines below the list.
pub(super) fn below(row: &DifferenceRow) -> Vec<Line> {
    let mut all = head(row);
    if let Some(first) = row.difference.evidence.first() {
        all.push(Line::of(Tone::Accent, first.witness.curl()));
        all.extend(first.points.iter().take(2).map(point));
    }
    all.push(Line::dim("fix ").and(Tone::Plain, row.difference.fix.clone()));
    all
}

fn head(row: &DifferenceRow) -> Vec<Line> {
    let difference = &row.difference;
    let many = |count: u64, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let of = difference.cause.object.as_ref().map(|key| format!("  {key}")).unwrap_or_default();
    let mut lines = vec![
        Line::of(row.health().tone(), format!("{} ", row.word()))
            .and(Tone::Strong, row.cause())
            .and(Tone::Plain, of)
            .and(
                Tone::Dim,
                format!(
                    "   {}, {}   {}",
                    many(difference.hosts, "host"),
                    many(difference.paths, "path"),
                    row.kinds
                ),
            ),
    ];
    if let Some(accepted) = &row.accepted {
        let told = format!("✓ accepted on {}: {}", accepted.date, accepted.reason);
        lines.push(Line::of(Tone::Good, told));
    }
    lines
}

/// One kind of difference with its request.
fn evidence(evidence: &Evidence, room: usize) -> Vec<Line> {
    let mut all =
        vec![Line::of(Tone::Head, evidence.kind.as_str()), Line::of(Tone::Accent, evidence.witness.curl())];
    let (old, new) = (&evidence.rules.0, &evidence.rules.1);
    let left = Line::of(Tone::Old, "old ").and(Tone::Plain, old.clone());
    let right = Line::of(Tone::New, "new ").and(Tone::Plain, new.clone());
    all.extend(both(&[left], &[right], room));
    all.extend(evidence.points.iter().map(point));
    if !evidence.points.iter().any(|point| point.shown) {
        all.push(Line::dim("  one request alone does not show it"));
    }
    all
}

fn point(point: &crate::routing::compare::Point) -> Line {
    let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "–".to_owned());
    Line::dim(format!("  {}  ", point.what))
        .and(Tone::Old, value(&point.old))
        .and(Tone::Dim, " → ")
        .and(Tone::New, value(&point.new))
}

/// The way of the simplest request on both sides.
fn answers(row: &DifferenceRow, facts: &Comparison, state: &State, room: usize) -> Vec<Line> {
    let Some(witness) = row.difference.witness() else { return Vec::new() };
    let backends = Backends { world: &facts.world, stand_ins: &state.view.stand_ins };
    let [old, new] = [
        (Side::Old, &facts.old.table, "old side", Tone::Old),
        (Side::New, &facts.new.table, "new side", Tone::New),
    ]
    .map(|(side, table, title, tone)| {
        let ask = witness.ask(side);
        let path = Path::of(&ask, &way(table, &ask), backends);
        let mut lines = vec![Line::of(tone, title)];
        lines.extend(path.steps.iter().map(|step| {
            let line = Line::of(step.sign.tone(), format!("{} ", step.sign.sign()))
                .and(Tone::Dim, format!("{:<10} ", step.label))
                .and(Tone::Plain, step.name.clone());
            let line =
                if step.detail.is_empty() { line } else { line.and(Tone::Dim, format!("  {}", step.detail)) };
            if step.note.is_empty() { line } else { line.and(Tone::Warn, format!("  {}", step.note)) }
        }));
        lines
    });
    both(&old, &new, room)
}

/// Two columns where there is room, else one below the other.
fn both(old: &[Line], new: &[Line], room: usize) -> Vec<Line> {
    if room < BESIDE {
        return old.iter().chain(new).cloned().collect();
    }
    let half = (room - 3) / 2;
    let [old, new] = [old, new].map(|side| side.iter().flat_map(|line| wrap(line, half)).collect::<Vec<_>>());
    let rows = old.len().max(new.len());
    (0..rows)
        .map(|at| {
            let left = old.get(at).cloned().unwrap_or_default();
            let gap = half.saturating_sub(format::width(&left.text()));
            let mut line = left.and(Tone::Dim, format!("{} │ ", " ".repeat(gap)));
            line.0.extend(new.get(at).cloned().unwrap_or_default().0);
            line
        })
        .collect()
}
