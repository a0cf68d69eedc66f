use proptest::prelude::*;

use super::*;
use crate::routing::fixture::backend;

proptest! {
    #[test]
    fn over_a_full_period_every_backend_gets_exactly_its_weight(
        weights in prop::collection::vec(0_u32..40, 0..6),
        start in 0_u64..1_000_000,
    ) {
        let backends: Vec<_> = weights.iter().map(|weight| backend("a", *weight)).collect();
        let split = Split::new(backends);
        prop_assert_eq!(split.total(), weights.iter().map(|weight| u64::from(*weight)).sum::<u64>());
        let mut got = vec![0_u32; weights.len()];
        for random in start..start + split.total() {
            let picked = split.pick(random).expect("there is weight");
            let at = split.backends.iter().position(|one| std::ptr::eq(one, picked)).expect("one of ours");
            got[at] += 1;
        }
        prop_assert_eq!(&got, &weights);
        prop_assert_eq!(split.pick(start).is_none(), split.total() == 0);
    }
}

#[test]
fn shares_are_of_the_whole_and_none_without_weight() {
    let split = Split::new([backend("a", 90), backend("b", 10), backend("c", 0)]);
    let shares: Vec<f64> = split.backends.iter().map(|one| split.share(one)).collect();
    assert_eq!(shares, [0.9, 0.1, 0.0]);
    let none = Split::new([backend("a", 0)]);
    assert_eq!(none.share(&none.backends[0]), 0.0);
}

#[test]
fn the_largest_weights_do_not_overflow() {
    let split = Split::new([backend("a", u32::MAX), backend("b", u32::MAX)]);
    assert_eq!(split.total(), 2 * u64::from(u32::MAX));
    assert_eq!(split.pick(u64::MAX).map(|one| one.weight), Some(u32::MAX));
}
