//! The difference of two states as lines: of one object before and after, or of two objects.

use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use super::{
    Line, Tone,
    page::{Fold, Folds, PageLine},
};
use crate::resource::show;

/// Lines around a change that are shown.
const CONTEXT: usize = 3;

/// One side of a difference.
#[derive(Clone, Debug, PartialEq)]
pub struct Side {
    /// What it is: `before`, `HTTPRoute shop/app`.
    pub name: String,
    /// Its text; nothing where there was no object.
    pub value: Option<Value>,
}

/// The difference; what is alike for long is folded.
pub fn page(old: &Side, new: &Side, folds: &Folds) -> Vec<PageLine> {
    let text = |side: &Side| {
        side.value.as_ref().map(|value| show::to_yaml(&without_ours(value))).unwrap_or_default()
    };
    let (before, after) = (text(old), text(new));
    let mut out: Vec<PageLine> = vec![
        Line::of(Tone::Old, format!("- {}", old.name)).into(),
        Line::of(Tone::New, format!("+ {}", new.name)).into(),
        PageLine::default(),
    ];
    if before == after {
        out.push(Line::dim("they are alike").into());
        return out;
    }
    let diff = TextDiff::from_lines(&before, &after);
    let groups = diff.grouped_ops(CONTEXT);
    let total = before.lines().count();
    let mut seen = 0;
    let gap = |from: usize, to: usize, out: &mut Vec<PageLine>| alike(&before, from, to, folds, out);
    for group in &groups {
        let start = group.first().map_or(seen, |op| op.old_range().start);
        gap(seen, start, &mut out);
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let (sign, tone) = match change.tag() {
                ChangeTag::Equal => ("  ", Tone::Plain),
                ChangeTag::Delete => ("- ", Tone::Old),
                ChangeTag::Insert => ("+ ", Tone::New),
            };
            let text = change.value().trim_end_matches('\n');
            out.push(Line::of(tone, format!("{sign}{text}")).into());
        }
        seen = group.last().map_or(seen, |op| op.old_range().end);
    }
    gap(seen, total, &mut out);
    out
}

/// Lines that both have: a fold of them.
fn alike(text: &str, from: usize, to: usize, folds: &Folds, out: &mut Vec<PageLine>) {
    if to <= from {
        return;
    }
    let id = format!("alike {from}");
    let open = folds.open(&id, false);
    let count = to - from;
    let word = if count == 1 { "line" } else { "lines" };
    let line = PageLine::from(Line::dim(format!("  … {count} {word} alike")));
    out.push(PageLine { fold: Some(Fold { id: id.into(), open }), ..line });
    if open {
        let lines = text.lines().skip(from).take(count);
        out.extend(lines.map(|line| PageLine::from(Line::dim(format!("  {line}")))));
    }
}

/// Without what cutover says of it: conditions follow of what the object itself says.
fn without_ours(value: &Value) -> Value {
    let mut value = value.clone();
    if let Some(map) = value.as_object_mut() {
        map.remove("cutover");
    }
    value
}

/// How many lines differ: `+3 −1`; none when nothing does.
pub fn size(lines: &[PageLine]) -> Option<(usize, usize)> {
    let of = |tone: Tone| {
        lines.iter().skip(3).filter(|line| line.line.0.first().is_some_and(|one| one.0 == tone)).count()
    };
    let (new, old) = (of(Tone::New), of(Tone::Old));
    (new + old > 0).then_some((new, old))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn side(name: &str, value: Value) -> Side {
        Side { name: name.to_owned(), value: Some(value) }
    }

    fn text(lines: &[PageLine]) -> Vec<String> {
        lines.iter().map(|line| line.line.text()).collect()
    }

    #[test]
    fn what_changed_stands_between_what_is_alike() {
        let of = |weight: i64| json!({"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "weight": weight, "x": 1, "yy": {"z": 1}, "cutover": weight});
        let (old, new) = (side("before", of(10)), side("now", of(25)));
        let mut folds = Folds::default();
        let lines = page(&old, &new, &folds);
        let expected = [
            "- before",
            "+ now",
            "",
            "  … 2 lines alike",
            "  c: 3",
            "  d: 4",
            "  e: 5",
            "- weight: 10",
            "+ weight: 25",
            "  x: 1",
            "  yy:",
            "    z: 1",
        ];
        assert_eq!(text(&lines), expected);
        assert_eq!(size(&lines), Some((1, 1)));
        folds.set_all(true);
        assert_eq!(text(&page(&old, &new, &folds))[3..6], ["  … 2 lines alike", "  a: 1", "  b: 2"]);
    }

    #[test]
    fn what_is_alike_and_what_is_new_are_told() {
        let value = json!({"a": 1});
        let same = page(&side("a", value.clone()), &side("b", value.clone()), &Folds::default());
        assert_eq!((text(&same)[3].as_str(), size(&same)), ("they are alike", None));
        let nothing = Side { name: "before: it did not exist".to_owned(), value: None };
        let new = page(&nothing, &side("now", value), &Folds::default());
        assert_eq!((text(&new)[3].as_str(), size(&new)), ("+ a: 1", Some((1, 0))));
    }
}
