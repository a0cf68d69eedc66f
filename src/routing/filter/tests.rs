use std::sync::Arc;

use super::*;
use crate::routing::fixture::backend;

#[test]
fn a_mirror_takes_exactly_its_fraction() {
    let cases = [
        ((1, 4), 25, "a quarter"),
        ((0, 100), 0, "none"),
        ((100, 100), 100, "all"),
        ((7, 0), 0, "of nothing"),
    ];
    for (fraction, of_hundred, why) in cases {
        let mirror = Mirror { fraction, ..Mirror::new(Arc::clone(&backend("a", 1).id)) };
        assert_eq!((0..100).filter(|random| mirror.takes(*random)).count(), of_hundred, "{why}");
    }
}

#[test]
fn edits_are_empty_only_without_any() {
    assert!(HeaderEdits::default().is_empty());
    let edits = HeaderEdits { remove: [Arc::from("a")].into(), ..HeaderEdits::default() };
    assert!(!edits.is_empty());
}
