//! Whole weights for a rule of which one backend, the canary, gets a given share and the others share the rest.
//!
//! Pure arithmetic. The sum is the one asked for, no weight is outside what Gateway API allows, and a backend that
//! refuses never gets a greater share than it has.

use super::Percent;
use crate::resource::gateway_api::MAX_WEIGHT;

/// One backend of a rule, as far as sharing out goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its weight at the start: says what it gets of the rest.
    pub start: i64,
    /// Its weight now: a backend that refuses keeps at most the share that this is.
    pub now: i64,
    /// Whether it must not get a greater share.
    pub refuses: bool,
}

/// A backend that refuses what it would have to get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused(
    /// Position of the backend.
    pub usize,
);

/// The sum of weights in which shares are told: that of the start when it is fine enough for all of them, and no
/// single weight could come out greater than Gateway API allows; otherwise 100, 1 000 or 10 000.
pub fn sum_for(start: &[i64], shares: &[Percent]) -> i64 {
    let unit = shares.iter().map(|share| share.unit()).max().unwrap_or(100);
    let sum: i64 = start.iter().sum();
    if sum < unit { unit } else { sum.min(MAX_WEIGHT) }
}

/// Shares out `sum` (1 to 1 000 000): `share` of it to the canary, the rest to the others in the proportion of their
/// weights at the start, or evenly when all of these are 0.
///
/// # Errors
/// The first backend that refuses what nobody else can take.
pub fn share_out(parts: &[Part], canary: usize, share: Percent, sum: i64) -> Result<Vec<i64>, Refused> {
    let mut weights = vec![0; parts.len()];
    let most = Most::of(parts, sum);
    // Half a weight counts up; 16 backends of a million do not come near what fits.
    let wanted = (sum * i64::from(share.hundredths()) + 5_000) / 10_000;
    // Alone it has all, whatever it shall have.
    let wanted = if parts.len() == 1 { sum } else { wanted };
    match weights.get_mut(canary) {
        Some(weight) if wanted <= most.of_part(canary) => *weight = wanted,
        Some(_) | None => return Err(Refused(canary)),
    }
    let others = |at: &usize| *at != canary;
    let mut open: Vec<(usize, i64)> =
        parts.iter().enumerate().filter(|(at, _)| others(at)).map(|(at, part)| (at, part.start)).collect();
    if open.iter().all(|(_, start)| *start == 0) {
        open.retain(|(at, _)| parts.get(*at).is_some_and(|part| !part.refuses));
        for (_, start) in &mut open {
            *start = 1;
        }
    } else {
        // Who had nothing gets nothing.
        open.retain(|(_, start)| *start > 0);
    }
    let first = (0..parts.len()).find(others).unwrap_or(canary);
    deal(open, sum - wanted, &most, &mut weights).map_err(|stopped| Refused(stopped.unwrap_or(first)))?;
    Ok(weights)
}

/// The same weight for all, as far as none refuses; what one that refuses does not take goes to the others.
///
/// # Errors
/// The first backend that refuses what nobody else can take.
pub fn share_evenly(parts: &[Part], sum: i64) -> Result<Vec<i64>, Refused> {
    let mut weights = vec![0; parts.len()];
    let all = (0..parts.len()).map(|at| (at, 1)).collect();
    deal(all, sum, &Most::of(parts, sum), &mut weights).map_err(|stopped| Refused(stopped.unwrap_or(0)))?;
    Ok(weights)
}

/// Deals out `left` in proportion. Fails when all are full before everything is given: with the first that was.
fn deal(
    mut open: Vec<(usize, i64)>,
    mut left: i64,
    most: &Most<'_>,
    weights: &mut [i64],
) -> Result<(), Option<usize>> {
    let mut stopped = None;
    // Each round gives to those that can take it all, or fills one more that can not.
    while left > 0 {
        let given = in_proportion(&open, left);
        if given.is_empty() {
            return Err(stopped);
        }
        let Some((at, _)) = given.iter().copied().find(|(at, weight)| *weight > most.of_part(*at)) else {
            for (at, weight) in given {
                set(weights, at, weight);
            }
            return Ok(());
        };
        set(weights, at, most.of_part(at));
        left -= most.of_part(at);
        stopped = stopped.or(Some(at));
        open.retain(|(other, _)| *other != at);
    }
    Ok(())
}

/// Whether weights give a backend that refuses a greater share than it has: the first such.
pub fn refused(parts: &[Part], weights: &[i64]) -> Result<(), Refused> {
    let most = Most::of(parts, weights.iter().sum());
    match weights.iter().enumerate().find(|(at, weight)| **weight > most.of_part(*at)) {
        Some((at, _)) => Err(Refused(at)),
        None => Ok(()),
    }
}

/// The most that each backend takes of a sum.
struct Most<'a> {
    parts: &'a [Part],
    sum: i64,
    now: i64,
}

impl<'a> Most<'a> {
    fn of(parts: &'a [Part], sum: i64) -> Self {
        Self { parts, sum, now: parts.iter().map(|part| part.now).sum() }
    }

    fn of_part(&self, at: usize) -> i64 {
        match self.parts.get(at) {
            Some(part) if !part.refuses => MAX_WEIGHT,
            Some(part) if self.now > 0 => self.sum * part.now / self.now,
            Some(_) | None => 0,
        }
    }
}

/// `sum` in whole numbers by proportion; what rounding leaves goes to the greatest remainders, the first of equals.
fn in_proportion(parts: &[(usize, i64)], sum: i64) -> Vec<(usize, i64)> {
    let all: i64 = parts.iter().map(|(_, part)| part).sum();
    if all == 0 {
        return Vec::new();
    }
    let mut given: Vec<(usize, i64)> = parts.iter().map(|(at, part)| (*at, sum * part / all)).collect();
    let left = sum - given.iter().map(|(_, weight)| weight).sum::<i64>();
    let mut order: Vec<usize> = (0..parts.len()).collect();
    let remainder = |place: &usize| parts.get(*place).map_or(0, |(_, part)| sum * part % all);
    order.sort_by_key(|place| std::cmp::Reverse(remainder(place)));
    for place in order.into_iter().take(left as usize) {
        if let Some((_, weight)) = given.get_mut(place) {
            *weight += 1;
        }
    }
    given
}

fn set(weights: &mut [i64], at: usize, weight: i64) {
    if let Some(place) = weights.get_mut(at) {
        *place = weight;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parts(weights: &[i64], refusing: &[usize]) -> Vec<Part> {
        let part = |(at, weight): (usize, &i64)| Part {
            start: *weight,
            now: *weight,
            refuses: refusing.contains(&at),
        };
        weights.iter().enumerate().map(part).collect()
    }

    #[test]
    fn the_canary_gets_its_share_and_the_others_keep_their_proportion() {
        type Case = (&'static [i64], usize, &'static str, &'static [i64], &'static str);
        let cases: [Case; 14] = [
            (&[90, 10], 1, "25", &[75, 25], "two"),
            (&[90, 10], 0, "25", &[25, 75], "whichever is the canary"),
            (&[90, 10], 1, "0", &[100, 0], "off"),
            (&[90, 10], 1, "100", &[0, 100], "all"),
            (&[1, 1], 1, "5", &[95, 5], "a small sum becomes 100"),
            (&[1, 0], 1, "0.5", &[995, 5], "or what tells the share"),
            (&[100, 0], 1, "0.25", &[9_975, 25], "in hundredths"),
            (&[60, 30, 10], 2, "40", &[40, 20, 40], "the rest is shared as at the start"),
            (&[1, 1, 1, 1], 3, "1", &[33, 33, 33, 1], "evenly"),
            (&[50, 25, 25], 2, "30", &[47, 23, 30], "46.7 and 23.3 in whole numbers"),
            (&[0, 0, 0], 2, "10", &[45, 45, 10], "all 0 at the start: evenly"),
            (&[0, 0, 100], 2, "50", &[25, 25, 50], "the canary had all: evenly"),
            (&[900_000, 100_000], 1, "5", &[950_000, 50_000], "great sums stay"),
            (&[1_000_000, 1_000_000], 1, "100", &[0, 1_000_000], "too great a sum does not"),
        ];
        for (start, canary, share, weights, why) in cases {
            let share = share.parse().unwrap();
            let sum = sum_for(start, &[share]);
            assert_eq!(share_out(&parts(start, &[]), canary, share, sum).as_deref(), Ok(weights), "{why}");
        }
    }

    #[test]
    fn a_backend_that_refuses_keeps_at_most_its_share() {
        type Case = (&'static [i64], &'static [usize], u8, Result<&'static [i64], usize>, &'static str);
        let cases: [Case; 9] = [
            (&[90, 10], &[1], 25, Err(1), "the canary refuses"),
            (&[90, 10], &[1], 10, Ok(&[90, 10]), "what it has is no more"),
            (&[90, 10], &[1], 5, Ok(&[95, 5]), "nor is less"),
            (&[90, 10], &[0], 25, Ok(&[75, 25]), "the other gets less anyway"),
            (&[90, 10], &[0], 5, Err(0), "the other would get more, and nobody else is there"),
            (&[45, 45, 10], &[0], 4, Ok(&[45, 51, 4]), "somebody else is"),
            (&[90, 0, 10], &[0], 4, Err(0), "somebody who had nothing is nobody"),
            (&[0, 0, 100], &[0], 50, Ok(&[0, 50, 50]), "evenly among those that take it"),
            (&[0, 0, 100], &[0, 1], 50, Err(0), "and nobody does"),
        ];
        for (start, refusing, share, weights, why) in cases {
            let canary = start.len() - 1;
            let given = share_out(&parts(start, refusing), canary, Percent::whole(share), 100);
            assert_eq!(given, weights.map(<[i64]>::to_vec).map_err(Refused), "{why}");
        }
    }

    #[test]
    fn an_even_split_gives_all_the_same_and_nothing_more_to_one_that_refuses() {
        type Case = (&'static [i64], &'static [usize], Result<&'static [i64], usize>, &'static str);
        let cases: [Case; 4] = [
            (&[90, 10], &[], Ok(&[50, 50]), "two"),
            (&[90, 10, 0], &[], Ok(&[34, 33, 33]), "three: the first has one more"),
            (&[90, 10, 0], &[1], Ok(&[45, 10, 45]), "one keeps what it has"),
            (&[100, 0], &[0, 1], Ok(&[100, 0]), "the only ones that there are"),
        ];
        for (weights, refusing, even, why) in cases {
            let given = share_evenly(&parts(weights, refusing), 100);
            assert_eq!(given, even.map(<[i64]>::to_vec).map_err(Refused), "{why}");
        }
        assert_eq!(share_evenly(&parts(&[0, 0], &[0, 1]), 100), Err(Refused(0)), "nobody takes it");
    }

    #[test]
    fn of_a_rule_with_one_backend_it_has_all() {
        assert_eq!(share_out(&parts(&[3], &[]), 0, Percent::whole(5), 100), Ok(vec![100]));
    }

    #[test]
    fn shares_count_when_the_sum_is_another() {
        let rule = [Part { start: 1, now: 3, refuses: true }, Part { start: 1, now: 1, refuses: false }];
        assert_eq!(refused(&rule, &[75, 25]), Ok(()), "three of four is 75 of 100");
        assert_eq!(refused(&rule, &[76, 24]), Err(Refused(0)));
        assert_eq!(refused(&rule, &[0, 0]), Ok(()));
    }

    proptest! {
        #[test]
        fn what_is_shared_out_adds_up_and_stays_within_bounds(
            start in prop::collection::vec(prop_oneof![Just(0), 0..200_i64, 0..=MAX_WEIGHT], 2..=16),
            moved in prop::collection::vec(0..=MAX_WEIGHT, 16),
            refusing in prop::collection::vec(prop::bool::weighted(0.2), 16),
            canary in 0..16_usize,
            hundredths in 0..=10_000_u16,
        ) {
            let canary = canary % start.len();
            let share = Percent(hundredths);
            let parts: Vec<Part> = start.iter().zip(&moved).zip(&refusing)
                .map(|((start, now), refuses)| Part { start: *start, now: *now, refuses: *refuses })
                .collect();
            let sum = sum_for(&start, &[share]);
            prop_assert!((100..=MAX_WEIGHT).contains(&sum));
            match share_out(&parts, canary, share, sum) {
                Ok(weights) => {
                    prop_assert_eq!(weights.iter().sum::<i64>(), sum);
                    prop_assert!(weights.iter().all(|weight| (0..=MAX_WEIGHT).contains(weight)));
                    prop_assert_eq!(refused(&parts, &weights), Ok(()));
                    let exact = sum as f64 * share.share();
                    prop_assert!((weights[canary] as f64 - exact).abs() <= 0.5, "{} for {}", weights[canary], exact);
                }
                Err(Refused(at)) => prop_assert!(refusing.iter().take(start.len()).any(|one| *one), "{at}"),
            }
        }
    }
}
