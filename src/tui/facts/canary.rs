//! What the weights of one rule did and will do: its changes, moments to mark in charts, what weights mean in requests.

use jiff::Timestamp;

use super::{
    Reading,
    chart::{self, Of, Values},
    measure::{self, Over},
    rules::{Rule, RuleNow},
};
use crate::{
    rehearsal::View,
    rollout::{Entry, Steps},
    source::FieldEdit,
    traffic::{self, Scope, Share},
};

/// A change of a rule's weights.
#[derive(Clone, Debug, PartialEq)]
pub struct Change<'a> {
    /// What the journal says.
    pub entry: &'a Entry,
    /// Weights before it, as far as the journal and the weights now tell.
    pub before: Vec<i64>,
    /// Weights after it.
    pub after: Vec<i64>,
}

/// A moment to mark in a chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment {
    /// 0 at the left end, 1 at the right.
    pub at: f64,
    /// The share that a backend had from then on, 0 to 1.
    pub share: f64,
    /// Whether a plan made it.
    pub by_plan: bool,
}

/// What other weights would mean for one backend.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Meaning {
    /// Weight now, and then.
    pub weight: (i64, i64),
    /// Share now, and then; 0 to 1.
    pub share: (f64, f64),
    /// Requests a second now, and then: the rule's by share.
    pub rate: Reading<(f64, f64)>,
    /// Of these, 5xx, if its share of errors stays.
    pub errors: Reading<(f64, f64)>,
}

/// Rule, backend and weight of an edited field; a weight that is taken out counts 1.
pub fn weight_of(field: &FieldEdit) -> Option<(usize, usize, i64)> {
    let (rule, backend) = place_of(field)?;
    let weight = field.new.as_ref().map_or(Some(1), serde_json::Value::as_i64)?;
    Some((rule, backend, weight))
}

fn place_of(field: &FieldEdit) -> Option<(usize, usize)> {
    let rest = field.field.strip_prefix("spec.rules[")?;
    let (rule, rest) = rest.split_once("].backendRefs[")?;
    Some((rule.parse().ok()?, rest.strip_suffix("].weight")?.parse().ok()?))
}

/// Changes of this rule's weights, oldest first.
pub fn changes<'a>(journal: &'a [Entry], rule: &Rule) -> Vec<Change<'a>> {
    let mut weights: Vec<i64> = rule.backends.iter().map(|backend| backend.weight).collect();
    let mut changes = Vec::new();
    // From now into the past: each change says what was there before it.
    for entry in journal.iter().rev().filter(|entry| entry.edit.object == rule.route) {
        let of_rule = |field: &&FieldEdit| place_of(field).is_some_and(|(of, _)| of == rule.index);
        let fields: Vec<&FieldEdit> = entry.edit.fields.iter().filter(of_rule).collect();
        if fields.is_empty() {
            continue;
        }
        let mut after = weights.clone();
        for field in &fields {
            if let Some((_, at, weight)) = weight_of(field)
                && let Some(place) = after.get_mut(at)
            {
                *place = weight;
            }
        }
        weights.clone_from(&after);
        for field in &fields {
            let old = field.old.as_ref().map_or(Some(1), serde_json::Value::as_i64);
            if let (Some((_, at)), Some(old)) = (place_of(field), old)
                && let Some(place) = weights.get_mut(at)
            {
                *place = old;
            }
        }
        changes.push(Change { entry, before: weights.clone(), after });
    }
    changes.reverse();
    changes
}

/// The changes of the last `seconds` as moments of a chart, told by the share of one backend.
pub fn moments(changes: &[Change<'_>], backend: usize, clock: Timestamp, seconds: f64) -> Vec<Moment> {
    let moment = |change: &Change<'_>| {
        let ago = clock.duration_since(change.entry.at).as_secs_f64();
        (0.0..seconds).contains(&ago).then(|| Moment {
            at: 1.0 - ago / seconds,
            share: share(&change.after, backend),
            by_plan: Steps::made(change.entry),
        })
    };
    changes.iter().filter_map(moment).collect()
}

/// The share of a backend by weights, 0 to 1.
pub fn share(weights: &[i64], backend: usize) -> f64 {
    let sum: i64 = weights.iter().sum();
    let own = weights.get(backend).copied().unwrap_or(0);
    if sum > 0 { own as f64 / sum as f64 } else { 0.0 }
}

/// What these weights would mean, backend by backend.
pub fn meaning(rule: &Rule, now: &RuleNow, weights: &[i64]) -> Vec<Meaning> {
    let before: Vec<i64> = rule.backends.iter().map(|backend| backend.weight).collect();
    let one = |(at, known): (usize, &super::rules::BackendNow)| {
        let share = (share(&before, at), share(weights, at));
        let rate = match now.rate {
            Reading::Is(rate) => Reading::Is((rate * share.0, rate * share.1)),
            Reading::Nothing => Reading::Nothing,
            Reading::Unknown(why) => Reading::Unknown(why),
        };
        let errors = match (rate, known.traffic.errors) {
            (Reading::Is((now, then)), Reading::Is(errors)) => Reading::Is((now * errors, then * errors)),
            (Reading::Is(_), Reading::Nothing) => Reading::Unknown("it had no request to judge by"),
            (Reading::Is(_), Reading::Unknown(why)) | (Reading::Unknown(why), _) => Reading::Unknown(why),
            (Reading::Nothing, _) => Reading::Nothing,
        };
        Meaning {
            weight: (before.get(at).copied().unwrap_or(0), weights.get(at).copied().unwrap_or(0)),
            share,
            rate,
            errors,
        }
    };
    now.backends.iter().enumerate().map(one).collect()
}

/// The share of 5xx of a scope over a minute, with its band.
pub fn errors(view: &View, scope: &Scope) -> Reading<Share> {
    match measure::measured(view, scope, Over::Long) {
        Reading::Is(long) => traffic::share(long.errors, long.requests).map_or(Reading::Nothing, Reading::Is),
        Reading::Nothing => Reading::Nothing,
        Reading::Unknown(why) => Reading::Unknown(why),
    }
}

/// Fewer 5xx are no reason to call a backend worse, whatever they are of.
const FEW_ERRORS: u64 = 3;

/// Why a backend of a rule is worse than the others together, when it is beyond chance: their bands do not touch.
pub fn worse(view: &View, rule: &Rule, backend: usize) -> Option<String> {
    let counted = |at: usize| match measure::measured(view, &rule.backends.get(at)?.scope(rule), Over::Long) {
        Reading::Is(long) => Some((long.errors, long.requests)),
        Reading::Nothing | Reading::Unknown(_) => None,
    };
    let (errors, requests) = counted(backend)?;
    let others = (0..rule.backends.len()).filter(|other| *other != backend).filter_map(counted);
    let (rest_errors, rest) = others.fold((0, 0), |(e, r), (errors, requests)| (e + errors, r + requests));
    let (own, theirs) = (traffic::share(errors, requests)?, traffic::share(rest_errors, rest)?);
    let percent = |share: f64| share * 100.0;
    (errors >= FEW_ERRORS && own.low > theirs.high).then(|| {
        let name = rule.backends.get(backend).map_or("it", |backend| &backend.name);
        format!("{name} 5xx {:.1} % against {:.1} %", percent(own.value), percent(theirs.value))
    })
}

/// Curves of all backends of a rule over the last `seconds`, in `columns` values each.
pub fn curves(view: &View, rule: &Rule, of: Of, seconds: f64, columns: usize) -> Vec<Values> {
    let curve = |backend: &super::rules::Backend| {
        let series = measure::series(view, &backend.scope(rule)).map(std::convert::AsRef::as_ref);
        chart::values(series, of, view.now, seconds, columns)
    };
    rule.backends.iter().map(curve).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::{
        facts::{routes, rules},
        fixture,
    };

    fn app(view: &View) -> Rule {
        let all = rules::rules(&routes::routes(&view.world));
        all.into_iter().find(|rule| &*rule.route.name == "app").unwrap()
    }

    #[test]
    fn changes_are_those_of_the_rule_with_the_weights_around_them() {
        let view = fixture::view();
        let rule = app(&view);
        let weights = |journal: &[Entry]| -> Vec<_> {
            changes(journal, &rule).into_iter().map(|c| (c.before, c.after)).collect()
        };
        assert_eq!(
            weights(&view.journal),
            [(vec![100, 0], vec![95, 5]), (vec![95, 5], vec![90, 10])],
            "from nothing to five, from five to ten"
        );
        let mut journal = view.journal.to_vec();
        for field in &mut journal[1].edit.fields {
            field.field = field.field.replace("rules[0]", "rules[1]");
        }
        assert_eq!(weights(&journal), [(vec![100, 0], vec![95, 5])], "another rule of the route");
        journal[0].edit.object.name = "other".into();
        assert_eq!(weights(&journal), [], "another route");
        let mut journal = view.journal.to_vec();
        journal[1].edit.fields.truncate(1);
        journal[1].edit.fields[0].old = None;
        assert_eq!(weights(&journal)[1], (vec![1, 10], vec![90, 10]), "not written was 1, not named stayed");
    }

    #[test]
    fn moments_lie_where_they_were_and_a_plan_knows_its_own() {
        let view = fixture::view();
        let rule = app(&view);
        let mut journal = view.journal.to_vec();
        journal[1].summary.push_str(" (step 1 of 3)");
        let changes = changes(&journal, &rule);
        let clock = fixture::clock();
        let told = |seconds: f64| -> Vec<(f64, f64, bool)> {
            let all = moments(&changes, 1, clock, seconds);
            all.into_iter().map(|m| ((m.at * 100.0).round(), m.share, m.by_plan)).collect()
        };
        assert_eq!(told(600.0), [(10.0, 0.05, false), (58.0, 0.1, true)], "540 s and 250 s ago");
        assert_eq!(told(300.0), [(17.0, 0.1, true)], "the first is out of sight");
        assert_eq!(told(60.0), [], "both are");
    }

    #[test]
    fn weights_mean_requests_and_errors_as_far_as_these_are_known() {
        let view = fixture::view();
        let rule = app(&view);
        let mut now = rules::now(&view, &rule, None);
        let [stable, canary] = &meaning(&rule, &now, &[75, 25])[..] else { panic!("two backends") };
        assert_eq!((canary.weight, canary.share), ((10, 25), (0.1, 0.25)));
        assert_eq!((stable.weight, stable.share), ((90, 75), (0.9, 0.75)));
        let Reading::Is(rate) = canary.rate else { panic!("{canary:?}") };
        assert_eq!((rate.0.round(), rate.1.round()), (30.0, 75.0), "of 300 requests a second");
        let Reading::Is(errors) = canary.errors else { panic!("{canary:?}") };
        assert!((errors.1 / errors.0 - 2.5).abs() < 1e-9 && (errors.0 - 0.93).abs() < 0.05, "{errors:?}");
        let nothing = meaning(&rule, &now, &[0, 0]);
        assert_eq!((nothing[0].share.1, nothing[1].share.1), (0.0, 0.0), "all 0: nobody");
        now.backends[1].traffic.errors = Reading::Nothing;
        let unknown = Reading::Unknown("it had no request to judge by");
        assert_eq!(meaning(&rule, &now, &[75, 25])[1].errors, unknown, "no request is not no error");
        now.rate = Reading::Unknown("nothing has been scraped yet");
        let all = meaning(&rule, &now, &[75, 25]);
        assert_eq!(all[1].rate, Reading::Unknown("nothing has been scraped yet"));
        assert_eq!(all[1].share, (0.1, 0.25), "shares need no traffic");
    }

    #[test]
    fn a_share_of_errors_has_a_band_when_there_were_requests() {
        let view = fixture::view();
        let rule = app(&view);
        let Reading::Is(share) = errors(&view, &rule.backends[1].scope(&rule)) else { panic!("no share") };
        assert!(share.low < 0.031 && share.high > 0.031 && share.high - share.low < 0.03, "{share:?}");
        let nobody = measure::of_service("shop/nobody", 80);
        assert_eq!(errors(&view, &nobody), Reading::Nothing, "no request, no share");
        let mut blind = (*view).clone();
        blind.traffic = std::sync::Arc::default();
        assert_eq!(errors(&blind, &nobody), Reading::Unknown("nothing has been scraped yet"));
    }

    #[test]
    fn a_backend_is_worse_when_its_band_lies_above_that_of_the_others() {
        let view = fixture::view();
        let rule = app(&view);
        assert_eq!(worse(&view, &rule, 1).as_deref(), Some("app-canary 5xx 3.1 % against 0.2 %"));
        assert_eq!(worse(&view, &rule, 0), None, "the others are no better");
        assert_eq!(worse(&view, &rule, 7), None, "there is no such backend");
        let mut few = (*view).clone();
        let mut traffic = (*few.traffic).clone();
        let scope = rule.backends[1].scope(&rule);
        let mut series = (*traffic.scopes[&scope]).clone();
        let long = series.long.as_mut().unwrap();
        (long.requests, long.errors) = (20, 1);
        traffic.scopes.insert(scope, std::sync::Arc::new(series));
        few.traffic = std::sync::Arc::new(traffic);
        assert_eq!(worse(&few, &rule, 1), None, "one of twenty may be chance");
    }

    #[test]
    fn each_backend_has_a_curve_for_all_that_is_drawn() {
        let view = fixture::view();
        let rule = app(&view);
        for of in [Of::Rate, Of::Errors, Of::P95] {
            let all = curves(&view, &rule, of, 600.0, 40);
            assert_eq!(all.len(), 2);
            assert!(
                all.iter().all(|curve| curve.len() == 40 && curve.iter().flatten().count() > 30),
                "{of:?}"
            );
        }
    }
}
