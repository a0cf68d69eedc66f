use std::{borrow::Cow, sync::atomic::Ordering::SeqCst};

use super::*;
use crate::{
    rehearsal::View,
    tui::{facts::Health, fixture},
};

impl Same for &'static str {
    fn same(&self, other: &Self) -> bool {
        self == other
    }
}

/// A row of which all is in its text: `namespace/name`, broken with a `!`.
impl Record for &'static str {
    const COLUMNS: &'static [Column] = &[Column::text("NAME", 4, 20, 255), Column::number("LENGTH", 6, 1)];

    fn cells(&self, _: &State) -> Vec<Line> {
        vec![Line::plain(*self), Line::plain(self.len().to_string())]
    }

    fn haystack(&self) -> Cow<'_, str> {
        Cow::Borrowed(self)
    }

    fn namespace(&self) -> Option<&str> {
        self.split_once('/').map(|(namespace, _)| namespace)
    }

    fn health(&self, _: &View) -> Option<Health> {
        Some(if self.ends_with('!') { Health::Broken } else { Health::Ok })
    }

    fn key(&self, _: &View, column: usize) -> SortKey {
        match column {
            0 => SortKey::text(self),
            _ => SortKey::Number(self.len() as f64),
        }
    }
}

fn around() -> Around {
    Around { view: fixture::view(), namespace: None }
}

fn shown<'a>(list: &'a List<&'static str>) -> Vec<&'a str> {
    (0..list.len()).filter_map(|line| list.item(line)).copied().collect()
}

#[test]
fn a_window_moves_no_further_than_the_selection_needs() {
    let cases = [
        ((10, 0, 0, 4), 0, "the top"),
        ((10, 4, 0, 4), 1, "one below the window"),
        ((10, 2, 5, 4), 2, "one above the window"),
        ((10, 6, 5, 4), 5, "inside"),
        ((10, 9, 9, 4), 6, "never past the end"),
        ((3, 2, 7, 10), 0, "all fits"),
        ((0, 0, 3, 5), 0, "nothing"),
        ((5, 4, 0, 0), 4, "no height at all"),
    ];
    for ((len, at, offset, height), begins, why) in cases {
        assert_eq!(window(len, at, offset, height), begins, "{why}");
    }
}

#[test]
fn what_nobody_chose_is_the_first_line() {
    let around = around();
    let mut list = List::default();
    list.set(vec!["a", "b", "c"], &around);
    list.lift(vec![2], &around);
    assert_eq!(list.selected(), Some(&"c"), "what is lifted there");
    list.step(0);
    list.lift(vec![1], &around);
    assert_eq!((list.selected(), list.at()), (Some(&"c"), 2), "chosen, if only by staying");
}

#[test]
fn the_selection_follows_its_object() {
    let around = around();
    let mut list = List::default();
    list.set(vec!["a", "b", "c"], &around);
    list.step(1);
    list.set(vec!["0", "a", "b", "c"], &around);
    assert_eq!(list.selected(), Some(&"b"), "rows came before it");
    list.set(vec!["a", "c"], &around);
    assert_eq!(list.selected(), Some(&"c"), "it went: the line nearest");
    list.filter.set("C");
    list.arrange(&around);
    assert_eq!((list.len(), list.total(), list.selected()), (1, 2, Some(&"c")), "case does not matter");
    list.filter.set("x");
    list.arrange(&around);
    assert_eq!(list.selected(), None, "nothing shown, nothing selected");
    list.filter.set("");
    list.arrange(&around);
    assert_eq!(list.selected(), Some(&"a"), "shown again");
    list.patch(|all| all.push("d"), &around);
    list.lift(vec![2, 1], &around);
    assert_eq!(shown(&list), ["d", "c", "a"], "what is lifted stands first");
    assert_eq!((list.selected(), list.at()), (Some(&"a"), 2), "the selection went with its item");
}

#[test]
fn rows_are_sorted_by_a_column_kept_to_a_namespace_and_to_what_is_broken() {
    let mut around = around();
    let mut list = List::default();
    list.set(vec!["x/a10", "y/a2!", "x/a2", "all"], &around);
    type Case = (Option<Sort>, Option<&'static str>, bool, &'static [&'static str], &'static str);
    let cases: [Case; 5] = [
        (Some(Sort { column: 0, down: false }), None, false, &["all", "x/a2", "x/a10", "y/a2!"], "by name"),
        (
            Some(Sort { column: 0, down: true }),
            None,
            false,
            &["y/a2!", "x/a10", "x/a2", "all"],
            "turned round",
        ),
        (
            Some(Sort { column: 1, down: false }),
            None,
            false,
            &["all", "x/a2", "x/a10", "y/a2!"],
            "alike stay",
        ),
        (None, Some("x"), false, &["x/a10", "x/a2", "all"], "what has no namespace is seen in all"),
        (None, None, true, &["y/a2!"], "only what is broken"),
    ];
    for (sort, namespace, broken, rows, why) in cases {
        list.set_sort(sort);
        list.filter.broken = broken;
        around.namespace = namespace.map(Into::into);
        list.arrange(&around);
        assert_eq!(shown(&list), rows, "{why}");
    }
}

#[test]
fn what_takes_long_is_done_aside_and_only_the_newest_counts() {
    let around = around();
    let names: Vec<&'static str> =
        (0..20_000).map(|nth| &*Box::leak(format!("row-{nth}").into_boxed_str())).collect();
    let mut list = List::default();
    assert!(list.set(names, &around).is_none(), "as they come, rows are there at once");
    list.step(5);
    list.set_sort(Some(Sort { column: 0, down: true }));
    let first = list.arrange(&around).unwrap();
    assert_eq!((list.selected(), list.len()), (Some(&"row-5"), 20_000), "the old order stays until then");
    list.set_sort(Some(Sort { column: 1, down: true }));
    let second = list.arrange(&around).unwrap();
    assert!(first.run().is_none(), "what is overtaken ends early");
    assert!(list.patch(|all| _ = all.remove(0), &around).is_some_and(|third| {
        assert_eq!(list.item(0), Some(&"row-0"), "lines are of the rows that they were made of");
        let arranged = second.run();
        assert!(arranged.is_none());
        list.arranged(third.run().unwrap());
        true
    }));
    assert_eq!((list.len(), list.selected()), (19_999, Some(&"row-5")), "the selection went with its row");
    assert_eq!(list.item(0).map(|row| row.len()), Some(9), "the longest first");
    let late = Arranged {
        generation: list.newest.load(SeqCst) - 1,
        shown: Vec::new(),
        all: Arc::new(()),
        made: false,
    };
    list.arranged(late);
    assert_eq!(list.len(), 19_999, "what comes late changes nothing");
}
